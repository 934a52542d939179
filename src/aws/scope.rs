//! Which resources are read, and how closely.

use crate::arn::TopicArn;
use crate::chain::names::ResourceNames;
use crate::contract::secret_store::SecretStore;

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
    /// The store that the webhook URL is to be kept in, where that is known: it must be readable. Of the others, only the one that
    /// the function uses must be.
    pub store: Option<SecretStore>,
    /// Whether there is no webhook URL, as for phones: then no store is read.
    pub no_webhook: bool,
    /// Whether it is about phones that are subscribed as they are: then nothing of a relay has to be readable.
    pub raw_phones: bool,
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
            store: None,
            no_webhook: false,
            raw_phones: false,
            decrypt: false,
        }
    }

    /// Takes in the subscriptions of these phones.
    pub fn with_phones(self, phones: &'a [String]) -> ReadScope<'a> {
        ReadScope { phones, ..self }
    }

    /// Says in which store the webhook URL is to be kept.
    pub fn with_store(self, store: Option<SecretStore>) -> ReadScope<'a> {
        ReadScope { store, ..self }
    }

    /// Leaves the stores of webhook URLs out: phones have none.
    pub fn without_webhook(self) -> ReadScope<'a> {
        ReadScope {
            no_webhook: true,
            ..self
        }
    }

    /// Makes everything of a relay optional: what may not be read of it counts as missing.
    pub fn of_raw_phones(self) -> ReadScope<'a> {
        ReadScope {
            raw_phones: true,
            ..self
        }
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
