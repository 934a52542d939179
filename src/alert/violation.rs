//! A Detect violation: which thing violated which behavior of which security profile, and whether the alarm began or ended.

mod title;

use jiff::Timestamp;
use serde_json::Value;

use super::comparison::Comparison;
use super::criteria::Criteria;
use super::guidance::Guidance;
use super::metric_value::MetricValue;
use super::name_line::{line_of, name_line};
use super::report::{Report, State};
use super::severity::Severity;
use super::{Origin, check, field, guidance, metric};

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

    /// Returns what the behavior expects and what was observed in `all`, of which this is the first.
    pub(super) fn compare_all(&self, all: &[&Violation]) -> Comparison {
        let same = |is: fn(&Violation, &Violation) -> bool| all.iter().all(|one| is(self, one));
        let metric = self.metric.as_deref();
        let metric = metric.filter(|_| same(|a, b| a.metric == b.metric));
        let confidence = self.confidence.as_deref();
        let confidence = confidence.filter(|_| same(|a, b| a.confidence == b.confidence));
        let observed = all.iter().filter_map(|one| one.observed.as_ref());
        match same(|a, b| a.criteria == b.criteria) {
            true => self.criteria.compare_all(observed, metric, confidence),
            // The behavior was changed between two of them.
            false => Criteria::default().compare_all(observed, metric, None),
        }
    }

    /// Returns what the metric measures: `Message size`, or the name of a custom metric.
    pub fn metric_label(&self) -> Option<&str> {
        self.metric
            .as_deref()
            .map(|name| metric::lookup(name).map_or(name, |metric| metric.label))
    }

    /// Returns the report of the violation, which was parsed from `value`.
    pub(super) fn report(&self, value: &Value, origin: &Origin) -> Report {
        let severity = self.severity();
        let comparison = self.comparison();
        let thing = self.thing.as_deref();
        let mut report = Report::new(
            origin,
            &self.headline(self.name_line().as_deref()),
            &self.subject(
                severity,
                origin.test,
                thing,
                comparison.reading().as_deref(),
            ),
            comparison.in_short(),
            self.state(),
            severity,
        );
        report.summary = self.summary(&comparison);
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
        report.add_time(
            origin,
            self.time_label(),
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
        report.add_identifier("Metric", self.metric_identifier());
        if let Some(profile) = &self.profile {
            report.add_link(origin, "View violations", |console| {
                console.violations(profile)
            });
        }
        if let Some(thing) = &self.thing {
            report.add_link(origin, "View thing", |console| console.thing(thing));
        }
        let of_alarm = guidance::of_alarm(self.metric.as_deref());
        if let Some(guidance) = self.guidance(of_alarm, self.verification.is_some()) {
            report.add_guidance(guidance);
        }
        report
    }

    /// Returns the report of several violations of the same type, profile and behavior, oldest first: `number` says how many things
    /// they are of, and `thing` is the only one. `times` are when they happened; of a test, when it was sent.
    ///
    /// This one is the first of them and says what they have in common.
    pub(super) fn report_all(
        &self,
        all: &[&Violation],
        origin: &Origin,
        number: &str,
        thing: Option<&str>,
        times: &[Timestamp],
    ) -> Report {
        let same = |is: fn(&Violation, &Violation) -> bool| all.iter().all(|one| is(self, one));
        let severity = all.iter().map(|one| one.severity()).max();
        let severity = severity.unwrap_or_else(|| self.severity());
        let is_same_metric = same(|a, b| a.metric == b.metric);
        let metric = self.metric.as_deref().filter(|_| is_same_metric);
        let comparison = self.compare_all(all);
        let names = [
            thing.map(|thing| ("Thing name", thing)),
            Some(("Alarms", number)).filter(|_| thing.is_some()),
            Some(("Things", number)).filter(|_| thing.is_none()),
            self.profile
                .as_deref()
                .map(|name| ("Security profile", name)),
            self.behavior.as_deref().map(|name| ("Behavior name", name)),
        ];
        let headline = self.headline(line_of(names).as_deref());
        let counted = match thing {
            Some(thing) => format!("{thing}, {number} times"),
            None => format!("{number} things"),
        };
        let subject = self.subject(
            severity,
            origin.test,
            Some(&counted),
            comparison.reading().as_deref(),
        );
        let mut report = Report::new(
            origin,
            &headline,
            &subject,
            comparison.in_short(),
            self.state(),
            severity,
        );
        report.summary = self.summary(&comparison);
        match self.event_type {
            ViolationEventType::InAlarm | ViolationEventType::Other(_) => {}
            ViolationEventType::Cleared => match thing {
                Some(_) => report.add_note(
                    "Each alarm has cleared: the device behaved as expected again.",
                ),
                None => report.add_note(&format!("{number} things are back to normal.")),
            },
            ViolationEventType::Invalidated => report.add_note(
                "The alarms were invalidated. The devices are not necessarily healthy: they may have sent no metrics for two days, or \
                 someone may have set the alarms' verification state.",
            ),
        }
        match thing {
            Some(thing) => {
                report.add_fact("Thing", Some(thing.to_owned()));
                report.add_fact("Alarms", Some(number.to_owned()));
            }
            None => report.add_fact("Things", Some(number.to_owned())),
        }
        report.add_fact("Behavior", self.behavior.clone());
        let label = if origin.test {
            "Sent"
        } else {
            self.time_label()
        };
        report.add_span(label, times.iter().copied());
        report.add_fact("Security profile", self.profile.clone());
        let dimension = self.dimension.clone();
        report.add_fact(
            "Dimension",
            dimension.filter(|_| same(|a, b| a.dimension == b.dimension)),
        );
        report.add_place(origin, None);
        report.add_identifier(
            "Metric",
            self.metric_identifier().filter(|_| metric.is_some()),
        );
        if let Some(profile) = &self.profile {
            report.add_link(origin, "View violations", |console| {
                console.violations(profile)
            });
        }
        if let Some(thing) = thing {
            report.add_link(origin, "View thing", |console| console.thing(thing));
        }
        let of_alarms = match thing {
            Some(_) => guidance::of_alarm(metric),
            None => guidance::of_storm(metric),
        };
        if let Some(guidance) = self.guidance(of_alarms, false) {
            report.add_guidance(guidance);
        }
        report
    }

    /// Returns what to do: `of_alarm` in an alarm; `is_verified` if a person set the verification state of the one that is reported.
    fn guidance(&self, of_alarm: Guidance, is_verified: bool) -> Option<Guidance> {
        match self.event_type {
            ViolationEventType::InAlarm => Some(of_alarm),
            ViolationEventType::Cleared => Some(guidance::CLEARED),
            ViolationEventType::Invalidated if is_verified => Some(guidance::VERIFIED),
            ViolationEventType::Invalidated => Some(guidance::INVALIDATED),
            ViolationEventType::Other(_) => None,
        }
    }

    fn state(&self) -> State {
        match self.event_type {
            ViolationEventType::InAlarm => State::Alarm,
            ViolationEventType::Cleared => State::Cleared,
            ViolationEventType::Invalidated => State::Invalidated,
            ViolationEventType::Other(_) => State::Message,
        }
    }

    fn severity(&self) -> Severity {
        let suffix = self.behavior.as_deref().and_then(Severity::from_behavior);
        suffix.unwrap_or(match self.event_type {
            ViolationEventType::InAlarm => Severity::Medium,
            ViolationEventType::Cleared | ViolationEventType::Invalidated => Severity::Info,
            ViolationEventType::Other(_) => Severity::Low,
        })
    }

    fn summary(&self, comparison: &Comparison) -> Option<String> {
        let sentence = comparison.sentence()?;
        Some(match self.metric_label() {
            Some(label) => format!("{label}: {sentence}"),
            None => sentence,
        })
    }

    fn time_label(&self) -> &'static str {
        match self.event_type {
            ViolationEventType::InAlarm => "Since",
            ViolationEventType::Cleared => "Cleared",
            ViolationEventType::Invalidated => "Invalidated",
            ViolationEventType::Other(_) => "Time",
        }
    }

    /// Returns the name of a built-in metric; the summary names a custom one already.
    fn metric_identifier(&self) -> Option<String> {
        let name = self.metric.as_ref();
        name.filter(|name| metric::lookup(name).is_some()).cloned()
    }

    fn name_line(&self) -> Option<String> {
        name_line(
            self.thing.as_deref(),
            self.profile.as_deref(),
            self.behavior.as_deref(),
        )
    }
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
