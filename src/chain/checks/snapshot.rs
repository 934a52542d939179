//! A chain as AWS holds it, as plain data: the input of the checks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Serialize, Serializer};
use serde_json::Value;

pub use super::reading::Reading;
use crate::arn::TopicArn;
use crate::chain::command_place::CommandPlace;
use crate::chain::delivery::shown_endpoint;
use crate::chain::names::{AccountRegion, ResourceNames};
use crate::chain::publishing::{AuditConfiguration, SecurityProfile};
use crate::chain::sms::SmsAccount;
use crate::chain::state::{
    Buffer, EventInvokeConfig, EventSourceMapping, LogGroup, Queue, Role, Secret, Subscription,
    Trigger,
};
use crate::contract::environment::RelayEnvironment;
use crate::destination::sms::PhoneNumber;
use crate::destination::sms::SMS_TARGET;

/// The result of reading something from AWS.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lookup<T> {
    /// It was not read: access was denied, or there was no reason to. Checks do not take this for healthy.
    #[default]
    NotChecked,
    /// It does not exist.
    Missing,
    /// It exists.
    Found(T),
}

fn serialize_endpoint<S: Serializer>(endpoint: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&shown_endpoint(endpoint))
}

impl<T> Lookup<T> {
    /// Returns what exists.
    pub fn found(&self) -> Option<&T> {
        match self {
            Lookup::Found(found) => Some(found),
            Lookup::NotChecked | Lookup::Missing => None,
        }
    }

    /// Applies `f` to what exists.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Lookup<U> {
        match self {
            Lookup::Found(found) => Lookup::Found(f(found)),
            Lookup::Missing => Lookup::Missing,
            Lookup::NotChecked => Lookup::NotChecked,
        }
    }

    /// Returns whether it was read and does not exist.
    pub fn is_missing(&self) -> bool {
        matches!(self, Lookup::Missing)
    }
}

/// A link of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// Security profiles, audits and the roles that they publish with.
    DeviceDefender,
    /// The topic.
    Topic,
    /// A subscriber, by its position in the chain's list of subscribers, with everything behind it.
    Subscriber(usize),
}

/// A part of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The alert targets of security profiles, and the target of audit notifications.
    Targets,
    /// The roles that Device Defender publishes with.
    PublishRole,
    /// The topic with its policy and its KMS key.
    Topic,
    /// The subscription with its filter policy.
    Subscription,
    /// The permission of the topic to invoke the function.
    Permission,
    /// The buffer between topic and function, with what takes alerts from it.
    Buffer,
    /// The function itself.
    Function,
    /// Its execution role.
    Role,
    /// The webhook URL in its store.
    WebhookUrl,
    /// What keeps failed alerts: asynchronous invocation settings, failure queue, dead-letter queue.
    FailureQueue,
    /// The function's log.
    Log,
    /// The phones, and the SMS settings of the account.
    Phone,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Unchecked {
    /// The link of the chain.
    pub link: Link,
    /// The part of the link.
    pub part: Part,
    /// The kind of look-up.
    pub reading: Reading,
    /// What was being read.
    pub what: String,
    /// Why it could not be read: "needs sns:GetTopicAttributes".
    pub why: String,
}

/// A chain from Device Defender to the subscribers of one topic, as far as it could be read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChainSnapshot {
    /// The topic.
    pub topic: TopicArn,
    /// The options that chose the account: they stand behind every command of a remedy.
    #[serde(skip)]
    pub place: CommandPlace,
    /// The version of the running ddalert.
    pub version: String,
    /// The current day in UTC.
    pub today: Date,
    /// The topic's settings.
    pub attributes: Lookup<TopicSnapshot>,
    /// Every security profile of the region, by name.
    pub profiles: Lookup<BTreeMap<String, SecurityProfile>>,
    /// The audit configuration.
    pub audit: Lookup<AuditConfiguration>,
    /// The security profiles that publish to the topic and are not attached to any thing group.
    #[serde(rename = "unattached")]
    pub unattached_profiles: Vec<String>,
    /// The checks of each scheduled audit, by the name of the audit.
    pub scheduled_audits: Lookup<BTreeMap<String, Vec<String>>>,
    /// The roles that Device Defender publishes to the topic with, by ARN.
    #[serde(rename = "roles")]
    pub publish_roles: BTreeMap<String, PublishRole>,
    /// The subscribers of the topic.
    pub subscribers: Lookup<Vec<SubscriberSnapshot>>,
    /// The names of all functions that own a resource tagged for this topic, whether or not the function still exists.
    #[serde(rename = "tagged")]
    pub tagged_functions: BTreeSet<String>,
    /// Relays for this topic that are not subscribed to it: destination and function.
    pub unsubscribed_relays: Vec<(String, String)>,
    /// The most messages that the topic published within [`PEAK_PERIOD_S`](crate::chain::peak::PEAK_PERIOD_S); `None` if that is not
    /// known or no relay is triggered by the topic directly. A note, and no finding, depends on it.
    pub peak: Option<u64>,
    /// The phones behind the subscribers, with the SMS settings that apply to them.
    #[serde(rename = "texting")]
    pub phone_groups: Vec<PhoneGroup>,
    /// What could not be read; `doctor` reports it separately.
    #[serde(skip)]
    pub unchecked: Vec<Unchecked>,
}

/// The settings of a topic.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TopicSnapshot {
    /// Its resource policy.
    pub policy: Value,
    /// The KMS key that it is encrypted with.
    pub key: Option<KmsKey>,
}

/// A KMS key.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct KmsKey {
    /// Its id, alias or ARN, as the topic or queue names it.
    pub id: String,
    /// Its ARN, if it could be read.
    pub arn: Option<String>,
    /// Whether it is an AWS managed key, whose policy cannot be changed.
    pub aws_managed: bool,
    /// The state that prevents its use: `Disabled`, `PendingDeletion`, …; `missing` if the key does not exist.
    pub unusable: Option<String>,
    /// Its key policy.
    pub policy: Lookup<Value>,
}

/// A role that Device Defender publishes with.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PublishRole {
    /// Its trust policy; missing if the role does not exist.
    pub trust: Lookup<Value>,
    /// The ARN of its permissions boundary, if it has one.
    pub boundary: Option<String>,
    /// Its policies besides ddalert's, attached ones by ARN, inline ones by name; read only if one of them denies something.
    pub other_policies: Vec<String>,
    /// Whether IAM allows it to publish to the topic.
    #[serde(rename = "publishes")]
    pub can_publish: Lookup<IamDecision>,
    /// Whether IAM allows it to use the topic's KMS key.
    #[serde(rename = "encrypts")]
    pub can_use_key: Lookup<IamDecision>,
}

/// What IAM decides about an action of a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IamDecision {
    /// It is allowed.
    Allowed,
    /// No policy allows it.
    NotAllowed,
    /// Something denies it, whatever a policy allows.
    Denied(DeniedAction),
}

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

/// A dead-letter queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DeadLetterQueue {
    /// Its resource policy.
    pub policy: Value,
    /// The KMS key that it is encrypted with; `None` with a key of SQS or without encryption.
    pub key: Option<KmsKey>,
    /// Whether it is encrypted, with any key.
    pub encrypted: bool,
    /// The size of the largest message that it takes, in bytes; 0 if unknown.
    pub max_message_bytes: u64,
    /// What it contains.
    #[serde(rename = "held")]
    pub contents: QueueContents,
}

/// What a queue contains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct QueueContents {
    /// The approximate number of messages.
    pub messages: u64,
    /// The age of the oldest message in seconds, if CloudWatch knows it.
    pub oldest_s: Option<u64>,
    /// How long the queue keeps a message, in seconds.
    pub retention_s: u64,
}

/// The phones behind one subscriber, with the SMS settings of the account and region that texts them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhoneGroup {
    /// The subscriber.
    pub link: Link,
    /// The phones.
    pub phones: Vec<PhoneNumber>,
    /// Whether a relay sends them one short text; otherwise SNS sends the raw JSON.
    pub readable: bool,
    /// The SMS settings of the account in the region that sends.
    pub account: SmsAccount,
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

/// A relay with its resources.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RelaySnapshot {
    /// The destination, as a person types it.
    pub target: String,
    /// The names of its resources.
    pub names: ResourceNames,
    /// The name of the execution role that its function uses.
    pub role_name: String,
    /// Whether that role was removed and made again after the function was last changed: Lambda's grant is for the earlier one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub outdated_grant: bool,
    /// Whether ddalert was given that role (`--role`): it is somebody else's, and neither changed nor removed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub given_role: bool,
    /// Its resources without the tag of ddalert.
    pub untagged: Vec<UntaggedResource>,
    /// The version of the ddalert that deployed it.
    pub version: Lookup<String>,
    /// The environment of its function.
    pub environment: RelayEnvironment,
    /// The asynchronous invocation settings of its function; missing if they are Lambda's default, which keeps no failed alerts.
    pub event_invoke_config: Lookup<EventInvokeConfig>,
    /// Its execution role.
    pub role: Lookup<Role>,
    /// Further policies of the execution role: attached ones by ARN, inline ones by name.
    pub other_policies: Lookup<Vec<String>>,
    /// Its log group.
    pub log_group: Lookup<LogGroup>,
    /// Its failure queue.
    pub queue: Lookup<FailureQueueSnapshot>,
    /// What its subscription delivers to: the function, or the buffer.
    pub trigger: Trigger,
    /// Its buffer.
    pub buffer: Lookup<BufferSnapshot>,
    /// What takes alerts from the buffer to its function.
    pub mapping: Lookup<MappingSnapshot>,
    /// Its secret, if the store is Secrets Manager or SSM.
    pub secret: Lookup<Secret>,
    /// The result of reading its webhook URL.
    #[serde(rename = "reading")]
    pub webhook_read: Lookup<WebhookRead>,
    /// The actions that the relay needs and IAM denies to its role, whatever the policy of ddalert allows.
    #[serde(rename = "denied")]
    pub denied_actions: Lookup<Vec<DeniedAction>>,
    /// The ARN of the permissions boundary of its role; read only if it denies something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boundary: Option<String>,
    /// The KMS key of the customer that its webhook URL is encrypted with, if there is one and it could be found out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_key: Option<KmsKey>,
    /// Whether the webhook URL is a parameter that is not encrypted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_plain_parameter: bool,
    /// Whether Secrets Manager rotates the secret with the webhook URL.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_rotated: bool,
    /// The resource policy of the secret with the webhook URL, if it has one.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub secret_policy: Value,
    /// The settings of its function.
    pub settings: FunctionSettings,
    /// The code and architecture of its function, in the format of the tag [`CODE_TAG`](crate::chain::names::CODE_TAG).
    pub code: String,
    /// The code and architecture that ddalert deployed, if the function has the tag.
    pub deployed_code: Option<String>,
}

/// A resource without the tag of ddalert, by what a tagging command takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UntaggedResource {
    /// A role, by its name: only IAM can tag a role.
    Role(String),
    /// Anything else, by its ARN.
    Arn(String),
}

/// Settings of a relay's function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FunctionSettings {
    /// Memory in MB.
    pub memory_mb: i32,
    /// Timeout in seconds.
    pub timeout_s: i32,
    /// Whether its log is JSON, in its own log group, and includes the level INFO.
    pub json_logs: bool,
    /// The id of the VPC that it is attached to.
    pub vpc: Option<String>,
}

/// The result of reading a webhook URL with the credentials of the person who runs `doctor`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "read", rename_all = "kebab-case")]
pub enum WebhookRead {
    /// A URL, and the relay uses it.
    Usable,
    /// A URL, but the relay started with another one.
    #[serde(rename = "not-started-with")]
    ChangedSinceStart,
    /// Nothing, or something that is not a URL.
    NotAUrl,
    /// The store does not return it.
    Refused {
        /// Why.
        why: String,
    },
}

/// An action that IAM denies to a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeniedAction {
    /// Such as `sqs:SendMessage`.
    pub action: String,
    /// The ARN of the resource, or `*`.
    pub resource: String,
    /// What denies it.
    pub by: DenySource,
    /// The name of that policy, as IAM gives it.
    pub policy: Option<String>,
}

/// What denies an action although a policy allows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DenySource {
    /// A deny statement in any policy of the role.
    Policy,
    /// The role's permissions boundary.
    Boundary,
}

/// A failure queue and what it contains.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FailureQueueSnapshot {
    /// The queue.
    pub queue: Queue,
    /// What it contains.
    #[serde(rename = "held")]
    pub contents: QueueContents,
}

/// A buffer and what it contains.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BufferSnapshot {
    /// The queue.
    pub buffer: Buffer,
    /// The KMS key that it is encrypted with; `None` with a key of SQS or without encryption.
    pub key: Option<KmsKey>,
    /// What it contains.
    #[serde(rename = "held")]
    pub contents: QueueContents,
    /// When the oldest message came, if CloudWatch knows its age.
    pub since: Option<Timestamp>,
    /// Why the relay did not deliver lately, in the room's words; read only if there are messages.
    pub last_failure: Lookup<String>,
}

/// An event source mapping as Lambda describes it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MappingSnapshot {
    /// The mapping.
    pub mapping: EventSourceMapping,
    /// `Creating`, `Enabled`, `Disabled`, …
    pub state: String,
    /// What became of the last batch, in Lambda's words.
    pub last_result: Option<String>,
}

impl UntaggedResource {
    /// Returns its name or ARN.
    pub fn name(&self) -> &str {
        match self {
            UntaggedResource::Role(name) => name,
            UntaggedResource::Arn(arn) => arn,
        }
    }

    /// Returns the ARN, unless it is a role.
    pub fn arn(&self) -> Option<&str> {
        match self {
            UntaggedResource::Role(_) => None,
            UntaggedResource::Arn(arn) => Some(arn),
        }
    }
}

impl Reading {
    /// Returns the part of a link that it is about.
    pub fn part(self) -> Part {
        match self {
            Reading::Profiles
            | Reading::Audit
            | Reading::Attachments
            | Reading::ScheduledAudits => Part::Targets,
            Reading::PublishRole | Reading::PublishPermissions => Part::PublishRole,
            Reading::Topic | Reading::TopicKey | Reading::Subscriptions | Reading::Relays => {
                Part::Topic
            }
            Reading::Subscription => Part::Subscription,
            Reading::FunctionPolicy => Part::Permission,
            Reading::Buffer
            | Reading::BufferKey
            | Reading::BufferAge
            | Reading::Mapping
            | Reading::LastFailure => Part::Buffer,
            Reading::Function
            | Reading::FunctionTags
            | Reading::FunctionKey
            | Reading::LeftOverBuffer => Part::Function,
            Reading::Role | Reading::RolePolicies | Reading::RolePermissions => Part::Role,
            Reading::Secret | Reading::WebhookUrl | Reading::WebhookKey => Part::WebhookUrl,
            Reading::DeadLetters
            | Reading::DeadLettersKey
            | Reading::EventInvokeConfig
            | Reading::Queue
            | Reading::QueueAge => Part::FailureQueue,
            Reading::LogGroup => Part::Log,
            Reading::Phones => Part::Phone,
        }
    }
}

impl Part {
    /// Returns its name in the picture of a chain.
    pub fn name(self) -> &'static str {
        match self {
            Part::Targets => "targets",
            Part::PublishRole | Part::Role => "role",
            Part::Topic => "topic",
            Part::Subscription => "subscription",
            Part::Permission => "permission",
            Part::Buffer => "buffer",
            Part::Function => "function",
            Part::WebhookUrl => "URL",
            Part::FailureQueue => "failures",
            Part::Log => "log",
            Part::Phone => "phone",
        }
    }
}

impl SubscriberSnapshot {
    /// Returns the relay, if the subscriber is one.
    pub fn relay(&self) -> Option<&RelaySnapshot> {
        self.function.found()?.relay.as_deref()
    }

    /// Returns the ARN of its dead-letter queue, if its redrive policy names one.
    pub(super) fn dead_letter_arn(&self) -> Option<&str> {
        self.subscription.found()?.dead_letters.as_deref()
    }

    /// Returns the parts of its link in the order in which an alert passes, as far as what was found shows them.
    fn parts(&self) -> Vec<Part> {
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
fn relay_parts(way: &[Part], end: Part) -> Vec<Part> {
    let behind = [
        Part::Function,
        Part::Role,
        end,
        Part::FailureQueue,
        Part::Log,
    ];
    [&[Part::Subscription], way, &behind].concat()
}

impl ChainSnapshot {
    /// Returns the parts of Device Defender's link. Its role is one of them unless it is known that nothing publishes.
    pub fn publishing_parts(&self) -> Vec<Part> {
        let is_known = !self.is_unread(Link::DeviceDefender, Reading::PublishRole);
        match self.publishers().is_empty() && is_known {
            true => vec![Part::Targets],
            false => vec![Part::Targets, Part::PublishRole],
        }
    }

    /// Returns the parts of a subscriber's link in the order in which an alert passes. A queue that may be the buffer of a relay has
    /// the parts of one unless it is known to be something else.
    pub fn subscriber_parts(&self, link: Link, subscriber: &SubscriberSnapshot) -> Vec<Part> {
        let is_unseen_queue =
            subscriber.protocol == "sqs" && subscriber.function == Lookup::NotChecked;
        if is_unseen_queue && self.is_unread(link, Reading::Function) {
            return relay_parts(&[Part::Buffer], Part::WebhookUrl);
        }
        // The function is known to be missing, but not whose queue it is.
        if is_unseen_queue && self.is_unread(link, Reading::Buffer) {
            return vec![Part::Subscription, Part::Buffer];
        }
        subscriber.parts()
    }

    /// Returns every link with its parts, in the order in which an alert passes.
    pub fn links(&self) -> Vec<(Link, Vec<Part>)> {
        let ends = [
            (Link::DeviceDefender, self.publishing_parts()),
            (Link::Topic, vec![Part::Topic]),
        ];
        let subscribers = self
            .subscribers()
            .map(|(link, subscriber)| (link, self.subscriber_parts(link, subscriber)));
        ends.into_iter().chain(subscribers).collect()
    }

    /// Returns whether a look-up was not made at a link, or one that it needs.
    pub fn is_unread(&self, link: Link, reading: Reading) -> bool {
        let is_here = |unchecked: &Unchecked| {
            unchecked.reading == reading
                && (unchecked.link == link || !reading.is_of_a_subscriber())
        };
        self.unchecked.iter().any(is_here)
            || reading
                .needs()
                .iter()
                .any(|needed| self.is_unread(link, *needed))
    }

    /// Returns whether anything about a part of a link was not read.
    pub fn is_part_unread(&self, link: Link, part: Part) -> bool {
        Reading::ALL
            .into_iter()
            .any(|reading| reading.part() == part && self.is_unread(link, reading))
    }

    /// Returns the subscribers with their links; none if they could not be listed.
    pub fn subscribers(&self) -> impl Iterator<Item = (Link, &SubscriberSnapshot)> {
        let listed = self
            .subscribers
            .found()
            .map(Vec::as_slice)
            .unwrap_or_default();
        listed
            .iter()
            .enumerate()
            .map(|(index, subscriber)| (Link::Subscriber(index), subscriber))
    }

    /// Returns the subscribed functions with their links.
    pub fn functions(&self) -> impl Iterator<Item = (Link, &FunctionSnapshot)> {
        self.subscribers()
            .filter_map(|(link, subscriber)| Some((link, subscriber.function.found()?)))
    }

    /// Returns the subscribed relays with their links.
    pub fn relays(&self) -> impl Iterator<Item = (Link, &RelaySnapshot)> {
        self.subscribers()
            .filter_map(|(link, subscriber)| Some((link, subscriber.relay()?)))
    }

    /// Returns the account and region of the topic.
    pub(super) fn account_region(&self) -> AccountRegion {
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

    /// Returns the name of the function for a destination, unless `--name` sets another one.
    pub(super) fn default_function(&self, target: &str) -> String {
        ResourceNames::new(target, &self.topic, self.account_region(), None).function
    }

    /// Returns what publishes to the topic.
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

/// Something that publishes to the topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publisher<'a> {
    /// Its name: "security profile p", "audit".
    pub what: String,
    /// The options of `connect` that select it.
    pub options: String,
    /// The value of `aws:SourceArn` when it assumes the role.
    pub source: String,
    /// The ARN of the role.
    pub role: &'a str,
}
