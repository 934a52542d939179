//! What holds for any message in any room, whatever a publisher or a device writes.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::defang::defang;
use super::snapshots::{origin, secret};
use super::{DESTINATIONS, Message, sms};
use crate::alert::{Alert, Digest, Origin, Report, ReportLink};

/// Keys that some parser reads, so that random JSON reaches every parser.
const KEYS: &[&str] = &[
    "violationEventType",
    "violationEventTime",
    "violationId",
    "thingName",
    "securityProfileName",
    "behavior",
    "name",
    "metric",
    "criteria",
    "comparisonOperator",
    "value",
    "durationSeconds",
    "statisticalThreshold",
    "statistic",
    "mlDetectionConfig",
    "confidenceLevel",
    "metricDimension",
    "dimensionName",
    "operator",
    "metricValue",
    "count",
    "number",
    "numbers",
    "strings",
    "ports",
    "cidrs",
    "verificationState",
    "auditDetails",
    "taskType",
    "taskStatus",
    "checkName",
    "checkRunStatus",
    "findingId",
    "nonCompliantResource",
    "resourceIdentifier",
    "totalChecksCount",
    "severity",
    "title",
    "message",
    "Account",
    "",
];

/// Texts that are significant to a parser or active in a room.
const TEXTS: &[&str] = &[
    "in-alarm",
    "alarm-cleared",
    "alarm-invalidated",
    "in-set",
    "not-in-port-set",
    "less-than",
    "FAILED",
    "CRITICAL",
    "x-High",
    "@everyone",
    "@All",
    "<!channel>",
    "<@U1>",
    "<https://evil.example|x>",
    "[x](https://evil.example)",
    "www.evil.example",
    "<users/all>",
    "<at>x</at>",
    "{{DATE(2020-01-01T00:00:00Z)}}",
    "```",
    "*_~|\\",
    "&amp;\"'",
    "\u{202e}\u{200b}\n\r\t\u{0}",
    "😀",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![3 => proptest::sample::select(TEXTS).prop_map(str::to_owned), 2 => any::<String>()];
    prop_oneof![
        8 => proptest::collection::vec(piece.clone(), 1..4).prop_map(|pieces| pieces.concat()),
        1 => (piece, 1_usize..400).prop_map(|(piece, times)| piece.repeat(times)),
    ]
}

fn json_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        4 => text().prop_map(Value::from),
    ];
    let key = prop_oneof![5 => proptest::sample::select(KEYS).prop_map(str::to_owned), 1 => text()];
    scalar.prop_recursive(5, 48, 10, move |inner| {
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..10).prop_map(Value::from),
            3 => proptest::collection::vec((key.clone(), inner), 0..10).prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

fn without(text: String, ReportLink { text: name, url }: &ReportLink) -> String {
    text.replace(&format!("<{url}|{name}>"), "")
        .replace(&format!("[{name}]({url})"), "")
        .replace(url, "")
}

/// Collects all texts of a body, without our own links.
fn texts(value: &Value, links: &[ReportLink], found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(links.iter().fold(text.clone(), without)),
        Value::Array(items) => items.iter().for_each(|item| texts(item, links, found)),
        Value::Object(members) => members.iter().for_each(|(key, value)| {
            found.push(key.clone());
            if key != "$schema" {
                texts(value, links, found);
            }
        }),
        _ => {}
    }
}

fn assert_safe_everywhere(message: &str, origin: Origin) {
    let alert = Alert::parse(message, origin);
    assert_message_safe_everywhere(&Message::Alert(&alert), &alert.report());
    // A digest of the same alert and of one of another thing.
    let other = message.replacen("thingName\":\"", "thingName\":\"other", 1);
    let other = Alert::parse(&other, alert.origin.clone());
    if let Some(digest) = Digest::of(vec![&alert, &other, &alert]) {
        assert_message_safe_everywhere(&Message::Digest(&digest), &digest.report());
        assert!(!sms::render_digest(&digest).is_empty());
    }
}

fn assert_message_safe_everywhere(message: &Message<'_>, report: &Report) {
    assert!(
        !report.headline.contains(['\n', '\r']),
        "{:?}",
        report.headline
    );
    for destination in DESTINATIONS {
        let request = (destination.request)(&secret(), message);
        assert!(
            (destination.fits)(&request.body),
            "{} does not fit: {}",
            destination.name,
            request.body
        );
        // A program reads the generic webhook: it gets the texts unescaped.
        if destination.hosts.is_empty() {
            continue;
        }
        let mut found = Vec::new();
        texts(&request.body, &report.links, &mut found);
        for text in found {
            // Our own line break in Google Chat, where a `<` of anybody else is escaped.
            let text = text.replace("<br>", "\n");
            assert_eq!(defang(&text), text, "active in {}", destination.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_safe_in_every_room(value in json_value(), test in any::<bool>()) {
        assert_safe_everywhere(&value.to_string(), Origin { test, ..origin() });
    }

    #[test]
    fn any_text_is_safe_in_every_room(message in text(), subject in proptest::option::of(text())) {
        assert_safe_everywhere(&message, Origin { subject, ..origin() });
    }

    #[test]
    fn a_violation_of_any_shape_is_safe_in_every_room(value in json_value(), reading in json_value(), behavior in json_value()) {
        let violation = json!({
            "violationEventType": "in-alarm", "thingName": value, "metricValue": reading, "behavior": behavior, "securityProfileName": "p",
        });
        assert_safe_everywhere(&violation.to_string(), origin());
    }

    #[test]
    fn a_title_has_behavior_thing_and_value_where_a_notification_shows_them(
        thing in "[a-zA-Z0-9:_-]{1,128}", behavior in "[a-zA-Z0-9:_-]{1,128}", count in 0_u32..1_000_000, test in any::<bool>(),
    ) {
        let violation = json!({
            "violationEventType": "in-alarm", "thingName": thing, "metricValue": { "count": count },
            "behavior": { "name": behavior, "metric": "aws:num-messages-sent", "criteria": { "comparisonOperator": "less-than", "value": { "count": 1 } } },
        });
        let title = Alert::parse(&violation.to_string(), Origin { test, ..origin() }).report().title;
        let shown: String = title.chars().take(60).collect();
        let (names, value) = shown.split_once(" on ").expect("both names");
        let value = value.split_once(": ").map(|(_, value)| value.replace(',', ""));
        prop_assert!(value.is_some_and(|value| value.starts_with(&format!("{count} message"))), "{}", title);
        let start: String = behavior.chars().take(5).collect();
        prop_assert!(names.contains(&format!(": {start}")), "{}", title);
    }

    #[test]
    fn names_in_any_script_and_of_any_length_fit(thing in "[é漢😀 /%&<]{1,128}", profile in "[é漢😀&]{100,300}", behavior in "[漢😀]{1,300}") {
        let violation = json!({
            "violationEventType": "in-alarm", "thingName": thing, "securityProfileName": profile, "behavior": { "name": behavior },
        });
        assert_safe_everywhere(&violation.to_string(), origin());
    }

    #[test]
    fn a_headline_names_thing_profile_and_behavior(
        thing in "[ -~]{0,30}[!-~]", profile in "[a-zA-Z0-9:_-]{1,128}", behavior in "[a-zA-Z0-9:_-]{1,128}", cleared in any::<bool>(),
    ) {
        let change = if cleared { "alarm-cleared" } else { "in-alarm" };
        let violation = json!({
            "violationEventType": change, "thingName": thing, "securityProfileName": profile, "behavior": { "name": behavior },
        });
        let report = Alert::parse(&violation.to_string(), origin()).report();
        let names = format!("Thing name: {thing} | Security profile: {profile} | Behavior name: {behavior}");
        prop_assert!(report.headline.ends_with(&names), "{}", report.headline);
        prop_assert_eq!(report.headline.starts_with("IoT Device Defender alert! "), !cleared);
    }
}

#[test]
fn the_limits_are_the_documented_ones() {
    let x = |length: usize| "x".repeat(length);
    let header = |length| json!({ "attachments": [{ "blocks": [{ "type": "header", "text": { "text": x(length) } }] }] });
    let section = |length| json!({ "attachments": [{ "blocks": [{ "type": "section", "text": { "text": x(length) } }] }] });
    let fields = |number| {
        let field = json!({ "text": "x" });
        json!({ "attachments": [{ "blocks": [{ "type": "section", "fields": vec![field; number] }] }] })
    };
    let context = |number, length| {
        let element = json!({ "type": "mrkdwn", "text": x(length) });
        json!({ "attachments": [{ "blocks": [{ "type": "context", "elements": vec![element; number] }] }] })
    };
    let event = |name: &str, length| json!({ "dedup_key": "", "payload": { "summary": "" }, name: x(length) });
    let summary = |length| json!({ "payload": { "summary": x(length) } });
    let embed = |name: &str, length| json!({ "content": "", "embeds": [{ name: x(length), "fields": [] }] });
    let embed_fields = |number, length| json!({ "embeds": [{ "fields": vec![json!({ "name": "x", "value": x(length) }); number] }] });
    for (name, within, beyond) in [
        (
            "chime",
            json!({ "Content": x(3986) }),
            json!({ "Content": x(3987) }),
        ),
        ("slack", header(150), header(151)),
        ("slack", section(3000), section(3001)),
        ("slack", section(1), section(0)),
        ("slack", fields(10), fields(11)),
        ("slack", context(1, 2000), context(1, 2001)),
        ("slack", context(10, 1), context(11, 1)),
        (
            "slack",
            json!({ "text": x(13_000) }),
            json!({ "text": x(13_001) }),
        ),
        ("teams", json!(x(19_998)), json!(x(19_999))),
        (
            "google-chat",
            json!({ "text": x(4096) }),
            json!({ "text": x(4097) }),
        ),
        (
            "discord",
            json!({ "content": x(2000) }),
            json!({ "content": x(2001) }),
        ),
        ("discord", embed("title", 256), embed("title", 257)),
        (
            "discord",
            embed("description", 4096),
            embed("description", 4097),
        ),
        ("discord", embed_fields(25, 100), embed_fields(26, 100)),
        ("discord", embed_fields(1, 1024), embed_fields(1, 1025)),
        ("discord", embed_fields(5, 1024), embed_fields(6, 1024)),
        ("pagerduty", summary(1024), summary(1025)),
        (
            "pagerduty",
            event("dedup_key", 255),
            event("dedup_key", 256),
        ),
        (
            "pagerduty",
            json!(x(512 * 1024 - 2)),
            json!(x(512 * 1024 - 1)),
        ),
    ] {
        let room = super::destination(name).expect("a destination");
        assert!(
            (room.fits)(&within) && !(room.fits)(&beyond),
            "{name}: {}",
            beyond.to_string().len()
        );
    }
}
