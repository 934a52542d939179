//! The buffer: SQS, between the topic and the function.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use futures_util::future::try_join;
use serde_json::json;
use tokio::time::Instant;

use super::queue::{self, Depth, QueueAttributes};
use super::response::{Response, created};
use super::retry::{poll_until, retry_transient};
use super::{AwsError, Clients, mapping};
use crate::chain::names::ResourceNames;
use crate::chain::state::{Buffer, holds_all};

/// How long a buffer may take to become empty: longer than a message that was not delivered stays hidden.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(300);
const DRAIN_INTERVAL: Duration = Duration::from_secs(1);
/// How many times in a row a buffer must be found empty: SQS counts with a delay (SQS developer guide, "Resources required to process
/// messages").
const EMPTY_READS: u32 = 5;
/// How long a last look waits for a message. Waiting at all is what makes SQS ask every server, not a sample of them.
const LOOK_S: i32 = 2;

/// Returns the buffer of a relay as it is, whether ddalert manages it, and how full it is.
pub(super) async fn observe(
    clients: &Clients,
    names: &ResourceNames,
) -> Result<Option<(Buffer, bool, Depth)>, AwsError> {
    let name = &names.buffer;
    let Some(url) = queue::url(clients, name).await? else {
        return Ok(None);
    };
    let read = try_join(
        queue::attributes(clients, name, &url),
        queue::managed_tags_of(clients, name, &url),
    );
    let (Some(attributes), Some((tags, is_ours))) = read.await? else {
        return Ok(None);
    };
    let QueueAttributes {
        policy,
        encrypted,
        messages,
        retention_s,
        visibility_s,
        redrive,
        ..
    } = attributes;
    let buffer = Buffer {
        name: name.clone(),
        retention_s: retention_s.try_into().unwrap_or_default(),
        visibility_s,
        redrive,
        encrypted,
        policy,
        tags,
    };
    Ok(Some((buffer, is_ours, Depth { url, messages })))
}

/// Creates the buffer. A name whose queue was deleted less than a minute ago is waited for; a queue that is there already, because
/// the answer to its creation was lost, is accepted if it is as wanted.
pub(super) async fn create(
    clients: &Clients,
    names: &ResourceNames,
    buffer: &Buffer,
) -> Result<(), AwsError> {
    let name = &buffer.name;
    let outcome = retry_transient(|| async {
        let create = clients
            .sqs
            .create_queue()
            .queue_name(name)
            .set_attributes(Some(attributes(buffer, None)))
            .set_tags(Some(buffer.tags.clone().into_iter().collect()));
        create
            .send()
            .await
            .or_error("sqs:CreateQueue", format!("creating the buffer {name}"))
    })
    .await;
    created(outcome, async || {
        let there = observe(clients, names).await?;
        Ok(there.is_some_and(|(there, is_ours, _)| {
            let tags_held = holds_all(&there.tags, &buffer.tags);
            let wanted = Buffer {
                tags: there.tags.clone(),
                ..buffer.clone()
            };
            is_ours && tags_held && there == wanted
        }))
    })
    .await
}

/// Updates what differs.
pub(super) async fn update(
    clients: &Clients,
    names: &ResourceNames,
    buffer: &Buffer,
    differs: &[&str],
) -> Result<(), AwsError> {
    let name = &buffer.name;
    let Some(url) = queue::url(clients, name).await? else {
        return create(clients, names, buffer).await;
    };
    let attributes = attributes(buffer, Some(differs));
    if !attributes.is_empty() {
        let set = clients
            .sqs
            .set_queue_attributes()
            .queue_url(&url)
            .set_attributes(Some(attributes));
        set.send().await.or_error(
            "sqs:SetQueueAttributes",
            format!("updating the buffer {name}"),
        )?;
    }
    if differs.contains(&"tags") {
        let tag = clients
            .sqs
            .tag_queue()
            .queue_url(&url)
            .set_tags(Some(buffer.tags.clone().into_iter().collect()));
        tag.send()
            .await
            .or_error("sqs:TagQueue", format!("tagging the buffer {name}"))?;
    }
    Ok(())
}

/// Returns the attributes, all of them or those that differ: one that encrypts with a key of somebody's would lose it.
fn attributes(buffer: &Buffer, differs: Option<&[&str]>) -> HashMap<Attribute, String> {
    let redrive = buffer.redrive.as_ref().map(|redrive| {
        json!({ "deadLetterTargetArn": redrive.to, "maxReceiveCount": redrive.max_receives })
            .to_string()
    });
    let all = [
        (
            "retention",
            Attribute::MessageRetentionPeriod,
            buffer.retention_s.to_string(),
        ),
        (
            "visibility timeout",
            Attribute::VisibilityTimeout,
            buffer.visibility_s.to_string(),
        ),
        (
            "redrive policy",
            Attribute::RedrivePolicy,
            redrive.unwrap_or_default(),
        ),
        (
            "encryption",
            Attribute::SqsManagedSseEnabled,
            buffer.encrypted.to_string(),
        ),
        ("policy", Attribute::Policy, buffer.policy.to_string()),
    ];
    all.into_iter()
        .filter(|(field, ..)| differs.is_none_or(|differs| differs.contains(field)))
        .map(|(_, attribute, value)| (attribute, value))
        .collect()
}

/// Waits until the relay has delivered what the buffer holds. Without a mapping nobody takes anything from it: then [`remove`] keeps
/// what is left.
///
/// # Errors
/// It is not empty after five minutes: the room does not take the alerts. They stay where they are.
pub(super) async fn drain(clients: &Clients, names: &ResourceNames) -> Result<(), AwsError> {
    const ACTION: &str = "sqs:GetQueueAttributes";
    let name = &names.buffer;
    if mapping::observe(clients, names).await?.is_none() {
        return Ok(());
    }
    let seen = std::sync::Mutex::new((0_u64, 0_u32));
    let drained = poll_until(Instant::now() + DRAIN_TIMEOUT, DRAIN_INTERVAL, || async {
        let Some(found) = queue::attributes_of(clients, name).await? else {
            return Ok(Some(()));
        };
        let mut seen = crate::sync::lock(&seen);
        let empty = if found.messages == 0 { seen.1 + 1 } else { 0 };
        *seen = (found.messages, empty);
        Ok((empty >= EMPTY_READS).then_some(()))
    });
    drained.await?.ok_or_else(|| {
        let (messages, minutes) = (crate::sync::lock(&seen).0, DRAIN_TIMEOUT.as_secs() / 60);
        AwsError::refused(
            ACTION,
            format!("waiting until the buffer {name} is empty"),
            "NotEmpty",
            format!(
                "about {messages} alerts are still in it after {minutes} minutes, because the room does not take them; they stay there \
                 and are tried again every few minutes, and new alerts already go to {} directly",
                names.function
            ),
        )
    })
}

/// Removes the buffer. What came late into the buffer of a relay that stays is moved to its failure queue first.
///
/// # Errors
/// A message cannot be moved, or the queue cannot be deleted.
pub(super) async fn remove(
    clients: &Clients,
    names: &ResourceNames,
    relay_stays: bool,
) -> Result<(), AwsError> {
    let name = &names.buffer;
    let Some(url) = queue::url(clients, name).await? else {
        return Ok(());
    };
    if relay_stays && let Some(failures) = queue::url(clients, &names.queue).await? {
        keep(clients, names, &url, &failures).await?;
    }
    clients
        .sqs
        .delete_queue()
        .queue_url(url)
        .send()
        .await
        .or_gone("sqs:DeleteQueue", format!("removing the buffer {name}"))
}

/// Moves every message from the buffer to the failure queue, as it is.
async fn keep(
    clients: &Clients,
    names: &ResourceNames,
    buffer: &str,
    failures: &str,
) -> Result<(), AwsError> {
    loop {
        let receive = clients
            .sqs
            .receive_message()
            .queue_url(buffer)
            .max_number_of_messages(10)
            .wait_time_seconds(LOOK_S);
        let taken = receive.send().await.or_error(
            "sqs:ReceiveMessage",
            format!("looking for late alerts in the buffer {}", names.buffer),
        )?;
        let messages = taken.messages.unwrap_or_default();
        if messages.is_empty() {
            return Ok(());
        }
        for message in messages {
            let send = clients
                .sqs
                .send_message()
                .queue_url(failures)
                .message_body(message.body.unwrap_or_default());
            send.send().await.or_error(
                "sqs:SendMessage",
                format!("keeping a late alert in the failure queue {}", names.queue),
            )?;
            let delete = clients
                .sqs
                .delete_message()
                .queue_url(buffer)
                .set_receipt_handle(message.receipt_handle);
            delete.send().await.or_gone(
                "sqs:DeleteMessage",
                format!("removing a late alert from the buffer {}", names.buffer),
            )?;
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::operation::list_event_source_mappings::ListEventSourceMappingsOutput;
    use aws_sdk_lambda::operation::list_tags::ListTagsOutput;
    use aws_sdk_lambda::types::EventSourceMappingConfiguration;
    use aws_sdk_sqs::Client;
    use aws_sdk_sqs::operation::delete_message::DeleteMessageOutput;
    use aws_sdk_sqs::operation::delete_queue::DeleteQueueOutput;
    use aws_sdk_sqs::operation::get_queue_attributes::GetQueueAttributesOutput;
    use aws_sdk_sqs::operation::get_queue_url::GetQueueUrlOutput;
    use aws_sdk_sqs::operation::receive_message::ReceiveMessageOutput;
    use aws_sdk_sqs::operation::send_message::SendMessageOutput;
    use aws_sdk_sqs::operation::set_queue_attributes::SetQueueAttributesOutput;
    use aws_sdk_sqs::types::Message;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::arn::TopicArn;
    use crate::aws::mocks::clients;
    use crate::chain::names::AccountRegion;
    use crate::chain::state::Redrive;

    fn names() -> ResourceNames {
        let topic: TopicArn = "arn:aws:sns:eu-west-1:123456789012:t"
            .parse()
            .expect("an ARN");
        let place = AccountRegion {
            partition: "aws".into(),
            region: "eu-west-1".into(),
            account: "123456789012".into(),
        };
        ResourceNames::new("slack", &topic, place, None)
    }

    fn url() -> Rule {
        mock!(Client::get_queue_url).then_compute_output(|input| {
            let name = input.queue_name().unwrap_or_default();
            GetQueueUrlOutput::builder()
                .queue_url(format!("https://sqs/{name}"))
                .build()
        })
    }

    fn mapped(is_mapped: bool) -> [Rule; 2] {
        let list =
            mock!(aws_sdk_lambda::Client::list_event_source_mappings).then_output(move || {
                let found = EventSourceMappingConfiguration::builder()
                    .uuid("u-1")
                    .event_source_mapping_arn("arn:m")
                    .function_arn(names().function_arn())
                    .state("Enabled")
                    .build();
                ListEventSourceMappingsOutput::builder()
                    .set_event_source_mappings(is_mapped.then(|| vec![found]))
                    .build()
            });
        let tags = mock!(aws_sdk_lambda::Client::list_tags)
            .then_output(|| ListTagsOutput::builder().build());
        [list, tags]
    }

    /// How many messages SQS says that the buffer holds, a read after the other; the last one stays.
    fn counts(counts: &'static [u32]) -> Rule {
        let at = std::sync::atomic::AtomicUsize::new(0);
        mock!(Client::get_queue_attributes).then_compute_output(move |_| {
            let turn = at.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let count = counts[turn.min(counts.len() - 1)];
            GetQueueAttributesOutput::builder()
                .attributes(
                    Attribute::ApproximateNumberOfMessagesNotVisible,
                    count.to_string(),
                )
                .build()
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_buffer_is_empty_when_it_stays_so() {
        let ([list, tags], counts) = (mapped(true), counts(&[3, 0, 0, 1, 0]));
        drain(&clients([&url(), &list, &tags, &counts]), &names())
            .await
            .expect("it empties");
        assert_eq!(counts.num_calls(), 4 + EMPTY_READS as usize);
    }

    #[tokio::test(start_paused = true)]
    async fn a_buffer_that_does_not_empty_is_an_error_that_says_how_many_alerts_wait() {
        let ([list, tags], counts) = (mapped(true), counts(&[214]));
        let start = Instant::now();
        let error = drain(&clients([&url(), &list, &tags, &counts]), &names()).await;
        let error = error.expect_err("an error");
        assert!(
            error.cause().contains("about 214 alerts"),
            "{}",
            error.cause()
        );
        assert!(start.elapsed() <= DRAIN_TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_buffer_that_nobody_empties_is_not_waited_for() {
        let [list, tags] = mapped(false);
        drain(&clients([&url(), &list, &tags]), &names())
            .await
            .expect("no error");
    }

    #[tokio::test]
    async fn a_late_alert_is_kept_before_the_buffer_goes() {
        let receive = mock!(Client::receive_message)
            .sequence()
            .output(|| {
                let late = Message::builder()
                    .body("late")
                    .receipt_handle("r-1")
                    .build();
                ReceiveMessageOutput::builder().messages(late).build()
            })
            .output(|| ReceiveMessageOutput::builder().build())
            .build();
        let send = mock!(Client::send_message)
            .match_requests(|input| {
                input.message_body() == Some("late")
                    && input
                        .queue_url()
                        .is_some_and(|url| url.ends_with("-failed"))
            })
            .then_output(|| SendMessageOutput::builder().build());
        let delete = mock!(Client::delete_message)
            .match_requests(|input| input.receipt_handle() == Some("r-1"))
            .then_output(|| DeleteMessageOutput::builder().build());
        let removed = mock!(Client::delete_queue)
            .match_requests(|input| {
                input
                    .queue_url()
                    .is_some_and(|url| url.ends_with("-buffer"))
            })
            .then_output(|| DeleteQueueOutput::builder().build());
        let clients = clients([&url(), &receive, &send, &delete, &removed]);
        remove(&clients, &names(), true).await.expect("no error");
        assert_eq!(
            (send.num_calls(), delete.num_calls(), removed.num_calls()),
            (1, 1, 1)
        );
        // Of a relay that goes as well, the alerts were given up by whoever removes it.
        remove(&clients, &names(), false).await.expect("no error");
        assert_eq!((receive.num_calls(), removed.num_calls()), (2, 2));
    }

    #[tokio::test]
    async fn only_what_differs_is_set() {
        let set = mock!(Client::set_queue_attributes)
            .match_requests(|input| {
                let attributes = input.attributes().expect("attributes");
                attributes.len() == 1
                    && attributes[&Attribute::RedrivePolicy]
                        == r#"{"deadLetterTargetArn":"arn:q","maxReceiveCount":468}"#
            })
            .then_output(|| SetQueueAttributesOutput::builder().build());
        let buffer = Buffer {
            name: names().buffer,
            retention_s: 1,
            visibility_s: 2,
            redrive: Some(Redrive {
                to: "arn:q".into(),
                max_receives: 468,
            }),
            encrypted: true,
            policy: json!({}),
            tags: [].into(),
        };
        let clients = clients([&url(), &set]);
        let updated = update(&clients, &names(), &buffer, &["redrive policy"]).await;
        updated.expect("no error");
        assert_eq!(set.num_calls(), 1);
    }
}
