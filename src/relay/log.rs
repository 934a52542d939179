//! What the function's log says: one line of JSON an event, in the form that Lambda's JSON log format asks for.
//!
//! A line never holds the webhook URL or the body of a message.

use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;

use crate::contract::delivery::SentText;

/// How much a line matters, least first; the words are those of `AWS_LAMBDA_LOG_LEVEL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

impl Level {
    /// Reads Lambda's word. It is Lambda that sets it: a word that is not known is no reason to lose an alert.
    pub(super) fn from_lambda(word: Option<&str>) -> Level {
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

/// The function's log on standard output.
#[derive(Clone, Copy)]
pub(super) struct Log {
    /// The least level that is written.
    pub(super) least: Level,
}

#[derive(Serialize)]
struct LogLine<'a, Fields> {
    timestamp: String,
    level: Level,
    event: &'a str,
    #[serde(flatten)]
    fields: Fields,
}

/// The fields of a line about what became of a message.
#[derive(Serialize)]
pub(super) struct DeliveryFields<'a> {
    /// Lambda's id of the invocation, as in the platform's own lines.
    pub(super) request_id: &'a str,
    /// How `test-publish` finds the message.
    pub(super) sns_message_id: Option<&'a str>,
    pub(super) kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) violation_id: Option<&'a str>,
    /// The destination, as it is typed.
    pub(super) target: &'a str,
    /// The last HTTP status, where there was an answer.
    pub(super) status: Option<u16>,
    /// How many tries it took; a repeat over a fresh connection, where the old one had died, is part of one try.
    pub(super) attempts: u32,
    /// From the moment the relay turned to the message until this line.
    pub(super) elapsed_ms: u64,
    /// From SNS taking the message until the relay turned to it; clocks differ, so it is never less than zero.
    pub(super) queued_ms: Option<u64>,
    pub(super) test: bool,
    /// The texts that were sent, phones masked.
    #[serde(skip_serializing_if = "<[SentText]>::is_empty")]
    pub(super) texts: &'a [SentText],
    /// Why it was not delivered, in the room's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
}

impl Log {
    /// Writes what became of a message, whatever the level: `test-publish` reads it.
    pub(super) fn outcome(&self, event: &str, outcome: &DeliveryFields<'_>) {
        let level = if outcome.reason.is_some() {
            Level::Error
        } else {
            Level::Info
        };
        write(level, event, outcome);
    }

    /// Writes a line where its level asks for it.
    pub(super) fn line(&self, level: Level, event: &str, fields: impl Serialize) {
        if level >= self.least {
            write(level, event, fields);
        }
    }
}

fn write(level: Level, event: &str, fields: impl Serialize) {
    let line = LogLine {
        timestamp: format!("{:.3}", Timestamp::now()),
        level,
        event,
        fields,
    };
    if let Ok(mut text) = serde_json::to_vec(&line) {
        text.push(b'\n');
        // One write a line, so that lines never mix. A log that cannot be written is no reason not to deliver.
        let _ = std::io::stdout().lock().write_all(&text);
    }
}
