//! Publishing the test alert, and finding out what became of it at each subscriber.

use std::time::SystemTime;

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_sns::types::MessageAttributeValue;
use futures_util::future::try_join;

use super::response::Response;
use super::subscription::{Listed, describe};
use super::tags::managed_tags;
use super::{AwsError, Clients, function, log_group};
use crate::arn::{Arn, TopicArn};
use crate::chain::delivery::{DeliveryOutcome, outcome};
use crate::chain::names::function_of;
use crate::chain::spec::ASYNC_RETRIES;
use crate::chain::state::Filter;
use crate::contract::envelope::{SENDER_ATTRIBUTE, TEST_ATTRIBUTE};

/// Returns the message attributes that mark a message as a test, by name: that it is one, and who sent it, if that is known.
pub fn test_attributes(sender: Option<&str>) -> Vec<(&'static str, &str)> {
    let sender = sender.filter(|sender| !sender.is_empty());
    [(TEST_ATTRIBUTE, "true")]
        .into_iter()
        .chain(sender.map(|sender| (SENDER_ATTRIBUTE, sender)))
        .collect()
}

/// Publishes a message with these attributes of type `String`, and returns its SNS message id.
///
/// # Errors
/// SNS refuses.
pub async fn publish(
    clients: &Clients,
    topic: &TopicArn,
    message: &str,
    attributes: &[(&str, &str)],
) -> Result<String, AwsError> {
    const ACTION: &str = "sns:Publish";
    let task = format!("publishing the test alert to the topic {}", topic.name);
    let mut publish = clients
        .sns
        .publish()
        .topic_arn(topic.to_string())
        .message(message);
    for (name, value) in attributes {
        let value = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(*value)
            .build();
        publish = publish.message_attributes(
            *name,
            value.map_err(|error| AwsError::local(task.as_str(), error))?,
        );
    }
    let published = publish.send().await.or_error(ACTION, task.as_str())?;
    published
        .message_id
        .ok_or_else(|| AwsError::unexpected(ACTION, task, "the answer has no message id"))
}

/// A subscriber of the topic, with what is needed to follow a message to it.
#[derive(Clone, Debug, PartialEq)]
pub struct TracedSubscriber {
    /// The subscription.
    pub listed: Listed,
    /// Its filter policy, where it has one.
    pub filter: Option<Filter>,
    /// The function behind it, where it is a relay of ours.
    pub relay: Option<TracedRelay>,
    /// Whether the function behind it is not there.
    pub is_gone: bool,
}

/// A relay of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedRelay {
    /// The destination, as it is typed on the command line.
    pub target: String,
    /// The function's name.
    pub function: String,
    /// Where it logs.
    pub log_group: String,
    /// The region that its texts are sent from, where that is another than its own.
    pub sms_region: Option<String>,
    /// Whether it gets the message from its buffer.
    pub is_buffered: bool,
}

/// Finds out what is behind a subscription.
///
/// # Errors
/// A call that fails for another reason than "not found".
pub async fn subscriber(
    clients: &Clients,
    topic: &TopicArn,
    listed: Listed,
) -> Result<TracedSubscriber, AwsError> {
    let is_buffer = listed.protocol == "sqs";
    let name = match listed.protocol.as_str() {
        "lambda" => local_function(topic, &listed.endpoint),
        "sqs" => buffered(topic, &listed.endpoint),
        _ => None,
    };
    let name = name.as_deref();
    let described = async {
        match listed.is_confirmed() {
            true => describe(clients, &listed.arn).await,
            false => Ok(None),
        }
    };
    let function = async {
        match name {
            Some(name) => function::get(clients, name).await,
            None => Ok(None),
        }
    };
    let (described, found) = try_join(described, function).await?;
    let filter = described.and_then(|subscription| subscription.filter);
    let (relay, is_gone) = match (name, &found) {
        (Some(name), Some(found)) => (relay(name, found, is_buffer), false),
        // A queue with such a name may be anybody's.
        (name, _) => (None, name.is_some() && !is_buffer),
    };
    Ok(TracedSubscriber {
        relay,
        is_gone,
        listed,
        filter,
    })
}

/// Returns the name of a function of the topic's own account and region: a function elsewhere logs elsewhere.
pub(super) fn local_function(topic: &TopicArn, arn: &str) -> Option<String> {
    let arn: Arn = arn.parse().ok()?;
    let function = arn.resource.strip_prefix("function:")?;
    let (name, _) = function.split_once(':').unwrap_or((function, ""));
    arn.is_local_to(topic).then(|| name.to_owned())
}

/// Returns the name of the function that empties a queue, where the queue is a relay's buffer in the topic's own account and region.
pub(super) fn buffered(topic: &TopicArn, arn: &str) -> Option<String> {
    let queue: Arn = arn.parse().ok()?;
    let is_buffer = queue.is_local_to(topic) && queue.resource.ends_with("-buffer");
    function_of(arn).filter(|_| is_buffer)
}

/// Returns the relay that a function is, where it is one of ours.
fn relay(name: &str, found: &GetFunctionOutput, is_buffered: bool) -> Option<TracedRelay> {
    let configuration = found.configuration()?;
    let log_group = configuration
        .logging_config()
        .and_then(|logging| logging.log_group())
        .filter(|group| !group.is_empty());
    let variables = function::variables(configuration);
    // A relay whose environment lost its destination is still a relay: its log says why it delivered nothing.
    let (_, is_ours) = managed_tags(found.tags().into_iter().flatten());
    let target = variables
        .target
        .or_else(|| is_ours.then(|| "relay".to_owned()));
    target.map(|target| TracedRelay {
        target,
        sms_region: variables.sms_region,
        is_buffered,
        function: name.to_owned(),
        log_group: log_group.map_or_else(|| format!("/aws/lambda/{name}"), str::to_owned),
    })
}

/// Returns how often Lambda tries an invocation of the relay again that failed.
///
/// # Errors
/// The settings cannot be read.
pub async fn retries(clients: &Clients, relay: &TracedRelay) -> Result<u32, AwsError> {
    let config = function::event_invoke_config(clients, &relay.function).await?;
    let retries = config.map_or(ASYNC_RETRIES, |config| config.retries);
    Ok(u32::try_from(retries).unwrap_or_default())
}

/// Looks in a relay's log for what became of a message; `None` if it does not say yet.
///
/// # Errors
/// The log cannot be read. A log group that does not exist yet is not an error.
pub async fn find_delivery(
    clients: &Clients,
    relay: &TracedRelay,
    message_id: &str,
    published: SystemTime,
) -> Result<Option<DeliveryOutcome>, AwsError> {
    let lines = log_group::lines(clients, &relay.log_group, message_id, published).await?;
    Ok(outcome(lines.iter().map(String::as_str), message_id))
}
