//! What a deploy refuses: with which exit code, with what to type next, and before it wrote anything.

use std::path::Path;

use aws_sdk_iam::Client as Iam;
use aws_sdk_sns::Client as Sns;

use crate::events::{TRUST, ddalert, deploy, elf, topic};
use testbed::bed::Bed;

const CHIME: &str = "https://hooks.chime.aws/incomingwebhooks/00000000?token=sesame";
const SLACK: &str = "https://hooks.slack.com/services/T0/B0/sesame";

/// Holds a refusal against what it must say, and that nothing was written and no secret was told.
fn refused(bed: &Bed, run: testbed::command::Run, code: i32, says: &str, hint: &str) {
    bed.proxy.forget_calls();
    let output = run.output();
    assert!(
        !output.stdout.contains("sesame") && !output.stderr.contains("sesame"),
        "{output}"
    );
    let hints: Vec<&str> = output
        .stderr
        .lines()
        .filter(|line| line.starts_with("hint: "))
        .collect();
    assert!(output.stderr.contains(says), "no '{says}' in {output}");
    assert!(
        hints.iter().any(|line| line.contains(hint)),
        "no hint '{hint}' in {output}"
    );
    assert_eq!(output.status.code(), Some(code), "{output}");
    assert_eq!(output.stdout, "", "{output}");
    let writes: Vec<String> = bed.proxy.writes().iter().map(|call| call.name()).collect();
    assert!(writes.is_empty(), "{writes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_cannot_be_used_is_refused() {
    let bed = Bed::new();
    topic(&bed, "alerts").await;
    let sns = Sns::new(&bed.config());
    let fifo = sns
        .create_topic()
        .name("alerts.fifo")
        .attributes("FifoTopic", "true")
        .send()
        .await
        .expect("a topic");
    let fifo = fifo.topic_arn.expect("its ARN");
    let account = &bed.account.id;
    let foreign = "arn:aws:sns:eu-central-1:999999999999:alerts".to_owned();
    let elsewhere = format!("arn:aws:sns:us-east-1:{account}:alerts");
    for (topic, code, says, hint) in [
        (
            "--topic alerts.fifo",
            2,
            "is a FIFO topic",
            "use a standard topic",
        ),
        (
            &format!("--topic {fifo}"),
            2,
            "is a FIFO topic",
            "use a standard topic",
        ),
        (
            "--topic nosuch",
            1,
            "there is no topic nosuch in eu-central-1",
            "this region has the topics alerts",
        ),
        (
            &format!("--topic {foreign}"),
            2,
            "belongs to another account",
            "--profile",
        ),
        (
            &format!("--topic {elsewhere} --region eu-central-1"),
            2,
            "is not in the region eu-central-1",
            "--region us-east-1",
        ),
        (
            &format!("--topic {elsewhere}"),
            1,
            "there is no topic alerts in us-east-1",
            "name the topic's region with --region",
        ),
        (
            "--topic arn:aws:sqs:eu-central-1:1:q",
            2,
            "is not the ARN of an SNS topic",
            "--topic NAME|ARN",
        ),
        (
            "--topic a.b",
            2,
            "'a.b' is not a valid topic name",
            "--topic NAME|ARN",
        ),
        (
            "",
            2,
            "no topic is given",
            "--topic NAME|ARN or DDALERT_TOPIC",
        ),
    ] {
        refused(&bed, deploy(&bed, "slack", topic), code, says, hint);
    }
}

#[test]
fn a_secret_that_does_not_fit_is_refused_before_any_call() {
    let bed = Bed::new();
    let empty = tempfile::NamedTempFile::new().expect("a file");
    for (target, url, says, hint) in [
        ("slack", "", "the webhook URL is empty", "Incoming Webhooks"),
        ("slack", "sesame", "is not a valid URL", "Incoming Webhooks"),
        (
            "slack",
            "http://hooks.slack.com/services/sesame",
            "must start with https://",
            "Incoming Webhooks",
        ),
        (
            "slack",
            CHIME,
            "host hooks.chime.aws does not belong to Slack",
            "ddalert deploy-chime",
        ),
        (
            "chime",
            SLACK,
            "host hooks.slack.com does not belong to Amazon Chime",
            "ddalert deploy-slack",
        ),
        (
            "slack",
            "https://proxy.example.com/sesame",
            "host proxy.example.com does not belong to Slack",
            "--allow-host proxy.example.com",
        ),
        (
            "slack",
            "https://hooks.slack.com:8443/services/sesame",
            "names port 8443 of hooks.slack.com",
            "--allow-host hooks.slack.com:8443",
        ),
        (
            "webhook",
            "https://169.254.169.254/sesame",
            "a link-local or metadata address",
            "--allow-host 169.254.169.254",
        ),
        (
            "webhook",
            "https://localhost/sesame",
            "is the machine itself",
            "--allow-host localhost",
        ),
        (
            "webhook",
            "https://[fd00:ec2::254]/sesame",
            "a private or metadata address",
            "--allow-host fd00:ec2::254",
        ),
        (
            "webhook",
            "https://0xa9fea9fe/sesame",
            "a link-local or metadata address",
            "--allow-host 169.254.169.254",
        ),
        (
            "webhook",
            "https://user:sesame@alerts.example.com/x",
            "contains a user name or password",
            "Ask whoever runs",
        ),
        (
            "webhook",
            "https://alerts.example.com/x#sesame",
            "contains a fragment",
            "Ask whoever runs",
        ),
        (
            "webhook",
            "\"https://alerts.example.com/sesame\"",
            "begins with a quotation mark",
            "Ask whoever runs",
        ),
        (
            "pagerduty",
            "sesame",
            "the integration key must be 32 letters",
            "Integration Key",
        ),
        (
            "pagerduty",
            "0123456789abcdef0123456789abcdef\n0123456789abcdef0123456789abcdef",
            "consists of 2 lines",
            "Integration Key",
        ),
    ] {
        let run = deploy(&bed, target, "--topic alerts").env("DDALERT_WEBHOOK_URL", url);
        refused(&bed, run, 2, says, hint);
    }
    let file = |option: &str, path: &Path| format!("--topic alerts {option} {}", path.display());
    let two_lines = tempfile::NamedTempFile::new().expect("a file");
    let lines = format!("{SLACK}\nhttps://hooks.slack.com/services/sesame\n");
    std::fs::write(two_lines.path(), lines).expect("written");
    for (option, says, hint) in [
        (
            "--webhook-url-file",
            "consists of 2 lines",
            "Ask whoever runs",
        ),
        (
            "--signing-secret-file",
            "consists of several lines",
            "on one line",
        ),
    ] {
        let run = deploy(&bed, "webhook", &file(option, two_lines.path()));
        refused(&bed, run, 2, says, hint);
    }
    let missing = Path::new("/nonexistent/url");
    refused(
        &bed,
        deploy(&bed, "slack", &file("--webhook-url-file", missing)),
        2,
        "reading the webhook URL from",
        "standard input",
    );
    let signing = file("--signing-secret-file", empty.path());
    refused(
        &bed,
        deploy(&bed, "webhook", &signing),
        2,
        "the signing secret is empty",
        "openssl rand",
    );
    refused(
        &bed,
        deploy(&bed, "slack", &signing),
        2,
        "requests to Slack cannot be signed",
        "deploy-webhook",
    );
    assert!(bed.proxy.calls().is_empty(), "{:?}", bed.proxy.calls());
}

#[test]
fn a_relay_that_lambda_cannot_run_is_refused_before_any_call() {
    let bed = Bed::new();
    let too_new = with_glibc("GLIBC_2.99");
    for (relay, says, hint) in [
        (
            b"#!/bin/sh\n".to_vec(),
            "is not a Linux program (ELF, 64 bit)",
            "cargo zigbuild --release",
        ),
        (
            elf(object::elf::EM_RISCV.0),
            "built for another processor",
            "x86_64-unknown-linux-musl",
        ),
        (
            elf(object::elf::EM_386.0),
            "built for another processor",
            "x86_64-unknown-linux-musl",
        ),
        (
            too_new,
            "needs GLIBC 2.99, and Amazon Linux 2023 has 2.34",
            "-unknown-linux-musl",
        ),
    ] {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), relay).expect("a file");
        // What is given last counts.
        let run = ddalert(
            &bed,
            &format!(
                "deploy-slack --topic alerts --yes --relay {}",
                file.path().display()
            ),
        );
        refused(&bed, run.env("DDALERT_WEBHOOK_URL", SLACK), 2, says, hint);
    }
    let run = ddalert(
        &bed,
        "deploy-slack --topic alerts --yes --relay /nonexistent",
    )
    .env("DDALERT_WEBHOOK_URL", SLACK);
    refused(
        &bed,
        run,
        2,
        "reading the relay /nonexistent",
        "--relay PATH",
    );
    assert!(bed.proxy.calls().is_empty(), "{:?}", bed.proxy.calls());
}

/// Returns a copy of the relay in which the newest version of GLIBC that it needs is another.
fn with_glibc(version: &str) -> Vec<u8> {
    let mut binary = std::fs::read(env!("CARGO_BIN_EXE_ddalert-relay")).expect("the relay");
    let newest = (2..=44)
        .rev()
        .map(|minor| format!("GLIBC_2.{minor}\0"))
        .find_map(|name| {
            binary
                .windows(name.len())
                .position(|bytes| bytes == name.as_bytes())
                .filter(|_| name.len() == version.len() + 1)
        });
    let at = newest.expect("a version of GLIBC with two digits");
    binary[at..at + version.len()].copy_from_slice(version.as_bytes());
    binary
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_and_not_ours_or_not_said_is_refused() {
    let bed = Bed::new();
    topic(&bed, "alerts").await;
    let iam = Iam::new(&bed.config());
    let role = iam
        .create_role()
        .role_name("mine-eu-central-1")
        .assume_role_policy_document(TRUST);
    role.send().await.expect("a role");
    let long = format!("--topic alerts --name {}", "x".repeat(65));
    for (args, code, says, hint) in [
        (
            "--topic alerts --name mine",
            1,
            "role mine-eu-central-1 exists and was not created by ddalert",
            "choose another name",
        ),
        (
            &long,
            2,
            "is not a valid name for a function",
            "choose another --name",
        ),
        (
            "--topic alerts --name a.b",
            2,
            "is not a valid name for a function",
            "choose another --name",
        ),
        (
            "--topic alerts --secret-store kms",
            2,
            "--secret-store kms needs a key",
            "--kms-key alias/NAME",
        ),
    ] {
        refused(&bed, deploy(&bed, "slack", args), code, says, hint);
    }
    // Nobody is there to be asked.
    let relay = crate::events::small_relay().display();
    let run = ddalert(
        &bed,
        &format!("deploy-slack --topic alerts --yes --relay {relay}"),
    );
    refused(
        &bed,
        run,
        2,
        "no webhook URL is given for Slack",
        "--webhook-url-file FILE",
    );
    let run = ddalert(
        &bed,
        &format!("deploy-pagerduty --topic alerts --yes --relay {relay}"),
    );
    refused(
        &bed,
        run,
        2,
        "no integration key is given for PagerDuty",
        "--webhook-url-file FILE",
    );
    let run = ddalert(
        &bed,
        &format!("deploy-slack --topic alerts --relay {relay}"),
    )
    .env("DDALERT_WEBHOOK_URL", SLACK);
    refused(
        &bed,
        run,
        2,
        "there is no terminal to confirm it on",
        "--dry-run",
    );
    // A room that says no stops the run before anything is made.
    bed.sink.answer(
        "/room",
        vec![testbed::sink::Reply::new(403, "invalid_token")],
    );
    refused(
        &bed,
        deploy(&bed, "slack", "--topic alerts"),
        1,
        "did not accept the greeting; nothing was changed",
        "--no-greeting",
    );
}
