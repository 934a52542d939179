//! Asks IAM what the policies of a role allow.

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType,
};

use super::response::Response;
use super::{AwsError, Clients};
use crate::chain::checks::snapshot::DenySource;

/// What IAM says of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SimulatedDecision {
    /// It is allowed.
    Allowed,
    /// It is denied by something that overrules every policy that allows it.
    Denied(Denial),
    /// It is not allowed in the simulation, which lacks a value that the answer depends on; or a policy of the organization is said
    /// to deny it, whose global conditions the simulator does not see.
    Unclear,
    /// No policy allows it.
    Silent,
}

/// A denial, and what denies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Denial {
    pub(super) by: DenySource,
    /// The policy, as IAM names it.
    pub(super) policy: Option<String>,
}

/// Asks IAM what the policies of a role say of each action on the resource, in this region and context.
pub(super) async fn simulate(
    clients: &Clients,
    region: &str,
    role: &str,
    actions: &[&str],
    resource: &str,
    context: &[(String, String)],
) -> Result<Vec<(String, SimulatedDecision)>, AwsError> {
    let region = ("aws:RequestedRegion".to_owned(), region.to_owned());
    let entries = context.iter().chain([&region]).map(|(key, value)| {
        ContextEntry::builder()
            .context_key_name(key)
            .context_key_type(ContextKeyTypeEnum::String)
            .context_key_values(value)
            .build()
    });
    const ACTION: &str = "iam:SimulatePrincipalPolicy";
    let task = format!(
        "asking IAM whether {role} may {} on {resource}",
        actions.join(" and ")
    );
    let simulate = clients
        .iam
        .simulate_principal_policy()
        .policy_source_arn(role)
        .set_action_names(Some(
            actions.iter().map(|&action| action.to_owned()).collect(),
        ))
        .resource_arns(resource)
        .set_context_entries(Some(entries.collect()));
    let answer = simulate.send().await.or_error(ACTION, task.as_str())?;
    let results = answer.evaluation_results();
    if results.is_empty() {
        return Err(AwsError::unexpected(ACTION, task, "the answer is empty"));
    }
    Ok(results
        .iter()
        .map(|result| (result.eval_action_name().to_owned(), verdict(result)))
        .collect())
}

fn verdict(result: &EvaluationResult) -> SimulatedDecision {
    let boundary = result.permissions_boundary_decision_detail();
    let organization = result.organizations_decision_detail();
    let specific = result.resource_specific_results().iter();
    let misses = !result.missing_context_values().is_empty()
        || specific
            .flat_map(|one| one.missing_context_values())
            .count()
            > 0;
    match result.eval_decision() {
        PolicyEvaluationDecisionType::Allowed => SimulatedDecision::Allowed,
        _ if misses || organization.is_some_and(|detail| !detail.allowed_by_organizations()) => {
            SimulatedDecision::Unclear
        }
        _ if boundary.is_some_and(|detail| !detail.allowed_by_permissions_boundary()) => {
            SimulatedDecision::Denied(Denial {
                by: DenySource::Boundary,
                policy: None,
            })
        }
        PolicyEvaluationDecisionType::ExplicitDeny => {
            let policy = result
                .matched_statements()
                .iter()
                .find_map(|statement| statement.source_policy_id());
            SimulatedDecision::Denied(Denial {
                by: DenySource::Policy,
                policy: policy.map(str::to_owned),
            })
        }
        _ => SimulatedDecision::Silent,
    }
}
