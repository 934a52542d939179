//! The log group of a relay, and reading any log group.

use std::time::SystemTime;

use futures_util::future::join;

use super::response::{Response, created};
use super::retry::retry_transient;
use super::scope::ReadScope;
use super::tags::managed_tags;
use super::{AwsError, Clients};
use crate::chain::state::{LogGroup, holds_all};

/// Returns the log group of a relay as it is, and whether ddalert manages it.
pub(super) async fn observe(
    clients: &Clients,
    scope: &ReadScope<'_>,
) -> Result<Option<(LogGroup, bool)>, AwsError> {
    let name = &scope.names.log_group;
    let describe = clients
        .logs
        .describe_log_groups()
        .log_group_name_prefix(name);
    let list_tags = clients
        .logs
        .list_tags_for_resource()
        .resource_arn(scope.names.log_group_arn());
    let (found, tags) = join(describe.send(), list_tags.send()).await;
    let found = found.or_error(
        "logs:DescribeLogGroups",
        format!("reading the log group {name}"),
    )?;
    let Some(group) = found
        .log_groups()
        .iter()
        .find(|group| group.log_group_name() == Some(name))
    else {
        return Ok(None);
    };
    let tags = tags.or_missing(
        "logs:ListTagsForResource",
        format!("reading the tags of the log group {name}"),
    )?;
    // Removed between the two reads.
    let Some(tags) = tags else {
        return Ok(None);
    };
    let (tags, is_ours) = managed_tags(tags.tags().into_iter().flatten());
    Ok(Some((
        LogGroup {
            name: name.clone(),
            retention_days: group.retention_in_days(),
            tags,
        },
        is_ours,
    )))
}

/// How far this machine's clock may be ahead of CloudWatch's when lines are searched.
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
    let pages: Result<Vec<_>, _> = filter.into_paginator().send().collect().await;
    let pages = pages.or_missing(
        "logs:FilterLogEvents",
        format!("reading the log group {name}"),
    )?;
    let events = pages
        .into_iter()
        .flatten()
        .flat_map(|page| page.events.unwrap_or_default());
    Ok(events.filter_map(|event| event.message).collect())
}

/// Creates the log group.
pub(super) async fn create(
    clients: &Clients,
    scope: &ReadScope<'_>,
    group: &LogGroup,
) -> Result<(), AwsError> {
    let name = &group.name;
    let outcome = retry_transient(|| async {
        let create = clients
            .logs
            .create_log_group()
            .log_group_name(name)
            .set_tags(Some(group.tags.clone().into_iter().collect()));
        create.send().await.or_error(
            "logs:CreateLogGroup",
            format!("creating the log group {name}"),
        )
    })
    .await;
    created(outcome, async || {
        let there = observe(clients, scope).await?;
        Ok(there.is_some_and(|(there, _)| holds_all(&there.tags, &group.tags)))
    })
    .await?;
    set_retention(clients, group).await
}

/// Updates what differs.
pub(super) async fn update(
    clients: &Clients,
    scope: &ReadScope<'_>,
    group: &LogGroup,
    differs: &[&str],
) -> Result<(), AwsError> {
    if differs.contains(&"retention") {
        set_retention(clients, group).await?;
    }
    if differs.contains(&"tags") {
        let tag = clients
            .logs
            .tag_resource()
            .resource_arn(scope.names.log_group_arn())
            .set_tags(Some(group.tags.clone().into_iter().collect()));
        tag.send().await.or_error(
            "logs:TagResource",
            format!("tagging the log group {}", group.name),
        )?;
    }
    Ok(())
}

async fn set_retention(clients: &Clients, group: &LogGroup) -> Result<(), AwsError> {
    retry_transient(|| async {
        let put = clients
            .logs
            .put_retention_policy()
            .log_group_name(&group.name)
            .set_retention_in_days(group.retention_days);
        put.send().await.or_error(
            "logs:PutRetentionPolicy",
            format!("setting the retention of the log group {}", group.name),
        )
    })
    .await?;
    Ok(())
}

/// Removes the log group.
pub(super) async fn remove(clients: &Clients, group: &LogGroup) -> Result<(), AwsError> {
    retry_transient(|| async {
        let delete = clients.logs.delete_log_group().log_group_name(&group.name);
        delete.send().await.or_gone(
            "logs:DeleteLogGroup",
            format!("removing the log group {}", group.name),
        )
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_sdk_cloudwatchlogs::Client;
    use aws_sdk_cloudwatchlogs::operation::create_log_group::CreateLogGroupOutput;
    use aws_sdk_cloudwatchlogs::operation::describe_log_groups::DescribeLogGroupsOutput;
    use aws_sdk_cloudwatchlogs::operation::filter_log_events::FilterLogEventsOutput;
    use aws_sdk_cloudwatchlogs::operation::list_tags_for_resource::ListTagsForResourceOutput;
    use aws_sdk_cloudwatchlogs::operation::put_retention_policy::PutRetentionPolicyOutput;
    use aws_sdk_cloudwatchlogs::types::{self, FilteredLogEvent};
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::arn::AccountRegion;
    use crate::aws::mocks::{clients, json_error};
    use crate::chain::names::ResourceNames;

    #[tokio::test]
    async fn every_page_of_a_log_is_read() {
        let filter = mock!(Client::filter_log_events)
            .match_requests(|input| {
                input.filter_pattern() == Some("\"id\"")
                    && input.start_time() == Some(1_000_000 - CLOCK_SKEW_MS)
            })
            .then_compute_output(|input| {
                let (line, next) = match input.next_token() {
                    None => ("first", Some("page 2")),
                    Some(_) => ("second", None),
                };
                FilterLogEventsOutput::builder()
                    .events(FilteredLogEvent::builder().message(line).build())
                    .set_next_token(next.map(str::to_owned))
                    .build()
            });
        let since = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        let lines = lines(&clients([&filter]), "/aws/lambda/f", "id", since).await;
        assert_eq!(lines.expect("no error"), ["first", "second"]);
    }

    #[tokio::test]
    async fn a_log_group_that_is_not_there_has_no_lines() {
        let missing = mock!(Client::filter_log_events)
            .then_http_response(|| json_error(400, "ResourceNotFoundException", "no group"));
        let lines = lines(&clients([&missing]), "g", "id", SystemTime::now()).await;
        assert!(lines.expect("no error").is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_conflicting_operation_is_waited_for() {
        let create = mock!(Client::create_log_group)
            .match_requests(|input| input.log_group_name() == Some("g"))
            .sequence()
            .http_response(|| json_error(400, "OperationAbortedException", "in progress"))
            .output(|| CreateLogGroupOutput::builder().build())
            .build();
        let retention = mock!(Client::put_retention_policy)
            .match_requests(|input| input.retention_in_days() == Some(30))
            .then_output(|| PutRetentionPolicyOutput::builder().build());
        let group = LogGroup {
            name: "g".to_owned(),
            retention_days: Some(30),
            tags: [].into(),
        };
        let created = in_scope(async |scope| {
            super::create(&clients([&create, &retention]), &scope, &group).await
        });
        created.await.expect("it passes");
        assert_eq!((create.num_calls(), retention.num_calls()), (2, 1));
    }

    async fn in_scope<T>(run: impl AsyncFnOnce(ReadScope<'_>) -> T) -> T {
        let topic = "arn:aws:sns:eu-west-1:123456789012:t"
            .parse()
            .expect("an ARN");
        let place = AccountRegion {
            partition: "aws".to_owned(),
            region: "eu-west-1".to_owned(),
            account: "123456789012".to_owned(),
        };
        let names = ResourceNames::new("chime", &topic, place, Some("f"));
        run(ReadScope::new(&names, &topic)).await
    }

    fn described() -> Rule {
        mock!(Client::describe_log_groups).then_output(|| {
            let group = types::LogGroup::builder().log_group_name("/aws/lambda/f");
            DescribeLogGroupsOutput::builder()
                .log_groups(group.build())
                .build()
        })
    }

    fn tagged(value: &'static str) -> Rule {
        mock!(Client::list_tags_for_resource).then_output(move || {
            ListTagsForResourceOutput::builder()
                .tags("managed-by", value)
                .build()
        })
    }

    #[tokio::test]
    async fn a_log_group_whose_answer_was_lost_is_accepted_and_anothers_is_not() {
        let exists = || json_error(400, "ResourceAlreadyExistsException", "exists");
        for (owner, is_ours) in [("ddalert", true), ("terraform", false)] {
            let rules = [
                mock!(Client::create_log_group).then_http_response(exists),
                mock!(Client::put_retention_policy)
                    .then_output(|| PutRetentionPolicyOutput::builder().build()),
                described(),
                tagged(owner),
            ];
            let group = LogGroup {
                name: "/aws/lambda/f".to_owned(),
                retention_days: Some(30),
                tags: [("managed-by".to_owned(), "ddalert".to_owned())].into(),
            };
            let created =
                in_scope(async |scope| super::create(&clients(&rules), &scope, &group).await);
            assert_eq!(created.await.is_ok(), is_ours, "{owner}");
        }
    }

    #[tokio::test]
    async fn a_log_group_that_vanishes_between_two_reads_is_gone() {
        let gone = mock!(Client::list_tags_for_resource)
            .then_http_response(|| json_error(400, "ResourceNotFoundException", "no group"));
        let rules = [described(), gone];
        let read = in_scope(async |scope| observe(&clients(&rules), &scope).await);
        assert_eq!(read.await.expect("no error"), None);
    }
}
