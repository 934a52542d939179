//! Every message in every room: one snapshot per pair under `tests/snapshots/rooms`.

use serde_json::json;

use super::{DESTINATIONS, Message, WebhookSecret};
use crate::alert::{Alert, Origin, SAMPLES};

macro_rules! fixtures {
    ($($file:literal),+ $(,)?) => { &[$(($file, include_str!(concat!("../../tests/fixtures/alerts/", $file)))),+] };
}

/// What the samples do not cover: captures, unusual shapes, and hostile texts.
static FIXTURES: &[(&str, &str)] = fixtures![
    "audit-failed.json",
    "audit-map.json",
    "audit-mixed.json",
    "authorization-failures.json",
    "hello.txt",
    "hostile.json",
    "hostile.txt",
    "json-array.json",
    "minimal.json",
    "ml-invalidated.json",
    "numbers.json",
    "other-pipeline.json",
    "rule-count-captured.json",
    "strings.json",
    "unknown-event.json",
];

pub(super) fn origin() -> Origin {
    Origin {
        topic: "arn:aws:sns:eu-west-1:123456789012:BadIoTDevices"
            .parse()
            .ok(),
        message_id: Some("4a368c7b-c98a-5f32-82ba-da33de9e4d57".to_owned()),
        published: "2026-11-15T03:00:36Z".parse().ok(),
        subject: None,
        test: false,
    }
}

/// Returns a secret that any destination accepts: a URL with the key that PagerDuty needs.
pub(super) fn secret() -> WebhookSecret {
    WebhookSecret::from_url(
        "https://room.example/services/x?routing_key=0123456789abcdef0123456789abcdef",
    )
    .expect("a URL")
}

fn assert_rooms(name: &str, message: &Message<'_>, secret: &WebhookSecret) {
    for destination in DESTINATIONS {
        let request = (destination.request)(secret, message);
        assert!(
            (destination.fits)(&request.body),
            "{name} does not fit {}",
            destination.name
        );
        insta::with_settings!({
            snapshot_path => "../../tests/snapshots/rooms",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_json_snapshot!(format!("{name}@{}", destination.name), request.body);
        });
    }
}

#[test]
fn every_message_fits_every_room() {
    let samples = SAMPLES.iter().map(|sample| (sample.name, sample.json));
    for (name, message) in samples.chain(FIXTURES.iter().copied()) {
        let name = name.split('.').next().unwrap_or(name);
        let name = if message.starts_with('{') || message.starts_with('[') {
            name.to_owned()
        } else {
            format!("{name}-text")
        };
        assert_rooms(
            &name,
            &Message::Alert(&Alert::parse(message, origin())),
            &secret(),
        );
    }
}

#[test]
fn a_test_is_marked_and_a_greeting_is_one_line() {
    let test = Alert::parse(
        SAMPLES[0].json,
        Origin {
            test: true,
            ..origin()
        },
    );
    assert_rooms("test", &Message::Alert(&test), &secret());
    assert_rooms(
        "greeting",
        &Message::Greeting("ddalert is ready: alerts from BadIoTDevices will appear here."),
        &secret(),
    );
}

#[test]
fn chime_and_slack_messages_begin_with_exactly_the_workshops_line() {
    let line = "IoT Device Defender alert! Thing name: myIoTDevice | Security profile: LargeMessageSize | Behavior name: messageSize";
    for (name, pointer) in [("chime", "/Content"), ("slack", "/text")] {
        let room = super::destination(name).expect("a destination");
        let first_line = |origin: Origin| {
            let body = (room.request)(
                &secret(),
                &Message::Alert(&Alert::parse(SAMPLES[0].json, origin)),
            )
            .body;
            let text = body
                .pointer(pointer)
                .and_then(|text| text.as_str())
                .expect("text");
            text.lines().next().unwrap_or_default().to_owned()
        };
        assert_eq!(first_line(origin()), line);
        assert_eq!(first_line(Origin::default()), line);
        assert_eq!(
            first_line(Origin {
                test: true,
                ..origin()
            }),
            format!("[TEST] {line}")
        );
    }
}

#[test]
fn a_slack_workflow_gets_flat_variables() {
    let secret = WebhookSecret::from_url("https://hooks.slack.com/triggers/T0/1/x").expect("a URL");
    let slack = super::destination("slack").expect("a destination");
    let alert = Alert::parse(SAMPLES[0].json, origin());
    assert_eq!(
        (slack.request)(&secret, &Message::Alert(&alert)).body,
        json!({
            "text": "IoT Device Defender alert! Thing name: myIoTDevice | Security profile: LargeMessageSize | Behavior name: messageSize",
            "title": "Medium alarm: messageSize on myIoTDevice",
            "state": "in-alarm",
            "severity": "medium",
            "kind": "detect.in-alarm",
            "thing_name": "myIoTDevice",
            "security_profile": "LargeMessageSize",
            "behavior_name": "messageSize",
            "details": "Message size: expected &gt; 5000 bytes, observed 26",
            "time": "2020-02-26T19:30:00Z",
            "account": "123456789012",
            "region": "eu-west-1",
            "link": "https://eu-west-1.console.aws.amazon.com/iot/home?region=eu-west-1#/dd/securityProfile/LargeMessageSize?tab=violations",
            "test": "false",
        })
    );
    let greeting = (slack.request)(&secret, &Message::Greeting("hello")).body;
    assert_eq!(
        (&greeting["text"], &greeting["title"]),
        (&json!("hello"), &json!(""))
    );
}
