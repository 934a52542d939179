//! The filter policy scope: what a filter policy applies to.

use serde::Serialize;

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
    /// Returns the scope of a policy on the body, or else on the attributes.
    pub fn new(on_body: bool) -> Scope {
        match on_body {
            true => Scope::MessageBody,
            false => Scope::MessageAttributes,
        }
    }

    /// Returns the value of `FilterPolicyScope`.
    pub fn name(self) -> &'static str {
        match self {
            Scope::MessageAttributes => "MessageAttributes",
            Scope::MessageBody => "MessageBody",
        }
    }
}
