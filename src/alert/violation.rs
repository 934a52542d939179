//! A Detect violation: which thing broke which behavior of which security profile, and whether the alarm began or ended.

use jiff::Timestamp;
use serde_json::Value;

use super::comparison::{Criteria, MetricValue};
use super::cut::cut;
use super::report::{Report, State};
use super::severity::Severity;
use super::{Origin, field, metric};

/// The longest name in the API model; one that is longer is cut, so that the headline always names all three.
const LONGEST_NAME: usize = 128;

/// What happened to the alarm (`violationEventType`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlarmChange {
    /// `in-alarm`, or no type at all: what says nothing else is taken for an alarm.
    InAlarm,
    /// `alarm-cleared`: the device behaves as expected again.
    Cleared,
    /// `alarm-invalidated`: the alarm was withdrawn, as the device fell silent or a person verified it.
    Invalidated,
    /// A type that nobody has documented yet.
    Other(String),
}

/// A violation, in the shape of the API's `ViolationEvent`, none of whose members is required.
#[derive(Clone, Debug)]
pub struct Violation {
    /// What happened to the alarm.
    pub change: AlarmChange,
    /// The violation's id, the same for the alarm and its end.
    pub id: Option<String>,
    /// The thing's name; the one text here that no pattern bounds.
    pub thing: Option<String>,
    /// The security profile's name.
    pub profile: Option<String>,
    /// The behavior's name.
    pub behavior: Option<String>,
    /// The metric, such as `aws:num-messages-sent`; a custom metric has a bare name.
    pub metric: Option<String>,
    /// When it happened.
    pub at: Option<Timestamp>,
    /// What a person found out: `FALSE_POSITIVE`, `BENIGN_POSITIVE`, `TRUE_POSITIVE` or `UNKNOWN`.
    pub verification: Option<String>,
    verification_note: Option<String>,
    dimension: Option<String>,
    criteria: Criteria,
    observed: Option<MetricValue>,
    confidence: Option<String>,
    kind: String,
}

/// The top-level keys that a violation's report shows in its own words; any other is shown as it is.
const KNOWN: &[&str] = &[
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
    /// Reads a violation, where the value looks like one.
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
        let change = match field::text(value, "violationEventType").as_deref() {
            None | Some("in-alarm") => AlarmChange::InAlarm,
            Some("alarm-cleared") => AlarmChange::Cleared,
            Some("alarm-invalidated") => AlarmChange::Invalidated,
            Some(other) => AlarmChange::Other(other.to_owned()),
        };
        Some(Violation {
            kind: kind(&change),
            change,
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

    /// Returns `detect.in-alarm` and so on, fit for a log whatever the message says.
    pub(super) fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns what the behavior calls normal against what was observed: `expected > 5000 bytes, observed 26`.
    pub fn comparison(&self) -> Option<String> {
        self.criteria.against(
            self.observed.as_ref(),
            self.metric.as_deref(),
            self.confidence.as_deref(),
        )
    }

    /// Returns what the metric measures, for people: `Message size`; a custom metric's own name.
    pub fn measured(&self) -> Option<&str> {
        self.metric
            .as_deref()
            .map(|name| metric::known(name).map_or(name, |metric| metric.label))
    }

    /// Returns the violation in words; `value` is what it was read from.
    pub(super) fn report(&self, value: &Value, origin: &Origin) -> Report {
        let suffix = self.behavior.as_deref().and_then(Severity::of_behavior);
        let (state, otherwise) = match self.change {
            AlarmChange::InAlarm => (State::Alarm, Severity::Medium),
            AlarmChange::Cleared => (State::Cleared, Severity::Info),
            AlarmChange::Invalidated => (State::Invalidated, Severity::Info),
            AlarmChange::Other(_) => (State::Message, Severity::Low),
        };
        let severity = suffix.unwrap_or(otherwise);
        let mut report = Report::new(
            origin,
            &self.headline(),
            &self.title(severity),
            state,
            severity,
        );
        report.lead = self.comparison().map(|comparison| match self.measured() {
            Some(measured) => format!("{measured}: {comparison}"),
            None => comparison,
        });
        match self.change {
            AlarmChange::InAlarm | AlarmChange::Other(_) => {}
            AlarmChange::Cleared => report.note("The alarm is over: the device is back within what is expected of it."),
            AlarmChange::Invalidated if self.verification.is_some() => {
                report.note("The alarm was withdrawn after a person verified it.")
            }
            AlarmChange::Invalidated => report.note(
                "The alarm was withdrawn, which is no proof that the device is well: it sent no metrics for two days, or a \
                 person verified the alarm.",
            ),
        }
        report.fact("Thing", self.thing.clone());
        report.fact("Security profile", self.profile.clone());
        report.fact("Behavior", self.behavior.clone());
        report.fact("Metric", self.metric.clone());
        report.fact("Dimension", self.dimension.clone());
        report.fact(
            "Unexpected",
            self.criteria.unexpected(self.observed.as_ref()),
        );
        report.fact(
            "Datapoints to alarm",
            self.criteria
                .datapoints_to_alarm()
                .map(|datapoints| datapoints.to_string()),
        );
        report.fact("Severity", Some(severity.to_string()));
        report.when_and_where(
            origin,
            self.at,
            field::text(value, "violationEventTime"),
            None,
        );
        report.fact(
            "Verification",
            match (&self.verification, &self.verification_note) {
                (Some(state), Some(note)) => Some(format!("{state}: {note}")),
                (state, note) => state.clone().or_else(|| note.clone()),
            },
        );
        report.fact("Violation id", self.id.clone());
        report.rest(value, KNOWN);
        if let Some(profile) = &self.profile {
            report.link(origin, "Violations", |console| console.violations(profile));
        }
        if let Some(thing) = &self.thing {
            report.link(origin, "Thing", |console| console.thing(thing));
        }
        report
    }

    /// Returns the workshop's line for an alarm, and one that cannot be taken for it for everything else.
    fn headline(&self) -> String {
        let opening = match &self.change {
            AlarmChange::InAlarm => "IoT Device Defender alert!".to_owned(),
            AlarmChange::Cleared => "IoT Device Defender alarm cleared.".to_owned(),
            AlarmChange::Invalidated => "IoT Device Defender alarm invalidated.".to_owned(),
            AlarmChange::Other(name) => {
                format!("IoT Device Defender event ({}).", cut(name, LONGEST_NAME))
            }
        };
        let named = names(
            self.thing.as_deref(),
            self.profile.as_deref(),
            self.behavior.as_deref(),
        );
        match (named, &self.id) {
            (Some(named), _) => format!("{opening} {named}"),
            (None, Some(id)) => format!("{opening} Violation id: {}", cut(id, LONGEST_NAME)),
            (None, None) => opening,
        }
    }

    fn title(&self, severity: Severity) -> String {
        let opening = match &self.change {
            AlarmChange::InAlarm => match severity {
                Severity::Critical => "Critical alarm",
                Severity::High => "High alarm",
                Severity::Medium => "Medium alarm",
                Severity::Low => "Low alarm",
                Severity::Info => "Alarm",
            },
            AlarmChange::Cleared => "Alarm cleared",
            AlarmChange::Invalidated => "Alarm invalidated",
            AlarmChange::Other(_) => "Event",
        };
        match (&self.behavior, &self.thing) {
            (Some(behavior), Some(thing)) => format!("{opening}: {behavior} on {thing}"),
            (Some(name), None) | (None, Some(name)) => format!("{opening}: {name}"),
            (None, None) => opening.to_owned(),
        }
    }
}

/// Returns the names that are there, in the workshop's words: `Thing name: a | Security profile: b | Behavior name: c`.
pub(super) fn names(
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
    .filter_map(|(label, name)| Some(format!("{label}: {}", cut(name?, LONGEST_NAME))))
    .collect();
    (!named.is_empty()).then(|| named.join(" | "))
}

fn kind(change: &AlarmChange) -> String {
    match change {
        AlarmChange::InAlarm => "detect.in-alarm".to_owned(),
        AlarmChange::Cleared => "detect.alarm-cleared".to_owned(),
        AlarmChange::Invalidated => "detect.alarm-invalidated".to_owned(),
        AlarmChange::Other(name) => {
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

/// Returns a `MetricDimension` as text. Without an operator it means IN (API reference).
fn dimension(value: &Value) -> Option<String> {
    let name = field::text(value, "dimensionName")?;
    match field::text(value, "operator").as_deref() {
        None | Some("IN") => Some(format!("in {name}")),
        Some("NOT_IN") => Some(format!("not in {name}")),
        Some(other) => Some(format!("{other} {name}")),
    }
}
