//! Clients whose calls are answered by rules in place of AWS, for unit tests.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_iam::operation::get_role::GetRoleOutput;
use aws_sdk_iam::primitives::DateTime;
use aws_sdk_iam::types::{Role, Tag};
use aws_smithy_mocks::{MockResponseInterceptor, Rule, RuleMode, create_mock_http_client};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use tokio::time::sleep;

use super::Clients;

/// Returns clients whose calls are answered by the first rule that fits; a call that fits none panics.
pub(crate) fn clients<'a>(rules: impl IntoIterator<Item = &'a Rule>) -> Clients {
    slow_clients(Duration::ZERO, rules)
}

/// Returns clients as [`clients`] does, each of whose calls takes `latency`.
pub(crate) fn slow_clients<'a>(
    latency: Duration,
    rules: impl IntoIterator<Item = &'a Rule>,
) -> Clients {
    let mut mocks = MockResponseInterceptor::new().rule_mode(RuleMode::MatchAny);
    for rule in rules {
        mocks = mocks.with_rule(rule);
    }
    let mocks = SharedInterceptor::new(mocks);
    let http = create_mock_http_client();
    let slow_http = http_client_fn(move |settings, components| {
        SharedHttpConnector::new(Slow {
            latency,
            inner: http.http_connector(settings, components),
        })
    });
    let credentials = Credentials::new("key", "secret", None, None, "mocks");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(slow_http)
        .retry_config(RetryConfig::disabled())
        .build();
    macro_rules! client {
        ($sdk:ident) => {{
            let mut config = $sdk::config::Builder::from(&config);
            config.push_interceptor(mocks.clone());
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
        config,
        patience: Default::default(),
        place: Default::default(),
        calls: None,
    }
}

/// A role that ddalert manages, with its trust policy percent-encoded as IAM sends it.
pub(crate) fn found_role() -> GetRoleOutput {
    let tag = Tag::builder().key("managed-by").value("ddalert").build();
    let role = Role::builder()
        .path("/")
        .role_name("r")
        .role_id("id")
        .arn("the ARN of r")
        .create_date(DateTime::from_secs(0))
        .assume_role_policy_document("%7B%22Version%22%3A%222012-10-17%22%7D")
        .tags(tag.expect("a tag"));
    GetRoleOutput::builder()
        .role(role.build().expect("a role"))
        .build()
}

/// An error as a service of a JSON protocol sends it.
pub(crate) fn json_error(status: u16, code: &str, message: &str) -> HttpResponse {
    let body = serde_json::json!({ "__type": code, "message": message });
    let mut response = response(status, body.to_string());
    response
        .headers_mut()
        .insert("x-amzn-errortype", code.to_owned());
    response
}

/// An error as a service of the query protocol (IAM, SNS) sends it.
pub(crate) fn xml_error(status: u16, code: &str, message: &str) -> HttpResponse {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>r</RequestId></ErrorResponse>"
    );
    response(status, body)
}

pub(crate) fn response(status: u16, body: impl Into<SdkBody>) -> HttpResponse {
    HttpResponse::new(status.try_into().expect("an HTTP status"), body.into())
}

#[derive(Debug)]
struct Slow {
    latency: Duration,
    inner: SharedHttpConnector,
}

impl HttpConnector for Slow {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (latency, inner) = (self.latency, self.inner.clone());
        HttpConnectorFuture::new(async move {
            sleep(latency).await;
            inner.call(request).await
        })
    }
}
