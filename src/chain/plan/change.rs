//! The changes of a relay or of a topic's phones, one resource each, and how they read.

use std::fmt;

use serde::Serialize;

use super::planned_change::{Brief, PlannedChange, Settling};
use crate::arn::resource_name;
use crate::chain::state::{
    Buffer, Endpoint, EventInvokeConfig, EventSourceMapping, Function, LogGroup, Permission, Queue,
    Role, Secret, Subscription,
};
use crate::contract::secret_store::SecretStore;

/// One change: one resource made, brought to its wanted state, or removed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// Make it.
    Create {
        /// As wanted.
        part: Resource,
    },
    /// Bring it to its wanted state.
    Update {
        /// As wanted.
        part: Resource,
        /// What differs.
        differs: Vec<&'static str>,
    },
    /// Remove it.
    Remove {
        /// As it is.
        part: Resource,
    },
    /// Wait until it is empty: the buffer, which the relay goes on emptying until then.
    Drain {
        /// As it is.
        part: Resource,
    },
}

/// One resource of a relay or of a topic's phones.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "resource", rename_all = "kebab-case")]
pub enum Resource {
    /// The secret in a store.
    Secret {
        /// Which store.
        store: SecretStore,
        /// The secret.
        secret: Secret,
    },
    /// The log group.
    LogGroup(LogGroup),
    /// The failure queue.
    Queue(Queue),
    /// The buffer.
    Buffer(Buffer),
    /// What takes alerts from the buffer to the function.
    EventSourceMapping(EventSourceMapping),
    /// The execution role with its inline policy.
    Role(Box<Role>),
    /// The function.
    Function(Box<Function>),
    /// What Lambda does with an event that the function could not handle.
    EventInvokeConfig(EventInvokeConfig),
    /// The permission for the topic.
    Permission(Permission),
    /// A subscription.
    Subscription {
        /// What it delivers to.
        endpoint: Endpoint,
        /// The subscription.
        subscription: Subscription,
    },
}

impl PlannedChange for Change {
    fn sign(&self) -> char {
        match self {
            Change::Create { .. } => '+',
            Change::Update { .. } | Change::Drain { .. } => '~',
            Change::Remove { .. } => '-',
        }
    }

    fn brief(&self) -> Brief {
        match self {
            Change::Create { part } => Brief::create(part.kind(), part.short_name()),
            Change::Update { part, differs } if *differs == ["readiness"] => {
                let words = ("wait for", "waited for");
                Brief::new(words, part.kind(), part.short_name())
            }
            Change::Update { part, differs } => {
                Brief::update(part.kind(), &part.short_name(), differs)
            }
            Change::Remove { part } => Brief::remove(part.kind(), part.short_name()),
            Change::Drain { part } => {
                Brief::new(("empty", "emptied"), part.kind(), part.short_name())
            }
        }
    }

    fn settling(&self) -> Settling {
        match self {
            Change::Update {
                part: Resource::Queue(_),
                differs,
            } if *differs == ["retention"] => Settling::QueueRetention,
            Change::Update {
                part: Resource::Buffer(_),
                differs,
            } if *differs == ["retention"] => Settling::QueueRetention,
            Change::Create { part }
            | Change::Update { part, .. }
            | Change::Remove { part }
            | Change::Drain { part } => match part {
                Resource::Queue(_) | Resource::Buffer(_) => Settling::Queue,
                _ => Settling::Usual,
            },
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Create { part } => write!(f, "create {part}"),
            Change::Update { part, differs } if *differs == ["readiness"] => {
                write!(f, "wait until {part} is ready")
            }
            Change::Update { part, differs } => write!(f, "update {part}: {}", differs.join(", ")),
            Change::Remove { part } => write!(f, "remove {part}"),
            Change::Drain { part } => write!(f, "wait until {part} is empty"),
        }
    }
}

impl Resource {
    /// Returns what it is in one or two words.
    fn kind(&self) -> &'static str {
        match self {
            Resource::Secret { store, .. } => store.noun(),
            Resource::LogGroup(_) => "log group",
            Resource::Queue(_) => "failure queue",
            Resource::Buffer(_) => "buffer",
            Resource::EventSourceMapping(_) => "event source",
            Resource::Role(_) => "execution role",
            Resource::Function(_) => "function",
            Resource::EventInvokeConfig(_) => "async settings",
            Resource::Permission(_) => "permission",
            Resource::Subscription { .. } => "subscription",
        }
    }

    /// Returns its name, without the ARN around it.
    fn short_name(&self) -> String {
        match self {
            Resource::Secret { secret, .. } => secret.name.clone(),
            Resource::LogGroup(group) => group.name.clone(),
            Resource::Queue(queue) => queue.name.clone(),
            Resource::Buffer(buffer) => buffer.name.clone(),
            Resource::EventSourceMapping(mapping) => resource_name(&mapping.source).to_owned(),
            Resource::Role(role) => role.name.clone(),
            Resource::Function(function) => function.name.clone(),
            Resource::EventInvokeConfig(_) => "retries, on-failure queue".to_owned(),
            Resource::Permission(permission) => permission.statement.clone(),
            Resource::Subscription { endpoint, .. } => {
                format!("{} {endpoint}", endpoint.protocol())
            }
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Resource::Secret { store, secret } => write!(f, "{} {}", store.noun(), secret.name),
            Resource::LogGroup(group) => write!(f, "log group {}", group.name),
            Resource::Queue(queue) => write!(f, "failure queue {}", queue.name),
            Resource::Buffer(buffer) => write!(f, "buffer {}", buffer.name),
            Resource::EventSourceMapping(mapping) => write!(
                f,
                "event source mapping from {} (Lambda takes alerts from the buffer)",
                resource_name(&mapping.source)
            ),
            Resource::Role(role) => write!(f, "execution role {}", role.name),
            Resource::Function(function) => write!(f, "function {}", function.name),
            Resource::EventInvokeConfig(_) => {
                f.write_str("asynchronous invocation settings (retries, on-failure queue)")
            }
            Resource::Permission(permission) => write!(
                f,
                "permission {} (the topic may invoke the function)",
                permission.statement
            ),
            Resource::Subscription { endpoint, .. } => {
                write!(f, "subscription {} {endpoint}", endpoint.protocol())
            }
        }
    }
}
