//! What is looked at, and how what every kind of resource has in common is read: tags and documents.

use serde_json::Value;

use crate::arn::TopicArn;
use crate::chain::names::{
    CODE_TAG, FUNCTION_TAG, MANAGED_BY, ResourceNames, TOPIC_TAG, VERSION_TAG,
};
use crate::chain::state::Tags;

/// What is looked at, and how closely.
#[derive(Clone, Copy, Debug)]
pub struct ReadScope<'a> {
    /// The names of what belongs to the relay.
    pub names: &'a ResourceNames,
    /// The topic.
    pub topic: &'a TopicArn,
    /// The phones whose subscriptions belong to what is looked at.
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

/// The tags that are ours to see.
const TAGS: [&str; 5] = [MANAGED_BY.0, TOPIC_TAG, VERSION_TAG, CODE_TAG, FUNCTION_TAG];

/// Keeps our tags of all that a resource has, and says whether it is ours.
pub(super) fn ours<'a>(tags: impl IntoIterator<Item = (&'a String, &'a String)>) -> (Tags, bool) {
    let tags: Tags = tags
        .into_iter()
        .filter(|(key, _)| TAGS.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let is_ours = tags
        .get(MANAGED_BY.0)
        .is_some_and(|value| value == MANAGED_BY.1);
    (tags, is_ours)
}

/// Reads a JSON document that a service keeps as text; what is no JSON is null, and so differs from all that is wanted.
pub(super) fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}
