//! The webhook URL in a store of its own: a secret in Secrets Manager, a SecureString parameter in SSM, a ciphertext from KMS.

use std::collections::BTreeMap;

use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{KeyManagerType, KeyState};
use aws_sdk_secretsmanager::types::Tag as SecretTag;
use aws_sdk_ssm::types::{ParameterType, ResourceTypeForTagging, Tag as ParameterTag};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::scope::{ReadScope, document, ours};
use super::{AwsError, Clients};
use crate::chain::names::ResourceNames;
use crate::chain::state::{Secret, Tags};
use crate::contract::secret_store::{ENCRYPTION_CONTEXT, SecretLocation, SecretStore, SecretValue};
use crate::destination::WebhookSecret;

/// A secret in a store of its own, as it is.
pub(super) struct StoredSecret {
    /// The store.
    pub(super) store: SecretStore,
    /// The secret.
    pub(super) secret: Secret,
    /// Whether it bears our tag.
    pub(super) is_ours: bool,
    /// The ARN that it has now.
    pub(super) arn: String,
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
        SecretStore::SecretsManager => in_secrets_manager(clients, scope, name).await,
        SecretStore::Ssm => in_ssm(clients, scope, name).await,
        SecretStore::Kms | SecretStore::Env => Ok(None),
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
                true => decrypt(clients, scope.names, value).await?,
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
/// The ARN cannot be had, the secret cannot be encrypted, or it must be known for that and is not.
pub(super) async fn variable(
    clients: &Clients,
    names: &ResourceNames,
    location: &SecretLocation,
) -> Result<String, AwsError> {
    match location {
        SecretLocation::SecretsManager { .. } => arn(clients, names).await,
        SecretLocation::Ssm { parameter } => Ok(parameter.clone()),
        SecretLocation::Kms { key, value } => encrypt(clients, names, key, value).await,
        SecretLocation::Env {
            value: SecretValue::Known(secret),
        } => Ok(secret.to_stored()),
        SecretLocation::Env {
            value: SecretValue::Unread,
        } => {
            let doing = format!("writing the environment of the function {}", names.function);
            Err(AwsError::local(doing, "the webhook URL is not known"))
        }
    }
}

async fn in_secrets_manager(
    clients: &Clients,
    scope: &ReadScope<'_>,
    name: &str,
) -> Result<Option<StoredSecret>, AwsError> {
    let doing = || format!("looking at the secret {name}");
    let found = match clients
        .secrets
        .describe_secret()
        .secret_id(name)
        .send()
        .await
    {
        Ok(found) => found,
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_resource_not_found_exception()) =>
        {
            return Ok(None);
        }
        Err(error) => {
            return Err(AwsError::of(
                "secretsmanager:DescribeSecret",
                doing(),
                error,
            ));
        }
    };
    let pending_deletion = found.deleted_date().is_some();
    let value = if scope.values && !pending_deletion {
        match clients
            .secrets
            .get_secret_value()
            .secret_id(name)
            .send()
            .await
        {
            Ok(answer) => stored_value(answer.secret_string()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_resource_not_found_exception()) =>
            {
                SecretValue::Unread
            }
            Err(error) => {
                return Err(AwsError::of(
                    "secretsmanager:GetSecretValue",
                    format!("reading the secret {name}"),
                    error,
                ));
            }
        }
    } else {
        SecretValue::Unread
    };
    let tags: BTreeMap<String, String> = found
        .tags()
        .iter()
        .filter_map(|tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned())))
        .collect();
    let (tags, is_ours) = ours(&tags);
    let arn = found.arn().unwrap_or_default().to_owned();
    Ok(Some(StoredSecret {
        store: SecretStore::SecretsManager,
        secret: Secret {
            name: name.to_owned(),
            value,
            pending_deletion,
            tags,
        },
        is_ours,
        arn,
    }))
}

async fn in_ssm(
    clients: &Clients,
    scope: &ReadScope<'_>,
    name: &str,
) -> Result<Option<StoredSecret>, AwsError> {
    let value = match clients
        .ssm
        .get_parameter()
        .name(name)
        .with_decryption(scope.values)
        .send()
        .await
    {
        Ok(answer) if scope.values => {
            stored_value(answer.parameter().and_then(|parameter| parameter.value()))
        }
        Ok(_) => SecretValue::Unread,
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_parameter_not_found()) =>
        {
            return Ok(None);
        }
        Err(error) => {
            return Err(AwsError::of(
                "ssm:GetParameter",
                format!("reading the parameter {name}"),
                error,
            ));
        }
    };
    let tags = clients
        .ssm
        .list_tags_for_resource()
        .resource_type(ResourceTypeForTagging::Parameter)
        .resource_id(name)
        .send()
        .await;
    let tags = tags.map_err(|error| {
        AwsError::of(
            "ssm:ListTagsForResource",
            format!("looking at the parameter {name}"),
            error,
        )
    })?;
    let tags: BTreeMap<String, String> = tags
        .tag_list()
        .iter()
        .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
        .collect();
    let (tags, is_ours) = ours(&tags);
    Ok(Some(StoredSecret {
        store: SecretStore::Ssm,
        secret: Secret {
            name: name.to_owned(),
            value,
            pending_deletion: false,
            tags,
        },
        is_ours,
        arn: scope.names.secret_arn(SecretStore::Ssm).unwrap_or_default(),
    }))
}

/// Returns the webhook URL that a store hands out; not known is nothing, or something that is no URL.
///
/// # Errors
/// It does not: above all a key that is disabled or gone, or the caller may not.
pub(super) async fn stored(
    clients: &Clients,
    scope: &ReadScope<'_>,
    store: SecretStore,
) -> Result<SecretValue, AwsError> {
    let scope = ReadScope {
        values: true,
        ..*scope
    };
    let stored = observe(clients, &scope, store).await?;
    Ok(stored.map_or(SecretValue::Unread, |stored| stored.secret.value))
}

/// What is stored but is no webhook URL is as good as unknown: it differs from every URL that is given.
fn stored_value(text: Option<&str>) -> SecretValue {
    text.and_then(|text| WebhookSecret::from_stored(text).ok())
        .map_or(SecretValue::Unread, SecretValue::Known)
}

/// Makes the secret.
pub(super) async fn create(
    clients: &Clients,
    store: SecretStore,
    secret: &Secret,
) -> Result<(), AwsError> {
    match store {
        SecretStore::SecretsManager => create_secret(clients, secret).await,
        SecretStore::Ssm => create_parameter(clients, secret).await,
        SecretStore::Kms | SecretStore::Env => Err(no_resource(store, secret)),
    }
}

async fn create_secret(clients: &Clients, secret: &Secret) -> Result<(), AwsError> {
    let (name, value) = (&secret.name, value(secret)?);
    let create = clients
        .secrets
        .create_secret()
        .name(name)
        .description("Webhook URL of a ddalert relay")
        .secret_string(value.to_stored())
        .set_tags(Some(secret_tags(&secret.tags)));
    create.send().await.map_err(|error| {
        AwsError::of(
            "secretsmanager:CreateSecret",
            format!("storing the secret {name}"),
            error,
        )
    })?;
    Ok(())
}

async fn create_parameter(clients: &Clients, secret: &Secret) -> Result<(), AwsError> {
    let (name, value) = (&secret.name, value(secret)?);
    let put = clients
        .ssm
        .put_parameter()
        .name(name)
        .r#type(ParameterType::SecureString)
        .value(value.to_stored())
        .set_tags(Some(parameter_tags(&secret.tags)?));
    put.send().await.map_err(|error| {
        AwsError::of(
            "ssm:PutParameter",
            format!("storing the parameter {name}"),
            error,
        )
    })?;
    Ok(())
}

/// Only a plan that is wrong writes a secret that is no resource.
fn no_resource(store: SecretStore, secret: &Secret) -> AwsError {
    AwsError::local(
        format!("writing the secret {}", secret.name),
        format!("the store {} keeps it in the environment", store.name()),
    )
}

/// Brings the secret to its wanted state.
pub(super) async fn update(
    clients: &Clients,
    store: SecretStore,
    secret: &Secret,
    differs: &[&str],
) -> Result<(), AwsError> {
    match store {
        SecretStore::SecretsManager => update_secret(clients, secret, differs).await,
        SecretStore::Ssm => update_parameter(clients, secret, differs).await,
        SecretStore::Kms | SecretStore::Env => Err(no_resource(store, secret)),
    }
}

async fn update_secret(
    clients: &Clients,
    secret: &Secret,
    differs: &[&str],
) -> Result<(), AwsError> {
    let name = &secret.name;
    if differs.contains(&"deletion") {
        let restore = clients
            .secrets
            .restore_secret()
            .secret_id(name)
            .send()
            .await;
        restore.map_err(|error| {
            AwsError::of(
                "secretsmanager:RestoreSecret",
                format!("restoring the secret {name}"),
                error,
            )
        })?;
    }
    if differs.contains(&"value") {
        let put = clients
            .secrets
            .put_secret_value()
            .secret_id(name)
            .secret_string(value(secret)?.to_stored())
            .send()
            .await;
        put.map_err(|error| {
            AwsError::of(
                "secretsmanager:PutSecretValue",
                format!("storing the secret {name}"),
                error,
            )
        })?;
    }
    if differs.contains(&"tags") {
        let tag = clients
            .secrets
            .tag_resource()
            .secret_id(name)
            .set_tags(Some(secret_tags(&secret.tags)))
            .send()
            .await;
        tag.map_err(|error| {
            AwsError::of(
                "secretsmanager:TagResource",
                format!("tagging the secret {name}"),
                error,
            )
        })?;
    }
    Ok(())
}

async fn update_parameter(
    clients: &Clients,
    secret: &Secret,
    differs: &[&str],
) -> Result<(), AwsError> {
    let name = &secret.name;
    if differs.contains(&"value") {
        let put = clients
            .ssm
            .put_parameter()
            .name(name)
            .r#type(ParameterType::SecureString)
            .overwrite(true)
            .value(value(secret)?.to_stored());
        put.send().await.map_err(|error| {
            AwsError::of(
                "ssm:PutParameter",
                format!("storing the parameter {name}"),
                error,
            )
        })?;
    }
    if differs.contains(&"tags") {
        let tag = clients
            .ssm
            .add_tags_to_resource()
            .resource_type(ResourceTypeForTagging::Parameter)
            .resource_id(name)
            .set_tags(Some(parameter_tags(&secret.tags)?));
        tag.send().await.map_err(|error| {
            AwsError::of(
                "ssm:AddTagsToResource",
                format!("tagging the parameter {name}"),
                error,
            )
        })?;
    }
    Ok(())
}

/// Removes the secret: in Secrets Manager with the shortest window for regret (7 days), in SSM at once.
pub(super) async fn remove(
    clients: &Clients,
    store: SecretStore,
    secret: &Secret,
) -> Result<(), AwsError> {
    match store {
        SecretStore::SecretsManager => remove_secret(clients, &secret.name).await,
        SecretStore::Ssm => remove_parameter(clients, &secret.name).await,
        SecretStore::Kms | SecretStore::Env => Err(no_resource(store, secret)),
    }
}

async fn remove_secret(clients: &Clients, name: &str) -> Result<(), AwsError> {
    match clients
        .secrets
        .delete_secret()
        .secret_id(name)
        .recovery_window_in_days(7)
        .send()
        .await
    {
        Ok(_) => Ok(()),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_resource_not_found_exception()) =>
        {
            Ok(())
        }
        Err(error) => Err(AwsError::of(
            "secretsmanager:DeleteSecret",
            format!("removing the secret {name}"),
            error,
        )),
    }
}

async fn remove_parameter(clients: &Clients, name: &str) -> Result<(), AwsError> {
    match clients.ssm.delete_parameter().name(name).send().await {
        Ok(_) => Ok(()),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_parameter_not_found()) =>
        {
            Ok(())
        }
        Err(error) => Err(AwsError::of(
            "ssm:DeleteParameter",
            format!("removing the parameter {name}"),
            error,
        )),
    }
}

/// Returns the ARN that the secret in Secrets Manager has now.
async fn arn(clients: &Clients, names: &ResourceNames) -> Result<String, AwsError> {
    let name = names
        .secret(SecretStore::SecretsManager)
        .unwrap_or_default();
    let found = clients
        .secrets
        .describe_secret()
        .secret_id(name)
        .send()
        .await;
    let found = found.map_err(|error| {
        AwsError::of(
            "secretsmanager:DescribeSecret",
            format!("looking at the secret {name}"),
            error,
        )
    })?;
    found.arn().map(str::to_owned).ok_or_else(|| {
        AwsError::refused(
            format!("looking at the secret {name}"),
            "DescribeSecret",
            "the answer has no ARN",
        )
    })
}

/// Returns the ARN of a KMS key that is named by its id, alias or ARN.
///
/// # Errors
/// The key cannot be described, or the caller may not.
pub async fn key_arn(clients: &Clients, name: &str) -> Result<String, AwsError> {
    Ok(key(clients, name).await?.arn)
}

/// A KMS key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDescription {
    /// Its ARN.
    pub arn: String,
    /// Whether AWS manages it.
    pub aws_managed: bool,
    /// The state that keeps it from being used: `Disabled`, `PendingDeletion`, …
    pub unusable: Option<String>,
}

/// Returns who may use a KMS key.
///
/// # Errors
/// The key's policy cannot be read.
pub(super) async fn key_policy(
    clients: &Clients,
    key: &str,
) -> Result<serde_json::Value, AwsError> {
    // A key has one policy, of this name (KMS API reference, `GetKeyPolicy`).
    let found = clients
        .kms
        .get_key_policy()
        .key_id(key)
        .policy_name("default")
        .send()
        .await;
    let found = found.map_err(|error| {
        AwsError::of(
            "kms:GetKeyPolicy",
            format!("reading the policy of the KMS key {key}"),
            error,
        )
    })?;
    Ok(document(found.policy().unwrap_or_default()))
}

/// Returns what is known of a KMS key.
///
/// # Errors
/// As [`key_arn`].
pub async fn key(clients: &Clients, name: &str) -> Result<KeyDescription, AwsError> {
    let doing = || format!("looking at the KMS key {name}");
    let found = clients.kms.describe_key().key_id(name).send().await;
    let found = found.map_err(|error| AwsError::of("kms:DescribeKey", doing(), error))?;
    found
        .key_metadata()
        .and_then(|key| {
            let state = key.key_state().filter(|state| **state != KeyState::Enabled);
            Some(KeyDescription {
                arn: key.arn()?.to_owned(),
                aws_managed: key.key_manager() == Some(&KeyManagerType::Aws),
                unusable: state.map(|state| state.as_str().to_owned()),
            })
        })
        .ok_or_else(|| AwsError::refused(doing(), "DescribeKey", "the answer has no ARN"))
}

/// Returns the URL encrypted for the function, in base64.
async fn encrypt(
    clients: &Clients,
    names: &ResourceNames,
    key: &str,
    value: &SecretValue,
) -> Result<String, AwsError> {
    let doing = || format!("encrypting the webhook URL with the KMS key {key}");
    let SecretValue::Known(secret) = value else {
        return Err(AwsError::local(doing(), "the webhook URL is not known"));
    };
    let encrypted = clients
        .kms
        .encrypt()
        .key_id(key)
        .encryption_context(ENCRYPTION_CONTEXT, &names.function)
        .plaintext(Blob::new(secret.to_stored()))
        .send()
        .await
        .map_err(|error| AwsError::of("kms:Encrypt", doing(), error))?;
    let ciphertext = encrypted
        .ciphertext_blob()
        .ok_or_else(|| AwsError::refused(doing(), "Encrypt", "the answer has no ciphertext"))?;
    Ok(STANDARD.encode(ciphertext))
}

/// Returns the key's ARN and the URL that a function's environment holds encrypted.
async fn decrypt(
    clients: &Clients,
    names: &ResourceNames,
    ciphertext: &str,
) -> Result<(String, SecretValue), AwsError> {
    let doing = || {
        format!(
            "decrypting the webhook URL of the function {}",
            names.function
        )
    };
    let blob = STANDARD
        .decode(ciphertext)
        .map_err(|error| AwsError::local(doing(), error))?;
    let decrypted = clients
        .kms
        .decrypt()
        .encryption_context(ENCRYPTION_CONTEXT, &names.function)
        .ciphertext_blob(Blob::new(blob))
        .send()
        .await
        .map_err(|error| AwsError::of("kms:Decrypt", doing(), error))?;
    let text = decrypted
        .plaintext()
        .and_then(|blob| std::str::from_utf8(blob.as_ref()).ok());
    Ok((
        decrypted.key_id().unwrap_or_default().to_owned(),
        stored_value(text),
    ))
}

fn value(secret: &Secret) -> Result<&WebhookSecret, AwsError> {
    match &secret.value {
        SecretValue::Known(value) => Ok(value),
        SecretValue::Unread => Err(AwsError::local(
            format!("storing the secret {}", secret.name),
            "the webhook URL is not known",
        )),
    }
}

fn secret_tags(tags: &Tags) -> Vec<SecretTag> {
    tags.iter()
        .map(|(key, value)| SecretTag::builder().key(key).value(value).build())
        .collect()
}

fn parameter_tags(tags: &Tags) -> Result<Vec<ParameterTag>, AwsError> {
    tags.iter()
        .map(|(key, value)| {
            let tag = ParameterTag::builder().key(key).value(value).build();
            tag.map_err(|error| AwsError::local("tagging the parameter", error))
        })
        .collect()
}
