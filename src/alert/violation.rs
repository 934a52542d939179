//! A Detect violation: which thing violated which behavior of which security profile, and whether the alarm began or ended.

use jiff::Timestamp;
use serde_json::Value;

use super::comparison::{Comparison, Criteria, MetricValue};
use super::report::{MAX_TITLE_LENGTH, Report, State};
use super::severity::Severity;
use super::truncate::{truncate, truncate_middle};
use super::{Origin, check, field, guidance, metric};

/// The maximum length of a name in the API model. A longer one is truncated, so that the headline always has room for all three.
const MAX_NAME_LENGTH: usize = 128;
/// What is kept of a name in a title at least, in UTF-16 code units.
const MIN_NAME_LENGTH: usize = 11;

/// What happened to the alarm: `violationEventType`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViolationEventType {
    /// `in-alarm`, also if the message has no type.
    InAlarm,
    /// `alarm-cleared`: the device behaves as expected again.
    Cleared,
    /// `alarm-invalidated`: the device stopped sending metrics, or a person verified the alarm.
    Invalidated,
    /// An undocumented type.
    Other(String),
}

/// A violation: the API's `ViolationEvent`. None of its members is required.
#[derive(Clone, Debug)]
pub struct Violation {
    /// What happened to the alarm.
    pub event_type: ViolationEventType,
    /// The violation's ID; an alarm and its end have the same.
    pub id: Option<String>,
    /// The thing's name; unlike the other names it can hold any character.
    pub thing: Option<String>,
    /// The security profile's name.
    pub profile: Option<String>,
    /// The behavior's name.
    pub behavior: Option<String>,
    /// The metric, such as `aws:num-messages-sent`; a custom metric has no `aws:`.
    pub metric: Option<String>,
    /// When it happened.
    pub at: Option<Timestamp>,
    /// The verification state that a person set: `FALSE_POSITIVE`, `BENIGN_POSITIVE`, `TRUE_POSITIVE` or `UNKNOWN`.
    pub verification: Option<String>,
    verification_note: Option<String>,
    dimension: Option<String>,
    criteria: Criteria,
    observed: Option<MetricValue>,
    confidence: Option<String>,
    kind: String,
}

/// The top-level keys that the report covers; any other is added to it unchanged.
const KNOWN_KEYS: &[&str] = &[
    "violationEventTime",
    "thingName",
    "behavior",
    "violationEventType",
    "metricValue",
    "violationId",
    "securityProfileName",
    "violationEventAdditionalInfo",
    "verificationState",
    "verificationStateDescription",
];

impl Violation {
    /// Parses a violation; `None` if the value does not look like one.
    pub(super) fn parse(value: &Value) -> Option<Violation> {
        let object = value.as_object()?;
        let has = |key: &str| object.get(key).is_some_and(|value| !value.is_null());
        if !(has("violationEventType")
            || has("violationId")
            || (has("thingName") && has("behavior")))
        {
            return None;
        }
        let behavior = value.get("behavior").unwrap_or(&Value::Null);
        let event_type = field::text(value, "violationEventType");
        // A broken character beside the word must not make the end of an alarm something else.
        let word = event_type.as_deref().map(|text| {
            text.trim_matches(|c: char| c.is_whitespace() || c == char::REPLACEMENT_CHARACTER)
                .to_ascii_lowercase()
        });
        let event_type = match (word.as_deref(), event_type) {
            (None | Some("in-alarm"), _) | (_, None) => ViolationEventType::InAlarm,
            (Some("alarm-cleared"), _) => ViolationEventType::Cleared,
            (Some("alarm-invalidated"), _) => ViolationEventType::Invalidated,
            (Some(_), Some(other)) => ViolationEventType::Other(other),
        };
        Some(Violation {
            kind: kind(&event_type),
            event_type,
            id: field::text(value, "violationId"),
            thing: field::text(value, "thingName"),
            profile: field::text(value, "securityProfileName"),
            behavior: field::text(behavior, "name").or_else(|| field::scalar(behavior)),
            metric: field::text(behavior, "metric"),
            at: field::time(value, "violationEventTime"),
            verification: field::text(value, "verificationState"),
            verification_note: field::text(value, "verificationStateDescription"),
            dimension: behavior.get("metricDimension").and_then(dimension),
            criteria: Criteria::parse(behavior.get("criteria").unwrap_or(&Value::Null)),
            observed: value.get("metricValue").and_then(MetricValue::parse),
            confidence: value
                .get("violationEventAdditionalInfo")
                .and_then(|info| field::text(info, "confidenceLevel")),
        })
    }

    /// Returns the kind for logs: `detect.in-alarm` and so on, without any other character than letters, digits, `.` and `-`.
    pub(super) fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns what the behavior expects and what was observed.
    pub fn comparison(&self) -> Comparison {
        self.criteria.compare(
            self.observed.as_ref(),
            self.metric.as_deref(),
            self.confidence.as_deref(),
        )
    }

    /// Returns what the metric measures: `Message size`, or the name of a custom metric.
    pub fn metric_label(&self) -> Option<&str> {
        self.metric
            .as_deref()
            .map(|name| metric::lookup(name).map_or(name, |metric| metric.label))
    }

    /// Returns the report of the violation, which was parsed from `value`.
    pub(super) fn report(&self, value: &Value, origin: &Origin) -> Report {
        let suffix = self.behavior.as_deref().and_then(Severity::from_behavior);
        let (state, default_severity) = match self.event_type {
            ViolationEventType::InAlarm => (State::Alarm, Severity::Medium),
            ViolationEventType::Cleared => (State::Cleared, Severity::Info),
            ViolationEventType::Invalidated => (State::Invalidated, Severity::Info),
            ViolationEventType::Other(_) => (State::Message, Severity::Low),
        };
        let severity = suffix.unwrap_or(default_severity);
        let comparison = self.comparison();
        let mut report = Report::new(
            origin,
            &self.headline(),
            &self.subject(severity, origin.test, comparison.reading().as_deref()),
            comparison.in_short(),
            state,
            severity,
        );
        report.summary = comparison
            .sentence()
            .map(|sentence| match self.metric_label() {
                Some(label) => format!("{label}: {sentence}"),
                None => sentence,
            });
        match self.event_type {
            ViolationEventType::InAlarm | ViolationEventType::Other(_) => {}
            ViolationEventType::Cleared => report.add_note("The alarm has cleared: the device behaves as expected again."),
            ViolationEventType::Invalidated if self.verification.is_some() => {
                report.add_note("The alarm was invalidated after someone set its verification state.")
            }
            ViolationEventType::Invalidated => report.add_note(
                "The alarm was invalidated. The device is not necessarily healthy: it may have sent no metrics for two days, or \
                 someone may have set the alarm's verification state.",
            ),
        }
        report.add_fact("Thing", self.thing.clone());
        report.add_fact("Behavior", self.behavior.clone());
        let time = match self.event_type {
            ViolationEventType::InAlarm => "Since",
            ViolationEventType::Cleared => "Cleared",
            ViolationEventType::Invalidated => "Invalidated",
            ViolationEventType::Other(_) => "Time",
        };
        report.add_time(
            origin,
            time,
            self.at,
            field::text(value, "violationEventTime"),
        );
        report.add_fact(
            "Verification state",
            match (&self.verification, &self.verification_note) {
                (Some(state), Some(note)) => {
                    Some(format!("{}: {note}", check::in_words(state, false)))
                }
                (Some(state), None) => Some(check::in_words(state, false)),
                (None, note) => note.clone(),
            },
        );
        report.add_fact("Security profile", self.profile.clone());
        report.add_fact("Dimension", self.dimension.clone());
        report.add_fact(
            "Datapoints to alarm",
            self.criteria
                .datapoints_to_alarm()
                .map(|datapoints| datapoints.to_string()),
        );
        report.add_other_fields(value, KNOWN_KEYS);
        report.add_place(origin, None);
        report.add_identifier("Violation ID", self.id.clone());
        // The summary names a custom metric already.
        report.add_identifier(
            "Metric",
            self.metric
                .clone()
                .filter(|name| metric::lookup(name).is_some()),
        );
        if let Some(profile) = &self.profile {
            report.add_link(origin, "View violations", |console| {
                console.violations(profile)
            });
        }
        if let Some(thing) = &self.thing {
            report.add_link(origin, "View thing", |console| console.thing(thing));
        }
        match self.event_type {
            ViolationEventType::InAlarm => {
                report.add_guidance(guidance::of_alarm(self.metric.as_deref()))
            }
            ViolationEventType::Cleared => report.add_guidance(guidance::CLEARED),
            ViolationEventType::Invalidated if self.verification.is_some() => {
                report.add_guidance(guidance::VERIFIED)
            }
            ViolationEventType::Invalidated => report.add_guidance(guidance::INVALIDATED),
            ViolationEventType::Other(_) => {}
        }
        report
    }

    /// Returns the workshop's line for an alarm; the other headlines cannot be mistaken for it.
    fn headline(&self) -> String {
        let opening = match &self.event_type {
            ViolationEventType::InAlarm => "IoT Device Defender alert!".to_owned(),
            ViolationEventType::Cleared => "IoT Device Defender alarm cleared.".to_owned(),
            ViolationEventType::Invalidated => "IoT Device Defender alarm invalidated.".to_owned(),
            ViolationEventType::Other(name) => {
                format!(
                    "IoT Device Defender event ({}).",
                    truncate(name, MAX_NAME_LENGTH)
                )
            }
        };
        let named = name_line(
            self.thing.as_deref(),
            self.profile.as_deref(),
            self.behavior.as_deref(),
        );
        match (named, &self.id) {
            (Some(named), _) => format!("{opening} {named}"),
            (None, Some(id)) => {
                format!("{opening} Violation ID: {}", truncate(id, MAX_NAME_LENGTH))
            }
            (None, None) => opening,
        }
    }

    /// Returns how bad, what, which thing: `Medium: messageSize on myIoTDevice`. The names are shortened so that the observed value
    /// still falls within a title's length.
    fn subject(&self, severity: Severity, test: bool, reading: Option<&str>) -> String {
        let opening = match &self.event_type {
            ViolationEventType::InAlarm => severity.title().to_owned(),
            ViolationEventType::Cleared => "Cleared".to_owned(),
            ViolationEventType::Invalidated => "Invalidated".to_owned(),
            ViolationEventType::Other(name) => {
                format!("Event ({})", truncate_middle(name, 2 * MIN_NAME_LENGTH))
            }
        };
        let length = |text: &str| text.encode_utf16().count();
        let mark = if test { "[TEST] ".len() } else { 0 };
        let around = mark
            + length(&opening)
            + ": ".len()
            + reading.map_or(0, |reading| ": ".len() + length(reading));
        let room = MAX_TITLE_LENGTH.saturating_sub(around);
        let named = match (&self.behavior, &self.thing) {
            (Some(behavior), Some(thing)) => {
                let room = room.saturating_sub(" on ".len());
                // The opening says the severity already.
                let behavior = match Severity::without_suffix(behavior) {
                    Some(short) if length(behavior) + length(thing) > room => short,
                    _ => behavior,
                };
                let (behavior, thing) = share(behavior, thing, room);
                Some(format!("{behavior} on {thing}"))
            }
            (Some(name), None) | (None, Some(name)) => {
                Some(truncate_middle(name, room.max(MIN_NAME_LENGTH)))
            }
            (None, None) => None,
        };
        match named {
            Some(named) => format!("{opening}: {named}"),
            None if self.event_type == ViolationEventType::InAlarm => format!("{opening}: alarm"),
            None => format!("{opening}: an alarm"),
        }
    }
}

/// Shortens two names to `room` UTF-16 code units together, the longer one first, and each to no less than [`MIN_NAME_LENGTH`].
fn share(first: &str, second: &str, room: usize) -> (String, String) {
    let length = |text: &str| text.encode_utf16().count();
    let half = room / 2;
    let limit = |name: &str, other: &str| {
        let rest = room.saturating_sub(length(other).min(half.max(MIN_NAME_LENGTH)));
        rest.max(half).max(MIN_NAME_LENGTH).min(length(name).max(1))
    };
    let (first_limit, second_limit) = (limit(first, second), limit(second, first));
    (
        truncate_middle(first, first_limit),
        truncate_middle(second, second_limit),
    )
}

/// Returns the names that are known, in the workshop's words: `Thing name: a | Security profile: b | Behavior name: c`.
pub(super) fn name_line(
    thing: Option<&str>,
    profile: Option<&str>,
    behavior: Option<&str>,
) -> Option<String> {
    let named: Vec<String> = [
        ("Thing name", thing),
        ("Security profile", profile),
        ("Behavior name", behavior),
    ]
    .into_iter()
    .filter_map(|(label, name)| Some(format!("{label}: {}", truncate(name?, MAX_NAME_LENGTH))))
    .collect();
    (!named.is_empty()).then(|| named.join(" | "))
}

fn kind(event_type: &ViolationEventType) -> String {
    match event_type {
        ViolationEventType::InAlarm => "detect.in-alarm".to_owned(),
        ViolationEventType::Cleared => "detect.alarm-cleared".to_owned(),
        ViolationEventType::Invalidated => "detect.alarm-invalidated".to_owned(),
        ViolationEventType::Other(name) => {
            let safe = |c: char| {
                if c.is_ascii_alphanumeric() || c == '-' {
                    c.to_ascii_lowercase()
                } else {
                    '-'
                }
            };
            format!(
                "detect.{}",
                name.chars().take(40).map(safe).collect::<String>()
            )
        }
    }
}

/// Returns a `MetricDimension` as text. Its default operator is IN (API reference).
fn dimension(value: &Value) -> Option<String> {
    let name = field::text(value, "dimensionName")?;
    match field::text(value, "operator").as_deref() {
        None | Some("IN") => Some(format!("in {name}")),
        Some("NOT_IN") => Some(format!("not in {name}")),
        Some(other) => Some(format!("{other} {name}")),
    }
}
