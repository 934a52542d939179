//! The relay's settings: read from the environment once, and checked completely, before the first event.
//!
//! | variable | |
//! | --- | --- |
//! | `DDALERT_…` | whom to tell and where the webhook's secret is ([`crate::contract::environment`]) |
//! | `SSL_CERT_FILE` | PEM certificates to trust besides the web's roots |
//! | `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` | the proxy to rooms and AWS, and the hosts that are reached without it |
//! | `AWS_…` | region, credentials, endpoints, log level: as Lambda and the AWS SDKs have them |

use std::path::PathBuf;

use super::aws_api::ApiClient;
use super::phones::Recipients;
use super::secret::SecretSource;
use crate::contract::environment::{BadVariable, DeliveryTarget, RelayVariables};
use crate::contract::log::Level;
use crate::destination::Destination;
use crate::http::Proxies;

/// Without these variables `lambda_runtime` panics instead of saying what is missing.
const OF_LAMBDA: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

/// The relay's settings.
pub struct Config {
    /// Where alerts go.
    pub target: RelayTarget,
    /// Certificates to trust besides the web's roots.
    pub extra_roots: Option<PathBuf>,
    pub(super) proxies: Proxies,
    pub(super) least_level: Level,
    /// How many alerts of one kind, profile and behavior a batch posts one by one at most; 0: all.
    pub(super) digest_over: usize,
}

/// Where alerts go, with what it takes to deliver them.
pub enum RelayTarget {
    /// A room, behind a webhook.
    Room {
        /// The kind of room.
        destination: &'static Destination,
        /// Where its secret is.
        source: SecretSource,
        /// Calls AWS IoT for the active alarms, if the room has incidents.
        iot: Option<Box<ApiClient>>,
    },
    /// Phones, through SNS.
    Phones(Recipients),
}

impl Config {
    /// Reads the environment through `variable`. A variable that is blank counts as not set.
    ///
    /// # Errors
    /// A variable is missing or wrong.
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Config, BadVariable> {
        let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        if let Some(missing) = OF_LAMBDA.iter().find(|name| variable(name).is_none()) {
            return Err(BadVariable::new(
                missing,
                "is not set: this program is started by AWS Lambda, not by hand",
            ));
        }
        let variables = RelayVariables::look_up(variable);
        Ok(Config {
            digest_over: variables.digest_over()?,
            target: target(&variables, &variable)?,
            extra_roots: variable("SSL_CERT_FILE").map(PathBuf::from),
            proxies: Proxies::from_env(variable)
                .map_err(|error| BadVariable::new(error.variable, &error.reason))?,
            least_level: Level::from_lambda(variable("AWS_LAMBDA_LOG_LEVEL").as_deref()),
        })
    }
}

fn target(
    variables: &RelayVariables,
    variable: &impl Fn(&str) -> Option<String>,
) -> Result<RelayTarget, BadVariable> {
    Ok(match variables.delivery_target()? {
        DeliveryTarget::Room {
            destination,
            store,
            value,
        } => RelayTarget::Room {
            destination,
            source: SecretSource::from_env(store, value, variable)?,
            iot: destination
                .storm_end
                .map(|_| ApiClient::from_env(variable).map(Box::new))
                .transpose()?,
        },
        DeliveryTarget::Phones { phones, region } => {
            let region = region.map(str::to_owned).or_else(|| variable("AWS_REGION"));
            RelayTarget::Phones(Recipients {
                phones,
                region: region.ok_or_else(|| BadVariable::missing("AWS_REGION"))?,
                client: ApiClient::from_env(variable)?,
            })
        }
    })
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
    fn read(changes: &[(&str, &str)]) -> Result<Config, BadVariable> {
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
                ..
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
                &[url, ("HTTPS_PROXY", "socks5://sesame@proxy:1080")],
                "HTTPS_PROXY",
            ),
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
