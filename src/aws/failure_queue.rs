//! The messages of a failure queue, hidden from other readers while they are replayed, and the relay that is invoked with them.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry as VisibilityEntry,
    DeleteMessageBatchRequestEntry as DeleteEntry, MessageSystemAttributeName as Attribute,
    QueueAttributeName,
};
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::response::Response;
use super::retry::retry_until;
use super::scope::ReadScope;
use super::transport::invoke_timeouts;
use super::{AwsError, AwsErrorKind, Clients, queue};
use crate::chain::names::{TOPIC_TAG, topic_tag};
use crate::contract::failure_record::reason;
use crate::contract::relay_answer;
use crate::sync::lock;

/// How long a message stays hidden from others after it was last taken or held on to: what it takes to come back after this
/// program was killed.
const LEASE: Duration = Duration::from_secs(30);
/// How often the lease is renewed: two renewals may be lost before it ends.
const RENEW: Duration = Duration::from_secs(10);
/// How long a relay that Lambda throttles is tried again.
const THROTTLING_TIMEOUT: Duration = Duration::from_secs(60);
/// The most that one call of SQS takes or gives (SQS API reference).
const BATCH: usize = 10;
/// How long a receive waits for a message. Waiting at all is what makes SQS ask every server, not a sample of them.
const POLL_S: i32 = 1;
/// How many receives must come back empty before the queue counts as read.
const EMPTY_POLLS: u32 = 2;

/// A message as the queue holds it.
#[derive(Clone, Debug)]
pub struct QueuedMessage {
    /// SQS's id.
    pub id: String,
    /// The body.
    pub body: String,
    /// The message attributes that are text.
    pub attributes: BTreeMap<String, String>,
    /// When the queue got it.
    pub sent: Timestamp,
}

/// What was read of a queue.
#[derive(Clone, Debug, Default)]
pub struct QueueReading {
    /// The messages, each once, in no order.
    pub messages: Vec<QueuedMessage>,
    /// About how many more the queue holds: beyond the limit, or in the hands of somebody else.
    pub unread: u64,
}

/// A failure queue whose messages are taken and held.
#[derive(Debug)]
pub struct FailureQueue<'a> {
    clients: &'a Clients,
    name: &'a str,
    url: String,
    /// The receipts of what is held, by message id.
    held: Mutex<BTreeMap<String, String>>,
}

/// Whose a failure queue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Ours, and made for the topic of the scope.
    Topic,
    /// Ours, and made for another topic.
    OtherTopic,
    /// Somebody else's.
    Other,
}

/// Returns the failure queue of the scope with its owner, or `None` if the queue does not exist.
///
/// # Errors
/// Any but "does not exist".
pub async fn failure_queue<'a>(
    clients: &'a Clients,
    scope: &ReadScope<'a>,
) -> Result<Option<(FailureQueue<'a>, Owner)>, AwsError> {
    let found = queue::observe(clients, scope).await?;
    Ok(found.map(|(queue, is_ours, depth)| {
        let owner = match queue.tags.get(TOPIC_TAG) {
            _ if !is_ours => Owner::Other,
            Some(topic) if *topic != topic_tag(scope.topic) => Owner::OtherTopic,
            _ => Owner::Topic,
        };
        (
            FailureQueue {
                clients,
                name: &scope.names.queue,
                url: depth.url,
                held: Mutex::default(),
            },
            owner,
        )
    }))
}

impl FailureQueue<'_> {
    /// Takes up to `limit` messages. What somebody else holds (a run that was killed, say) is waited for as long as its lease
    /// can last.
    ///
    /// # Errors
    /// The queue cannot be read; what was taken until then is still held.
    pub async fn read(&self, limit: usize) -> Result<QueueReading, AwsError> {
        let end = Instant::now() + LEASE + RENEW;
        let mut messages: BTreeMap<String, QueuedMessage> = BTreeMap::new();
        let mut empty = 0;
        loop {
            while empty < EMPTY_POLLS && messages.len() < limit {
                let before = messages.len();
                let taken = self.receive((limit - before).min(BATCH)).await?;
                empty = if taken.is_empty() { empty + 1 } else { 0 };
                messages.extend(
                    taken
                        .into_iter()
                        .map(|message| (message.id.clone(), message)),
                );
            }
            let (visible, hidden) = self.depth().await?;
            let elsewhere = hidden.saturating_sub(messages.len() as u64);
            if messages.len() >= limit || visible + elsewhere == 0 || Instant::now() >= end {
                return Ok(QueueReading {
                    messages: messages.into_values().collect(),
                    unread: visible + elsewhere,
                });
            }
            empty = 0;
        }
    }

    /// Holds on to everything that was taken, until it is dropped. A renewal that fails is tried again at the next turn: what
    /// becomes visible meanwhile is still in the queue, and its receipt still deletes it.
    pub async fn hold(&self) -> Infallible {
        loop {
            sleep(RENEW).await;
            let _ = self.hide_for(LEASE).await;
        }
    }

    /// Deletes messages, so that they are not received again.
    ///
    /// # Errors
    /// One of them could not be deleted.
    pub async fn delete(&self, ids: &[String]) -> Result<(), AwsError> {
        const ACTION: &str = "sqs:DeleteMessage";
        let task = format!(
            "deleting delivered messages from the failure queue {}",
            self.name
        );
        let receipts: Vec<(String, String)> = ids
            .iter()
            .filter_map(|id| Some((id.clone(), self.held().get(id)?.clone())))
            .collect();
        for batch in receipts.chunks(BATCH) {
            let mut call = self.clients.sqs.delete_message_batch().queue_url(&self.url);
            for (index, (_, receipt)) in batch.iter().enumerate() {
                let entry = DeleteEntry::builder()
                    .id(index.to_string())
                    .receipt_handle(receipt)
                    .build();
                call = call.entries(entry.map_err(|error| AwsError::local(task.as_str(), error))?);
            }
            let answer = call.send().await.or_error(ACTION, task.as_str())?;
            if let Some(failed) = answer.failed().first() {
                return Err(AwsError::refused(
                    ACTION,
                    task,
                    failed.code(),
                    failed.message().unwrap_or("SQS gives no reason"),
                ));
            }
            for (id, _) in batch {
                self.held().remove(id);
            }
        }
        Ok(())
    }

    /// Lets everything go that is still held, for others to see at once.
    ///
    /// # Errors
    /// SQS does not take it: then it is visible again when its lease ends.
    pub async fn release(&self) -> Result<(), AwsError> {
        self.hide_for(Duration::ZERO).await?;
        self.held().clear();
        Ok(())
    }

    async fn receive(&self, most: usize) -> Result<Vec<QueuedMessage>, AwsError> {
        let receive = self
            .clients
            .sqs
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(most as i32)
            .wait_time_seconds(POLL_S)
            .visibility_timeout(LEASE.as_secs() as i32)
            .message_system_attribute_names(Attribute::SentTimestamp)
            .message_attribute_names("All");
        let answer = receive.send().await.or_error(
            "sqs:ReceiveMessage",
            format!("reading the failure queue {}", self.name),
        )?;
        let messages = answer
            .messages
            .unwrap_or_default()
            .into_iter()
            .filter_map(|message| {
                let (id, receipt) = (message.message_id?, message.receipt_handle?);
                let sent = message
                    .attributes
                    .as_ref()
                    .and_then(|all| all.get(&Attribute::SentTimestamp)?.parse().ok());
                let texts = message.message_attributes.unwrap_or_default().into_iter();
                self.held().insert(id.clone(), receipt);
                Some(QueuedMessage {
                    id,
                    body: message.body.unwrap_or_default(),
                    attributes: texts
                        .filter_map(|(name, value)| Some((name, value.string_value?)))
                        .collect(),
                    sent: sent
                        .and_then(|ms| Timestamp::from_millisecond(ms).ok())
                        .unwrap_or_default(),
                })
            });
        Ok(messages.collect())
    }

    /// Returns about how many messages can be seen, and how many are hidden.
    async fn depth(&self) -> Result<(u64, u64), AwsError> {
        let (visible, hidden) = (
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        );
        let get = self.clients.sqs.get_queue_attributes().queue_url(&self.url);
        let get = get
            .attribute_names(visible.clone())
            .attribute_names(hidden.clone());
        let answer = get.send().await.or_error(
            "sqs:GetQueueAttributes",
            format!("reading the attributes of the failure queue {}", self.name),
        )?;
        let attributes = answer.attributes.unwrap_or_default();
        let count = |name| {
            attributes
                .get(&name)
                .and_then(|text| text.parse().ok())
                .unwrap_or_default()
        };
        Ok((count(visible), count(hidden)))
    }

    async fn hide_for(&self, time: Duration) -> Result<(), AwsError> {
        let task = format!(
            "hiding the messages of the failure queue {} from other readers",
            self.name
        );
        let receipts: Vec<String> = self.held().values().cloned().collect();
        for batch in receipts.chunks(BATCH) {
            let mut call = self
                .clients
                .sqs
                .change_message_visibility_batch()
                .queue_url(&self.url);
            for (index, receipt) in batch.iter().enumerate() {
                let entry = VisibilityEntry::builder()
                    .id(index.to_string())
                    .receipt_handle(receipt);
                let entry = entry.visibility_timeout(time.as_secs() as i32).build();
                call = call.entries(entry.map_err(|error| AwsError::local(task.as_str(), error))?);
            }
            // One message whose receipt has expired is not a reason to fail: the others stay hidden.
            call.send()
                .await
                .or_error("sqs:ChangeMessageVisibility", task.as_str())?;
        }
        Ok(())
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        lock(&self.held)
    }
}

/// Invokes a relay with an event and waits for the outcome; the inner error is the reason that the relay gives for failing.
///
/// The call is repeated only where Lambda certainly did not run the function: a second run would be a second message in the room.
///
/// # Errors
/// The outcome is not known.
pub async fn invoke(
    clients: &Clients,
    function: &str,
    event: &Value,
) -> Result<Result<(), String>, AwsError> {
    let once = || {
        aws_sdk_lambda::config::Config::builder()
            .retry_config(RetryConfig::disabled())
            .timeout_config(invoke_timeouts())
    };
    let throttled = |failure: &AwsError| match failure.kind {
        AwsErrorKind::Throttled => THROTTLING_TIMEOUT,
        _ => Duration::ZERO,
    };
    let answer = retry_until(throttled, || async {
        let invoke = clients
            .lambda
            .invoke()
            .function_name(function)
            .payload(Blob::new(event.to_string()));
        let sent = invoke.customize().config_override(once()).send().await;
        sent.or_error(
            "lambda:InvokeFunction",
            format!("invoking the function {function}"),
        )
    })
    .await?;
    let payload = answer.payload().map(AsRef::as_ref).unwrap_or_default();
    let value = serde_json::from_slice::<Value>(payload);
    if answer.function_error().is_some() {
        return Ok(Err(reason(&value.unwrap_or_default())));
    }
    match value {
        Ok(value) => Ok(relay_answer::outcome(&value)),
        // A proxy between this program and Lambda can answer 200 with a page of its own.
        Err(_) => Err(AwsError::refused(
            "lambda:InvokeFunction",
            format!("invoking the function {function}"),
            "NotTheRelay",
            "the answer is not that of the relay, so it is not known whether the alert was delivered; a proxy may have answered",
        )),
    }
}
