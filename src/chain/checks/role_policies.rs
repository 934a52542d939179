//! What can be done about a role that is denied something: which of its policies denies, the command that removes that policy, and
//! who has to act where no command can.

use super::check::Remedy;
use super::snapshot::{ChainSnapshot, DeniedAction};
use crate::arn::{looks_like_arn, resource_name};

/// Returns the command that removes a policy from a role: an attached one by its ARN, an inline one by its name.
pub(super) fn remove_policy(chain: &ChainSnapshot, role: &str, policy: &str) -> String {
    let policy_word = shell_words::quote(policy);
    chain.aws_global(&match looks_like_arn(policy) {
        true => format!("iam detach-role-policy --role-name {role} --policy-arn {policy_word}"),
        false => format!("iam delete-role-policy --role-name {role} --policy-name {policy_word}"),
    })
}

/// Returns those of a role's `others` that deny these actions: the ones that IAM names, or else the only one there is.
pub(super) fn denying_policies<'a>(
    others: &'a [String],
    denied: &[&DeniedAction],
) -> Vec<&'a String> {
    if denied.is_empty() {
        return Vec::new();
    }
    let is_named = |other: &&String| {
        let name = resource_name(other);
        denied.iter().any(|denied| {
            denied
                .policy
                .as_deref()
                .is_some_and(|policy| policy == name || policy.ends_with(&format!("_{name}")))
        })
    };
    let named: Vec<&String> = others.iter().filter(is_named).collect();
    match (named.is_empty(), others) {
        (true, [only]) => vec![only],
        _ => named,
    }
}

/// Says who has to act if a permissions boundary denies: it limits a role on purpose, so no command takes it away.
pub(super) fn boundary_advice(
    role: &str,
    boundary: Option<&str>,
    denied: &[&DeniedAction],
) -> Remedy {
    let boundary = boundary.map_or_else(
        || "the permissions boundary".to_owned(),
        |arn| format!("the permissions boundary {arn}"),
    );
    Remedy::advice(format!(
        "whoever manages {boundary} of the role {role} has to allow there: {}",
        what_is_denied(denied)
    ))
}

/// Says who has to act if several policies could be the one that denies.
pub(super) fn policies_advice(role: &str, others: &[String], denied: &[&DeniedAction]) -> Remedy {
    Remedy::advice(format!(
        "whoever gave the role {role} these policies has to remove from one of them the statement that denies {}: {}",
        what_is_denied(denied),
        others.join(", ")
    ))
}

/// Returns each action with what it is denied on.
fn what_is_denied(denied: &[&DeniedAction]) -> String {
    let each = denied.iter().map(|denied| match denied.resource.as_str() {
        "*" => denied.action.clone(),
        resource => format!("{} on {resource}", denied.action),
    });
    each.collect::<Vec<_>>().join(", ")
}
