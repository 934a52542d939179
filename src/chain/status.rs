//! A topic at a glance: its subscribers, what their relays are, the last alert of each and what waits in its queues.

use serde::Serialize;

use crate::contract::log::{LogEvent, LogLine};

/// A topic with its subscribers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct TopicStatus {
    /// The ARN of the topic.
    pub topic: String,
    /// Its subscribers, in SNS's order; null where they could not be listed.
    pub subscribers: Option<Vec<SubscriberStatus>>,
    /// What could not be read, with the reason.
    pub not_checked: Vec<String>,
}

/// One subscriber of a topic. What is null does not exist, or could not be read; then it is in `not_checked` of the topic and in
/// `unknown` here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct SubscriberStatus {
    /// SNS's protocol: `lambda`, `sms`, `email`, …
    pub protocol: String,
    /// The function's name, or the endpoint, a phone masked, and of a URL only the host.
    pub subscriber: String,
    /// Whether the subscription is confirmed; SNS sends nothing to one that is not.
    pub confirmed: bool,
    /// The destination as it is typed, where the subscriber is a relay of ddalert.
    pub target: Option<String>,
    /// The phones that a relay texts, masked.
    pub phones: Vec<String>,
    /// Where the webhook URL is stored.
    pub store: Option<String>,
    /// The version of ddalert that deployed the relay.
    pub version: Option<String>,
    /// What became of the last alert of the last 30 days, as the relay's log says.
    pub last_alert: Option<LastAlert>,
    /// About how many alerts wait in the failure queue.
    pub backlog: Option<u64>,
    /// The buffer that the relay takes alerts from; null if the topic invokes the relay itself.
    pub buffer: Option<BufferStatus>,
    /// The keys above that are null because they could not be read.
    pub unknown: Vec<StatusPart>,
}

/// A part of a subscriber's status that can be unreadable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StatusPart {
    /// Everything about the function: its destination, store, version.
    Target,
    /// The version that deployed the relay.
    Version,
    /// The last alert.
    LastAlert,
    /// What waits in the failure queue.
    Backlog,
    /// What waits in the buffer.
    Buffer,
}

/// What waits in the buffer of a relay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct BufferStatus {
    /// About how many alerts wait, those that are tried right now included; null where that could not be read.
    pub waiting: Option<u64>,
    /// When the oldest of them came: RFC 3339, UTC. Null if none waits, or if CloudWatch does not know it; it takes some minutes.
    pub since: Option<String>,
}

/// What became of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct LastAlert {
    /// When: RFC 3339, UTC.
    pub at: String,
    /// Whether the room accepted it.
    pub delivered: bool,
    /// The kind of alert, such as `detect.in-alarm`.
    pub kind: String,
    /// Whether it was a test alert.
    pub test: bool,
    /// Why it was not delivered.
    pub reason: Option<String>,
}

impl SubscriberStatus {
    /// Returns whether a part could not be read.
    pub fn is_unknown(&self, part: StatusPart) -> bool {
        self.unknown.contains(&part)
    }
}

/// Reads the newest alert in the lines of a relay's log; `None` if no line is about an alert.
pub fn last_alert<'a>(lines: impl IntoIterator<Item = &'a str>) -> Option<LastAlert> {
    let alerts = lines.into_iter().filter_map(|line| {
        let LogLine {
            timestamp, event, ..
        } = LogLine::parse(line)?;
        let (fields, delivered) = match event {
            LogEvent::Delivered(fields) => (fields, true),
            LogEvent::Failed(fields) => (fields, false),
            _ => return None,
        };
        Some(LastAlert {
            at: timestamp,
            delivered,
            kind: fields.kind,
            test: fields.test,
            reason: fields.reason,
        })
    });
    // RFC 3339 in UTC sorts as text; of two at the same time the later line counts.
    alerts.max_by(|one, other| one.at.cmp(&other.at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_alert_counts() {
        let line = |at: &str, event: &str| {
            format!(
                r#"{{"timestamp":"{at}","level":"INFO","event":"{event}","kind":"detect.in-alarm","queued_ms":1,"reason":"r"}}"#
            )
        };
        let lines = [
            line("2026-11-25T09:00:00.000Z", "delivered"),
            line("2026-11-25T10:00:00.000Z", "failed"),
            line("2026-11-25T09:30:00.000Z", "delivered"),
            r#"{"timestamp":"2026-11-25T11:00:00.000Z","event":"not_connected","reason":"r"}"#
                .to_owned(),
            "REPORT RequestId: 1".to_owned(),
        ];
        let last = last_alert(lines.iter().map(String::as_str)).expect("an alert");
        assert_eq!(
            (last.at.as_str(), last.delivered),
            ("2026-11-25T10:00:00.000Z", false)
        );
        assert_eq!(last.reason.as_deref(), Some("r"));
        assert_eq!(last_alert(["START"]), None);
    }
}
