//! Where the webhook's secret is kept, and how it is read: once at the start, and again when the room says that it is gone.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use thiserror::Error;

use super::retry::{Deadline, wait};
use super::signed::{Account, ApiCall, ApiError, KMS, SECRETS_MANAGER, SSM, Service};
use crate::contract::environment::BadVariable;
use crate::contract::secret_store::{ENCRYPTION_CONTEXT, SecretStore};
use crate::destination::{SecretError, WebhookSecret};
use crate::http::Poster;

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
        entry: SecretEntry,
    },
}

/// What to ask a service for.
pub enum SecretEntry {
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
        /// The function's name, which is the value of the encryption context.
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
    /// Reads where the secret is from the `value` of its store's variable; `variable` reads the rest of the environment.
    ///
    /// # Errors
    /// The value does not say where the secret is, or a variable that is needed to read it is missing or wrong.
    pub(super) fn from_env(
        store: SecretStore,
        value: &str,
        variable: &impl Fn(&str) -> Option<String>,
    ) -> Result<SecretSource, BadVariable> {
        let name = store.variable();
        let required = |name| variable(name).ok_or_else(|| BadVariable::missing(name));
        let (entry, region) = match store {
            SecretStore::SecretsManager => {
                let region = region_of(value, &SECRETS_MANAGER).ok_or_else(|| {
                    BadVariable::new(name, "is not the ARN of a Secrets Manager secret")
                })?;
                let arn = value.to_owned();
                (SecretEntry::Secret { arn }, Some(region.to_owned()))
            }
            SecretStore::Ssm => {
                let region = match value.starts_with("arn:") {
                    true => Some(region_of(value, &SSM).ok_or_else(|| {
                        BadVariable::new(name, "is not the ARN of an SSM parameter")
                    })?),
                    false => None,
                };
                let entry = SecretEntry::Parameter {
                    name: value.to_owned(),
                };
                (entry, region.map(str::to_owned))
            }
            SecretStore::Kms => {
                BASE64_STANDARD
                    .decode(value)
                    .map_err(|_| BadVariable::new(name, "is not base64"))?;
                let entry = SecretEntry::Ciphertext {
                    blob: value.to_owned(),
                    function: required("AWS_LAMBDA_FUNCTION_NAME")?,
                };
                (entry, None)
            }
            SecretStore::Env => {
                // The error of the secret's own type tells what is wrong and holds nothing of the value but its host.
                let secret = WebhookSecret::from_stored(value)
                    .map_err(|error| BadVariable::new(name, format!("is not usable: {error}")))?;
                return Ok(SecretSource::Environment(secret));
            }
        };
        let region = match region {
            Some(region) => region,
            None => required("AWS_REGION")?,
        };
        Ok(SecretSource::Store {
            account: Account::from_env(variable)?,
            region,
            entry,
        })
    }

    /// Reads the secret, again and again while it may still come and `deadline` allows.
    pub(super) async fn read(
        &self,
        poster: &Poster,
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
            match account.call(poster, &call, timeout).await {
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

/// Returns the region of the ARN of something of `service`.
fn region_of<'a>(arn: &'a str, service: &Service) -> Option<&'a str> {
    match arn.splitn(6, ':').collect::<Vec<_>>().as_slice() {
        ["arn", _, name, region, _, _] if *name == service.name && !region.is_empty() => {
            Some(region)
        }
        _ => None,
    }
}

impl SecretEntry {
    fn call<'a>(&self, region: &'a str) -> ApiCall<'a> {
        match self {
            SecretEntry::Secret { arn } => ApiCall::json(
                &SECRETS_MANAGER,
                region,
                "GetSecretValue",
                &json!({ "SecretId": arn }),
            ),
            SecretEntry::Parameter { name } => ApiCall::json(
                &SSM,
                region,
                "GetParameter",
                &json!({ "Name": name, "WithDecryption": true }),
            ),
            SecretEntry::Ciphertext { blob, function } => {
                let context = json!({ ENCRYPTION_CONTEXT: function });
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
            SecretEntry::Secret { .. } => {
                match answer.get("SecretString").and_then(Value::as_str) {
                    Some(text) => Some(text.to_owned()),
                    None => decoded(answer.get("SecretBinary")?),
                }
            }
            SecretEntry::Parameter { .. } => {
                Some(answer.get("Parameter")?.get("Value")?.as_str()?.to_owned())
            }
            SecretEntry::Ciphertext { .. } => decoded(answer.get("Plaintext")?),
        }
    }

    fn name(&self) -> String {
        match self {
            SecretEntry::Secret { arn } => arn.clone(),
            SecretEntry::Parameter { name } => format!("parameter {name}"),
            SecretEntry::Ciphertext { .. } => format!("in {}", SecretStore::Kms.variable()),
        }
    }
}
