//! What `doctor` reads, one kind of look-up after the other, and which look-up needs which: what was not read is known by this.

use serde::Serialize;

/// A kind of look-up. Credentials may allow one and deny another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// The security profiles of the region.
    Profiles,
    /// The audit configuration.
    Audit,
    /// What the security profiles are attached to.
    Attachments,
    /// The scheduled audits.
    ScheduledAudits,
    /// The roles that Device Defender publishes with.
    PublishRole,
    /// What IAM allows these roles.
    PublishPermissions,
    /// The attributes of the topic.
    Topic,
    /// The KMS key of the topic with its policy.
    TopicKey,
    /// The list of subscriptions.
    Subscriptions,
    /// The relays that are tagged for the topic.
    Relays,
    /// The settings of a subscription.
    Subscription,
    /// The dead-letter queue of a subscription.
    DeadLetters,
    /// The KMS key of that queue with its policy.
    DeadLettersKey,
    /// A subscribed function.
    Function,
    /// The tags of the function.
    FunctionTags,
    /// Its resource policy.
    FunctionPolicy,
    /// The KMS key of its environment.
    FunctionKey,
    /// Its asynchronous invocation settings.
    EventInvokeConfig,
    /// The buffer that triggers a relay.
    Buffer,
    /// The KMS key of the buffer with its policy.
    BufferKey,
    /// The age of what the buffer contains.
    BufferAge,
    /// The event source mapping that takes alerts from the buffer.
    Mapping,
    /// The failed deliveries of a relay in whose buffer alerts wait.
    LastFailure,
    /// The buffer that a relay was triggered by before.
    LeftOverBuffer,
    /// The execution role of a relay.
    Role,
    /// The other policies of this role.
    RolePolicies,
    /// What IAM allows this role.
    RolePermissions,
    /// The failure queue of a relay.
    Queue,
    /// The age of what a failure queue contains.
    QueueAge,
    /// The log group of a relay.
    LogGroup,
    /// The secret or parameter with the webhook URL.
    Secret,
    /// The webhook URL.
    WebhookUrl,
    /// The KMS key of the webhook URL.
    WebhookKey,
    /// The phones, and the SMS settings of the account.
    Phones,
}

impl Reading {
    /// Every kind.
    pub const ALL: [Reading; 34] = [
        Reading::Profiles,
        Reading::Audit,
        Reading::Attachments,
        Reading::ScheduledAudits,
        Reading::PublishRole,
        Reading::PublishPermissions,
        Reading::Topic,
        Reading::TopicKey,
        Reading::Subscriptions,
        Reading::Relays,
        Reading::Subscription,
        Reading::DeadLetters,
        Reading::DeadLettersKey,
        Reading::Function,
        Reading::FunctionTags,
        Reading::FunctionPolicy,
        Reading::FunctionKey,
        Reading::EventInvokeConfig,
        Reading::Buffer,
        Reading::BufferKey,
        Reading::BufferAge,
        Reading::Mapping,
        Reading::LastFailure,
        Reading::LeftOverBuffer,
        Reading::Role,
        Reading::RolePolicies,
        Reading::RolePermissions,
        Reading::Queue,
        Reading::QueueAge,
        Reading::LogGroup,
        Reading::Secret,
        Reading::WebhookUrl,
        Reading::WebhookKey,
        Reading::Phones,
    ];

    /// Returns the look-ups without which this one is not made, or not made in full.
    pub(super) fn needs(self) -> &'static [Reading] {
        match self {
            Reading::Attachments => &[Reading::Profiles],
            Reading::ScheduledAudits => &[Reading::Audit],
            Reading::PublishRole => &[Reading::Profiles, Reading::Audit],
            Reading::PublishPermissions => &[Reading::PublishRole],
            Reading::TopicKey => &[Reading::Topic],
            Reading::Relays | Reading::Subscription | Reading::Function => {
                &[Reading::Subscriptions]
            }
            Reading::DeadLetters => &[Reading::Subscription],
            Reading::DeadLettersKey => &[Reading::DeadLetters],
            Reading::FunctionTags
            | Reading::FunctionPolicy
            | Reading::FunctionKey
            | Reading::EventInvokeConfig
            | Reading::Buffer
            | Reading::Mapping
            | Reading::LeftOverBuffer
            | Reading::Role
            | Reading::Queue
            | Reading::LogGroup
            | Reading::Secret => &[Reading::Function],
            Reading::RolePolicies | Reading::RolePermissions => &[Reading::Role],
            Reading::BufferKey | Reading::BufferAge | Reading::LastFailure => &[Reading::Buffer],
            Reading::QueueAge => &[],
            Reading::WebhookUrl => &[Reading::Secret],
            Reading::WebhookKey => &[Reading::Secret],
            Reading::Profiles
            | Reading::Audit
            | Reading::Topic
            | Reading::Subscriptions
            | Reading::Phones => &[],
        }
    }

    /// Returns whether it is read once for each subscriber.
    pub(super) fn is_of_a_subscriber(self) -> bool {
        !matches!(
            self,
            Reading::Profiles
                | Reading::Audit
                | Reading::Attachments
                | Reading::ScheduledAudits
                | Reading::PublishRole
                | Reading::PublishPermissions
                | Reading::Topic
                | Reading::TopicKey
                | Reading::Subscriptions
                | Reading::Relays
        )
    }
}
