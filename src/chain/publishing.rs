//! How Device Defender is made to publish to a topic: topic, role, alert targets and audit notifications, as wanted and as
//! observed, and the steps from one to the other.

mod change;
mod role;
mod state;

use super::names::connect_role;
use super::plan::{Plan, role_differs};
use super::rules::{AccountRules, RoleChoice, path_in};
use super::spec::tags;
use super::state::{Role, Tags};
use crate::arn::TopicArn;
use role::{policy, role_arn_at, trust};

pub use change::PublishingChange;
pub use role::{KEY_ACTIONS, TOPIC_ACTIONS, is_own_role, role_arn};
pub use state::{AuditConfiguration, NotificationTarget, PublishingState, SecurityProfile};

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
            policy: policy(request.topic, request.key),
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

#[cfg(test)]
mod tests;
