//! KMS keys, and the webhook URL encrypted with one.

use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{KeyManagerType, KeyState};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::response::Response;
use super::tags::parse_json;
use super::{AwsError, Clients};
use crate::contract::secret_store::ENCRYPTION_CONTEXT;

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

/// Returns a KMS key that is named by its id, alias or ARN.
///
/// # Errors
/// The key cannot be described; that there is no such key is an error.
pub async fn key(clients: &Clients, name: &str) -> Result<KeyDescription, AwsError> {
    const ACTION: &str = "kms:DescribeKey";
    let task = format!("reading the KMS key {name}");
    let describe = clients.kms.describe_key().key_id(name);
    let found = describe.send().await.or_error(ACTION, task.as_str())?;
    let described = found.key_metadata().and_then(|key| {
        let state = key.key_state().filter(|state| **state != KeyState::Enabled);
        Some(KeyDescription {
            arn: key.arn()?.to_owned(),
            aws_managed: key.key_manager() == Some(&KeyManagerType::Aws),
            unusable: state.map(|state| state.as_str().to_owned()),
        })
    });
    described.ok_or_else(|| AwsError::unexpected(ACTION, task, "the answer has no ARN"))
}

/// Returns the KMS key with this id, alias or ARN, or `None` if it does not exist.
///
/// # Errors
/// Any but "not found".
pub(crate) async fn find_key(
    clients: &Clients,
    name: &str,
) -> Result<Option<KeyDescription>, AwsError> {
    key(clients, name)
        .await
        .map(Some)
        .or_else(AwsError::or_missing)
}

/// Returns the ARN of a KMS key that is named by its id, alias or ARN.
///
/// # Errors
/// As [`key`].
pub async fn key_arn(clients: &Clients, name: &str) -> Result<String, AwsError> {
    Ok(key(clients, name).await?.arn)
}

/// Returns the policy of a KMS key.
///
/// # Errors
/// The key's policy cannot be read.
pub(super) async fn key_policy(
    clients: &Clients,
    key: &str,
) -> Result<serde_json::Value, AwsError> {
    // A key has one policy, of this name (KMS API reference, `GetKeyPolicy`).
    let get = clients
        .kms
        .get_key_policy()
        .key_id(key)
        .policy_name("default");
    let found = get.send().await.or_error(
        "kms:GetKeyPolicy",
        format!("reading the policy of the KMS key {key}"),
    )?;
    Ok(parse_json(found.policy().unwrap_or_default()))
}

/// Returns a text encrypted for the function, in base64.
pub(super) async fn encrypt(
    clients: &Clients,
    function: &str,
    key: &str,
    plaintext: &str,
) -> Result<String, AwsError> {
    const ACTION: &str = "kms:Encrypt";
    let task = format!("encrypting the webhook URL with the KMS key {key}");
    let encrypt = clients
        .kms
        .encrypt()
        .key_id(key)
        .encryption_context(ENCRYPTION_CONTEXT, function)
        .plaintext(Blob::new(plaintext));
    let encrypted = encrypt.send().await.or_error(ACTION, task.as_str())?;
    match encrypted.ciphertext_blob() {
        Some(ciphertext) => Ok(STANDARD.encode(ciphertext)),
        None => Err(AwsError::unexpected(
            ACTION,
            task,
            "the answer has no ciphertext",
        )),
    }
}

/// Returns the key's ARN and the text that a function's environment holds encrypted, in base64; `None` if it is not UTF-8.
pub(super) async fn decrypt(
    clients: &Clients,
    function: &str,
    ciphertext: &str,
) -> Result<(String, Option<String>), AwsError> {
    let task = format!("decrypting the webhook URL of the function {function}");
    let blob = STANDARD
        .decode(ciphertext)
        .map_err(|error| AwsError::local(task.as_str(), error))?;
    let decrypt = clients
        .kms
        .decrypt()
        .encryption_context(ENCRYPTION_CONTEXT, function)
        .ciphertext_blob(Blob::new(blob));
    let decrypted = decrypt.send().await.or_error("kms:Decrypt", task)?;
    let text = decrypted
        .plaintext
        .and_then(|blob| String::from_utf8(blob.into_inner()).ok());
    Ok((decrypted.key_id.unwrap_or_default(), text))
}
