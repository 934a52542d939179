//! Answers, refusals and failures of the network, read as the errors of calls.

use aws_sdk_lambda::operation::get_function::GetFunctionError;
use aws_smithy_mocks::mock;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;

use super::*;
use crate::aws::function;
use crate::aws::mocks::{clients, json_error, response};

type CallError = SdkError<GetFunctionError, HttpResponse>;

fn read(error: CallError) -> AwsError {
    AwsError::of("lambda:GetFunction", "reading the function f", &error)
}

/// Sends the answer over the wire format and reads the error of the call.
async fn answered(answer: impl Fn() -> HttpResponse + Send + Sync + 'static) -> AwsError {
    let rule = mock!(aws_sdk_lambda::Client::get_function).then_http_response(answer);
    function::get(&clients([&rule]), "f")
        .await
        .expect_err("an error")
}

fn other(source: impl Into<Box<dyn StdError + Send + Sync>>) -> CallError {
    SdkError::dispatch_failure(ConnectorError::other(source.into(), None))
}

#[tokio::test]
async fn codes_say_what_to_do() {
    let action = "lambda:GetFunction";
    for (status, code, kind) in [
        (
            403,
            "AccessDeniedException",
            AwsErrorKind::AccessDenied { action },
        ),
        (
            403,
            "ExpiredTokenException",
            AwsErrorKind::ExpiredCredentials,
        ),
        (
            403,
            "UnrecognizedClientException",
            AwsErrorKind::BadCredentials,
        ),
        (
            403,
            "InvalidSignatureException",
            AwsErrorKind::BadCredentials,
        ),
        (429, "TooManyRequestsException", AwsErrorKind::Throttled),
        (400, "ThrottlingException", AwsErrorKind::Throttled),
        (429, "SomethingNew", AwsErrorKind::Throttled),
        (
            400,
            "InvalidParameterValueException",
            AwsErrorKind::Refused {
                code: "InvalidParameterValueException".into(),
            },
        ),
    ] {
        let failure = answered(move || json_error(status, code, "the reason")).await;
        assert_eq!(failure.kind, kind, "{code}");
        assert_eq!(failure.cause(), format!("{code}: the reason"));
        assert_eq!(failure.to_string(), "reading the function f failed");
    }
}

#[tokio::test]
async fn an_answer_without_a_code_is_told_by_its_status() {
    let throttled = answered(|| response(429, SdkBody::empty())).await;
    assert_eq!(throttled.kind, AwsErrorKind::Throttled);
    let down = answered(|| response(503, "down")).await;
    assert!(matches!(down.kind, AwsErrorKind::Refused { .. }));
    assert!(down.cause().starts_with("HTTP 503"), "{}", down.cause());
}

#[test]
fn credentials_are_found_below_what_the_call_returns() {
    let missing = read(other(CredentialsError::not_loaded("no providers in chain")));
    assert_eq!(missing.kind, AwsErrorKind::NoCredentials);
    assert!(missing.is_about_credentials());
    assert!(missing.cause().contains("no providers in chain"));
    let wrong = read(other(CredentialsError::invalid_configuration(
        "a loop of profiles",
    )));
    assert_eq!(wrong.kind, AwsErrorKind::BadCredentials);
    let deeper = read(SdkError::construction_failure(
        CredentialsError::not_loaded_no_source(),
    ));
    assert_eq!(deeper.kind, AwsErrorKind::NoCredentials);
    // A word of an address or a message is not credentials.
    let named = read(other("no host credentials.example"));
    assert_eq!(named.kind, AwsErrorKind::Unreachable);
}

#[test]
fn a_service_that_cannot_be_reached_is_told_from_a_request_that_cannot_be_sent() {
    for (connector, kind, first) in [
        (
            ConnectorError::timeout("5 s are over".into()),
            AwsErrorKind::Unreachable,
            "no answer in time",
        ),
        (
            ConnectorError::io("connection refused".into()),
            AwsErrorKind::Unreachable,
            "the connection failed",
        ),
        (
            ConnectorError::user("bad URI".into()),
            AwsErrorKind::Local,
            "the request cannot be sent",
        ),
    ] {
        let failure = read(SdkError::dispatch_failure(connector));
        assert_eq!(failure.kind, kind);
        assert!(failure.cause().starts_with(first), "{}", failure.cause());
    }
    let timeout = read(SdkError::timeout_error("60 s are over"));
    assert_eq!(timeout.kind, AwsErrorKind::Unreachable);
    assert_eq!(timeout.cause(), "no answer in time: 60 s are over");
}

#[test]
fn the_chain_of_sources_says_nothing_twice() {
    #[derive(Debug, Error)]
    #[error("outer: inner")]
    struct Outer(#[source] Inner);
    #[derive(Debug, Error)]
    #[error("inner")]
    struct Inner;

    let connector = ConnectorError::io(Box::new(Outer(Inner)));
    let failure = read(SdkError::dispatch_failure(connector));
    let texts: Vec<String> = sources(Some(&failure)).map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "reading the function f failed",
            "the connection failed",
            "outer: inner"
        ]
    );
}

#[test]
fn a_phone_is_hidden_in_every_source() {
    let phone: PhoneNumber = "+12065550100".parse().expect("a phone");
    let said = "Invalid parameter: PhoneNumber +12065550100 (12065550100)";
    let failure = AwsError::refused("sns:Publish", "texting", "InvalidParameter", said);
    let hidden = failure.hiding(&phone);
    assert!(!hidden.cause().contains("2065550100"), "{}", hidden.cause());
}
