//! Parses Device Defender's messages: any JSON or text from the topic becomes an [`Alert`]; nothing is rejected.
//!
//! AWS publishes no schema for the SNS message of a Detect violation. Its shape comes from two public captures and the API
//! model's `ViolationEvent`, the audit's from the 2018–19 developer guide. Therefore every field is optional here, and a field of
//! another type than documented is shown unchanged.

mod audit;
mod audit_check;
mod check;
mod comparison;
mod console;
mod criteria;
mod digest;
mod field;
mod finding;
mod guidance;
mod json;
mod metric;
mod metric_value;
mod name_line;
mod report;
mod sample;
mod severity;
mod truncate;
mod unrecognized;
mod violation;

use jiff::Timestamp;
use serde_json::Value;

use crate::arn::TopicArn;
pub use audit::Audit;
pub use audit_check::{AuditCheck, CheckOutcome};
pub use comparison::Comparison;
pub use digest::{DEFAULT_DIGEST_OVER, Digest, group};
pub(crate) use field::sanitize;
pub use finding::AuditFinding;
pub(crate) use json::parse_json;
pub use report::{Fact, MAX_TITLE_LENGTH, MAX_URL_LENGTH, Report, ReportLink, State};
pub use sample::{SAMPLES, STORM, Sample, sample, storm};
pub use severity::Severity;
pub(crate) use truncate::truncate;
pub use violation::{Violation, ViolationEventType};

/// A message from the topic, with its origin.
#[derive(Clone, Debug)]
pub struct Alert {
    /// Where the message came from.
    pub origin: Origin,
    /// The parsed message.
    pub event: Event,
    /// The message, byte for byte as it was published.
    pub raw: String,
}

/// Where a message came from: what the SNS envelope says and the message does not.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The topic; its ARN is the only source for the account and region of a Detect violation.
    pub topic: Option<TopicArn>,
    /// The SNS message ID.
    pub message_id: Option<String>,
    /// When the message was published to SNS.
    pub published: Option<Timestamp>,
    /// The subject, if the publisher set one.
    pub subject: Option<String>,
    /// Whether the message has the attribute `ddalert-test`.
    pub test: bool,
    /// Who sent the test, from the attribute `ddalert-sender`: the resource of the sender's ARN, such as
    /// `assumed-role/OnCall/alice`.
    pub sender: Option<String>,
}

/// A parsed message, with its JSON: a message may contain more than was parsed.
#[derive(Clone, Debug)]
pub enum Event {
    /// A Detect violation: an alarm that began or ended.
    Violation(Box<Violation>, Value),
    /// The summary of a finished audit.
    Audit(Box<Audit>, Value),
    /// A single audit finding.
    AuditFinding(Box<AuditFinding>, Value),
    /// JSON of an unknown shape.
    Json(Value),
    /// Not JSON.
    Text(String),
}

impl Alert {
    /// Parses a message. Any text is an alert.
    pub fn parse(message: &str, origin: Origin) -> Alert {
        let event = match parse_json(message) {
            Some(value) => classify(value),
            None => Event::Text(message.to_owned()),
        };
        Alert {
            origin,
            event,
            raw: message.to_owned(),
        }
    }

    /// Returns the kind of message for logs: `detect.in-alarm`, `detect.alarm-cleared`, `detect.alarm-invalidated`,
    /// `detect.<type>` for an undocumented type (lower case letters, digits and `-`), `audit`, `finding`, `json` or `text`.
    pub fn kind(&self) -> &str {
        match &self.event {
            Event::Violation(violation, _) => violation.kind(),
            Event::Audit(..) => "audit",
            Event::AuditFinding(..) => "finding",
            Event::Json(_) => "json",
            Event::Text(_) => "text",
        }
    }

    /// Returns the violation, if the message is one.
    pub fn violation(&self) -> Option<&Violation> {
        match &self.event {
            Event::Violation(violation, _) => Some(violation),
            _ => None,
        }
    }

    /// Returns the violation's ID, if the message is a violation that has one.
    pub fn violation_id(&self) -> Option<&str> {
        self.violation()?.id.as_deref()
    }

    /// Returns the message in words, for a room to format.
    pub fn report(&self) -> Report {
        match &self.event {
            Event::Violation(violation, value) => violation.report(value, &self.origin),
            Event::Audit(audit, value) => audit.report(value, &self.origin),
            Event::AuditFinding(finding, value) => finding.report(value, &self.origin),
            Event::Json(value) => unrecognized::report_json(value, &self.raw, &self.origin),
            Event::Text(text) => unrecognized::report_text(text, &self.origin),
        }
    }
}

fn classify(value: Value) -> Event {
    if let Some(violation) = Violation::parse(&value) {
        Event::Violation(Box::new(violation), value)
    } else if let Some(audit) = Audit::parse(&value) {
        Event::Audit(Box::new(audit), value)
    } else if let Some(finding) = AuditFinding::parse(&value) {
        Event::AuditFinding(Box::new(finding), value)
    } else {
        Event::Json(value)
    }
}
