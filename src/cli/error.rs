//! Why a command ended without doing what it was asked: the message, its causes, what to type next, and the exit code.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::aws::AwsError;
use crate::chain::command_place::CommandPlace;

/// The exit codes, one meaning each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Failed.
    Failed = 1,
    /// Usage error: nothing was done.
    Usage = 2,
    /// The plan has changes (`--dry-run --exit-code`).
    HasChanges = 3,
    /// The test alert was not confirmed by every relay.
    NotConfirmed = 4,
    /// `doctor` found no error, but could not make every check.
    NotChecked = 5,
    /// Interrupted.
    Interrupted = 130,
}

/// Why a command ended early.
#[derive(Debug)]
pub struct CliError {
    exit: Exit,
    /// What went wrong; its sources say why.
    error: anyhow::Error,
    /// What is known besides, shown behind the sources.
    details: Vec<String>,
    /// What to type next; without, what the failed call says.
    hint: Option<String>,
    /// Whether somebody answered no.
    is_declined: bool,
}

/// An error as `--output json` shows it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct ErrorBody {
    /// What went wrong.
    message: String,
    /// Why, outermost first.
    causes: Vec<String>,
    /// What to type next; null where nothing is known that helps.
    hint: Option<String>,
    /// The exit code of the process.
    exit_code: u8,
}

impl CliError {
    fn new(exit: Exit, message: impl Into<String>) -> CliError {
        CliError {
            exit,
            error: anyhow::Error::msg(message.into()),
            details: Vec::new(),
            hint: None,
            is_declined: false,
        }
    }

    /// Returns the error of a command that was not typed correctly; nothing was done.
    pub fn usage(message: impl Into<String>) -> CliError {
        CliError::new(Exit::Usage, message)
    }

    /// Returns the error of a command that failed.
    pub fn failed(message: impl Into<String>) -> CliError {
        CliError::new(Exit::Failed, message)
    }

    /// Returns the error of a command whose question was answered with no; `message` says what was not done.
    pub fn declined(message: impl Into<String>) -> CliError {
        CliError {
            is_declined: true,
            ..CliError::new(Exit::Failed, message)
        }
    }

    /// Returns the error of a command that somebody ended.
    pub fn interrupted(message: impl Into<String>) -> CliError {
        CliError::new(Exit::Interrupted, message)
    }

    /// Adds why.
    pub fn because(mut self, cause: impl fmt::Display) -> CliError {
        self.details.push(cause.to_string());
        self
    }

    /// Says what to type next, in place of what was said before.
    pub fn hint(mut self, hint: impl Into<String>) -> CliError {
        self.hint = Some(hint.into());
        self
    }

    /// Says what to type next, where nothing was said before.
    pub fn hint_if_none(mut self, hint: &str) -> CliError {
        if self.hint_text().is_none() {
            self.hint = Some(hint.to_owned());
        }
        self
    }

    /// Ends the command with another exit code.
    pub fn exit_with(self, exit: Exit) -> CliError {
        CliError { exit, ..self }
    }

    /// Changes every text, such as to mask what must not be shown.
    pub fn rewritten(self, rewrite: impl Fn(&str) -> String) -> CliError {
        CliError {
            exit: self.exit,
            details: self.causes().iter().map(|cause| rewrite(cause)).collect(),
            error: anyhow::Error::msg(rewrite(&self.message())),
            hint: self.hint_text().as_deref().map(&rewrite),
            is_declined: self.is_declined,
        }
    }

    /// Returns the exit code.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// Returns whether somebody answered no.
    pub fn is_declined(&self) -> bool {
        self.is_declined
    }

    /// Returns what went wrong, without the causes.
    pub fn message(&self) -> String {
        self.error.to_string()
    }

    /// Returns why, outermost first.
    pub fn causes(&self) -> Vec<String> {
        let sources = self.error.chain().skip(1).map(ToString::to_string);
        sources.chain(self.details.iter().cloned()).collect()
    }

    /// Returns what to type next.
    pub fn hint_text(&self) -> Option<String> {
        self.hint_at(&CommandPlace::default())
    }

    /// Returns what to type next; `place` stands behind the commands that the failed call suggests.
    fn hint_at(&self, place: &CommandPlace) -> Option<String> {
        let of_call = || self.aws_error()?.hint(place);
        self.hint.clone().or_else(of_call)
    }

    /// Puts the options that chose the account behind the commands that the failed call suggests.
    pub(super) fn at(self, place: &CommandPlace) -> CliError {
        CliError {
            hint: self.hint_at(place),
            ..self
        }
    }

    /// Returns the failed AWS call that this error is about, where it is about one.
    pub fn aws_error(&self) -> Option<&AwsError> {
        self.error.downcast_ref()
    }

    /// Returns the error as `--output json` shows it.
    pub(super) fn body(&self) -> ErrorBody {
        ErrorBody {
            message: self.message(),
            causes: self.causes(),
            hint: self.hint_text(),
            exit_code: self.exit as u8,
        }
    }
}

impl From<AwsError> for CliError {
    fn from(error: AwsError) -> CliError {
        CliError {
            exit: Exit::Failed,
            hint: None,
            error: anyhow::Error::new(error),
            details: Vec::new(),
            is_declined: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_call_keeps_its_cause_and_what_is_added() {
        let task = "creating the role r";
        let call = AwsError::refused("iam:CreateRole", task, "LimitExceeded", "too many roles");
        let error = CliError::from(call)
            .because("1 of 8 changes were made")
            .hint_if_none("remove a role");
        assert_eq!(error.message(), "creating the role r failed");
        assert_eq!(
            error.causes(),
            ["too many roles", "1 of 8 changes were made"]
        );
        assert_eq!(error.hint_text().as_deref(), Some("remove a role"));
        assert!(error.aws_error().is_some());
        let masked = error.rewritten(|text| text.replace("role", "***"));
        assert_eq!(masked.message(), "creating the *** r failed");
        assert_eq!(masked.causes()[0], "too many ***s");
        assert_eq!(masked.exit(), Exit::Failed);
    }
}
