//! What carriers answer: logged once somebody asks for it, and told by `test-publish`.

use std::time::{Duration, SystemTime};

use aws_sdk_cloudwatchlogs::Client as Logs;
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use aws_sdk_iam::Client as Iam;
use aws_sdk_sqs::Client as Sqs;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};

use super::*;
use testbed::fault::Fault;
use testbed::wire::AwsError;

const ENABLE: &str = "subscribe-sms --enable-delivery-status --yes";
const ROLE: &str = "ddalert-sms-status-eu-central-1";

fn logged(bed: &Bed) -> Vec<(String, String)> {
    sms(bed, |sms| sms.attributes.clone().into_iter().collect())
}

fn role_arn(bed: &Bed, name: &str) -> String {
    bed.account.arn("iam", &format!("role/{name}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_turned_on_once_and_off_without_a_trace() {
    let bed = bed(|_| {}).await;
    let said = ddalert(
        &bed,
        "subscribe-sms --enable-delivery-status --dry-run --exit-code",
    )
    .output();
    assert!(
        said.status.code() == Some(3) && said.stdout.contains(ROLE),
        "{said}"
    );
    assert_eq!(writes(&bed), Vec::<String>::new());

    let answer = ddalert(&bed, &format!("{ENABLE} --output json"))
        .output()
        .success();
    let answer: Value = serde_json::from_str(&answer).expect("a JSON document");
    assert_eq!(
        answer["results"][0]["changes"][0]["change"], "create-role",
        "{answer}"
    );
    let set = [
        ("DeliveryStatusIAMRole".to_owned(), role_arn(&bed, ROLE)),
        ("DeliveryStatusSuccessSamplingRate".into(), "100".into()),
    ];
    assert_eq!(logged(&bed), set);
    let iam = Iam::new(&bed.config());
    let role = iam
        .get_role()
        .role_name(ROLE)
        .send()
        .await
        .expect("the role")
        .role
        .expect("the role");
    assert!(
        role.tags()
            .iter()
            .any(|tag| tag.key() == "managed-by" && tag.value() == "ddalert"),
        "{role:?}"
    );

    bed.proxy.forget_calls();
    let said = ddalert(&bed, ENABLE).output().success();
    assert!(said.contains("Nothing to change"), "{said}");
    assert_eq!(writes(&bed), Vec::<String>::new());

    ddalert(&bed, "subscribe-sms --disable-delivery-status --yes")
        .output()
        .success();
    assert_eq!(logged(&bed), []);
    let gone = iam
        .get_role()
        .role_name(ROLE)
        .send()
        .await
        .expect_err("no role")
        .into_service_error();
    assert!(gone.is_no_such_entity_exception(), "{gone}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_is_continued() {
    let bed = bed(|_| {}).await;
    for fault in ["iam:PutRolePolicy", "sns:SetSMSAttributes"] {
        bed.proxy.on(fault).fail(Fault::AccessDenied);
        ddalert(&bed, ENABLE).output().failure(1);
        assert_eq!(logged(&bed), []);
        bed.proxy.heal();
    }
    ddalert(&bed, ENABLE).output().success();
    assert_eq!(logged(&bed).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_sns_does_not_know_yet_is_waited_for() {
    let bed = bed(|_| {}).await;
    let words = "Invalid parameter: Attributes Reason: the role cannot be assumed by SNS";
    bed.proxy
        .on("sns:SetSMSAttributes")
        .times(2)
        .fail(Fault::Error(AwsError::new(400, "InvalidParameter", words)));
    ddalert(&bed, ENABLE).output().success();
    assert_eq!(logged(&bed).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_set_up_is_kept() {
    let theirs = |bed: &Bed| role_arn(bed, "theirs");
    let bed = bed(|_| {}).await;
    sms(&bed, |sms| {
        sms.attributes
            .insert("DeliveryStatusIAMRole".to_owned(), theirs(&bed))
    });
    ddalert(&bed, ENABLE).output().success();
    assert_eq!(writes(&bed), ["sns:SetSMSAttributes"]);
    assert_eq!(logged(&bed)[0].1, theirs(&bed));

    let said = ddalert(&bed, "subscribe-sms --disable-delivery-status --yes")
        .output()
        .failure(1);
    assert!(said.contains("did not create"), "{said}");

    sms(&bed, |sms| sms.attributes.clear());
    let statement = json!([{ "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" }, "Action": "sts:AssumeRole" }]);
    let trust = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    let create = Iam::new(&bed.config())
        .create_role()
        .role_name(ROLE)
        .assume_role_policy_document(trust);
    create.send().await.expect("a role of somebody else");
    bed.proxy.forget_calls();
    let said = ddalert(&bed, ENABLE).output().failure(1);
    assert!(said.contains(ROLE), "{said}");
    assert_eq!(writes(&bed), Vec::<String>::new());
}

/// Writes what a carrier answers into SNS's log.
async fn carrier_answers(
    bed: &Bed,
    group: &str,
    message_id: &str,
    destination: &str,
    (status, words): (&str, &str),
) {
    let logs = Logs::new(&bed.config());
    let group = format!("sns/{}/{}/{group}", bed.account.region, bed.account.id);
    let line = json!({
        "notification": { "messageId": message_id, "timestamp": "2026-11-23 00:40:34.558" },
        "delivery": { "destination": destination, "providerResponse": words },
        "status": status,
    });
    // The group is there from the first answer on.
    let _ = logs.create_log_group().log_group_name(&group).send().await;
    logs.create_log_stream()
        .log_group_name(&group)
        .log_stream_name(message_id)
        .send()
        .await
        .expect("a log stream");
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("a time after 1970")
        .as_millis() as i64;
    let event = InputLogEvent::builder()
        .message(line.to_string())
        .timestamp(now)
        .build()
        .expect("an event");
    let put = logs
        .put_log_events()
        .log_group_name(&group)
        .log_stream_name(message_id)
        .log_events(event);
    put.send().await.expect("a line in the log");
}

/// Runs `test-publish` and has its message, whose id a queue on the topic tells, answered by `answer`.
async fn traced(bed: &Bed, answer: impl AsyncFnOnce(&str)) -> (i32, String) {
    let (sns, sqs) = (Sns::new(&bed.config()), Sqs::new(&bed.config()));
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" }, "Action": "sqs:SendMessage",
        "Resource": bed.account.arn("sqs", "witness"),
    }] });
    let create = sqs
        .create_queue()
        .queue_name("witness")
        .attributes(QueueAttributeName::Policy, policy.to_string());
    let queue = create
        .send()
        .await
        .expect("a queue")
        .queue_url
        .expect("its URL");
    let subscribe = sns
        .subscribe()
        .topic_arn(bed.account.arn("sns", "T"))
        .protocol("sqs");
    let subscription = subscribe
        .endpoint(bed.account.arn("sqs", "witness"))
        .return_subscription_arn(true);
    subscription.send().await.expect("a subscription");
    let (run, _home) = ddalert(bed, "test-publish --timeout 30").start();
    let received = sqs
        .receive_message()
        .queue_url(&queue)
        .wait_time_seconds(20)
        .send()
        .await
        .expect("an answer");
    let body = received
        .messages()
        .first()
        .and_then(|message| message.body())
        .expect("the message");
    let body: Value = serde_json::from_str(body).expect("SNS's envelope");
    answer(body["MessageId"].as_str().expect("an id")).await;
    let output = tokio::task::spawn_blocking(|| run.wait_with_output())
        .await
        .expect("a thread")
        .expect("the end of the run");
    sqs.delete_queue()
        .queue_url(&queue)
        .send()
        .await
        .expect("no queue any more");
    (
        output.status.code().expect("an exit code"),
        String::from_utf8(output.stdout).expect("UTF-8"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_carrier_of_a_subscribed_phone_has_the_last_word() {
    let bed = bed(|_| {}).await;
    let said = ddalert(&bed, &format!("subscribe-sms {PHONE} --yes"))
        .output()
        .success();
    assert!(said.contains("Parts billed"), "{said}");
    let said = ddalert(&bed, "test-publish --timeout 5").output().success();
    assert!(said.contains("--enable-delivery-status"), "{said}");

    ddalert(&bed, ENABLE).output().success();
    let taken = ("SUCCESS", "Message has been accepted by phone carrier");
    let (code, said) = traced(&bed, async |id| {
        carrier_answers(&bed, "T", id, "+49XXX12345678", taken).await
    })
    .await;
    assert!(
        code == 0 && said.contains(taken.1) && said.contains("Confirmed.") && !said.contains(PHONE),
        "{said}"
    );

    let refused = ("FAILURE", "Phone number is opted out");
    let (code, said) = traced(&bed, async |id| {
        carrier_answers(&bed, "T/Failure", id, PHONE, refused).await
    })
    .await;
    assert!(
        code == 4 && said.contains(refused.1) && said.contains("--opt-in"),
        "{said}"
    );
    assert!(said.contains(MASKED) && !said.contains(PHONE), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_carrier_of_a_relays_text_has_the_last_word() {
    let bed = bed(|_| {}).await;
    let readable = format!(
        "{ENABLE} {PHONE} --readable --relay {}",
        env!("CARGO_BIN_EXE_ddalert-relay")
    );
    ddalert(&bed, &readable).output().success();
    let refused = ("FAILURE", "Phone is currently unreachable/unavailable");
    let (code, said) = traced(&bed, async |message_id| {
        let id = text_for(&bed, message_id).await;
        carrier_answers(
            &bed,
            "DirectPublishToPhoneNumber/Failure",
            &id,
            PHONE,
            refused,
        )
        .await;
    })
    .await;
    assert!(
        code == 4 && said.contains("which was not delivered: Phone is currently unreachable"),
        "{said}"
    );
    assert!(said.contains(MASKED) && !said.contains(PHONE), "{said}");
}

/// Waits until the relay's log tells which text it sent for a message.
async fn text_for(bed: &Bed, message_id: &str) -> String {
    let logs = Logs::new(&bed.config());
    let filter = || {
        logs.filter_log_events()
            .log_group_name("/aws/lambda/ddalert-sms-T")
            .filter_pattern(format!("\"{message_id}\""))
    };
    for _ in 0..100 {
        let events = filter()
            .send()
            .await
            .expect("the relay's log")
            .events
            .unwrap_or_default();
        let lines = events
            .iter()
            .filter_map(|event| event.message())
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        if let Some(line) = lines.into_iter().find(|line| line["event"] == "delivered") {
            return line["texts"][0]["message_id"]
                .as_str()
                .expect("a text")
                .to_owned();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the relay sent no text")
}
