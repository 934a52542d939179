//! Why a command ended without doing what it was asked: what it says, what to type next, and its exit code.

use std::fmt;

use serde::Serialize;

use crate::aws::AwsError;

/// The exit codes, one meaning each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Failed.
    Failed = 1,
    /// Used wrongly: nothing was done.
    Usage = 2,
    /// The plan has changes (`--dry-run --exit-code`).
    HasChanges = 3,
    /// The test alert was not confirmed by every relay.
    NotConfirmed = 4,
    /// Interrupted.
    Interrupted = 130,
}

/// Why a command ended early.
#[derive(Debug)]
pub struct CliError {
    /// The exit code.
    pub exit: Exit,
    /// What went wrong.
    pub message: String,
    /// Why, outermost first.
    pub causes: Vec<String>,
    /// What to type next.
    pub hint: Option<String>,
}

/// A error as `--output json` shows it.
#[derive(Serialize)]
pub(super) struct ErrorDocument<'a> {
    error: ErrorBody<'a>,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    message: &'a str,
    causes: &'a [String],
    hint: Option<&'a str>,
    exit_code: u8,
}

impl CliError {
    /// Says that the command was used wrongly; nothing was done.
    pub fn usage(message: impl Into<String>) -> CliError {
        CliError {
            exit: Exit::Usage,
            message: message.into(),
            causes: Vec::new(),
            hint: None,
        }
    }

    /// Says that the command failed.
    pub fn failed(message: impl Into<String>) -> CliError {
        CliError {
            exit: Exit::Failed,
            message: message.into(),
            causes: Vec::new(),
            hint: None,
        }
    }

    /// Adds why.
    pub fn because(mut self, cause: impl fmt::Display) -> CliError {
        self.causes.push(cause.to_string());
        self
    }

    /// Adds what to type next, in place of what was there.
    pub fn hint(mut self, hint: impl Into<String>) -> CliError {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn shown(&self) -> ErrorDocument<'_> {
        let CliError {
            exit,
            message,
            causes,
            hint,
        } = self;
        ErrorDocument {
            error: ErrorBody {
                message,
                causes,
                hint: hint.as_deref(),
                exit_code: *exit as u8,
            },
        }
    }
}

impl From<AwsError> for CliError {
    fn from(failure: AwsError) -> CliError {
        CliError {
            exit: Exit::Failed,
            message: failure.to_string(),
            causes: vec![failure.cause().to_owned()],
            hint: failure.hint(),
        }
    }
}
