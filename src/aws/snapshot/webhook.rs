//! The webhook URL of a relay: where it is, and whether the relay can read it.

use futures_util::future::join3;
use serde_json::Value;

use super::SnapshotReader;
use crate::arn::find_arn;
use crate::aws::scope::ReadScope;
use crate::aws::{AwsError, AwsErrorKind, function, secret};
use crate::chain::checks::snapshot::{KmsKey, Link, Lookup, Reading, WebhookRead};
use crate::chain::names::ResourceNames;
use crate::chain::spec::is_started_with;
use crate::chain::state::Secret;
use crate::contract::environment::{RelayEnvironment, RelayVariables};
use crate::contract::secret_store::{SecretLocation, SecretValue};

/// What was read about the webhook URL of a relay.
pub(super) struct Webhook {
    /// The secret or parameter that holds it; not checked where it is in the environment.
    pub(super) secret: Lookup<Secret>,
    /// The ARN that the secret in Secrets Manager has now.
    pub(super) secret_arn: Option<String>,
    /// Whether ddalert manages the secret or parameter, and its ARN.
    pub(super) tagged: Option<(bool, String)>,
    pub(super) environment: RelayEnvironment,
    /// Whether the relay can read it.
    pub(super) reading: Lookup<WebhookRead>,
    /// The KMS key of the customer that it is encrypted with, as far as it is known.
    pub(super) key: Option<KmsKey>,
    /// Whether it is a parameter that is not encrypted.
    pub(super) is_plain: bool,
    /// Whether Secrets Manager rotates it.
    pub(super) is_rotated: bool,
    /// The resource policy of the secret, if it has one.
    pub(super) policy: Value,
}

impl SnapshotReader<'_> {
    /// Reads where the webhook URL is, and whether it can be read from there, as the relay will.
    pub(super) async fn webhook(
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
}
