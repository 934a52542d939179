//! The filter policy scope: what a filter policy applies to.

use std::str::FromStr;

use serde::Serialize;
use thiserror::Error;

/// What a filter policy applies to: the subscription attribute `FilterPolicyScope`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Scope {
    /// The attributes of the message. Device Defender sets none, so such a policy blocks all of its messages.
    #[default]
    MessageAttributes,
    /// The body of the message, which must be a JSON object.
    MessageBody,
}

impl Scope {
    /// The value of `FilterPolicyScope`.
    pub fn name(self) -> &'static str {
        match self {
            Scope::MessageAttributes => "MessageAttributes",
            Scope::MessageBody => "MessageBody",
        }
    }
}

/// A value of `FilterPolicyScope` that SNS does not have.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("'{0}' is not a filter policy scope (use MessageAttributes or MessageBody)")]
pub struct UnknownScope(pub String);

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Scope, UnknownScope> {
        [Scope::MessageAttributes, Scope::MessageBody]
            .into_iter()
            .find(|scope| scope.name() == text)
            .ok_or_else(|| UnknownScope(text.to_owned()))
    }
}
