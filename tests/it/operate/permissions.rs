//! `ddalert permissions`: what it prints is enough for each command, and nothing else is called.

use std::collections::BTreeSet;
use std::sync::Mutex;

use serde_json::Value;

use crate::operate::chain::{Chain, TOPIC};
use crate::typed::small_relay;
use testbed::command::Run;
use testbed::fault::Fault;

/// A chain, and what its commands called or lacked against the policy.
struct Audit {
    chain: Chain,
    wrong: Mutex<Vec<String>>,
}

impl std::ops::Deref for Audit {
    type Target = Chain;

    fn deref(&self) -> &Chain {
        &self.chain
    }
}

impl Audit {
    /// Returns the actions that the printed policy allows for a command, or for all of them.
    fn allowed(&self, command: Option<&str>) -> BTreeSet<String> {
        let mut arguments = vec!["permissions"];
        arguments.extend(command.iter().flat_map(|command| ["--command", *command]));
        let printed = self.ddalert(&arguments).output().success();
        let policy: Value = serde_json::from_str(&printed).expect("a policy");
        let statements = policy["Statement"].as_array().expect("statements");
        let actions = statements
            .iter()
            .filter_map(|statement| statement["Action"].as_array())
            .flatten();
        actions
            .filter_map(|action| action.as_str().map(str::to_owned))
            .collect()
    }

    /// Runs a command that may only what the policy for `task` allows, and returns what it said.
    fn run_as(&self, task: &str, run: Run) -> String {
        let all = self.allowed(None);
        let allowed = self.allowed(Some(task));
        let proxy = &self.bed.proxy;
        // The tagging API signs with another name than the one that IAM knows it by.
        let called = |action: &str| action.replace("tag:", "tagging:");
        for denied in all.difference(&allowed) {
            proxy.on(&called(denied)).fail(Fault::AccessDenied);
        }
        proxy.forget_calls();
        let output = run.output();
        proxy.heal();
        let said = output.to_string();
        let mut wrong = self.wrong.lock().expect("what is wrong");
        if said.contains("not authorized to perform") || said.contains("(needs ") {
            wrong.push(format!("{task} is denied something: {said}"));
        }
        let known: BTreeSet<String> = allowed.iter().map(|action| called(action)).collect();
        let other: BTreeSet<String> = proxy
            .calls()
            .iter()
            .map(testbed::call::Call::name)
            .filter(|name| name != "sts:GetCallerIdentity" && !known.contains(name))
            .collect();
        if !other.is_empty() {
            wrong.push(format!("{task} called {other:?}"));
        }
        said
    }

    fn of_slack(&self, command: &[&str], path: &str) -> Run {
        self.ddalert(command)
            .args(["--allow-host", "127.0.0.1"])
            .env("DDALERT_WEBHOOK_URL", self.bed.sink.url(path))
    }
}

#[tokio::test]
async fn each_command_needs_what_is_printed_for_it_and_no_more() {
    let chain = Audit {
        chain: Chain::new().await,
        wrong: Mutex::default(),
    };
    let behaviors = serde_json::json!({ "behaviors": [] });
    chain.bed.proxy.model().at(&chain.bed.account, |here| {
        here.iot.add_profile("sensors", &behaviors);
    });
    let connect = ["connect", "--profile-name", "sensors", "--yes"];
    chain.run_as("connect", chain.ddalert(&connect));
    let relay = ["--relay".as_ref(), small_relay().as_os_str()];
    for store in ["ssm", "secrets-manager"] {
        let deploy = ["deploy-slack", "--yes", "--secret-store", store];
        let said = chain.run_as("deploy", chain.of_slack(&deploy, "/a").args(relay));
        assert!(said.contains("delivers"), "{said}");
    }
    for more in [&[][..], &["--readable"]] {
        let phone = ["subscribe-sms", "+12065550100", "--yes"];
        let run = chain.ddalert(&phone).args(more);
        let run = match more {
            [] => run,
            _ => run.args(relay),
        };
        let said = chain.run_as("subscribe-sms", run);
        assert!(said.contains("will get the alerts"), "{said}");
    }
    let test = ["test-publish", "--timeout", "3"];
    chain.run_as("test-publish", chain.ddalert(&test));
    chain.run_as("status", chain.ddalert(&["status"]));
    let found = chain.run_as("doctor", chain.ddalert(&["doctor"]));
    let unchecked = found.contains("Not checked");
    assert!(!unchecked, "{found}\n{:?}", chain.wrong);
    chain.run_as("replay", chain.ddalert(&["replay", "--dry-run"]));
    let rotate = ["rotate", "slack", "--yes"];
    let said = chain.run_as("rotate", chain.of_slack(&rotate, "/b"));
    assert!(said.contains("uses the new"), "{said}");
    let remove = ["remove", "--all", "--yes"];
    let said = chain.run_as("remove", chain.ddalert(&remove));
    assert!(said.contains("was removed"), "{said}");
    let disconnect = ["connect", "--disconnect", "--yes"];
    chain.run_as("connect", chain.ddalert(&disconnect));
    let wrong = chain.wrong.lock().expect("what is wrong");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_policy_is_filled_in_as_far_as_the_place_is_known() {
    let chain = Chain::new().await;
    let account = &chain.bed.account;
    let printed = chain.ddalert(&["permissions"]).output();
    let policy = printed.stdout.clone();
    assert!(policy.contains(&account.arn("sns", TOPIC)), "{printed}");
    for placeholder in ["ACCOUNT", "REGION", "TOPIC\""] {
        assert!(!policy.contains(placeholder), "{placeholder}: {printed}");
    }
    assert!(printed.stderr.contains("managed policy"), "{printed}");

    // Without credentials it is named, or stays a placeholder.
    let nobody = |arguments: &[&str]| {
        let run = chain.ddalert(&["permissions"]).args(arguments);
        run.env("AWS_ACCESS_KEY_ID", "")
            .env("AWS_SECRET_ACCESS_KEY", "")
    };
    let named = ["--account", "210987654321", "--region", "cn-north-1"];
    let printed = nobody(&named).output().success();
    let topic = format!("arn:aws-cn:sns:cn-north-1:210987654321:{TOPIC}");
    assert!(printed.contains(&topic), "{printed}");
    let printed = nobody(&[]).output();
    assert!(printed.status.success(), "{printed}");
    assert!(printed.stdout.contains(":ACCOUNT:"), "{printed}");
    assert!(printed.stderr.contains("placeholder"), "{printed}");
    let refused = nobody(&["--account", "12"]).output().failure(2);
    assert!(refused.contains("12 digits"), "{refused}");
}
