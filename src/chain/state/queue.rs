//! The queues of a relay: the failure queue, and the buffer with what takes alerts from it.

use serde::Serialize;
use serde_json::Value;

use super::tags::Tags;

/// The failure queue.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// How long it keeps a message, in seconds.
    pub retention_s: u32,
    /// Whether it is encrypted at rest, with SQS's own key or another.
    pub encrypted: bool,
    /// Who may use it.
    pub policy: Value,
    /// Our tags.
    pub tags: Tags,
}

/// The buffer: a queue between the topic and the function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Buffer {
    /// Its name.
    pub name: String,
    /// How long it keeps a message, in seconds.
    pub retention_s: u32,
    /// How long a message that was taken stays hidden, in seconds: what was not delivered is tried again after it.
    pub visibility_s: u32,
    /// Where a message goes that was taken too often.
    pub redrive: Option<Redrive>,
    /// Whether it is encrypted at rest, with SQS's own key or another.
    pub encrypted: bool,
    /// Who may use it.
    pub policy: Value,
    /// Our tags.
    pub tags: Tags,
}

/// When a queue gives up a message, and where the message goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Redrive {
    /// The ARN of the queue that it goes to.
    pub to: String,
    /// How often a message can be taken before, 1–1000.
    pub max_receives: u32,
}

/// The event source mapping by which Lambda takes batches of alerts from the buffer to the function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventSourceMapping {
    /// The ARN of the buffer.
    pub source: String,
    /// The most messages of a batch.
    pub batch_size: i32,
    /// How long Lambda gathers a batch, in seconds.
    pub window_s: i32,
    /// The most batches at a time; `None` has no limit of its own.
    pub max_concurrency: Option<i32>,
    /// Whether it reads in the relay's answer which messages were not delivered. Without this, it deletes the whole batch.
    pub reports_failures: bool,
    /// Whether it takes messages, or is about to.
    pub enabled: bool,
    /// Whether it takes only some messages and deletes the others: it must not.
    pub filtered: bool,
    /// Our tags.
    pub tags: Tags,
}
