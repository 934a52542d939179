//! The queues of a chain and what they contain: dead-letter queues, failure queues, and buffers with what takes alerts from them.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::kms_key::KmsKey;
use super::lookup::Lookup;
use crate::chain::state::{Buffer, EventSourceMapping, Queue};

/// What a queue contains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct QueueContents {
    /// The approximate number of messages.
    pub messages: u64,
    /// The age of the oldest message in seconds, if CloudWatch knows it.
    pub oldest_s: Option<u64>,
    /// How long the queue keeps a message, in seconds.
    pub retention_s: u64,
}

/// A dead-letter queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DeadLetterQueue {
    /// Its resource policy.
    pub policy: Value,
    /// The KMS key that it is encrypted with; `None` with a key of SQS or without encryption.
    pub key: Option<KmsKey>,
    /// Whether it is encrypted, with any key.
    pub encrypted: bool,
    /// The size of the largest message that it takes, in bytes; 0 if unknown.
    pub max_message_bytes: u64,
    /// What it contains.
    #[serde(rename = "held")]
    pub contents: QueueContents,
}

/// A failure queue and what it contains.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FailureQueueSnapshot {
    /// The queue.
    pub queue: Queue,
    /// What it contains.
    #[serde(rename = "held")]
    pub contents: QueueContents,
}

/// A buffer and what it contains.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BufferSnapshot {
    /// The queue.
    pub buffer: Buffer,
    /// The KMS key that it is encrypted with; `None` with a key of SQS or without encryption.
    pub key: Option<KmsKey>,
    /// What it contains.
    #[serde(rename = "held")]
    pub contents: QueueContents,
    /// When the oldest message came, if CloudWatch knows its age.
    pub since: Option<Timestamp>,
    /// Why the relay did not deliver lately, in the room's words; read only if there are messages.
    pub last_failure: Lookup<String>,
}

/// An event source mapping as Lambda describes it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MappingSnapshot {
    /// The mapping.
    pub mapping: EventSourceMapping,
    /// `Creating`, `Enabled`, `Disabled`, …
    pub state: String,
    /// What became of the last batch, in Lambda's words.
    pub last_result: Option<String>,
}
