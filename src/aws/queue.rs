//! The failure queue: SQS, for what Lambda gave up and what SNS could not hand over; and what can be read of any queue.

use std::collections::HashMap;

use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use futures_util::future::try_join;

use super::response::{Response, created};
use super::retry::retry_transient;
use super::scope::ReadScope;
use super::tags::{managed_tags, parse_json};
use super::{AwsError, Clients};
use crate::chain::state::{Queue, Redrive, Tags, holds_all};

/// Where a queue is called, and how full it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depth {
    /// The URL that the queue's calls take.
    pub url: String,
    /// About how many messages it holds, in flight and delayed ones included.
    pub messages: u64,
}

/// Returns the URL of a queue, or `None` if the queue does not exist.
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
    read(clients, &scope.names.queue).await
}

async fn read(clients: &Clients, name: &str) -> Result<Option<(Queue, bool, Depth)>, AwsError> {
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
        name: name.to_owned(),
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
    /// The KMS key it is encrypted with; `None` if SQS manages the key, or it is not encrypted.
    pub(super) key: Option<String>,
    /// Whether it is encrypted, with whichever key.
    pub(super) encrypted: bool,
    /// The size of the largest message that it takes, in bytes; 0 if SQS does not say.
    pub(super) max_message_bytes: u64,
    /// About how many messages it holds, in flight and delayed ones included.
    pub(super) messages: u64,
    /// How long it keeps a message, in seconds.
    pub(super) retention_s: u64,
    /// How long a message that was taken stays hidden, in seconds.
    pub(super) visibility_s: u32,
    /// Where it gives up messages to.
    pub(super) redrive: Option<Redrive>,
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

pub(super) async fn attributes(
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
            max_message_bytes: text(Attribute::MaximumMessageSize)
                .parse()
                .unwrap_or_default(),
            retention_s: text(Attribute::MessageRetentionPeriod)
                .parse()
                .unwrap_or_default(),
            visibility_s: text(Attribute::VisibilityTimeout)
                .parse()
                .unwrap_or_default(),
            redrive: redrive(&parse_json(text(Attribute::RedrivePolicy))),
        }
    }))
}

/// Reads a redrive policy, whose count SQS gives as a number or as text.
fn redrive(policy: &serde_json::Value) -> Option<Redrive> {
    let count = &policy["maxReceiveCount"];
    let count = count.as_u64().or_else(|| count.as_str()?.parse().ok());
    Some(Redrive {
        to: policy["deadLetterTargetArn"].as_str()?.to_owned(),
        max_receives: count
            .and_then(|count| count.try_into().ok())
            .unwrap_or_default(),
    })
}

/// Returns ddalert's tags of a queue, and whether ddalert manages it.
pub(super) async fn managed_tags_of(
    clients: &Clients,
    name: &str,
    url: &str,
) -> Result<Option<(Tags, bool)>, AwsError> {
    Ok(tags(clients, name, url)
        .await?
        .map(|tags| managed_tags(&tags)))
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
    let outcome = retry_transient(|| async {
        let create = clients
            .sqs
            .create_queue()
            .queue_name(name)
            .set_attributes(Some(wanted_attributes(queue, ALL_ATTRIBUTES)))
            .set_tags(Some(queue.tags.clone().into_iter().collect()));
        create.send().await.or_error(
            "sqs:CreateQueue",
            format!("creating the failure queue {name}"),
        )
    })
    .await;
    created(outcome, async || {
        let there = read(clients, name).await?;
        Ok(there.is_some_and(|(there, is_ours, _)| {
            is_ours
                && there.policy == queue.policy
                && there.retention_s == queue.retention_s
                && holds_all(&there.tags, &queue.tags)
        }))
    })
    .await
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
    let attributes = wanted_attributes(queue, differs);
    if !attributes.is_empty() {
        retry_transient(|| async {
            let set = clients
                .sqs
                .set_queue_attributes()
                .queue_url(&url)
                .set_attributes(Some(attributes.clone()));
            set.send().await.or_error(
                "sqs:SetQueueAttributes",
                format!("updating the failure queue {name}"),
            )
        })
        .await?;
    }
    if differs.contains(&"tags") {
        retry_transient(|| async {
            let tag = clients
                .sqs
                .tag_queue()
                .queue_url(&url)
                .set_tags(Some(queue.tags.clone().into_iter().collect()));
            tag.send()
                .await
                .or_error("sqs:TagQueue", format!("tagging the queue {name}"))
        })
        .await?;
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

/// What a plan calls the attributes of a queue.
const ALL_ATTRIBUTES: &[&str] = &["retention", "encryption", "policy"];

/// Returns the attributes that are to be written: those that differ, and no other. With `SqsManagedSseEnabled`, SQS takes the
/// customer's own key away from a queue that has one (SQS API reference, `SetQueueAttributes`).
fn wanted_attributes(queue: &Queue, differs: &[&str]) -> HashMap<Attribute, String> {
    let all = [
        (
            "retention",
            Attribute::MessageRetentionPeriod,
            queue.retention_s.to_string(),
        ),
        (
            "encryption",
            Attribute::SqsManagedSseEnabled,
            queue.encrypted.to_string(),
        ),
        ("policy", Attribute::Policy, queue.policy.to_string()),
    ];
    all.into_iter()
        .filter(|(name, _, _)| differs.contains(name))
        .map(|(_, attribute, value)| (attribute, value))
        .collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::Client;
    use aws_sdk_sqs::operation::create_queue::CreateQueueOutput;
    use aws_sdk_sqs::operation::get_queue_attributes::GetQueueAttributesOutput;
    use aws_sdk_sqs::operation::get_queue_url::GetQueueUrlOutput;
    use aws_sdk_sqs::operation::set_queue_attributes::SetQueueAttributesOutput;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::aws::mocks::{clients, json_error};

    const URL: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/q";

    fn queue() -> Queue {
        Queue {
            name: "q".to_owned(),
            retention_s: 1_209_600,
            encrypted: true,
            policy: serde_json::json!({ "Statement": [] }),
            tags: [("managed-by".to_owned(), "ddalert".to_owned())].into(),
        }
    }

    fn found() -> Rule {
        mock!(Client::get_queue_url)
            .match_requests(|input| input.queue_name() == Some("q"))
            .then_output(|| GetQueueUrlOutput::builder().queue_url(URL).build())
    }

    #[tokio::test]
    async fn attributes_are_read_with_the_number_of_all_messages() {
        let attributes = mock!(Client::get_queue_attributes)
            .match_requests(|input| input.queue_url() == Some(URL))
            .then_output(|| {
                GetQueueAttributesOutput::builder()
                    .attributes(Attribute::ApproximateNumberOfMessages, "2")
                    .attributes(Attribute::ApproximateNumberOfMessagesNotVisible, "3")
                    .attributes(Attribute::ApproximateNumberOfMessagesDelayed, "4")
                    .attributes(Attribute::KmsMasterKeyId, "key")
                    .attributes(Attribute::MessageRetentionPeriod, "1209600")
                    .build()
            });
        let read = attributes_of(&clients([&found(), &attributes]), "q").await;
        let read = read.expect("no error").expect("a queue");
        assert_eq!((read.messages, read.retention_s), (9, 1_209_600));
        assert_eq!((read.key.as_deref(), read.encrypted), (Some("key"), true));
    }

    #[tokio::test]
    async fn a_queue_deleted_while_it_is_read_is_not_there() {
        let gone = mock!(Client::get_queue_attributes)
            .then_http_response(|| json_error(400, "QueueDoesNotExist", "gone"));
        let read = attributes_of(&clients([&found(), &gone]), "q").await;
        assert!(read.expect("no error").is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_that_was_deleted_recently_is_waited_for() {
        let recently = || json_error(400, "QueueDeletedRecently", "You must wait 60 seconds.");
        let create = mock!(Client::create_queue)
            .match_requests(|input| {
                let attributes = input.attributes().expect("attributes");
                attributes[&Attribute::MessageRetentionPeriod] == "1209600"
                    && attributes[&Attribute::SqsManagedSseEnabled] == "true"
                    && input.tags().expect("tags")["managed-by"] == "ddalert"
            })
            .sequence()
            .http_response(recently)
            .times(13)
            .output(|| CreateQueueOutput::builder().queue_url(URL).build())
            .build();
        let start = tokio::time::Instant::now();
        let created = super::create(&clients([&create]), &queue()).await;
        created.expect("it passes");
        assert!(start.elapsed().as_secs() >= 50, "{:?}", start.elapsed());
    }

    #[tokio::test]
    async fn attributes_are_set_without_tags_where_only_they_differ() {
        let set = mock!(Client::set_queue_attributes)
            .match_requests(|input| {
                // A customer's own key stays: SQS would take it away for its own.
                let attributes = input.attributes().expect("attributes");
                input.queue_url() == Some(URL)
                    && attributes.keys().eq([&Attribute::MessageRetentionPeriod])
            })
            .then_output(|| SetQueueAttributesOutput::builder().build());
        // Tagging fits no rule and would panic.
        let updated = update(&clients([&found(), &set]), &queue(), &["retention"]).await;
        updated.expect("no error");
        assert_eq!(set.num_calls(), 1);
    }
}
