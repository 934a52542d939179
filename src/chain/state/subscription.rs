//! A subscription of the topic: what it delivers to, and which messages.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::arn::resource_name;
use crate::chain::filter::{FilterPolicy, PolicyError, Scope};
use crate::destination::sms::masked;

/// What a subscription delivers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    /// A function, by its ARN.
    Lambda(String),
    /// A phone, in E.164.
    Sms(String),
    /// A queue, by its ARN: the buffer of a relay.
    Sqs(String),
}

impl Endpoint {
    /// Returns SNS's name of the protocol.
    pub fn protocol(&self) -> &'static str {
        match self {
            Endpoint::Lambda(_) => "lambda",
            Endpoint::Sms(_) => "sms",
            Endpoint::Sqs(_) => "sqs",
        }
    }

    /// Returns the endpoint as SNS takes it.
    pub fn address(&self) -> &str {
        match self {
            Endpoint::Lambda(address) | Endpoint::Sms(address) | Endpoint::Sqs(address) => address,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Lambda(arn) | Endpoint::Sqs(arn) => f.write_str(resource_name(arn)),
            Endpoint::Sms(number) => f.write_str(&masked(number)),
        }
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A subscription of the topic.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Subscription {
    /// The ARN of the queue that takes its dead letters.
    pub dead_letters: Option<String>,
    /// Its filter policy with the scope it is held against, where it has one.
    pub filter: Option<Filter>,
    /// Whether the envelope is left out (a Lambda subscription has no such thing; it must be off, as a relay reads the envelope).
    pub raw_delivery: bool,
}

/// A filter policy and what it is held against. Two are equal where they mean the same.
#[derive(Clone, Debug, Serialize)]
pub struct Filter {
    /// The policy.
    pub policy: Value,
    /// Whether it is held against the message's body (else against its attributes, of which Device Defender sets none).
    pub on_body: bool,
}

impl Filter {
    /// Parses the policy.
    ///
    /// # Errors
    /// If SNS would refuse the policy.
    pub fn parse(&self) -> Result<FilterPolicy, PolicyError> {
        FilterPolicy::scoped(&self.policy.to_string(), Scope::new(self.on_body))
    }
}

impl PartialEq for Filter {
    fn eq(&self, other: &Filter) -> bool {
        match (self.parse(), other.parse()) {
            (Ok(policy), Ok(other)) => policy == other,
            // What SNS would not take can only be compared as text.
            _ => self.on_body == other.on_body && self.policy == other.policy,
        }
    }
}
