//! The only code that speaks to an AWS account: one client a service, one file a kind of resource, every failure an [`AwsError`].

mod denial;
mod error;
pub mod retry;

pub mod apply;
pub mod built_in;
pub mod calls;
pub mod delivery_status;
pub mod device_defender;
pub mod elf;
pub mod failure_queue;
pub mod function;
pub mod given_role;
pub mod identity;
pub mod kms;
pub mod log_group;
mod metrics;
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

use std::path::Path;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use calls::CallLog;
pub use error::{AwsError, AwsErrorKind};

/// How often the SDK tries a call, the first try included: throttling of the control plane (15 calls a second) passes in seconds.
const ATTEMPTS: u32 = 6;

/// How to reach the account; what is not given comes from the SDK's own variables and files.
#[derive(Clone, Debug, Default)]
pub struct ClientOptions<'a> {
    /// The region.
    pub region: Option<&'a str>,
    /// The named profile.
    pub profile: Option<&'a str>,
    /// The endpoint of every service: an emulator, a proxy.
    pub endpoint_url: Option<&'a str>,
    /// A PEM file with certificates to trust besides the built-in web roots.
    pub extra_roots: Option<&'a Path>,
    /// Takes note of every call, where somebody wants to know.
    pub calls: Option<CallLog>,
}

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
    calls: Option<CallLog>,
}

impl Clients {
    /// Makes the clients. Nothing is called yet, but the profile and the file of certificates are read.
    ///
    /// # Errors
    /// The file of certificates cannot be read or holds none.
    pub async fn connect(access: &ClientOptions<'_>) -> Result<Clients, AwsError> {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(
                tls::rustls_provider::CryptoMode::Ring,
            ))
            .tls_context(
                TlsContext::builder()
                    .with_trust_store(trust(access.extra_roots)?)
                    .build()
                    .map_err(|error| AwsError::local("preparing TLS", error))?,
            )
            .build_https();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
        if let Some(region) = access.region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        if let Some(profile) = access.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(endpoint_url) = access.endpoint_url {
            loader = loader.endpoint_url(endpoint_url);
        }
        Ok(Self::from_config(
            &loader.load().await,
            access.calls.clone(),
        ))
    }

    fn from_config(config: &SdkConfig, calls: Option<CallLog>) -> Clients {
        macro_rules! client {
            ($sdk:ident) => {{
                let mut config = $sdk::config::Builder::from(config);
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
            calls,
        }
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
        Self::from_config(
            &self
                .config
                .to_builder()
                .region(Region::new(region.to_owned()))
                .build(),
            self.calls.clone(),
        )
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

/// Returns the built-in web roots, with those of the file.
fn trust(extra_roots: Option<&Path>) -> Result<TrustStore, AwsError> {
    let mut store = TrustStore::empty();
    for root in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        let pem = format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            STANDARD.encode(root)
        );
        store = store.with_pem_certificate(pem.into_bytes());
    }
    if let Some(path) = extra_roots {
        let task = || {
            format!(
                "reading the certificates in {} (SSL_CERT_FILE)",
                path.display()
            )
        };
        let pem = std::fs::read(path).map_err(|error| AwsError::local(task(), error))?;
        store = store.with_pem_certificate(pem);
    }
    Ok(store)
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
