//! A role that ddalert makes.

use serde::Serialize;
use serde_json::Value;

use super::tags::Tags;

/// The execution role of the function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Its path, which begins and ends with `/`. IAM cannot change it.
    #[serde(skip_serializing_if = "is_default_path")]
    pub path: String,
    /// The ARN of the policy that limits it, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boundary: Option<String>,
    /// When it was created, in seconds since 1970; `None` for a role that is only wanted.
    #[serde(skip)]
    pub created: Option<i64>,
    /// Who may assume it.
    pub trust: Value,
    /// What it may do: the inline policy [`INLINE_POLICY`](crate::chain::policy::INLINE_POLICY), or null where it is missing.
    pub policy: Value,
    /// Our tags.
    pub tags: Tags,
}

fn is_default_path(path: &str) -> bool {
    path == "/"
}
