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
            (Some(5), Some(0)),
            "{action}: {topic}"
        );
        assert!(topic["healthy"].is_null(), "{action}: {topic}");
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
        Some(5),
        "what was not looked at is not fine"
    );
    let output = ddalert(&bed, &format!("doctor --topic {TOPIC}")).output();
    assert_eq!(output.status.code(), Some(5), "{output}");
    let said = output.stdout;
    assert!(said.contains("✓ URL  ? failures  ✓ log"), "{said}");
    assert!(
        said.contains("└─▶ ? ")
            && said.contains("Not checked:")
            && said.contains("needs sqs:GetQueueAttributes")
            && said.contains(" checks could not be made; what was checked is in order.\n"),
        "{said}"
    );
}

/// Makes a chain that is whole, with a buffer before the relay.
fn buffered_chain() -> Bed {
    let bed = whole_chain();
    let deploy = format!("ddalert deploy-slack --topic {TOPIC} --trigger sqs");
    let _ = printed(&bed, &deploy).output().success();
    bed
}

#[test]
fn a_buffer_that_may_not_be_looked_at_is_never_fine() {
    let bed = buffered_chain();
    let said = ddalert(&bed, &format!("doctor --topic {TOPIC}"))
        .output()
        .answer();
    assert!(
        said.contains("✓ subscription  ✓ buffer  ✓ function"),
        "{said}"
    );
    for action in [
        "sqs:GetQueueUrl",
        "sqs:GetQueueAttributes",
        "sqs:ListQueueTags",
        "lambda:ListEventSourceMappings",
        "lambda:GetFunction",
    ] {
        bed.proxy.heal();
        bed.proxy.on(action).fail(Fault::AccessDenied);
        let (report, exit) = doctor(&bed, "");
        let topic = &report["results"][0];
        assert_eq!(
            (exit, topic["findings"].as_array().map(Vec::len)),
            (Some(5), Some(0)),
            "{action}: {topic}"
        );
        assert!(topic["healthy"].is_null(), "{action}: {topic}");
        let needs = format!("needs {action}");
        let unchecked = topic["not_checked"].as_array().expect("a list");
        assert!(
            unchecked.iter().any(|one| one["why"] == needs.as_str()),
            "{action}: {unchecked:?}"
        );
        assert_ne!(topic["coverage"]["not_made"], 0, "{action}: {topic}");
        let said = ddalert(&bed, &format!("doctor --topic {TOPIC}"))
            .output()
            .stdout;
        assert!(
            said.contains("└─▶ ? ") && said.contains("? buffer"),
            "{action}: {said}"
        );
    }
}

/// How long alerts wait, and why, is read only while there are some: without it, nobody knows whether that is a storm or a room that
/// takes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn alerts_that_wait_are_not_fine_where_nobody_sees_why() {
    let bed = buffered_chain();
    let sqs = aws_sdk_sqs::Client::new(&bed.config());
    let lambda = aws_sdk_lambda::Client::new(&bed.config());
    let function = format!("ddalert-slack-{TOPIC}");
    let buffer = sqs
        .get_queue_url()
        .queue_name(format!("{function}-buffer"))
        .send()
        .await
        .expect("a buffer");
    let mappings = lambda
        .list_event_source_mappings()
        .function_name(&function)
        .send()
        .await
        .expect("a list");
    // Nothing takes the alert out of the buffer.
    lambda
        .delete_event_source_mapping()
        .set_uuid(mappings.event_source_mappings()[0].uuid.clone())
        .send()
        .await
        .expect("no mapping");
    sqs.send_message()
        .set_queue_url(buffer.queue_url)
        .message_body("{}")
        .send()
        .await
        .expect("an alert");
    for action in ["cloudwatch:GetMetricData", "logs:FilterLogEvents"] {
        bed.proxy.heal();
        bed.proxy.on(action).fail(Fault::AccessDenied);
        let (report, _) = doctor(&bed, "");
        let topic = &report["results"][0];
        let unchecked = topic["not_checked"].as_array().expect("a list");
        let needs = format!("needs {action}");
        assert!(
            unchecked
                .iter()
                .any(|one| one["why"] == needs.as_str() && one["part"] == "buffer"),
            "{action}: {topic}"
        );
        assert_ne!(topic["coverage"]["not_made"], 0, "{action}: {topic}");
    }
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
    assert!(
        output
            .stdout
            .contains("fix: aws sns create-topic --name BadIoTDevices --region eu-central-1"),
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

#[tokio::test(flavor = "multi_thread")]
async fn a_test_alert_does_not_hide_that_device_defender_cannot_publish() {
    let bed = Bed::new();
    device_defender(&bed);
    let connect = format!("ddalert connect --topic {TOPIC} --all-profiles --audit");
    let _ = printed(&bed, &connect).output().success();
    let deploy =
        format!("deploy-webhook --topic {TOPIC} --yes --allow-host 127.0.0.1 --secret-store env");
    let deploy = ddalert(&bed, &deploy).env("DDALERT_WEBHOOK_URL", bed.sink.url("/room"));
    let _ = deploy.output().success();
    let test = |bed: &Bed| {
        let command = format!("test-publish --topic {TOPIC} --timeout 30 --output json");
        let output = ddalert(bed, &command).output();
        let report: serde_json::Value =
            serde_json::from_str(&output.stdout).expect("one JSON document");
        (report["results"][0].clone(), output.status.code())
    };
    let (report, exit) = test(&bed);
    assert_eq!(
        (exit, &report["device_defender"]["verdict"]),
        (Some(0), &"can-publish".into()),
        "{report}"
    );

    bed.proxy.on("iam:GetRole").fail(Fault::AccessDenied);
    let (report, exit) = test(&bed);
    bed.proxy.heal();
    assert_eq!(
        (exit, &report["device_defender"]["verdict"]),
        (Some(0), &"not-checked".into()),
        "{report}"
    );

    let set = aws_sdk_sns::Client::new(&bed.config())
        .set_topic_attributes()
        .topic_arn(bed.account.arn("sns", TOPIC))
        .attribute_name("KmsMasterKeyId")
        .attribute_value("alias/aws/sns");
    set.send().await.expect("a key that AWS manages");
    let (report, exit) = test(&bed);
    assert_eq!(
        (
            exit,
            &report["confirmed"],
            &report["device_defender"]["verdict"]
        ),
        (Some(4), &true.into(), &"cannot-publish".into()),
        "{report}"
    );
    assert_eq!(report["device_defender"]["findings"][0]["code"], "DD013");
    let said = ddalert(&bed, &format!("test-publish --topic {TOPIC}")).output();
    assert!(
        said.stdout
            .contains("Confirmed from the topic on; Device Defender itself cannot publish."),
        "{said}"
    );
    assert!(said.stderr.contains("aws kms create-key"), "{said}");
    let deploy = ddalert(&bed, &format!("deploy-webhook --topic {TOPIC} --yes")).output();
    assert!(
        deploy.status.success()
            && deploy
                .stderr
                .contains("warning: Device Defender cannot publish to BadIoTDevices"),
        "{deploy}"
    );
}
