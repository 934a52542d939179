//! The only code that speaks to an AWS account: one client a service, one file a kind of resource, every failure an [`AwsError`].

mod connect;
mod credentials;
mod denial;
mod error;
mod patience;
pub mod retry;
mod transport;
mod variables;

pub mod apply;
mod buffer;
pub mod built_in;
pub mod calls;
pub mod delivery_status;
pub mod device_defender;
pub mod elf;
#[cfg(test)]
mod endpoints;
pub mod failure_queue;
pub mod function;
pub mod given_role;
pub mod identity;
pub mod kms;
pub mod log_group;
mod mapping;
pub mod metrics;
pub mod observe;
pub mod package;
pub mod queue;
mod response;
pub mod role;
pub mod scope;
pub mod secret;
mod simulation;
pub mod sms;
pub mod snapshot;
pub mod status;
pub mod subscription;
pub mod tag_search;
mod tags;
pub mod trace;

use aws_config::{Region, SdkConfig};
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;

use crate::chain::command_place::CommandPlace;
use calls::CallLog;
pub use connect::{BadOption, ClientOptions};
pub use error::{AwsError, AwsErrorKind};
use patience::Patience;
use tokio::time::Instant;
pub use variables::AwsVariables;

/// The clients of the services that a chain is made of.
#[derive(Clone, Debug)]
pub struct Clients {
    /// CloudWatch's metrics.
    pub metrics: aws_sdk_cloudwatch::Client,
    /// CloudWatch Logs.
    pub logs: aws_sdk_cloudwatchlogs::Client,
    /// IAM.
    pub iam: aws_sdk_iam::Client,
    /// AWS IoT, whose part Device Defender is.
    pub iot: aws_sdk_iot::Client,
    /// KMS.
    pub kms: aws_sdk_kms::Client,
    /// Lambda.
    pub lambda: aws_sdk_lambda::Client,
    /// The Resource Groups Tagging API.
    pub tagging: aws_sdk_resourcegroupstagging::Client,
    /// Secrets Manager.
    pub secrets: aws_sdk_secretsmanager::Client,
    /// SNS.
    pub sns: aws_sdk_sns::Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
    /// Systems Manager.
    pub ssm: aws_sdk_ssm::Client,
    /// The Security Token Service.
    pub sts: aws_sdk_sts::Client,
    config: SdkConfig,
    patience: Patience,
    place: CommandPlace,
    calls: Option<CallLog>,
}

impl Clients {
    /// Makes the clients, and gets credentials for them.
    ///
    /// # Errors
    /// A profile does not exist, there are no credentials, or a file of certificates cannot be used.
    pub async fn connect(options: &ClientOptions<'_>) -> Result<Clients, AwsError> {
        let (config, place) = connect::configure(options).await?;
        let calls = options.calls.clone();
        Ok(Self::from_config(
            &config,
            Patience::default(),
            place,
            calls,
        ))
    }

    fn from_config(
        config: &SdkConfig,
        patience: Patience,
        place: CommandPlace,
        calls: Option<CallLog>,
    ) -> Clients {
        let region = config.region().map(Region::as_ref);
        macro_rules! client {
            ($sdk:ident) => {{
                let patience = patience.of(stringify!($sdk), region);
                let mut config = $sdk::config::Builder::from(config).interceptor(patience);
                if let Some(calls) = calls.clone() {
                    config.push_interceptor(SharedInterceptor::new(calls));
                }
                $sdk::Client::from_conf(config.build())
            }};
        }
        Clients {
            metrics: client!(aws_sdk_cloudwatch),
            logs: client!(aws_sdk_cloudwatchlogs),
            iam: client!(aws_sdk_iam),
            iot: client!(aws_sdk_iot),
            kms: client!(aws_sdk_kms),
            lambda: client!(aws_sdk_lambda),
            tagging: client!(aws_sdk_resourcegroupstagging),
            secrets: client!(aws_sdk_secretsmanager),
            sns: client!(aws_sdk_sns),
            sqs: client!(aws_sdk_sqs),
            ssm: client!(aws_sdk_ssm),
            sts: client!(aws_sdk_sts),
            config: config.clone(),
            patience,
            place,
            calls,
        }
    }

    /// Ends every call, also those of clients in other regions, by `end`; `None` leaves each to its own limits.
    pub fn end_by(&self, end: Option<Instant>) {
        self.patience.end_by(end);
    }

    /// Returns the options that chose the account: they stand behind every command that is printed.
    pub fn command_place(&self) -> &CommandPlace {
        &self.place
    }

    /// Returns the region in use, where one is set anywhere.
    pub fn region(&self) -> Option<&str> {
        self.config.region().map(Region::as_ref)
    }

    /// Returns whether AWS itself is called, and not an emulator or a proxy: whether no endpoint is set, or one of AWS's own.
    pub fn is_aws(&self) -> bool {
        self.config.endpoint_url().is_none_or(is_of_aws)
    }

    /// Returns the same clients in another region.
    pub fn in_region(&self, region: &str) -> Clients {
        let config = self.config.to_builder();
        let config = config.region(Region::new(region.to_owned())).build();
        let (patience, place) = (self.patience.clone(), self.place.clone());
        Self::from_config(&config, patience, place, self.calls.clone())
    }
}

/// Returns whether an endpoint is one of AWS's own, such as a VPC endpoint.
fn is_of_aws(endpoint: &str) -> bool {
    const DOMAINS: [&str; 4] = [
        ".amazonaws.com",
        ".amazonaws.com.cn",
        ".api.aws",
        ".amazonwebservices.com.cn",
    ];
    url::Url::parse(endpoint).is_ok_and(|url| {
        let host = url.host_str().unwrap_or_default();
        DOMAINS.iter().any(|domain| host.ends_with(domain))
    })
}

#[cfg(test)]
mod mocks;

#[cfg(test)]
mod tests {
    use super::is_of_aws;

    #[test]
    fn an_endpoint_of_aws_is_told_from_an_emulators() {
        for (endpoint, expected) in [
            ("https://lambda.eu-central-1.amazonaws.com", true),
            (
                "https://vpce-0a1b-2c3d.lambda.eu-central-1.vpce.amazonaws.com",
                true,
            ),
            ("https://lambda.cn-north-1.amazonaws.com.cn", true),
            ("https://lambda.eu-central-1.api.aws", true),
            ("http://127.0.0.1:4566", false),
            ("http://localhost.localstack.cloud:4566", false),
            ("http://amazonaws.com.example.org", false),
            ("emulator", false),
        ] {
            assert_eq!(is_of_aws(endpoint), expected, "{endpoint}");
        }
    }
}
