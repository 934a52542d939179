//! What the environment tells the relay: read once, checked whole, before the first event.
//!
//! | variable | |
//! | --- | --- |
//! | `DDALERT_TARGET` | the destination: `chime`, `slack`, …, or `sms` |
//! | `DDALERT_PHONES` | for `sms` the phones in E.164, separated by commas |
//! | `DDALERT_SMS_REGION` | for `sms` the region that sends; not set, the function's own |
//! | `DDALERT_WEBHOOK_SECRET` | for a room one of four places of the webhook URL: the ARN of a Secrets Manager secret |
//! | `DDALERT_WEBHOOK_PARAMETER` | … the name or ARN of an SSM parameter |
//! | `DDALERT_WEBHOOK_KMS` | … ciphertext of KMS, base64, encryption context `LambdaFunctionName` |
//! | `DDALERT_WEBHOOK_URL` | … the URL itself |
//! | `DDALERT_WEBHOOK_VERSION` | not read; changing it is how the command line makes warm relays start anew |
//! | `SSL_CERT_FILE` | PEM certificates to trust besides the web's roots |
//! | `AWS_…` | region, credentials, endpoints, log level: as Lambda and the AWS SDKs have them |

use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use thiserror::Error;

use super::phones::Recipients;
use super::secret::{Entry, SecretSource};
use super::signed::{Account, SECRETS_MANAGER, SSM, Service};
use crate::chain::state::{PHONES_VARIABLE, SMS_REGION_VARIABLE};
use crate::contract::log::Level;
use crate::destination::sms::SMS_TARGET;
use crate::destination::{DESTINATIONS, Destination, WebhookSecret, destination};

/// The variables that say where the webhook URL is; exactly one is set.
const SOURCES: [&str; 4] = [
    "DDALERT_WEBHOOK_SECRET",
    "DDALERT_WEBHOOK_PARAMETER",
    "DDALERT_WEBHOOK_KMS",
    "DDALERT_WEBHOOK_URL",
];

/// Without these `lambda_runtime` panics instead of saying what is missing.
const OF_LAMBDA: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

/// Everything that the relay is told.
pub struct Config {
    /// Whom to tell.
    pub target: RelayTarget,
    /// Certificates to trust besides the web's roots.
    pub extra_roots: Option<PathBuf>,
    pub(super) least_level: Level,
}

/// Whom to tell.
pub enum RelayTarget {
    /// A room, behind a webhook.
    Room {
        /// The kind of room.
        destination: &'static Destination,
        /// Where its secret is.
        source: SecretSource,
    },
    /// Phones, through SNS.
    Phones(Recipients),
}

/// A variable that keeps the relay from starting. Never holds the variable's value.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{variable} {problem}")]
pub struct BadConfig {
    /// The variable.
    pub variable: String,
    /// What is wrong with it.
    pub problem: String,
}

impl BadConfig {
    pub(super) fn new(variable: &str, problem: impl Into<String>) -> BadConfig {
        BadConfig {
            variable: variable.to_owned(),
            problem: problem.into(),
        }
    }

    pub(super) fn missing(variable: &str) -> BadConfig {
        BadConfig::new(variable, "is not set")
    }
}

impl Config {
    /// Reads the environment, in which an empty variable counts as not set.
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Config, BadConfig> {
        let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        if let Some(missing) = OF_LAMBDA.iter().find(|name| variable(name).is_none()) {
            return Err(BadConfig::new(
                missing,
                "is not set: this program is started by AWS Lambda, not by hand",
            ));
        }
        Ok(Config {
            target: target(&variable)?,
            extra_roots: variable("SSL_CERT_FILE").map(PathBuf::from),
            least_level: Level::from_lambda(variable("AWS_LAMBDA_LOG_LEVEL").as_deref()),
        })
    }
}

fn target(variable: &impl Fn(&str) -> Option<String>) -> Result<RelayTarget, BadConfig> {
    let name = variable("DDALERT_TARGET").ok_or_else(|| BadConfig::missing("DDALERT_TARGET"))?;
    if name == SMS_TARGET {
        return recipients(variable).map(RelayTarget::Phones);
    }
    let destination = destination(&name).ok_or_else(|| {
        let known: Vec<_> = DESTINATIONS
            .iter()
            .map(|destination| destination.name)
            .chain([SMS_TARGET])
            .collect();
        BadConfig::new("DDALERT_TARGET", format!("is none of {}", known.join(", ")))
    })?;
    let set: Vec<_> = SOURCES
        .into_iter()
        .filter_map(|name| variable(name).map(|value| (name, value)))
        .collect();
    match set.as_slice() {
        [(name, value)] => Ok(RelayTarget::Room {
            destination,
            source: source(name, value.trim(), variable)?,
        }),
        [] => Err(BadConfig::new(
            &SOURCES.join(", "),
            "are all not set: one of them says where the webhook URL is",
        )),
        [(first, _), .., (last, _)] => Err(BadConfig::new(
            &format!("{first} and {last}"),
            "are both set: only one may be",
        )),
    }
}

fn recipients(variable: &impl Fn(&str) -> Option<String>) -> Result<Recipients, BadConfig> {
    let listed = variable(PHONES_VARIABLE).ok_or_else(|| BadConfig::missing(PHONES_VARIABLE))?;
    let phones = listed
        .split(',')
        .map(str::trim)
        .filter(|phone| !phone.is_empty())
        .map(str::parse)
        .collect::<Result<Vec<_>, _>>();
    let phones = phones.map_err(|_| {
        BadConfig::new(
            PHONES_VARIABLE,
            "holds something that is no phone number in E.164",
        )
    })?;
    if phones.is_empty() {
        return Err(BadConfig::new(PHONES_VARIABLE, "names no phone"));
    }
    let region = variable(SMS_REGION_VARIABLE).or_else(|| variable("AWS_REGION"));
    let region = region.ok_or_else(|| BadConfig::missing("AWS_REGION"))?;
    Ok(Recipients {
        phones,
        account: Account::from_env(variable)?,
        region,
    })
}

fn source(
    name: &str,
    value: &str,
    variable: &impl Fn(&str) -> Option<String>,
) -> Result<SecretSource, BadConfig> {
    let (entry, region) = match name {
        "DDALERT_WEBHOOK_URL" => {
            // The error of the secret's own type tells what is wrong and holds nothing of the value but its host.
            let secret = WebhookSecret::from_stored(value)
                .map_err(|error| BadConfig::new(name, format!("is not usable: {error}")))?;
            return Ok(SecretSource::Environment(secret));
        }
        "DDALERT_WEBHOOK_SECRET" => {
            let region = region_of(value, &SECRETS_MANAGER).ok_or_else(|| {
                BadConfig::new(name, "is not the ARN of a Secrets Manager secret")
            })?;
            (
                Entry::Secret {
                    arn: value.to_owned(),
                },
                Some(region),
            )
        }
        "DDALERT_WEBHOOK_PARAMETER" if value.starts_with("arn:") => {
            let region = region_of(value, &SSM)
                .ok_or_else(|| BadConfig::new(name, "is not the ARN of an SSM parameter"))?;
            (
                Entry::Parameter {
                    name: value.to_owned(),
                },
                Some(region),
            )
        }
        "DDALERT_WEBHOOK_PARAMETER" => (
            Entry::Parameter {
                name: value.to_owned(),
            },
            None,
        ),
        _ => {
            BASE64_STANDARD
                .decode(value)
                .map_err(|_| BadConfig::new(name, "is not base64"))?;
            let function = variable("AWS_LAMBDA_FUNCTION_NAME")
                .ok_or_else(|| BadConfig::missing("AWS_LAMBDA_FUNCTION_NAME"))?;
            (
                Entry::Ciphertext {
                    blob: value.to_owned(),
                    function,
                },
                None,
            )
        }
    };
    let region = match region {
        Some(region) => region.to_owned(),
        None => variable("AWS_REGION").ok_or_else(|| BadConfig::missing("AWS_REGION"))?,
    };
    Ok(SecretSource::Store {
        account: Account::from_env(variable)?,
        region,
        entry,
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &[(&str, &str)] = &[
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_NAME", "relay"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_SECRET_ACCESS_KEY", "sesame"),
        ("DDALERT_TARGET", "slack"),
    ];

    /// Reads the whole environment with some variables changed; an empty value takes one out.
    fn read(changes: &[(&str, &str)]) -> Result<Config, BadConfig> {
        Config::from_env(|name| {
            changes
                .iter()
                .chain(WHOLE)
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn each_source_is_read_with_its_region() {
        let table = [
            (
                "DDALERT_WEBHOOK_SECRET",
                "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:x-a1",
                Some("cn-north-1"),
            ),
            ("DDALERT_WEBHOOK_PARAMETER", "/ddalert/x", Some("eu-west-1")),
            (
                "DDALERT_WEBHOOK_PARAMETER",
                "arn:aws:ssm:us-east-2:123456789012:parameter/x",
                Some("us-east-2"),
            ),
            ("DDALERT_WEBHOOK_KMS", "AQICAHg=", Some("eu-west-1")),
            (
                "DDALERT_WEBHOOK_URL",
                "https://hooks.slack.com/services/T/B/x",
                None,
            ),
        ];
        for (variable, value, expected) in table {
            let RelayTarget::Room {
                destination,
                source,
            } = read(&[(variable, value)]).expect(variable).target
            else {
                panic!("{variable} is about a room");
            };
            assert_eq!(destination.name, "slack");
            let region = match source {
                SecretSource::Store { region, .. } => Some(region),
                SecretSource::Environment(_) => None,
            };
            assert_eq!(region.as_deref(), expected, "{variable}");
        }
    }

    #[test]
    fn phones_are_read_with_the_region_that_sends() {
        let phones = ("DDALERT_PHONES", " +12065550100,+4915112345678, ");
        for (region, expected) in [("", "eu-west-1"), ("us-east-1", "us-east-1")] {
            let changes = [
                ("DDALERT_TARGET", "sms"),
                phones,
                ("DDALERT_SMS_REGION", region),
            ];
            let RelayTarget::Phones(recipients) = read(&changes).expect("phones").target else {
                panic!("it is about phones")
            };
            assert_eq!(
                (recipients.phones.len(), recipients.region.as_str()),
                (2, expected)
            );
        }
    }

    #[test]
    fn what_is_wrong_is_named_and_never_shown() {
        let url = (
            "DDALERT_WEBHOOK_URL",
            "https://hooks.slack.com/services/T/B/x",
        );
        let parameter = ("DDALERT_WEBHOOK_PARAMETER", "x");
        let table: &[(&[(&str, &str)], &str)] = &[
            (
                &[("AWS_LAMBDA_RUNTIME_API", ""), url],
                "AWS_LAMBDA_RUNTIME_API",
            ),
            (&[("DDALERT_TARGET", ""), url], "DDALERT_TARGET"),
            (&[("DDALERT_TARGET", "sesame"), url], "DDALERT_TARGET"),
            (&[], "DDALERT_WEBHOOK_SECRET"),
            (
                &[url, parameter],
                "DDALERT_WEBHOOK_PARAMETER and DDALERT_WEBHOOK_URL",
            ),
            (
                &[("DDALERT_WEBHOOK_URL", "http://example.com/sesame")],
                "DDALERT_WEBHOOK_URL",
            ),
            (&[("DDALERT_WEBHOOK_URL", "sesame")], "DDALERT_WEBHOOK_URL"),
            (
                &[("DDALERT_WEBHOOK_SECRET", "sesame")],
                "DDALERT_WEBHOOK_SECRET",
            ),
            (
                &[(
                    "DDALERT_WEBHOOK_SECRET",
                    "arn:aws:ssm:eu-west-1:1:parameter/x",
                )],
                "DDALERT_WEBHOOK_SECRET",
            ),
            (
                &[("DDALERT_WEBHOOK_PARAMETER", "arn:aws:ssm")],
                "DDALERT_WEBHOOK_PARAMETER",
            ),
            (&[("DDALERT_WEBHOOK_KMS", "sesame!")], "DDALERT_WEBHOOK_KMS"),
            (&[("DDALERT_TARGET", "sms")], "DDALERT_PHONES"),
            (
                &[("DDALERT_TARGET", "sms"), ("DDALERT_PHONES", ",")],
                "DDALERT_PHONES",
            ),
            (
                &[
                    ("DDALERT_TARGET", "sms"),
                    ("DDALERT_PHONES", "+12065550100,sesame"),
                ],
                "DDALERT_PHONES",
            ),
            (
                &[
                    ("DDALERT_TARGET", "sms"),
                    ("DDALERT_PHONES", "+12065550100"),
                    ("AWS_REGION", ""),
                ],
                "AWS_REGION",
            ),
            (&[parameter, ("AWS_REGION", "")], "AWS_REGION"),
            (&[parameter, ("AWS_ACCESS_KEY_ID", "")], "AWS_ACCESS_KEY_ID"),
            (
                &[parameter, ("AWS_ENDPOINT_URL", "sesame")],
                "AWS_ENDPOINT_URL",
            ),
        ];
        for (changes, variable) in table {
            let error = read(changes).err().expect(variable).to_string();
            assert!(error.starts_with(variable), "{error}");
            assert!(!error.contains("sesame"), "{error}");
        }
    }
}
