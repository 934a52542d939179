//! The wiring of one relay (or of a topic's phones): what AWS holds for it, as wanted and as observed, in the same words.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::filter::{FilterPolicy, Scope};
use super::names::TOPIC_TAG;
use crate::arn::{TopicArn, resource_name};
use crate::destination::WebhookSecret;
use crate::destination::sms::PhoneNumber;
use crate::destination::sms::masked;

/// The variable of the relay that names its destination.
pub const TARGET_VARIABLE: &str = "DDALERT_TARGET";
/// The variable that holds the ARN of a Secrets Manager secret.
pub const SECRET_VARIABLE: &str = "DDALERT_WEBHOOK_SECRET";
/// The variable that holds the name of an SSM parameter.
pub const PARAMETER_VARIABLE: &str = "DDALERT_WEBHOOK_PARAMETER";
/// The variable that holds the URL encrypted by KMS, in base64.
pub const KMS_VARIABLE: &str = "DDALERT_WEBHOOK_KMS";
/// The variable that holds the URL itself.
pub const URL_VARIABLE: &str = "DDALERT_WEBHOOK_URL";
/// The variable that changes with the URL, so that Lambda starts the relay anew and none goes on with the old one.
pub const VERSION_VARIABLE: &str = "DDALERT_WEBHOOK_VERSION";
/// The variable that holds the phones of a readable SMS relay, separated by commas.
pub const PHONES_VARIABLE: &str = "DDALERT_PHONES";
/// The variable that names another region to send text messages from, where the topic's has none.
pub const SMS_REGION_VARIABLE: &str = "DDALERT_SMS_REGION";

/// The encryption context of a URL encrypted by KMS: the key's name; the value is the function's (what Lambda's console writes).
pub const ENCRYPTION_CONTEXT: &str = "LambdaFunctionName";

/// Our tags on a resource; whatever else is tagged there is not ours to see.
pub type Tags = BTreeMap<String, String>;

/// Everything AWS holds for one relay, or for the phones of a topic. What is not there is `None` or missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RelayState {
    /// The secret, by the store it is in; a relay has one, but for the moment in which its store is being changed.
    pub secrets: BTreeMap<SecretStore, Secret>,
    /// The log group.
    pub log_group: Option<LogGroup>,
    /// The failure queue.
    pub queue: Option<Queue>,
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

/// Where a webhook URL can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretStore {
    /// A secret in Secrets Manager.
    SecretsManager,
    /// A SecureString parameter in SSM.
    Ssm,
    /// Encrypted with a KMS key, in the function's environment.
    Kms,
    /// As it is, in the function's environment.
    Env,
}

/// A secret's value, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretValue {
    /// It was given, or read.
    Known(WebhookSecret),
    /// It was not looked at; wanted, it means: what is stored stays.
    Unread,
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

/// The execution role of the function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Who may assume it.
    pub trust: Value,
    /// What it may do: the inline policy [`policy::INLINE_POLICY`], or null where it is missing.
    pub policy: Value,
    /// Our tags.
    pub tags: Tags,
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
    /// The runtime, wanted [`RUNTIME`].
    pub runtime: String,
    /// The handler, wanted [`HANDLER`].
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
    pub environment: Environment,
    /// Our tags.
    pub tags: Tags,
}

/// The environment of the relay.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Environment {
    /// The destination, as it is typed.
    pub target: Option<String>,
    /// Where the webhook URL is.
    pub webhook: Option<WebhookPlace>,
    /// What [`VERSION_VARIABLE`] says.
    pub webhook_version: Option<String>,
    /// The phones of a readable SMS relay, in E.164.
    #[serde(serialize_with = "names_only_count")]
    pub phones: Vec<String>,
    /// What somebody else set there; it is kept, and its values are not shown.
    #[serde(serialize_with = "names_only")]
    pub others: BTreeMap<String, String>,
}

/// Where the relay reads its webhook URL.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "store", rename_all = "kebab-case")]
pub enum WebhookPlace {
    /// The secret in Secrets Manager.
    SecretsManager {
        /// Whether the ARN in the environment is not the present secret's.
        dangling: bool,
    },
    /// The SSM parameter of this name.
    Ssm {
        /// The parameter's name.
        parameter: String,
    },
    /// In the environment, encrypted.
    Kms {
        /// The ARN of the key.
        key: String,
        /// The URL.
        value: SecretValue,
    },
    /// In the environment, plain.
    Env {
        /// The URL.
        value: SecretValue,
    },
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
}

/// A subscription of the topic.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Subscription {
    /// The ARN of the queue that takes its dead letters.
    pub dead_letters: Option<String>,
    /// Its filter policy with the scope it is held against, where it has one.
    pub filter: Option<Filter>,
    /// Whether the envelope is left out (a Lambda subscription has no such thing; it must be off).
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

impl PartialEq for Filter {
    fn eq(&self, other: &Filter) -> bool {
        let read = |Filter { policy, on_body }: &Filter| {
            FilterPolicy::scoped(
                &policy.to_string(),
                if *on_body {
                    Scope::MessageBody
                } else {
                    Scope::MessageAttributes
                },
            )
        };
        match (read(self), read(other)) {
            (Ok(policy), Ok(other)) => policy == other,
            // What SNS would not take cannot be compared but to the letter.
            _ => self.on_body == other.on_body && self.policy == other.policy,
        }
    }
}

impl RelayState {
    /// Returns the store that the relay reads its URL from; where there is no function yet, the one an interrupted run began.
    pub fn store(&self) -> Option<SecretStore> {
        match self
            .function
            .as_ref()
            .and_then(|function| function.environment.webhook.as_ref())
        {
            Some(WebhookPlace::SecretsManager { .. }) => Some(SecretStore::SecretsManager),
            Some(WebhookPlace::Ssm { .. }) => Some(SecretStore::Ssm),
            Some(WebhookPlace::Kms { .. }) => Some(SecretStore::Kms),
            Some(WebhookPlace::Env { .. }) => Some(SecretStore::Env),
            None => self.secrets.keys().next().copied(),
        }
    }

    /// Returns the URL that the relay reads now, where it is known.
    pub fn known_secret(&self) -> Option<&WebhookSecret> {
        let value = match (
            self.store()?,
            self.function
                .as_ref()
                .and_then(|function| function.environment.webhook.as_ref()),
        ) {
            (_, Some(WebhookPlace::Kms { value, .. } | WebhookPlace::Env { value })) => value,
            (store, _) => &self.secrets.get(&store)?.value,
        };
        match value {
            SecretValue::Known(secret) => Some(secret),
            SecretValue::Unread => None,
        }
    }

    /// Returns whether a URL is stored for the relay to read, known or not.
    pub fn has_secret(&self) -> bool {
        match self.store() {
            Some(SecretStore::Kms | SecretStore::Env) => true,
            Some(store) => self.secrets.contains_key(&store),
            None => false,
        }
    }

    /// Returns whether the URL is encrypted with a key that is not known, because it cannot be decrypted.
    pub fn has_unknown_key(&self) -> bool {
        let webhook = self
            .function
            .as_ref()
            .and_then(|function| function.environment.webhook.as_ref());
        matches!(webhook, Some(WebhookPlace::Kms { key, .. }) if key.is_empty())
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

    /// Returns the ARN of another topic that something here is tagged as made for: a relay can be subscribed by hand to a topic
    /// that it was not made for.
    pub fn other_topic(&self, topic: &TopicArn) -> Option<&str> {
        let topic = topic.to_string();
        let tags = [
            self.function.as_ref().map(|function| &function.tags),
            self.queue.as_ref().map(|queue| &queue.tags),
            self.role.as_ref().map(|role| &role.tags),
            self.log_group.as_ref().map(|group| &group.tags),
        ];
        let all = tags
            .into_iter()
            .flatten()
            .chain(self.secrets.values().map(|secret| &secret.tags));
        all.filter_map(|tags| tags.get(TOPIC_TAG))
            .find(|tagged| **tagged != topic)
            .map(String::as_str)
    }

    /// Returns whether nothing at all is there.
    pub fn is_empty(&self) -> bool {
        *self == RelayState::default()
    }
}

impl SecretValue {
    /// Returns whether what is held need not be written: it is the same, or nothing else is asked for.
    pub fn satisfied_by(&self, held: &SecretValue) -> bool {
        *self == SecretValue::Unread || self == held
    }
}

impl SecretStore {
    /// Every store, in the order in which they are offered.
    pub const ALL: [SecretStore; 4] = [
        SecretStore::SecretsManager,
        SecretStore::Ssm,
        SecretStore::Kms,
        SecretStore::Env,
    ];

    /// Returns how it is typed.
    pub fn name(self) -> &'static str {
        match self {
            SecretStore::SecretsManager => "secrets-manager",
            SecretStore::Ssm => "ssm",
            SecretStore::Kms => "kms",
            SecretStore::Env => "env",
        }
    }
}

impl Endpoint {
    /// Returns SNS's name of the protocol.
    pub fn protocol(&self) -> &'static str {
        match self {
            Endpoint::Lambda(_) => "lambda",
            Endpoint::Sms(_) => "sms",
        }
    }

    /// Returns the endpoint as SNS takes it.
    pub fn address(&self) -> &str {
        match self {
            Endpoint::Lambda(address) | Endpoint::Sms(address) => address,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Lambda(arn) => f.write_str(resource_name(arn)),
            Endpoint::Sms(number) => f.write_str(&masked(number)),
        }
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for SecretValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            SecretValue::Known(_) => "(not shown)",
            SecretValue::Unread => "(as stored)",
        })
    }
}

fn names_only<S: Serializer>(
    map: &BTreeMap<String, String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(map.keys())
}

fn names_only_count<S: Serializer>(phones: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(phones.len() as u64)
}
