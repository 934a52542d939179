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
use crate::chain::state::{ENCRYPTION_CONTEXT, Secret, SecretStore, SecretValue, Tags};
use crate::destination::WebhookSecret;

/// A secret in Secrets Manager with the ARN it has now.
pub(super) struct InSecretsManager {
    pub(super) secret: Secret,
    pub(super) is_ours: bool,
    pub(super) arn: String,
}

/// Returns the secret in Secrets Manager as it is; its value only where `values` asks for it.
pub(super) async fn in_secrets_manager(
    clients: &Clients,
    scope: &ReadScope<'_>,
) -> Result<Option<InSecretsManager>, AwsError> {
    let name = &scope.names.secret;
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
    Ok(Some(InSecretsManager {
        secret: Secret {
            name: name.clone(),
            value,
            pending_deletion,
            tags,
        },
        is_ours,
        arn,
    }))
}

/// Returns the parameter in SSM as it is; its value only where `values` asks for it.
pub(super) async fn in_ssm(
    clients: &Clients,
    scope: &ReadScope<'_>,
) -> Result<Option<(Secret, bool)>, AwsError> {
    let name = &scope.names.parameter;
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
    Ok(Some((
        Secret {
            name: name.clone(),
            value,
            pending_deletion: false,
            tags,
        },
        is_ours,
    )))
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
    let secret = match store {
        SecretStore::Ssm => in_ssm(clients, &scope).await?.map(|(secret, _)| secret),
        _ => in_secrets_manager(clients, &scope)
            .await?
            .map(|stored| stored.secret),
    };
    Ok(secret.map_or(SecretValue::Unread, |secret| secret.value))
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
    let value = value(secret)?;
    let name = &secret.name;
    if store == SecretStore::Ssm {
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
        return Ok(());
    }
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

/// Brings the secret to its wanted state.
pub(super) async fn update(
    clients: &Clients,
    store: SecretStore,
    secret: &Secret,
    differs: &[&str],
) -> Result<(), AwsError> {
    match store {
        SecretStore::Ssm => update_parameter(clients, secret, differs).await,
        _ => update_secret(clients, secret, differs).await,
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
    let name = &secret.name;
    if store == SecretStore::Ssm {
        return match clients.ssm.delete_parameter().name(name).send().await {
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
        };
    }
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

/// Returns the ARN that the secret has now, for the function's environment.
pub(super) async fn arn(clients: &Clients, names: &ResourceNames) -> Result<String, AwsError> {
    let name = &names.secret;
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
pub(super) async fn encrypt(
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
pub(super) async fn decrypt(
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
