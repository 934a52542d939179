//! The kinds of events that a person can select with `--events`, and the filter policy that delivers exactly those.
//!
//! Everything that is not selected is dropped; [`FilterPolicy::dropped_kinds`] lists it. `audit` selects every audit report,
//! `finding` the findings that an audit mitigation action publishes, `other` every other JSON object. No policy on the body
//! delivers plain text; only a selection of all kinds, which needs no policy, does.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value, json};
use thiserror::Error;

use super::error::PolicyError;
use super::policy::FilterPolicy;
use super::scope::Scope;

/// A kind of event that can be selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// A device started to violate a behavior.
    InAlarm,
    /// A device stopped violating a behavior.
    Cleared,
    /// An alarm was a false positive.
    Invalidated,
    /// Any audit report.
    Audit,
    /// An audit report with at least one non-compliant check.
    AuditNonCompliant,
    /// A finding that a mitigation action published.
    Finding,
    /// Any other JSON object.
    Other,
}

impl EventKind {
    /// Every kind, in the order in which help and errors list them.
    pub const ALL: &'static [EventKind] = &[
        EventKind::InAlarm,
        EventKind::Cleared,
        EventKind::Invalidated,
        EventKind::Audit,
        EventKind::AuditNonCompliant,
        EventKind::Finding,
        EventKind::Other,
    ];

    /// Returns the name as a person types it.
    pub fn name(self) -> &'static str {
        match self {
            EventKind::InAlarm => "in-alarm",
            EventKind::Cleared => "cleared",
            EventKind::Invalidated => "invalidated",
            EventKind::Audit => "audit",
            EventKind::AuditNonCompliant => "audit-non-compliant",
            EventKind::Finding => "finding",
            EventKind::Other => "other",
        }
    }

    /// Returns the `violationEventType` of a violation (API model of AWS IoT, `ViolationEventType`).
    fn violation(self) -> Option<&'static str> {
        match self {
            EventKind::InAlarm => Some("in-alarm"),
            EventKind::Cleared => Some("alarm-cleared"),
            EventKind::Invalidated => Some("alarm-invalidated"),
            _ => None,
        }
    }
}

/// Why a text is not a selection of event kinds.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum UnknownEvent {
    /// A word that is not the name of a kind.
    #[error("'{0}' is not a kind of event (use {known})", known = names(EventKind::ALL))]
    Name(String),
    /// Nothing is selected.
    #[error("no kind of event is selected (use {known})", known = names(EventKind::ALL))]
    None,
}

fn names(kinds: &[EventKind]) -> String {
    kinds
        .iter()
        .map(|kind| kind.name())
        .collect::<Vec<_>>()
        .join(", ")
}

/// A selection of at least one kind of event, parsed from names separated by commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Events(Vec<EventKind>);

impl Events {
    /// Returns the policy that delivers exactly the selected kinds, or `None` if every kind is selected.
    ///
    /// # Errors
    /// If the policy exceeds a limit of SNS; no selection does.
    pub fn policy(&self) -> Result<Option<FilterPolicy>, PolicyError> {
        let json = if self.has(EventKind::Other) {
            self.all_but()
        } else {
            self.any_of()
        };
        if json.is_empty() {
            Ok(None)
        } else {
            FilterPolicy::new(json, Scope::MessageBody).map(Some)
        }
    }

    /// Returns the selection that makes this policy, or `None` if none does: then it was not made with `--events`.
    pub fn that_make(policy: &FilterPolicy) -> Option<Events> {
        let selections = (1_u32..1 << EventKind::ALL.len()).map(|bits| {
            let kinds = EventKind::ALL.iter().enumerate();
            let selected = kinds.filter(|(place, _)| bits & (1 << place) != 0);
            Events(selected.map(|(_, kind)| *kind).collect())
        });
        selections
            .into_iter()
            .find(|events| matches!(events.policy(), Ok(Some(made)) if made == *policy))
    }

    fn has(&self, kind: EventKind) -> bool {
        self.0.contains(&kind)
    }

    fn violations(&self) -> Vec<Value> {
        self.0
            .iter()
            .filter_map(|kind| kind.violation())
            .map(Value::from)
            .collect()
    }

    /// Matches the selected kinds, each by a property that the others do not have.
    fn any_of(&self) -> Map<String, Value> {
        let mut selected = Vec::new();
        let violations = self.violations();
        if !violations.is_empty() {
            selected.push(property("violationEventType", Value::Array(violations)));
        }
        // A finding can have the `taskId` of its audit, but not a `taskType`, which every audit report has.
        if self.has(EventKind::Audit) {
            selected.push(property("taskType", json!([{"exists": true}])));
        } else if self.has(EventKind::AuditNonCompliant) {
            selected.push(property(
                "nonCompliantChecksCount",
                json!([{"numeric": [">", 0]}]),
            ));
        }
        // An audit report has the names of its checks only inside `auditDetails`.
        if self.has(EventKind::Finding) {
            selected.push(property("checkName", json!([{"exists": true}])));
        }
        if selected.len() == 1 {
            return selected.remove(0);
        }
        property("$or", selected.into_iter().map(Value::Object).collect())
    }

    /// Matches everything except the kinds that are not selected: their properties must be absent or of a selected kind.
    fn all_but(&self) -> Map<String, Value> {
        let mut policy = Map::new();
        let mut violations = self.violations();
        if violations.len()
            < EventKind::ALL
                .iter()
                .filter_map(|kind| kind.violation())
                .count()
        {
            violations.push(json!({"exists": false}));
            policy.insert("violationEventType".to_owned(), Value::Array(violations));
        }
        if self.has(EventKind::AuditNonCompliant) && !self.has(EventKind::Audit) {
            policy.insert(
                "nonCompliantChecksCount".to_owned(),
                json!([{"numeric": [">", 0]}, {"exists": false}]),
            );
        } else if !self.has(EventKind::Audit) {
            policy.insert("taskType".to_owned(), json!([{"exists": false}]));
        }
        if !self.has(EventKind::Finding) {
            policy.insert("checkName".to_owned(), json!([{"exists": false}]));
        }
        policy
    }
}

fn property(name: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), value)])
}

impl FromStr for Events {
    type Err = UnknownEvent;

    fn from_str(text: &str) -> Result<Events, UnknownEvent> {
        let mut kinds = text
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .map(|word| {
                let known = EventKind::ALL
                    .iter()
                    .copied()
                    .find(|kind| kind.name() == word);
                known.ok_or_else(|| UnknownEvent::Name(word.to_owned()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        kinds.sort_unstable();
        kinds.dedup();
        if kinds.is_empty() {
            Err(UnknownEvent::None)
        } else {
            Ok(Events(kinds))
        }
    }
}

impl fmt::Display for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&names(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_tells_the_selection_that_made_it() {
        for text in [
            "in-alarm",
            "in-alarm,audit",
            "audit-non-compliant",
            "finding,cleared",
            "in-alarm,other",
        ] {
            let events: Events = text.parse().expect("events");
            let policy = events.policy().expect("a policy").expect("not all");
            let told = Events::that_make(&policy).expect("a selection");
            assert_eq!(
                told.policy().expect("a policy"),
                Some(policy),
                "{text}: {told}"
            );
        }
        let other = FilterPolicy::parse(r#"{"thingName":["t"]}"#).expect("a policy");
        assert_eq!(Events::that_make(&other), None);
    }
}
