//! A relay, or the phones of a topic, as a target of the change engine.

use super::change_report::Subject;
use super::context::TopicContext;
use super::deployed_relay::DeployedRelay;
use super::error::CliError;
use super::reconcile::Target;
use crate::aws::apply::apply;
use crate::aws::observe::observe;
use crate::aws::package::Package;
use crate::aws::scope::ReadScope;
use crate::chain::plan::{Change, Plan, plan};
use crate::chain::state::RelayState;

/// What AWS holds for a relay, on its way to what is wanted.
pub(super) struct RelayTarget<'a> {
    name: String,
    topic: &'a TopicContext,
    /// What is read to verify the changes.
    scope: ReadScope<'a>,
    package: Option<&'a Package>,
    want: Box<dyn Fn(&RelayState) -> RelayState + 'a>,
    plan: Plan,
}

impl<'a> RelayTarget<'a> {
    /// Plans the changes from what was observed. `want` returns what is wanted from what there is; the package is the relay's
    /// code, where it may have to be deployed.
    pub(super) fn new(
        topic: &'a TopicContext,
        scope: ReadScope<'a>,
        package: Option<&'a Package>,
        have: &RelayState,
        want: impl Fn(&RelayState) -> RelayState + 'a,
    ) -> RelayTarget<'a> {
        RelayTarget {
            name: topic.topic.to_string(),
            plan: plan(&want(have), have),
            want: Box::new(want),
            topic,
            scope,
            package,
        }
    }

    /// Calls it something else than its topic if there are several targets.
    pub(super) fn named(self, name: &str) -> RelayTarget<'a> {
        RelayTarget {
            name: name.to_owned(),
            ..self
        }
    }
}

impl Target for RelayTarget<'_> {
    type Change = Change;

    fn name(&self) -> String {
        self.name.clone()
    }

    fn subject(&self) -> Subject {
        Subject {
            name: self.scope.names.function.clone(),
            topic: self.topic.topic.to_string(),
            relay: DeployedRelay::of(&self.plan, self.package),
        }
    }

    fn plan(&self) -> &Plan {
        &self.plan
    }

    async fn apply(&self, change: &Change) -> Result<(), CliError> {
        Ok(apply(&self.topic.clients, &self.scope, self.package, change).await?)
    }

    async fn remaining(&self) -> Result<Plan, CliError> {
        let have = observe(&self.topic.clients, &self.scope).await?.state;
        Ok(plan(&(self.want)(&have), &have))
    }
}

/// Refuses to touch what has one of our names but not our tag.
///
/// # Errors
/// Anything is foreign.
pub(super) fn refuse_foreign(foreign: &[String]) -> Result<(), CliError> {
    match foreign {
        [] => Ok(()),
        [one, ..] => Err(CliError::failed(format!("{} exists and was not created by ddalert", foreign.join(", ")))
            .because("it has the name but not the tag managed-by=ddalert, so it is not overwritten")
            .hint(format!(
                "choose another name with --name, remove the {one}, or tag it managed-by=ddalert to hand it over"
            ))),
    }
}

/// Refuses to take over a relay that was created for another topic.
///
/// # Errors
/// The tags name another topic.
pub(super) fn refuse_other_topic(
    state: &RelayState,
    topic: &TopicContext,
    function: &str,
) -> Result<(), CliError> {
    match state.other_topic(&topic.topic) {
        None => Ok(()),
        Some(other) => Err(
            CliError::failed(format!("{function} was created for another topic"))
                .because(format!("its tags name {other}; one relay serves one topic"))
                .hint("choose another name with --name, or work on that topic with --topic"),
        ),
    }
}
