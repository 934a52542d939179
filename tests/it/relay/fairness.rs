//! Events with many alerts, and rooms that answer badly: what the room has taken is not posted again, and no alert keeps another
//! from being delivered.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::faulty_room::{Fault, FaultyRoom};
use super::lambda::{Report, Sandbox, TOKEN, event, record};

/// Starts the relay with the URL of a room.
async fn sandbox(target: &str, room: &FaultyRoom) -> Sandbox {
    let url = format!("http://{}/services/{TOKEN}", room.address);
    Sandbox::start(&[("DDALERT_TARGET", target), ("DDALERT_WEBHOOK_URL", &url)]).await
}

fn records(number: usize) -> Value {
    let records = (0..number).map(|n| record(&format!("m-{n}"), &format!("word-{n}.")));
    json!({ "Records": records.collect::<Vec<_>>() })
}

#[tokio::test]
async fn what_the_status_accepted_is_not_posted_again_whatever_becomes_of_the_body() {
    for target in ["slack", "webhook", "pagerduty"] {
        for fault in [
            Fault::CutBody(200, "o".to_owned()),
            Fault::CutBody(200, String::new()),
            Fault::StallBody(202, "ok".to_owned()),
            Fault::TrickleBody(200, "{\"ok\":false}".to_owned()),
            Fault::EndlessBody(200),
            Fault::AnswerAndClose(200, "ok".to_owned()),
            Fault::status(204, ""),
        ] {
            let room = FaultyRoom::script(vec![fault.clone()]).await;
            let key = "0123456789abcdef0123456789abcdef";
            let url = match target {
                "pagerduty" => format!("http://{}/v2/enqueue?routing_key={key}", room.address),
                _ => format!("http://{}/{TOKEN}", room.address),
            };
            let mut sandbox =
                Sandbox::start(&[("DDALERT_TARGET", target), ("DDALERT_WEBHOOK_URL", &url)]).await;
            let start = Instant::now();
            let report = sandbox.invoke(event("m-1", "smoke")).await;
            assert_eq!(report, Report::Done, "{target}: {fault:?}");
            assert!(start.elapsed() < Duration::from_secs(8), "{fault:?}");
            assert_eq!(room.posts().len(), 1, "{target}: {fault:?}");
            sandbox.stop().await;
        }
    }
}

#[tokio::test]
async fn a_no_that_was_read_in_full_counts_and_an_error_status_does_not_wait_for_its_body() {
    for (fault, posts) in [
        (
            Fault::status(200, "{\"ok\":false,\"error\":\"no_workflow\"}"),
            1,
        ),
        (Fault::status(200, &"<html>sign in</html>".repeat(1000)), 1),
        (Fault::StallBody(403, "invalid".to_owned()), 1),
        (Fault::CutBody(404, String::new()), 1),
        (Fault::EndlessBody(302), 1),
    ] {
        let room = FaultyRoom::script(vec![fault.clone()]).await;
        let mut sandbox = sandbox("slack", &room).await;
        let (error_type, _) = sandbox.invoke(event("m-1", "smoke")).await.failed();
        assert_eq!(
            (error_type.as_str(), room.posts().len()),
            ("Undelivered", posts),
            "{fault:?}"
        );
        sandbox.stop().await;
    }
}

#[tokio::test]
async fn one_slow_alert_does_not_use_up_the_time_of_the_others() {
    let slow = |body: &str| {
        ["word-0.", "word-3."]
            .iter()
            .any(|word| body.contains(word))
    };
    for fault in [Fault::Stall, Fault::TrickleHead, Fault::retry_after("3600")] {
        let stuck = fault.clone();
        let room = FaultyRoom::start(move |_, body| match slow(body) {
            true => stuck.clone(),
            false => Fault::status(200, "ok"),
        })
        .await;
        let mut sandbox = sandbox("slack", &room).await;
        let limit = Duration::from_secs(5);
        let start = Instant::now();
        let (_, message) = sandbox.invoke_within(records(16), limit).await.failed();
        assert!(start.elapsed() < limit, "{fault:?}");
        assert!(
            message.contains("m-0 (") && message.contains("m-3 ("),
            "{message}"
        );
        assert_eq!(message.matches("m-").count(), 2, "{message}");
        let output = sandbox.stop().await;
        assert_eq!(
            (
                output.lines("delivered").len(),
                output.lines("failed").len()
            ),
            (14, 2)
        );
    }
}

#[tokio::test]
async fn each_alert_is_tried_once_before_any_is_tried_again() {
    let room = FaultyRoom::script(vec![
        Fault::status(503, ""),
        Fault::retry_after("0"),
        Fault::ResetRead,
        Fault::ResetRead,
        Fault::status(200, "ok"),
    ])
    .await;
    let mut sandbox = sandbox("slack", &room).await;
    assert_eq!(sandbox.invoke(records(12)).await, Report::Done);
    let word = |body: &str| (0..12).find(|n| body.contains(&format!("word-{n}.")));
    let words: Vec<Option<usize>> = room.posts().iter().map(|post| word(&post.body)).collect();
    let mut first_words = words.clone();
    first_words.dedup();
    first_words.truncate(12);
    assert_eq!(
        first_words,
        (0..12).map(Some).collect::<Vec<_>>(),
        "{words:?}"
    );
    sandbox.stop().await;
}

#[tokio::test]
async fn a_room_that_asks_for_no_wait_is_not_flooded() {
    for asked in ["0", "-5", "Fri, 06 Nov 2020 08:49:37 GMT", "soon", "0.0"] {
        let room = FaultyRoom::script(vec![Fault::retry_after(asked)]).await;
        let mut sandbox = sandbox("slack", &room).await;
        let (_, message) = sandbox
            .invoke_within(event("m-1", "smoke"), Duration::from_secs(4))
            .await
            .failed();
        assert!(
            message.contains("HTTP 429; no time was left to try again"),
            "{message}"
        );
        assert!(
            (2..=7).contains(&room.posts().len()),
            "{asked}: {} posts",
            room.posts().len()
        );
        sandbox.stop().await;
    }
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_the_reason() {
    for (asked, words) in [
        ("30", "it asked to wait 30 s, longer than"),
        ("7200", "it asked to wait 120 min, longer than"),
        (
            "99999999999999999999999",
            "it asked to wait 24 h, longer than",
        ),
    ] {
        let room = FaultyRoom::script(vec![Fault::retry_after(asked)]).await;
        let mut sandbox = sandbox("webhook", &room).await;
        let (_, message) = sandbox
            .invoke_within(event("m-1", "smoke"), Duration::from_secs(4))
            .await
            .failed();
        assert!(message.contains(words), "{message}");
        assert_eq!(room.posts().len(), 1);
        sandbox.stop().await;
    }
    let body = r#"{"ok":false,"error":"ratelimited","retry_after":1}"#;
    let room = FaultyRoom::script(vec![Fault::status(429, body), Fault::status(200, "ok")]).await;
    let mut sandbox = sandbox("slack", &room).await;
    let start = Instant::now();
    assert_eq!(sandbox.invoke(event("m-1", "smoke")).await, Report::Done);
    assert!(start.elapsed() >= Duration::from_secs(1));
    sandbox.stop().await;
}

/// The ID of a message is whatever the publisher of an event says: two records with one ID can be two alerts.
#[tokio::test]
async fn an_alert_is_never_taken_for_another_that_arrived() {
    let room = FaultyRoom::start(|_, body| match body.contains("word-b") {
        true => Fault::status(403, "no"),
        false => Fault::status(200, "ok"),
    })
    .await;
    let mut sandbox = sandbox("slack", &room).await;
    let both = json!({ "Records": [record("same", "word-a"), record("same", "word-b")] });
    for _ in 0..2 {
        let (_, message) = sandbox.invoke(both.clone()).await.failed();
        assert!(message.contains("same ("), "{message}");
    }
    let words: Vec<bool> = room
        .posts()
        .iter()
        .map(|post| post.body.contains("word-b"))
        .collect();
    assert_eq!(
        words,
        [false, true, true],
        "the first is posted once, the second each time"
    );
    sandbox.stop().await;
}
