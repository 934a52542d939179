//! A chain as AWS holds it, as plain data: the input of the checks.

mod iam;
mod kms_key;
mod link;
mod lookup;
mod queue;
mod relay;
mod subscriber;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

use crate::arn::TopicArn;
use crate::chain::command_place::CommandPlace;
use crate::chain::names::{AccountRegion, ResourceNames};
use crate::chain::publishing::{AuditConfiguration, SecurityProfile};
use crate::chain::sms::SmsAccount;
use crate::destination::sms::PhoneNumber;
use subscriber::relay_parts;

pub use super::reading::Reading;
pub use iam::{DeniedAction, DenySource, IamDecision, PublishRole};
pub use kms_key::KmsKey;
pub use link::{Link, Part, Unchecked};
pub use lookup::Lookup;
pub use queue::{
    BufferSnapshot, DeadLetterQueue, FailureQueueSnapshot, MappingSnapshot, QueueContents,
};
pub use relay::{FunctionSettings, RelaySnapshot, UntaggedResource, WebhookRead};
pub use subscriber::{FunctionSnapshot, SubscriberSnapshot};

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
