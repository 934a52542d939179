//! What Lambda does with the events that a function fails on.

use aws_sdk_lambda::types::{DestinationConfig, OnFailure};

use crate::aws::response::Response;
use crate::aws::retry::retry_transient;
use crate::aws::{AwsError, Clients};
use crate::chain::state::EventInvokeConfig;

/// Returns what Lambda does with events that the function fails on, or `None` where Lambda's defaults hold.
///
/// # Errors
/// Any but "not found".
pub(crate) async fn event_invoke_config(
    clients: &Clients,
    name: &str,
) -> Result<Option<EventInvokeConfig>, AwsError> {
    let get = clients
        .lambda
        .get_function_event_invoke_config()
        .function_name(name);
    let found = get.send().await.or_missing(
        "lambda:GetFunctionEventInvokeConfig",
        format!("reading the asynchronous invocation settings of the function {name}"),
    )?;
    Ok(found.map(|found| EventInvokeConfig {
        retries: found.maximum_retry_attempts().unwrap_or(2),
        max_age_s: found.maximum_event_age_in_seconds().unwrap_or(6 * 3600),
        on_failure: found
            .destination_config()
            .and_then(|destinations| destinations.on_failure()?.destination())
            .filter(|destination| !destination.is_empty())
            .map(str::to_owned),
    }))
}

/// Sets what happens to events that the function fails on.
///
/// # Errors
/// Lambda refuses. It checks whether the function's role may write to the queue; a role that is new is waited for.
pub(crate) async fn put_event_invoke_config(
    clients: &Clients,
    name: &str,
    settings: &EventInvokeConfig,
) -> Result<(), AwsError> {
    let on_failure = settings
        .on_failure
        .as_ref()
        .map(|arn| OnFailure::builder().destination(arn).build());
    let destinations = DestinationConfig::builder()
        .set_on_failure(on_failure)
        .build();
    retry_transient(|| async {
        let put = clients
            .lambda
            .put_function_event_invoke_config()
            .function_name(name)
            .maximum_retry_attempts(settings.retries)
            .maximum_event_age_in_seconds(settings.max_age_s)
            .destination_config(destinations.clone());
        put.send().await.or_error(
            "lambda:PutFunctionEventInvokeConfig",
            format!("writing the asynchronous invocation settings of the function {name}"),
        )
    })
    .await?;
    Ok(())
}

/// Removes the settings for failed events, so that Lambda's defaults hold again.
///
/// # Errors
/// Lambda refuses.
pub(crate) async fn remove_event_invoke_config(
    clients: &Clients,
    name: &str,
) -> Result<(), AwsError> {
    retry_transient(|| async {
        let delete = clients
            .lambda
            .delete_function_event_invoke_config()
            .function_name(name);
        delete.send().await.or_gone(
            "lambda:DeleteFunctionEventInvokeConfig",
            format!("removing the asynchronous invocation settings of the function {name}"),
        )
    })
    .await
}
