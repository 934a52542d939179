//! Roles as IAM knows them, and what it decides about their actions.

use serde::Serialize;
use serde_json::Value;

use super::lookup::Lookup;

/// A role that Device Defender publishes with.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PublishRole {
    /// Its trust policy; missing if the role does not exist.
    pub trust: Lookup<Value>,
    /// The ARN of its permissions boundary, if it has one.
    pub boundary: Option<String>,
    /// Its policies besides ddalert's, attached ones by ARN, inline ones by name; read only if one of them denies something.
    pub other_policies: Vec<String>,
    /// Whether IAM allows it to publish to the topic.
    #[serde(rename = "publishes")]
    pub can_publish: Lookup<IamDecision>,
    /// Whether IAM allows it to use the topic's KMS key.
    #[serde(rename = "encrypts")]
    pub can_use_key: Lookup<IamDecision>,
}

/// What IAM decides about an action of a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IamDecision {
    /// It is allowed.
    Allowed,
    /// No policy allows it.
    NotAllowed,
    /// Something denies it, whatever a policy allows.
    Denied(DeniedAction),
}

/// An action that IAM denies to a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeniedAction {
    /// Such as `sqs:SendMessage`.
    pub action: String,
    /// The ARN of the resource, or `*`.
    pub resource: String,
    /// What denies it.
    pub by: DenySource,
    /// The name of that policy, as IAM gives it.
    pub policy: Option<String>,
}

/// What denies an action although a policy allows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DenySource {
    /// A deny statement in any policy of the role.
    Policy,
    /// The role's permissions boundary.
    Boundary,
}
