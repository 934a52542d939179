//! What `doctor` prints, and what it says where it may not look.

use crate::doctor::{TOPIC, ddalert, device_defender, doctor, printed, whole_chain};
use testbed::bed::Bed;
use testbed::fault::Fault;

#[test]
fn a_whole_chain_is_a_picture_and_one_sentence_and_nothing_is_written() {
    let bed = whole_chain();
    bed.proxy.forget_calls();
    let said = ddalert(&bed, &format!("doctor --topic {TOPIC}"))
        .output()
        .answer();
    insta::assert_snapshot!(said, @r"
    ✓ Device Defender
    │   security profile fleet
    │   audit
    │   ✓ targets  ✓ role
    ▼
    ✓ topic BadIoTDevices (eu-central-1)
    └─▶ ✓ ddalert-slack-BadIoTDevices ─▶ slack
        ✓ subscription  ✓ permission  ✓ function  ✓ role  ✓ URL  ✓ failures  ✓ log

    Everything that was checked is in order.
    ");
    assert_eq!(bed.proxy.writes().len(), 0, "doctor only looks");
}

#[test]
fn what_may_not_be_looked_at_is_not_checked_and_never_fine() {
    let bed = whole_chain();
    for action in [
        "iam:SimulatePrincipalPolicy",
        "lambda:GetPolicy",
        "secretsmanager:DescribeSecret",
        "sqs:GetQueueAttributes",
    ] {
        bed.proxy.heal();
        bed.proxy.on(action).fail(Fault::AccessDenied);
        let (report, exit) = doctor(&bed, "");
        let topic = &report["results"][0];
        assert_eq!(
            (exit, topic["findings"].as_array().map(Vec::len)),
            (Some(0), Some(0)),
            "{action}: {topic}"
        );
        let why: Vec<&str> = topic["not_checked"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one["why"].as_str())
            .collect();
        assert!(
            why.contains(&format!("needs {action}").as_str()),
            "{action}: {why:?}"
        );
    }
    assert_eq!(
        doctor(&bed, "--strict").1,
        Some(1),
        "what was not looked at is not fine"
    );
    let said = ddalert(&bed, &format!("doctor --topic {TOPIC}"))
        .output()
        .success();
    assert!(said.contains("✓ URL  ? failures  ✓ log"), "{said}");
    assert!(
        said.contains("└─▶ ? ")
            && said.contains("Not checked:")
            && said.contains("needs sqs:GetQueueAttributes"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_was_deleted_is_a_finding() {
    let bed = whole_chain();
    let sns = aws_sdk_sns::Client::new(&bed.config());
    let arn = bed.account.arn("sns", TOPIC);
    sns.delete_topic()
        .topic_arn(&arn)
        .send()
        .await
        .expect("no topic");
    let output = ddalert(&bed, &format!("doctor --topic {TOPIC}")).output();
    assert_eq!(output.status.code(), Some(1), "{output}");
    assert!(
        output.stdout.contains("DD010 error: the topic ")
            && output.stdout.contains(":BadIoTDevices does not exist")
            && output.stdout.contains("✗ topic"),
        "{output}"
    );
}

#[test]
fn a_topic_that_is_not_there_among_several_is_an_error_beside_the_report() {
    let bed = whole_chain();
    let (report, exit) = doctor(&bed, "--topic Other");
    let topics = report["results"].as_array().expect("topics");
    assert_eq!((exit, topics.len()), (Some(1), 1));
    assert_eq!(topics[0]["healthy"], true);
    let message = report["error"]["message"].as_str().expect("an error");
    assert!(message.contains("there is no topic Other"), "{message}");
}

#[test]
fn a_test_alert_shows_the_hops() {
    let bed = Bed::new();
    device_defender(&bed);
    let _ = printed(
        &bed,
        &format!("ddalert connect --topic {TOPIC} --all-profiles --audit"),
    )
    .output()
    .success();
    let deploy = ddalert(
        &bed,
        &format!("deploy-webhook --topic {TOPIC} --yes --allow-host 127.0.0.1 --secret-store env"),
    );
    let _ = deploy
        .env("DDALERT_WEBHOOK_URL", bed.sink.url("/room"))
        .output()
        .success();
    let (report, exit) = doctor(&bed, "--live");
    let live = &report["results"][0]["live"];
    assert_eq!(
        (exit, &live["confirmed"]),
        (Some(0), &true.into()),
        "{report}"
    );
    assert_eq!(live["deliveries"][0]["outcome"], "delivered", "{live}");
    assert!(
        live["deliveries"][0]["elapsed_ms"].is_u64() && live["deliveries"][0]["queued_ms"].is_u64(),
        "{live}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_to_a_function_that_is_gone_is_not_confirmed() {
    let bed = whole_chain();
    let lambda = aws_sdk_lambda::Client::new(&bed.config());
    lambda
        .delete_function()
        .function_name(format!("ddalert-slack-{TOPIC}"))
        .send()
        .await
        .expect("no function");
    let output = ddalert(&bed, &format!("test-publish --topic {TOPIC} --timeout 1")).output();
    assert!(
        output.stdout.contains("the function does not exist"),
        "{output}"
    );
    assert_eq!(output.status.code(), Some(4), "{output}");
    let live = ddalert(&bed, &format!("doctor --live --topic {TOPIC}")).output();
    assert!(
        live.stdout
            .contains("\n1 error, the test alert was not confirmed.\n"),
        "{live}"
    );
}
