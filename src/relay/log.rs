//! Writes the function's log to standard output, one line of JSON an event ([`crate::contract::log`]).

use std::io::Write;

use jiff::Timestamp;

use crate::contract::log::{Level, LogEvent, LogLine};

/// The function's log on standard output.
#[derive(Clone, Copy)]
pub(super) struct Log {
    /// The least level that is written; what [`LogEvent::is_always_written`] names is written all the same.
    pub(super) least: Level,
}

impl Log {
    /// Writes an event, if its level asks for it.
    pub(super) fn write(&self, event: LogEvent) {
        let level = event.level();
        if level < self.least && !event.is_always_written() {
            return;
        }
        let line = LogLine {
            timestamp: format!("{:.3}", Timestamp::now()),
            level,
            event,
        };
        if let Ok(mut text) = serde_json::to_vec(&line) {
            text.push(b'\n');
            // One write a line, so that lines never mix. A log that cannot be written is no reason not to deliver.
            let _ = std::io::stdout().lock().write_all(&text);
        }
    }
}
