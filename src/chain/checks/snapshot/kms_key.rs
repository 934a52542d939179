//! A KMS key that a topic, a queue, a function or a webhook URL is encrypted with.

use serde::Serialize;
use serde_json::Value;

use super::lookup::Lookup;

/// A KMS key.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct KmsKey {
    /// Its id, alias or ARN, as the topic or queue names it.
    pub id: String,
    /// Its ARN, if it could be read.
    pub arn: Option<String>,
    /// Whether it is an AWS managed key, whose policy cannot be changed.
    pub aws_managed: bool,
    /// The state that prevents its use: `Disabled`, `PendingDeletion`, …; `missing` if the key does not exist.
    pub unusable: Option<String>,
    /// Its key policy.
    pub policy: Lookup<Value>,
}
