//! The failure queue: SQS, for what Lambda gave up and what SNS could not hand over.

use std::collections::HashMap;

use aws_sdk_sqs::types::QueueAttributeName as Attribute;

use super::scope::{ReadScope, document, ours};
use super::{AwsError, Clients};
use crate::chain::state::Queue;

/// What is known of a queue beyond its wiring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depth {
    /// The URL that the queue's calls take.
    pub url: String,
    /// About how many messages it holds, in flight and delayed ones included.
    pub messages: u64,
}

/// Returns the URL of a queue, or `None` where there is none of that name.
///
/// # Errors
/// Any but "does not exist".
pub async fn url(clients: &Clients, name: &str) -> Result<Option<String>, AwsError> {
    match clients.sqs.get_queue_url().queue_name(name).send().await {
        Ok(answer) => Ok(answer.queue_url().map(str::to_owned)),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_queue_does_not_exist()) =>
        {
            Ok(None)
        }
        Err(error) => Err(AwsError::of(
            "sqs:GetQueueUrl",
            format!("looking for the queue {name}"),
            error,
        )),
    }
}

/// Returns the queue as it is.
pub(super) async fn observe(
    clients: &Clients,
    scope: &ReadScope<'_>,
) -> Result<Option<(Queue, bool, Depth)>, AwsError> {
    let name = &scope.names.queue;
    let doing = || format!("looking at the queue {name}");
    let Some(url) = url(clients, name).await? else {
        return Ok(None);
    };
    let attributes = clients
        .sqs
        .get_queue_attributes()
        .queue_url(&url)
        .attribute_names(Attribute::All)
        .send()
        .await;
    let attributes = match attributes {
        Ok(answer) => answer.attributes.unwrap_or_default(),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_queue_does_not_exist()) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(AwsError::of("sqs:GetQueueAttributes", doing(), error)),
    };
    let tags = match clients.sqs.list_queue_tags().queue_url(&url).send().await {
        Ok(answer) => answer.tags.unwrap_or_default(),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_queue_does_not_exist()) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(AwsError::of("sqs:ListQueueTags", doing(), error)),
    };
    let text = |attribute: Attribute| {
        attributes
            .get(&attribute)
            .map(String::as_str)
            .unwrap_or_default()
    };
    let (tags, is_ours) = ours(&tags);
    let queue = Queue {
        name: name.clone(),
        retention_s: text(Attribute::MessageRetentionPeriod)
            .parse()
            .unwrap_or_default(),
        encrypted: text(Attribute::SqsManagedSseEnabled) == "true"
            || !text(Attribute::KmsMasterKeyId).is_empty(),
        policy: document(text(Attribute::Policy)),
        tags,
    };
    let messages = messages(&attributes);
    Ok(Some((queue, is_ours, Depth { url, messages })))
}

/// A queue, whoever made it, as far as dead letters depend on it.
pub(super) struct QueueAttributes {
    /// Who may use it.
    pub(super) policy: serde_json::Value,
    /// The KMS key it is encrypted with; none where SQS keeps its own, or it is not encrypted.
    pub(super) key: Option<String>,
    /// Whether it is encrypted, with whichever key.
    pub(super) encrypted: bool,
    /// About how many messages it holds.
    pub(super) messages: u64,
    /// How long it keeps a message, in seconds.
    pub(super) retention_s: u64,
}

/// Returns a queue as far as dead letters depend on it.
pub(super) async fn attributes_of(
    clients: &Clients,
    name: &str,
) -> Result<Option<QueueAttributes>, AwsError> {
    let Some(url) = url(clients, name).await? else {
        return Ok(None);
    };
    match clients
        .sqs
        .get_queue_attributes()
        .queue_url(&url)
        .attribute_names(Attribute::All)
        .send()
        .await
    {
        Ok(answer) => {
            let attributes = answer.attributes.unwrap_or_default();
            let text = |attribute: Attribute| {
                attributes
                    .get(&attribute)
                    .map(String::as_str)
                    .unwrap_or_default()
            };
            let key =
                Some(text(Attribute::KmsMasterKeyId).to_owned()).filter(|key| !key.is_empty());
            Ok(Some(QueueAttributes {
                policy: document(text(Attribute::Policy)),
                encrypted: key.is_some() || text(Attribute::SqsManagedSseEnabled) == "true",
                key,
                messages: messages(&attributes),
                retention_s: text(Attribute::MessageRetentionPeriod)
                    .parse()
                    .unwrap_or_default(),
            }))
        }
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_queue_does_not_exist()) =>
        {
            Ok(None)
        }
        Err(error) => Err(AwsError::of(
            "sqs:GetQueueAttributes",
            format!("looking at the queue {name}"),
            error,
        )),
    }
}

/// About how many messages there are, in flight and delayed ones included.
fn messages(attributes: &HashMap<Attribute, String>) -> u64 {
    let counted = [
        Attribute::ApproximateNumberOfMessages,
        Attribute::ApproximateNumberOfMessagesNotVisible,
        Attribute::ApproximateNumberOfMessagesDelayed,
    ];
    counted
        .iter()
        .filter_map(|attribute| attributes.get(attribute)?.parse::<u64>().ok())
        .sum()
}

/// Makes the queue.
pub(super) async fn create(clients: &Clients, queue: &Queue) -> Result<(), AwsError> {
    let create = clients
        .sqs
        .create_queue()
        .queue_name(&queue.name)
        .set_attributes(Some(attributes(queue)))
        .set_tags(Some(queue.tags.clone().into_iter().collect()));
    create.send().await.map_err(|error| {
        AwsError::of(
            "sqs:CreateQueue",
            format!("creating the failure queue {}", queue.name),
            error,
        )
    })?;
    Ok(())
}

/// Brings the queue to its wanted state.
pub(super) async fn update(
    clients: &Clients,
    queue: &Queue,
    differs: &[&str],
) -> Result<(), AwsError> {
    let name = &queue.name;
    let Some(url) = url(clients, name).await? else {
        return Err(AwsError::refused(
            format!("updating the queue {name}"),
            "QueueDoesNotExist",
            "the queue is gone",
        ));
    };
    if differs.iter().any(|field| *field != "tags") {
        let set = clients
            .sqs
            .set_queue_attributes()
            .queue_url(&url)
            .set_attributes(Some(attributes(queue)));
        set.send().await.map_err(|error| {
            AwsError::of(
                "sqs:SetQueueAttributes",
                format!("updating the failure queue {name}"),
                error,
            )
        })?;
    }
    if differs.contains(&"tags") {
        let tag = clients
            .sqs
            .tag_queue()
            .queue_url(&url)
            .set_tags(Some(queue.tags.clone().into_iter().collect()));
        tag.send().await.map_err(|error| {
            AwsError::of("sqs:TagQueue", format!("tagging the queue {name}"), error)
        })?;
    }
    Ok(())
}

/// Removes the queue with what it holds.
pub(super) async fn remove(clients: &Clients, queue: &Queue) -> Result<(), AwsError> {
    let Some(url) = url(clients, &queue.name).await? else {
        return Ok(());
    };
    match clients.sqs.delete_queue().queue_url(url).send().await {
        Ok(_) => Ok(()),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_queue_does_not_exist()) =>
        {
            Ok(())
        }
        Err(error) => Err(AwsError::of(
            "sqs:DeleteQueue",
            format!("removing the failure queue {}", queue.name),
            error,
        )),
    }
}

fn attributes(queue: &Queue) -> HashMap<Attribute, String> {
    [
        (
            Attribute::MessageRetentionPeriod,
            queue.retention_s.to_string(),
        ),
        (Attribute::SqsManagedSseEnabled, queue.encrypted.to_string()),
        (Attribute::Policy, queue.policy.to_string()),
    ]
    .into()
}
