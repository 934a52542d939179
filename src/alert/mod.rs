//! Device Defender's messages, understood: JSON or text from the topic becomes an [`Alert`]; nothing is ever refused.
//!
//! There is no published schema of the SNS form of a Detect violation; the shapes come from two public captures and the API
//! model's `ViolationEvent`, the audit's from the 2018–19 developer guide. So every field is optional here, and a field of
//! another type than documented is shown as it is.

mod audit;
mod comparison;
mod console;
mod cut;
mod field;
mod finding;
mod message;
mod metric;
mod report;
mod sample;
mod severity;
mod violation;

use jiff::Timestamp;
use serde_json::Value;

use crate::arn::TopicArn;
pub use audit::{Audit, AuditCheck, CheckOutcome};
pub(crate) use cut::cut;
pub use finding::AuditFinding;
pub use report::{ConsoleLink, Fact, Report, State};
pub use sample::{SAMPLES, Sample, sample};
pub use severity::Severity;
pub use violation::{AlarmChange, Violation};

/// A message from the topic, with what is known about where it came from.
#[derive(Clone, Debug)]
pub struct Alert {
    /// Where the message came from.
    pub origin: Origin,
    /// What it says.
    pub event: Event,
    /// The message as it was published, to the byte.
    pub raw: String,
}

/// Where a message came from: what the SNS envelope says, which the message itself does not.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The topic, whose ARN is the only source of the account and region of a Detect violation.
    pub topic: Option<TopicArn>,
    /// The SNS message id.
    pub message_id: Option<String>,
    /// When SNS took the message.
    pub published: Option<Timestamp>,
    /// The subject, where the publisher gave one.
    pub subject: Option<String>,
    /// Whether the message carries the attribute `ddalert-test`.
    pub test: bool,
}

/// What a message says. The JSON stays beside what was understood of it, as a message may hold more.
#[derive(Clone, Debug)]
pub enum Event {
    /// A Detect violation: an alarm, or the end of one.
    Violation(Box<Violation>, Value),
    /// The summary of a finished audit.
    Audit(Box<Audit>, Value),
    /// A single audit finding.
    AuditFinding(Box<AuditFinding>, Value),
    /// JSON of no known shape.
    Json(Value),
    /// Not JSON.
    Text(String),
}

impl Alert {
    /// Reads a message. Any text is an alert; a shape that is not known is shown as it is.
    pub fn parse(message: &str, origin: Origin) -> Alert {
        let event = match serde_json::from_str::<Value>(message) {
            Ok(value) => classify(value),
            Err(_) => Event::Text(message.to_owned()),
        };
        Alert {
            origin,
            event,
            raw: message.to_owned(),
        }
    }

    /// Returns the kind of message as it is logged: `detect.in-alarm`, `detect.alarm-cleared`, `detect.alarm-invalidated`,
    /// `detect.<type>` for a type that is not documented (lower case, letters, digits and `-`), `audit`, `finding`, `json` or
    /// `text`.
    pub fn kind(&self) -> &str {
        match &self.event {
            Event::Violation(violation, _) => violation.kind(),
            Event::Audit(..) => "audit",
            Event::AuditFinding(..) => "finding",
            Event::Json(_) => "json",
            Event::Text(_) => "text",
        }
    }

    /// Returns the violation, where the message is one.
    pub fn violation(&self) -> Option<&Violation> {
        match &self.event {
            Event::Violation(violation, _) => Some(violation),
            _ => None,
        }
    }

    /// Returns the violation's id, where the message is a violation that has one.
    pub fn violation_id(&self) -> Option<&str> {
        self.violation()?.id.as_deref()
    }

    /// Returns the message in words, for a room to render.
    pub fn report(&self) -> Report {
        match &self.event {
            Event::Violation(violation, value) => violation.report(value, &self.origin),
            Event::Audit(audit, value) => audit.report(value, &self.origin),
            Event::AuditFinding(finding, value) => finding.report(value, &self.origin),
            Event::Json(value) => message::of_json(value, &self.raw, &self.origin),
            Event::Text(text) => message::of_text(text, &self.origin),
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
