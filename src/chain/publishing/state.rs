//! What AWS holds of the way from Device Defender to a topic.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::chain::state::Role;

/// Where Device Defender publishes, and as whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotificationTarget {
    /// The ARN of the topic.
    pub topic: String,
    /// The ARN of the role.
    pub role: String,
}

/// A Detect security profile, as far as alerts depend on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SecurityProfile {
    /// Its version, which guards an update against one that came between.
    pub version: i64,
    /// Where its alerts go; a profile has one target of the kind SNS.
    pub target: Option<NotificationTarget>,
    /// Its behaviors, by their names.
    pub behaviors: Vec<String>,
    /// The behaviors whose alerts are suppressed: they are never sent.
    pub suppressed: Vec<String>,
}

/// The account's audit configuration, as far as notifications depend on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditConfiguration {
    /// Where results are sent.
    pub target: Option<NotificationTarget>,
    /// Whether they are.
    pub enabled: bool,
    /// The checks that are switched on, sorted; without one, AWS takes no target.
    pub checks: Vec<String>,
}

/// What AWS holds of the connection.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PublishingState {
    /// Whether the topic is there.
    pub topic: bool,
    /// The role that ddalert makes.
    pub role: Option<Role>,
    /// Every security profile, by its name.
    pub profiles: BTreeMap<String, SecurityProfile>,
    /// The audit configuration.
    pub audit: AuditConfiguration,
}
