//! The state of one relay (or of a topic's phones): what AWS holds for it, as desired and as observed, in the same types.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::filter::{FilterPolicy, PolicyError, Scope};
use super::names::{GIVEN_ROLE, ROLE_TAG, TOPIC_TAG, topic_tag};
use crate::arn::{TopicArn, resource_name};
use crate::contract::environment::RelayEnvironment;
use crate::contract::secret_store::{SecretLocation, SecretStore, SecretValue};
use crate::destination::WebhookSecret;
use crate::destination::sms::PhoneNumber;
use crate::destination::sms::masked;

/// The tags of a resource but for those that AWS sets. As wanted: those that it must have; it may have others.
pub type Tags = BTreeMap<String, String>;

/// Returns whether the tags that are wanted are all among those that are there.
pub fn holds_all(there: &Tags, wanted: &Tags) -> bool {
    wanted
        .iter()
        .all(|(key, value)| there.get(key) == Some(value))
}

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

/// A secret in a store of its own (Secrets Manager or SSM).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Secret {
    /// Its name in the store.
    pub name: String,
    /// The URL.
    pub value: SecretValue,
    /// Whether it waits for its deletion (Secrets Manager only): its name is taken, its value cannot be read.
    pub pending_deletion: bool,
    /// Our tags.
    pub tags: Tags,
}

/// The log group of the function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogGroup {
    /// Its name.
    pub name: String,
    /// How long it keeps what is written, in days; `None` is for ever.
    pub retention_days: Option<i32>,
    /// Our tags.
    pub tags: Tags,
}

/// The failure queue.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// How long it keeps a message, in seconds.
    pub retention_s: u32,
    /// Whether it is encrypted at rest, with SQS's own key or another.
    pub encrypted: bool,
    /// Who may use it.
    pub policy: Value,
    /// Our tags.
    pub tags: Tags,
}

/// The buffer: a queue between the topic and the function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Buffer {
    /// Its name.
    pub name: String,
    /// How long it keeps a message, in seconds.
    pub retention_s: u32,
    /// How long a message that was taken stays hidden, in seconds: what was not delivered is tried again after it.
    pub visibility_s: u32,
    /// Where a message goes that was taken too often.
    pub redrive: Option<Redrive>,
    /// Whether it is encrypted at rest, with SQS's own key or another.
    pub encrypted: bool,
    /// Who may use it.
    pub policy: Value,
    /// Our tags.
    pub tags: Tags,
}

/// When a queue gives up a message, and where the message goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Redrive {
    /// The ARN of the queue that it goes to.
    pub to: String,
    /// How often a message can be taken before, 1–1000.
    pub max_receives: u32,
}

/// The event source mapping by which Lambda takes batches of alerts from the buffer to the function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventSourceMapping {
    /// The ARN of the buffer.
    pub source: String,
    /// The most messages of a batch.
    pub batch_size: i32,
    /// How long Lambda gathers a batch, in seconds.
    pub window_s: i32,
    /// The most batches at a time; `None` has no limit of its own.
    pub max_concurrency: Option<i32>,
    /// Whether it reads in the relay's answer which messages were not delivered. Without this, it deletes the whole batch.
    pub reports_failures: bool,
    /// Whether it takes messages, or is about to.
    pub enabled: bool,
    /// Whether it takes only some messages and deletes the others: it must not.
    pub filtered: bool,
    /// Our tags.
    pub tags: Tags,
}

/// What invokes the function of a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    /// The topic, directly.
    Sns,
    /// The buffer, a queue that the topic delivers to.
    Sqs,
}

/// The execution role of the function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Its path, which begins and ends with `/`. IAM cannot change it.
    #[serde(skip_serializing_if = "is_default_path")]
    pub path: String,
    /// The ARN of the policy that limits it, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boundary: Option<String>,
    /// When it was created, in seconds since 1970; `None` for a role that is only wanted.
    #[serde(skip)]
    pub created: Option<i64>,
    /// Who may assume it.
    pub trust: Value,
    /// What it may do: the inline policy [`INLINE_POLICY`](super::policy::INLINE_POLICY), or null where it is missing.
    pub policy: Value,
    /// Our tags.
    pub tags: Tags,
}

fn is_default_path(path: &str) -> bool {
    path == "/"
}

/// The relay's function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The SHA-256 of its zip, in base64, as Lambda gives it.
    pub code_sha256: String,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    /// The runtime, wanted [`RUNTIME`](super::spec::RUNTIME).
    pub runtime: String,
    /// The handler, wanted [`HANDLER`](super::spec::HANDLER).
    pub handler: String,
    /// Memory in MB.
    pub memory_mb: i32,
    /// Timeout in seconds.
    pub timeout_s: i32,
    /// The ARN of the execution role.
    pub role_arn: String,
    /// Whether the log is JSON, in the function's own group, and holds what is of the level INFO.
    pub json_logs: bool,
    /// Its environment.
    pub environment: RelayEnvironment,
    /// Whether it can be invoked as it is configured: it is active, and its last update succeeded.
    #[serde(skip)]
    pub ready: bool,
    /// Whether its role is the one that it had when it was last changed: one that was removed and made again under its name may not
    /// use the key of the environment.
    #[serde(skip)]
    pub granted: bool,
    /// Our tags.
    pub tags: Tags,
}

/// What Lambda does with an event that the function could not handle.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventInvokeConfig {
    /// How often it tries again, 0–2.
    pub retries: i32,
    /// How long it keeps the event, in seconds.
    pub max_age_s: i32,
    /// The ARN of the queue that takes what is given up.
    pub on_failure: Option<String>,
}

/// The statement in the function's policy that lets the topic call it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Permission {
    /// The statement's id.
    pub statement: String,
    /// The service that may call.
    pub principal: String,
    /// The topic for which it may.
    pub source_arn: String,
    /// The account the topic must be in.
    pub source_account: Option<String>,
}

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
            // What is no number is nobody's phone, and keeps the relay from starting.
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

impl Trigger {
    /// Every trigger, the default first.
    pub const ALL: [Trigger; 2] = [Trigger::Sns, Trigger::Sqs];

    /// Returns its name on the command line: the service that invokes the function.
    pub fn name(self) -> &'static str {
        match self {
            Trigger::Sns => "sns",
            Trigger::Sqs => "sqs",
        }
    }

    /// Returns what it is, for the help.
    pub fn help(self) -> &'static str {
        match self {
            Trigger::Sns => "the topic invokes the function for each alert",
            Trigger::Sqs => {
                "a queue between topic and function collects alerts and keeps them while the room is down"
            }
        }
    }

    /// Returns the trigger with this name.
    pub fn from_name(name: &str) -> Option<Trigger> {
        Trigger::ALL
            .into_iter()
            .find(|trigger| trigger.name() == name)
    }
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
