//! The log group of a relay, and reading any log group.

use std::time::SystemTime;

use super::scope::{ReadScope, ours};
use super::{AwsError, Clients};
use crate::chain::state::LogGroup;

/// Returns the log group as it is.
pub(super) async fn observe(
    clients: &Clients,
    scope: &ReadScope<'_>,
) -> Result<Option<(LogGroup, bool)>, AwsError> {
    let name = &scope.names.log_group;
    let doing = || format!("looking at the log group {name}");
    let found = clients
        .logs
        .describe_log_groups()
        .log_group_name_prefix(name)
        .send()
        .await;
    let found = found.map_err(|error| AwsError::of("logs:DescribeLogGroups", doing(), error))?;
    let Some(group) = found
        .log_groups()
        .iter()
        .find(|group| group.log_group_name() == Some(name))
    else {
        return Ok(None);
    };
    let tags = clients
        .logs
        .list_tags_for_resource()
        .resource_arn(scope.names.log_group_arn())
        .send()
        .await;
    let tags = tags.map_err(|error| AwsError::of("logs:ListTagsForResource", doing(), error))?;
    let (tags, is_ours) = ours(tags.tags().into_iter().flatten());
    Ok(Some((
        LogGroup {
            name: name.clone(),
            retention_days: group.retention_in_days(),
            tags,
        },
        is_ours,
    )))
}

/// How far this machine's clock may be ahead of CloudWatch's when lines are looked for.
const CLOCK_SKEW_MS: i64 = 5 * 60 * 1000;

/// Returns the lines of a log group that hold `text` and were written since `since`; none where it is not there yet.
///
/// # Errors
/// It cannot be read.
pub(super) async fn lines(
    clients: &Clients,
    name: &str,
    text: &str,
    since: SystemTime,
) -> Result<Vec<String>, AwsError> {
    let since = since
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_millis() as i64
        - CLOCK_SKEW_MS;
    let filter = clients
        .logs
        .filter_log_events()
        .log_group_name(name)
        .start_time(since)
        .filter_pattern(format!("\"{text}\""));
    let mut pages = filter.into_paginator().send();
    let mut lines = Vec::new();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => lines.extend(
                page.events
                    .unwrap_or_default()
                    .into_iter()
                    .filter_map(|event| event.message),
            ),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_resource_not_found_exception()) =>
            {
                break;
            }
            Err(error) => {
                return Err(AwsError::of(
                    "logs:FilterLogEvents",
                    format!("reading the log group {name}"),
                    error,
                ));
            }
        }
    }
    Ok(lines)
}

/// Makes the log group.
pub(super) async fn create(clients: &Clients, group: &LogGroup) -> Result<(), AwsError> {
    let name = &group.name;
    let create = clients
        .logs
        .create_log_group()
        .log_group_name(name)
        .set_tags(Some(group.tags.clone().into_iter().collect()));
    create.send().await.map_err(|error| {
        AwsError::of(
            "logs:CreateLogGroup",
            format!("creating the log group {name}"),
            error,
        )
    })?;
    retain(clients, group).await
}

/// Brings the log group to its wanted state.
pub(super) async fn update(
    clients: &Clients,
    scope: &ReadScope<'_>,
    group: &LogGroup,
    differs: &[&str],
) -> Result<(), AwsError> {
    if differs.contains(&"retention") {
        retain(clients, group).await?;
    }
    if differs.contains(&"tags") {
        let arn = scope.names.log_group_arn();
        let tag = clients
            .logs
            .tag_resource()
            .resource_arn(arn)
            .set_tags(Some(group.tags.clone().into_iter().collect::<_>()));
        tag.send().await.map_err(|error| {
            AwsError::of(
                "logs:TagResource",
                format!("tagging the log group {}", group.name),
                error,
            )
        })?;
    }
    Ok(())
}

async fn retain(clients: &Clients, group: &LogGroup) -> Result<(), AwsError> {
    let put = clients
        .logs
        .put_retention_policy()
        .log_group_name(&group.name)
        .set_retention_in_days(group.retention_days);
    put.send().await.map_err(|error| {
        AwsError::of(
            "logs:PutRetentionPolicy",
            format!("setting the retention of the log group {}", group.name),
            error,
        )
    })?;
    Ok(())
}

/// Removes the log group.
pub(super) async fn remove(clients: &Clients, group: &LogGroup) -> Result<(), AwsError> {
    match clients
        .logs
        .delete_log_group()
        .log_group_name(&group.name)
        .send()
        .await
    {
        Ok(_) => Ok(()),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_resource_not_found_exception()) =>
        {
            Ok(())
        }
        Err(error) => Err(AwsError::of(
            "logs:DeleteLogGroup",
            format!("removing the log group {}", group.name),
            error,
        )),
    }
}
