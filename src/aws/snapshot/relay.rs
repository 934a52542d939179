//! The functions behind the topic, and what belongs to a relay of ours.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use futures_util::future::{join, join3, try_join, try_join_all, try_join3, try_join4};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::SnapshotReader;
use crate::arn::{find_arn, resource_name};
use crate::aws::scope::ReadScope;
use crate::aws::simulation::{Denial, SimulatedDecision};
use crate::aws::tags::managed_tags;
use crate::aws::{
    AwsError, AwsErrorKind, buffer, function, log_group, mapping, queue, role, secret,
};
use crate::chain::checks::snapshot::{
    BufferSnapshot, ChainSnapshot, DeniedAction, DenySource, FailureQueueSnapshot,
    FunctionSettings, FunctionSnapshot, KmsKey, Link, Lookup, MappingSnapshot, Reading,
    RelaySnapshot, UntaggedResource, WebhookRead,
};
use crate::chain::names::{
    CODE_TAG, GIVEN_ROLE, ROLE_TAG, ResourceNames, TOPIC_TAG, VERSION_TAG, code_tag, function_of,
    topic_tag,
};
use crate::chain::policy::execution_policy;
use crate::chain::spec::is_started_with;
use crate::chain::state::{Role, Secret, Trigger};
use crate::contract::environment::{RelayEnvironment, RelayVariables};
use crate::contract::log::{LogEvent, LogLine};
use crate::contract::secret_store::{SecretLocation, SecretValue, encryption_context_condition};

/// How far back a failed delivery is looked for while alerts wait in a buffer: each is tried again after about three minutes.
const RECENTLY: Duration = Duration::from_secs(10 * 60);

/// What was read about the webhook URL of a relay.
struct Webhook {
    /// The secret or parameter that holds it; not checked where it is in the environment.
    secret: Lookup<Secret>,
    /// The ARN that the secret in Secrets Manager has now.
    secret_arn: Option<String>,
    /// Whether ddalert manages the secret or parameter, and its ARN.
    tagged: Option<(bool, String)>,
    environment: RelayEnvironment,
    /// Whether the relay can read it.
    reading: Lookup<WebhookRead>,
    /// The KMS key of the customer that it is encrypted with, as far as it is known.
    key: Option<KmsKey>,
    /// Whether it is a parameter that is not encrypted.
    is_plain: bool,
    /// Whether Secrets Manager rotates it.
    is_rotated: bool,
    /// The resource policy of the secret, if it has one.
    policy: Value,
}

impl SnapshotReader<'_> {
    /// Reads the function that a buffer is emptied by, where the queue `arn` is a relay's buffer.
    pub(super) async fn buffered_function(
        &self,
        link: Link,
        arn: &str,
    ) -> Result<Lookup<FunctionSnapshot>, AwsError> {
        let Some(name) = self.local(arn, "sqs").as_deref().and_then(|queue| {
            // The failure queue has the name of a function in it as well.
            queue.ends_with("-buffer").then(|| function_of(arn))?
        }) else {
            return Ok(Lookup::NotChecked);
        };
        let names = ResourceNames::new("", self.topic, self.place.clone(), Some(&name));
        let found = self
            .function(link, &names.function_arn(), Trigger::Sqs)
            .await?;
        match found {
            Lookup::Found(found) if found.relay.is_some() => Ok(Lookup::Found(found)),
            Lookup::Missing => {
                // The queue may be anybody's; it is a relay's that is gone where it has our tag.
                let buffer = buffer::observe(self.clients, &names).await;
                let buffer = self.record(link, Reading::Buffer, buffer)?;
                let is_ours = buffer.found().is_some_and(|(_, is_ours, _)| *is_ours);
                Ok(if is_ours {
                    Lookup::Missing
                } else {
                    Lookup::NotChecked
                })
            }
            _ => Ok(Lookup::NotChecked),
        }
    }

    pub(super) async fn function(
        &self,
        link: Link,
        arn: &str,
        trigger: Trigger,
    ) -> Result<Lookup<FunctionSnapshot>, AwsError> {
        let resource = self.local(arn, "lambda");
        let Some(qualified) = resource
            .as_deref()
            .and_then(|resource| resource.strip_prefix("function:"))
        else {
            self.note(
                link,
                Reading::Function,
                format!("reading the function {arn}"),
                "it is in another account or region".to_owned(),
            );
            return Ok(Lookup::NotChecked);
        };
        // A version or an alias has permissions of its own; what else a relay consists of has the name of the function.
        let name = qualified
            .split_once(':')
            .map_or(qualified, |(name, _)| name);
        let found = match self.record(
            link,
            Reading::Function,
            function::get(self.clients, qualified).await,
        )? {
            Lookup::Found(found) => found,
            Lookup::Missing => return Ok(Lookup::Missing),
            Lookup::NotChecked => return Ok(Lookup::NotChecked),
        };
        let policy = async {
            let policy = function::policy(self.clients, qualified).await;
            // A policy whose last statement was removed is as good as none.
            let is_empty = |policy: &Value| {
                policy.is_null() || policy["Statement"].as_array().is_some_and(Vec::is_empty)
            };
            let policy = policy.map(|policy| Some(policy).filter(|policy| !is_empty(policy)));
            self.record(link, Reading::FunctionPolicy, policy)
        };
        let Some(configuration) = found.configuration() else {
            return Ok(Lookup::NotChecked);
        };
        let key = async {
            match configuration.kms_key_arn().filter(|key| !key.is_empty()) {
                Some(key) => self
                    .key(link, Reading::FunctionKey, key.to_owned())
                    .await
                    .map(Some),
                None => Ok(None),
            }
        };
        let (policy, relay, key) = try_join3(
            policy,
            Box::pin(self.relay(link, name, &found, trigger)),
            key,
        )
        .await?;
        let architecture = function::architecture(configuration);
        Ok(Lookup::Found(FunctionSnapshot {
            name: name.to_owned(),
            runtime: configuration
                .runtime()
                .map(|runtime| runtime.as_str().to_owned())
                .unwrap_or_default(),
            architecture: architecture.to_owned(),
            state: configuration
                .state()
                .map(|state| state.as_str().to_owned())
                .unwrap_or_default(),
            state_reason: configuration.state_reason().map(str::to_owned),
            last_update: configuration
                .last_update_status()
                .map(|status| status.as_str().to_owned())
                .unwrap_or_default(),
            last_update_reason: configuration.last_update_status_reason().map(str::to_owned),
            reserved_concurrency: found
                .concurrency()
                .and_then(|concurrency| concurrency.reserved_concurrent_executions()),
            policy,
            key,
            relay: relay.map(Box::new),
        }))
    }

    /// Reads what belongs to the function, where it is a relay of ours.
    async fn relay(
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

    /// Reads where the webhook URL is, and whether it can be read from there, as the relay will.
    async fn webhook(
        &self,
        link: Link,
        scope: &ReadScope<'_>,
        variables: &RelayVariables,
    ) -> Result<Webhook, AwsError> {
        let (mut secret_arn, mut tagged) = (None, None);
        let (mut key_id, mut is_plain, mut is_rotated) = (None, false, false);
        let mut policy = Value::Null;
        let store = variables.webhook.stores().find(|store| store.is_resource());
        let (secret, value) = match store {
            Some(store) => {
                let (found, value, resource_policy) = join3(
                    secret::observe(self.clients, scope, store),
                    secret::stored(self.clients, scope, store),
                    secret::resource_policy(self.clients, scope, store),
                )
                .await;
                let resource_policy = self.record(link, Reading::Secret, resource_policy)?;
                policy = resource_policy.found().cloned().unwrap_or_default();
                let found = self.record(link, Reading::Secret, found)?;
                let secret = found.map(|found| {
                    tagged = Some((found.is_ours, found.arn.clone()));
                    secret_arn = Some(found.arn);
                    (key_id, is_plain, is_rotated) = (found.key, found.is_plain, found.is_rotated);
                    found.secret
                });
                (secret, Some(value))
            }
            None => (Lookup::NotChecked, None),
        };
        let environment =
            function::environment(self.clients, scope, variables, secret_arn.as_deref()).await;
        let (environment, decrypted) = match environment {
            Ok(environment) => (environment, Ok(())),
            // What cannot be decrypted is known to be there all the same.
            Err(failure) => {
                let scope = ReadScope {
                    decrypt: false,
                    ..*scope
                };
                (
                    function::environment(self.clients, &scope, variables, None).await?,
                    Err(failure),
                )
            }
        };
        let is_there = secret
            .found()
            .is_some_and(|secret| !secret.pending_deletion);
        let value = environment
            .webhook
            .as_ref()
            .and_then(|webhook| match webhook.value() {
                Some(value) => Some(decrypted.map(|()| value.clone())),
                None => value.filter(|_| is_there),
            });
        let reading = match value {
            Some(value) => self.reading(link, scope.names, &environment, value)?,
            None => Lookup::NotChecked,
        };
        let key_id = key_id
            .or_else(|| {
                environment
                    .webhook
                    .as_ref()
                    .and_then(SecretLocation::key)
                    .map(str::to_owned)
            })
            .or_else(|| match reading.found() {
                Some(WebhookRead::Refused { why }) => find_arn(why, "kms").map(str::to_owned),
                _ => None,
            });
        let key = match key_id {
            Some(id) => Some(self.key(link, Reading::WebhookKey, id).await?),
            None => None,
        };
        Ok(Webhook {
            key,
            is_plain,
            is_rotated,
            policy,
            secret,
            secret_arn,
            tagged,
            environment,
            reading,
        })
    }

    /// Judges the outcome of reading the webhook URL.
    fn reading(
        &self,
        link: Link,
        names: &ResourceNames,
        environment: &RelayEnvironment,
        value: Result<SecretValue, AwsError>,
    ) -> Result<Lookup<WebhookRead>, AwsError> {
        match value {
            Ok(SecretValue::Known(secret)) => {
                let version = environment.webhook_version.as_deref();
                // A URL in the environment changes with it, and so starts the relay anew.
                let is_elsewhere = environment
                    .webhook
                    .as_ref()
                    .is_some_and(|webhook| webhook.store().is_resource());
                let is_current = !is_elsewhere || is_started_with(names, version, &secret);
                Ok(Lookup::Found(if is_current {
                    WebhookRead::Usable
                } else {
                    WebhookRead::ChangedSinceStart
                }))
            }
            Ok(SecretValue::Unread) => Ok(Lookup::Found(WebhookRead::NotAUrl)),
            Err(failure)
                if matches!(
                    failure.kind,
                    AwsErrorKind::Refused { .. } | AwsErrorKind::Local
                ) =>
            {
                Ok(Lookup::Found(WebhookRead::Refused {
                    why: failure.cause(),
                }))
            }
            Err(failure) => self.record(link, Reading::WebhookUrl, Err(failure)),
        }
    }

    /// Reads the execution role, whether ddalert manages it, and what other policies it has.
    async fn execution_role(
        &self,
        link: Link,
        name: &str,
    ) -> Result<(Lookup<(Role, bool)>, Lookup<Vec<String>>), AwsError> {
        let (role, others) = join(
            role::get(self.clients, name, role::RELAY),
            role::other_policies(self.clients, name, role::RELAY),
        )
        .await;
        let role = self.record(link, Reading::Role, role)?;
        let others = match role.found() {
            Some(_) => self.record(link, Reading::RolePolicies, others)?,
            None => Lookup::NotChecked,
        };
        Ok((role, others))
    }

    /// Reads the failure queue with what it holds, and whether ddalert manages it.
    async fn failure_queue(
        &self,
        link: Link,
        scope: &ReadScope<'_>,
    ) -> Result<Lookup<(FailureQueueSnapshot, bool)>, AwsError> {
        let found = queue::observe(self.clients, scope).await;
        let (queue, is_ours, depth) = match self.record(link, Reading::Queue, found)? {
            Lookup::Found(found) => found,
            Lookup::Missing => return Ok(Lookup::Missing),
            Lookup::NotChecked => return Ok(Lookup::NotChecked),
        };
        let name = &scope.names.queue;
        let retention_s = queue.retention_s.into();
        let contents = self
            .queue_contents(link, Reading::QueueAge, name, depth.messages, retention_s)
            .await?;
        Ok(Lookup::Found((
            FailureQueueSnapshot { queue, contents },
            is_ours,
        )))
    }

    /// Reads the buffer with what it holds and whether ddalert manages it, and what takes alerts from it.
    async fn buffer(
        &self,
        link: Link,
        names: &ResourceNames,
        trigger: Trigger,
    ) -> Result<(Lookup<(BufferSnapshot, bool)>, Lookup<MappingSnapshot>), AwsError> {
        // Of a relay without a buffer only what is left over is of interest.
        let (reading, is_buffered) = match trigger {
            Trigger::Sqs => (Reading::Buffer, true),
            Trigger::Sns => (Reading::LeftOverBuffer, false),
        };
        let name = &names.buffer;
        // What takes alerts from the buffer is known without the buffer.
        let mapping = async {
            if !is_buffered {
                return Ok(Lookup::NotChecked);
            }
            let mapping = mapping::observe(self.clients, names).await;
            self.record(link, Reading::Mapping, mapping)
        };
        let found = async {
            let (found, attributes) = join(
                buffer::observe(self.clients, names),
                queue::attributes_of(self.clients, name),
            )
            .await;
            let found = self.record(link, reading, found)?;
            let attributes = self.record(link, reading, attributes)?;
            Ok(match (found, attributes) {
                (Lookup::Found(found), Lookup::Found(attributes)) => {
                    Lookup::Found((found, attributes))
                }
                (Lookup::NotChecked, _) | (_, Lookup::NotChecked) => Lookup::NotChecked,
                _ => Lookup::Missing,
            })
        };
        let (mapping, found) = try_join(mapping, found).await?;
        let mapping = mapping.map(mapping_snapshot);
        let (found, attributes) = match found {
            Lookup::Found(found) => found,
            Lookup::Missing => return Ok((Lookup::Missing, mapping)),
            Lookup::NotChecked => return Ok((Lookup::NotChecked, mapping)),
        };
        let (buffer, is_ours, depth) = found;
        let key = async {
            match attributes.key {
                Some(id) if is_buffered => self.key(link, Reading::BufferKey, id).await.map(Some),
                _ => Ok(None),
            }
        };
        let last_failure = async {
            if depth.messages == 0 || !is_buffered {
                return Ok(Lookup::NotChecked);
            }
            let since = SystemTime::now() - RECENTLY;
            let lines = log_group::lines(self.clients, &names.log_group, "failed", since).await;
            let lines = self.record(link, Reading::LastFailure, lines.map(Some))?;
            Ok(match lines {
                Lookup::Found(lines) => last_failure(&lines).map_or(Lookup::Missing, Lookup::Found),
                _ => Lookup::NotChecked,
            })
        };
        let age = match is_buffered {
            true => Reading::BufferAge,
            false => Reading::LeftOverBuffer,
        };
        let retention_s = buffer.retention_s.into();
        let contents = self.queue_contents(link, age, name, depth.messages, retention_s);
        let (key, last_failure, contents) = try_join3(key, last_failure, contents).await?;
        let age = contents.oldest_s.and_then(|age| i64::try_from(age).ok());
        let since = age.and_then(|age| {
            let now = Timestamp::try_from(SystemTime::now()).ok()?;
            now.checked_sub(SignedDuration::from_secs(age)).ok()
        });
        let found = BufferSnapshot {
            buffer,
            key,
            contents,
            since,
            last_failure,
        };
        Ok((Lookup::Found((found, is_ours)), mapping))
    }

    /// Asks IAM which of the calls that the relay makes are denied to its role, although its policy allows them.
    async fn denied_actions(
        &self,
        link: Link,
        role: &str,
        names: &ResourceNames,
        webhook: &Webhook,
        trigger: Trigger,
    ) -> Result<Lookup<Vec<DeniedAction>>, AwsError> {
        let asked = relay_calls(
            names,
            webhook.environment.target.as_deref().unwrap_or_default(),
            webhook.environment.webhook.as_ref(),
            webhook.secret_arn.as_deref(),
            trigger,
        )
        .into_iter()
        .map(|(actions, resource)| async move {
            let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
            let of = resource.clone();
            let found = self
                .simulate(role, &actions, &resource, &context(names))
                .await?;
            self.is_unclear(link, Reading::RolePermissions, role, &found);
            Ok::<_, AwsError>(found.into_iter().filter_map(
                move |(action, verdict)| match verdict {
                    SimulatedDecision::Denied(Denial { by, policy }) => Some(DeniedAction {
                        action,
                        resource: of.clone(),
                        by,
                        policy,
                    }),
                    SimulatedDecision::Allowed
                    | SimulatedDecision::Unclear
                    | SimulatedDecision::Silent => None,
                },
            ))
        });
        let denied = try_join_all(asked).await;
        self.record(
            link,
            Reading::RolePermissions,
            denied.map(|denied| Some(denied.into_iter().flatten().collect())),
        )
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

fn mapping_snapshot(found: mapping::Found) -> MappingSnapshot {
    MappingSnapshot {
        mapping: found.mapping,
        state: found.state,
        last_result: found.last_result,
    }
}

/// Returns the reason of the last delivery that failed.
fn last_failure(lines: &[String]) -> Option<String> {
    let failed = lines.iter().filter_map(|line| {
        let line = LogLine::parse(line)?;
        match line.event {
            LogEvent::Failed(fields) => Some((line.timestamp, fields.reason?)),
            _ => None,
        }
    });
    // RFC 3339 in UTC sorts by itself.
    failed
        .max_by(|one, other| one.0.cmp(&other.0))
        .map(|(_, reason)| reason)
}

/// Returns what a relay calls, and on what.
pub(in crate::aws) fn relay_calls(
    names: &ResourceNames,
    target: &str,
    webhook: Option<&SecretLocation>,
    secret: Option<&str>,
    trigger: Trigger,
) -> Vec<(Vec<String>, String)> {
    let policy = execution_policy(names, target, webhook, trigger);
    let statements = policy["Statement"].as_array().into_iter().flatten();
    statements
        .filter_map(|statement| {
            let actions = match &statement["Action"] {
                Value::Array(actions) => actions
                    .iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect(),
                one => vec![one.as_str()?.to_owned()],
            };
            // A pattern in the policy stands for one thing that is there; a phone has no ARN.
            let resource = match statement["Resource"].as_str() {
                Some(pattern) if pattern.contains('?') => secret?.to_owned(),
                Some(pattern) if pattern.ends_with("/*") => {
                    format!("{}any", pattern.trim_end_matches('*'))
                }
                Some(streams) => streams
                    .strip_suffix(":*")
                    .map_or(streams.to_owned(), |group| {
                        format!("{group}:log-stream:any")
                    }),
                None => "*".to_owned(),
            };
            (!resource.is_empty()).then_some((actions, resource))
        })
        .collect()
}

/// The context in which the relay decrypts.
pub(in crate::aws) fn context(names: &ResourceNames) -> [(String, String); 1] {
    [(encryption_context_condition(), names.function.clone())]
}
