//! Every message in every room: one snapshot per pair under `tests/snapshots/rooms`.

use serde_json::json;

use super::{DESTINATIONS, Destination, Message, WebhookSecret};
use crate::alert::{Alert, Digest, Origin, SAMPLES, storm};

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
        sender: None,
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
        assert_room(name, message, secret, destination);
    }
}

fn assert_room(
    name: &str,
    message: &Message<'_>,
    secret: &WebhookSecret,
    destination: &Destination,
) {
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
fn a_storm_is_one_message_in_every_room() {
    let alarms = storm(&origin());
    let cleared: Vec<Alert> = (1..=40)
        .map(|number| {
            let cleared = json!({
                "violationEventType": "alarm-cleared", "violationEventTime": 1_763_892_300_000_i64 + number * 86_400, "thingName": format!("sensor-{number}"),
                "violationId": number.to_string(), "securityProfileName": "FleetProfile", "metricValue": { "ports": [443] },
                "behavior": { "name": "OpenPorts-High", "metric": "aws:listening-tcp-ports",
                              "criteria": { "comparisonOperator": "in-port-set", "value": { "ports": [443] } } },
            });
            Alert::parse(&cleared.to_string(), origin())
        })
        .collect();
    for (name, alerts) in [("storm", &alarms), ("storm-cleared", &cleared)] {
        let digest = Digest::of(alerts.iter().collect()).expect("a digest");
        // Its document has every message of the storm.
        let few = Digest::of(alerts.iter().take(2).collect()).expect("a digest");
        for destination in DESTINATIONS {
            let is_generic = destination.hosts.is_empty();
            let shown = if is_generic { &few } else { &digest };
            assert_room(name, &Message::Digest(shown), &secret(), destination);
        }
        let text = super::sms::render_digest(&digest);
        assert!(text.contains(&digest.subject()), "{text}");
    }
    let all = Digest::of(alarms.iter().collect()).expect("a digest");
    let webhook = super::destination("webhook").expect("a destination");
    let body = (webhook.request)(&secret(), &Message::Digest(&all)).body;
    assert_eq!(body["digest"]["alerts"].as_array().map(Vec::len), Some(212));
    assert_eq!(
        body["digest"]["alerts"][211]["message"]["thingName"],
        "sensor-0212"
    );
}

#[test]
fn a_test_is_marked_and_a_greeting_is_one_line() {
    let test = Alert::parse(
        SAMPLES[0].json,
        Origin {
            test: true,
            sender: Some("assumed-role/OnCall/alice".to_owned()),
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
            "title": "Medium: messageSize on myIoTDevice: 26 bytes, expected &gt; 5,000",
            "state": "in-alarm",
            "severity": "medium",
            "kind": "detect.in-alarm",
            "thing_name": "myIoTDevice",
            "security_profile": "LargeMessageSize",
            "behavior_name": "messageSize",
            "details": "Message size: expected &gt; 5,000 bytes, observed 26 bytes\nCheck the device's software and configuration: unusual messages point \
                        to a misconfigured or compromised device.",
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

/// Where each room has what a notification on a phone shows.
const NOTIFICATIONS: &[(&str, &str)] = &[
    ("slack", "/blocks/0/text/text"),
    (
        "teams",
        "/attachments/0/content/body/0/items/0/inlines/0/text",
    ),
    ("teams", "/attachments/0/content/fallbackText"),
    ("google-chat", "/fallbackText"),
    ("discord", "/content"),
    ("pagerduty", "/payload/summary"),
    ("webhook", "/title"),
];

#[test]
fn a_notification_tells_what_which_thing_and_the_value() {
    for (name, pointer) in NOTIFICATIONS {
        let room = super::destination(name).expect("a destination");
        for (sample, expected) in [
            (
                "in-alarm",
                "Medium: messageSize on myIoTDevice: 26 bytes, expected > 5,0",
            ),
            (
                "cleared",
                "Cleared: MessagesPub on dev-IZWB: 4 messages, expected < 10 ",
            ),
            (
                "audit",
                "Medium: Device certificate expiring: 1 of 1 audit checks non",
            ),
            (
                "finding",
                "Critical: IoT policy overly permissive: IoT policy policyexa",
            ),
        ] {
            let json = crate::alert::sample(sample).expect("a sample").json;
            let alert = Alert::parse(json, origin());
            let body = (room.request)(&secret(), &Message::Alert(&alert)).body;
            let text = body.pointer(pointer).and_then(|text| text.as_str());
            let text = text
                .expect("text")
                .replace("&gt;", ">")
                .replace("&lt;", "<")
                .replace('\\', "");
            let shown: String = text.chars().take(60).collect();
            assert_eq!(shown, expected, "{sample} in {name}");
        }
    }
    let card = super::destination("google-chat").expect("a destination");
    let alert = Alert::parse(SAMPLES[0].json, origin());
    let body = (card.request)(&secret(), &Message::Alert(&alert)).body;
    assert_eq!(
        body["cardsV2"][0]["card"]["header"],
        json!({ "title": "Medium: messageSize on myIoTDevice", "subtitle": "26 bytes, expected > 5,000" })
    );
}

#[test]
fn no_label_stands_twice() {
    let messages = SAMPLES.iter().map(|sample| (sample.name, sample.json));
    for (name, message) in messages.chain(FIXTURES.iter().copied()) {
        for test in [false, true] {
            let origin = Origin { test, ..origin() };
            let report = Alert::parse(message, origin).report();
            let facts = report.facts.iter().chain(&report.identifiers);
            let mut labels: Vec<&str> = facts.map(|fact| fact.label.as_str()).collect();
            labels.extend(report.links.iter().map(|link| link.text));
            let all = labels.len();
            labels.sort_unstable();
            labels.dedup();
            assert_eq!(labels.len(), all, "{name}: {labels:?}");
        }
    }
}

#[test]
fn a_test_says_who_sent_it_and_when_and_asks_for_nothing() {
    let origin = Origin {
        test: true,
        sender: Some("assumed-role/OnCall/alice".to_owned()),
        ..origin()
    };
    for sample in SAMPLES {
        let report = Alert::parse(sample.json, origin.clone()).report();
        let note = report.note.expect("a note");
        assert!(
            note.starts_with("This is a test, sent by assumed-role/OnCall/alice with ddalert."),
            "{note}"
        );
        let time = |fact: &crate::alert::Fact| {
            fact.label == "Sent" && fact.value == "2026-11-15 03:00:36 UTC"
        };
        assert!(report.facts.iter().any(time), "{}", sample.name);
        assert!(
            !report
                .facts
                .iter()
                .any(|fact| fact.value.contains(":00 UTC")),
            "{}: the sample's own time misleads",
            sample.name
        );
        assert_eq!(report.at, origin.published, "{}", sample.name);
        assert_eq!(report.next_step, None, "{}", sample.name);
    }
}

#[test]
fn compliant_checks_are_a_count() {
    let checks: Vec<serde_json::Value> = (0..11)
        .map(|number| json!({ "checkName": format!("C{number}_CHECK"), "checkRunStatus": "COMPLETED_COMPLIANT" }))
        .chain([
            json!({ "checkName": "LOGGING_DISABLED_CHECK", "checkRunStatus": "CANCELED" }),
            json!({ "checkName": "CONFLICTING_CLIENT_IDS_CHECK", "checkRunStatus": "FAILED" }),
            json!({ "checkName": "CA_CERTIFICATE_EXPIRING_CHECK", "checkRunStatus": "COMPLETED_NON_COMPLIANT" }),
            json!({ "checkName": "DEVICE_CERTIFICATE_SHARED_CHECK", "checkRunStatus": "COMPLETED_NON_COMPLIANT" }),
        ])
        .collect();
    let audit = json!({ "taskType": "ON_DEMAND_AUDIT_TASK", "auditDetails": checks }).to_string();
    let report = Alert::parse(&audit, origin()).report();
    let facts: Vec<(&str, &str)> = report
        .facts
        .iter()
        .take(5)
        .map(|fact| (fact.label.as_str(), fact.value.as_str()))
        .collect();
    assert_eq!(
        facts,
        [
            ("Device certificate shared", "non-compliant"),
            ("CA certificate expiring", "non-compliant"),
            ("Conflicting MQTT client IDs", "failed"),
            ("Logging disabled", "canceled"),
            ("Compliant", "11 checks"),
        ]
    );
    assert_eq!(
        report.title,
        "Critical: Device certificate shared and 3 more: 2 of 15 audit checks non-compliant"
    );
}
