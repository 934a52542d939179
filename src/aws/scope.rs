//! Which resources are read, and how closely.

use crate::arn::TopicArn;
use crate::chain::names::ResourceNames;

/// Which resources are read, and how closely.
#[derive(Clone, Copy, Debug)]
pub struct ReadScope<'a> {
    /// The names of what belongs to the relay.
    pub names: &'a ResourceNames,
    /// The topic.
    pub topic: &'a TopicArn,
    /// The phones whose subscriptions are read.
    pub phones: &'a [String],
    /// Whether the webhook URL is read from Secrets Manager and SSM: needed to compare or to move it.
    pub values: bool,
    /// Whether a URL encrypted in the environment is decrypted: its key is known only that way.
    pub decrypt: bool,
}

impl<'a> ReadScope<'a> {
    /// Returns the scope of one relay: everything but the webhook URL, and no phones.
    pub fn new(names: &'a ResourceNames, topic: &'a TopicArn) -> ReadScope<'a> {
        ReadScope {
            names,
            topic,
            phones: &[],
            values: false,
            decrypt: false,
        }
    }

    /// Takes in the subscriptions of these phones.
    pub fn with_phones(self, phones: &'a [String]) -> ReadScope<'a> {
        ReadScope { phones, ..self }
    }

    /// Takes in the webhook URL: decrypted where the environment holds it, and, where `values` says so, read from its store.
    pub fn with_webhook_url(self, values: bool) -> ReadScope<'a> {
        ReadScope {
            values,
            decrypt: true,
            ..self
        }
    }
}
