//! Events in, messages out: what arrives, what is tried again, and what is reported where it does not arrive.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::lambda::{Report, Sandbox, TOKEN, event, record, webhook};
use super::server::{Reply, Server, ok, status};

#[tokio::test]
async fn an_alert_arrives_and_is_logged() {
    let room = Server::script(vec![ok()]).await;
    let mut sandbox = Sandbox::for_room(&room).await;
    let mut alert = event("m-1", "smoke");
    alert["Records"][0]["Sns"]["MessageAttributes"] =
        json!({ "ddalert-test": { "Type": "String", "Value": "1" } });
    assert_eq!(sandbox.invoke(alert).await, Report::Done);

    let seen = room.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(
        (seen[0].method.as_str(), seen[0].header("content-type")),
        ("POST", "application/json")
    );
    assert_eq!(
        seen[0].header("user-agent"),
        concat!("ddalert/", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(seen[0].header("host"), room.address.to_string());
    assert_eq!(
        format!("http://{}{}", room.address, seen[0].path),
        webhook(&room)
    );
    assert!(
        seen[0].json()["text"]
            .as_str()
            .is_some_and(|text| text.contains("smoke")),
        "{}",
        seen[0].json()
    );

    let output = sandbox.stop().await;
    assert_eq!(output.stderr, "");
    let mut line = output.lines("delivered").remove(0);
    for measured in ["timestamp", "elapsed_ms", "queued_ms"] {
        assert!(
            line.as_object_mut()
                .is_some_and(|line| line.shift_remove(measured).is_some()),
            "{measured}"
        );
    }
    let expected = json!({
        "level": "INFO", "event": "delivered", "request_id": "request-0", "sns_message_id": "m-1", "kind": "text",
        "target": "slack", "status": 200, "attempts": 1, "test": true,
    });
    assert_eq!(line, expected);
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    let slow_down = Reply::Answer(
        429,
        vec![("retry-after", "1".to_owned())],
        "rate_limited".to_owned(),
    );
    let table = [
        (vec![slow_down, ok()], 2, 1000),
        (
            vec![status(500, &"long ".repeat(1 << 18)), status(503, ""), ok()],
            3,
            300,
        ),
        // The connection that was opened ahead may have died since: the first drop costs neither a wait nor an attempt.
        (vec![Reply::Drop, Reply::Drop, ok()], 2, 100),
    ];
    for (script, attempts, least_wait) in table {
        let posts = script.len();
        let room = Server::script(script).await;
        let mut sandbox = Sandbox::for_room(&room).await;
        assert_eq!(sandbox.invoke(event("m-1", "smoke")).await, Report::Done);
        let seen = room.seen();
        assert_eq!(seen.len(), posts);
        assert!(seen.iter().all(|post| post.body == seen[0].body));
        let waited = seen[posts - 1].at - seen[0].at;
        assert!(waited >= Duration::from_millis(least_wait), "{waited:?}");
        assert_eq!(
            sandbox.stop().await.lines("delivered")[0]["attempts"],
            attempts
        );
    }
}

#[tokio::test]
async fn a_refusal_is_an_error_at_once_in_the_rooms_own_words() {
    let room = Server::start(None, |_, post| async move {
        status(403, &format!("invalid_token for {}", post.path))
    })
    .await;
    let mut sandbox = Sandbox::for_room(&room).await;
    let (error_type, message) = sandbox.invoke(event("m-1", "smoke")).await.failed();
    assert_eq!(error_type, "Undelivered");
    assert!(
        message.contains("slack") && message.contains("m-1") && message.contains("403"),
        "{message}"
    );
    assert_eq!(room.seen().len(), 1);
    let output = sandbox.stop().await;
    let line = &output.lines("failed")[0];
    assert_eq!(
        (&line["level"], &line["status"], &line["attempts"]),
        (&json!("ERROR"), &json!(403), &json!(1))
    );
    assert!(
        line["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("403")),
        "{line}"
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::script(vec![ok()]).await;
    let moved = Reply::Answer(308, vec![("location", elsewhere.url("/"))], String::new());
    let room = Server::script(vec![moved]).await;
    let mut sandbox = Sandbox::for_room(&room).await;
    let (_, message) = sandbox.invoke(event("m-1", "smoke")).await.failed();
    assert!(message.contains("308"), "{message}");
    assert_eq!((room.seen().len(), elsewhere.seen().len()), (1, 0));
    sandbox.stop().await;
}

#[tokio::test]
async fn time_runs_out_before_lambda_ends_it() {
    let much_later = Reply::Answer(429, vec![("retry-after", "3600".to_owned())], String::new());
    let table = [
        (Reply::Hang, 1000, 3000),
        (status(500, ""), 300, 3000),
        (much_later, 0, 1500),
    ];
    for (reply, least, most) in table {
        let room = Server::script(vec![reply]).await;
        let mut sandbox = Sandbox::for_room(&room).await;
        let start = Instant::now();
        let (error_type, _) = sandbox
            .invoke_within(event("m-1", "smoke"), Duration::from_secs(3))
            .await
            .failed();
        let took = start.elapsed().as_millis();
        assert_eq!(error_type, "Undelivered");
        assert!((least..most).contains(&took), "{took} ms");
        assert_eq!(sandbox.stop().await.lines("failed").len(), 1);
    }
}

#[tokio::test]
async fn nobody_at_home_is_said_without_the_url() {
    let room = Server::script(vec![ok()]).await;
    let url = webhook(&room);
    drop(room);
    for (url, words) in [
        (url.as_str(), "refused"),
        ("https://ddalert.invalid/sesame-open", "cannot be resolved"),
    ] {
        let mut sandbox = Sandbox::start(&[("DDALERT_WEBHOOK_URL", url)]).await;
        let (_, message) = sandbox
            .invoke_within(event("m-1", "smoke"), Duration::from_secs(2))
            .await
            .failed();
        assert!(message.contains(words), "{message}");
        sandbox.stop().await;
    }
}

#[tokio::test]
async fn lambdas_retry_does_not_double_what_arrived() {
    let room = Server::script(vec![ok(), status(403, "no"), ok()]).await;
    let mut sandbox = Sandbox::for_room(&room).await;
    let both = json!({ "Records": [record("m-1", "first-words"), record("m-2", "second-words"), record("m-3", "third-words")] });
    let (_, message) = sandbox.invoke(both.clone()).await.failed();
    assert!(
        message.contains("m-2") && !message.contains("m-1") && !message.contains("m-3"),
        "{message}"
    );
    assert_eq!(sandbox.invoke(both.clone()).await, Report::Done);
    assert_eq!(
        posted(&room),
        ["first-words", "second-words", "third-words", "second-words"]
    );
    // What is sent again after that is meant.
    assert_eq!(sandbox.invoke(both).await, Report::Done);
    assert_eq!(posted(&room).len(), 7);
    let output = sandbox.stop().await;
    assert_eq!(
        (
            output.lines("delivered").len(),
            output.lines("failed").len()
        ),
        (6, 1)
    );
}

#[tokio::test]
async fn nothing_is_dropped_for_its_shape() {
    let room = Server::script(vec![ok()]).await;
    let mut sandbox = Sandbox::for_room(&room).await;
    let docs: Value = serde_json::from_str(include_str!(
        "../../fixtures/sns-lambda-event.docs-sample.json"
    ))
    .unwrap();
    let captured: Value = serde_json::from_str(include_str!(
        "../../fixtures/sns-lambda-event.detect-in-alarm-rule.captured.json"
    ))
    .unwrap();
    let queued = json!({ "messageId": "q-1", "body": record("m-1", "queued")["Sns"].to_string() });
    let table = [
        (captured, "dev-IZWB"),
        (docs, "Hello from SNS!"),
        (json!({ "Records": [queued, queued] }), "queued"),
        (
            record("m-2", "an envelope itself")["Sns"].clone(),
            "an envelope itself",
        ),
        (json!({ "who": "knows" }), "knows"),
        (json!(["a", "list"]), "list"),
        (json!("a text"), "a text"),
        (json!(null), "null"),
    ];
    for (event, words) in table {
        assert_eq!(sandbox.invoke(event).await, Report::Done, "{words}");
        let last = room.seen().pop().expect("a post").json().to_string();
        assert!(last.contains(words), "{last}");
    }
    assert_eq!(room.seen().len(), 9);
    let lines = sandbox.stop().await.lines("delivered");
    assert!(
        lines
            .iter()
            .all(|line| line["queued_ms"].is_null() || line["queued_ms"].is_u64())
    );
}

#[tokio::test]
async fn a_warm_sandbox_keeps_its_connection_and_outlives_its_loss() {
    let room = Server::script(vec![
        ok(),
        ok(),
        Reply::AnswerAndClose(200, "ok".to_owned()),
        ok(),
        Reply::Drop,
        ok(),
    ])
    .await;
    let mut sandbox = Sandbox::for_room(&room).await;
    for id in ["m-1", "m-2", "m-3"] {
        assert_eq!(sandbox.invoke(event(id, "smoke")).await, Report::Done);
    }
    assert!(
        room.seen().iter().all(|post| post.connection == 0),
        "the connection opened ahead is the one that is used"
    );
    // The room closes while the sandbox is frozen; then a proxy drops the request that was sent over an old connection.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(sandbox.invoke(event("m-4", "smoke")).await, Report::Done);
    assert_eq!(sandbox.invoke(event("m-5", "smoke")).await, Report::Done);
    let lines = sandbox.stop().await.lines("delivered");
    assert!(lines.iter().all(|line| line["attempts"] == 1), "{lines:?}");
    assert_eq!(
        room.seen()
            .iter()
            .map(|post| post.connection)
            .collect::<Vec<_>>(),
        [0, 0, 0, 1, 1, 2]
    );
}

#[tokio::test]
async fn outcomes_are_logged_at_every_level() {
    let room = Server::script(vec![status(500, ""), ok()]).await;
    for (level, retries) in [("DEBUG", 1), ("FATAL", 0)] {
        let environment = [
            ("DDALERT_WEBHOOK_URL", webhook(&room)),
            ("AWS_LAMBDA_LOG_LEVEL", level.to_owned()),
        ];
        let mut sandbox = Sandbox::start(
            &environment
                .each_ref()
                .map(|(name, value)| (*name, value.as_str())),
        )
        .await;
        assert_eq!(sandbox.invoke(event("m-1", TOKEN)).await, Report::Done);
        let output = sandbox.stop().await;
        assert_eq!(
            (
                output.lines("delivered").len(),
                output.lines("not_yet").len()
            ),
            (1, retries)
        );
    }
}

/// Returns what the room was told, without what the destination puts around it.
fn posted(room: &Server) -> Vec<String> {
    let words = ["first-words", "second-words", "third-words"];
    let text = |body: Value| {
        words
            .into_iter()
            .find(|word| body.to_string().contains(word))
            .unwrap_or_default()
            .to_owned()
    };
    room.seen().iter().map(|post| text(post.json())).collect()
}

#[tokio::test]
async fn a_wait_that_the_room_asks_for_holds_all_alerts_and_the_next_event() {
    let wait = |seconds: &str| {
        let header = ("retry-after", seconds.to_owned());
        Reply::Answer(429, vec![header], String::new())
    };
    let room = Server::script(vec![wait("1"), ok(), ok(), wait("3"), ok()]).await;
    let mut sandbox = Sandbox::for_room(&room).await;
    let two = json!({ "Records": [record("m-1", "fire"), record("m-2", "smoke")] });
    assert_eq!(sandbox.invoke(two).await, Report::Done);
    let seen = room.seen();
    assert_eq!(seen.len(), 3);
    assert!(seen[1].at - seen[0].at >= Duration::from_secs(1));
    // No time to wait in this event; the next one has it, and waits before it posts at all.
    let report = sandbox.invoke_within(event("m-3", "smoke"), Duration::from_secs(2));
    let (_, message) = report.await.failed();
    assert!(message.contains("it asked to wait 3 s"), "{message}");
    assert_eq!(sandbox.invoke(event("m-4", "smoke")).await, Report::Done);
    let seen = room.seen();
    assert_eq!(seen.len(), 5);
    assert!(seen[4].at - seen[3].at >= Duration::from_secs(3));
    sandbox.stop().await;
}
