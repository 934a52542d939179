//! A subscriber of the topic, with the function that it may be, and the parts that an alert passes there.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::kms_key::KmsKey;
use super::link::Part;
use super::lookup::Lookup;
use super::queue::DeadLetterQueue;
use super::relay::RelaySnapshot;
use crate::chain::delivery::shown_endpoint;
use crate::chain::state::Subscription;
use crate::destination::sms::SMS_TARGET;

/// A subscriber of the topic.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SubscriberSnapshot {
    /// The subscription's ARN, if it is confirmed.
    pub arn: String,
    /// `lambda`, `sms`, `email`, …
    pub protocol: String,
    /// What it delivers to. Output masks the middle of a phone number and everything but the host of a URL.
    #[serde(serialize_with = "serialize_endpoint")]
    pub endpoint: String,
    /// The version or alias of the function that it delivers to, if it names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qualifier: Option<String>,
    /// Whether it is confirmed.
    pub confirmed: bool,
    /// Its settings.
    pub subscription: Lookup<Subscription>,
    /// The dead-letter queue of its redrive policy.
    pub dead_letters: Lookup<DeadLetterQueue>,
    /// The function, if the protocol is `lambda`, or if the endpoint is the buffer of a relay.
    pub function: Lookup<FunctionSnapshot>,
}

fn serialize_endpoint<S: Serializer>(endpoint: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&shown_endpoint(endpoint))
}

/// A subscribed function.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FunctionSnapshot {
    /// Its name.
    pub name: String,
    /// Its runtime; empty for a container image.
    pub runtime: String,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    /// `Active`, `Pending`, `Inactive`, `Failed`, …
    pub state: String,
    /// Why it is in this state, if Lambda gives a reason.
    pub state_reason: Option<String>,
    /// `Successful`, `InProgress` or `Failed`.
    pub last_update: String,
    /// Why the last update failed, if Lambda gives a reason.
    pub last_update_reason: Option<String>,
    /// Its reserved concurrency, if set.
    pub reserved_concurrency: Option<i32>,
    /// Its resource policy; missing if the function has none.
    pub policy: Lookup<Value>,
    /// The KMS key that encrypts its environment, if it is not Lambda's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<KmsKey>,
    /// The resources of the relay, if the function is a relay of ddalert.
    pub relay: Option<Box<RelaySnapshot>>,
}

impl SubscriberSnapshot {
    /// Returns the relay, if the subscriber is one.
    pub fn relay(&self) -> Option<&RelaySnapshot> {
        self.function.found()?.relay.as_deref()
    }

    /// Returns the ARN of its dead-letter queue, if its redrive policy names one.
    pub(in crate::chain::checks) fn dead_letter_arn(&self) -> Option<&str> {
        self.subscription.found()?.dead_letters.as_deref()
    }

    /// Returns the parts of its link in the order in which an alert passes, as far as what was found shows them.
    pub(super) fn parts(&self) -> Vec<Part> {
        match (self.protocol.as_str(), self.function.found()) {
            ("sms", _) => vec![Part::Subscription, Part::Phone, Part::FailureQueue],
            ("lambda" | "sqs", None) if self.function.is_missing() => {
                vec![Part::Subscription, Part::Function]
            }
            // It may be a relay: nothing that a relay has was seen.
            ("lambda", None) => relay_parts(&[Part::Permission], Part::WebhookUrl),
            ("lambda" | "sqs", Some(function)) => {
                let way = self.way(function);
                match &function.relay {
                    Some(relay) if relay.target == SMS_TARGET => relay_parts(way, Part::Phone),
                    Some(_) => relay_parts(way, Part::WebhookUrl),
                    None => [&[Part::Subscription], way, &[Part::Function]].concat(),
                }
            }
            _ => vec![Part::Subscription],
        }
    }

    /// Returns what stands between the subscription and the function. What triggers through a buffer needs no permission of the
    /// function, but one that is there counts: it lets somebody else invoke the function.
    fn way(&self, function: &FunctionSnapshot) -> &'static [Part] {
        match (self.protocol.as_str(), function.policy.is_missing()) {
            ("sqs", true) => &[Part::Buffer],
            ("sqs", false) => &[Part::Buffer, Part::Permission],
            _ => &[Part::Permission],
        }
    }
}

/// Returns the parts of a link with a relay, which delivers to `end`.
pub(super) fn relay_parts(way: &[Part], end: Part) -> Vec<Part> {
    let behind = [
        Part::Function,
        Part::Role,
        end,
        Part::FailureQueue,
        Part::Log,
    ];
    [&[Part::Subscription], way, &behind].concat()
}
