//! Device Defender's side: where its security profiles and audits publish, and how that is changed.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iot::types::{
    AlertTarget, AlertTargetType, AuditNotificationTarget, AuditNotificationType,
};
use futures_util::future::{try_join, try_join_all};

use super::retry::{PROPAGATION_TIMEOUT, retry_until};
use super::role::{self, PUBLISH};
use super::{AwsError, AwsErrorKind, Clients};
use crate::arn::TopicArn;
use crate::chain::names::connect_role;
use crate::chain::publishing::{
    AuditConfiguration, NotificationTarget, PublishingChange, PublishingState, SecurityProfile,
};

/// Returns every security profile of the region with where its alerts go.
///
/// # Errors
/// The list, or a profile that is in it, cannot be read. A profile that goes meanwhile is left out.
pub async fn profiles(clients: &Clients) -> Result<BTreeMap<String, SecurityProfile>, AwsError> {
    let mut pages = clients.iot.list_security_profiles().into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| {
            AwsError::of(
                "iot:ListSecurityProfiles",
                "listing the security profiles",
                error,
            )
        })?;
        names.extend(
            page.security_profile_identifiers()
                .iter()
                .map(|profile| profile.name().to_owned()),
        );
    }
    let described = names.into_iter().map(|name| async move {
        let described = profile(clients, &name).await?;
        Ok::<_, AwsError>(described.map(|profile| (name, profile)))
    });
    Ok(try_join_all(described)
        .await?
        .into_iter()
        .flatten()
        .collect())
}

async fn profile(clients: &Clients, name: &str) -> Result<Option<SecurityProfile>, AwsError> {
    match clients
        .iot
        .describe_security_profile()
        .security_profile_name(name)
        .send()
        .await
    {
        Ok(found) => Ok(Some(SecurityProfile {
            version: found.version(),
            target: found
                .alert_targets()
                .and_then(|targets| targets.get(&AlertTargetType::Sns))
                .map(|target| NotificationTarget {
                    topic: target.alert_target_arn().to_owned(),
                    role: target.role_arn().to_owned(),
                }),
            suppressed: found
                .behaviors()
                .iter()
                .filter(|behavior| behavior.suppress_alerts() == Some(true))
                .map(|behavior| behavior.name().to_owned())
                .collect(),
        })),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_resource_not_found_exception()) =>
        {
            Ok(None)
        }
        Err(error) => Err(AwsError::of(
            "iot:DescribeSecurityProfile",
            format!("looking at the security profile {name}"),
            error,
        )),
    }
}

/// Returns whether anything is held against a security profile: all things, or a group of them.
///
/// # Errors
/// Its targets cannot be listed. A profile that is not there has none.
pub(super) async fn is_attached(clients: &Clients, profile: &str) -> Result<bool, AwsError> {
    match clients
        .iot
        .list_targets_for_security_profile()
        .security_profile_name(profile)
        .max_results(1)
        .send()
        .await
    {
        Ok(page) => Ok(!page.security_profile_targets().is_empty()),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_resource_not_found_exception()) =>
        {
            Ok(false)
        }
        Err(error) => {
            let doing = format!("looking at what the security profile {profile} is attached to");
            Err(AwsError::of(
                "iot:ListTargetsForSecurityProfile",
                doing,
                error,
            ))
        }
    }
}

/// Returns the checks of each scheduled audit of the region, by the audit's name.
///
/// # Errors
/// The list, or an audit that is in it, cannot be read. An audit that goes meanwhile is left out.
pub(super) async fn scheduled_audits(
    clients: &Clients,
) -> Result<BTreeMap<String, Vec<String>>, AwsError> {
    let mut pages = clients.iot.list_scheduled_audits().into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| {
            AwsError::of(
                "iot:ListScheduledAudits",
                "listing the scheduled audits",
                error,
            )
        })?;
        names.extend(
            page.scheduled_audits()
                .iter()
                .filter_map(|audit| audit.scheduled_audit_name().map(str::to_owned)),
        );
    }
    let described = names.into_iter().map(|name| async move {
        match clients
            .iot
            .describe_scheduled_audit()
            .scheduled_audit_name(&name)
            .send()
            .await
        {
            Ok(audit) => Ok(Some((name, audit.target_check_names().to_vec()))),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_resource_not_found_exception()) =>
            {
                Ok(None)
            }
            Err(error) => Err(AwsError::of(
                "iot:DescribeScheduledAudit",
                format!("looking at the scheduled audit {name}"),
                error,
            )),
        }
    });
    Ok(try_join_all(described)
        .await?
        .into_iter()
        .flatten()
        .collect())
}

/// Returns the account's audit configuration in the region.
///
/// # Errors
/// It cannot be read.
pub async fn audit(clients: &Clients) -> Result<AuditConfiguration, AwsError> {
    let found = clients
        .iot
        .describe_account_audit_configuration()
        .send()
        .await;
    let found = found.map_err(|error| {
        AwsError::of(
            "iot:DescribeAccountAuditConfiguration",
            "looking at the audit configuration",
            error,
        )
    })?;
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
/// The profiles or the audit configuration cannot be read; for a mere offer, an error may count as none.
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

/// Returns whether the role is there, and is ours, by which Device Defender publishes to `topic`.
///
/// # Errors
/// It cannot be looked at.
pub async fn is_connected(clients: &Clients, topic: &TopicArn) -> Result<bool, AwsError> {
    Ok(role::get(clients, &connect_role(topic), PUBLISH)
        .await?
        .is_some_and(|(_, is_ours)| is_ours))
}

/// Reads the connection to `topic`; `topic_is_there` says whether it is. The second value is whether what bears the role's name
/// is somebody else's.
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

/// Makes one step.
///
/// # Errors
/// The call that failed; a profile that somebody else changed meanwhile is one.
pub async fn apply(clients: &Clients, step: &PublishingChange) -> Result<(), AwsError> {
    match step {
        PublishingChange::CreateTopic { name } => {
            let create = clients.sns.create_topic().name(name).send().await;
            create.map_err(|error| {
                AwsError::of(
                    "sns:CreateTopic",
                    format!("creating the topic {name}"),
                    error,
                )
            })?;
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

/// Sends the target alone: what a call leaves out stays as it is, behaviors above all.
async fn set_target(
    clients: &Clients,
    name: &str,
    version: i64,
    target: Option<&NotificationTarget>,
) -> Result<(), AwsError> {
    let doing = || format!("updating the alert target of the security profile {name}");
    let target = match target {
        Some(target) => {
            let built = AlertTarget::builder()
                .alert_target_arn(&target.topic)
                .role_arn(&target.role)
                .build();
            Some(built.map_err(|error| AwsError::local(doing(), error))?)
        }
        None => None,
    };
    retry_until(PROPAGATION_TIMEOUT, role_is_new, || async {
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
            .map_err(|error| AwsError::of("iot:UpdateSecurityProfile", doing(), error))
    })
    .await?;
    Ok(())
}

/// Sends the notification target alone: checks and the audit's own role stay as they are.
async fn set_audit(
    clients: &Clients,
    target: &NotificationTarget,
    enabled: bool,
) -> Result<(), AwsError> {
    retry_until(PROPAGATION_TIMEOUT, role_is_new, || async {
        let target = AuditNotificationTarget::builder()
            .target_arn(&target.topic)
            .role_arn(&target.role)
            .enabled(enabled)
            .build();
        let update = clients
            .iot
            .update_account_audit_configuration()
            .audit_notification_target_configurations(AuditNotificationType::Sns, target);
        update.send().await.map_err(|error| {
            AwsError::of(
                "iot:UpdateAccountAuditConfiguration",
                "updating the target of audit notifications",
                error,
            )
        })
    })
    .await?;
    Ok(())
}

/// IoT hears of a new role with IAM's delay, and has no code of its own for it: only a refusal that speaks of the role.
fn role_is_new(failure: &AwsError) -> bool {
    matches!(&failure.kind, AwsErrorKind::Refused { code } if code == "InvalidRequestException")
        && failure.cause().to_ascii_lowercase().contains("role")
}
