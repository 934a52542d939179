//! What stderr says beside the answer: what is going on, warnings, hints, errors, and calls to AWS.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::Arc;

use anstyle::Style;

use super::Ui;
use super::columns::stderr_columns;
use crate::aws::calls::{AwsCall, CallLog};
use crate::aws::retry::Wait;
use crate::cli::error::{CliError, Exit};
use crate::cli::style::{ADVICE, BAD, FAINT, HEADING, WORRYING, coloured, painted};
use crate::cli::wrap::wrapped;

impl Ui {
    /// Says what is going on.
    pub(in crate::cli) fn status(&self, text: impl Display) {
        if !self.quiet {
            self.say(text);
        }
    }

    /// Says what is waited for, and for how long at most.
    pub(in crate::cli) fn waiting(&self, wait: &Wait) {
        let Wait { task, why, limit } = wait;
        let text = format!("waiting up to {} s: {task}: {why}", limit.as_secs());
        self.status(text);
    }

    /// Says a detail that only `--verbose` shows.
    pub(in crate::cli) fn detail(&self, text: impl Display) {
        if self.verbosity > 0 && !self.quiet {
            self.say(painted(FAINT, text));
        }
    }

    /// Warns.
    pub(in crate::cli) fn warn(&self, text: impl Display) {
        let text = text.to_string();
        self.labelled("warning", WORRYING, &text);
        self.collect(|answer| answer.add_warning(text));
    }

    /// Says what to type next.
    pub(in crate::cli) fn hint(&self, text: impl Display) {
        let text = text.to_string();
        if !self.quiet {
            self.labelled("hint", ADVICE, &text);
        }
        self.collect(|answer| answer.add_hint(text));
    }

    pub(super) fn error(&self, error: &CliError) {
        let label = match error.exit() {
            // Nobody needs to be told that their own answer is an error.
            _ if error.is_declined() => return self.say(error.message()),
            Exit::Interrupted => "interrupted",
            _ => "error",
        };
        self.labelled(label, BAD, error.message());
        for cause in error.causes() {
            self.labelled("cause", HEADING, cause);
        }
        if let Some(hint) = error.hint_text() {
            self.labelled("hint", ADVICE, hint);
        }
    }

    /// Returns what takes note of the calls to AWS, where they are to be told.
    pub(in crate::cli) fn call_log(&self) -> Option<CallLog> {
        if self.verbosity == 0 || self.quiet {
            return None;
        }
        let ui = self.clone();
        Some(CallLog {
            write: Arc::new(move |call| ui.call(call)),
            with_requests: self.verbosity > 1,
        })
    }

    fn call(&self, call: &AwsCall) {
        let AwsCall {
            service,
            operation,
            attempt,
            elapsed,
            result,
            request,
        } = call;
        let tried = match attempt {
            1 => String::new(),
            attempt => format!(", attempt {attempt}"),
        };
        let elapsed = elapsed.as_millis();
        self.detail(format_args!(
            "{elapsed:>6} ms  {service} {operation}: {result}{tried}"
        ));
        if let Some(request) = request {
            self.detail(format_args!("           {request}"));
        }
    }

    /// Says something below a label; the lines that follow stand beside the label.
    fn labelled(&self, label: &str, style: Style, text: impl Display) {
        let text = self.shown(text);
        let label_width = label.len() + 2;
        let text = match stderr_columns().map(|width| width.saturating_sub(label_width)) {
            Some(width) if width >= label_width => {
                wrapped(&text, width).replace('\n', &format!("\n{}", " ".repeat(label_width)))
            }
            _ => text,
        };
        self.print(&format!("{}: {text}", painted(style, label)));
    }

    pub(super) fn say(&self, text: impl Display) {
        let text = self.shown(text);
        match stderr_columns() {
            Some(width) => self.print(&wrapped(&text, width)),
            None => self.print(&text),
        }
    }

    fn print(&self, text: &str) {
        if self.live.print_above(&self.painted_line(text)) {
            return;
        }
        // Where stderr is gone there is nobody left to tell.
        let _ = writeln!(anstream::stderr().lock(), "{}", coloured(text));
    }

    /// Returns a text as standard error shows it: in colour where it takes colour.
    pub(in crate::cli) fn painted_line(&self, text: &str) -> String {
        let text = coloured(text);
        match anstream::AutoStream::choice(&io::stderr()) {
            anstream::ColorChoice::Never => anstream::adapter::strip_str(&text).to_string(),
            _ => text,
        }
    }
}
