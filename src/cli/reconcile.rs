//! Carrying a plan out: show it, ask, apply it step by step, and look again whether AWS holds what was wanted.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::args::Changing;
use super::context::{Context, PlanProgress, TopicContext};
use super::error::{CliError, Exit};
use crate::aws::observe::{apply, observe};
use crate::aws::package::Package;
use crate::aws::scope::ReadScope;
use crate::chain::plan::{Change, Plan, plan};
use crate::chain::state::RelayState;

/// How long AWS may take to show what was just written.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(500);

/// What a changing command answers.
#[derive(Debug, Serialize)]
pub(super) struct Changed {
    /// What the changes are about: a function, a topic's phones.
    pub(super) name: String,
    /// The ARN of the topic.
    pub(super) topic: String,
    /// Whether the changes were made, or only planned.
    pub(super) applied: bool,
    /// The changes.
    pub(super) changes: Vec<Change>,
    /// What it means, one sentence.
    pub(super) summary: String,
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.applied {
            let plan = Plan {
                changes: self.changes.clone(),
            };
            if !plan.is_empty() {
                writeln!(f, "{plan}")?;
            }
        }
        f.write_str(&self.summary)
    }
}

/// Returns the exit code of a plan that was only shown.
pub(super) fn dry_exit(changing: &Changing, plan: &Plan) -> Exit {
    if changing.exit_code && !plan.is_empty() {
        Exit::HasChanges
    } else {
        Exit::Done
    }
}

/// Says how many changes were only planned.
pub(super) fn would_be_made(count: usize) -> String {
    if count == 1 {
        "1 change would be made.".to_owned()
    } else {
        format!("{count} changes would be made.")
    }
}

/// Refuses to touch what bears our names but not our tag.
pub(super) fn refuse_foreign(foreign: &[String]) -> Result<(), CliError> {
    match foreign {
        [] => Ok(()),
        [one, ..] => Err(CliError::failed(format!("{} exists and was not made by ddalert", foreign.join(", ")))
            .because("it bears the name but not the tag managed-by=ddalert, so it is not overwritten")
            .hint(format!("choose another name with --name, remove the {one}, or tag it managed-by=ddalert to hand it over"))),
    }
}

/// Refuses to take over a relay that was made for another topic.
pub(super) fn refuse_other_topic(
    wiring: &RelayState,
    chain: &TopicContext,
    function: &str,
) -> Result<(), CliError> {
    match wiring.other_topic(&chain.topic) {
        None => Ok(()),
        Some(other) => Err(
            CliError::failed(format!("{function} was made for another topic"))
                .because(format!("its tags name {other}; one relay serves one topic"))
                .hint("choose another name with --name, or work on that topic with --topic"),
        ),
    }
}

/// Shows the plan and asks whether to go ahead.
///
/// # Errors
/// Nobody is there to ask, or the answer is no.
pub(super) async fn agree(
    context: &Context,
    changing: &Changing,
    plan: &Plan,
) -> Result<(), CliError> {
    agree_to_all(context, changing, &[(String::new(), plan)]).await
}

/// Shows several plans, each below what it is about, and asks once whether to go ahead.
///
/// # Errors
/// Nobody is there to ask, or the answer is no.
pub(super) async fn agree_to_all(
    context: &Context,
    changing: &Changing,
    plans: &[(String, &Plan)],
) -> Result<(), CliError> {
    if changing.yes {
        // Each change is said when it is made.
        return Ok(());
    }
    for (about, plan) in plans {
        if plans.len() > 1 {
            context.ui.status(format_args!("{about}:"));
        }
        context.ui.status(plan);
    }
    go_ahead(
        context,
        plans.iter().map(|(_, plan)| plan.changes.len()).sum(),
    )
    .await
}

/// Asks whether to make so many changes.
///
/// # Errors
/// Nobody is there to ask, or the answer is no.
pub(super) async fn go_ahead(context: &Context, count: usize) -> Result<(), CliError> {
    let question = if count == 1 {
        "Make this change?".to_owned()
    } else {
        format!("Make these {count} changes?")
    };
    if context.ui.confirm(&question).await? {
        Ok(())
    } else {
        Err(declined())
    }
}

/// Returns the error of a run to which somebody said no.
pub(super) fn declined() -> CliError {
    CliError {
        exit: Exit::Interrupted,
        message: "nothing was changed".to_owned(),
        causes: Vec::new(),
        hint: None,
    }
}

/// Applies the plan and observes until nothing is left to change.
///
/// # Errors
/// The change that failed, with what was done and what was not; or AWS not showing what was written.
pub(super) async fn carry_out(
    context: &Context,
    chain: &TopicContext,
    scope: &ReadScope<'_>,
    package: Option<&Package>,
    plan_now: &Plan,
    want: impl Fn(&RelayState) -> RelayState,
) -> Result<(), CliError> {
    let all = plan_now.changes.len();
    let progress = context.ui.progress("");
    for (done, change) in plan_now.changes.iter().enumerate() {
        let so_far = context.note(PlanProgress { done, all });
        progress.set(format!("{}/{} {change}", so_far.done + 1, so_far.all));
        if let Err(failure) = apply(&chain.clients, scope, package, change).await {
            drop(progress);
            let mut error = CliError::from(failure);
            let PlanProgress { done: made, all } = so_far;
            error.causes.push(format!(
                "{made} of {all} changes were made; not made: {}",
                rest(&plan_now.changes[done..])
            ));
            error.hint.get_or_insert_with(|| {
                "mend the cause and run the same command again: it goes on from what it finds"
                    .to_owned()
            });
            return Err(error);
        }
        progress.done(&context.ui, change);
    }
    context.note(PlanProgress { done: all, all });
    progress.set("Looking whether AWS holds what was wanted");
    settled(chain, scope, want).await
}

fn rest(changes: &[Change]) -> String {
    changes
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

/// Observes until nothing is left to change.
async fn settled(
    chain: &TopicContext,
    scope: &ReadScope<'_>,
    want: impl Fn(&RelayState) -> RelayState,
) -> Result<(), CliError> {
    let end = Instant::now() + PATIENCE;
    loop {
        let have = observe(&chain.clients, scope).await?.wiring;
        let left = plan(&want(&have), &have);
        if left.is_empty() {
            return Ok(());
        }
        if Instant::now() >= end {
            return Err(CliError::failed("AWS does not hold what was written")
                .because(format!(
                    "after {} s it still needs: {}",
                    PATIENCE.as_secs(),
                    rest(&left.changes)
                ))
                .hint(
                    "somebody else may be changing the same resources; run the same command again",
                ));
        }
        sleep(PAUSE).await;
    }
}
