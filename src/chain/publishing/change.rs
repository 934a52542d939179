//! The steps by which Device Defender is made to publish to a topic, and how they read.

use std::fmt;

use serde::Serialize;

use super::state::NotificationTarget;
use crate::arn::resource_name;
use crate::chain::plan::{Brief, PlannedChange};
use crate::chain::state::{Role, Tags};

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum PublishingChange {
    /// Make the topic.
    CreateTopic {
        /// Its name.
        name: String,
        /// The tags that were asked for.
        #[serde(skip_serializing_if = "Tags::is_empty")]
        tags: Tags,
    },
    /// Make the role.
    CreateRole {
        /// The role.
        role: Role,
    },
    /// Bring the role to its wanted state.
    UpdateRole {
        /// The role.
        role: Role,
        /// What differs.
        differs: Vec<&'static str>,
    },
    /// Give a profile its target, or take it off.
    Profile {
        /// The profile's name.
        name: String,
        /// The version it must still have.
        version: i64,
        /// The target; `None` takes it off.
        target: Option<NotificationTarget>,
    },
    /// Send audit results to the target, or stop sending them.
    Audit {
        /// The target.
        target: NotificationTarget,
        /// Whether they are sent.
        enabled: bool,
    },
    /// Remove the role.
    RemoveRole {
        /// The role.
        role: Role,
    },
}

impl PlannedChange for PublishingChange {
    fn sign(&self) -> char {
        match self {
            PublishingChange::CreateTopic { .. } | PublishingChange::CreateRole { .. } => '+',
            PublishingChange::UpdateRole { .. }
            | PublishingChange::Profile { .. }
            | PublishingChange::Audit { .. } => '~',
            PublishingChange::RemoveRole { .. } => '-',
        }
    }

    fn brief(&self) -> Brief {
        let (connect, disconnect) = (("connect", "connected"), ("disconnect", "disconnected"));
        match self {
            PublishingChange::CreateTopic { name, .. } => Brief::create("topic", name),
            PublishingChange::CreateRole { role } => Brief::create("role", &role.name),
            PublishingChange::UpdateRole { role, differs } => {
                Brief::update("role", &role.name, differs)
            }
            PublishingChange::Profile { name, target, .. } => {
                let words = if target.is_some() {
                    connect
                } else {
                    disconnect
                };
                Brief::new(words, "security profile", name)
            }
            PublishingChange::Audit { enabled, .. } => {
                let words = if *enabled { connect } else { disconnect };
                Brief::new(words, "audit", "results")
            }
            PublishingChange::RemoveRole { role } => Brief::remove("role", &role.name),
        }
    }
}

impl fmt::Display for PublishingChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |target: &NotificationTarget| resource_name(&target.topic).to_owned();
        match self {
            PublishingChange::CreateTopic { name, .. } => write!(f, "create topic {name}"),
            PublishingChange::CreateRole { role } => write!(f, "create role {}", role.name),
            PublishingChange::UpdateRole { role, differs } => {
                write!(f, "update role {}: {}", role.name, differs.join(", "))
            }
            PublishingChange::Profile {
                name: profile,
                target: Some(target),
                ..
            } => {
                write!(
                    f,
                    "security profile {profile}: send alerts to {}",
                    name(target)
                )
            }
            PublishingChange::Profile {
                name, target: None, ..
            } => write!(f, "security profile {name}: send alerts nowhere"),
            PublishingChange::Audit {
                target,
                enabled: true,
            } => write!(f, "audit: send results to {}", name(target)),
            PublishingChange::Audit {
                target,
                enabled: false,
            } => write!(f, "audit: stop sending results to {}", name(target)),
            PublishingChange::RemoveRole { role } => write!(f, "remove role {}", role.name),
        }
    }
}
