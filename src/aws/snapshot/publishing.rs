//! The roles by which Device Defender publishes to the topic.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType,
};
use futures_util::future::try_join_all;

use super::SnapshotReader;
use crate::aws::role::trust;
use crate::aws::{AwsError, device_defender};
use crate::chain::checks::snapshot::{ChainSnapshot, DenySource, Link, Lookup, Part, PublishRole};
use crate::chain::publishing::{KEY_ACTIONS, NotificationTarget, TOPIC_ACTIONS};

impl SnapshotReader<'_> {
    pub(super) async fn roles(
        &self,
        chain: &ChainSnapshot,
    ) -> Result<BTreeMap<String, PublishRole>, AwsError> {
        let key = chain
            .attributes
            .found()
            .and_then(|topic| topic.key.as_ref())
            .filter(|key| !key.aws_managed);
        let arns: BTreeSet<String> = chain
            .publishers()
            .iter()
            .map(|publisher| publisher.role.to_owned())
            .collect();
        let roles = arns.into_iter().map(|arn| async {
            let name = arn.rsplit('/').next().unwrap_or(&arn);
            let mut role = PublishRole {
                trust: self.see(
                    Link::DeviceDefender,
                    Part::PublishRole,
                    trust(self.clients, name).await,
                )?,
                ..PublishRole::default()
            };
            if role.trust.found().is_some() {
                role.can_publish = self
                    .may(&arn, &TOPIC_ACTIONS, &self.topic.to_string())
                    .await?;
                if let Some(key) = key.and_then(|key| key.arn.as_deref()) {
                    role.can_use_key = self.may(&arn, &KEY_ACTIONS, key).await?;
                }
            }
            Ok::<_, AwsError>((arn, role))
        });
        Ok(try_join_all(roles).await?.into_iter().collect())
    }

    /// Finds the profiles that publish here and that nothing is held against, and the audits that are scheduled.
    pub(super) async fn sources(
        &self,
        chain: &ChainSnapshot,
    ) -> Result<(Vec<String>, Lookup<BTreeMap<String, Vec<String>>>), AwsError> {
        let topic = self.topic.to_string();
        let publishes = |target: Option<&NotificationTarget>| {
            target.is_some_and(|target| target.topic == topic)
        };
        let profiles = chain
            .profiles
            .found()
            .into_iter()
            .flatten()
            .filter(|(_, profile)| publishes(profile.target.as_ref()));
        let attached = profiles.map(|(name, _)| async move {
            let attached = device_defender::is_attached(self.clients, name)
                .await
                .map(Some);
            let attached = self.see(Link::DeviceDefender, Part::Targets, attached)?;
            Ok::<_, AwsError>((attached.found() == Some(&false)).then(|| name.clone()))
        });
        let unattached: Vec<Option<String>> = try_join_all(attached).await?;
        let scheduled = match chain
            .audit
            .found()
            .is_some_and(|audit| publishes(audit.target.as_ref()))
        {
            true => {
                let scheduled = device_defender::scheduled_audits(self.clients)
                    .await
                    .map(Some);
                self.see(Link::DeviceDefender, Part::Targets, scheduled)?
            }
            false => Lookup::NotChecked,
        };
        Ok((unattached.into_iter().flatten().collect(), scheduled))
    }

    async fn may(
        &self,
        role: &str,
        actions: &[&str],
        resource: &str,
    ) -> Result<Lookup<bool>, AwsError> {
        let simulated = self.simulate(role, actions, resource, &[]).await;
        let simulated = self.see(Link::DeviceDefender, Part::PublishRole, simulated.map(Some))?;
        let Some(verdicts) = simulated.found() else {
            return Ok(Lookup::NotChecked);
        };
        if self.is_unclear(Link::DeviceDefender, Part::PublishRole, role, verdicts) {
            return Ok(Lookup::NotChecked);
        }
        Ok(Lookup::Found(verdicts.iter().all(|(_, verdict)| {
            *verdict == SimulatedDecision::Allowed
        })))
    }

    /// Notes where IAM's simulator could not tell, and says whether that is so.
    pub(super) fn is_unclear(
        &self,
        link: Link,
        part: Part,
        role: &str,
        verdicts: &[(String, SimulatedDecision)],
    ) -> bool {
        let unclear = verdicts
            .iter()
            .filter(|(_, verdict)| *verdict == SimulatedDecision::Unclear)
            .map(|(action, _)| action.as_str());
        let unclear: Vec<&str> = unclear.collect();
        if !unclear.is_empty() {
            let what = format!("asking IAM whether {role} may {}", unclear.join(" and "));
            self.note(
                link,
                part,
                what,
                "it hangs on conditions that IAM's policy simulator does not know".to_owned(),
            );
        }
        !unclear.is_empty()
    }
}

/// What IAM says of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SimulatedDecision {
    /// It is allowed.
    Allowed,
    /// It is denied by what stands above every policy that allows.
    Denied(Denial),
    /// It is not allowed in the simulation, which lacks what the answer hangs on; or a policy of the organization is said to deny
    /// it, of which the simulator does not see the global conditions.
    Unclear,
    /// No policy allows it.
    Silent,
}

/// A denial, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Denial {
    pub(super) by: DenySource,
    /// The policy, as IAM names it.
    pub(super) policy: Option<String>,
}

impl SnapshotReader<'_> {
    /// Asks IAM what the policies of a role say of each action on the resource, in this region and context.
    pub(super) async fn simulate(
        &self,
        role: &str,
        actions: &[&str],
        resource: &str,
        context: &[(String, String)],
    ) -> Result<Vec<(String, SimulatedDecision)>, AwsError> {
        let region = ("aws:RequestedRegion".to_owned(), self.topic.region.clone());
        let entries = context.iter().chain([&region]).map(|(key, value)| {
            ContextEntry::builder()
                .context_key_name(key)
                .context_key_type(ContextKeyTypeEnum::String)
                .context_key_values(value)
                .build()
        });
        let asked = self
            .clients
            .iam
            .simulate_principal_policy()
            .policy_source_arn(role)
            .set_action_names(Some(
                actions.iter().map(|&action| action.to_owned()).collect(),
            ))
            .resource_arns(resource)
            .set_context_entries(Some(entries.collect()))
            .send()
            .await;
        let doing = || {
            format!(
                "asking IAM whether {role} may {} on {resource}",
                actions.join(" and ")
            )
        };
        let answer =
            asked.map_err(|error| AwsError::of("iam:SimulatePrincipalPolicy", doing(), error))?;
        let results = answer.evaluation_results();
        if results.is_empty() {
            return Err(AwsError::refused(
                doing(),
                "SimulatePrincipalPolicy",
                "the answer is empty",
            ));
        }
        Ok(results
            .iter()
            .map(|result| (result.eval_action_name().to_owned(), verdict(result)))
            .collect())
    }
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
