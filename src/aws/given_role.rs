//! A role that somebody else made and ddalert is to use: is it there, who may assume it, and may it do what is needed? It is only read.

use futures_util::future::{join, try_join_all};

use super::response::Response;
use super::simulation::{SimulatedDecision, simulate};
use super::snapshot::{context, relay_calls};
use super::{AwsError, AwsErrorKind, Clients, role};
use crate::arn::{Arn, resource_name};
use crate::chain::checks::distrusts;
use crate::chain::names::ResourceNames;
use crate::chain::state::Trigger;
use crate::contract::secret_store::SecretLocation;

/// What is wrong with a role that was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenRole {
    /// It does not exist.
    pub missing: bool,
    /// Its trust policy does not let the service assume it.
    pub distrusts: bool,
    /// The actions that it may not, with the resource: `sqs:SendMessage on arn:…`.
    pub denied: Vec<String>,
    /// The actions that its own policies do not allow, and a policy of the resource may.
    pub unsure: Vec<String>,
    /// What could not be found out, and why.
    pub unchecked: Vec<String>,
}

/// What a role is needed for.
#[derive(Clone, Debug)]
pub struct Need<'a> {
    /// The service that assumes the role: `lambda.amazonaws.com`.
    pub service: &'a str,
    /// The resource for which the service does, as `aws:SourceArn`.
    pub source: String,
    /// The account, as `aws:SourceAccount`.
    pub account: &'a str,
    /// The region in which it is used.
    pub region: &'a str,
    /// The actions, each group with the resource that it is needed on.
    pub calls: Vec<(Vec<String>, String)>,
    /// The context keys that the calls come with.
    pub context: Vec<(String, String)>,
}

impl<'a> Need<'a> {
    /// Returns what a relay needs its execution role for; `webhook` is where its webhook URL is, for a relay to a room.
    pub fn of_relay(
        names: &'a ResourceNames,
        target: &str,
        webhook: Option<&SecretLocation>,
        trigger: Trigger,
    ) -> Need<'a> {
        let secret = webhook.and_then(|webhook| names.secret_arn(webhook.store()));
        // Secrets Manager adds characters of its own to the name.
        let secret = secret.map(|pattern| pattern.replace('?', "x"));
        Need {
            service: "lambda.amazonaws.com",
            source: names.function_arn(),
            account: &names.place.account,
            region: &names.place.region,
            calls: relay_calls(names, target, webhook, secret.as_deref(), trigger),
            context: context(names).into(),
        }
    }
}

/// Reads a role and asks IAM whether it fits. What may not be read is no error: it is listed.
///
/// # Errors
/// The credentials are missing, expired or not accepted.
pub async fn check(clients: &Clients, arn: &str, need: &Need<'_>) -> Result<GivenRole, AwsError> {
    let mut found = GivenRole::default();
    let simulated = need.calls.iter().map(|(actions, resource)| async move {
        let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
        let verdicts = simulate(clients, need.region, arn, &actions, resource, &need.context);
        verdicts.await.map(|verdicts| (resource, verdicts))
    });
    let (trust, simulated) = join(
        role::trust(clients, resource_name(arn)),
        try_join_all(simulated),
    )
    .await;
    match trust {
        Ok(None) => {
            found.missing = true;
            return Ok(found);
        }
        Ok(Some((trust, _))) => {
            found.distrusts = distrusts(&trust, need.service, &need.source, need.account);
        }
        Err(failure) if failure.is_about_credentials() => return Err(failure),
        Err(failure) => found.unchecked.push(unchecked(&failure)),
    }
    match simulated {
        Ok(simulated) => {
            for (resource, verdicts) in simulated {
                for (action, verdict) in verdicts {
                    let call = format!("{action} on {resource}");
                    match verdict {
                        SimulatedDecision::Allowed => {}
                        SimulatedDecision::Unclear => found.unchecked.push(format!(
                            "whether it may {call}: that depends on conditions that IAM's policy simulator does not know"
                        )),
                        SimulatedDecision::Silent if may_be_allowed_there(&action, resource) => {
                            found.unsure.push(call);
                        }
                        SimulatedDecision::Denied(_) | SimulatedDecision::Silent => {
                            found.denied.push(call);
                        }
                    }
                }
            }
        }
        Err(failure) if failure.is_about_credentials() => return Err(failure),
        // The role that is not there cannot be simulated either; that is said above.
        Err(failure) => found.unchecked.push(unchecked(&failure)),
    }
    Ok(found)
}

/// Returns whether an IAM policy exists.
///
/// # Errors
/// It cannot be read.
pub async fn policy_exists(clients: &Clients, arn: &str) -> Result<bool, AwsError> {
    let get = clients.iam.get_policy().policy_arn(arn);
    let found = get
        .send()
        .await
        .or_missing("iam:GetPolicy", format!("reading the policy {arn}"))?;
    Ok(found.is_some())
}

/// Returns whether the resource's own policy, which the simulator does not look at, may allow the action: that of a key or topic that
/// somebody else made. Queues, secrets and log groups of ddalert's have none that does.
fn may_be_allowed_there(action: &str, resource: &str) -> bool {
    let is_topic = resource.parse().is_ok_and(|arn: Arn| arn.service == "sns");
    action.starts_with("kms:") || is_topic
}

fn unchecked(failure: &AwsError) -> String {
    match &failure.kind {
        AwsErrorKind::AccessDenied { .. } => format!("{} ({})", failure.task, failure.why()),
        _ => format!("{}: {}", failure.task, failure.why()),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::Client;
    use aws_sdk_iam::operation::simulate_principal_policy::SimulatePrincipalPolicyOutput;
    use aws_sdk_iam::types::{EvaluationResult, PolicyEvaluationDecisionType};
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::aws::mocks::{clients, found_role, xml_error};

    const ROLE: &str = "arn:aws:iam::123456789012:role/given";

    fn need() -> Need<'static> {
        Need {
            service: "lambda.amazonaws.com",
            source: "arn:aws:lambda:eu-west-1:123456789012:function:f".to_owned(),
            account: "123456789012",
            region: "eu-west-1",
            calls: vec![(vec!["sqs:ReceiveMessage".to_owned()], "q".to_owned())],
            context: Vec::new(),
        }
    }

    fn decides(decision: PolicyEvaluationDecisionType) -> Rule {
        mock!(Client::simulate_principal_policy).then_output(move || {
            let result = EvaluationResult::builder()
                .eval_action_name("sqs:ReceiveMessage")
                .eval_decision(decision.clone())
                .build();
            SimulatePrincipalPolicyOutput::builder()
                .evaluation_results(result.expect("a result"))
                .build()
        })
    }

    async fn checked(rules: &[Rule]) -> GivenRole {
        check(&clients(rules), ROLE, &need())
            .await
            .expect("no error")
    }

    #[tokio::test]
    async fn a_role_that_is_not_there_or_does_not_fit_is_told() {
        let missing = [
            mock!(Client::get_role).then_http_response(|| xml_error(404, "NoSuchEntity", "none")),
            mock!(Client::simulate_principal_policy)
                .then_http_response(|| xml_error(404, "NoSuchEntity", "none")),
        ];
        assert!(checked(&missing).await.missing);

        // The trust policy of this role is empty.
        let unfit = [
            mock!(Client::get_role).then_output(found_role),
            decides(PolicyEvaluationDecisionType::ImplicitDeny),
        ];
        let found = checked(&unfit).await;
        assert!(found.distrusts && !found.missing);
        assert_eq!(found.denied, ["sqs:ReceiveMessage on q"]);
        assert!(found.unchecked.is_empty());
    }

    #[tokio::test]
    async fn what_may_not_be_read_is_listed() {
        let denied = || xml_error(403, "AccessDenied", "not authorized");
        let rules = [
            mock!(Client::get_role).then_http_response(denied),
            mock!(Client::simulate_principal_policy).then_http_response(denied),
        ];
        let found = checked(&rules).await;
        assert_eq!(found.unchecked.len(), 2, "{found:?}");
        assert!(!found.missing && !found.distrusts && found.denied.is_empty());
    }
}
