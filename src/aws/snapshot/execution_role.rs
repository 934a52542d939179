//! The execution role of a relay, and what IAM denies to it.

use futures_util::future::{join, try_join_all};
use serde_json::Value;

use super::SnapshotReader;
use super::webhook::Webhook;
use crate::aws::simulation::{Denial, SimulatedDecision};
use crate::aws::{AwsError, role};
use crate::chain::checks::snapshot::{DeniedAction, Link, Lookup, Reading};
use crate::chain::names::ResourceNames;
use crate::chain::policy::execution_policy;
use crate::chain::state::{Role, Trigger};
use crate::contract::secret_store::{SecretLocation, encryption_context_condition};

impl SnapshotReader<'_> {
    /// Reads the execution role, whether ddalert manages it, and what other policies it has.
    pub(super) async fn execution_role(
        &self,
        link: Link,
        name: &str,
    ) -> Result<(Lookup<(Role, bool)>, Lookup<Vec<String>>), AwsError> {
        let (role, others) = join(
            role::get(self.clients, name, role::RELAY),
            role::other_policies(self.clients, name, role::RELAY),
        )
        .await;
        let role = self.record(link, Reading::Role, role)?;
        let others = match role.found() {
            Some(_) => self.record(link, Reading::RolePolicies, others)?,
            None => Lookup::NotChecked,
        };
        Ok((role, others))
    }

    /// Asks IAM which of the calls that the relay makes are denied to its role, although its policy allows them.
    pub(super) async fn denied_actions(
        &self,
        link: Link,
        role: &str,
        names: &ResourceNames,
        webhook: &Webhook,
        trigger: Trigger,
    ) -> Result<Lookup<Vec<DeniedAction>>, AwsError> {
        let asked = relay_calls(
            names,
            webhook.environment.target.as_deref().unwrap_or_default(),
            webhook.environment.webhook.as_ref(),
            webhook.secret_arn.as_deref(),
            trigger,
        )
        .into_iter()
        .map(|(actions, resource)| async move {
            let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
            let of = resource.clone();
            let found = self
                .simulate(role, &actions, &resource, &context(names))
                .await?;
            self.is_unclear(link, Reading::RolePermissions, role, &found);
            Ok::<_, AwsError>(found.into_iter().filter_map(
                move |(action, verdict)| match verdict {
                    SimulatedDecision::Denied(Denial { by, policy }) => Some(DeniedAction {
                        action,
                        resource: of.clone(),
                        by,
                        policy,
                    }),
                    SimulatedDecision::Allowed
                    | SimulatedDecision::Unclear
                    | SimulatedDecision::Silent => None,
                },
            ))
        });
        let denied = try_join_all(asked).await;
        self.record(
            link,
            Reading::RolePermissions,
            denied.map(|denied| Some(denied.into_iter().flatten().collect())),
        )
    }
}

/// Returns what a relay calls, and on what.
pub(in crate::aws) fn relay_calls(
    names: &ResourceNames,
    target: &str,
    webhook: Option<&SecretLocation>,
    secret: Option<&str>,
    trigger: Trigger,
) -> Vec<(Vec<String>, String)> {
    let policy = execution_policy(names, target, webhook, trigger);
    let statements = policy["Statement"].as_array().into_iter().flatten();
    statements
        .filter_map(|statement| {
            let actions = match &statement["Action"] {
                Value::Array(actions) => actions
                    .iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect(),
                one => vec![one.as_str()?.to_owned()],
            };
            // A pattern in the policy stands for one thing that is there; a phone has no ARN.
            let resource = match statement["Resource"].as_str() {
                Some(pattern) if pattern.contains('?') => secret?.to_owned(),
                Some(pattern) if pattern.ends_with("/*") => {
                    format!("{}any", pattern.trim_end_matches('*'))
                }
                Some(streams) => streams
                    .strip_suffix(":*")
                    .map_or(streams.to_owned(), |group| {
                        format!("{group}:log-stream:any")
                    }),
                None => "*".to_owned(),
            };
            (!resource.is_empty()).then_some((actions, resource))
        })
        .collect()
}

/// The context in which the relay decrypts.
pub(in crate::aws) fn context(names: &ResourceNames) -> [(String, String); 1] {
    [(encryption_context_condition(), names.function.clone())]
}
