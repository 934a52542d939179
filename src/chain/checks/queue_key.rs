//! Whether SNS can use the KMS key of a queue.

use super::policy_evaluation::PolicyRequest;
use super::snapshot::{ChainSnapshot, KmsKey};
use crate::chain::publishing::KEY_ACTIONS;

/// Returns whether SNS can encrypt messages with this key: its key policy must allow it (SNS developer guide, "Dead-letter
/// queues"), which an AWS managed key never does.
pub(super) fn sns_can_use(chain: &ChainSnapshot, key: &KmsKey) -> bool {
    let topic = chain.topic.to_string();
    let is_denied = |action| {
        let request = PolicyRequest {
            principals: &["sns.amazonaws.com"],
            action,
            resource: key.arn.as_deref(),
            source: &topic,
            account: chain.topic.account.as_str(),
        };
        let policy = key.policy.found();
        policy.is_some_and(|policy| request.is_denied_by(policy))
    };
    !key.aws_managed && !KEY_ACTIONS.iter().any(|action| is_denied(action))
}
