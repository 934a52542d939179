//! The failure queue: SQS, for what Lambda gave up and what SNS could not hand over.

use std::collections::HashMap;

use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use futures_util::future::try_join;

use super::response::Response;
use super::retry::retry_transient;
use super::scope::ReadScope;
use super::tags::{managed_tags, parse_json};
use super::{AwsError, Clients};
use crate::chain::state::Queue;

/// Where a queue is called, and how full it is.
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
    let get = clients.sqs.get_queue_url().queue_name(name);
    let found = get
        .send()
        .await
        .or_missing("sqs:GetQueueUrl", format!("finding the queue {name}"))?;
    Ok(found.and_then(|found| found.queue_url))
}

/// Returns the failure queue of a relay as it is, whether ddalert manages it, and how full it is.
pub(super) async fn observe(
    clients: &Clients,
    scope: &ReadScope<'_>,
) -> Result<Option<(Queue, bool, Depth)>, AwsError> {
    let name = &scope.names.queue;
    let Some(url) = url(clients, name).await? else {
        return Ok(None);
    };
    let read = try_join(attributes(clients, name, &url), tags(clients, name, &url)).await?;
    let (Some(attributes), Some(tags)) = read else {
        return Ok(None);
    };
    let (tags, is_ours) = managed_tags(&tags);
    let QueueAttributes {
        policy,
        encrypted,
        messages,
        retention_s,
        ..
    } = attributes;
    let queue = Queue {
        name: name.clone(),
        retention_s: retention_s.try_into().unwrap_or_default(),
        encrypted,
        policy,
        tags,
    };
    Ok(Some((queue, is_ours, Depth { url, messages })))
}

/// What a queue is like, whoever made it.
pub(super) struct QueueAttributes {
    /// Its resource policy.
    pub(super) policy: serde_json::Value,
    /// The KMS key it is encrypted with; `None` where SQS manages the key, or it is not encrypted.
    pub(super) key: Option<String>,
    /// Whether it is encrypted, with whichever key.
    pub(super) encrypted: bool,
    /// About how many messages it holds, in flight and delayed ones included.
    pub(super) messages: u64,
    /// How long it keeps a message, in seconds.
    pub(super) retention_s: u64,
}

/// Returns the attributes of a queue, whoever made it.
pub(super) async fn attributes_of(
    clients: &Clients,
    name: &str,
) -> Result<Option<QueueAttributes>, AwsError> {
    match url(clients, name).await? {
        Some(url) => attributes(clients, name, &url).await,
        None => Ok(None),
    }
}

async fn attributes(
    clients: &Clients,
    name: &str,
    url: &str,
) -> Result<Option<QueueAttributes>, AwsError> {
    let get = clients
        .sqs
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(Attribute::All);
    let found = get.send().await.or_missing(
        "sqs:GetQueueAttributes",
        format!("reading the attributes of the queue {name}"),
    )?;
    Ok(found.map(|found| {
        let attributes = found.attributes.unwrap_or_default();
        let text = |attribute: Attribute| {
            attributes
                .get(&attribute)
                .map(String::as_str)
                .unwrap_or_default()
        };
        let key = Some(text(Attribute::KmsMasterKeyId).to_owned()).filter(|key| !key.is_empty());
        QueueAttributes {
            policy: parse_json(text(Attribute::Policy)),
            encrypted: key.is_some() || text(Attribute::SqsManagedSseEnabled) == "true",
            key,
            messages: messages(&attributes),
            retention_s: text(Attribute::MessageRetentionPeriod)
                .parse()
                .unwrap_or_default(),
        }
    }))
}

async fn tags(
    clients: &Clients,
    name: &str,
    url: &str,
) -> Result<Option<HashMap<String, String>>, AwsError> {
    let list = clients.sqs.list_queue_tags().queue_url(url);
    let found = list.send().await.or_missing(
        "sqs:ListQueueTags",
        format!("reading the tags of the queue {name}"),
    )?;
    Ok(found.map(|found| found.tags.unwrap_or_default()))
}

/// Returns about how many messages a queue holds, in flight and delayed ones included.
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

/// Creates the queue. A name whose queue was deleted less than a minute ago is waited for.
pub(super) async fn create(clients: &Clients, queue: &Queue) -> Result<(), AwsError> {
    let name = &queue.name;
    retry_transient(|| async {
        let create = clients
            .sqs
            .create_queue()
            .queue_name(name)
            .set_attributes(Some(wanted_attributes(queue)))
            .set_tags(Some(queue.tags.clone().into_iter().collect()));
        create.send().await.or_error(
            "sqs:CreateQueue",
            format!("creating the failure queue {name}"),
        )
    })
    .await?;
    Ok(())
}

/// Updates what differs.
pub(super) async fn update(
    clients: &Clients,
    queue: &Queue,
    differs: &[&str],
) -> Result<(), AwsError> {
    let name = &queue.name;
    let Some(url) = url(clients, name).await? else {
        return Err(AwsError::refused(
            "sqs:GetQueueUrl",
            format!("updating the queue {name}"),
            "QueueDoesNotExist",
            "the queue no longer exists",
        ));
    };
    if differs.iter().any(|field| *field != "tags") {
        let set = clients
            .sqs
            .set_queue_attributes()
            .queue_url(&url)
            .set_attributes(Some(wanted_attributes(queue)));
        set.send().await.or_error(
            "sqs:SetQueueAttributes",
            format!("updating the failure queue {name}"),
        )?;
    }
    if differs.contains(&"tags") {
        let tag = clients
            .sqs
            .tag_queue()
            .queue_url(&url)
            .set_tags(Some(queue.tags.clone().into_iter().collect()));
        tag.send()
            .await
            .or_error("sqs:TagQueue", format!("tagging the queue {name}"))?;
    }
    Ok(())
}

/// Removes the queue with what it holds.
pub(super) async fn remove(clients: &Clients, queue: &Queue) -> Result<(), AwsError> {
    let name = &queue.name;
    let Some(url) = url(clients, name).await? else {
        return Ok(());
    };
    clients
        .sqs
        .delete_queue()
        .queue_url(url)
        .send()
        .await
        .or_gone(
            "sqs:DeleteQueue",
            format!("removing the failure queue {name}"),
        )
}

fn wanted_attributes(queue: &Queue) -> HashMap<Attribute, String> {
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
