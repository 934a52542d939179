//! Why there are no credentials.

use std::error::Error as StdError;
use std::fmt;

/// Why there are no credentials, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::aws) struct CredentialsProblem {
    /// In words that are a sentence by themselves.
    pub(in crate::aws) message: String,
    /// What the service or the program said, if it said something.
    pub(in crate::aws) cause: Option<String>,
    /// What to type next.
    pub(in crate::aws) hint: String,
    /// Whether the configuration is wrong, and not the credentials missing.
    pub(in crate::aws) is_configuration: bool,
}

impl fmt::Display for CredentialsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for CredentialsProblem {}

impl CredentialsProblem {
    pub(in crate::aws) fn configuration(
        message: String,
        hint: impl Into<String>,
    ) -> CredentialsProblem {
        CredentialsProblem {
            message,
            cause: None,
            hint: hint.into(),
            is_configuration: true,
        }
    }
}
