//! What AWS documents as slow or lost on the way: refusals of what was just made, reads that lag behind, answers that never came.

use std::path::Path;

use crate::operate::chain::{Chain, TOPIC};
use crate::typed::small_relay;
use testbed::command::Run;
use testbed::fault::Fault;
use testbed::wire::AwsError;

fn refused(status: u16, code: &'static str, message: &str) -> Fault {
    Fault::Error(AwsError::new(status, code, message))
}

impl Chain {
    /// Prepares a deploy of a small relay to Slack, its URL in this store.
    fn deploy_slack(&self, store: &str) -> Run {
        self.ddalert(&["deploy-slack", "--yes", "--secret-store", store])
            .args(["--allow-host", "127.0.0.1"])
            .args(["--relay".as_ref(), small_relay().as_os_str()])
            .env("DDALERT_WEBHOOK_URL", self.bed.sink.url("/slack"))
    }
}

#[tokio::test]
async fn refusals_of_what_was_just_made_are_waited_for() {
    let chain = Chain::new().await;
    let proxy = &chain.bed.proxy;
    let invalid = |message| refused(400, "InvalidParameterValueException", message);
    for message in [
        "Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. \
         Please check your KMS key settings. KMS Exception: InvalidArnException KMS Message: ARN does not refer to a valid principal",
        "The provided execution role does not have permissions to call SendMessage on SQS",
    ] {
        proxy
            .on("lambda:CreateFunction")
            .times(1)
            .fail(invalid(message));
    }
    for message in [
        "The destination ARN arn:aws:sqs:eu-central-1:123456789012:q is invalid.",
        "The function's execution role does not have permissions to call SendMessage on arn:aws:sqs:eu-central-1:123456789012:q",
    ] {
        proxy
            .on("lambda:PutFunctionEventInvokeConfig")
            .times(1)
            .fail(invalid(message));
    }
    proxy
        .on("lambda:GetFunctionConfiguration")
        .times(2)
        .fail(Fault::NotFound);
    proxy
        .on("lambda:AddPermission")
        .times(1)
        .fail(Fault::NotFound);
    proxy.on("lambda:AddPermission").times(1).fail(refused(
        409,
        "ResourceConflictException",
        "The function could not be updated due to a concurrent update operation.",
    ));
    proxy.on("lambda:AddPermission").times(1).fail(refused(
        412,
        "PreconditionFailedException",
        "The RevisionId provided does not match the latest RevisionId.",
    ));
    proxy.on("logs:CreateLogGroup").times(1).fail(refused(
        400,
        "OperationAbortedException",
        "A conflicting operation is currently in progress against this resource. Please try again.",
    ));
    proxy.on("iam:PutRolePolicy").times(1).fail(Fault::NotFound);
    chain.deploy_hollow().output().success();
}

#[tokio::test]
async fn an_answer_that_was_lost_after_its_effect_is_no_failure() {
    for store in ["secrets-manager", "ssm"] {
        let chain = Chain::new().await;
        for write in [
            "iam:CreateRole",
            "logs:CreateLogGroup",
            "sqs:CreateQueue",
            "secretsmanager:CreateSecret",
            "ssm:PutParameter",
            "lambda:CreateFunction",
            "lambda:AddPermission",
            "lambda:PutFunctionEventInvokeConfig",
            "sns:Subscribe",
            "iam:DeleteRolePolicy",
            "iam:DeleteRole",
            "logs:DeleteLogGroup",
            "sqs:DeleteQueue",
            "secretsmanager:DeleteSecret",
            "ssm:DeleteParameter",
            "lambda:RemovePermission",
            "lambda:DeleteFunctionEventInvokeConfig",
            "lambda:DeleteFunction",
            "sns:Unsubscribe",
        ] {
            chain.bed.proxy.on(write).nth(1).fail(Fault::HangUpAfter);
        }
        chain.deploy_slack(store).output().success();
        let again = chain
            .deploy_slack(store)
            .args(["--dry-run", "--exit-code"])
            .output();
        assert!(again.status.success(), "{again}");
        chain
            .ddalert(&["remove", "--all", "--yes"])
            .output()
            .success();
    }
}

#[tokio::test]
async fn a_name_that_somebody_else_took_meanwhile_stays_theirs() {
    let chain = Chain::new().await;
    let proxy = &chain.bed.proxy;
    proxy.on("iam:CreateRole").fail(refused(
        409,
        "EntityAlreadyExists",
        "Role with name ddalert-webhook-BadIoTDevices-eu-central-1 already exists.",
    ));
    let stderr = chain.deploy_hollow().output().failure(1);
    assert!(stderr.contains("EntityAlreadyExists"), "{stderr}");
    assert!(stderr.contains("not made: "), "{stderr}");
}

#[tokio::test]
async fn a_queue_that_is_seen_for_a_while_after_its_deletion_is_waited_for() {
    let chain = Chain::new().await;
    chain.deploy_hollow().output().success();
    for read in [
        "sqs:GetQueueUrl",
        "sqs:GetQueueAttributes",
        "sqs:ListQueueTags",
    ] {
        let proxy = &chain.bed.proxy;
        proxy
            .on(read)
            .after("sqs:DeleteQueue")
            .times(4)
            .fail(Fault::Stale);
    }
    chain
        .ddalert(&["remove", "--all", "--yes"])
        .output()
        .success();
}

#[tokio::test]
async fn what_vanishes_between_two_reads_is_gone() {
    let chain = Chain::new().await;
    chain.deploy_slack("ssm").output().success();
    let proxy = &chain.bed.proxy;
    proxy
        .on("logs:ListTagsForResource")
        .after("logs:DeleteLogGroup")
        .fail(Fault::NotFound);
    proxy
        .on("logs:DescribeLogGroups")
        .after("logs:DeleteLogGroup")
        .times(2)
        .fail(Fault::Stale);
    proxy.on("ssm:ListTagsForResource").fail(refused(
        400,
        "InvalidResourceId",
        "The resource ID is not valid. Verify that you entered the correct ID and try again.",
    ));
    chain
        .ddalert(&["remove", "--all", "--yes"])
        .output()
        .success();
}

#[tokio::test]
async fn one_relay_that_cannot_be_removed_does_not_keep_the_others() {
    let chain = Chain::new().await;
    chain.deploy_hollow().output().success();
    chain.deploy_slack("env").output().success();
    let name = format!("ddalert-slack-{TOPIC}");
    let proxy = &chain.bed.proxy;
    // The first of the two functions that is removed.
    proxy
        .on("lambda:DeleteFunction")
        .times(1)
        .fail(Fault::AccessDenied);
    let stderr = chain
        .ddalert(&["remove", "--all", "--yes"])
        .output()
        .failure(1);
    let (failed, complete) = match stderr.contains("failed: slack") {
        true => ("slack", "webhook"),
        false => ("webhook", "slack"),
    };
    assert!(stderr.contains(&format!("failed: {failed}")), "{stderr}");
    assert!(
        stderr.contains(&format!("complete: {complete}")),
        "{stderr}"
    );
    let listed = chain.ddalert(&["remove"]).output().failure(2);
    assert!(
        listed.contains(&format!("ddalert created on {TOPIC}: {failed}\n")),
        "{listed} {name}"
    );
    proxy.heal();
    chain
        .ddalert(&["remove", "--all", "--yes"])
        .output()
        .success();
}

#[tokio::test]
async fn a_second_run_waits_for_a_function_that_is_still_pending() {
    let chain = Chain::new().await;
    chain.deploy_hollow().output().success();
    let proxy = &chain.bed.proxy;
    let run = |arguments: &[&str]| {
        proxy.forget_calls();
        chain.deploy_hollow().args(arguments).output()
    };
    // Lambda is changing it just now: somebody else updates it.
    let client = aws_sdk_lambda::Client::new(&chain.bed.config());
    let update = client
        .update_function_configuration()
        .function_name(crate::operate::chain::FUNCTION)
        .description("changed");
    update.send().await.expect("an update");
    let planned = run(&["--dry-run", "--exit-code"]);
    assert_eq!(planned.status.code(), Some(3), "{planned}");
    assert!(planned.stdout.contains("wait until function"), "{planned}");
    let waited = run(&[]);
    assert!(waited.status.success(), "{waited}");
    assert!(
        proxy.writes().iter().all(|call| call.service != "lambda"),
        "it only waits"
    );
}

#[tokio::test]
async fn a_lost_answer_of_device_defender_is_no_conflict_of_versions() {
    let chain = Chain::new().await;
    let proxy = &chain.bed.proxy;
    proxy.model().at(&chain.bed.account, |here| {
        let behaviors = serde_json::json!({ "behaviors": [] });
        here.iot.add_profile("sensors", &behaviors);
    });
    let update = "iot:UpdateSecurityProfile";
    proxy.on(update).nth(1).fail(Fault::HangUpAfter);
    let connect = ["connect", "--profile-name", "sensors", "--yes"];
    chain.ddalert(&connect).output().success();
    assert_eq!(proxy.calls_of(update).len(), 2);
    proxy.on(update).nth(1).fail(Fault::HangUpAfter);
    let disconnect = ["connect", "--disconnect", "--yes"];
    chain.ddalert(&disconnect).output().success();
}

#[tokio::test]
async fn what_a_command_does_not_need_may_be_denied() {
    let chain = Chain::new().await;
    let proxy = &chain.bed.proxy;
    proxy.on("ssm:*").fail(Fault::AccessDenied);
    chain.deploy_slack("secrets-manager").output().success();
    let phone = ["subscribe-sms", "+12065550100", "--yes"];
    for denied in [
        "secretsmanager:*",
        "iam:*",
        "logs:*",
        "lambda:GetFunctionEventInvokeConfig",
    ] {
        proxy.on(denied).fail(Fault::AccessDenied);
    }
    chain.ddalert(&phone).output().success();
    // The store that is used must be readable.
    proxy.heal();
    proxy.on("secretsmanager:*").fail(Fault::AccessDenied);
    let refused = chain.deploy_slack("secrets-manager").output().failure(1);
    assert!(refused.contains("secretsmanager:"), "{refused}");
}

#[tokio::test]
async fn an_explicit_deny_is_not_answered_with_an_allow() {
    let chain = Chain::new().await;
    let proxy = &chain.bed.proxy;
    proxy.on("iam:CreateRole").fail(refused(
        403,
        "AccessDenied",
        "User: arn:aws:iam::123456789012:user/operator is not authorized to perform: iam:CreateRole on resource: \
         arn:aws:iam::123456789012:role/r with an explicit deny in a service control policy",
    ));
    let stderr = chain.deploy_hollow().output().failure(1);
    let hint = stderr.lines().find(|line| line.starts_with("hint: "));
    let hint = hint.expect("a hint");
    assert!(!hint.contains("allow"), "{hint}");
    assert!(hint.contains("--permissions-boundary"), "{hint}");
}

#[tokio::test]
async fn a_topic_with_the_longest_name_can_be_deployed_to() {
    let chain = Chain::new().await;
    let topic = "x".repeat(256);
    let sns = aws_sdk_sns::Client::new(&chain.bed.config());
    let created = sns.create_topic().name(&topic).send().await;
    created.expect("a topic");
    let ddalert = |arguments: &[&str]| {
        let run = chain.bed.run(Path::new(env!("CARGO_BIN_EXE_ddalert")));
        run.args(arguments).args(["--topic", topic.as_str()])
    };
    let deploy = || {
        ddalert(&["deploy-slack", "--yes", "--allow-host", "127.0.0.1"])
            .args(["--relay".as_ref(), small_relay().as_os_str()])
            .env("DDALERT_WEBHOOK_URL", chain.bed.sink.url("/slack"))
    };
    deploy().output().success();
    let again = deploy().output().success();
    assert!(again.contains("Nothing to change"), "{again}");
    let tags = chain.bed.proxy.writes().into_iter().filter_map(|call| {
        let body = call.json();
        body["Tags"]["ddalert:topic"].as_str().map(str::to_owned)
    });
    let tags: Vec<String> = tags.collect();
    assert!(
        !tags.is_empty() && tags.iter().all(|tag| tag.len() <= 256),
        "{tags:?}"
    );
    ddalert(&["remove", "--all", "--yes"]).output().success();
    let left = ddalert(&["remove"]).output().failure(2);
    assert!(left.contains("ddalert created nothing on"), "{left}");
}
