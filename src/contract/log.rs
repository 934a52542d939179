//! The lines of a relay's log: JSON, one line an event, in the form that Lambda's JSON log format asks for. The relay writes
//! them, `test-publish` reads them.
//!
//! A line never holds the webhook URL, the body of a message, or a phone number in full.

use serde::{Deserialize, Serialize};

use super::text_message::SentText;

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    /// When it was written: RFC 3339, UTC, milliseconds.
    #[serde(default)]
    pub timestamp: String,
    /// How much it matters.
    #[serde(default)]
    pub level: Level,
    /// What happened.
    #[serde(flatten)]
    pub event: LogEvent,
}

/// How much a line matters, least first; the words are those of `AWS_LAMBDA_LOG_LEVEL`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// The finest detail.
    Trace,
    /// What helps to find a fault.
    Debug,
    /// What is as it should be.
    #[default]
    Info,
    /// What may become a fault.
    Warn,
    /// What failed.
    Error,
    /// What ends the relay.
    Fatal,
}

/// What the relay has to say. The field `event` of the line holds the variant's name in snake case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum LogEvent {
    /// A message was delivered.
    Delivered(DeliveryFields),
    /// A message was not delivered; Lambda tries again, or it comes again from the buffer, and then the failure queue keeps it.
    Failed(DeliveryFields),
    /// SNS took a text for one phone.
    Texted {
        /// SNS's id of the alert.
        sns_message_id: Option<String>,
        /// The phone, masked.
        phone: String,
        /// SNS's id of the text.
        text_message_id: String,
    },
    /// SNS did not take a text for one phone.
    NotTexted {
        /// SNS's id of the alert.
        sns_message_id: Option<String>,
        /// The phone, masked.
        phone: String,
        /// Why not.
        reason: String,
    },
    /// A message of an event that Lambda hands over again was skipped: it was delivered the first time.
    ArrivedBefore {
        /// SNS's id of the alert.
        sns_message_id: Option<String>,
    },
    /// An attempt failed, and another will follow if there is time for it.
    NotYet {
        /// SNS's id of the alert.
        sns_message_id: Option<String>,
        /// Which attempt it was, from 1.
        attempt: u32,
        /// The room's HTTP status, where it answered.
        status: Option<u16>,
        /// Why it failed.
        reason: String,
        /// How long the relay waits before the next one, in milliseconds.
        wait_ms: u64,
    },
    /// The connection could not be opened ahead of the first alert.
    NotConnected {
        /// Why not.
        reason: String,
    },
    /// The webhook's secret could not be read ahead of the first alert.
    SecretUnreadable {
        /// Why not.
        reason: String,
    },
    /// The incident of a storm stays open for now, although an alarm of it has ended.
    StormNotEnded {
        /// The security profile.
        security_profile: Option<String>,
        /// The behavior.
        behavior: Option<String>,
        /// Why.
        reason: String,
    },
    /// The relay did not start.
    NotStarted {
        /// Why not.
        reason: String,
    },
    /// A bug ended the relay. Lambda starts it again, and retries the event.
    Panicked {
        /// Where and why.
        reason: String,
    },
}

/// What became of one message. A field that is missing in a line is read as its default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeliveryFields {
    /// Lambda's id of the invocation, as in the platform's own lines.
    pub request_id: String,
    /// SNS's id of the alert, by which `test-publish` finds it.
    pub sns_message_id: Option<String>,
    /// The kind of alert, such as `detect.in-alarm`.
    pub kind: String,
    /// Device Defender's id of the violation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub violation_id: Option<String>,
    /// The destination, as it is typed.
    pub target: String,
    /// The last HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// How many attempts it took; a repeat over a fresh connection, where the old one had died, is part of one attempt.
    pub attempts: Option<u32>,
    /// Milliseconds from the moment the relay turned to the message until this line.
    pub elapsed_ms: Option<u64>,
    /// Milliseconds from SNS taking the message until the relay turned to it; clocks differ, so it is never less than zero.
    pub queued_ms: Option<u64>,
    /// Milliseconds of these in the buffer, where the message came through one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buffered_ms: Option<u64>,
    /// How many alerts the room got in the same message, where it was a digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest_of: Option<usize>,
    /// Whether the message is marked as a test.
    pub test: bool,
    /// The texts that were sent, phones masked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<SentText>,
    /// Why it was not delivered, in the room's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl LogLine {
    /// Reads a line of a function's log, or `None` if the line is not the relay's.
    pub fn parse(line: &str) -> Option<LogLine> {
        serde_json::from_str(line.trim()).ok()
    }
}

impl LogEvent {
    /// Returns how much the event matters.
    pub fn level(&self) -> Level {
        match self {
            LogEvent::ArrivedBefore { .. } | LogEvent::NotYet { .. } => Level::Debug,
            LogEvent::Delivered(_) | LogEvent::Texted { .. } => Level::Info,
            LogEvent::NotConnected { .. } | LogEvent::StormNotEnded { .. } => Level::Warn,
            LogEvent::Failed(_)
            | LogEvent::NotTexted { .. }
            | LogEvent::SecretUnreadable { .. } => Level::Error,
            LogEvent::NotStarted { .. } | LogEvent::Panicked { .. } => Level::Fatal,
        }
    }

    /// Returns whether the event is written whatever level is asked for: `test-publish`, and whoever looks for a text, reads it.
    pub fn is_always_written(&self) -> bool {
        matches!(
            self,
            LogEvent::Delivered(_)
                | LogEvent::Failed(_)
                | LogEvent::Texted { .. }
                | LogEvent::NotTexted { .. }
                | LogEvent::NotStarted { .. }
                | LogEvent::Panicked { .. }
        )
    }
}

impl Level {
    /// Reads the value of `AWS_LAMBDA_LOG_LEVEL`. Lambda sets it: an unknown word is no reason to lose an alert, and means INFO.
    pub fn from_lambda(word: Option<&str>) -> Level {
        match word.map(str::to_ascii_uppercase).as_deref() {
            Some("TRACE") => Level::Trace,
            Some("DEBUG") => Level::Debug,
            Some("WARN") => Level::Warn,
            Some("ERROR") => Level::Error,
            Some("FATAL") => Level::Fatal,
            _ => Level::Info,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> DeliveryFields {
        DeliveryFields {
            request_id: "r-1".into(),
            sns_message_id: Some("m-1".into()),
            kind: "detect.in-alarm".into(),
            violation_id: Some("v-1".into()),
            target: "slack".into(),
            status: Some(200),
            attempts: Some(2),
            elapsed_ms: Some(14),
            queued_ms: Some(31),
            buffered_ms: Some(30),
            digest_of: Some(212),
            test: true,
            texts: vec![SentText {
                phone: "+1206***0100".into(),
                message_id: "t-1".into(),
                carrier: None,
            }],
            reason: Some("no".into()),
        }
    }

    /// Every event that there is, with and without what may be missing.
    fn events() -> Vec<LogEvent> {
        let id = || Some("m-1".to_owned());
        let (phone, reason) = (|| "+1206***0100".to_owned(), || "no".to_owned());
        vec![
            LogEvent::Delivered(fields()),
            LogEvent::Delivered(DeliveryFields::default()),
            LogEvent::Failed(fields()),
            LogEvent::Texted {
                sns_message_id: id(),
                phone: phone(),
                text_message_id: "t-1".into(),
            },
            LogEvent::NotTexted {
                sns_message_id: None,
                phone: phone(),
                reason: reason(),
            },
            LogEvent::ArrivedBefore {
                sns_message_id: id(),
            },
            LogEvent::NotYet {
                sns_message_id: id(),
                attempt: 1,
                status: None,
                reason: reason(),
                wait_ms: 200,
            },
            LogEvent::NotConnected { reason: reason() },
            LogEvent::SecretUnreadable { reason: reason() },
            LogEvent::StormNotEnded {
                security_profile: Some("P".into()),
                behavior: None,
                reason: reason(),
            },
            LogEvent::NotStarted { reason: reason() },
            LogEvent::Panicked { reason: reason() },
        ]
    }

    #[test]
    fn every_line_that_is_written_is_read_back() {
        for event in events() {
            let line = LogLine {
                timestamp: "2026-11-23T00:00:00.000Z".into(),
                level: event.level(),
                event,
            };
            let text = serde_json::to_string(&line).expect("JSON");
            assert_eq!(LogLine::parse(&text), Some(line), "{text}");
        }
    }

    /// People search logs by these names: none of them may change.
    #[test]
    fn a_line_has_these_fields_in_this_order() {
        let line = LogLine {
            timestamp: "2026-11-23T00:00:00.000Z".into(),
            level: Level::Error,
            event: LogEvent::Failed(fields()),
        };
        assert_eq!(
            serde_json::to_string(&line).expect("JSON"),
            concat!(
                r#"{"timestamp":"2026-11-23T00:00:00.000Z","level":"ERROR","event":"failed","request_id":"r-1","#,
                r#""sns_message_id":"m-1","kind":"detect.in-alarm","violation_id":"v-1","target":"slack","status":200,"#,
                r#""attempts":2,"elapsed_ms":14,"queued_ms":31,"buffered_ms":30,"digest_of":212,"test":true,"#,
                r#""texts":[{"phone":"+1206***0100","message_id":"t-1"}],"reason":"no"}"#
            )
        );
        let names: Vec<String> = events()
            .iter()
            .map(|event| {
                let event = serde_json::to_value(event).expect("JSON");
                event["event"].as_str().expect("a name").to_owned()
            })
            .collect();
        assert_eq!(
            names,
            [
                "delivered",
                "delivered",
                "failed",
                "texted",
                "not_texted",
                "arrived_before",
                "not_yet",
                "not_connected",
                "secret_unreadable",
                "storm_not_ended",
                "not_started",
                "panicked"
            ]
        );
    }

    #[test]
    fn lines_of_others_are_not_read() {
        for line in [
            "",
            "START RequestId: x",
            "{}",
            "[]",
            r#"{"event":"started","sns_message_id":"m-1"}"#,
            r#"{"time":"2026-11-23T00:00:00Z","type":"platform.start","record":{"requestId":"r-1"}}"#,
        ] {
            assert_eq!(LogLine::parse(line), None, "{line}");
        }
    }

    #[test]
    fn levels_are_lambdas_and_in_order() {
        for (word, level) in [
            (Some("trace"), Level::Trace),
            (Some("DEBUG"), Level::Debug),
            (Some("Fatal"), Level::Fatal),
            (Some("loud"), Level::Info),
            (None, Level::Info),
        ] {
            assert_eq!(Level::from_lambda(word), level, "{word:?}");
        }
        assert!(Level::Debug < Level::Info && Level::Error < Level::Fatal);
    }
}
