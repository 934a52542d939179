//! The state of one relay (or of a topic's phones): what AWS holds for it, as desired and as observed, in the same types.

mod function;
mod queue;
mod role;
mod secret;
mod subscription;
mod tags;
mod trigger;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::names::{GIVEN_ROLE, ROLE_TAG, TOPIC_TAG, topic_tag};
use crate::arn::TopicArn;
use crate::contract::secret_store::{SecretLocation, SecretStore, SecretValue};
use crate::destination::WebhookSecret;
use crate::destination::sms::PhoneNumber;

pub use function::{EventInvokeConfig, Function, LogGroup, Permission};
pub use queue::{Buffer, EventSourceMapping, Queue, Redrive};
pub use role::Role;
pub use secret::Secret;
pub use subscription::{Endpoint, Filter, Subscription};
pub use tags::{Tags, holds_all};
pub use trigger::Trigger;

/// Everything AWS holds for one relay, or for the phones of a topic. What is not there is `None` or missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RelayState {
    /// The secret, by the store it is in; a relay has one, but for the moment in which its store is being changed.
    pub secrets: BTreeMap<SecretStore, Secret>,
    /// The log group.
    pub log_group: Option<LogGroup>,
    /// The failure queue.
    pub queue: Option<Queue>,
    /// The buffer between the topic and the function, of a relay that is triggered by it.
    pub buffer: Option<Buffer>,
    /// What takes alerts from the buffer to the function.
    pub mapping: Option<EventSourceMapping>,
    /// The execution role.
    pub role: Option<Role>,
    /// The function.
    pub function: Option<Function>,
    /// What Lambda does with an event that the function could not handle.
    pub event_invoke_config: Option<EventInvokeConfig>,
    /// The statement that lets the topic call the function.
    pub permission: Option<Permission>,
    /// The subscriptions of the topic, by what they deliver to.
    pub subscriptions: BTreeMap<Endpoint, Subscription>,
}

impl RelayState {
    /// Returns the store that the relay reads its URL from; if there is no function yet, the one an interrupted run began.
    pub fn store(&self) -> Option<SecretStore> {
        match self.webhook() {
            Some(webhook) => Some(webhook.store()),
            None => self.secrets.keys().next().copied(),
        }
    }

    fn webhook(&self) -> Option<&SecretLocation> {
        self.function.as_ref()?.environment.webhook.as_ref()
    }

    /// Returns the URL that the relay reads now, where it is known.
    pub fn known_secret(&self) -> Option<&WebhookSecret> {
        let value = match self.webhook().and_then(SecretLocation::value) {
            Some(value) => value,
            None => &self.secrets.get(&self.store()?)?.value,
        };
        match value {
            SecretValue::Known(secret) => Some(secret),
            SecretValue::Unread => None,
        }
    }

    /// Returns whether a URL is stored for the relay to read, known or not.
    pub fn has_secret(&self) -> bool {
        self.store()
            .is_some_and(|store| !store.is_resource() || self.secrets.contains_key(&store))
    }

    /// Returns whether the URL is encrypted with a key that is not known, because it cannot be decrypted.
    pub fn has_unknown_key(&self) -> bool {
        self.webhook().is_some_and(SecretLocation::has_unknown_key)
    }

    /// Returns every phone, subscribed or texted by the relay, in E.164.
    pub fn all_phones(&self) -> BTreeSet<&str> {
        let subscribed = self
            .subscriptions
            .keys()
            .filter(|endpoint| endpoint.protocol() == "sms")
            .map(Endpoint::address);
        subscribed
            .chain(self.readable_phones().iter().map(String::as_str))
            .collect()
    }

    /// Returns the phones that the relay texts.
    pub fn readable_phones(&self) -> &[String] {
        self.function
            .as_ref()
            .map_or(&[], |function| &function.environment.phones)
    }

    /// Returns what is left when these phones get no more alerts: with its last phone the relay goes, with the last phone of all
    /// the failure queue.
    pub fn without_phones(&self, phones: &[String]) -> RelayState {
        let is_gone = |phone: &str| phones.iter().any(|gone| gone == phone);
        let mut left = self.clone();
        left.subscriptions
            .retain(|endpoint, _| !is_gone(endpoint.address()));
        if let Some(function) = &mut left.function {
            // A text that is not a phone number keeps the relay from starting.
            function
                .environment
                .phones
                .retain(|phone| !is_gone(phone) && phone.parse::<PhoneNumber>().is_ok());
        }
        if left.all_phones().is_empty() {
            return RelayState::default();
        }
        if left.readable_phones().is_empty() {
            left.subscriptions
                .retain(|endpoint, _| endpoint.protocol() == "sms");
            return RelayState {
                queue: left.queue,
                subscriptions: left.subscriptions,
                ..RelayState::default()
            };
        }
        left
    }

    /// Returns what invokes the function: the subscription decides. If there is none, or one of each, as an interrupted run leaves it,
    /// the buffer decides. `None` is a relay of which neither is there.
    pub fn trigger(&self) -> Option<Trigger> {
        let subscribed = |protocol: &str| {
            let mut endpoints = self.subscriptions.keys();
            endpoints.any(|endpoint| endpoint.protocol() == protocol)
        };
        match (subscribed("lambda"), subscribed("sqs")) {
            (true, false) => Some(Trigger::Sns),
            (false, true) => Some(Trigger::Sqs),
            _ if self.buffer.is_some() => Some(Trigger::Sqs),
            _ => self.function.as_ref().map(|_| Trigger::Sns),
        }
    }

    /// Returns the ARN of another topic that something here is tagged as made for: a relay can be subscribed by hand to a topic
    /// that it was not made for.
    pub fn other_topic(&self, topic: &TopicArn) -> Option<&str> {
        let topic = topic_tag(topic);
        self.all_tags()
            .filter_map(|tags| tags.get(TOPIC_TAG))
            .find(|tagged| **tagged != topic)
            .map(String::as_str)
    }

    /// Returns the ARN of the execution role that the function uses, where somebody else made it and ddalert was given it.
    pub fn given_role(&self) -> Option<&str> {
        let function = self.function.as_ref()?;
        let is_given = function.tags.get(ROLE_TAG).map(String::as_str) == Some(GIVEN_ROLE);
        is_given.then_some(function.role_arn.as_str())
    }

    /// Returns the tags of every resource that is there and takes tags.
    pub fn all_tags(&self) -> impl Iterator<Item = &Tags> {
        let tags = [
            self.function.as_ref().map(|function| &function.tags),
            self.queue.as_ref().map(|queue| &queue.tags),
            self.buffer.as_ref().map(|buffer| &buffer.tags),
            self.mapping.as_ref().map(|mapping| &mapping.tags),
            self.role.as_ref().map(|role| &role.tags),
            self.log_group.as_ref().map(|group| &group.tags),
        ];
        let secrets = self.secrets.values().map(|secret| &secret.tags);
        tags.into_iter().flatten().chain(secrets)
    }

    /// Returns whether nothing at all is there.
    pub fn is_empty(&self) -> bool {
        *self == RelayState::default()
    }
}
