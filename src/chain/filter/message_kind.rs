//! The kinds of messages that a topic carries, and whether any message of a kind can satisfy a policy's rules.
//!
//! Only certain knowledge counts: the properties that identify a kind, those it cannot have, and the type of the others. A kind
//! that is reported as dropped is dropped entirely; a kind that is not reported may still be dropped in part.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::condition::Condition;
use super::limits::MAX_NUMBER;
use super::rules::Rule;

/// A kind of message on the topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessageKind {
    /// A Detect violation that started.
    InAlarm,
    /// A Detect violation that ended.
    Cleared,
    /// A Detect violation that was a false positive.
    Invalidated,
    /// An audit report with a non-compliant check.
    AuditNonCompliant,
    /// An audit report without one.
    AuditCompliant,
    /// A finding that a mitigation action published. Its format is not documented, except for the name of its check.
    Finding,
    /// Any other JSON object: one with none of the properties that identify the kinds above.
    OtherJson,
    /// Anything that is not a JSON object.
    Text,
}

/// What is known about the value of a property, over all messages of a kind.
enum PropertyValue {
    /// SNS sees no value: the property is absent or an object.
    Absent,
    /// Always this value.
    Exactly(Value),
    /// Always a string.
    String,
    /// A string, or absent.
    OptionalString,
    /// Always a number that is not less than this one.
    AtLeast(f64),
    /// Always a timestamp in milliseconds, which is outside the numbers that SNS compares.
    Timestamp,
    /// Nothing is known.
    Any,
}

impl MessageKind {
    /// Every kind, in the order in which reports list them.
    pub const ALL: &'static [MessageKind] = &[
        MessageKind::InAlarm,
        MessageKind::Cleared,
        MessageKind::Invalidated,
        MessageKind::AuditNonCompliant,
        MessageKind::AuditCompliant,
        MessageKind::Finding,
        MessageKind::OtherJson,
        MessageKind::Text,
    ];

    /// Returns the name as reports show it.
    pub fn name(self) -> &'static str {
        match self {
            MessageKind::InAlarm => "in-alarm",
            MessageKind::Cleared => "cleared",
            MessageKind::Invalidated => "invalidated",
            MessageKind::AuditNonCompliant => "non-compliant audit",
            MessageKind::AuditCompliant => "compliant audit",
            MessageKind::Finding => "published finding",
            MessageKind::OtherJson => "other JSON",
            MessageKind::Text => "plain text",
        }
    }

    /// Returns whether a message of this kind can satisfy every rule.
    pub(super) fn can_satisfy(self, rules: &[Rule]) -> bool {
        self != MessageKind::Text
            && rules.iter().all(|rule| {
                let value = self.property(&rule.path);
                rule.conditions
                    .iter()
                    .any(|condition| value.can_satisfy(condition))
            })
    }

    /// Returns what is known about the property at a path (`ViolationEvent` in the API model; the audit report in the developer
    /// guide of 2018–19; the properties that identify a kind).
    fn property(self, path: &str) -> PropertyValue {
        let (top, nested) = path
            .split_once('.')
            .map_or((path, false), |(top, _)| (top, true));
        match self {
            MessageKind::InAlarm | MessageKind::Cleared | MessageKind::Invalidated => match top {
                "violationEventType" => PropertyValue::Exactly(Value::from(match self {
                    MessageKind::InAlarm => "in-alarm",
                    MessageKind::Cleared => "alarm-cleared",
                    _ => "alarm-invalidated",
                })),
                "violationEventTime" => PropertyValue::Timestamp,
                "violationId"
                | "thingName"
                | "securityProfileName"
                | "verificationState"
                | "verificationStateDescription" => PropertyValue::OptionalString,
                "behavior" | "metricValue" | "violationEventAdditionalInfo" if nested => {
                    PropertyValue::Any
                }
                _ => PropertyValue::Absent,
            },
            MessageKind::AuditNonCompliant | MessageKind::AuditCompliant => match top {
                "nonCompliantChecksCount" if self == MessageKind::AuditCompliant => {
                    PropertyValue::Exactly(Value::from(0))
                }
                "nonCompliantChecksCount" => PropertyValue::AtLeast(1.0),
                "failedChecksCount"
                | "canceledChecksCount"
                | "compliantChecksCount"
                | "totalChecksCount" => PropertyValue::AtLeast(0.0),
                "taskStartTime" => PropertyValue::Timestamp,
                "taskType" | "accountId" | "taskId" | "taskStatus" => PropertyValue::String,
                "scheduledAuditName" => PropertyValue::OptionalString,
                "auditDetails" if nested => PropertyValue::Any,
                _ => PropertyValue::Absent,
            },
            MessageKind::Finding => match top {
                "violationEventType" | "taskType" | "auditDetails" | "nonCompliantChecksCount" => {
                    PropertyValue::Absent
                }
                "checkName" => PropertyValue::String,
                _ => PropertyValue::Any,
            },
            MessageKind::OtherJson => match top {
                "violationEventType"
                | "taskType"
                | "auditDetails"
                | "nonCompliantChecksCount"
                | "checkName" => PropertyValue::Absent,
                _ => PropertyValue::Any,
            },
            MessageKind::Text => PropertyValue::Absent,
        }
    }
}

impl PropertyValue {
    /// Returns whether a property with this value can satisfy the condition.
    fn can_satisfy(&self, condition: &Condition) -> bool {
        match self {
            PropertyValue::Absent => *condition == Condition::Exists(false),
            PropertyValue::Exactly(value) => condition.matches(value),
            PropertyValue::String => match condition {
                Condition::Equals(value) => value.is_string(),
                Condition::Exists(wanted) => *wanted,
                Condition::Numeric(_) => false,
                Condition::Matches(_)
                | Condition::MatchesNot(_)
                | Condition::Cidr(_)
                | Condition::NoneOf(_) => true,
            },
            PropertyValue::OptionalString => {
                matches!(condition, Condition::Exists(_))
                    || PropertyValue::String.can_satisfy(condition)
            }
            PropertyValue::AtLeast(least) => match condition {
                Condition::Equals(Value::Number(number)) => {
                    number.as_f64().is_some_and(|number| number >= *least)
                }
                Condition::Numeric(range) => range
                    .high
                    .is_none_or(|(high, inclusive)| high > *least || (inclusive && high == *least)),
                Condition::Exists(wanted) => *wanted,
                Condition::NoneOf(_) => true,
                _ => false,
            },
            PropertyValue::Timestamp => match condition {
                Condition::Numeric(_)
                | Condition::Matches(_)
                | Condition::MatchesNot(_)
                | Condition::Cidr(_) => false,
                Condition::Equals(value) => value
                    .as_f64()
                    .is_some_and(|number| number.abs() > MAX_NUMBER),
                Condition::Exists(_) | Condition::NoneOf(_) => true,
            },
            PropertyValue::Any => true,
        }
    }
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for MessageKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
