//! The webhook URL in its store: a secret in Secrets Manager, a SecureString parameter in SSM, or the function's environment,
//! encrypted with KMS or as it is.

mod parameter;
mod secrets_manager;

use super::scope::ReadScope;
use super::{AwsError, Clients, kms};
use crate::chain::names::ResourceNames;
use crate::chain::state::Secret;
use crate::contract::secret_store::{SecretLocation, SecretStore, SecretValue};
use crate::destination::WebhookSecret;

/// A secret in a store of its own, as it is.
#[derive(Debug)]
pub(super) struct StoredSecret {
    /// The store.
    pub(super) store: SecretStore,
    /// The secret.
    pub(super) secret: Secret,
    /// Whether ddalert manages it.
    pub(super) is_ours: bool,
    /// The ARN that it has now.
    pub(super) arn: String,
    /// The KMS key that it is encrypted with, where the store says so.
    pub(super) key: Option<String>,
    /// Whether it is a parameter that is not encrypted.
    pub(super) is_plain: bool,
    /// Whether the store rotates it.
    pub(super) is_rotated: bool,
}

/// Returns the function's secret in this store as it is, or `None` if it is not there or the store has it in the environment; its
/// value only where `values` asks for it.
pub(super) async fn observe(
    clients: &Clients,
    scope: &ReadScope<'_>,
    store: SecretStore,
) -> Result<Option<StoredSecret>, AwsError> {
    let Some(name) = scope.names.secret(store) else {
        return Ok(None);
    };
    match store {
        SecretStore::SecretsManager => secrets_manager::observe(clients, scope, store, name).await,
        SecretStore::Ssm => parameter::observe(clients, scope, store, name).await,
        SecretStore::Kms | SecretStore::Env => Ok(None),
    }
}

/// Returns the resource policy of the function's secret in this store, or `None` if it has none.
///
/// # Errors
/// Any but "not found".
pub(super) async fn resource_policy(
    clients: &Clients,
    scope: &ReadScope<'_>,
    store: SecretStore,
) -> Result<Option<serde_json::Value>, AwsError> {
    match (store, scope.names.secret(store)) {
        (SecretStore::SecretsManager, Some(name)) => {
            secrets_manager::resource_policy(clients, name).await
        }
        _ => Ok(None),
    }
}

/// Finds out where the value of a store's variable says that the secret is. `secret_arn` is the ARN that the secret has now, if it
/// is a resource of its own.
///
/// # Errors
/// It must be decrypted for that, and cannot be.
pub(super) async fn locate(
    clients: &Clients,
    scope: &ReadScope<'_>,
    store: SecretStore,
    value: &str,
    secret_arn: Option<&str>,
) -> Result<SecretLocation, AwsError> {
    Ok(match store {
        SecretStore::SecretsManager => SecretLocation::SecretsManager {
            dangling: secret_arn != Some(value),
        },
        SecretStore::Ssm => SecretLocation::Ssm {
            parameter: value.to_owned(),
        },
        SecretStore::Kms => {
            let (key, value) = match scope.decrypt {
                true => {
                    let (key, text) = kms::decrypt(clients, &scope.names.function, value).await?;
                    (key, stored_value(text.as_deref()))
                }
                false => (String::new(), SecretValue::Unread),
            };
            SecretLocation::Kms { key, value }
        }
        SecretStore::Env => SecretLocation::Env {
            value: stored_value(Some(value)),
        },
    })
}

/// Returns the value of a store's variable, by which the relay finds the secret: the ARN as it is now, the secret encrypted now.
///
/// # Errors
/// The ARN cannot be read, the secret cannot be encrypted, or it must be known for that and is not.
pub(super) async fn variable(
    clients: &Clients,
    names: &ResourceNames,
    location: &SecretLocation,
) -> Result<String, AwsError> {
    match location {
        SecretLocation::SecretsManager { .. } => {
            let name = names.secret(SecretStore::SecretsManager);
            secrets_manager::arn(clients, name.unwrap_or_default()).await
        }
        SecretLocation::Ssm { parameter } => Ok(parameter.clone()),
        SecretLocation::Kms {
            key,
            value: SecretValue::Known(secret),
        } => kms::encrypt(clients, &names.function, key, &secret.to_stored()).await,
        SecretLocation::Env {
            value: SecretValue::Known(secret),
        } => Ok(secret.to_stored()),
        SecretLocation::Kms {
            value: SecretValue::Unread,
            ..
        }
        | SecretLocation::Env {
            value: SecretValue::Unread,
        } => {
            let task = format!("writing the environment of the function {}", names.function);
            Err(AwsError::local(task, "the webhook URL is not known"))
        }
    }
}

/// Returns the webhook URL that a store holds; unread if the store holds nothing or something that is not a URL.
///
/// # Errors
/// The store refuses: most often the caller may not, or the key is disabled or gone.
pub(super) async fn stored(
    clients: &Clients,
    scope: &ReadScope<'_>,
    store: SecretStore,
) -> Result<SecretValue, AwsError> {
    let name = scope.names.secret(store).unwrap_or_default();
    match store {
        SecretStore::SecretsManager => secrets_manager::value(clients, name).await,
        SecretStore::Ssm => parameter::value(clients, name).await,
        SecretStore::Kms | SecretStore::Env => Ok(SecretValue::Unread),
    }
}

/// Reads the stored text. One that is not a webhook URL counts as unread: it differs from every URL that is given.
fn stored_value(text: Option<&str>) -> SecretValue {
    text.and_then(|text| WebhookSecret::from_stored(text).ok())
        .map_or(SecretValue::Unread, SecretValue::Known)
}

/// Creates the secret.
pub(super) async fn create(
    clients: &Clients,
    store: SecretStore,
    secret: &Secret,
) -> Result<(), AwsError> {
    match store {
        SecretStore::SecretsManager => secrets_manager::create(clients, secret).await,
        SecretStore::Ssm => parameter::create(clients, secret).await,
        SecretStore::Kms | SecretStore::Env => Err(no_resource(store, secret)),
    }
}

/// Updates what differs.
pub(super) async fn update(
    clients: &Clients,
    store: SecretStore,
    secret: &Secret,
    differs: &[&str],
) -> Result<(), AwsError> {
    match store {
        SecretStore::SecretsManager => secrets_manager::update(clients, secret, differs).await,
        SecretStore::Ssm => parameter::update(clients, secret, differs).await,
        SecretStore::Kms | SecretStore::Env => Err(no_resource(store, secret)),
    }
}

/// Removes the secret: from Secrets Manager with the shortest recovery window (7 days), from SSM at once.
pub(super) async fn remove(
    clients: &Clients,
    store: SecretStore,
    secret: &Secret,
) -> Result<(), AwsError> {
    match store {
        SecretStore::SecretsManager => secrets_manager::remove(clients, secret).await,
        SecretStore::Ssm => parameter::remove(clients, secret).await,
        SecretStore::Kms | SecretStore::Env => Err(no_resource(store, secret)),
    }
}

/// Only a wrong plan writes a secret that is not a resource.
fn no_resource(store: SecretStore, secret: &Secret) -> AwsError {
    AwsError::local(
        format!("writing the secret {}", secret.name),
        format!("the store {} keeps it in the environment", store.name()),
    )
}

/// Returns the webhook URL to store.
fn known_value(secret: &Secret) -> Result<&WebhookSecret, AwsError> {
    match &secret.value {
        SecretValue::Known(value) => Ok(value),
        SecretValue::Unread => Err(AwsError::local(
            format!("storing the secret {}", secret.name),
            "the webhook URL is not known",
        )),
    }
}
