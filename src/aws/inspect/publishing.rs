//! The roles by which Device Defender publishes to the topic.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::PolicyEvaluationDecisionType;
use futures_util::future::try_join_all;

use super::Inspection;
use crate::aws::role::trust;
use crate::aws::{Clients, Failure};
use crate::domain::checks::chain::{Chain, Link, PublishRole, Seen};
use crate::domain::connection::{KEY_ACTIONS, TOPIC_ACTIONS};

impl Inspection<'_> {
    pub(super) async fn roles(&self, chain: &Chain) -> Result<BTreeMap<String, PublishRole>, Failure> {
        let key = chain.attributes.found().and_then(|topic| topic.key.as_ref()).filter(|key| !key.aws_managed);
        let arns: BTreeSet<String> = chain.publishers().iter().map(|publisher| publisher.role.to_owned()).collect();
        let roles = arns.into_iter().map(|arn| async {
            let name = arn.rsplit('/').next().unwrap_or(&arn);
            let mut role =
                PublishRole { trust: self.see(Link::DeviceDefender, trust(self.clients, name).await)?, ..PublishRole::default() };
            if role.trust.found().is_some() {
                role.publishes = self.may(&arn, &TOPIC_ACTIONS, &self.topic.to_string()).await?;
                if let Some(key) = key.and_then(|key| key.arn.as_deref()) {
                    role.encrypts = self.may(&arn, &KEY_ACTIONS, key).await?;
                }
            }
            Ok::<_, Failure>((arn, role))
        });
        Ok(try_join_all(roles).await?.into_iter().collect())
    }

    async fn may(&self, role: &str, actions: &[&str], resource: &str) -> Result<Seen<bool>, Failure> {
        self.see(Link::DeviceDefender, simulate(self.clients, role, actions, resource).await.map(Some))
    }
}

/// Asks IAM whether the policies of a role let it do all of `actions` on the resource.
async fn simulate(clients: &Clients, role: &str, actions: &[&str], resource: &str) -> Result<bool, Failure> {
    let asked = clients
        .iam
        .simulate_principal_policy()
        .policy_source_arn(role)
        .set_action_names(Some(actions.iter().map(|&action| action.to_owned()).collect()))
        .resource_arns(resource)
        .send()
        .await;
    let doing = || format!("asking IAM whether {role} may {} on {resource}", actions.join(" and "));
    let answer = asked.map_err(|error| Failure::of("iam:SimulatePrincipalPolicy", doing(), error))?;
    let results = answer.evaluation_results();
    if results.is_empty() {
        return Err(Failure::refused(doing(), "SimulatePrincipalPolicy", "the answer is empty"));
    }
    Ok(results.iter().all(|result| *result.eval_decision() == PolicyEvaluationDecisionType::Allowed))
}
