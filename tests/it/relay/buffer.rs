//! Batches from the buffer: what the room takes is delivered once and at its pace, and the answer names what is to stay.

use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use super::lambda::{Sandbox, TOKEN, record};
use super::server::{Reply, Server, ok, status};

/// Starts a relay to a webhook, which may post every 100 ms: two relays at a time, each every 200 ms.
async fn sandbox(room: &Server) -> Sandbox {
    let url = room.url(&format!("/{TOKEN}"));
    Sandbox::start(&[("DDALERT_TARGET", "webhook"), ("DDALERT_WEBHOOK_URL", &url)]).await
}

const INTERVAL: Duration = Duration::from_millis(200);

/// Returns a message of a queue whose body is this.
fn queued(id: &str, body: &str) -> Value {
    let sent = SystemTime::now() - Duration::from_secs(3);
    let sent = sent
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("after 1970");
    json!({
        "messageId": id, "receiptHandle": "r", "body": body, "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:ddalert-test-buffer", "awsRegion": "eu-west-1",
        "attributes": { "SentTimestamp": sent.as_millis().to_string(), "ApproximateReceiveCount": "1" },
        "messageAttributes": {}, "md5OfBody": "",
    })
}

/// Returns a message of a queue that holds SNS's envelope, published at this second.
pub(super) fn alert(id: &str, message: &str, second: u32) -> Value {
    let mut envelope = record(&format!("m-{id}"), message)["Sns"].clone();
    envelope["Timestamp"] = json!(format!("2026-11-06T08:49:{second:02}.123Z"));
    queued(id, &envelope.to_string())
}

pub(super) fn batch(records: impl IntoIterator<Item = Value>) -> Value {
    json!({ "Records": records.into_iter().collect::<Vec<_>>() })
}

/// Starts a room that answers each post by its body.
pub(super) async fn room(answer: impl Fn(usize, &str) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(None, move |index, post| {
        let reply = answer(index, &String::from_utf8_lossy(&post.body));
        async move { reply }
    })
    .await
}

#[tokio::test]
async fn what_fails_is_kept_and_what_arrived_is_not_delivered_again() {
    let room = room(|_, body| match body.contains("bad") {
        true => status(400, "no"),
        false => ok(),
    })
    .await;
    let mut sandbox = sandbox(&room).await;
    let records = [
        alert("q-1", "smoke", 1),
        alert("q-2", "bad", 2),
        queued("q-3", "not an envelope"),
        queued("q-4", "{\"odd\": true}"),
        alert("q-1", "smoke", 1),
        json!({ "messageId": "q-5", "eventSource": "aws:sqs" }),
    ];
    assert_eq!(sandbox.invoke(batch(records.clone())).await.kept(), ["q-2"]);
    assert_eq!(
        room.seen().len(),
        5,
        "the same message twice in a batch is one alert"
    );
    assert_eq!(sandbox.invoke(batch(records)).await.kept(), ["q-2"]);
    let output = sandbox.stop().await;
    assert_eq!(output.lines("delivered").len(), 5);
    let delivered = output.lines("delivered");
    let line = delivered
        .iter()
        .find(|line| line["sns_message_id"] == "m-q-1")
        .expect("a line");
    let number = |name: &str| line[name].as_u64().unwrap_or_default();
    assert!(
        number("buffered_ms") >= 3000 && number("queued_ms") >= number("buffered_ms"),
        "{line}"
    );
    // Only what SNS named can be known again.
    let again: Vec<_> = room
        .seen()
        .iter()
        .skip(5)
        .map(|post| post.json()["message"].clone())
        .collect();
    assert!(!again.contains(&json!("smoke")), "{again:?}");
}

#[tokio::test]
async fn a_failed_message_that_cannot_be_named_keeps_the_whole_batch() {
    let room = room(|_, _| status(400, "no")).await;
    let mut sandbox = sandbox(&room).await;
    let (kind, message) = sandbox
        .invoke(batch([queued("", "smoke"), queued("q-1", "fire")]))
        .await
        .failed();
    assert_eq!(kind, "Undelivered");
    assert!(message.contains("q-1"), "{message}");
    sandbox.stop().await;
}

#[tokio::test]
async fn a_room_that_is_down_costs_a_few_posts_and_nothing_is_lost() {
    for reply in [status(503, ""), status(401, ""), Reply::Drop] {
        let shown = format!("{reply:?}");
        let room = room(move |_, _| reply.clone()).await;
        let mut sandbox = sandbox(&room).await;
        let records = (0..50).map(|n| alert(&format!("q-{n}"), &format!("word-{n}."), n));
        let start = Instant::now();
        let kept = sandbox.invoke(batch(records)).await.kept();
        assert_eq!(kept.len(), 50, "{shown}");
        assert!(
            start.elapsed() < Duration::from_secs(8),
            "{shown}: {:?}",
            start.elapsed()
        );
        // A post over a connection that had died is repeated at once.
        assert!(room.seen().len() <= 8, "{shown}: {}", room.seen().len());
        let output = sandbox.stop().await;
        assert_eq!(output.lines("failed").len(), 50, "{shown}");
    }
}

#[tokio::test]
async fn a_room_that_takes_no_time_to_answer_is_left_in_time() {
    let room = room(|_, _| Reply::Hang).await;
    let mut sandbox = sandbox(&room).await;
    let records = (0..50).map(|n| alert(&format!("q-{n}"), "smoke", n));
    let start = Instant::now();
    let report = sandbox
        .invoke_within(batch(records), Duration::from_secs(12))
        .await;
    assert_eq!(report.kept().len(), 50);
    assert!(
        start.elapsed() < Duration::from_secs(8),
        "{:?}",
        start.elapsed()
    );
    sandbox.stop().await;
}

#[tokio::test]
async fn alerts_that_the_room_refuses_do_not_keep_the_others_from_it() {
    let room = room(|_, body| match body.contains("poison") {
        true => status(500, ""),
        false => ok(),
    })
    .await;
    let mut sandbox = sandbox(&room).await;
    // The oldest, so that they come first in every batch.
    let poison = (0..6).map(|n| alert(&format!("p-{n}"), "poison", n));
    let others = (10..20).map(|n| alert(&format!("q-{n}"), "smoke", n));
    let mut kept = sandbox.invoke(batch(poison.chain(others))).await.kept();
    kept.sort();
    assert_eq!(kept, ["p-0", "p-1", "p-2", "p-3", "p-4", "p-5"]);
    sandbox.stop().await;
}

#[tokio::test]
async fn alerts_go_oldest_first_and_never_faster_than_the_room_takes_them() {
    let room = room(|_, _| ok()).await;
    let mut sandbox = sandbox(&room).await;
    for first in [10, 0] {
        let records = (first..first + 4)
            .rev()
            .map(|n| alert(&format!("q-{n}"), &format!("word-{n}."), n));
        assert!(sandbox.invoke(batch(records)).await.kept().is_empty());
    }
    let seen = room.seen();
    let words: Vec<Value> = seen
        .iter()
        .map(|post| post.json()["message"].clone())
        .collect();
    let expected: Vec<Value> = (10..14)
        .chain(0..4)
        .map(|n| json!(format!("word-{n}.")))
        .collect();
    assert_eq!(words, expected);
    for two in seen.windows(2) {
        let between = two[1].at - two[0].at;
        // The room sees the posts a little later than they are sent, one more than the other.
        assert!(between > INTERVAL * 3 / 4, "{between:?}");
    }
    assert!(seen[7].at - seen[0].at > INTERVAL * 6);
    sandbox.stop().await;
}

#[tokio::test]
async fn a_wait_that_the_room_asks_for_holds_all_alerts() {
    let wait = |seconds: &str| {
        Reply::Answer(
            429,
            vec![("retry-after", seconds.to_owned())],
            String::new(),
        )
    };
    let short = wait("1");
    let room = room(move |index, _| match index {
        0 => short.clone(),
        1 | 2 => ok(),
        _ => wait("600"),
    })
    .await;
    let mut sandbox = sandbox(&room).await;
    let two = || (0..2).map(|n| alert(&format!("q-{n}"), "smoke", n));
    assert!(sandbox.invoke(batch(two())).await.kept().is_empty());
    let seen = room.seen();
    assert_eq!(seen.len(), 3);
    assert!(seen[1].at - seen[0].at >= Duration::from_secs(1));
    // Ten minutes do not fit: one post asks, and no other follows, in this batch or the next.
    let more = |first: u32| (first..first + 5).map(|n| alert(&format!("q-{n}"), "smoke", n));
    for first in [10, 20] {
        let start = Instant::now();
        assert_eq!(sandbox.invoke(batch(more(first))).await.kept().len(), 5);
        assert!(start.elapsed() < Duration::from_secs(4));
    }
    assert_eq!(room.seen().len(), 4);
    let output = sandbox.stop().await;
    let reason = output.lines("failed")[9]["reason"].clone();
    assert!(
        reason
            .as_str()
            .is_some_and(|reason| reason.contains("asked to wait 10 min")),
        "{reason}"
    );
}
