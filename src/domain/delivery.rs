//! What became of one message at each subscriber of the topic, and how a relay's log tells it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What became of a message at one subscriber.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// The relay says that the room took it.
    Delivered(Hops),
    /// The relay says that the room did not take it; Lambda will try twice more, then the failure queue keeps it.
    Failed {
        /// The room's own answer, or what stood in the way.
        reason: String,
        /// How far it came.
        #[serde(flatten)]
        hops: Hops,
    },
    /// SNS took it for this subscriber; what follows cannot be seen from here.
    Accepted {
        /// Why not.
        why: String,
    },
    /// The subscription's filter policy keeps this message away.
    Filtered,
    /// Nothing was heard in time.
    Silent {
        /// What that can mean, and what to look at.
        why: String,
    },
}

/// What a relay says of one message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Hops {
    /// The room's HTTP status.
    #[serde(default)]
    pub status: Option<u16>,
    /// How often it was tried.
    #[serde(default)]
    pub attempts: Option<u32>,
    /// Milliseconds from the publish to the relay's receipt.
    #[serde(default)]
    pub queued_ms: Option<u64>,
    /// Milliseconds from the receipt to the room's answer.
    #[serde(default)]
    pub elapsed_ms: Option<u64>,
    /// The texts that a readable SMS relay sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<Text>,
}

/// One text to one phone, as SNS took it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Text {
    /// The phone, masked.
    pub phone: String,
    /// The id that SNS gave the text.
    pub message_id: String,
}

/// A subscriber with what became of the message there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Delivery {
    /// SNS's protocol: `lambda`, `sms`, `email`, …
    pub protocol: String,
    /// The destination as it is typed, where it is a relay of ours.
    pub target: Option<String>,
    /// The function's name, or the endpoint, a phone masked.
    pub subscriber: String,
    /// What became of the message.
    #[serde(flatten)]
    pub outcome: Outcome,
}

impl Delivery {
    /// Returns whether this is a relay of ours.
    pub fn is_relay(&self) -> bool {
        self.target.is_some()
    }
}

#[derive(Deserialize)]
struct Line {
    event: String,
    sns_message_id: String,
    #[serde(default)]
    reason: Option<String>,
    #[serde(flatten)]
    hops: Hops,
}

/// Reads one line of a relay's log: the outcome of the message of this id, or `None` where the line speaks of something else.
pub fn outcome(line: &str, message_id: &str) -> Option<Outcome> {
    let line: Line = serde_json::from_str(line.trim()).ok()?;
    if line.sns_message_id != message_id {
        return None;
    }
    match line.event.as_str() {
        "delivered" => Some(Outcome::Delivered(line.hops)),
        "failed" => {
            Some(Outcome::Failed { reason: line.reason.unwrap_or_else(|| "no reason given".to_owned()), hops: line.hops })
        }
        _ => None,
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Delivered(hops) => write!(f, "delivered, {hops}"),
            Outcome::Failed { reason, hops } => write!(f, "failed: {reason}, {hops}"),
            Outcome::Accepted { why } => write!(f, "accepted by SNS; {why}"),
            Outcome::Filtered => f.write_str("not sent: the subscription's filter policy keeps this message away"),
            Outcome::Silent { why } => write!(f, "nothing heard: {why}"),
        }
    }
}

impl fmt::Display for Hops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(status) = self.status {
            parts.push(format!("HTTP {status}"));
        }
        if let Some(queued) = self.queued_ms {
            parts.push(format!("publish to relay {queued} ms"));
        }
        if let Some(elapsed) = self.elapsed_ms {
            parts.push(format!("relay to room {elapsed} ms"));
        }
        if let Some(attempts) = self.attempts.filter(|attempts| *attempts > 1) {
            parts.push(format!("{attempts} attempts"));
        }
        parts.extend(self.texts.iter().map(|text| format!("text {} to {}", text.message_id, text.phone)));
        f.write_str(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "4a368c7b-c98a-5f32-82ba-da33de9e4d57";

    #[test]
    fn a_relays_lines_are_read() {
        let line = format!(
            r#"{{"timestamp":"2026-11-23T00:00:00Z","level":"INFO","event":"delivered","sns_message_id":"{ID}","kind":"detect.in-alarm","target":"slack","status":200,"attempts":2,"elapsed_ms":14,"queued_ms":31}}"#
        );
        let hops = Hops { status: Some(200), attempts: Some(2), queued_ms: Some(31), elapsed_ms: Some(14), texts: Vec::new() };
        let read = outcome(&line, ID).expect("an outcome");
        assert_eq!(read, Outcome::Delivered(hops));
        assert_eq!(read.to_string(), "delivered, HTTP 200, publish to relay 31 ms, relay to room 14 ms, 2 attempts");
    }

    #[test]
    fn other_lines_say_nothing_of_this_message() {
        let other = format!(r#"{{"event":"started","sns_message_id":"{ID}"}}"#);
        for line in ["", "START RequestId: x", "{}", r#"{"event":"delivered","sns_message_id":"another"}"#, &other] {
            assert_eq!(outcome(line, ID), None, "{line}");
        }
    }
}
