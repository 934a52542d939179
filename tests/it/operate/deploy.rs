//! `deploy-…` and `remove` under what AWS does to them: killed at every write, denied, throttled, lagging behind.

use std::thread;

use aws_sdk_lambda::Client as Lambda;
use aws_sdk_sqs::Client as Sqs;

use crate::operate::chain::{Chain, FUNCTION, TOPIC};
use testbed::fault::Fault;

impl Chain {
    /// Asserts that a deploy has nothing left to do.
    pub(super) fn assert_complete(&self, after: &str) {
        let output = self
            .deploy_hollow()
            .args(["--dry-run", "--exit-code"])
            .output();
        assert!(output.status.success(), "after {after}: {output}");
    }
}

#[tokio::test]
async fn killed_at_every_write_the_next_run_completes_it() {
    let clean = Chain::new().await;
    clean.deploy_hollow().output().success();
    let writes = clean
        .bed
        .proxy
        .writes()
        .iter()
        .filter(|call| call.name() != "sns:CreateTopic")
        .count();
    assert!(writes >= 8, "{writes}");
    thread::scope(|scope| {
        for n in 1..=writes {
            scope.spawn(move || {
                let runtime = tokio::runtime::Runtime::new().expect("a runtime");
                for takes_effect in [true, false] {
                    runtime.block_on(killed_at(n, takes_effect));
                }
            });
        }
    });
}

async fn killed_at(n: usize, takes_effect: bool) {
    let chain = Chain::new().await;
    let proxy = &chain.bed.proxy;
    chain.killed(chain.deploy_hollow(), |kill| {
        // The topic is a write as well, but came before these rules.
        proxy.on_writes().nth(n).run(kill);
        if !takes_effect {
            proxy.on_writes().nth(n).fail(Fault::HangUpBefore);
        }
    });
    chain.deploy_hollow().output().success();
    chain.assert_complete(&format!("write {n}, which took effect: {takes_effect}"));
}

#[tokio::test]
async fn what_passes_is_waited_for() {
    let chain = Chain::new().await;
    let proxy = &chain.bed.proxy;
    proxy
        .on("lambda:CreateFunction")
        .times(3)
        .fail(Fault::RoleNotAssumable);
    proxy
        .on("lambda:AddPermission")
        .times(2)
        .fail(Fault::UpdateInProgress);
    proxy.on("iam:CreateRole").times(2).fail(Fault::Throttled);
    proxy
        .on("sns:Subscribe")
        .times(1)
        .fail(Fault::ServerError(503));
    proxy.on("sqs:CreateQueue").nth(1).fail(Fault::HangUpAfter);
    proxy
        .on("lambda:GetFunction")
        .after("lambda:CreateFunction")
        .times(2)
        .fail(Fault::Stale);
    chain.deploy_hollow().output().success();
    chain.assert_complete("what passes");
}

#[tokio::test]
async fn a_denial_names_the_action_and_the_next_run_goes_on() {
    for (call, action) in [
        ("iam:CreateRole", "iam:CreateRole"),
        ("lambda:CreateFunction", "lambda:CreateFunction"),
        ("sns:Subscribe", "sns:Subscribe"),
        ("sns:GetTopicAttributes", "sns:GetTopicAttributes"),
    ] {
        let chain = Chain::new().await;
        chain.bed.proxy.on(call).fail(Fault::AccessDenied);
        let stderr = chain.deploy_hollow().output().failure(1);
        assert!(
            stderr.contains(&format!("hint: allow the IAM action {action} ")),
            "{stderr}"
        );
        chain.bed.proxy.heal();
        chain.deploy_hollow().output().success();
        chain.assert_complete(call);
    }
}

#[tokio::test]
async fn remove_leaves_nothing_of_ours_and_all_of_others() {
    let chain = Chain::new().await;
    let config = chain.bed.config();
    let sqs = Sqs::new(&config);
    sqs.create_queue()
        .queue_name("ddalert-slack-BadIoTDevices-failed")
        .send()
        .await
        .expect("somebody else's queue");
    chain.deploy_hollow().output().success();
    chain
        .ddalert(&["remove", "--all", "--yes"])
        .output()
        .success();
    let queues = sqs
        .list_queues()
        .send()
        .await
        .expect("queues")
        .queue_urls
        .unwrap_or_default();
    assert_eq!(queues.len(), 1, "{queues:?}");
    assert!(queues[0].ends_with("/ddalert-slack-BadIoTDevices-failed"));
    let functions = aws_sdk_lambda::Client::new(&config)
        .list_functions()
        .send()
        .await
        .expect("functions");
    assert_eq!(functions.functions().len(), 0);
    let roles = aws_sdk_iam::Client::new(&config)
        .list_roles()
        .send()
        .await
        .expect("roles");
    assert!(
        !roles
            .roles()
            .iter()
            .any(|role| role.role_name().contains("ddalert")),
        "{roles:?}"
    );
    let groups = aws_sdk_cloudwatchlogs::Client::new(&config)
        .describe_log_groups()
        .send()
        .await
        .expect("log groups");
    assert_eq!(groups.log_groups().len(), 0);
    let subscriptions = aws_sdk_sns::Client::new(&config)
        .list_subscriptions()
        .send()
        .await
        .expect("subscriptions");
    assert_eq!(subscriptions.subscriptions().len(), 0);
    let foreign = chain.ddalert(&[
        "deploy-slack",
        "--yes",
        "--allow-host",
        "127.0.0.1",
        "--webhook-url-file",
        "-",
    ]);
    let stderr = foreign.stdin(&chain.url("/slack")).output().failure(1);
    assert!(stderr.contains("was not created by ddalert"), "{stderr}");
}

#[tokio::test]
async fn the_relay_is_needed_only_where_code_must_change() {
    let chain = Chain::new().await;
    // A copy alone in a folder: no relay is beside it.
    let folder = tempfile::tempdir().expect("a folder");
    let alone = folder.path().join("ddalert");
    std::fs::copy(env!("CARGO_BIN_EXE_ddalert"), &alone).expect("a copy");
    let deploy = || {
        let words = [
            "deploy-webhook",
            "--yes",
            "--no-greeting",
            "--allow-host",
            "127.0.0.1",
            "--webhook-url-file",
            "-",
            "--secret-store",
            "env",
            "--topic",
            TOPIC,
        ];
        let run = chain.bed.run(&alone).args(words);
        run.stdin(&chain.url("/room"))
    };
    let said = deploy().output().failure(2);
    assert!(said.contains("reading the relay"), "{said}");
    assert!(said.contains("--relay PATH"), "{said}");

    chain.deploy_hollow().output().success();
    let lambda = Lambda::new(&chain.bed.config());
    let policy = lambda.get_policy().function_name(FUNCTION).send().await;
    let policy = policy.expect("a policy").policy.expect("its text");
    let policy: serde_json::Value = serde_json::from_str(&policy).expect("JSON");
    let statement = policy["Statement"][0]["Sid"].as_str().expect("an id");
    let remove = lambda
        .remove_permission()
        .function_name(FUNCTION)
        .statement_id(statement);
    remove.send().await.expect("no permission");
    let output = deploy().output();
    assert!(
        output.stderr.contains(&format!(
            "warning: the code of {FUNCTION} stays as it is: reading the relay"
        )),
        "{output}"
    );
    assert!(output.status.success(), "{output}");
    let restored = chain.bed.proxy.calls_of("lambda:AddPermission").len();
    assert_eq!(restored, 2, "at the first deploy and now");
    chain.assert_complete("a deploy without a relay");
}
