//! The links of a chain and their parts, and what of them could not be read.

use serde::Serialize;

use crate::chain::checks::reading::Reading;

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
