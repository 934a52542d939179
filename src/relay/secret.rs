//! Reads the webhook's secret from its store: once at the start, and again when the room says that the webhook is gone.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use thiserror::Error;

use super::aws_api::{ApiCall, ApiClient, ApiError, KMS, SECRETS_MANAGER, SSM, Service};
use super::retry::{Deadline, backoff};
use crate::arn::{Arn, looks_like_arn};
use crate::contract::environment::BadVariable;
use crate::contract::secret_store::{ENCRYPTION_CONTEXT, SecretStore};
use crate::destination::{SecretError, WebhookSecret};
use crate::http::HttpClient;

/// Where the environment says that the secret is.
pub enum SecretSource {
    /// In the environment itself.
    Environment(WebhookSecret),
    /// In an AWS service, or encrypted by one.
    Store {
        /// Calls the service.
        client: ApiClient,
        /// The service's region.
        region: String,
        /// What to ask for.
        entry: SecretEntry,
    },
}

/// What to read from a service.
pub enum SecretEntry {
    /// A secret in Secrets Manager.
    Secret {
        /// Its ARN.
        arn: String,
    },
    /// A SecureString parameter in SSM.
    Parameter {
        /// Its name or ARN.
        name: String,
    },
    /// Ciphertext that KMS decrypts for this function alone.
    Ciphertext {
        /// The ciphertext, base64.
        blob: String,
        /// The function's name, which is the value of the encryption context.
        function: String,
    },
}

/// The secret cannot be read. Never holds the secret.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SecretUnreadable {
    /// The service did not return it.
    #[error("cannot read the webhook secret {entry}: {error}")]
    ApiCall {
        /// Which secret.
        entry: String,
        /// Why not.
        error: ApiError,
    },
    /// The service returned something that is not text.
    #[error("the webhook secret {entry} is not text")]
    NotText {
        /// Which secret.
        entry: String,
    },
    /// The service returned something that is not a webhook's secret.
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
                (SecretEntry::Secret { arn }, Some(region))
            }
            SecretStore::Ssm => {
                let region = match looks_like_arn(value) {
                    true => Some(region_of(value, &SSM).ok_or_else(|| {
                        BadVariable::new(name, "is not the ARN of an SSM parameter")
                    })?),
                    false => None,
                };
                let entry = SecretEntry::Parameter {
                    name: value.to_owned(),
                };
                (entry, region)
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
            client: ApiClient::from_env(variable)?,
            region,
            entry,
        })
    }

    /// Reads the secret, and retries transient errors until `deadline`.
    pub(super) async fn read(
        &self,
        http_client: &HttpClient,
        deadline: Deadline,
    ) -> Result<WebhookSecret, SecretUnreadable> {
        let (client, region, entry) = match self {
            SecretSource::Environment(secret) => return Ok(secret.clone()),
            SecretSource::Store {
                client,
                region,
                entry,
            } => (client, region, entry),
        };
        let call = entry.call(region);
        let mut attempts = 0;
        let answer = loop {
            attempts += 1;
            let timeout = deadline.attempt_timeout().unwrap_or_default();
            match client.call(http_client, &call, timeout).await {
                Ok(answer) => break answer,
                Err(error)
                    if error.is_transient() && deadline.sleep(backoff(attempts, None)).await => {}
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
fn region_of(arn: &str, service: &Service) -> Option<String> {
    let arn: Arn = arn.parse().ok()?;
    (arn.service == service.name && !arn.region.is_empty()).then_some(arn.region)
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

    /// Returns the secret's text from the service's answer.
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
