//! `replay`: what failed arrives, once, and nothing is lost wherever it is interrupted.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use aws_sdk_lambda::Client as Lambda;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use aws_sdk_sqs::Client as Sqs;
use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use serde_json::{Value, json};

use crate::operate::chain::{Chain, FUNCTION};
use testbed::fault::Fault;
use testbed::sink::Reply;

impl Chain {
    pub(super) fn event(&self, id: &str, second: u32) -> Value {
        let message =
            json!({ "thingName": id, "violationEventType": "in-alarm", "violationId": id })
                .to_string();
        json!({ "Records": [{ "EventSource": "aws:sns", "Sns": {
            "Type": "Notification", "MessageId": id, "TopicArn": self.bed.account.arn("sns", "BadIoTDevices"),
            "Timestamp": format!("2026-11-23T10:00:{second:02}.000Z"), "Message": message
        } }] })
    }

    fn record(&self, id: &str, second: u32) -> String {
        json!({
            "version": "1.0", "timestamp": "2026-11-23T10:05:00.000Z",
            "requestContext": { "condition": "RetriesExhausted", "approximateInvokeCount": 3 },
            "requestPayload": self.event(id, second),
            "responsePayload": { "errorMessage": "not delivered to webhook" }
        })
        .to_string()
    }

    async fn queue(&self) -> (Sqs, String) {
        let sqs = Sqs::new(&self.bed.config());
        let url = sqs
            .get_queue_url()
            .queue_name(format!("{FUNCTION}-failed"))
            .send()
            .await
            .expect("the failure queue");
        (sqs, url.queue_url.expect("its URL"))
    }

    async fn put(&self, bodies: &[String]) {
        let (sqs, url) = self.queue().await;
        for body in bodies {
            sqs.send_message()
                .queue_url(&url)
                .message_body(body)
                .send()
                .await
                .expect("a message");
        }
    }

    /// Returns how many messages can be seen in the failure queue, and how many are hidden.
    async fn depth(&self) -> (u32, u32) {
        let (sqs, url) = self.queue().await;
        let get = sqs
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(Attribute::All)
            .send()
            .await
            .expect("attributes");
        let attributes = get.attributes.expect("attributes");
        let count = |name| {
            attributes
                .get(&name)
                .and_then(|text| text.parse().ok())
                .expect("a count")
        };
        (
            count(Attribute::ApproximateNumberOfMessages),
            count(Attribute::ApproximateNumberOfMessagesNotVisible),
        )
    }

    /// Returns the ids of what the room got, in order.
    fn arrived(&self) -> Vec<String> {
        let id = |body: Value| body["message_id"].as_str().expect("an id").to_owned();
        self.bed
            .sink
            .received()
            .iter()
            .map(|received| id(received.json()))
            .collect()
    }
}

#[tokio::test]
async fn what_failed_is_listed_then_delivered_oldest_first_and_once() {
    let chain = Chain::deployed().await;
    chain.bed.sink.answer("/room", vec![Reply::new(403, "no")]);
    let lambda = Lambda::new(&chain.bed.config());
    for (id, second) in [("m-2", 2), ("m-1", 1), ("m-2", 2)] {
        let event = Blob::new(chain.event(id, second).to_string());
        let invoke = lambda
            .invoke()
            .function_name(FUNCTION)
            .invocation_type(InvocationType::Event)
            .payload(event);
        invoke.send().await.expect("an invocation");
    }
    for _ in 0..200 {
        if chain.depth().await == (3, 0) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    chain.bed.sink.clear();

    let listed = chain
        .ddalert(&["replay", "--dry-run", "--output", "json"])
        .output()
        .success();
    let listed: Value = serde_json::from_str(&listed).expect("one JSON document");
    let messages = listed["results"][0]["messages"]
        .as_array()
        .expect("messages");
    let seen: Vec<_> = messages
        .iter()
        .map(|letter| {
            (
                &letter["message_ids"][0],
                letter["queued"].as_array().map(Vec::len),
            )
        })
        .collect();
    assert_eq!(seen, [(&json!("m-1"), Some(1)), (&json!("m-2"), Some(2))]);
    assert_eq!(
        (&messages[0]["kind"], &messages[0]["outcome"]),
        (&json!("detect.in-alarm"), &json!("waiting"))
    );
    assert!(
        messages[0]["why"].as_str().expect("why").contains("403"),
        "{}",
        messages[0]
    );
    assert_eq!(
        (chain.depth().await, chain.arrived().len()),
        ((3, 0), 0),
        "a dry run changes nothing"
    );

    let failed = chain.ddalert(&["replay"]).output();
    assert!(failed.stdout.contains("2 failed again."), "{failed}");
    assert!(
        failed.stdout.lines().all(|line| line.chars().count() <= 80),
        "{failed}"
    );
    failed.failure(1);
    assert_eq!(
        chain.depth().await,
        (3, 0),
        "what failed again stays, for all to see"
    );

    chain.bed.sink.answer("/room", vec![Reply::default()]);
    chain.bed.sink.clear();
    assert!(
        chain
            .ddalert(&["replay", "--target", "webhook"])
            .output()
            .success()
            .contains("2 delivered.\n")
    );
    assert_eq!(chain.arrived(), ["m-1", "m-2"]);
    assert_eq!(chain.depth().await, (0, 0));
    assert!(
        chain
            .ddalert(&["replay"])
            .output()
            .success()
            .starts_with("Nothing to replay")
    );
}

#[tokio::test]
async fn what_a_relay_of_another_name_failed_on_is_found() {
    let chain = Chain::new().await;
    chain
        .deploy("/room", &["--secret-store", "env", "--name", "pager"])
        .output()
        .success();
    let sqs = Sqs::new(&chain.bed.config());
    let url = sqs
        .get_queue_url()
        .queue_name("pager-failed")
        .send()
        .await
        .expect("the queue")
        .queue_url
        .expect("its URL");
    sqs.send_message()
        .queue_url(&url)
        .message_body(chain.record("m-1", 1))
        .send()
        .await
        .expect("a message");
    let listed = chain.ddalert(&["replay", "--dry-run"]).output().success();
    assert!(
        listed.starts_with("webhook: 1 in the queue pager-failed\n"),
        "{listed}"
    );
    assert!(
        chain
            .ddalert(&["replay", "--target", "webhook"])
            .output()
            .success()
            .contains("1 delivered.\n")
    );
    assert_eq!(chain.arrived(), ["m-1"]);

    // Somebody else's function on the topic, with a queue that happens to be called as ours would be.
    let theirs = chain.bed.account.arn("lambda", "function:orders");
    let sns = aws_sdk_sns::Client::new(&chain.bed.config());
    let topic = chain.bed.account.arn("sns", "BadIoTDevices");
    sns.subscribe()
        .topic_arn(&topic)
        .protocol("lambda")
        .endpoint(&theirs)
        .send()
        .await
        .expect("a subscription");
    sqs.create_queue()
        .queue_name("orders-failed")
        .send()
        .await
        .expect("their queue");
    assert!(
        chain
            .ddalert(&["replay"])
            .output()
            .success()
            .starts_with("Nothing to replay")
    );

    // With the relay gone nothing can deliver what its queue holds, and nobody knows any more to what room.
    sqs.send_message()
        .queue_url(&url)
        .message_body(chain.record("m-2", 2))
        .send()
        .await
        .expect("a message");
    Lambda::new(&chain.bed.config())
        .delete_function()
        .function_name("pager")
        .send()
        .await
        .expect("no function");
    let kept = chain.ddalert(&["replay"]).output();
    assert!(
        kept.stdout.contains("pager: 1 in the queue") && kept.stdout.contains("--name pager"),
        "{kept}"
    );
    kept.failure(1);
}

#[tokio::test]
async fn strange_messages_are_kept_dead_letters_delivered_and_a_closed_room_left_alone() {
    let chain = Chain::deployed().await;
    let dead = chain.event("m-1", 1)["Records"][0]["Sns"].to_string();
    chain.put(&["hello".to_owned(), dead]).await;
    let output = chain.ddalert(&["replay"]).output();
    assert!(output.stdout.contains("1 delivered, 1 kept.\n"), "{output}");
    output.failure(1);
    assert_eq!(
        (chain.depth().await, chain.arrived()),
        ((1, 0), vec!["m-1".to_owned()])
    );

    chain.bed.sink.answer("/room", vec![Reply::new(403, "no")]);
    chain.bed.sink.clear();
    chain
        .put(
            &(1..=5)
                .map(|n| chain.record(&format!("n-{n}"), n))
                .collect::<Vec<_>>(),
        )
        .await;
    let stderr = chain.ddalert(&["replay"]).output().failure(1);
    assert!(
        stderr.contains("3 failures in a row") && stderr.contains("403"),
        "{stderr}"
    );
    assert_eq!((chain.depth().await, chain.arrived().len()), ((6, 0), 3));

    let asked = chain.ddalert(&["replay", "--discard"]).output().failure(2);
    assert!(asked.contains("--yes"), "{asked}");
    assert_eq!(chain.depth().await, (6, 0));
    assert!(
        chain
            .ddalert(&["replay", "--discard", "--yes"])
            .output()
            .success()
            .contains("6 discarded.\n")
    );
    assert_eq!(chain.depth().await, (0, 0));
    let missing = chain
        .ddalert(&["replay", "--target", "slack"])
        .output()
        .failure(1);
    assert!(missing.contains("deploy-slack"), "{missing}");
}

/// Where a replay is killed: the call, which of its kind, and whether that call still takes effect.
const MOMENTS: &[(&str, usize, bool)] = &[
    ("sqs:ReceiveMessage", 2, true),
    ("lambda:InvokeFunction", 1, false),
    ("lambda:InvokeFunction", 2, true),
    ("sqs:DeleteMessageBatch", 1, false),
    ("sqs:DeleteMessageBatch", 2, true),
];

#[test]
fn killed_at_any_moment_nothing_is_lost_and_at_most_one_is_doubled() {
    thread::scope(|scope| {
        for moment in MOMENTS {
            scope.spawn(|| {
                tokio::runtime::Runtime::new()
                    .expect("a runtime")
                    .block_on(killed_at(*moment))
            });
        }
    });
}

async fn killed_at((pattern, n, takes_effect): (&'static str, usize, bool)) {
    let chain = Chain::deployed().await;
    let records = [("m-1", 1), ("m-2", 2), ("m-2", 2), ("m-3", 3)]
        .map(|(id, second)| chain.record(id, second));
    chain.put(&records).await;
    let proxy = &chain.bed.proxy;
    chain.killed(chain.ddalert(&["replay"]), |kill| {
        proxy.on(pattern).nth(n).run(kill);
        if !takes_effect {
            proxy.on(pattern).nth(n).fail(Fault::HangUpBefore);
        }
    });
    // What the killed run held comes back half a minute later; the next run waits for it.
    chain.ddalert(&["replay"]).output().success();
    let mut counts = BTreeMap::new();
    for id in chain.arrived() {
        *counts.entry(id).or_insert(0) += 1;
    }
    let moment = format!("killed at {pattern} {n}: {counts:?}");
    assert_eq!(
        counts.keys().collect::<Vec<_>>(),
        ["m-1", "m-2", "m-3"],
        "{moment}"
    );
    assert!(counts.values().sum::<u32>() <= 4, "{moment}");
    assert_eq!(chain.depth().await, (0, 0), "{moment}");
}
