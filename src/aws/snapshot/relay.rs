//! The functions behind the topic, and what belongs to a relay of ours.

use std::collections::BTreeSet;

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use futures_util::future::{try_join, try_join_all};

use serde_json::Value;

use super::SnapshotReader;
use super::publishing::{Denial, SimulatedDecision};
use crate::aws::scope::{ReadScope, ours};
use crate::aws::{AwsError, AwsErrorKind, function, log_group, queue, role, secret, tagged};
use crate::chain::checks::snapshot::{
    ChainSnapshot, DeniedAction, FailureQueueSnapshot, FunctionSettings, FunctionSnapshot, Link,
    Lookup, Part, RelaySnapshot, UntaggedResource, WebhookRead,
};
use crate::chain::names::{CODE_TAG, ResourceNames, TOPIC_TAG, VERSION_TAG, code_tag};
use crate::chain::policy::execution_policy;
use crate::chain::spec::is_started_with;
use crate::chain::state::{
    ENCRYPTION_CONTEXT, Environment, PARAMETER_VARIABLE, SECRET_VARIABLE, Secret, SecretStore,
    SecretValue, TARGET_VARIABLE, WebhookPlace,
};

impl SnapshotReader<'_> {
    pub(super) async fn function(
        &self,
        link: Link,
        arn: &str,
    ) -> Result<Lookup<FunctionSnapshot>, AwsError> {
        let Some(name) = self
            .local(arn, "lambda")
            .and_then(|resource| resource.strip_prefix("function:"))
        else {
            self.note(
                link,
                Part::Function,
                format!("looking at the function {arn}"),
                "it lies in another account or region".to_owned(),
            );
            return Ok(Lookup::NotChecked);
        };
        let found = match self.see(
            link,
            Part::Function,
            function::get(self.clients, name).await,
        )? {
            Lookup::Found(found) => found,
            Lookup::Missing => return Ok(Lookup::Missing),
            Lookup::NotChecked => return Ok(Lookup::NotChecked),
        };
        let policy = function::policy(self.clients, name).await;
        let policy = self.see(
            link,
            Part::Permission,
            policy.map(|policy| Some(policy).filter(|policy| !policy.is_null())),
        )?;
        let relay = self.relay(link, name, &found).await?;
        let Some(configuration) = found.configuration() else {
            return Ok(Lookup::NotChecked);
        };
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
            relay: relay.map(Box::new),
        }))
    }

    /// Reads what belongs to the function, where it is a relay of ours.
    async fn relay(
        &self,
        link: Link,
        name: &str,
        found: &GetFunctionOutput,
    ) -> Result<Option<RelaySnapshot>, AwsError> {
        let Some(configuration) = found.configuration() else {
            return Ok(None);
        };
        let variables = function::variables(configuration);
        let (tags, is_ours) = ours(found.tags().into_iter().flatten());
        let are_seen = self
            .see(
                link,
                Part::Function,
                function::check_tags(found, name).map(Some),
            )?
            .found()
            .is_some();
        // Another topic's relay is this topic's guest: what belongs to it is that topic's to look at.
        if tags
            .get(TOPIC_TAG)
            .is_some_and(|topic| *topic != self.topic.to_string())
        {
            return Ok(None);
        }
        let target = match variables.get(TARGET_VARIABLE) {
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
            decrypt: true,
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
        let mut secret_arn = None;
        let secret: Lookup<Secret> = if variables.contains_key(SECRET_VARIABLE) {
            let stored = secret::in_secrets_manager(self.clients, &scope).await;
            self.see(
                link,
                Part::WebhookUrl,
                stored.map(|stored| {
                    stored.map(|stored| {
                        note_tags(stored.is_ours, UntaggedResource::Arn(stored.arn.clone()));
                        secret_arn = Some(stored.arn);
                        stored.secret
                    })
                }),
            )?
        } else if variables.contains_key(PARAMETER_VARIABLE) {
            let stored = secret::in_ssm(self.clients, &scope).await;
            let stored = self.see(link, Part::WebhookUrl, stored)?;
            stored.map(|(secret, is_ours)| {
                note_tags(is_ours, UntaggedResource::Arn(names.parameter_arn()));
                secret
            })
        } else {
            Lookup::NotChecked
        };
        let environment = function::environment(
            self.clients,
            &scope,
            variables.clone(),
            secret_arn.as_deref(),
        )
        .await;
        let (environment, decrypted) = match environment {
            Ok(environment) => (environment, Ok(())),
            // What cannot be decrypted is known to be there all the same.
            Err(failure) => {
                let scope = ReadScope {
                    decrypt: false,
                    ..scope
                };
                (
                    function::environment(self.clients, &scope, variables, None).await?,
                    Err(failure),
                )
            }
        };
        let reading = self
            .reading(link, &scope, &environment, &secret, decrypted)
            .await?;

        let role_name = configuration
            .role()
            .and_then(|arn| arn.rsplit('/').next())
            .unwrap_or(&names.role)
            .to_owned();
        let role = self.see(
            link,
            Part::Role,
            role::get(self.clients, &role_name, role::RELAY).await,
        )?;
        let role = role.map(|(role, is_ours)| {
            if role.name == names.role {
                note_tags(is_ours, UntaggedResource::Role(role.name.clone()));
            }
            role
        });
        let other_policies = match role.found() {
            Some(_) => self.see(
                link,
                Part::Role,
                role::other_policies(self.clients, &role_name, role::RELAY)
                    .await
                    .map(Some),
            )?,
            None => Lookup::NotChecked,
        };
        let places = try_join(
            async {
                self.see(
                    link,
                    Part::Log,
                    log_group::observe(self.clients, &scope).await,
                )
            },
            async {
                self.see(
                    link,
                    Part::FailureQueue,
                    queue::observe(self.clients, &scope).await,
                )
            },
        );
        let (log_group, queue) = places.await?;
        let log_group = log_group.map(|(group, is_ours)| {
            note_tags(is_ours, UntaggedResource::Arn(names.log_group_arn()));
            group
        });
        let queue = match queue {
            Lookup::Found((queue, is_ours, depth)) => {
                note_tags(is_ours, UntaggedResource::Arn(names.queue_arn()));
                let held = self
                    .held(link, &names.queue, depth.messages, queue.retention_s.into())
                    .await?;
                Lookup::Found(FailureQueueSnapshot {
                    queue,
                    contents: held,
                })
            }
            Lookup::Missing => Lookup::Missing,
            Lookup::NotChecked => Lookup::NotChecked,
        };
        let event_invoke_config = self.see(
            link,
            Part::FailureQueue,
            function::event_invoke_config(self.clients, name).await,
        )?;
        let denied = match (role.found(), configuration.role()) {
            (Some(_), Some(arn)) => {
                self.denied(
                    link,
                    arn,
                    &names,
                    environment.webhook.as_ref(),
                    secret_arn.as_deref(),
                )
                .await?
            }
            _ => Lookup::NotChecked,
        };
        let tag = |name: &str| found.tags().and_then(|tags| tags.get(name)).cloned();
        let architecture = function::architecture(configuration);
        Ok(Some(RelaySnapshot {
            target,
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
                json_logs: function::logs_tell(configuration),
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
            webhook_read: reading,
            denied_actions: denied,
            environment,
            event_invoke_config,
            role,
            other_policies,
            log_group,
            queue,
            secret,
            names,
        }))
    }

    /// Tries whether the webhook URL can be read, as the relay will.
    async fn reading(
        &self,
        link: Link,
        scope: &ReadScope<'_>,
        environment: &Environment,
        secret: &Lookup<Secret>,
        decrypted: Result<(), AwsError>,
    ) -> Result<Lookup<WebhookRead>, AwsError> {
        let is_there = secret
            .found()
            .is_some_and(|secret| !secret.pending_deletion);
        let read = match &environment.webhook {
            Some(WebhookPlace::SecretsManager { .. }) if is_there => {
                secret::stored(self.clients, scope, SecretStore::SecretsManager).await
            }
            Some(WebhookPlace::Ssm { .. }) if is_there => {
                secret::stored(self.clients, scope, SecretStore::Ssm).await
            }
            Some(WebhookPlace::Kms { value, .. } | WebhookPlace::Env { value }) => {
                decrypted.map(|()| value.clone())
            }
            _ => return Ok(Lookup::NotChecked),
        };
        match read {
            Ok(SecretValue::Known(secret)) => {
                let version = environment.webhook_version.as_deref();
                // A URL in the environment changes with it, and so starts the relay anew.
                let is_elsewhere = matches!(
                    environment.webhook,
                    Some(WebhookPlace::SecretsManager { .. } | WebhookPlace::Ssm { .. })
                );
                let is_current = !is_elsewhere || is_started_with(scope.names, version, &secret);
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
                    why: failure.cause().to_owned(),
                }))
            }
            Err(failure) => self.see(link, Part::WebhookUrl, Err(failure)),
        }
    }

    /// Asks IAM what of that which the relay needs is denied its role by what stands above the policy that allows it.
    async fn denied(
        &self,
        link: Link,
        role: &str,
        names: &ResourceNames,
        webhook: Option<&WebhookPlace>,
        secret: Option<&str>,
    ) -> Result<Lookup<Vec<DeniedAction>>, AwsError> {
        let asked =
            relay_calls(names, webhook, secret)
                .into_iter()
                .map(|(actions, resource)| async move {
                    let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
                    let found = self
                        .simulate(role, &actions, &resource, &context(names))
                        .await?;
                    self.is_unclear(link, Part::Role, role, &found);
                    Ok::<_, AwsError>(found.into_iter().filter_map(
                        |(action, verdict)| match verdict {
                            SimulatedDecision::Denied(Denial { by, policy }) => {
                                Some(DeniedAction { action, by, policy })
                            }
                            SimulatedDecision::Allowed
                            | SimulatedDecision::Unclear
                            | SimulatedDecision::Silent => None,
                        },
                    ))
                });
        let denied = try_join_all(asked).await;
        self.see(
            link,
            Part::Role,
            denied.map(|denied| Some(denied.into_iter().flatten().collect())),
        )
    }

    /// Finds the relays of ours for this topic that are not subscribed to it, whatever they are called.
    /// With them, every function to which something tagged belongs.
    pub(super) async fn unsubscribed_relays(
        &self,
        chain: &ChainSnapshot,
    ) -> Result<(BTreeSet<String>, Vec<(String, String)>), AwsError> {
        if chain.subscribers.found().is_none() {
            return Ok((BTreeSet::new(), Vec::new()));
        }
        let tagged = tagged::functions(self.clients, self.topic).await.map(Some);
        let Lookup::Found(all) = self.see(Link::Topic, Part::Topic, tagged)? else {
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
                let Lookup::Found(found) = self.see(
                    Link::Topic,
                    Part::Topic,
                    function::get(self.clients, &name).await,
                )?
                else {
                    return Ok(None);
                };
                let target = found.configuration().and_then(|configuration| {
                    function::variables(configuration).remove(TARGET_VARIABLE)
                });
                let (_, is_ours) = ours(found.tags().into_iter().flatten());
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

/// Returns what a relay calls, and on what.
fn relay_calls(
    names: &ResourceNames,
    webhook: Option<&WebhookPlace>,
    secret: Option<&str>,
) -> Vec<(Vec<String>, String)> {
    let policy = execution_policy(names, webhook);
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
                Some(pattern) if *pattern == names.secret_arn_pattern() => secret?.to_owned(),
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
fn context(names: &ResourceNames) -> [(String, String); 1] {
    [(
        format!("kms:EncryptionContext:{ENCRYPTION_CONTEXT}"),
        names.function.clone(),
    )]
}
