//! The wiring of one relay (or of a topic's phones): what AWS holds for it, as wanted and as observed, in the same words.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::filter::{FilterPolicy, Scope};
use super::names::{MANAGED_BY, Names, SMS_TARGET, TOPIC_TAG, VERSION_TAG};
use super::policy;
use super::sms::number::masked;
use super::topic::TopicArn;
use super::webhook::WebhookSecret;

/// The runtime that runs a Rust `bootstrap` (Lambda developer guide, "Lambda runtimes"; supported until 2029-06-30).
pub const RUNTIME: &str = "provided.al2023";
/// Lambda wants a handler for every function; an OS-only runtime ignores it.
pub const HANDLER: &str = "bootstrap";
/// The function's memory in MB: the least Lambda gives, and ample for the relay.
pub const MEMORY_MB: i32 = 128;
/// The longest one invocation may take, in seconds.
pub const TIMEOUT_S: i32 = 30;
/// How long logs are kept, in days.
pub const LOG_RETENTION_DAYS: i32 = 30;
/// How long the failure queue keeps a message, in seconds: 14 days, the most SQS allows.
pub const QUEUE_RETENTION_S: u32 = 14 * 24 * 3600;
/// How often Lambda tries an event again after an error: the most it allows.
pub const ASYNC_RETRIES: i32 = 2;
/// How long Lambda keeps an event that it could not hand over, in seconds: 6 hours, the most it allows.
pub const ASYNC_MAX_AGE_S: i32 = 6 * 3600;

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
pub struct Wiring {
    /// The secret, by the store it is in; a relay has one, but for the moment in which its store is being changed.
    pub secrets: BTreeMap<Store, Secret>,
    /// The log group.
    pub log_group: Option<LogGroup>,
    /// The failure queue.
    pub queue: Option<Queue>,
    /// The execution role.
    pub role: Option<Role>,
    /// The function.
    pub function: Option<Function>,
    /// What Lambda does with an event that the function could not handle.
    pub asynchronous: Option<Asynchronous>,
    /// The statement that lets the topic call the function.
    pub permission: Option<Permission>,
    /// The subscriptions of the topic, by what they deliver to.
    pub subscriptions: BTreeMap<Endpoint, Subscription>,
}

/// Where a webhook URL can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Store {
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
    /// Whether Lambda's own log lines are JSON.
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
pub struct Asynchronous {
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
            FilterPolicy::scoped(&policy.to_string(), if *on_body { Scope::MessageBody } else { Scope::MessageAttributes })
        };
        match (read(self), read(other)) {
            (Ok(policy), Ok(other)) => policy == other,
            // What SNS would not take cannot be compared but to the letter.
            _ => self.on_body == other.on_body && self.policy == other.policy,
        }
    }
}

/// What a deploy is asked to bring about.
#[derive(Clone, Debug)]
pub struct Order<'a> {
    /// The destination, as it is typed, or `sms`.
    pub target: &'a str,
    /// The names.
    pub names: &'a Names,
    /// The topic.
    pub topic: &'a TopicArn,
    /// Where the URL is to be kept; `None`: where it is now, else Secrets Manager.
    pub store: Option<Store>,
    /// The ARN of the KMS key for [`Store::Kms`]; `None`: the key it is under now.
    pub kms_key: Option<&'a str>,
    /// The URL; `None`: what is stored stays.
    pub secret: Option<&'a WebhookSecret>,
    /// The phones of a readable SMS relay; for a room, empty.
    pub phones: &'a [String],
    /// The filter policy on the body: `None` leaves what is there, `Some(None)` takes it away.
    pub filter: Option<Option<&'a Value>>,
    /// The SHA-256 of the relay's zip, in base64.
    pub code_sha256: &'a str,
    /// The architecture of the relay's binary.
    pub architecture: &'a str,
    /// The version of ddalert.
    pub version: &'a str,
}

/// Returns our tags for a resource that serves `topic`.
pub fn tags(topic: &TopicArn, version: &str) -> Tags {
    [(MANAGED_BY.0, MANAGED_BY.1.to_owned()), (TOPIC_TAG, topic.to_string()), (VERSION_TAG, version.to_owned())]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

/// Returns the failure queue of `names` as it should be.
pub fn failure_queue(names: &Names, topic: &TopicArn, version: &str) -> Queue {
    Queue {
        name: names.queue.clone(),
        retention_s: QUEUE_RETENTION_S,
        encrypted: true,
        policy: policy::queue_policy(names, topic),
        tags: tags(topic, version),
    }
}

/// Returns what AWS should hold after `order`, given what it holds now.
pub fn wanted(order: &Order<'_>, have: &Wiring) -> Wiring {
    let Order { names, topic, version, .. } = order;
    let environment = wanted_environment(order, have);
    let tags = tags(topic, version);
    let secrets = match &environment.webhook {
        Some(WebhookPlace::SecretsManager { .. }) => Some((Store::SecretsManager, &names.secret)),
        Some(WebhookPlace::Ssm { .. }) => Some((Store::Ssm, &names.parameter)),
        _ => None,
    };
    let filter = |have: Option<Filter>| match order.filter {
        None => have,
        Some(policy) => policy.map(|policy| Filter { policy: policy.clone(), on_body: true }),
    };
    let endpoint = Endpoint::Lambda(names.function_arn());
    let held = have.subscriptions.get(&endpoint).and_then(|subscription| subscription.filter.clone());
    let subscription = Subscription { dead_letters: Some(names.queue_arn()), filter: filter(held), raw_delivery: false };
    Wiring {
        secrets: secrets
            .into_iter()
            .map(|(store, name)| {
                let value = wanted_value(order, have, store);
                (store, Secret { name: name.clone(), value, pending_deletion: false, tags: tags.clone() })
            })
            .collect(),
        log_group: Some(LogGroup { name: names.log_group.clone(), retention_days: Some(LOG_RETENTION_DAYS), tags: tags.clone() }),
        queue: Some(failure_queue(names, topic, version)),
        role: Some(Role {
            name: names.role.clone(),
            trust: policy::lambda_trust(),
            policy: policy::execution_policy(names, environment.webhook.as_ref()),
            tags: tags.clone(),
        }),
        function: Some(Function {
            name: names.function.clone(),
            code_sha256: order.code_sha256.to_owned(),
            architecture: order.architecture.to_owned(),
            runtime: RUNTIME.to_owned(),
            handler: HANDLER.to_owned(),
            memory_mb: MEMORY_MB,
            timeout_s: TIMEOUT_S,
            role_arn: names.role_arn(),
            json_logs: true,
            environment,
            tags,
        }),
        asynchronous: Some(Asynchronous {
            retries: ASYNC_RETRIES,
            max_age_s: ASYNC_MAX_AGE_S,
            on_failure: Some(names.queue_arn()),
        }),
        permission: Some(Permission {
            statement: names.statement.clone(),
            principal: "sns.amazonaws.com".to_owned(),
            source_arn: topic.to_string(),
            source_account: Some(topic.account.clone()),
        }),
        subscriptions: [(endpoint, subscription)].into(),
    }
}

fn wanted_environment(order: &Order<'_>, have: &Wiring) -> Environment {
    let held = have.function.as_ref().map(|function| &function.environment);
    let room = order.target != SMS_TARGET;
    let webhook = room.then(|| {
        let store = order.store.or_else(|| have.store()).unwrap_or(Store::SecretsManager);
        let value = wanted_value(order, have, store);
        match store {
            Store::SecretsManager => WebhookPlace::SecretsManager { dangling: false },
            Store::Ssm => WebhookPlace::Ssm { parameter: order.names.parameter.clone() },
            Store::Env => WebhookPlace::Env { value },
            Store::Kms => {
                let held = match held.and_then(|environment| environment.webhook.as_ref()) {
                    Some(WebhookPlace::Kms { key, .. }) => Some(key.as_str()),
                    _ => None,
                };
                WebhookPlace::Kms { key: order.kms_key.or(held).unwrap_or_default().to_owned(), value }
            }
        }
    });
    let held_version = held.and_then(|environment| environment.webhook_version.clone());
    Environment {
        target: Some(order.target.to_owned()),
        webhook,
        webhook_version: match (room, order.secret.or_else(|| have.known_secret())) {
            (false, _) => None,
            (true, Some(secret)) => Some(fingerprint(order.names, secret)),
            (true, None) => held_version,
        },
        phones: order.phones.to_vec(),
        others: held.map(|environment| environment.others.clone()).unwrap_or_default(),
    }
}

/// The URL that `store` should hold: the one that was given; else, where the store changes, the one that was read from the old
/// store; else whatever it holds.
fn wanted_value(order: &Order<'_>, have: &Wiring, store: Store) -> SecretValue {
    match (order.secret, have.known_secret()) {
        (Some(secret), _) => SecretValue::Known(secret.clone()),
        (None, Some(secret)) if have.store() != Some(store) => SecretValue::Known(secret.clone()),
        _ => SecretValue::Unread,
    }
}

/// Returns a few characters that change when the secret does and from which it cannot be found: what [`VERSION_VARIABLE`] holds.
fn fingerprint(names: &Names, secret: &WebhookSecret) -> String {
    let mut hash = Sha256::new();
    hash.update(names.function_arn());
    hash.update(secret.to_stored());
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl Wiring {
    /// Returns the store that the relay reads its URL from; where there is no function yet, the one an interrupted run began.
    pub fn store(&self) -> Option<Store> {
        match self.function.as_ref().and_then(|function| function.environment.webhook.as_ref()) {
            Some(WebhookPlace::SecretsManager { .. }) => Some(Store::SecretsManager),
            Some(WebhookPlace::Ssm { .. }) => Some(Store::Ssm),
            Some(WebhookPlace::Kms { .. }) => Some(Store::Kms),
            Some(WebhookPlace::Env { .. }) => Some(Store::Env),
            None => self.secrets.keys().next().copied(),
        }
    }

    /// Returns the URL that the relay reads now, where it is known.
    pub fn known_secret(&self) -> Option<&WebhookSecret> {
        let value = match (self.store()?, self.function.as_ref().and_then(|function| function.environment.webhook.as_ref())) {
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
            Some(Store::Kms | Store::Env) => true,
            Some(store) => self.secrets.contains_key(&store),
            None => false,
        }
    }

    /// Returns every phone, subscribed or texted by the relay, in E.164.
    pub fn all_phones(&self) -> BTreeSet<&str> {
        let subscribed = self.subscriptions.keys().filter(|endpoint| endpoint.protocol() == "sms").map(Endpoint::address);
        subscribed.chain(self.readable_phones().iter().map(String::as_str)).collect()
    }

    /// Returns the phones that the relay texts.
    pub fn readable_phones(&self) -> &[String] {
        self.function.as_ref().map_or(&[], |function| &function.environment.phones)
    }

    /// Returns what is left when these phones get no more alerts: with its last phone the relay goes, with the last phone of all
    /// the failure queue.
    pub fn without_phones(&self, phones: &[String]) -> Wiring {
        let is_gone = |phone: &str| phones.iter().any(|gone| gone == phone);
        let mut left = self.clone();
        left.subscriptions.retain(|endpoint, _| !is_gone(endpoint.address()));
        if let Some(function) = &mut left.function {
            function.environment.phones.retain(|phone| !is_gone(phone));
        }
        if left.all_phones().is_empty() {
            return Wiring::default();
        }
        if left.readable_phones().is_empty() {
            left.subscriptions.retain(|endpoint, _| endpoint.protocol() == "sms");
            return Wiring { queue: left.queue, subscriptions: left.subscriptions, ..Wiring::default() };
        }
        left
    }

    /// Returns whether nothing at all is there.
    pub fn is_empty(&self) -> bool {
        *self == Wiring::default()
    }
}

impl SecretValue {
    /// Returns whether what is held need not be written: it is the same, or nothing else is asked for.
    pub fn satisfied_by(&self, held: &SecretValue) -> bool {
        *self == SecretValue::Unread || self == held
    }
}

impl Store {
    /// Every store, in the order in which they are offered.
    pub const ALL: [Store; 4] = [Store::SecretsManager, Store::Ssm, Store::Kms, Store::Env];

    /// Returns how it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Store::SecretsManager => "secrets-manager",
            Store::Ssm => "ssm",
            Store::Kms => "kms",
            Store::Env => "env",
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
            Endpoint::Lambda(arn) => f.write_str(arn.rsplit(':').next().unwrap_or(arn)),
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

fn names_only<S: Serializer>(map: &BTreeMap<String, String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(map.keys())
}

fn names_only_count<S: Serializer>(phones: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(phones.len() as u64)
}
