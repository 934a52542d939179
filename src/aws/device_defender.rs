//! Device Defender's side: where its security profiles and audits publish, and how that is changed.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iot::types::{
    AlertTarget, AlertTargetType, AuditNotificationTarget, AuditNotificationType,
};
use aws_sdk_sns::types::Tag;
use futures_util::future::try_join;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::response::Response;
use super::retry::retry_transient;
use super::role::{self, PUBLISH};
use super::{AwsError, Clients};
use crate::arn::TopicArn;
use crate::chain::names::connect_role;
use crate::chain::publishing::{
    AuditConfiguration, NotificationTarget, PublishingChange, PublishingState, SecurityProfile,
};
use crate::chain::state::Tags;

/// How many profiles or audits are read at the same time: Device Defender takes about ten calls a second, and a list may hold
/// hundreds.
pub(super) const AT_ONCE: usize = 8;

/// Returns every security profile of the region with where its alerts go.
///
/// # Errors
/// The profiles cannot be listed, or one of them cannot be read. A profile that is gone meanwhile is left out.
pub async fn profiles(clients: &Clients) -> Result<BTreeMap<String, SecurityProfile>, AwsError> {
    let list = clients.iot.list_security_profiles().into_paginator();
    let listed: Result<Vec<_>, _> = list.items().send().collect().await;
    let listed = listed.or_error("iot:ListSecurityProfiles", "listing the security profiles")?;
    read_each(
        listed.into_iter().map(|profile| profile.name),
        |name| async move { profile(clients, &name).await.map(|found| (name, found)) },
    )
    .await
}

/// Reads each of the names, a few at the same time; what is gone meanwhile is left out.
async fn read_each<T, Fut>(
    names: impl Iterator<Item = String>,
    read: impl Fn(String) -> Fut,
) -> Result<BTreeMap<String, T>, AwsError>
where
    Fut: Future<Output = Result<(String, Option<T>), AwsError>>,
{
    stream::iter(names)
        .map(read)
        .buffer_unordered(AT_ONCE)
        .try_filter_map(|(name, found)| async move { Ok(found.map(|found| (name, found))) })
        .try_collect()
        .await
}

async fn profile(clients: &Clients, name: &str) -> Result<Option<SecurityProfile>, AwsError> {
    let describe = clients
        .iot
        .describe_security_profile()
        .security_profile_name(name);
    let found = describe.send().await.or_missing(
        "iot:DescribeSecurityProfile",
        format!("reading the security profile {name}"),
    )?;
    Ok(found.map(|found| SecurityProfile {
        version: found.version(),
        target: found
            .alert_targets()
            .and_then(|targets| targets.get(&AlertTargetType::Sns))
            .map(|target| NotificationTarget {
                topic: target.alert_target_arn().to_owned(),
                role: target.role_arn().to_owned(),
            }),
        behaviors: found
            .behaviors()
            .iter()
            .map(|behavior| behavior.name().to_owned())
            .collect(),
        suppressed: found
            .behaviors()
            .iter()
            .filter(|behavior| behavior.suppress_alerts() == Some(true))
            .map(|behavior| behavior.name().to_owned())
            .collect(),
    }))
}

/// Returns whether a security profile is attached to a target: all things, or a thing group.
///
/// # Errors
/// Its targets cannot be listed. A profile that is gone counts as not attached.
pub(super) async fn is_attached(clients: &Clients, profile: &str) -> Result<bool, AwsError> {
    let list = clients
        .iot
        .list_targets_for_security_profile()
        .security_profile_name(profile)
        .max_results(1);
    let found = list.send().await.or_missing(
        "iot:ListTargetsForSecurityProfile",
        format!("listing the targets of the security profile {profile}"),
    )?;
    Ok(found.is_some_and(|page| !page.security_profile_targets().is_empty()))
}

/// Returns the checks of each scheduled audit of the region, by the audit's name.
///
/// # Errors
/// The audits cannot be listed, or one of them cannot be read. An audit that is gone meanwhile is left out.
pub(super) async fn scheduled_audits(
    clients: &Clients,
) -> Result<BTreeMap<String, Vec<String>>, AwsError> {
    let list = clients.iot.list_scheduled_audits().into_paginator();
    let listed: Result<Vec<_>, _> = list.items().send().collect().await;
    let listed = listed.or_error("iot:ListScheduledAudits", "listing the scheduled audits")?;
    let names = listed
        .into_iter()
        .filter_map(|audit| audit.scheduled_audit_name);
    read_each(names, |name| async move {
        let describe = clients
            .iot
            .describe_scheduled_audit()
            .scheduled_audit_name(&name);
        let audit = describe.send().await.or_missing(
            "iot:DescribeScheduledAudit",
            format!("reading the scheduled audit {name}"),
        )?;
        Ok((name, audit.map(|audit| audit.target_check_names().to_vec())))
    })
    .await
}

/// Returns the account's audit configuration in the region.
///
/// # Errors
/// It cannot be read.
pub async fn audit(clients: &Clients) -> Result<AuditConfiguration, AwsError> {
    let describe = clients.iot.describe_account_audit_configuration();
    let found = describe.send().await.or_error(
        "iot:DescribeAccountAuditConfiguration",
        "reading the audit configuration",
    )?;
    let checks = found
        .audit_check_configurations()
        .into_iter()
        .flatten()
        .filter(|(_, check)| check.enabled());
    let mut checks: Vec<String> = checks.map(|(name, _)| name.clone()).collect();
    checks.sort();
    let target = found
        .audit_notification_target_configurations()
        .and_then(|targets| targets.get(&AuditNotificationType::Sns));
    Ok(AuditConfiguration {
        target: target.and_then(|target| {
            Some(NotificationTarget {
                topic: target.target_arn()?.to_owned(),
                role: target.role_arn().unwrap_or_default().to_owned(),
            })
        }),
        enabled: target.is_some_and(AuditNotificationTarget::enabled),
        checks,
    })
}

/// Returns the topics that Device Defender publishes to in this region: the alert targets of its security profiles, and the
/// target of audit notifications where they are switched on; in order of their ARNs. For offering topics to choose from.
///
/// # Errors
/// The profiles or the audit configuration cannot be read.
pub async fn topics_published_to(clients: &Clients) -> Result<Vec<TopicArn>, AwsError> {
    let (profiles, audit) = try_join(profiles(clients), audit(clients)).await?;
    let alerts = profiles.into_values().filter_map(|profile| profile.target);
    let results = audit.target.filter(|_| audit.enabled);
    let topics: BTreeSet<TopicArn> = alerts
        .chain(results)
        .filter_map(|target| target.topic.parse().ok())
        .collect();
    Ok(topics.into_iter().collect())
}

/// Returns whether ddalert's role by which Device Defender publishes to `topic` exists.
///
/// # Errors
/// It cannot be read.
pub async fn is_connected(clients: &Clients, topic: &TopicArn) -> Result<bool, AwsError> {
    Ok(role::get(clients, &connect_role(topic), PUBLISH)
        .await?
        .is_some_and(|(_, is_ours)| is_ours))
}

/// Reads where Device Defender publishes; `topic_is_there` says whether `topic` exists. The second value is whether a role of the
/// name exists that ddalert does not manage.
///
/// # Errors
/// The first call that fails.
pub async fn observe(
    clients: &Clients,
    topic: &TopicArn,
    topic_is_there: bool,
) -> Result<(PublishingState, bool), AwsError> {
    let name = connect_role(topic);
    let (role, (profiles, audit)) = try_join(
        role::get(clients, &name, PUBLISH),
        try_join(profiles(clients), audit(clients)),
    )
    .await?;
    let foreign = role.as_ref().is_some_and(|(_, is_ours)| !is_ours);
    let role = role.filter(|(_, is_ours)| *is_ours).map(|(role, _)| role);
    Ok((
        PublishingState {
            topic: topic_is_there,
            role,
            profiles,
            audit,
        },
        foreign,
    ))
}

/// Makes one change. A role that is new to IoT is waited for.
///
/// # Errors
/// The call that failed, also because somebody else changed the profile meanwhile.
pub async fn apply(clients: &Clients, step: &PublishingChange) -> Result<(), AwsError> {
    match step {
        PublishingChange::CreateTopic { name, tags } => {
            let tags = topic_tags(tags)?;
            let create = clients.sns.create_topic().name(name).set_tags(tags);
            create
                .send()
                .await
                .or_error("sns:CreateTopic", format!("creating the topic {name}"))?;
            Ok(())
        }
        PublishingChange::CreateRole { role } => role::create(clients, role, PUBLISH).await,
        PublishingChange::UpdateRole { role, differs } => {
            role::update(clients, role, differs, PUBLISH).await
        }
        PublishingChange::RemoveRole { role } => role::remove(clients, role, PUBLISH).await,
        PublishingChange::Profile {
            name,
            version,
            target,
        } => set_target(clients, name, *version, target.as_ref()).await,
        PublishingChange::Audit { target, enabled } => set_audit(clients, target, *enabled).await,
    }
}

/// Returns the tags of a new topic; `None` without any, for they need a permission of their own (`sns:TagResource`).
fn topic_tags(tags: &Tags) -> Result<Option<Vec<Tag>>, AwsError> {
    let built = tags.iter().map(|(key, value)| {
        let tag = Tag::builder().key(key).value(value).build();
        tag.map_err(|error| AwsError::local("tagging the topic", error))
    });
    let built: Vec<Tag> = built.collect::<Result<_, _>>()?;
    Ok(Some(built).filter(|tags| !tags.is_empty()))
}

/// Sets the alert target alone: what the call leaves out stays as it is, above all the behaviors.
async fn set_target(
    clients: &Clients,
    name: &str,
    version: i64,
    wanted: Option<&NotificationTarget>,
) -> Result<(), AwsError> {
    let task = format!("updating the alert target of the security profile {name}");
    let target = match wanted {
        Some(target) => {
            let built = AlertTarget::builder()
                .alert_target_arn(&target.topic)
                .role_arn(&target.role)
                .build();
            Some(built.map_err(|error| AwsError::local(task.as_str(), error))?)
        }
        None => None,
    };
    let outcome = retry_transient(|| async {
        let update = clients
            .iot
            .update_security_profile()
            .security_profile_name(name)
            .expected_version(version);
        let update = match target.clone() {
            Some(target) => update.alert_targets(AlertTargetType::Sns, target),
            None => update.delete_alert_targets(true),
        };
        update
            .send()
            .await
            .or_error("iot:UpdateSecurityProfile", task.as_str())
    })
    .await;
    match outcome {
        Ok(_) => Ok(()),
        Err(failure) => {
            let is_conflict = failure.code() == Some("VersionConflictException");
            match is_conflict {
                // The answer to a first call was lost, and the version is the one that it made; or somebody else set the same.
                true => match profile(clients, name).await {
                    Ok(Some(there)) if there.target.as_ref() == wanted => Ok(()),
                    _ => Err(failure),
                },
                // A profile that was removed meanwhile publishes nowhere.
                false if wanted.is_none() => failure.or_missing::<()>().map(|_| ()),
                false => Err(failure),
            }
        }
    }
}

/// Sets the notification target alone: the checks and the audit's own role stay as they are.
async fn set_audit(
    clients: &Clients,
    target: &NotificationTarget,
    enabled: bool,
) -> Result<(), AwsError> {
    retry_transient(|| async {
        let target = AuditNotificationTarget::builder()
            .target_arn(&target.topic)
            .role_arn(&target.role)
            .enabled(enabled)
            .build();
        let update = clients
            .iot
            .update_account_audit_configuration()
            .audit_notification_target_configurations(AuditNotificationType::Sns, target);
        update.send().await.or_error(
            "iot:UpdateAccountAuditConfiguration",
            "updating the target of audit notifications",
        )
    })
    .await?;
    Ok(())
}
