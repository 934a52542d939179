//! Messages of an unknown shape: another publisher's JSON, or text. They are shown unchanged under a title found in them.
//!
//! AWS's replacement for Detect (the sample IoT anomaly detection pipeline) publishes its own JSON to the same topics.

use serde_json::Value;

use super::name_line::name_line;
use super::report::{Report, State};
use super::severity::Severity;
use super::truncate::truncate;
use super::{Origin, field};

/// The keys under which publishers commonly put a title, the most specific first.
const TITLE_KEYS: &[&str] = &[
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
/// The keys under which publishers commonly name the device.
const THING_KEYS: &[&str] = &[
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
/// The maximum length of a title taken from a message, in UTF-16 code units.
const MAX_TITLE_LENGTH: usize = 200;
/// The maximum length of a device's name in a title, in UTF-16 code units.
const MAX_THING_LENGTH: usize = 128;

/// Returns the report of JSON of an unknown shape.
pub(super) fn report_json(value: &Value, raw: &str, origin: &Origin) -> Report {
    let first = |keys: &[&str]| keys.iter().find_map(|key| field::text(value, key));
    let severity = first(&["severity", "Severity"]).and_then(|name| Severity::from_name(&name));
    let title = origin
        .subject
        .as_deref()
        .map(field::sanitize)
        .or_else(|| first(TITLE_KEYS))
        .or_else(|| field::scalar(value));
    let behavior = value
        .get("behavior")
        .and_then(|behavior| field::text(behavior, "name").or_else(|| field::scalar(behavior)));
    let thing = first(THING_KEYS);
    let named = name_line(
        thing.as_deref(),
        first(&["securityProfileName", "securityProfile"]).as_deref(),
        behavior.or_else(|| first(&["behaviorName"])).as_deref(),
    );
    let mut report = report(
        title.as_deref().unwrap_or("unrecognized JSON"),
        thing.as_deref(),
        named.as_deref(),
        severity.ok_or(Severity::Medium),
        origin,
    );
    let are_whole = report.add_other_fields(value, &[]);
    report.add_time(origin, "Time", None, None);
    report.add_place(origin, None);
    // Facts that say everything need no repetition; where there are none, the message itself is all there is.
    let says_nothing = field::scalar(value).is_none()
        && value.as_object().is_none_or(serde_json::Map::is_empty)
        && value.as_array().is_none_or(Vec::is_empty);
    report.raw = (!are_whole || says_nothing).then(|| field::sanitize_lines(raw.trim_end()));
    report
}

/// Returns the report of a message that is not JSON.
pub(super) fn report_text(text: &str, origin: &Origin) -> Report {
    let first_line = text
        .lines()
        .map(field::sanitize)
        .find(|line| !line.trim().is_empty());
    let title = origin
        .subject
        .as_deref()
        .map(field::sanitize)
        .or(first_line);
    let title = title.as_deref().unwrap_or("(empty message)");
    let mut report = report(title, None, None, Err(Severity::Low), origin);
    report.add_time(origin, "Time", None, None);
    report.add_place(origin, None);
    let text = field::sanitize_lines(text.trim_end());
    let is_title = text.trim() == title.trim() && title.encode_utf16().count() <= MAX_TITLE_LENGTH;
    report.raw = Some(text).filter(|text| !text.trim().is_empty() && !is_title);
    report
}

/// Puts `Message` in front of whatever the message says, so that it cannot pass for a Device Defender alarm. A severity is `Ok` if
/// the message says it.
fn report(
    title: &str,
    thing: Option<&str>,
    named: Option<&str>,
    severity: Result<Severity, Severity>,
    origin: &Origin,
) -> Report {
    let title = truncate(title.trim(), MAX_TITLE_LENGTH);
    let on = origin
        .topic
        .as_ref()
        .map(|topic| format!(" on {}", topic.name))
        .unwrap_or_default();
    let named = named.map(|named| format!(" | {named}")).unwrap_or_default();
    let level = severity
        .map(|severity| format!(" ({severity})"))
        .unwrap_or_default();
    // A title of several sentences says the thing itself.
    let thing = thing
        .filter(|thing| !title.contains(thing))
        .map(|thing| format!(" on {}", truncate(thing, MAX_THING_LENGTH)))
        .unwrap_or_default();
    Report::new(
        origin,
        &format!("Message{on}: {title}{named}"),
        &format!("Message{level}: {title}{thing}"),
        None,
        State::Message,
        severity.unwrap_or_else(|assumed| assumed),
    )
}
