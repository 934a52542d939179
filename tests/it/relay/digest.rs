//! Storms in a batch: what is alike becomes one message, each of its alerts is answered for, and nothing else is in it.

use serde_json::{Value, json};

use super::buffer::{alert, batch, room};
use super::lambda::{Report, Sandbox, TOKEN, record};
use super::server::{Reply, Server, ok, status};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// Returns a message of a queue with a violation of this kind.
fn violation(kind: &str, thing: usize, behavior: &str) -> Value {
    let id = format!("{kind}-{thing}-{behavior}");
    let message = json!({
        "violationEventType": kind, "violationEventTime": 1_763_892_300_000_u64 + 1000 * thing as u64, "violationId": format!("v-{thing}-{behavior}"),
        "thingName": format!("pump-{thing}"), "securityProfileName": "Pumps", "metricValue": { "count": thing },
        "behavior": { "name": behavior, "metric": "aws:num-disconnects",
                      "criteria": { "comparisonOperator": "less-than", "value": { "count": 1 } } },
    });
    let second = if kind == "in-alarm" { 0 } else { 30 };
    alert(&id, &message.to_string(), second)
}

fn storm(things: usize) -> Vec<Value> {
    (0..things)
        .map(|thing| violation("in-alarm", thing, "b"))
        .collect()
}

async fn sandbox(room: &Server, more: &[(&str, &str)]) -> Sandbox {
    let url = room.url(&format!("/{TOKEN}"));
    let mut environment = vec![("DDALERT_TARGET", "webhook"), ("DDALERT_WEBHOOK_URL", &url)];
    environment.extend(more);
    Sandbox::start(&environment).await
}

/// Returns of each post the thing, or how many a digest has.
fn shown(room: &Server) -> Vec<String> {
    let of = |body: Value| match &body["digest"] {
        Value::Null => body["thing"].as_str().unwrap_or_default().to_owned(),
        digest => digest["things"].to_string(),
    };
    room.seen().iter().map(|post| of(post.json())).collect()
}

#[tokio::test]
async fn many_alike_are_one_message_and_all_others_are_single() {
    let room = room(|_, _| ok()).await;
    let mut sandbox = sandbox(&room, &[]).await;
    let mut records = storm(20);
    records.extend((0..3).map(|thing| violation("in-alarm", thing, "other")));
    records.push(alert("text", "smoke", 1));
    records.extend((0..5).map(|thing| violation("alarm-cleared", thing, "b")));
    assert!(sandbox.invoke(batch(records)).await.kept().is_empty());
    assert_eq!(shown(&room), ["20", "pump-0", "pump-1", "pump-2", "", "5"]);
    let digest = room.seen()[0].json();
    assert_eq!(
        (&digest["title"], &digest["state"]),
        (
            &json!("Medium: b on 20 things: 0 to 19 disconnects, expected < 1"),
            &json!("in-alarm")
        )
    );
    let alerts = digest["digest"]["alerts"].as_array().expect("alerts");
    assert_eq!(alerts.len(), 20);
    assert_eq!(alerts[19]["message"]["thingName"], "pump-19");
    let output = sandbox.stop().await;
    let delivered = output.lines("delivered");
    assert_eq!(delivered.len(), 29);
    let in_digest = |of: u64| {
        delivered
            .iter()
            .filter(|line| line["digest_of"] == of)
            .count()
    };
    assert_eq!((in_digest(20), in_digest(5)), (20, 5));
}

#[tokio::test]
async fn a_digest_that_is_refused_keeps_its_alerts_and_no_other() {
    let room = room(
        |index, body| match body.contains("\"things\":6") && index < 4 {
            true => status(400, "no"),
            false => ok(),
        },
    )
    .await;
    let mut sandbox = sandbox(&room, &[]).await;
    let records = || storm(6).into_iter().chain([alert("text", "smoke", 1)]);
    assert_eq!(sandbox.invoke(batch(records())).await.kept().len(), 6);
    assert_eq!(shown(&room), ["6", ""]);
    let kept = sandbox.invoke(batch(records())).await.kept();
    assert_eq!(kept.len(), 6, "only the digest again");
    assert_eq!(shown(&room), ["6", "", "6"]);
    // Another one arrived elsewhere meanwhile: the rest is another digest.
    let fewer = storm(6).into_iter().take(5);
    assert!(sandbox.invoke(batch(fewer)).await.kept().is_empty());
    assert_eq!(shown(&room), ["6", "", "6", "5"]);
    assert!(sandbox.invoke(batch(storm(6))).await.kept().is_empty());
    assert_eq!(shown(&room), ["6", "", "6", "5", "pump-5"]);
    let output = sandbox.stop().await;
    assert_eq!(output.lines("failed").len(), 12);
}

#[tokio::test]
async fn the_number_can_be_chosen_and_a_direct_event_has_no_digest() {
    let room = room(|_, _| ok()).await;
    let mut never = sandbox(&room, &[("DDALERT_DIGEST_OVER", "0")]).await;
    assert!(never.invoke(batch(storm(5))).await.kept().is_empty());
    assert_eq!(room.seen().len(), 5);
    never.stop().await;
    let mut six = sandbox(&room, &[("DDALERT_DIGEST_OVER", "6")]).await;
    assert!(six.invoke(batch(storm(6))).await.kept().is_empty());
    assert!(
        six.invoke(batch(
            (10..17).map(|thing| violation("in-alarm", thing, "b"))
        ))
        .await
        .kept()
        .is_empty()
    );
    assert_eq!(
        shown(&room)[5..],
        [
            "pump-0", "pump-1", "pump-2", "pump-3", "pump-4", "pump-5", "7"
        ]
    );
    six.stop().await;
    let mut direct = sandbox(&room, &[]).await;
    let message = |thing: usize| {
        let body = storm(thing + 1)[thing]["body"].clone();
        let envelope: Value = serde_json::from_str(body.as_str().expect("text")).expect("JSON");
        record(
            &format!("d-{thing}"),
            envelope["Message"].as_str().expect("text"),
        )
    };
    let event = json!({ "Records": (0..5).map(message).collect::<Vec<_>>() });
    assert_eq!(direct.invoke(event).await, Report::Done);
    assert_eq!(room.seen().len(), 5 + 7 + 5);
    direct.stop().await;
    let url = room.url("/");
    let broken = Sandbox::start(&[
        ("DDALERT_TARGET", "webhook"),
        ("DDALERT_WEBHOOK_URL", &url),
        ("DDALERT_DIGEST_OVER", "many"),
    ])
    .await;
    let (report, code, _) = broken.exit().await;
    assert_eq!(code, 1);
    let said = format!("{report:?}");
    assert!(
        said.contains("DDALERT_DIGEST_OVER is not a whole number"),
        "{said}"
    );
}

/// Starts a relay to PagerDuty, and a Device Defender that lists active alarms by `active`, which gets how often it was asked.
async fn pagerduty(
    room: &Server,
    active: impl Fn(usize) -> Reply + Send + Sync + 'static,
) -> (Sandbox, Server) {
    let iot = Server::start(None, move |index, _| {
        let reply = active(index);
        async move { reply }
    })
    .await;
    let url = room.url(&format!("/v2/enqueue?routing_key={KEY}"));
    let sandbox = Sandbox::start(&[
        ("DDALERT_TARGET", "pagerduty"),
        ("DDALERT_WEBHOOK_URL", &url),
        ("AWS_ENDPOINT_URL_IOT", &iot.url("")),
    ])
    .await;
    (sandbox, iot)
}

/// Returns an answer of `ListActiveViolations`.
fn active(alarms: &[(&str, &str)], next: Option<&str>) -> Reply {
    let alarm = |(id, behavior): &(&str, &str)| json!({ "violationId": id, "behavior": { "name": behavior } });
    let mut body = json!({ "activeViolations": alarms.iter().map(alarm).collect::<Vec<_>>() });
    if let Some(next) = next {
        body["nextToken"] = next.into();
    }
    status(200, &body.to_string())
}

fn accepted() -> Reply {
    status(202, r#"{"status":"success"}"#)
}

/// Returns the action and the key of each event that PagerDuty got.
fn events(room: &Server) -> Vec<String> {
    let event = |body: Value| {
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        format!("{} {}", text("event_action"), text("dedup_key"))
    };
    room.seen().iter().map(|post| event(post.json())).collect()
}

const STORM_END: &str = "resolve storm/123456789012/eu-west-1/Pumps/b";

#[tokio::test]
async fn the_incident_of_a_storm_ends_with_its_last_alarm() {
    let room = room(|_, _| accepted()).await;
    let (mut sandbox, iot) = pagerduty(&room, |index| match index {
        // An alarm of another batch is active, on the second page.
        0 => active(&[("v-9-other", "other")], Some("n+/=")),
        1 => active(&[("v-0-b", "b"), ("v-7-b", "b")], None),
        // Only what has just ended, and another behavior.
        _ => active(&[("v-7-b", "b"), ("v-9-other", "other")], None),
    })
    .await;
    let end = |thing| batch([violation("alarm-cleared", thing, "b")]);
    assert!(sandbox.invoke(end(0)).await.kept().is_empty());
    assert_eq!(events(&room), ["resolve v-0-b"]);
    let asked: Vec<String> = iot.seen().iter().map(|seen| seen.path.clone()).collect();
    assert_eq!(
        asked,
        [
            "/active-violations?securityProfileName=Pumps&maxResults=100",
            "/active-violations?securityProfileName=Pumps&maxResults=100&nextToken=n%2B%2F%3D",
        ]
    );
    let signed = iot.seen()[0].header("authorization").to_owned();
    assert!(signed.contains("/iot/aws4_request"), "{signed}");
    assert!(sandbox.invoke(end(7)).await.kept().is_empty());
    assert_eq!(events(&room)[1..], ["resolve v-7-b", STORM_END]);
    sandbox.stop().await;
}

#[tokio::test]
async fn a_storm_that_could_not_be_ended_is_ended_later() {
    let room = room(|index, _| match index {
        2 => status(500, ""),
        _ => accepted(),
    })
    .await;
    let (mut sandbox, _iot) = pagerduty(&room, |index| match index {
        0 => status(500, ""),
        _ => active(&[], None),
    })
    .await;
    let end = || {
        batch([
            violation("alarm-cleared", 0, "b"),
            violation("alarm-cleared", 1, "b"),
        ])
    };
    let kept = sandbox.invoke(end()).await.kept();
    assert_eq!(kept.len(), 1, "one end comes again");
    assert_eq!(events(&room), ["resolve v-0-b", "resolve v-1-b"]);
    assert_eq!(sandbox.invoke(end()).await.kept().len(), 1);
    assert_eq!(events(&room)[2..], [STORM_END]);
    assert!(sandbox.invoke(end()).await.kept().is_empty());
    assert_eq!(events(&room)[3..], [STORM_END]);
    let output = sandbox.stop().await;
    let reasons: Vec<String> = output
        .lines("storm_not_ended")
        .iter()
        .map(|line| line["reason"].to_string())
        .collect();
    assert!(
        reasons[0].contains("iot:ListActiveViolations"),
        "{reasons:?}"
    );
    assert!(reasons[1].contains("HTTP 500"), "{reasons:?}");
}

#[tokio::test]
async fn a_storm_whose_end_cannot_be_read_keeps_no_alert() {
    let room = room(|_, _| accepted()).await;
    let (mut sandbox, _iot) = pagerduty(&room, |index| match index {
        0 => status(403, r#"{"message":"User is not authorized"}"#),
        _ => status(200, "<html>"),
    })
    .await;
    for thing in 0..2 {
        let end = batch([violation("alarm-cleared", thing, "b")]);
        assert!(sandbox.invoke(end).await.kept().is_empty());
    }
    assert_eq!(events(&room), ["resolve v-0-b", "resolve v-1-b"]);
    let output = sandbox.stop().await;
    assert_eq!(
        output.lines("storm_not_ended").len(),
        2,
        "{}",
        output.stdout
    );
}

#[tokio::test]
async fn a_storm_is_one_incident_and_each_end_resolves_its_own() {
    let room = room(|_, _| accepted()).await;
    let (mut sandbox, _iot) = pagerduty(&room, |_| active(&[("v-8-b", "b")], None)).await;
    let mut records = storm(9);
    records.push(violation("in-alarm", 0, "few"));
    records.extend((0..4).map(|thing| violation("alarm-cleared", thing, "b")));
    assert!(sandbox.invoke(batch(records)).await.kept().is_empty());
    assert_eq!(
        events(&room),
        [
            "trigger storm/123456789012/eu-west-1/Pumps/b",
            "trigger v-0-few",
            "resolve v-0-b",
            "resolve v-1-b",
            "resolve v-2-b",
            "resolve v-3-b",
        ]
    );
    sandbox.stop().await;
}

#[tokio::test]
async fn each_phone_gets_one_text_for_a_storm_also_when_it_comes_again() {
    let published = |id: &str| {
        status(
            200,
            &format!(
                "<PublishResponse><PublishResult><MessageId>{id}</MessageId></PublishResult></PublishResponse>"
            ),
        )
    };
    let refused = || {
        status(
            400,
            "<ErrorResponse><Error><Code>OptedOut</Code><Message>no</Message></Error></ErrorResponse>",
        )
    };
    let replies: Vec<Reply> = vec![published("t-1"), refused(), refused(), published("t-2")];
    let sns = Server::script(replies).await;
    let endpoint = sns.url("");
    let mut sandbox = Sandbox::start(&[
        ("DDALERT_TARGET", "sms"),
        ("DDALERT_PHONES", "+4915112345671,+4915112345672"),
        ("AWS_ENDPOINT_URL", &endpoint),
    ])
    .await;
    for _ in 0..2 {
        assert_eq!(sandbox.invoke(batch(storm(9))).await.kept().len(), 9);
    }
    assert!(sandbox.invoke(batch(storm(9))).await.kept().is_empty());
    let bodies: Vec<String> = sns
        .seen()
        .iter()
        .map(|seen| String::from_utf8_lossy(&seen.body).into_owned())
        .collect();
    let to = |digit: &str| {
        bodies
            .iter()
            .filter(|body| body.contains(&format!("4915112345{digit}")))
            .count()
    };
    assert_eq!((to("671"), to("672")), (1, 3), "{bodies:?}");
    assert!(bodies[0].contains("9+things"), "{}", bodies[0]);
    let output = sandbox.stop().await;
    assert_eq!(output.lines("texted").len(), 18, "{}", output.stdout);
}
