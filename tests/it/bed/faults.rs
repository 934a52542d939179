//! The proxy: what it passes on, counts, and breaks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_iam::Client as Iam;
use aws_sdk_iot::Client as Iot;
use aws_sdk_lambda::Client as Lambda;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_sns::Client as Sns;
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};

use crate::bed::{TRUST, refusal};
use testbed::bed::Bed;
use testbed::call::Call;
use testbed::fault::Fault;
use testbed::sdk;
use testbed::wire::AwsError;

#[tokio::test]
async fn calls_are_counted_and_reads_and_writes_are_told_apart() {
    let bed = Bed::new();
    let sns = Sns::new(&bed.config());
    let topic = sns
        .create_topic()
        .name("alerts")
        .send()
        .await
        .expect("a topic")
        .topic_arn
        .expect("its ARN");
    assert_eq!(topic, bed.account.arn("sns", "alerts"));
    sns.get_topic_attributes()
        .topic_arn(&topic)
        .send()
        .await
        .expect("its attributes");
    Lambda::new(&bed.config())
        .list_functions()
        .send()
        .await
        .expect("functions");
    aws_sdk_cloudwatchlogs::Client::new(&bed.config())
        .describe_log_groups()
        .send()
        .await
        .expect("log groups");
    aws_sdk_sqs::Client::new(&bed.config())
        .create_queue()
        .queue_name("failed")
        .send()
        .await
        .expect("a queue");
    aws_sdk_sts::Client::new(&bed.config())
        .get_caller_identity()
        .send()
        .await
        .expect("an identity");

    let names = |calls: Vec<Call>| calls.iter().map(|call| call.name()).collect::<Vec<_>>();
    let expected = [
        "sns:GetTopicAttributes",
        "lambda:ListFunctions",
        "logs:DescribeLogGroups",
        "sts:GetCallerIdentity",
    ];
    assert_eq!(
        names(
            bed.proxy
                .calls()
                .into_iter()
                .filter(|call| !call.is_write())
                .collect()
        ),
        expected
    );
    assert_eq!(
        names(bed.proxy.writes()),
        ["sns:CreateTopic", "sqs:CreateQueue"]
    );
    assert!(
        bed.proxy
            .calls()
            .iter()
            .all(|call| call.status == Some(200))
    );
}

#[tokio::test]
async fn a_user_signs_for_itself_and_may_do_what_its_policy_says() {
    let bed = Bed::new();
    let iam = Iam::new(&bed.config());
    iam.create_user()
        .user_name("operator")
        .send()
        .await
        .expect("a user");
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:ListTopics","Resource":"*"}]}"#;
    iam.put_user_policy()
        .user_name("operator")
        .policy_name("p")
        .policy_document(policy)
        .send()
        .await
        .expect("a policy");
    let key = iam
        .create_access_key()
        .user_name("operator")
        .send()
        .await
        .expect("a key")
        .access_key
        .expect("it");
    let sns = |secret: &str| {
        Sns::new(&sdk::config(
            &bed.account.as_user(&key.access_key_id, secret),
            &bed.proxy.endpoint(),
        ))
    };
    sns(&key.secret_access_key)
        .list_topics()
        .send()
        .await
        .expect("what the policy allows");
    let denied = sns(&key.secret_access_key)
        .create_topic()
        .name("t")
        .send()
        .await
        .expect_err("what it does not allow");
    assert!(
        denied
            .into_service_error()
            .is_authorization_error_exception()
    );
    assert_eq!(
        refusal(sns("wrong").list_topics().send().await).0,
        "SignatureDoesNotMatch"
    );
    assert!(
        bed.proxy
            .calls()
            .iter()
            .all(|call| call.account.id == bed.account.id)
    );
}

#[tokio::test]
async fn every_fault_is_the_error_that_the_sdk_knows() {
    let bed = Bed::new();
    let (iam, lambda, sns) = (
        Iam::new(&bed.config()),
        Lambda::new(&bed.config()),
        Sns::new(&bed.config()),
    );
    bed.proxy.on("*").times(3).fail(Fault::Throttled);
    assert_eq!(
        refusal(iam.get_role().role_name("r").send().await).0,
        "Throttling"
    );
    let throttled = lambda
        .get_function()
        .function_name("f")
        .send()
        .await
        .expect_err("throttled")
        .into_service_error();
    assert!(throttled.is_too_many_requests_exception(), "{throttled:?}");
    assert_eq!(
        refusal(
            aws_sdk_ssm::Client::new(&bed.config())
                .get_parameter()
                .name("p")
                .send()
                .await
        )
        .0,
        "ThrottlingException"
    );

    bed.proxy.on("sns:*").times(1).fail(Fault::ServerError(503));
    assert!(
        sns.list_topics()
            .send()
            .await
            .expect_err("failed")
            .into_service_error()
            .is_internal_error_exception()
    );

    bed.proxy
        .on("lambda:GetFunction")
        .times(1)
        .fail(Fault::AccessDenied);
    bed.proxy
        .on("sns:ListTopics")
        .times(1)
        .fail(Fault::AccessDenied);
    bed.proxy
        .on("iam:GetRole")
        .times(1)
        .fail(Fault::AccessDenied);
    let (code, message) = refusal(lambda.get_function().function_name("f").send().await);
    assert_eq!(code, "AccessDeniedException");
    let (id, resource) = (&bed.account.id, bed.account.arn("lambda", "function:f"));
    let expected = format!(
        "User: arn:aws:iam::{id}:user/operator is not authorized to perform: lambda:GetFunction on resource: {resource}"
    );
    assert!(message.starts_with(&expected), "{message}");
    assert!(
        sns.list_topics()
            .send()
            .await
            .expect_err("denied")
            .into_service_error()
            .is_authorization_error_exception()
    );
    assert_eq!(
        refusal(iam.get_role().role_name("r").send().await).0,
        "AccessDenied"
    );

    bed.proxy.on("*").times(4).fail(Fault::NotFound);
    assert!(
        iam.get_role()
            .role_name("r")
            .send()
            .await
            .expect_err("none")
            .into_service_error()
            .is_no_such_entity_exception()
    );
    let sqs = aws_sdk_sqs::Client::new(&bed.config());
    let missing = sqs
        .get_queue_url()
        .queue_name("q")
        .send()
        .await
        .expect_err("none")
        .into_service_error();
    assert!(missing.is_queue_does_not_exist(), "{missing:?}");
    let missing = sns
        .get_topic_attributes()
        .topic_arn("t")
        .send()
        .await
        .expect_err("none")
        .into_service_error();
    assert!(missing.is_not_found_exception(), "{missing:?}");
    let secrets = aws_sdk_secretsmanager::Client::new(&bed.config());
    let missing = secrets
        .get_secret_value()
        .secret_id("s")
        .send()
        .await
        .expect_err("none")
        .into_service_error();
    assert!(missing.is_resource_not_found_exception(), "{missing:?}");

    bed.proxy
        .on("lambda:UpdateFunctionCode")
        .times(1)
        .fail(Fault::UpdateInProgress);
    let busy = lambda
        .update_function_code()
        .function_name("f")
        .zip_file(Blob::new("zip"))
        .send()
        .await;
    let busy = busy.expect_err("busy").into_service_error();
    assert!(busy.is_resource_conflict_exception(), "{busy:?}");
    assert!(
        busy.message()
            .is_some_and(|message| message.contains("An update is in progress")),
        "{busy:?}"
    );

    bed.proxy.on("iot:*").fail(Fault::Error(AwsError::new(
        500,
        "InternalFailureException",
        "down",
    )));
    let down = Iot::new(&bed.config())
        .list_security_profiles()
        .send()
        .await
        .expect_err("down")
        .into_service_error();
    assert!(down.is_internal_failure_exception(), "{down:?}");
}

#[tokio::test]
async fn connections_drop_before_and_after_the_call_took_effect() {
    let bed = Bed::new();
    let sns = Sns::new(&bed.config());
    bed.proxy
        .on("sns:CreateTopic")
        .nth(1)
        .fail(Fault::HangUpBefore);
    bed.proxy
        .on("sns:CreateTopic")
        .nth(1)
        .fail(Fault::HangUpAfter);
    for name in ["before", "after"] {
        let lost = sns
            .create_topic()
            .name(name)
            .send()
            .await
            .expect_err("no answer");
        assert!(matches!(lost, SdkError::DispatchFailure(_)), "{lost:?}");
    }
    let topics = sns
        .list_topics()
        .send()
        .await
        .expect("topics")
        .topics
        .unwrap_or_default();
    let topics: Vec<_> = topics
        .iter()
        .filter_map(|topic| topic.topic_arn())
        .collect();
    assert_eq!(topics, [bed.account.arn("sns", "after")]);
}

#[tokio::test]
async fn reads_lag_behind_a_write_and_a_closure_runs_at_a_call() {
    let bed = Bed::new();
    let (iam, sns) = (Iam::new(&bed.config()), Sns::new(&bed.config()));
    bed.proxy
        .on("iam:GetRole")
        .after("iam:CreateRole")
        .times(2)
        .fail(Fault::NotFound);
    let ran = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&ran);
    bed.proxy
        .on_writes()
        .nth(2)
        .run(move |call| seen.store(call.index, Ordering::SeqCst));
    iam.create_role()
        .role_name("r")
        .assume_role_policy_document(TRUST)
        .send()
        .await
        .expect("a role");
    let mut found = Vec::new();
    for _ in 0..3 {
        found.push(iam.get_role().role_name("r").send().await.is_ok());
    }
    assert_eq!(found, [false, false, true]);
    let topic = sns
        .create_topic()
        .name("t")
        .send()
        .await
        .expect("a topic")
        .topic_arn
        .expect("its ARN");
    assert_eq!(ran.load(Ordering::SeqCst), 5);

    let name = async || {
        let attributes = sns
            .get_topic_attributes()
            .topic_arn(&topic)
            .send()
            .await
            .expect("attributes")
            .attributes;
        attributes
            .and_then(|attributes| attributes.get("DisplayName").cloned())
            .unwrap_or_default()
    };
    assert_eq!(name().await, "");
    bed.proxy
        .on("sns:GetTopicAttributes")
        .after("sns:SetTopicAttributes")
        .times(1)
        .fail(Fault::Stale);
    let set = sns
        .set_topic_attributes()
        .topic_arn(&topic)
        .attribute_name("DisplayName")
        .attribute_value("New");
    set.send().await.expect("a new name");
    assert_eq!(
        (name().await, name().await),
        (String::new(), "New".to_owned())
    );
}
