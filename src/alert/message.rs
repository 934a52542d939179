//! A message of no known shape: JSON of another publisher, or text. It is shown as it is, and named by what it seems to be about.
//!
//! AWS's replacement for Detect (the sample IoT anomaly detection pipeline) publishes JSON of its own to the same topics.

use serde_json::Value;

use super::cut::cut;
use super::report::{Report, State};
use super::severity::Severity;
use super::{Origin, field, violation};

/// Where a publisher tends to say what its message is about, the most telling first.
const TITLES: &[&str] = &[
    "title",
    "Title",
    "AlarmName",
    "alarmName",
    "summary",
    "subject",
    "detail-type",
    "message",
    "Message",
    "description",
    "name",
    "alertType",
    "alert_type",
    "anomalyType",
    "anomaly_type",
    "eventName",
    "eventType",
    "type",
];
/// Where a publisher tends to name the device.
const THINGS: &[&str] = &[
    "thingName",
    "thing_name",
    "thing",
    "deviceId",
    "device_id",
    "deviceName",
    "device_name",
    "device",
    "clientId",
];
/// The longest title taken from a message, in characters.
const LONGEST_TITLE: usize = 200;

/// Returns JSON of no known shape in words.
pub(super) fn of_json(value: &Value, raw: &str, origin: &Origin) -> Report {
    let first = |keys: &[&str]| keys.iter().find_map(|key| field::text(value, key));
    let severity = first(&["severity", "Severity"])
        .and_then(|name| Severity::named(&name))
        .unwrap_or(Severity::Medium);
    let title = origin
        .subject
        .as_deref()
        .map(field::plain)
        .or_else(|| first(TITLES))
        .or_else(|| field::scalar(value));
    let behavior = value
        .get("behavior")
        .and_then(|behavior| field::text(behavior, "name").or_else(|| field::scalar(behavior)));
    let named = violation::names(
        first(THINGS).as_deref(),
        first(&["securityProfileName", "securityProfile"]).as_deref(),
        behavior.or_else(|| first(&["behaviorName"])).as_deref(),
    );
    let mut report = report(
        title.as_deref().unwrap_or("JSON of an unknown shape"),
        named.as_deref(),
        severity,
        origin,
    );
    report.when_and_where(origin, None, None, None);
    report.rest(value, &[]);
    report.raw = Some(field::plain_lines(raw.trim_end()));
    report
}

/// Returns text in words: its own.
pub(super) fn of_text(text: &str, origin: &Origin) -> Report {
    let first_line = text
        .lines()
        .map(field::plain)
        .find(|line| !line.trim().is_empty());
    let title = origin.subject.as_deref().map(field::plain).or(first_line);
    let mut report = report(
        title.as_deref().unwrap_or("(empty)"),
        None,
        Severity::Low,
        origin,
    );
    report.when_and_where(origin, None, None, None);
    report.raw = Some(field::plain_lines(text.trim_end())).filter(|text| !text.trim().is_empty());
    report
}

/// Whatever such a message says, it says it behind our own words: it cannot pass for an alarm of Device Defender.
fn report(title: &str, named: Option<&str>, severity: Severity, origin: &Origin) -> Report {
    let title = cut(title.trim(), LONGEST_TITLE);
    let on = origin
        .topic
        .as_ref()
        .map(|topic| format!(" on {}", topic.name))
        .unwrap_or_default();
    let named = named.map(|named| format!(" | {named}")).unwrap_or_default();
    Report::new(
        origin,
        &format!("Message{on}: {title}{named}"),
        &format!("Message: {title}"),
        State::Message,
        severity,
    )
}
