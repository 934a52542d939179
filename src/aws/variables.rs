//! The environment variables that choose the account and the way to it, read once in `main`.

use std::collections::BTreeMap;
use std::fmt;

/// The variables that are read. The SDK reads some of them by itself; here they are checked first, and told apart from options.
const NAMES: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_CA_BUNDLE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_PROFILE",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_ROLE_ARN",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "SSL_CERT_FILE",
];

/// The services whose endpoint has a variable of its own, as in `AWS_ENDPOINT_URL_SNS` ("Service-specific endpoints" of the AWS
/// SDKs and Tools reference guide).
const SERVICES: &[&str] = &[
    "CLOUDWATCH",
    "CLOUDWATCH_LOGS",
    "IAM",
    "IOT",
    "KMS",
    "LAMBDA",
    "RESOURCE_GROUPS_TAGGING_API",
    "SECRETS_MANAGER",
    "SNS",
    "SQS",
    "SSM",
    "STS",
];

/// The environment variables that choose the account and the way to it. A variable that is blank counts as not set.
#[derive(Clone, Default)]
pub struct AwsVariables(BTreeMap<String, String>);

impl fmt::Debug for AwsVariables {
    /// The names: some values are secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl AwsVariables {
    /// Reads the variables through `variable`; blanks around a value are removed.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> AwsVariables {
        let names = NAMES.iter().map(|name| (*name).to_owned());
        let names = names.chain(
            SERVICES
                .iter()
                .map(|service| format!("AWS_ENDPOINT_URL_{service}")),
        );
        let read = names.filter_map(|name| {
            let value = variable(&name)?.trim().to_owned();
            (!value.is_empty()).then_some((name, value))
        });
        AwsVariables(read.collect())
    }

    /// Returns the value of a variable that is set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Returns the variables that name an endpoint, with their values.
    pub(super) fn endpoints(&self) -> impl Iterator<Item = (&str, &str)> {
        let endpoints = self
            .0
            .iter()
            .filter(|(name, _)| name.starts_with("AWS_ENDPOINT_URL"));
        endpoints.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_variable_is_not_set_and_no_value_is_shown() {
        let variables = AwsVariables::read(|name| match name {
            "AWS_REGION" => Some(" eu-west-1\n".to_owned()),
            "AWS_PROFILE" => Some("  ".to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some("sesame".to_owned()),
            "AWS_ENDPOINT_URL_SNS" => Some("http://localhost:1".to_owned()),
            _ => None,
        });
        assert_eq!(variables.get("AWS_REGION"), Some("eu-west-1"));
        assert_eq!(variables.get("AWS_PROFILE"), None);
        let endpoints: Vec<_> = variables.endpoints().collect();
        assert_eq!(endpoints, [("AWS_ENDPOINT_URL_SNS", "http://localhost:1")]);
        assert!(!format!("{variables:?}").contains("sesame"));
    }
}
