//! SNS subscription filter policies: checked against the limits of SNS before they are sent, compared with what SNS stores, and
//! evaluated against messages, so that a person learns before deployment that a policy drops alerts.

mod body;
mod condition;
mod error;
mod events;
mod limits;
mod message_kind;
mod pattern;
mod policy;
mod published;
mod rules;
mod scope;

pub use error::{PolicyError, Problem};
pub use events::{EventKind, Events, UnknownEvent};
pub use message_kind::MessageKind;
pub use policy::FilterPolicy;
pub use published::PublishedMessages;
pub use scope::Scope;

#[cfg(test)]
mod tests;
