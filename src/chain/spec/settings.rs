//! The settings of what a relay consists of: memory, times, retries, batches.

/// The runtime that runs a Rust `bootstrap` (Lambda developer guide, "Lambda runtimes"; supported until 2029-06-30).
pub const RUNTIME: &str = "provided.al2023";
/// Lambda wants a handler for every function; an OS-only runtime ignores it.
pub const HANDLER: &str = "bootstrap";
/// The function's memory in MB: the least Lambda gives, and ample for the relay.
pub const MEMORY_MB: i32 = 128;
/// The longest one invocation may take, in seconds.
pub const TIMEOUT_S: i32 = 30;
/// How long logs are kept, in days.
pub const LOG_RETENTION_DAYS: i32 = 30;
/// How long the failure queue keeps a message, in seconds: 14 days, the most SQS allows.
pub const QUEUE_RETENTION_S: u32 = 14 * 24 * 3600;
/// How often Lambda tries an event again after an error: the most it allows.
pub const ASYNC_RETRIES: i32 = 2;
/// How long Lambda keeps an event that it could not hand over, in seconds: 6 hours, the most it allows.
pub const ASYNC_MAX_AGE_S: i32 = 6 * 3600;

/// How long Lambda gathers a batch of alerts from a buffer, in seconds: an alert waits at most this long for others.
pub const BATCH_WINDOW_S: i32 = 5;
/// The most alerts of a batch: many, so that a storm becomes few messages, and far below Lambda's 6 MB of a payload, which ends a
/// batch of long alerts earlier.
pub const BATCH_SIZE: i32 = 1000;
/// The most batches at a time, to which the relay's pace is set.
pub const BATCHES_AT_ONCE: i32 = crate::contract::batch::BATCHES_AT_ONCE as i32;
/// How long the buffer hides a message that was taken, in seconds: what the room did not take is tried again after it. AWS asks for
/// six times the function's timeout and the window (Lambda developer guide, "Using Lambda with Amazon SQS").
pub const BUFFER_VISIBILITY_S: u32 = (6 * TIMEOUT_S + BATCH_WINDOW_S) as u32;
/// How long the buffer keeps a message, in seconds: the most SQS allows, whatever `--keep-trying` is. What expires is deleted, and
/// only what was tried often enough may leave, to the failure queue.
pub const BUFFER_RETENTION_S: u32 = QUEUE_RETENTION_S;
/// How long a buffered alert is tried, in seconds, if nothing else is asked for.
pub const KEEP_TRYING_S: u32 = 24 * 3600;
/// The shortest and the longest time that a buffered alert can be tried, in seconds: at least 5 tries (Lambda developer guide, "Using
/// Lambda with Amazon SQS"), at most 1000 (SQS API reference, `maxReceiveCount`).
pub const KEEP_TRYING_RANGE_S: (u32, u32) = (15 * 60, 48 * 3600);
/// The fewest times that a message must be taken from a buffer before it is given up: what Lambda throttles counts as taken (Lambda
/// developer guide, "Using Lambda with Amazon SQS").
pub const LEAST_RECEIVES: u32 = 5;

/// Returns how often a message can be taken from a buffer in `keep_trying_s` seconds.
pub fn max_receives(keep_trying_s: u32) -> u32 {
    keep_trying_s
        .div_ceil(BUFFER_VISIBILITY_S)
        .saturating_add(1)
        .clamp(LEAST_RECEIVES, 1000)
}
