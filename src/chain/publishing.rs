//! How Device Defender is made to publish to a topic: topic, role, alert targets and audit notifications, as wanted and as
//! observed, and the steps from one to the other.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};

use super::names::connect_role;
use super::plan::{Brief, Plan, PlannedChange, role_differs};
use super::rules::{AccountRules, RoleChoice, path_in};
use super::spec::tags;
use super::state::{Role, Tags};
use crate::arn::{Arn, TopicArn, resource_name};

/// The most profiles that the role's trust policy names one by one; a trust policy has at most 2048 characters (IAM quotas), so
/// that more are named by a pattern.
const MOST_NAMED: usize = 8;

/// What the role must be allowed on the topic.
pub const TOPIC_ACTIONS: [&str; 1] = ["sns:Publish"];
/// What it must be allowed on the topic's key, where the topic is encrypted (SNS developer guide, "Key management").
pub const KEY_ACTIONS: [&str; 2] = ["kms:Decrypt", "kms:GenerateDataKey"];

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

/// What is asked for.
#[derive(Clone, Debug)]
pub struct PublishingSpec<'a> {
    /// The topic.
    pub topic: &'a TopicArn,
    /// The ARN of the key that the topic is encrypted with, where it is the customer's.
    pub key: Option<&'a str>,
    /// The profiles to connect, or to disconnect.
    pub profiles: &'a [String],
    /// Whether audit results are connected, or disconnected.
    pub audit: bool,
    /// Whether our target is taken off.
    pub disconnect: bool,
    /// Whether another target may be overwritten.
    pub replace: bool,
    /// What the account's owners demand of what is made. A role of our own that is asked for takes the place of another one with
    /// which the topic is published to.
    pub rules: &'a AccountRules,
    /// The version of ddalert.
    pub version: &'a str,
}

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

/// Returns whether `arn` is that of ddalert's role by which Device Defender publishes to `topic`, whatever its path.
pub fn is_own_role(arn: &str, topic: &TopicArn) -> bool {
    path_in(arn).is_some_and(|path| arn == role_arn_at(topic, &path))
}

fn role_arn_at(topic: &TopicArn, path: &str) -> String {
    let role = format!("role{path}{}", connect_role(topic));
    Arn::iam(&topic.partition, &topic.account, &role).to_string()
}

/// Returns the ARN of the role by which Device Defender publishes to `topic`, where it has no path.
pub fn role_arn(topic: &TopicArn) -> String {
    role_arn_at(topic, "/")
}

/// Returns who holds another target than the one that is asked for: "security profile p → arn".
pub fn conflicts(request: &PublishingSpec<'_>, have: &PublishingState) -> Vec<String> {
    if request.replace || request.disconnect {
        return Vec::new();
    }
    let topic = request.topic.to_string();
    let other = |target: &Option<NotificationTarget>| {
        target
            .as_ref()
            .map(|target| target.topic.clone())
            .filter(|held| *held != topic)
    };
    let asked = have
        .profiles
        .iter()
        .filter(|(name, _)| request.profiles.contains(name));
    let mut conflicts: Vec<String> = asked
        .filter_map(|(name, profile)| {
            Some(format!(
                "security profile {name} → {}",
                other(&profile.target)?
            ))
        })
        .collect();
    if request.audit && have.audit.enabled {
        conflicts.extend(other(&have.audit.target).map(|held| format!("audit results → {held}")));
    }
    conflicts
}

/// Returns what AWS should hold after `request`, given what it holds now.
///
/// A profile that publishes to the topic under another role is left as it is, but for [`RoleChoice::Own`] and
/// [`PublishingSpec::replace`].
pub fn wanted(request: &PublishingSpec<'_>, have: &PublishingState) -> PublishingState {
    let topic = request.topic.to_string();
    let rules = request.rules;
    let own_path = own_path(request, have);
    let own = NotificationTarget {
        topic: topic.clone(),
        role: role_arn_at(request.topic, &own_path),
    };
    let ours = match &rules.role {
        RoleChoice::Given(role) => NotificationTarget {
            topic,
            role: role.clone(),
        },
        RoleChoice::Keep | RoleChoice::Own => own.clone(),
    };
    let is_own = |target: &NotificationTarget| {
        target.topic == own.topic && is_own_role(&target.role, request.topic)
    };
    let settle = |held: &Option<NotificationTarget>| match held {
        Some(target) if request.disconnect && (is_own(target) || *target == ours) => None,
        held if request.disconnect => held.clone(),
        // A role of somebody else's stays, but where our own is asked for; a role of ours, but where another is asked for.
        Some(target)
            if !request.replace
                && target.topic == ours.topic
                && (rules.role == RoleChoice::Keep
                    || (rules.role != RoleChoice::Own && !is_own(target))) =>
        {
            match is_own(target) {
                true => Some(own.clone()),
                false => Some(target.clone()),
            }
        }
        _ => Some(ours.clone()),
    };
    let mut want = PublishingState {
        topic: have.topic || !request.disconnect,
        role: None,
        ..have.clone()
    };
    for (name, profile) in &mut want.profiles {
        if request.profiles.contains(name) {
            profile.target = settle(&profile.target);
        }
    }
    if request.audit {
        match settle(&have.audit.target) {
            Some(target) if !request.disconnect => {
                want.audit = AuditConfiguration {
                    target: Some(target),
                    enabled: true,
                    ..have.audit.clone()
                }
            }
            // A target cannot be taken away, only switched off (API model: `AuditNotificationTarget.enabled`).
            None => want.audit.enabled = false,
            Some(_) => {}
        }
    }
    let named: Vec<&String> = want
        .profiles
        .iter()
        .filter(|(_, p)| p.target.as_ref() == Some(&own))
        .map(|(name, _)| name)
        .collect();
    let audits = want.audit.enabled && want.audit.target.as_ref() == Some(&own);
    if audits || !named.is_empty() {
        want.role = Some(Role {
            name: connect_role(request.topic),
            path: own_path,
            boundary: rules.boundary_of(have.role.as_ref()),
            created: None,
            trust: trust(request.topic, &named, audits),
            policy: policy(request),
            tags: rules
                .tags
                .clone()
                .into_iter()
                .chain(tags(request.topic, request.version))
                .collect(),
        });
    }
    want
}

/// Returns the path of ddalert's role: the one that it has, else the one that is demanded, else the one that it had before it was
/// removed, as what publishes by it still says.
fn own_path(request: &PublishingSpec<'_>, have: &PublishingState) -> String {
    let targets = have
        .profiles
        .values()
        .map(|profile| &profile.target)
        .chain([&have.audit.target]);
    let had = targets
        .flatten()
        .find(|target| is_own_role(&target.role, request.topic))
        .and_then(|target| path_in(&target.role));
    match (&have.role, &request.rules.path, had) {
        (None, None, Some(path)) => path,
        (role, _, _) => request.rules.path_of(role.as_ref()),
    }
}

/// Only Device Defender of this account, and only for what is connected (Device Defender developer guide, "Cross-service
/// confused deputy prevention").
fn trust(topic: &TopicArn, profiles: &[&String], audit: bool) -> Value {
    let account = &topic.account;
    let arn = |resource: &str| topic.local_arn("iot", resource).to_string();
    let sources: Vec<String> = match (audit, profiles.len()) {
        // An audit comes under the account's own ARN, which has nothing behind the last colon that could be named.
        (true, _) => vec![arn("*")],
        (false, ..=MOST_NAMED) => profiles
            .iter()
            .map(|name| arn(&format!("securityprofile/{name}")))
            .collect(),
        (false, _) => vec![arn("securityprofile/*")],
    };
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": { "Service": "iot.amazonaws.com" }, "Action": "sts:AssumeRole",
            "Condition": { "StringEquals": { "aws:SourceAccount": account }, "ArnLike": { "aws:SourceArn": sources } }
        }]
    })
}

fn policy(request: &PublishingSpec<'_>) -> Value {
    let mut statements = vec![json!({
        "Sid": "PublishAlerts", "Effect": "Allow", "Action": TOPIC_ACTIONS, "Resource": request.topic.to_string()
    })];
    if let Some(key) = request.key {
        statements.push(json!({
            "Sid": "EncryptAlerts", "Effect": "Allow", "Action": KEY_ACTIONS, "Resource": key
        }));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Returns the changes that lead from `have` to `want`: the topic and the role before what publishes by them, and a role that is
/// removed, or trusted for less, after it. Profiles and audit do not depend on each other. A topic that is made gets `tags`.
pub fn plan(
    want: &PublishingState,
    have: &PublishingState,
    topic: &TopicArn,
    tags: &Tags,
) -> Plan<PublishingChange> {
    let mut plan = Plan::default();
    let topic_made = (want.topic && !have.topic).then(|| {
        plan.push(
            PublishingChange::CreateTopic {
                name: topic.name.clone(),
                tags: tags.clone(),
            },
            [],
        )
    });
    let mut publishers: Vec<PublishingChange> = Vec::new();
    for (name, profile) in &want.profiles {
        let held = have.profiles.get(name);
        if held.is_some_and(|held| held.target != profile.target) {
            publishers.push(PublishingChange::Profile {
                name: name.clone(),
                version: profile.version,
                target: profile.target.clone(),
            });
        }
    }
    if let Some(target) = &want.audit.target
        && (want.audit.enabled != have.audit.enabled || want.audit.target != have.audit.target)
    {
        publishers.push(PublishingChange::Audit {
            target: target.clone(),
            enabled: want.audit.enabled,
        });
    }
    let role = match (&want.role, &have.role) {
        (Some(want), None) => Some(PublishingChange::CreateRole { role: want.clone() }),
        (Some(want), Some(have)) => {
            let differs = role_differs(want, have);
            (!differs.is_empty()).then(|| PublishingChange::UpdateRole {
                role: want.clone(),
                differs,
            })
        }
        (None, Some(have)) => Some(PublishingChange::RemoveRole { role: have.clone() }),
        (None, None) => None,
    };
    let connects = publishers.iter().any(|change| {
        matches!(
            change,
            PublishingChange::Profile {
                target: Some(_),
                ..
            } | PublishingChange::Audit { enabled: true, .. }
        )
    });
    let is_removal = matches!(role, Some(PublishingChange::RemoveRole { .. }));
    let (first, last) = if connects && !is_removal {
        (role, None)
    } else {
        (None, role)
    };
    let role_made = first.map(|role| plan.push(role, topic_made));
    let before: Vec<usize> = topic_made.into_iter().chain(role_made).collect();
    let published: Vec<usize> = publishers
        .into_iter()
        .map(|change| plan.push(change, before.iter().copied()))
        .collect();
    if let Some(role) = last {
        plan.push(role, before.into_iter().chain(published));
    }
    plan
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

#[cfg(test)]
mod tests;
