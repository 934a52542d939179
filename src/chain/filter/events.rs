//! The kinds of events a person may choose with `--events`, and the filter policy that lets exactly those through.
//!
//! What is not chosen is dropped, of every family: the choice is a whole one, and [`FilterPolicy::drops`] says what it leaves
//! out. `audit` lets through every audit report, `finding` what an audit mitigation action publishes, `other` every other JSON
//! object. Plain text passes no policy on the body; only choosing everything, which needs no policy, lets it through.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value, json};
use thiserror::Error;

use super::{FilterPolicy, PolicyError, Scope};

/// A kind of event that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// A device began to misbehave.
    InAlarm,
    /// A device behaves again.
    Cleared,
    /// An alarm turned out to be none.
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
    /// Every kind, in the order in which they are listed to people.
    pub const ALL: &'static [EventKind] = &[
        EventKind::InAlarm,
        EventKind::Cleared,
        EventKind::Invalidated,
        EventKind::Audit,
        EventKind::AuditNonCompliant,
        EventKind::Finding,
        EventKind::Other,
    ];

    /// How it is typed.
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

    /// The `violationEventType` of a kind of violation (API model of AWS IoT, `ViolationEventType`).
    fn violation(self) -> Option<&'static str> {
        match self {
            EventKind::InAlarm => Some("in-alarm"),
            EventKind::Cleared => Some("alarm-cleared"),
            EventKind::Invalidated => Some("alarm-invalidated"),
            _ => None,
        }
    }
}

/// A word that names no kind of event.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum UnknownEvent {
    /// The word is none of the names.
    #[error("there is no kind of event '{0}' (there is {known})", known = names(EventKind::ALL))]
    Name(String),
    /// Nothing was chosen.
    #[error("no kind of event is chosen (there is {known})", known = names(EventKind::ALL))]
    None,
}

fn names(kinds: &[EventKind]) -> String {
    kinds
        .iter()
        .map(|kind| kind.name())
        .collect::<Vec<_>>()
        .join(", ")
}

/// A choice of at least one kind of event, read from names joined by commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Events(Vec<EventKind>);

impl Events {
    /// The chosen kinds, each once, in their listed order.
    pub fn kinds(&self) -> &[EventKind] {
        &self.0
    }

    /// Returns the policy that lets exactly the chosen kinds through; none where everything is chosen.
    ///
    /// # Errors
    /// None that a choice of kinds can bring about: the policy is held against SNS's limits like any other.
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

    /// The chosen families, each known by a property that the others do not have.
    fn any_of(&self) -> Map<String, Value> {
        let mut families = Vec::new();
        let violations = self.violations();
        if !violations.is_empty() {
            families.push(property("violationEventType", Value::Array(violations)));
        }
        // A finding may bear the `taskId` of its audit, but no `taskType`, which every audit report has.
        if self.has(EventKind::Audit) {
            families.push(property("taskType", json!([{"exists": true}])));
        } else if self.has(EventKind::AuditNonCompliant) {
            families.push(property(
                "nonCompliantChecksCount",
                json!([{"numeric": [">", 0]}]),
            ));
        }
        // An audit report has its checks' names inside `auditDetails` only.
        if self.has(EventKind::Finding) {
            families.push(property("checkName", json!([{"exists": true}])));
        }
        if families.len() == 1 {
            return families.remove(0);
        }
        property("$or", families.into_iter().map(Value::Object).collect())
    }

    /// Everything but the families that are not chosen: their properties must be absent or of a chosen kind.
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
