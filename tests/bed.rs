//! Proves the test bed itself, so that a test that fails on it has found something in ddalert.
#![cfg(feature = "cli")]

mod support;

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aws_sdk_iam::Client as Iam;
use aws_sdk_iot::Client as Iot;
use aws_sdk_iot::types::{AlertTarget, AlertTargetType};
use aws_sdk_lambda::Client as Lambda;
use aws_sdk_lambda::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use aws_sdk_sns::Client as Sns;
use aws_sdk_sns::operation::verify_sms_sandbox_phone_number::VerifySMSSandboxPhoneNumberError;
use serde_json::json;
use support::account::Account;
use support::fault::Fault;
use support::ministack::MiniStack;
use support::model::sms::OriginationNumber;
use support::proxy::Proxy;
use support::sdk;
use support::sink::{Reply, Sink};
use support::wire::AwsError;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// An account behind a proxy of its own.
struct Bed {
    account: Account,
    proxy: Proxy,
}

impl Bed {
    fn new() -> Self {
        Self { account: Account::new(), proxy: Proxy::start(MiniStack::shared()) }
    }

    fn config(&self) -> aws_config::SdkConfig {
        sdk::config(&self.account, &self.proxy.endpoint())
    }
}

/// Returns the code and message of a refusal, or what kept the service from refusing.
fn refusal<T, E>(result: Result<T, SdkError<E>>) -> (String, String)
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match result {
        Ok(_) => panic!("it was granted"),
        Err(error) => match error.as_service_error() {
            Some(refused) => (refused.code().unwrap_or_default().to_owned(), refused.message().unwrap_or_default().to_owned()),
            None => panic!("it was not refused but failed: {}", DisplayErrorContext(error)),
        },
    }
}

#[test]
fn the_emulator_is_gone_with_its_owner() {
    let ministack = MiniStack::start();
    let address = ministack.address();
    assert!(TcpStream::connect(address).is_ok());
    drop(ministack);
    assert!(TcpStream::connect(address).is_err(), "something still listens on {address}");
}

#[tokio::test]
async fn a_room_keeps_what_it_got_and_answers_as_scripted() {
    let sink = Sink::start();
    sink.answer("/slack", vec![Reply::retry_after(1), Reply::new(200, "ok")]);
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new()).build_http();
    let mut statuses = Vec::new();
    for n in 0..3 {
        let body = http_body_util::Full::<hyper::body::Bytes>::from(format!(r#"{{"text":"{n}"}}"#));
        let request = hyper::Request::post(sink.url("/slack?x=1")).body(body).expect("a request");
        statuses.push(client.request(request).await.expect("an answer").status().as_u16());
    }
    assert_eq!(statuses, [429, 200, 200]);
    let received = sink.wait_for(3, Duration::from_secs(1));
    assert_eq!(received[2].json()["text"], "2");
    assert_eq!((received[0].path.as_str(), received[0].query.as_str()), ("/slack", "x=1"));
}

#[tokio::test]
async fn signatures_verify_through_the_proxy_and_reads_and_writes_are_told_apart() {
    let bed = Bed::new();
    let sns = Sns::new(&bed.config());
    let topic = sns.create_topic().name("alerts").send().await.expect("a topic").topic_arn.expect("its ARN");
    assert_eq!(topic, bed.account.arn("sns", "alerts"));
    sns.get_topic_attributes().topic_arn(&topic).send().await.expect("its attributes");
    Lambda::new(&bed.config()).list_functions().send().await.expect("functions");
    aws_sdk_cloudwatchlogs::Client::new(&bed.config()).describe_log_groups().send().await.expect("log groups");
    aws_sdk_sqs::Client::new(&bed.config()).create_queue().queue_name("failed").send().await.expect("a queue");
    aws_sdk_sts::Client::new(&bed.config()).get_caller_identity().send().await.expect("an identity");

    let names = |calls: Vec<support::call::Call>| calls.iter().map(|call| call.name()).collect::<Vec<_>>();
    let expected = ["sns:GetTopicAttributes", "lambda:ListFunctions", "logs:DescribeLogGroups", "sts:GetCallerIdentity"];
    assert_eq!(names(bed.proxy.calls().into_iter().filter(|call| !call.is_write()).collect()), expected);
    assert_eq!(names(bed.proxy.writes()), ["sns:CreateTopic", "sqs:CreateQueue"]);
    assert!(bed.proxy.calls().iter().all(|call| call.status == Some(200)));

    let wrong = aws_credential_types::Credentials::new(&bed.account.id, "not the secret", None, None, "wrong");
    let wrong =
        bed.config().into_builder().credentials_provider(aws_credential_types::provider::SharedCredentialsProvider::new(wrong));
    assert_eq!(refusal(Sns::new(&wrong.build()).list_topics().send().await).0, "SignatureDoesNotMatch");
}

#[tokio::test]
async fn every_fault_is_the_error_that_the_sdk_knows() {
    let bed = Bed::new();
    let (iam, lambda, sns) = (Iam::new(&bed.config()), Lambda::new(&bed.config()), Sns::new(&bed.config()));
    bed.proxy.on("*").times(3).fail(Fault::Throttled);
    assert_eq!(refusal(iam.get_role().role_name("r").send().await).0, "Throttling");
    let throttled = lambda.get_function().function_name("f").send().await.expect_err("throttled").into_service_error();
    assert!(throttled.is_too_many_requests_exception(), "{throttled:?}");
    assert_eq!(refusal(aws_sdk_ssm::Client::new(&bed.config()).get_parameter().name("p").send().await).0, "ThrottlingException");

    bed.proxy.on("sns:*").times(1).fail(Fault::ServerError(503));
    assert!(sns.list_topics().send().await.expect_err("failed").into_service_error().is_internal_error_exception());

    bed.proxy.on("lambda:GetFunction").times(1).fail(Fault::AccessDenied);
    bed.proxy.on("sns:ListTopics").times(1).fail(Fault::AccessDenied);
    bed.proxy.on("iam:GetRole").times(1).fail(Fault::AccessDenied);
    let (code, message) = refusal(lambda.get_function().function_name("f").send().await);
    assert_eq!(code, "AccessDeniedException");
    let (id, resource) = (&bed.account.id, bed.account.arn("lambda", "function:f"));
    let expected =
        format!("User: arn:aws:iam::{id}:user/operator is not authorized to perform: lambda:GetFunction on resource: {resource}");
    assert!(message.starts_with(&expected), "{message}");
    assert!(sns.list_topics().send().await.expect_err("denied").into_service_error().is_authorization_error_exception());
    assert_eq!(refusal(iam.get_role().role_name("r").send().await).0, "AccessDenied");

    bed.proxy.on("*").times(4).fail(Fault::NotFound);
    assert!(iam.get_role().role_name("r").send().await.expect_err("none").into_service_error().is_no_such_entity_exception());
    let sqs = aws_sdk_sqs::Client::new(&bed.config());
    let missing = sqs.get_queue_url().queue_name("q").send().await.expect_err("none").into_service_error();
    assert!(missing.is_queue_does_not_exist(), "{missing:?}");
    let missing = sns.get_topic_attributes().topic_arn("t").send().await.expect_err("none").into_service_error();
    assert!(missing.is_not_found_exception(), "{missing:?}");
    let secrets = aws_sdk_secretsmanager::Client::new(&bed.config());
    let missing = secrets.get_secret_value().secret_id("s").send().await.expect_err("none").into_service_error();
    assert!(missing.is_resource_not_found_exception(), "{missing:?}");

    bed.proxy.on("lambda:UpdateFunctionCode").times(1).fail(Fault::UpdateInProgress);
    let busy = lambda.update_function_code().function_name("f").zip_file(Blob::new("zip")).send().await;
    let busy = busy.expect_err("busy").into_service_error();
    assert!(busy.is_resource_conflict_exception(), "{busy:?}");
    assert!(busy.to_string().contains("is_resource") || busy.message().is_some_and(|m| m.contains("An update is in progress")));

    bed.proxy.on("iot:*").fail(Fault::Error(AwsError::new(500, "InternalFailureException", "down")));
    let down = Iot::new(&bed.config()).list_security_profiles().send().await.expect_err("down").into_service_error();
    assert!(down.is_internal_failure_exception(), "{down:?}");
}

#[tokio::test]
async fn connections_drop_before_and_after_the_call_took_effect() {
    let bed = Bed::new();
    let sns = Sns::new(&bed.config());
    bed.proxy.on("sns:CreateTopic").nth(1).fail(Fault::HangUpBefore);
    bed.proxy.on("sns:CreateTopic").nth(1).fail(Fault::HangUpAfter);
    for name in ["before", "after"] {
        let lost = sns.create_topic().name(name).send().await.expect_err("no answer");
        assert!(matches!(lost, SdkError::DispatchFailure(_)), "{lost:?}");
    }
    let topics = sns.list_topics().send().await.expect("topics").topics.unwrap_or_default();
    let topics: Vec<_> = topics.iter().filter_map(|topic| topic.topic_arn()).collect();
    assert_eq!(topics, [bed.account.arn("sns", "after")]);
}

#[tokio::test]
async fn reads_lag_behind_a_write_and_a_closure_runs_at_a_call() {
    let bed = Bed::new();
    let (iam, sns) = (Iam::new(&bed.config()), Sns::new(&bed.config()));
    bed.proxy.on("iam:GetRole").after("iam:CreateRole").times(2).fail(Fault::NotFound);
    let ran = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&ran);
    bed.proxy.on_writes().nth(2).run(move |call| seen.store(call.index, Ordering::SeqCst));
    iam.create_role().role_name("r").assume_role_policy_document(TRUST).send().await.expect("a role");
    let mut found = Vec::new();
    for _ in 0..3 {
        found.push(iam.get_role().role_name("r").send().await.is_ok());
    }
    assert_eq!(found, [false, false, true]);
    let topic = sns.create_topic().name("t").send().await.expect("a topic").topic_arn.expect("its ARN");
    assert_eq!(ran.load(Ordering::SeqCst), 5);

    let name = async || {
        let attributes = sns.get_topic_attributes().topic_arn(&topic).send().await.expect("attributes").attributes;
        attributes.and_then(|attributes| attributes.get("DisplayName").cloned()).unwrap_or_default()
    };
    assert_eq!(name().await, "");
    bed.proxy.on("sns:GetTopicAttributes").after("sns:SetTopicAttributes").times(1).fail(Fault::Stale);
    let set = sns.set_topic_attributes().topic_arn(&topic).attribute_name("DisplayName").attribute_value("New");
    set.send().await.expect("a new name");
    assert_eq!((name().await, name().await), (String::new(), "New".to_owned()));
}

#[tokio::test]
async fn a_function_as_large_as_a_debug_build_is_created_after_its_role_can_be_assumed() {
    let bed = Bed::new();
    let (iam, lambda) = (Iam::new(&bed.config()), Lambda::new(&bed.config()));
    iam.create_role().role_name("r").assume_role_policy_document(TRUST).send().await.expect("a role");
    bed.proxy.on("lambda:CreateFunction").times(1).fail(Fault::RoleNotAssumable);
    let create = || {
        let code = FunctionCode::builder().zip_file(Blob::new(stored_zip(30_000_000))).build();
        let create = lambda.create_function().function_name("f").role(bed.account.arn("iam", "role/r")).code(code);
        create.runtime(Runtime::Providedal2023).handler("bootstrap").send()
    };
    let (code, message) = refusal(create().await);
    assert_eq!(code, "InvalidParameterValueException");
    assert_eq!(message, "The role defined for the function cannot be assumed by Lambda.");
    let start = Instant::now();
    create().await.expect("a function");
    assert!(start.elapsed() < Duration::from_secs(30), "30 MB took {:?}", start.elapsed());
}

/// Returns a zip with one stored `bootstrap` of so many bytes.
fn stored_zip(size: usize) -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("bootstrap", options.unix_permissions(0o755)).expect("an entry");
    zip.write_all(&vec![b'#'; size]).expect("its content");
    zip.finish().expect("a zip").into_inner()
}

#[tokio::test]
async fn device_defender_answers_typed_calls() {
    let bed = Bed::new();
    let iot = Iot::new(&bed.config());
    bed.proxy.model().at(&bed.account, |here| {
        for name in ["a", "b", "c"] {
            here.iot.add_profile(name, &json!({ "behaviors": [{ "name": "messageSize", "metric": "aws:message-byte-size" }] }));
        }
    });
    let profiles = iot.list_security_profiles().into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    let names: Vec<_> = profiles.expect("profiles").into_iter().map(|profile| profile.name).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(bed.proxy.calls_of("iot:ListSecurityProfiles").len(), 2, "three profiles are two pages");

    let target = AlertTarget::builder().alert_target_arn("topic").role_arn("role").build().expect("a target");
    let update = || iot.update_security_profile().security_profile_name("a").alert_targets(AlertTargetType::Sns, target.clone());
    let stale = update().expected_version(7).send().await.expect_err("another version").into_service_error();
    assert!(stale.is_version_conflict_exception(), "{stale:?}");
    assert_eq!(update().expected_version(1).send().await.expect("an update").version, 2);
    let profile = iot.describe_security_profile().security_profile_name("a").send().await.expect("a profile");
    assert_eq!(profile.alert_targets().and_then(|targets| targets.get(&AlertTargetType::Sns)), Some(&target));
    assert_eq!(profile.behaviors().len(), 1, "what is not given stays");
    assert_eq!(refusal(update().delete_alert_targets(true).send().await).0, "InvalidRequestException");
    iot.update_security_profile().security_profile_name("a").delete_alert_targets(true).send().await.expect("no target");
    let bare = bed.proxy.model().at(&bed.account, |here| here.iot.profile("a")).expect("a profile");
    assert!(bare.get("alertTargets").is_none(), "{bare}");
    let missing = iot.describe_security_profile().security_profile_name("z").send().await.expect_err("none");
    assert!(missing.into_service_error().is_resource_not_found_exception());

    let attach = iot.attach_security_profile().security_profile_name("a").security_profile_target_arn("arn:aws:iot:::all/things");
    attach.send().await.expect("attached");
    let targets = iot.list_targets_for_security_profile().security_profile_name("a").send().await.expect("targets");
    assert_eq!(targets.security_profile_targets()[0].arn(), "arn:aws:iot:::all/things");
    assert!(iot.describe_account_audit_configuration().send().await.expect("audit").role_arn().is_none());
}

#[tokio::test]
async fn the_sms_sandbox_answers_typed_calls() {
    let bed = Bed::new();
    let sns = Sns::new(&bed.config());
    let number = "+491701234567";
    bed.proxy.model().at(&bed.account, |here| here.sms.in_sandbox = true);
    assert!(sns.get_sms_sandbox_account_status().send().await.expect("a status").is_in_sandbox());
    sns.create_sms_sandbox_phone_number().phone_number(number).send().await.expect("a password is sent");
    let verify = |password: &str| sns.verify_sms_sandbox_phone_number().phone_number(number).one_time_password(password).send();
    let wrong = verify("00000").await.expect_err("a wrong password").into_service_error();
    assert!(matches!(wrong, VerifySMSSandboxPhoneNumberError::VerificationException(_)), "{wrong:?}");
    let password = bed.proxy.model().at(&bed.account, |here| here.sms.one_time_password(number).map(str::to_owned));
    verify(&password.expect("the password")).await.expect("verified");
    let listed = sns.list_sms_sandbox_phone_numbers().send().await.expect("numbers").phone_numbers;
    assert_eq!(listed[0].status().map(|status| status.as_str()), Some("Verified"));

    let delete = || sns.delete_sms_sandbox_phone_number().phone_number(number).send();
    assert_eq!(refusal(delete().await).0, "UserError");
    bed.proxy.model().at(&bed.account, |here| here.sms.pass(Duration::from_secs(24 * 3600)));
    delete().await.expect("deleted");
    for n in 0..10 {
        sns.create_sms_sandbox_phone_number().phone_number(format!("+4917012345{n:02}")).send().await.expect("room for ten");
    }
    let eleventh = sns.create_sms_sandbox_phone_number().phone_number(number).send().await.expect_err("no room");
    assert!(eleventh.into_service_error().is_user_error_exception());
}

#[tokio::test]
async fn the_sms_account_answers_typed_calls() {
    let bed = Bed::new();
    let sns = Sns::new(&bed.config());
    let set = |key: &str, value: &str| sns.set_sms_attributes().attributes(key, value).send();
    set("DefaultSMSType", "Transactional").await.expect("a type");
    assert_eq!(refusal(set("MonthlySpendLimit", "50").await).0, "InvalidParameter");
    let attributes = sns.get_sms_attributes().send().await.expect("attributes").attributes.expect("some");
    assert_eq!(attributes.into_iter().collect::<Vec<_>>(), [("DefaultSMSType".to_owned(), "Transactional".to_owned())]);

    bed.proxy.model().at(&bed.account, |here| {
        here.sms.opted_out.insert("+491701234567".to_owned());
        let (number, country, status) = ("+18005550100".to_owned(), "US".to_owned(), "ACTIVE".to_owned());
        here.sms.origination_numbers.push(OriginationNumber { number, country, status });
    });
    let check = || sns.check_if_phone_number_is_opted_out().phone_number("+491701234567").send();
    assert!(check().await.expect("an answer").is_opted_out());
    sns.opt_in_phone_number().phone_number("+491701234567").send().await.expect("opted in");
    assert!(!check().await.expect("an answer").is_opted_out());
    let numbers = sns.list_origination_numbers().send().await.expect("numbers").phone_numbers.expect("some");
    assert_eq!(numbers[0].iso2_country_code(), Some("US"));

    bed.proxy.model().at(&bed.account, |here| here.sms.supported = false);
    assert_eq!(refusal(sns.get_sms_attributes().send().await).0, "InvalidAction");
}

#[tokio::test]
async fn what_aws_refuses_is_refused() {
    let bed = Bed::new();
    let (iam, sns) = (Iam::new(&bed.config()), Sns::new(&bed.config()));
    let topic = sns.create_topic().name("t").send().await.expect("a topic").topic_arn.expect("its ARN");
    let subscribe = |protocol: &str, endpoint: &str| sns.subscribe().topic_arn(&topic).protocol(protocol).endpoint(endpoint);
    let (code, message) = refusal(subscribe("sms", "+49x").send().await);
    assert_eq!((code.as_str(), message.as_str()), ("InvalidParameter", "Invalid parameter: Invalid SMS endpoint: +49x"));
    assert_eq!(refusal(subscribe("pigeon", "coop").send().await).0, "InvalidParameter");
    assert_eq!(refusal(subscribe("lambda", "f").send().await).0, "InvalidParameter");
    let attribute = |key: &str, value: &str| subscribe("sms", "+491701234567").attributes(key, value).send();
    let abroad = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:q"}"#;
    assert_eq!(refusal(attribute("RedrivePolicy", abroad).await).0, "InvalidParameter");
    for policy in [
        "no json",
        r#"{"violationEventType":"in-alarm"}"#,
        r#"{"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]}"#,
        r#"{"violationEventTime":[{"numeric":[">",1600000000000]}]}"#,
    ] {
        assert_eq!(refusal(attribute("FilterPolicy", policy).await).0, "InvalidParameter", "{policy}");
    }
    let either = r#"{"$or":[{"violationEventType":["in-alarm"]},{"nonCompliantChecksCount":[{"numeric":[">",0]}]}]}"#;
    attribute("FilterPolicy", either).await.expect("a subscription");

    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}"#;
    let role = iam.create_role().role_name("r").assume_role_policy_document(trust).send().await.expect_err("malformed");
    assert!(role.into_service_error().is_malformed_policy_document_exception());

    let secrets = aws_sdk_secretsmanager::Client::new(&bed.config());
    let create = || secrets.create_secret().name("ddalert/x").secret_string("1").send();
    let arn = create().await.expect("a secret").arn.expect("its ARN");
    secrets.delete_secret().secret_id(&arn).send().await.expect("deleted");
    assert!(create().await.expect_err("pending deletion").into_service_error().is_invalid_request_exception());
    secrets.restore_secret().secret_id(&arn).send().await.expect("restored");
    assert!(create().await.expect_err("it exists").into_service_error().is_resource_exists_exception());

    bed.proxy.model().at(&bed.account, |here| here.strict = false);
    subscribe("sms", "+49x").send().await.expect("what the emulator takes");
}
