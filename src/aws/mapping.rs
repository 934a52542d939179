//! The event source mapping: what takes alerts from the buffer to the function, in batches.

use std::time::Duration;

use aws_sdk_lambda::types::{
    EventSourceMappingConfiguration, FilterCriteria, FunctionResponseType, ScalingConfig,
};
use tokio::time::Instant;

use super::response::Response;
use super::retry::{poll_until, retry_transient, retry_until, wait_for};
use super::tags::managed_tags;
use super::{AwsError, AwsErrorKind, Clients};
use crate::chain::names::ResourceNames;
use crate::chain::state::EventSourceMapping;

/// How long a mapping may take to be enabled, changed or gone: Lambda takes a minute, sometimes several.
const STATE_TIMEOUT: Duration = Duration::from_secs(300);
const STATE_INTERVAL: Duration = Duration::from_secs(1);

/// A mapping as Lambda describes it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// In the form of a plan.
    pub(super) mapping: EventSourceMapping,
    /// `Creating`, `Enabled`, `Disabled`, …
    pub(super) state: String,
    /// What became of the last batch, in Lambda's words.
    pub(super) last_result: Option<String>,
    uuid: String,
    arn: String,
}

/// Returns the mapping from the buffer of `names` to its function; one that Lambda is deleting counts as gone.
///
/// # Errors
/// The mappings cannot be listed, or the tags cannot be read.
pub(super) async fn observe(
    clients: &Clients,
    names: &ResourceNames,
) -> Result<Option<Found>, AwsError> {
    let found = list(clients, names).await?;
    let Some(found) = found.into_iter().find(|found| state(found) != "Deleting") else {
        return Ok(None);
    };
    let arn = found
        .event_source_mapping_arn()
        .unwrap_or_default()
        .to_owned();
    let tags = match arn.is_empty() {
        true => None,
        false => {
            let list = clients.lambda.list_tags().resource(&arn);
            let task = format!(
                "reading the tags of the event source mapping of {}",
                names.buffer
            );
            list.send().await.or_missing("lambda:ListTags", task)?
        }
    };
    let tags = tags.and_then(|tags| tags.tags).unwrap_or_default();
    let (tags, _) = managed_tags(&tags);
    Ok(Some(Found {
        mapping: EventSourceMapping {
            tags,
            ..describe(&found)
        },
        state: state(&found).to_owned(),
        last_result: found
            .last_processing_result()
            .filter(|result| !result.is_empty())
            .map(str::to_owned),
        uuid: found.uuid().unwrap_or_default().to_owned(),
        arn,
    }))
}

/// Returns every mapping from the buffer to the function, also one that is being deleted.
async fn list(
    clients: &Clients,
    names: &ResourceNames,
) -> Result<Vec<EventSourceMappingConfiguration>, AwsError> {
    // Not by the function: Lambda does not know the name of one that is gone, and its mapping stays.
    let list = clients
        .lambda
        .list_event_source_mappings()
        .event_source_arn(names.buffer_arn());
    let all: Result<Vec<_>, _> = list.into_paginator().items().send().collect().await;
    let all = all
        .or_missing(
            "lambda:ListEventSourceMappings",
            format!(
                "listing the event source mappings of the buffer {}",
                names.buffer
            ),
        )?
        .unwrap_or_default();
    let function = names.function_arn();
    let mine = all.into_iter().filter(|found| {
        let target = found.function_arn().unwrap_or_default();
        target == function
            || target
                .strip_prefix(&function)
                .is_some_and(|rest| rest.starts_with(':'))
    });
    Ok(mine.collect())
}

fn state(found: &EventSourceMappingConfiguration) -> &str {
    found.state().unwrap_or_default()
}

fn describe(found: &EventSourceMappingConfiguration) -> EventSourceMapping {
    EventSourceMapping {
        source: found.event_source_arn().unwrap_or_default().to_owned(),
        batch_size: found.batch_size().unwrap_or_default(),
        window_s: found
            .maximum_batching_window_in_seconds()
            .unwrap_or_default(),
        max_concurrency: found
            .scaling_config()
            .and_then(|scaling| scaling.maximum_concurrency()),
        reports_failures: found
            .function_response_types()
            .contains(&FunctionResponseType::ReportBatchItemFailures),
        enabled: !["Disabled", "Disabling"].contains(&state(found)),
        filtered: found
            .filter_criteria()
            .is_some_and(|criteria| !criteria.filters().is_empty()),
        tags: [].into(),
    }
}

/// Creates the mapping and waits until it takes messages. A role that may not read the buffer yet, and a mapping that is still being
/// deleted, are waited for; one that is there already, because the answer to its creation was lost, is updated.
///
/// # Errors
/// Lambda refuses, or the mapping does not become enabled.
pub(super) async fn create(
    clients: &Clients,
    names: &ResourceNames,
    mapping: &EventSourceMapping,
) -> Result<(), AwsError> {
    let is_taken = |failure: &AwsError| matches!(&failure.kind, AwsErrorKind::Refused { code } if code == "ResourceConflictException");
    let wait = |failure: &AwsError| match is_taken(failure) {
        true => STATE_TIMEOUT,
        false => wait_for(failure),
    };
    retry_until(wait, || async {
        let create = clients
            .lambda
            .create_event_source_mapping()
            .event_source_arn(&mapping.source)
            .function_name(&names.function)
            .enabled(mapping.enabled)
            .batch_size(mapping.batch_size)
            .maximum_batching_window_in_seconds(mapping.window_s)
            .scaling_config(scaling(mapping))
            .set_function_response_types(Some(response_types(mapping)))
            .set_tags(Some(mapping.tags.clone().into_iter().collect()));
        let created = create.send().await.or_error(
            "lambda:CreateEventSourceMapping",
            format!(
                "creating the event source mapping from {} to {}",
                names.buffer, names.function
            ),
        );
        match created {
            Err(failure) if is_taken(&failure) => match observe(clients, names).await? {
                Some(found) => change(clients, names, &found, mapping).await,
                // It is being deleted.
                None => Err(failure),
            },
            created => created.map(|_| ()),
        }
    })
    .await?;
    settle(clients, names, mapping.enabled).await
}

/// Brings the mapping to its wanted state, and waits until it is.
///
/// # Errors
/// Lambda refuses, or the mapping does not become enabled.
pub(super) async fn update(
    clients: &Clients,
    names: &ResourceNames,
    mapping: &EventSourceMapping,
    differs: &[&str],
) -> Result<(), AwsError> {
    let Some(found) = observe(clients, names).await? else {
        return create(clients, names, mapping).await;
    };
    if differs.iter().any(|field| *field != "tags") {
        change(clients, names, &found, mapping).await?;
        settle(clients, names, mapping.enabled).await?;
    }
    if differs.contains(&"tags") {
        let tag = clients
            .lambda
            .tag_resource()
            .resource(&found.arn)
            .set_tags(Some(mapping.tags.clone().into_iter().collect()));
        tag.send().await.or_error(
            "lambda:TagResource",
            format!("tagging the event source mapping of {}", names.buffer),
        )?;
    }
    Ok(())
}

async fn change(
    clients: &Clients,
    names: &ResourceNames,
    found: &Found,
    mapping: &EventSourceMapping,
) -> Result<(), AwsError> {
    retry_transient(|| async {
        // All of it is said, so that nothing of what somebody else set stays.
        let update = clients
            .lambda
            .update_event_source_mapping()
            .uuid(&found.uuid)
            .function_name(&names.function)
            .enabled(mapping.enabled)
            .batch_size(mapping.batch_size)
            .maximum_batching_window_in_seconds(mapping.window_s)
            .scaling_config(scaling(mapping))
            .set_function_response_types(Some(response_types(mapping)))
            .set_filter_criteria(found.mapping.filtered.then(|| {
                FilterCriteria::builder()
                    .set_filters(Some(Vec::new()))
                    .build()
            }));
        update.send().await.or_error(
            "lambda:UpdateEventSourceMapping",
            format!("updating the event source mapping of {}", names.buffer),
        )
    })
    .await?;
    Ok(())
}

fn scaling(mapping: &EventSourceMapping) -> ScalingConfig {
    ScalingConfig::builder()
        .set_maximum_concurrency(mapping.max_concurrency)
        .build()
}

fn response_types(mapping: &EventSourceMapping) -> Vec<FunctionResponseType> {
    let reports = mapping.reports_failures;
    reports
        .then_some(FunctionResponseType::ReportBatchItemFailures)
        .into_iter()
        .collect()
}

/// Removes the mapping and waits until Lambda has: until then it can still take messages.
///
/// # Errors
/// Lambda refuses, or the mapping is still there after five minutes.
pub(super) async fn remove(clients: &Clients, names: &ResourceNames) -> Result<(), AwsError> {
    for found in list(clients, names).await? {
        if state(&found) == "Deleting" {
            continue;
        }
        retry_transient(|| async {
            let delete = clients
                .lambda
                .delete_event_source_mapping()
                .set_uuid(found.uuid.clone());
            delete.send().await.or_gone(
                "lambda:DeleteEventSourceMapping",
                format!("removing the event source mapping of {}", names.buffer),
            )
        })
        .await?;
    }
    let gone = poll_until(Instant::now() + STATE_TIMEOUT, STATE_INTERVAL, || async {
        Ok(list(clients, names).await?.is_empty().then_some(()))
    });
    gone.await?.ok_or_else(|| still(names, "Deleting"))
}

/// Waits until a change of the mapping has taken effect.
async fn settle(clients: &Clients, names: &ResourceNames, enabled: bool) -> Result<(), AwsError> {
    let wanted = if enabled { "Enabled" } else { "Disabled" };
    let last = std::sync::Mutex::new(String::new());
    let settled = poll_until(Instant::now() + STATE_TIMEOUT, STATE_INTERVAL, || async {
        let found = list(clients, names).await?;
        let states: Vec<&str> = found.iter().map(state).collect();
        *crate::sync::lock(&last) = states.join(", ");
        Ok(states.contains(&wanted).then_some(()))
    });
    settled
        .await?
        .ok_or_else(|| still(names, &crate::sync::lock(&last)))
}

fn still(names: &ResourceNames, state: &str) -> AwsError {
    let minutes = STATE_TIMEOUT.as_secs() / 60;
    AwsError::refused(
        "lambda:ListEventSourceMappings",
        format!("waiting for the event source mapping of {}", names.buffer),
        "State",
        format!("it is still in the state {state:?} after {minutes} minutes"),
    )
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::Client;
    use aws_sdk_lambda::operation::create_event_source_mapping::CreateEventSourceMappingOutput;
    use aws_sdk_lambda::operation::delete_event_source_mapping::DeleteEventSourceMappingOutput;
    use aws_sdk_lambda::operation::list_event_source_mappings::ListEventSourceMappingsOutput;
    use aws_sdk_lambda::operation::list_tags::ListTagsOutput;
    use aws_sdk_lambda::operation::update_event_source_mapping::UpdateEventSourceMappingOutput;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::arn::TopicArn;
    use crate::aws::mocks::{clients, json_error};
    use crate::chain::names::AccountRegion;
    use crate::chain::spec::{RelayCode, RelaySpec};
    use crate::chain::state::{RelayState, Trigger};

    fn names() -> ResourceNames {
        let place = AccountRegion {
            partition: "aws".into(),
            region: "eu-west-1".into(),
            account: "123456789012".into(),
        };
        ResourceNames::new("slack", &topic(), place, None)
    }

    fn topic() -> TopicArn {
        let arn = "arn:aws:sns:eu-west-1:123456789012:t";
        arn.parse().expect("an ARN")
    }

    fn wanted() -> EventSourceMapping {
        let (names, topic) = (names(), topic());
        let spec = RelaySpec {
            trigger: Some(Trigger::Sqs),
            ..RelaySpec::new("slack", &names, &topic, RelayCode::Keep)
        };
        let state = spec.desired_state(&RelayState::default());
        state.mapping.expect("a mapping")
    }

    fn listed(state: &str, function: &str) -> EventSourceMappingConfiguration {
        EventSourceMappingConfiguration::builder()
            .uuid("u-1")
            .event_source_mapping_arn(
                "arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:u-1",
            )
            .event_source_arn(names().buffer_arn())
            .function_arn(function)
            .state(state)
            .batch_size(10)
            .build()
    }

    /// Lambda's list, a state after the other; the last one stays. An empty state is no mapping.
    fn lists(states: &'static [&'static str]) -> Rule {
        let at = std::sync::atomic::AtomicUsize::new(0);
        mock!(Client::list_event_source_mappings)
            .match_requests(|input| input.event_source_arn() == Some(&names().buffer_arn()))
            .then_compute_output(move |_| {
                let turn = at.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let state = states[turn.min(states.len() - 1)];
                let found = (!state.is_empty()).then(|| listed(state, &names().function_arn()));
                ListEventSourceMappingsOutput::builder()
                    .set_event_source_mappings(Some(found.into_iter().collect()))
                    .build()
            })
    }

    fn tags() -> Rule {
        mock!(Client::list_tags).then_output(|| {
            ListTagsOutput::builder()
                .tags("managed-by", "ddalert")
                .build()
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_role_that_may_not_read_yet_is_waited_for_and_the_mapping_until_it_is_enabled() {
        let create = mock!(Client::create_event_source_mapping)
            .match_requests(|input| {
                input.function_response_types() == [FunctionResponseType::ReportBatchItemFailures]
                    && input.scaling_config().and_then(|it| it.maximum_concurrency()) == Some(2)
                    && input.maximum_batching_window_in_seconds() == Some(5)
                    && input.tags().expect("tags")["managed-by"] == "ddalert"
            })
            .sequence()
            .http_response(|| {
                json_error(
                    400,
                    "InvalidParameterValueException",
                    "The function execution role does not have permissions to call ReceiveMessage on SQS",
                )
            })
            .times(3)
            .output(|| CreateEventSourceMappingOutput::builder().state("Creating").build())
            .build();
        let list = lists(&["Creating", "Creating", "Enabled"]);
        let created = super::create(&clients([&create, &list]), &names(), &wanted()).await;
        created.expect("it passes");
        assert_eq!((create.num_calls(), list.num_calls()), (4, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_mapping_that_is_there_already_is_brought_to_what_is_wanted() {
        let taken = || {
            json_error(
                409,
                "ResourceConflictException",
                "An event source mapping already exists.",
            )
        };
        let create = mock!(Client::create_event_source_mapping).then_http_response(taken);
        let update = mock!(Client::update_event_source_mapping)
            .match_requests(|input| {
                input.uuid() == Some("u-1")
                    && input.function_response_types()
                        == [FunctionResponseType::ReportBatchItemFailures]
            })
            .then_output(|| UpdateEventSourceMappingOutput::builder().build());
        // The one that is being deleted is waited for.
        let list = lists(&["Deleting", "Enabled"]);
        let clients = clients([&create, &update, &list, &tags()]);
        let created = super::create(&clients, &names(), &wanted()).await;
        created.expect("no error");
        assert_eq!((create.num_calls(), update.num_calls()), (2, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_removal_waits_until_the_mapping_is_gone() {
        let delete = mock!(Client::delete_event_source_mapping)
            .sequence()
            .http_response(|| json_error(400, "ResourceInUseException", "currently being updated"))
            .output(|| DeleteEventSourceMappingOutput::builder().build())
            .build();
        let list = lists(&["Updating", "Deleting", "Deleting", ""]);
        let removed = super::remove(&clients([&delete, &list]), &names()).await;
        removed.expect("no error");
        assert_eq!((delete.num_calls(), list.num_calls()), (2, 4));
    }

    #[tokio::test(start_paused = true)]
    async fn a_mapping_that_does_not_settle_is_an_error_in_time() {
        let start = Instant::now();
        let list = lists(&["Creating"]);
        let error = settle(&clients([&list]), &names(), true)
            .await
            .expect_err("an error");
        assert!(error.cause().contains("Creating"), "{}", error.cause());
        assert!(start.elapsed() <= STATE_TIMEOUT);
    }

    #[tokio::test]
    async fn the_mapping_of_another_function_is_not_ours_to_see() {
        let list = mock!(Client::list_event_source_mappings).then_output(|| {
            let other = listed("Enabled", &format!("{}2", names().function_arn()));
            ListEventSourceMappingsOutput::builder()
                .event_source_mappings(other)
                .build()
        });
        let found = observe(&clients([&list]), &names())
            .await
            .expect("no error");
        assert!(found.is_none(), "{found:?}");
    }

    #[tokio::test]
    async fn what_is_not_as_wanted_is_seen() {
        let list = lists(&["Disabled"]);
        let found = observe(&clients([&list, &tags()]), &names()).await;
        let found = found.expect("no error").expect("a mapping");
        assert!(!found.mapping.enabled && !found.mapping.reports_failures);
        assert_eq!(
            (found.mapping.batch_size, found.mapping.max_concurrency),
            (10, None)
        );
    }
}
