//! What can arrive over the topic, family by family, and whether a policy's rules can ever hold for one.
//!
//! Only what is certain about a family counts: the properties that set it apart, those it cannot have, and the kind of value
//! the others hold. So a family that is said to be dropped is; one that is not may still be dropped in part.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::condition::{Condition, NUMERIC_RANGE};
use super::rules::Rule;

/// A family of messages on the topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// A Detect violation that begins.
    InAlarm,
    /// A Detect violation that ended.
    Cleared,
    /// A Detect violation that was none.
    Invalidated,
    /// An audit report with a non-compliant check.
    AuditNonCompliant,
    /// An audit report without one.
    AuditCompliant,
    /// A finding that a mitigation action published: its shape is not documented, but for its check's name.
    Finding,
    /// Any other JSON object: one with none of the properties that tell the families above apart.
    OtherJson,
    /// What is not a JSON object.
    Text,
}

/// What a property of a family's messages can hold.
enum Holds {
    /// Nothing that SNS compares: absent, or an object with properties of its own.
    Nothing,
    /// This, in every message.
    Exactly(Value),
    /// A text, in every message.
    Text,
    /// A text or nothing.
    TextOrNothing,
    /// A number from here on, in every message.
    Count(f64),
    /// A time in milliseconds, which is beyond the numbers that SNS compares.
    Time,
    Anything,
}

impl Family {
    /// Every family, in the order in which they are told to people.
    pub const ALL: &'static [Family] = &[
        Family::InAlarm,
        Family::Cleared,
        Family::Invalidated,
        Family::AuditNonCompliant,
        Family::AuditCompliant,
        Family::Finding,
        Family::OtherJson,
        Family::Text,
    ];

    /// How it is called.
    pub fn name(self) -> &'static str {
        match self {
            Family::InAlarm => "in-alarm",
            Family::Cleared => "cleared",
            Family::Invalidated => "invalidated",
            Family::AuditNonCompliant => "non-compliant audit",
            Family::AuditCompliant => "compliant audit",
            Family::Finding => "published finding",
            Family::OtherJson => "other JSON",
            Family::Text => "plain text",
        }
    }

    /// Whether some message of the family can satisfy every rule.
    pub(super) fn can_satisfy(self, rules: &[Rule]) -> bool {
        self != Family::Text
            && rules.iter().all(|rule| {
                let holds = self.property(&rule.path);
                rule.conditions
                    .iter()
                    .any(|condition| holds.can_satisfy(condition))
            })
    }

    /// What the property at a path can hold in the family's messages: the API model's `ViolationEvent`, the audit report of
    /// the 2018–19 developer guide, and what tells the families apart.
    fn property(self, path: &str) -> Holds {
        let (top, nested) = path
            .split_once('.')
            .map_or((path, false), |(top, _)| (top, true));
        match self {
            Family::InAlarm | Family::Cleared | Family::Invalidated => match top {
                "violationEventType" => Holds::Exactly(Value::from(match self {
                    Family::InAlarm => "in-alarm",
                    Family::Cleared => "alarm-cleared",
                    _ => "alarm-invalidated",
                })),
                "violationEventTime" => Holds::Time,
                "violationId"
                | "thingName"
                | "securityProfileName"
                | "verificationState"
                | "verificationStateDescription" => Holds::TextOrNothing,
                "behavior" | "metricValue" | "violationEventAdditionalInfo" if nested => {
                    Holds::Anything
                }
                _ => Holds::Nothing,
            },
            Family::AuditNonCompliant | Family::AuditCompliant => match top {
                "nonCompliantChecksCount" if self == Family::AuditCompliant => {
                    Holds::Exactly(Value::from(0))
                }
                "nonCompliantChecksCount" => Holds::Count(1.0),
                "failedChecksCount"
                | "canceledChecksCount"
                | "compliantChecksCount"
                | "totalChecksCount" => Holds::Count(0.0),
                "taskStartTime" => Holds::Time,
                "taskType" | "accountId" | "taskId" | "taskStatus" => Holds::Text,
                "scheduledAuditName" => Holds::TextOrNothing,
                "auditDetails" if nested => Holds::Anything,
                _ => Holds::Nothing,
            },
            Family::Finding => match top {
                "violationEventType" | "taskType" | "auditDetails" | "nonCompliantChecksCount" => {
                    Holds::Nothing
                }
                "checkName" => Holds::Text,
                _ => Holds::Anything,
            },
            Family::OtherJson => match top {
                "violationEventType"
                | "taskType"
                | "auditDetails"
                | "nonCompliantChecksCount"
                | "checkName" => Holds::Nothing,
                _ => Holds::Anything,
            },
            Family::Text => Holds::Nothing,
        }
    }
}

impl Holds {
    /// Whether a message's property can satisfy the condition.
    fn can_satisfy(&self, condition: &Condition) -> bool {
        match self {
            Holds::Nothing => *condition == Condition::Exists(false),
            Holds::Exactly(value) => condition.matches(value),
            Holds::Text => match condition {
                Condition::Equals(value) => value.is_string(),
                Condition::Exists(wanted) => *wanted,
                Condition::Numeric(_) => false,
                Condition::Text(_)
                | Condition::Not(_)
                | Condition::Cidr(_)
                | Condition::NoneOf(_) => true,
            },
            Holds::TextOrNothing => {
                matches!(condition, Condition::Exists(_)) || Holds::Text.can_satisfy(condition)
            }
            Holds::Count(least) => match condition {
                Condition::Equals(Value::Number(number)) => {
                    number.as_f64().is_some_and(|number| number >= *least)
                }
                Condition::Numeric(range) => range
                    .high
                    .is_none_or(|(high, within)| high > *least || (within && high == *least)),
                Condition::Exists(wanted) => *wanted,
                Condition::NoneOf(_) => true,
                _ => false,
            },
            Holds::Time => match condition {
                Condition::Numeric(_)
                | Condition::Text(_)
                | Condition::Not(_)
                | Condition::Cidr(_) => false,
                Condition::Equals(value) => value
                    .as_f64()
                    .is_some_and(|number| number.abs() > NUMERIC_RANGE),
                Condition::Exists(_) | Condition::NoneOf(_) => true,
            },
            Holds::Anything => true,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Family {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
