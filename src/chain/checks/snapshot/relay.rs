//! A relay with its resources.

use serde::Serialize;
use serde_json::Value;

use super::iam::DeniedAction;
use super::kms_key::KmsKey;
use super::lookup::Lookup;
use super::queue::{BufferSnapshot, FailureQueueSnapshot, MappingSnapshot};
use crate::chain::names::ResourceNames;
use crate::chain::state::{EventInvokeConfig, LogGroup, Role, Secret, Trigger};
use crate::contract::environment::RelayEnvironment;

/// A relay with its resources.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RelaySnapshot {
    /// The destination, as a person types it.
    pub target: String,
    /// The names of its resources.
    pub names: ResourceNames,
    /// The name of the execution role that its function uses.
    pub role_name: String,
    /// Whether that role was removed and made again after the function was last changed: Lambda's grant is for the earlier one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub outdated_grant: bool,
    /// Whether ddalert was given that role (`--role`): it is somebody else's, and neither changed nor removed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub given_role: bool,
    /// Its resources without the tag of ddalert.
    pub untagged: Vec<UntaggedResource>,
    /// The version of the ddalert that deployed it.
    pub version: Lookup<String>,
    /// The environment of its function.
    pub environment: RelayEnvironment,
    /// The asynchronous invocation settings of its function; missing if they are Lambda's default, which keeps no failed alerts.
    pub event_invoke_config: Lookup<EventInvokeConfig>,
    /// Its execution role.
    pub role: Lookup<Role>,
    /// Further policies of the execution role: attached ones by ARN, inline ones by name.
    pub other_policies: Lookup<Vec<String>>,
    /// Its log group.
    pub log_group: Lookup<LogGroup>,
    /// Its failure queue.
    pub queue: Lookup<FailureQueueSnapshot>,
    /// What its subscription delivers to: the function, or the buffer.
    pub trigger: Trigger,
    /// Its buffer.
    pub buffer: Lookup<BufferSnapshot>,
    /// What takes alerts from the buffer to its function.
    pub mapping: Lookup<MappingSnapshot>,
    /// Its secret, if the store is Secrets Manager or SSM.
    pub secret: Lookup<Secret>,
    /// The result of reading its webhook URL.
    #[serde(rename = "reading")]
    pub webhook_read: Lookup<WebhookRead>,
    /// The actions that the relay needs and IAM denies to its role, whatever the policy of ddalert allows.
    #[serde(rename = "denied")]
    pub denied_actions: Lookup<Vec<DeniedAction>>,
    /// The ARN of the permissions boundary of its role; read only if it denies something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boundary: Option<String>,
    /// The KMS key of the customer that its webhook URL is encrypted with, if there is one and it could be found out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_key: Option<KmsKey>,
    /// Whether the webhook URL is a parameter that is not encrypted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_plain_parameter: bool,
    /// Whether Secrets Manager rotates the secret with the webhook URL.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_rotated: bool,
    /// The resource policy of the secret with the webhook URL, if it has one.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub secret_policy: Value,
    /// The settings of its function.
    pub settings: FunctionSettings,
    /// The code and architecture of its function, in the format of the tag [`CODE_TAG`](crate::chain::names::CODE_TAG).
    pub code: String,
    /// The code and architecture that ddalert deployed, if the function has the tag.
    pub deployed_code: Option<String>,
}

/// A resource without the tag of ddalert, by what a tagging command takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UntaggedResource {
    /// A role, by its name: only IAM can tag a role.
    Role(String),
    /// Anything else, by its ARN.
    Arn(String),
}

impl UntaggedResource {
    /// Returns its name or ARN.
    pub fn name(&self) -> &str {
        match self {
            UntaggedResource::Role(name) => name,
            UntaggedResource::Arn(arn) => arn,
        }
    }

    /// Returns the ARN, unless it is a role.
    pub fn arn(&self) -> Option<&str> {
        match self {
            UntaggedResource::Role(_) => None,
            UntaggedResource::Arn(arn) => Some(arn),
        }
    }
}

/// Settings of a relay's function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FunctionSettings {
    /// Memory in MB.
    pub memory_mb: i32,
    /// Timeout in seconds.
    pub timeout_s: i32,
    /// Whether its log is JSON, in its own log group, and includes the level INFO.
    pub json_logs: bool,
    /// The id of the VPC that it is attached to.
    pub vpc: Option<String>,
}

/// The result of reading a webhook URL with the credentials of the person who runs `doctor`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "read", rename_all = "kebab-case")]
pub enum WebhookRead {
    /// A URL, and the relay uses it.
    Usable,
    /// A URL, but the relay started with another one.
    #[serde(rename = "not-started-with")]
    ChangedSinceStart,
    /// Nothing, or something that is not a URL.
    NotAUrl,
    /// The store does not return it.
    Refused {
        /// Why.
        why: String,
    },
}
