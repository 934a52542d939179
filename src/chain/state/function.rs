//! The function of a relay, with what hangs on it: its log group, its asynchronous invocation settings and its permission.

use serde::Serialize;

use super::tags::Tags;
use crate::contract::environment::RelayEnvironment;

/// The relay's function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The SHA-256 of its zip, in base64, as Lambda gives it.
    pub code_sha256: String,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    /// The runtime, wanted [`RUNTIME`](crate::chain::spec::RUNTIME).
    pub runtime: String,
    /// The handler, wanted [`HANDLER`](crate::chain::spec::HANDLER).
    pub handler: String,
    /// Memory in MB.
    pub memory_mb: i32,
    /// Timeout in seconds.
    pub timeout_s: i32,
    /// The ARN of the execution role.
    pub role_arn: String,
    /// Whether the log is JSON, in the function's own group, and holds what is of the level INFO.
    pub json_logs: bool,
    /// Its environment.
    pub environment: RelayEnvironment,
    /// Whether it can be invoked as it is configured: it is active, and its last update succeeded.
    #[serde(skip)]
    pub ready: bool,
    /// Whether its role is the one that it had when it was last changed: one that was removed and made again under its name may not
    /// use the key of the environment.
    #[serde(skip)]
    pub granted: bool,
    /// Our tags.
    pub tags: Tags,
}

/// The log group of the function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogGroup {
    /// Its name.
    pub name: String,
    /// How long it keeps what is written, in days; `None` is for ever.
    pub retention_days: Option<i32>,
    /// Our tags.
    pub tags: Tags,
}

/// What Lambda does with an event that the function could not handle.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventInvokeConfig {
    /// How often it tries again, 0–2.
    pub retries: i32,
    /// How long it keeps the event, in seconds.
    pub max_age_s: i32,
    /// The ARN of the queue that takes what is given up.
    pub on_failure: Option<String>,
}

/// The statement in the function's policy that lets the topic call it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Permission {
    /// The statement's id.
    pub statement: String,
    /// The service that may call.
    pub principal: String,
    /// The topic for which it may.
    pub source_arn: String,
    /// The account the topic must be in.
    pub source_account: Option<String>,
}
