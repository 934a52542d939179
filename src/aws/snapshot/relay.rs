//! The relays of the topic: what belongs to each, and which are not subscribed.

use std::collections::BTreeSet;

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use futures_util::future::{try_join, try_join_all, try_join4};

use super::SnapshotReader;
use crate::arn::resource_name;
use crate::aws::scope::ReadScope;
use crate::aws::tags::managed_tags;
use crate::aws::{AwsError, function, log_group, role};
use crate::chain::checks::snapshot::{
    ChainSnapshot, DenySource, FunctionSettings, Link, Lookup, Reading, RelaySnapshot,
    UntaggedResource,
};
use crate::chain::names::{
    CODE_TAG, GIVEN_ROLE, ROLE_TAG, ResourceNames, TOPIC_TAG, VERSION_TAG, code_tag, topic_tag,
};
use crate::chain::state::Trigger;

impl SnapshotReader<'_> {
    /// Reads what belongs to the function, where it is a relay of ours.
    pub(super) async fn relay(
        &self,
        link: Link,
        name: &str,
        found: &GetFunctionOutput,
        trigger: Trigger,
    ) -> Result<Option<RelaySnapshot>, AwsError> {
        let Some(configuration) = found.configuration() else {
            return Ok(None);
        };
        let variables = function::variables(configuration);
        let (tags, is_ours) = managed_tags(found.tags().into_iter().flatten());
        let are_seen = self
            .record(
                link,
                Reading::FunctionTags,
                function::check_tags(found, name).map(Some),
            )?
            .found()
            .is_some();
        // Another topic's relay is this topic's guest: what belongs to it is that topic's to look at.
        if tags
            .get(TOPIC_TAG)
            .is_some_and(|topic| *topic != topic_tag(self.topic))
        {
            return Ok(None);
        }
        let target = match &variables.target {
            Some(target) => target.clone(),
            None if is_ours => String::new(),
            None => return Ok(None),
        };
        let names = ResourceNames::new(&target, self.topic, self.place.clone(), Some(name));
        let scope = ReadScope {
            names: &names,
            topic: self.topic,
            phones: &[],
            values: false,
            store: None,
            no_webhook: false,
            raw_phones: false,
            decrypt: true,
        };

        let role_arn = configuration.role();
        let role_name = role_arn
            .map_or(names.role.as_str(), resource_name)
            .to_owned();
        // What may be denied depends on the role and on where the webhook URL is; the rest is read at the same time.
        let access = async {
            let (webhook, role) = try_join(
                Box::pin(self.webhook(link, &scope, &variables)),
                Box::pin(self.execution_role(link, &role_name)),
            )
            .await?;
            let denied_actions = match (role.0.found(), role_arn) {
                (Some(_), Some(arn)) => {
                    self.denied_actions(link, arn, &names, &webhook, trigger)
                        .await?
                }
                _ => Lookup::NotChecked,
            };
            Ok((webhook, role, denied_actions))
        };
        let log_group = async {
            let group = log_group::observe(self.clients, &scope).await;
            self.record(link, Reading::LogGroup, group)
        };
        let event_invoke_config = async {
            let config = function::event_invoke_config(self.clients, name).await;
            self.record(link, Reading::EventInvokeConfig, config)
        };
        let queues = try_join(
            Box::pin(self.failure_queue(link, &scope)),
            Box::pin(self.buffer(link, &names, trigger)),
        );
        let (access, log_group, (queue, (buffer, mapping)), event_invoke_config) =
            try_join4(access, log_group, queues, event_invoke_config).await?;
        let (webhook, (role, other_policies), denied_actions) = access;
        let is_bounded = denied_actions
            .found()
            .into_iter()
            .flatten()
            .any(|denied| denied.by == DenySource::Boundary);
        let boundary = match is_bounded {
            true => {
                let found = role::trust(self.clients, &role_name).await;
                let found = self.record(link, Reading::Role, found)?;
                found.found().and_then(|(_, boundary)| boundary.clone())
            }
            false => None,
        };

        let mut untagged = Vec::new();
        let mut note_tags = |is_ours: bool, what: UntaggedResource| {
            if !is_ours {
                untagged.push(what);
            }
        };
        note_tags(
            is_ours || !are_seen,
            UntaggedResource::Arn(names.function_arn()),
        );
        if let Some((is_ours, arn)) = webhook.tagged {
            note_tags(is_ours, UntaggedResource::Arn(arn));
        }
        let role = role.map(|(role, is_ours)| {
            if role.name == names.role {
                note_tags(is_ours, UntaggedResource::Role(role.name.clone()));
            }
            role
        });
        let log_group = log_group.map(|(group, is_ours)| {
            note_tags(is_ours, UntaggedResource::Arn(names.log_group_arn()));
            group
        });
        let queue = queue.map(|(queue, is_ours)| {
            note_tags(is_ours, UntaggedResource::Arn(names.queue_arn()));
            queue
        });
        let buffer = buffer.map(|(buffer, is_ours)| {
            note_tags(is_ours, UntaggedResource::Arn(names.buffer_arn()));
            buffer
        });
        let tag = |name: &str| found.tags().and_then(|tags| tags.get(name)).cloned();
        let architecture = function::architecture(configuration);
        let outdated_grant = role
            .found()
            .is_some_and(|role| function::is_outdated(configuration, role));
        Ok(Some(RelaySnapshot {
            outdated_grant,
            target,
            given_role: tags.get(ROLE_TAG).map(String::as_str) == Some(GIVEN_ROLE),
            role_name,
            untagged,
            version: match tag(VERSION_TAG) {
                Some(version) => Lookup::Found(version),
                None if are_seen => Lookup::Missing,
                None => Lookup::NotChecked,
            },
            settings: FunctionSettings {
                memory_mb: configuration.memory_size().unwrap_or_default(),
                timeout_s: configuration.timeout().unwrap_or_default(),
                json_logs: function::logs_outcomes(configuration),
                vpc: configuration
                    .vpc_config()
                    .and_then(|vpc| vpc.vpc_id())
                    .filter(|vpc| !vpc.is_empty())
                    .map(str::to_owned),
            },
            code: code_tag(
                architecture,
                configuration.code_sha256().unwrap_or_default(),
            ),
            deployed_code: tag(CODE_TAG),
            webhook_read: webhook.reading,
            webhook_key: webhook.key.filter(|key| !key.aws_managed),
            is_plain_parameter: webhook.is_plain,
            is_rotated: webhook.is_rotated,
            secret_policy: webhook.policy,
            boundary,
            denied_actions,
            environment: webhook.environment,
            event_invoke_config,
            role,
            other_policies,
            log_group,
            queue,
            trigger,
            buffer,
            mapping,
            secret: webhook.secret,
            names,
        }))
    }

    /// Returns every function to which something tagged belongs, and those among them that are relays of this topic without being
    /// subscribed to it, whatever they are called. `tagged` is what the search for ddalert's tags found.
    pub(super) async fn unsubscribed_relays(
        &self,
        chain: &ChainSnapshot,
        tagged: Result<BTreeSet<String>, AwsError>,
    ) -> Result<(BTreeSet<String>, Vec<(String, String)>), AwsError> {
        if chain.subscribers == Lookup::NotChecked {
            return Ok((BTreeSet::new(), Vec::new()));
        }
        let Lookup::Found(all) = self.record(Link::Topic, Reading::Relays, tagged.map(Some))?
        else {
            return Ok((BTreeSet::new(), Vec::new()));
        };
        let names = all.iter().cloned();
        let subscribed = |name: &String| {
            chain
                .functions()
                .any(|(_, function)| function.name == *name)
        };
        let candidates = names
            .filter(|name| !subscribed(name))
            .map(|name| async move {
                let Lookup::Found(found) = self.record(
                    Link::Topic,
                    Reading::Relays,
                    function::get(self.clients, &name).await,
                )?
                else {
                    return Ok(None);
                };
                let target = found
                    .configuration()
                    .and_then(|configuration| function::variables(configuration).target);
                let (_, is_ours) = managed_tags(found.tags().into_iter().flatten());
                Ok::<_, AwsError>(target.filter(|_| is_ours).map(|target| (target, name)))
            });
        let unsubscribed_relays = try_join_all(candidates)
            .await?
            .into_iter()
            .flatten()
            .collect();
        Ok((all, unsubscribed_relays))
    }
}
