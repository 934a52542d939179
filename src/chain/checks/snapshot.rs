//! What was seen of a chain, as plain data: what the checks are about.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::arn::TopicArn;
use crate::chain::delivery::shown_endpoint;
use crate::chain::names::{AccountRegion, ResourceNames};
use crate::chain::publishing::{AuditConfiguration, SecurityProfile};
use crate::chain::sms::SmsAccount;
use crate::chain::state::{EventInvokeConfig, LogGroup, Queue, Role, Secret, Subscription};
use crate::contract::environment::RelayEnvironment;
use crate::destination::sms::PhoneNumber;
use crate::destination::sms::SMS_TARGET;

/// Something that was looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen<T> {
    /// It could not be looked at, or there was no reason to; never taken for fine.
    #[default]
    NotChecked,
    /// It is not there.
    Missing,
    /// It is there.
    Found(T),
}

fn shown<S: Serializer>(endpoint: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&shown_endpoint(endpoint))
}

impl<T> Seen<T> {
    /// Returns what was found.
    pub fn found(&self) -> Option<&T> {
        match self {
            Seen::Found(found) => Some(found),
            Seen::NotChecked | Seen::Missing => None,
        }
    }

    /// Returns the same with something else in place of what was found.
    pub fn map<U>(self, other: impl FnOnce(T) -> U) -> Seen<U> {
        match self {
            Seen::Found(found) => Seen::Found(other(found)),
            Seen::Missing => Seen::Missing,
            Seen::NotChecked => Seen::NotChecked,
        }
    }

    /// Returns whether it was looked for and is not there.
    pub fn is_missing(&self) -> bool {
        matches!(self, Seen::Missing)
    }
}

/// A link of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// Security profiles, audits and the roles they publish as.
    DeviceDefender,
    /// The topic.
    Topic,
    /// A subscriber, by its place in [`ChainSnapshot::subscribers`], with all that is behind it.
    Subscriber(usize),
}

/// What a link is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The alert targets of security profiles, and the target of audit notifications.
    Targets,
    /// The roles by which Device Defender publishes.
    PublishRole,
    /// The topic with its policy and its key.
    Topic,
    /// The subscription with its filter policy.
    Subscription,
    /// What lets the topic call the function.
    Permission,
    /// The function itself.
    Function,
    /// Its execution role.
    Role,
    /// The webhook URL, where the function reads it.
    WebhookUrl,
    /// What keeps the alerts that fail: async settings, failure queue, dead-letter queue.
    FailureQueue,
    /// The function's log.
    Log,
    /// The phones, and the account that texts them.
    Phone,
}

/// What could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unchecked {
    /// Where.
    pub link: Link,
    /// In what of it.
    pub part: Part,
    /// What was being done.
    pub what: String,
    /// What stood in the way: "needs sns:GetTopicAttributes".
    pub why: String,
}

/// Everything that was seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChainSnapshot {
    /// The topic.
    pub topic: TopicArn,
    /// The version of the ddalert that looks.
    pub version: String,
    /// The day, `YYYY-MM-DD`.
    pub today: String,
    /// The topic's own settings.
    pub attributes: Seen<TopicSnapshot>,
    /// Every security profile of the region.
    pub profiles: Seen<BTreeMap<String, SecurityProfile>>,
    /// The audit configuration.
    pub audit: Seen<AuditConfiguration>,
    /// The profiles that publish to the topic and that no thing is held against.
    pub unattached: Vec<String>,
    /// The checks of each scheduled audit, by the audit's name.
    pub scheduled_audits: Seen<BTreeMap<String, Vec<String>>>,
    /// The roles by which Device Defender publishes to the topic, by ARN.
    pub roles: BTreeMap<String, PublishRole>,
    /// The subscribers.
    pub subscribers: Seen<Vec<SubscriberSnapshot>>,
    /// The functions, there or not, to which something belongs that is tagged as made for this topic.
    pub tagged: BTreeSet<String>,
    /// Relays of ours for this topic that are not subscribed to it: target and function.
    pub unsubscribed_relays: Vec<(String, String)>,
    /// The phones behind the subscribers, and the accounts that text them.
    pub texting: Vec<SmsRecipients>,
    /// What could not be looked at; reported by itself.
    #[serde(skip)]
    pub unchecked: Vec<Unchecked>,
}

/// The topic's own settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TopicSnapshot {
    /// Its policy.
    pub policy: Value,
    /// The key it is encrypted with.
    pub key: Option<KmsKey>,
}

/// A KMS key.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct KmsKey {
    /// As the topic names it: id, alias or ARN.
    pub id: String,
    /// Its ARN, where it could be had.
    pub arn: Option<String>,
    /// Whether AWS manages it, so that its policy cannot be changed.
    pub aws_managed: bool,
    /// The state that keeps it from being used: `Disabled`, `PendingDeletion`, …
    pub unusable: Option<String>,
    /// Who may use it.
    pub policy: Seen<Value>,
}

/// A role by which Device Defender publishes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PublishRole {
    /// Its trust policy; missing is a role that is not there.
    pub trust: Seen<Value>,
    /// Whether IAM lets it publish to the topic.
    pub publishes: Seen<bool>,
    /// Whether IAM lets it use the topic's key.
    pub encrypts: Seen<bool>,
}

/// A subscriber of the topic.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SubscriberSnapshot {
    /// The subscription's ARN, where it is confirmed.
    pub arn: String,
    /// `lambda`, `sms`, `email`, …
    pub protocol: String,
    /// What it delivers to; of a phone the middle is hidden, of a URL all but the host.
    #[serde(serialize_with = "shown")]
    pub endpoint: String,
    /// Whether it is confirmed.
    pub confirmed: bool,
    /// Its settings.
    pub subscription: Seen<Subscription>,
    /// The queue of its redrive policy.
    pub dead_letters: Seen<DeadLetterQueue>,
    /// The function behind it, where the protocol is `lambda`.
    pub function: Seen<FunctionSnapshot>,
}

/// A dead-letter queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DeadLetterQueue {
    /// Who may use it.
    pub policy: Value,
    /// The KMS key it is encrypted with; none where SQS keeps its own.
    pub key: Option<KmsKey>,
    /// Whether it is encrypted, with whichever key.
    pub encrypted: bool,
    /// What is in it.
    pub held: QueueContents,
}

/// What is in a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct QueueContents {
    /// About how many messages.
    pub messages: u64,
    /// How old the oldest is, in seconds, where CloudWatch knows.
    pub oldest_s: Option<u64>,
    /// How long the queue keeps a message, in seconds.
    pub retention_s: u64,
}

/// Phones that are texted through one subscriber, and the account that texts them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SmsRecipients {
    /// The subscriber.
    pub link: Link,
    /// The phones.
    pub phones: Vec<PhoneNumber>,
    /// Whether a relay sends them one short text, and not the topic the alert as it is.
    pub readable: bool,
    /// The account in the region that sends.
    pub account: SmsAccount,
}

/// A function behind a subscription.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FunctionSnapshot {
    /// Its name.
    pub name: String,
    /// Its runtime; empty where it is a container image.
    pub runtime: String,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    /// `Active`, `Pending`, `Inactive`, `Failed`, …
    pub state: String,
    /// Why it is in this state, where Lambda says.
    pub state_reason: Option<String>,
    /// `Successful`, `InProgress` or `Failed`.
    pub last_update: String,
    /// Why the last update failed, where Lambda says.
    pub last_update_reason: Option<String>,
    /// How many may run at once, where that is reserved.
    pub reserved_concurrency: Option<i32>,
    /// Who may call it; missing is a function that has no policy.
    pub policy: Seen<Value>,
    /// What belongs to it, where it is a relay of ours.
    pub relay: Option<Box<RelaySnapshot>>,
}

/// What belongs to a relay of ours.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RelaySnapshot {
    /// The destination, as it is typed.
    pub target: String,
    /// The names of what belongs to it.
    pub names: ResourceNames,
    /// The name of the role that its function runs under.
    pub role_name: String,
    /// What belongs to it and does not bear our tag.
    pub untagged: Vec<Untagged>,
    /// The version of the ddalert that wrote it.
    pub version: Seen<String>,
    /// Its environment.
    pub environment: RelayEnvironment,
    /// What Lambda does with events it fails on; missing is Lambda's default, which keeps nothing.
    pub event_invoke_config: Seen<EventInvokeConfig>,
    /// Its execution role.
    pub role: Seen<Role>,
    /// The policies of the role besides ours: attached ones by ARN, inline ones by name.
    pub other_policies: Seen<Vec<String>>,
    /// Its log group.
    pub log_group: Seen<LogGroup>,
    /// Its failure queue.
    pub queue: Seen<FailureQueueSnapshot>,
    /// Its secret, where it is in a store of its own.
    pub secret: Seen<Secret>,
    /// What came of reading its webhook URL.
    pub reading: Seen<SecretReading>,
    /// What of that which the relay needs IAM denies its role, whatever the role's own policy allows.
    pub denied: Seen<Vec<Denied>>,
    /// The settings of its function.
    pub settings: Settings,
    /// The code and architecture that the function has, in the words of its tag.
    pub code: String,
    /// The code and architecture that were deployed, where the function's tag tells.
    pub deployed_code: Option<String>,
}

/// Something that does not bear our tag, as it is tagged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Untagged {
    /// A role, by its name: IAM tags roles by itself.
    Role(String),
    /// Anything else, by its ARN.
    Arn(String),
}

/// What a relay's function is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// Memory in MB.
    pub memory_mb: i32,
    /// Timeout in seconds.
    pub timeout_s: i32,
    /// Whether its log is JSON, in its own group, and holds what is of the level INFO.
    pub json_logs: bool,
    /// The VPC that it is attached to.
    pub vpc: Option<String>,
}

/// What came of reading a webhook URL, with the credentials of whoever looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "read", rename_all = "kebab-case")]
pub enum SecretReading {
    /// A URL.
    Usable,
    /// A URL, but another than the one that the relay was started with.
    NotStartedWith,
    /// Nothing, or something that is no URL.
    NotAUrl,
    /// The store does not hand it out.
    Refused {
        /// Why.
        why: String,
    },
}

/// An action that a role is denied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Denied {
    /// Such as `sqs:SendMessage`.
    pub action: String,
    /// What denies it.
    pub by: DeniedBy,
    /// The policy that does, as IAM names it.
    pub policy: Option<String>,
}

/// What stands above the policy that allows something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeniedBy {
    /// A statement that denies, in any policy of the role.
    Policy,
    /// The role's permissions boundary.
    Boundary,
}

/// A failure queue with what is in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FailureQueueSnapshot {
    /// The queue.
    pub queue: Queue,
    /// What is in it.
    pub held: QueueContents,
}

impl Untagged {
    /// Returns the ARN, where it is tagged by it.
    pub fn arn(&self) -> Option<&str> {
        match self {
            Untagged::Role(_) => None,
            Untagged::Arn(arn) => Some(arn),
        }
    }
}

impl Part {
    /// How it is called in the picture of a chain.
    pub fn name(self) -> &'static str {
        match self {
            Part::Targets => "targets",
            Part::PublishRole | Part::Role => "role",
            Part::Topic => "topic",
            Part::Subscription => "subscription",
            Part::Permission => "permission",
            Part::Function => "function",
            Part::WebhookUrl => "URL",
            Part::FailureQueue => "failures",
            Part::Log => "log",
            Part::Phone => "phone",
        }
    }
}

impl SubscriberSnapshot {
    /// Returns what its link is made of, as far as it is known, in the order in which an alert passes.
    pub fn parts(&self) -> Vec<Part> {
        match (self.protocol.as_str(), self.function.found()) {
            ("sms", _) => vec![Part::Subscription, Part::Phone, Part::FailureQueue],
            ("lambda", None) => vec![Part::Subscription, Part::Function],
            ("lambda", Some(function)) => {
                let mut parts = vec![Part::Subscription, Part::Permission, Part::Function];
                if let Some(relay) = &function.relay {
                    let end = if relay.target == SMS_TARGET {
                        Part::Phone
                    } else {
                        Part::WebhookUrl
                    };
                    parts.extend([Part::Role, end, Part::FailureQueue, Part::Log]);
                }
                parts
            }
            _ => vec![Part::Subscription],
        }
    }
}

impl ChainSnapshot {
    /// Returns the subscribers that could be listed, with their links.
    pub fn subscribers(&self) -> impl Iterator<Item = (Link, &SubscriberSnapshot)> {
        let listed = self
            .subscribers
            .found()
            .map(Vec::as_slice)
            .unwrap_or_default();
        listed
            .iter()
            .enumerate()
            .map(|(place, subscriber)| (Link::Subscriber(place), subscriber))
    }

    /// Returns the functions behind the subscribers.
    pub fn functions(
        &self,
    ) -> impl Iterator<Item = (Link, &SubscriberSnapshot, &FunctionSnapshot)> {
        self.subscribers()
            .filter_map(|(link, subscriber)| Some((link, subscriber, subscriber.function.found()?)))
    }

    /// Returns the relays of ours behind the subscribers.
    pub fn relays(&self) -> impl Iterator<Item = (Link, &FunctionSnapshot, &RelaySnapshot)> {
        self.functions()
            .filter_map(|(link, _, function)| Some((link, function, function.relay.as_deref()?)))
    }

    /// Returns where the topic is.
    pub fn place(&self) -> AccountRegion {
        let TopicArn {
            partition,
            region,
            account,
            ..
        } = self.topic.clone();
        AccountRegion {
            partition,
            region,
            account,
        }
    }

    /// Returns the name that the function of this destination has where nobody chose another.
    pub fn usual_function(&self, target: &str) -> String {
        ResourceNames::new(target, &self.topic, self.place(), None).function
    }

    /// Returns what publishes to the topic: what it is, the options of `connect` for it, its source ARN, its role.
    pub fn publishers(&self) -> Vec<Publisher<'_>> {
        let topic = self.topic.to_string();
        let arn = |resource: &str| self.topic.local_arn("iot", resource).to_string();
        let mut all = Vec::new();
        for (name, profile) in self.profiles.found().into_iter().flatten() {
            if let Some(target) = profile
                .target
                .as_ref()
                .filter(|target| target.topic == topic)
            {
                let (what, options) = (
                    format!("security profile {name}"),
                    format!("--profile-name {name}"),
                );
                all.push(Publisher {
                    what,
                    options,
                    source: arn(&format!("securityprofile/{name}")),
                    role: &target.role,
                });
            }
        }
        let audit = self.audit.found().and_then(|audit| audit.target.as_ref());
        if let Some(target) = audit.filter(|target| target.topic == topic) {
            let (what, options) = ("audit".to_owned(), "--audit".to_owned());
            all.push(Publisher {
                what,
                options,
                source: arn(""),
                role: &target.role,
            });
        }
        all
    }
}

/// What publishes to the topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publisher<'a> {
    /// What it is: "security profile p", "audit".
    pub what: String,
    /// The options of `connect` that mean it.
    pub options: String,
    /// The ARN that it gives as its source when it assumes the role.
    pub source: String,
    /// The ARN of the role.
    pub role: &'a str,
}
