//! Where the webhook's secret is kept, and how it is read: once at the start, and again when the room says that it is gone.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use thiserror::Error;

use super::retry::{Deadline, wait};
use super::signed::{Account, ApiCall, ApiError, KMS, SECRETS_MANAGER, SSM};
use crate::destination::{SecretError, WebhookSecret};
use crate::http::HttpClient;

/// The place that the environment names.
pub enum SecretSource {
    /// The environment holds it.
    Environment(WebhookSecret),
    /// An AWS service does, or opens it.
    Store {
        /// Who asks.
        account: Account,
        /// The region to ask in.
        region: String,
        /// What to ask for.
        entry: Entry,
    },
}

/// What to ask a service for.
pub enum Entry {
    /// A secret of Secrets Manager.
    Secret {
        /// Its ARN.
        arn: String,
    },
    /// A SecureString of SSM's Parameter Store.
    Parameter {
        /// Its name or ARN.
        name: String,
    },
    /// Ciphertext that KMS opens for this function alone.
    Ciphertext {
        /// The ciphertext, base64.
        blob: String,
        /// The function's name, which is the encryption context `LambdaFunctionName`.
        function: String,
    },
}

/// The secret cannot be had. Never holds the secret.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SecretUnreadable {
    /// The service did not give it.
    #[error("cannot read the webhook secret {entry}: {error}")]
    ApiCall {
        /// Which secret.
        entry: String,
        /// Why not.
        error: ApiError,
    },
    /// The service gave something else.
    #[error("the webhook secret {entry} is not text")]
    NotText {
        /// Which secret.
        entry: String,
    },
    /// What it gave opens no room.
    #[error("the webhook secret {entry} is not usable: {error}")]
    Unusable {
        /// Which secret.
        entry: String,
        /// Why not.
        error: SecretError,
    },
}

impl SecretSource {
    /// Reads the secret, again and again while it may still come and `deadline` allows.
    pub(super) async fn read(
        &self,
        http_client: &HttpClient,
        deadline: Deadline,
    ) -> Result<WebhookSecret, SecretUnreadable> {
        let (account, region, entry) = match self {
            SecretSource::Environment(secret) => return Ok(secret.clone()),
            SecretSource::Store {
                account,
                region,
                entry,
            } => (account, region, entry),
        };
        let call = entry.call(region);
        let mut tries = 0;
        let answer = loop {
            tries += 1;
            let timeout = deadline.one_try().unwrap_or_default();
            match account.call(http_client, &call, timeout).await {
                Ok(answer) => break answer,
                Err(error) if error.is_passing() && deadline.pause(wait(tries, None)).await => {}
                Err(error) => {
                    return Err(SecretUnreadable::ApiCall {
                        entry: entry.name(),
                        error,
                    });
                }
            }
        };
        let text = entry
            .text(&answer)
            .ok_or_else(|| SecretUnreadable::NotText {
                entry: entry.name(),
            })?;
        WebhookSecret::from_stored(&text).map_err(|error| SecretUnreadable::Unusable {
            entry: entry.name(),
            error,
        })
    }
}

impl Entry {
    fn call<'a>(&self, region: &'a str) -> ApiCall<'a> {
        match self {
            Entry::Secret { arn } => ApiCall::json(
                &SECRETS_MANAGER,
                region,
                "GetSecretValue",
                &json!({ "SecretId": arn }),
            ),
            Entry::Parameter { name } => ApiCall::json(
                &SSM,
                region,
                "GetParameter",
                &json!({ "Name": name, "WithDecryption": true }),
            ),
            Entry::Ciphertext { blob, function } => {
                let context = json!({ "LambdaFunctionName": function });
                ApiCall::json(
                    &KMS,
                    region,
                    "Decrypt",
                    &json!({ "CiphertextBlob": blob, "EncryptionContext": context }),
                )
            }
        }
    }

    /// Reads the secret's text out of the answer.
    fn text(&self, answer: &[u8]) -> Option<String> {
        let answer: Value = serde_json::from_slice(answer).ok()?;
        let decoded =
            |value: &Value| String::from_utf8(BASE64_STANDARD.decode(value.as_str()?).ok()?).ok();
        match self {
            Entry::Secret { .. } => match answer.get("SecretString").and_then(Value::as_str) {
                Some(text) => Some(text.to_owned()),
                None => decoded(answer.get("SecretBinary")?),
            },
            Entry::Parameter { .. } => {
                Some(answer.get("Parameter")?.get("Value")?.as_str()?.to_owned())
            }
            Entry::Ciphertext { .. } => decoded(answer.get("Plaintext")?),
        }
    }

    fn name(&self) -> String {
        match self {
            Entry::Secret { arn } => arn.clone(),
            Entry::Parameter { name } => format!("parameter {name}"),
            Entry::Ciphertext { .. } => "in DDALERT_WEBHOOK_KMS".to_owned(),
        }
    }
}
