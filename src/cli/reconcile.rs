//! The one engine that changes something: show the plan, confirm, apply it, verify that AWS holds it, report.
//!
//! Every command that changes something gives it targets, each with its plan. Changes that do not depend on each other are
//! made at the same time, across all targets; the plan says what must come before what.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use futures_util::future::try_join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::{Instant, sleep};

use super::args::Changing;
use super::change_report::{ChangeReport, Made, PaintedPlan, PlanOutcome, Subject};
use super::context::Context;
use super::error::{CliError, Exit};
use super::live_lines::LiveLines;
use super::plan_progress::PlanProgress;
use super::style::{GOOD, painted};
use super::table::Cut;
use crate::chain::plan::{Plan, PlannedChange, Settling};

/// How long is waited for AWS to show what was just written, at most. What AWS documents to take longer is not waited for, but
/// said.
const VERIFY_TIMEOUT: Duration = Duration::from_secs(90);
const VERIFY_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_VERIFY_PAUSE: Duration = Duration::from_secs(5);

/// How many changes are made at the same time: Lambda and IAM take some 10 to 15 writes a second.
const AT_ONCE: usize = 16;

/// What to type after a run that stopped halfway.
const CONTINUE: &str =
    "fix the cause and run the same command again: it continues from what it finds";

/// Something that a command brings to its wanted state: a relay, the phones of a topic, Device Defender's side.
pub(super) trait Target {
    /// One change of its plan.
    type Change: PlannedChange + Clone;

    /// Returns what the plan is about, for a heading if there are several targets.
    fn name(&self) -> String;

    /// Returns what the plan is about, as a report says it.
    fn subject(&self) -> Subject;

    /// Returns what is to be changed, as observed before anything was.
    fn plan(&self) -> &Plan<Self::Change>;

    /// Returns whether a change asks a person for something: then it is made alone, and no progress is shown.
    fn asks(&self, _change: &Self::Change) -> bool {
        false
    }

    /// Makes one change.
    ///
    /// # Errors
    /// The call that failed.
    async fn apply(&self, change: &Self::Change) -> Result<(), CliError>;

    /// Reads AWS again and returns what is still different.
    ///
    /// # Errors
    /// It cannot be read.
    async fn remaining(&self) -> Result<Plan<Self::Change>, CliError>;

    /// Reports what became of the plan.
    fn report(&self, outcome: PlanOutcome, summary: String) -> ChangeReport<Self::Change> {
        ChangeReport::new(self.subject(), self.plan().clone(), outcome, summary)
    }
}

/// What became of the plans.
#[derive(Clone, Debug)]
pub(super) struct Reconciled {
    /// Whether changes were made, and AWS holds them.
    pub(super) applied: bool,
    /// The exit code: that of `--dry-run --exit-code` where the plans have changes.
    pub(super) exit: Exit,
    /// What became of each target's plan.
    outcomes: Vec<PlanOutcome>,
}

impl Reconciled {
    /// Returns what became of the plan of a target, by the target's position.
    pub(super) fn outcome(&self, position: usize) -> PlanOutcome {
        self.outcomes.get(position).cloned().unwrap_or_default()
    }
}

/// Shows the plans and asks, does what is to be done `before` the first change, applies the plans and verifies that nothing
/// is left of them. With `--dry-run`, or if there is nothing to change, nothing is done.
///
/// # Errors
/// Nobody is there to ask, or the answer is no; what is done before fails; a change fails, with what was made and what was
/// not; or AWS does not show what was written.
pub(super) async fn reconcile<T: Target>(
    context: &Context,
    changing: &Changing,
    targets: &[T],
    before: impl AsyncFnOnce() -> Result<(), CliError>,
) -> Result<Reconciled, CliError> {
    let count: usize = targets.iter().map(|target| target.plan().len()).sum();
    if changing.dry_run || count == 0 {
        let has_changes = changing.dry_run && changing.exit_code && count > 0;
        let exit = if has_changes {
            Exit::HasChanges
        } else {
            Exit::Done
        };
        return Ok(Reconciled {
            applied: false,
            exit,
            outcomes: Vec::new(),
        });
    }
    if !changing.yes {
        let label = context.label().await;
        show(context, targets, &label);
        confirm(context, count, &label).await?;
    }
    before().await?;
    // The table of what was made takes the place of the lines that say so.
    let table_width = context.ui.table_width();
    let lines = LiveLines::new(&context.ui, Cut::Middle);
    let made = apply(context, targets, count, &lines).await?;
    let all_made = PlanProgress::of_changes(count, count, Vec::new());
    verify(context, targets)
        .await
        .map_err(|error| error.because(all_made))?;
    if table_width.is_some() {
        lines.clear();
    }
    let outcome = |made| PlanOutcome { made, table_width };
    Ok(Reconciled {
        applied: true,
        exit: Exit::Done,
        outcomes: made.into_iter().map(outcome).collect(),
    })
}

/// Shows every plan that has changes, below what it is about if there are several.
fn show<T: Target>(context: &Context, targets: &[T], label: &str) {
    context.ui.status(format_args!("In the {label}:"));
    let changed: Vec<&T> = targets
        .iter()
        .filter(|target| !target.plan().is_empty())
        .collect();
    for target in &changed {
        if changed.len() > 1 {
            context.ui.status(format_args!("{}:", target.name()));
        }
        context.ui.status(PaintedPlan(target.plan()));
        if let Some(relay) = target.subject().relay {
            context.ui.status(relay);
        }
    }
}

async fn confirm(context: &Context, count: usize, label: &str) -> Result<(), CliError> {
    let question = match count {
        1 => format!("Make this change in the {label}?"),
        count => format!("Make these {count} changes in the {label}?"),
    };
    match context.ui.confirm(&question).await? {
        true => Ok(()),
        false => Err(declined()),
    }
}

/// Returns the error of a run to which somebody said no.
pub(super) fn declined() -> CliError {
    CliError::declined("Nothing was changed.")
}

/// A change that is being made.
struct UnderWay<C> {
    target: usize,
    position: usize,
    change: C,
    /// The number of its line; a change that asks for something has none.
    line: Option<usize>,
    took: Duration,
    result: Result<(), CliError>,
}

/// Applies every plan, independent changes at the same time. After a failure nothing more of the same target is begun, what is
/// under way is waited for, and the other targets go on. Returns what became of each change of each target.
async fn apply<T: Target>(
    context: &Context,
    targets: &[T],
    count: usize,
    lines: &LiveLines,
) -> Result<Vec<Vec<Made>>, CliError> {
    let flags = || {
        targets
            .iter()
            .map(|target| vec![false; target.plan().len()])
            .collect::<Vec<_>>()
    };
    let (mut begun, mut done) = (flags(), flags());
    let mut made: Vec<Vec<Made>> = targets
        .iter()
        .map(|target| vec![Made::No; target.plan().len()])
        .collect();
    let mut running = FuturesUnordered::new();
    let mut names: Vec<(usize, usize)> = Vec::new();
    let mut made_count = 0;
    let mut failures: BTreeMap<usize, CliError> = BTreeMap::new();
    loop {
        for (index, target) in targets.iter().enumerate() {
            if failures.contains_key(&index) {
                continue;
            }
            for position in target.plan().ready(&begun[index], &done[index]) {
                if running.len() >= AT_ONCE {
                    break;
                }
                begun[index][position] = true;
                made[index][position] = Made::Unknown;
                names.push((index, position));
                let change = target.plan().changes()[position].clone();
                let line = (!target.asks(&change)).then(|| lines.begin(change.brief()));
                running.push(async move {
                    let start = Instant::now();
                    let result = target.apply(&change).await;
                    UnderWay {
                        target: index,
                        position,
                        change,
                        line,
                        took: start.elapsed(),
                        result,
                    }
                });
            }
        }
        let under_way: Vec<String> = names
            .iter()
            .map(|&(index, position)| targets[index].plan().changes()[position].to_string())
            .collect();
        let progress_now = PlanProgress::of_changes(made_count, count, under_way);
        report_so_far(context, targets, &made, &progress_now);
        context.note(progress_now);
        let Some(UnderWay {
            target,
            position,
            change,
            line,
            took,
            result,
        }) = running.next().await
        else {
            break;
        };
        names.retain(|name| *name != (target, position));
        match result {
            Ok(()) => {
                done[target][position] = true;
                made[target][position] = Made::Yes(took);
                made_count += 1;
                match line {
                    Some(line) if lines.is_live() => {
                        lines.done(line, '✓', change.brief(), &change);
                    }
                    Some(_) => {
                        let mark = painted(GOOD, "✓");
                        context.ui.status(format_args!("{mark} {change}"));
                    }
                    None => {}
                }
            }
            Err(error) => {
                if let Some(line) = line {
                    lines.give_up(line);
                }
                let error = match failures.remove(&target) {
                    None => error,
                    Some(first) => first.because(also_failed(&change, &error)),
                };
                failures.insert(target, error);
            }
        }
    }
    let all = PlanProgress::of_changes(made_count, count, Vec::new());
    context.note(all.clone());
    if failures.is_empty() {
        return Ok(made);
    }
    let not_made = targets.iter().zip(&done).flat_map(|(target, done)| {
        let changes = target.plan().changes().iter().zip(done);
        changes
            .filter(|(_, done)| !**done)
            .map(|(change, _)| change.to_string())
    });
    let not_made = not_made.collect::<Vec<_>>().join("; ");
    Err(failed(targets, failures)
        .because(format!("{all}; not made: {not_made}"))
        .hint_if_none(CONTINUE))
}

/// Makes one error of those of the targets: the first, with what became of the others.
fn failed<T: Target>(targets: &[T], failures: BTreeMap<usize, CliError>) -> CliError {
    let names = |has_failed: bool| {
        let named = targets.iter().enumerate().filter(|(index, target)| {
            failures.contains_key(index) == has_failed && !target.plan().is_empty()
        });
        let names: Vec<String> = named.map(|(_, target)| target.name()).collect();
        names.join(", ")
    };
    let (failed, complete) = (names(true), names(false));
    let mut failures = failures.into_iter();
    let Some((_, mut error)) = failures.next() else {
        return CliError::failed("a change failed");
    };
    for (index, other) in failures {
        error = error.because(also_failed(targets[index].name(), &other));
    }
    if targets.len() == 1 {
        return error;
    }
    error = error.because(format!("failed: {failed}"));
    match complete.as_str() {
        "" => error,
        complete => error.because(format!("complete: {complete}")),
    }
}

/// Keeps how far every plan has come, for the answer of a run that does not come to its end.
fn report_so_far<T: Target>(
    context: &Context,
    targets: &[T],
    made: &[Vec<Made>],
    progress: &PlanProgress,
) {
    for (position, (target, made)) in targets.iter().zip(made).enumerate() {
        let outcome = PlanOutcome {
            made: made.clone(),
            table_width: None,
        };
        let report = target.report(outcome, format!("{progress}."));
        context.ui.so_far(position, &report);
    }
}

/// Says what failed besides the first, and why.
fn also_failed(what: impl fmt::Display, error: &CliError) -> String {
    let why = error.causes();
    let why = why.first().map(|why| format!(": {why}"));
    format!(
        "also failed: {what}: {}{}",
        error.message(),
        why.unwrap_or_default()
    )
}

/// Reads every target again until nothing is left to change, or only what AWS documents to take longer than anybody waits.
async fn verify<T: Target>(context: &Context, targets: &[T]) -> Result<(), CliError> {
    let _progress = context
        .ui
        .progress("Verifying that AWS holds what was written");
    let start = Instant::now();
    let changed = targets.iter().filter(|target| !target.plan().is_empty());
    let verified = changed.map(|target| async move {
        let mut pause = VERIFY_PAUSE;
        loop {
            let left = target.remaining().await?;
            let Some(settling) = left.changes().iter().map(PlannedChange::settling).max() else {
                return Ok(());
            };
            let waited = start.elapsed();
            let is_over = |settling: Settling| waited >= settling.limit().min(VERIFY_TIMEOUT);
            if is_over(settling) {
                let is_slow = |change: &&T::Change| change.settling().limit() > waited;
                let (slow, wrong): (Vec<_>, Vec<_>) = left.changes().iter().partition(is_slow);
                if !wrong.is_empty() {
                    return Err(not_shown(&wrong, waited));
                }
                for change in slow {
                    let words = change.settling();
                    context.ui.warn(format_args!("{change}: {words}"));
                }
                return Ok(());
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_VERIFY_PAUSE);
        }
    });
    try_join_all(verified).await.map(|_| ())
}

/// Returns the error of changes that AWS does not show although they were made.
fn not_shown<C: PlannedChange>(wrong: &[&C], waited: Duration) -> CliError {
    let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
    CliError::failed("AWS does not show what was written")
        .because(format!(
            "still different after {} s: {}",
            waited.as_secs(),
            wrong.join("; ")
        ))
        .hint("somebody else may be changing the same resources; run the same command again")
}

/// Says how many changes were only planned.
pub(super) fn would_be_made(count: usize) -> String {
    match count {
        1 => "1 change would be made.".to_owned(),
        count => format!("{count} changes would be made."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::plan::{Change, Resource};
    use crate::chain::state::Queue;
    use crate::cli::args::Global;
    use crate::cli::environment::ProcessEnvironment;
    use crate::cli::ui::{Output, Ui};

    /// A relay whose queue never shows what was written.
    struct Stubborn(Plan);

    impl Stubborn {
        fn new(differs: Vec<&'static str>) -> Stubborn {
            let queue = Queue {
                name: "q".to_owned(),
                retention_s: 60,
                encrypted: true,
                policy: serde_json::Value::Null,
                tags: [].into(),
            };
            let mut plan = Plan::default();
            let part = Resource::Queue(queue);
            plan.push(Change::Update { part, differs }, []);
            Stubborn(plan)
        }
    }

    impl Target for Stubborn {
        type Change = Change;

        fn name(&self) -> String {
            "q".to_owned()
        }

        fn subject(&self) -> Subject {
            Subject {
                name: "q".to_owned(),
                topic: "t".to_owned(),
                relay: None,
            }
        }

        fn plan(&self) -> &Plan {
            &self.0
        }

        async fn apply(&self, _: &Change) -> Result<(), CliError> {
            Ok(())
        }

        async fn remaining(&self) -> Result<Plan, CliError> {
            Ok(self.0.clone())
        }
    }

    async fn verified(differs: Vec<&'static str>) -> (Result<(), CliError>, Duration) {
        let ui = Ui::new(Output::Text, true, 0, None);
        let context = Context::new(
            Global::default(),
            ProcessEnvironment::read(|_| None, None),
            ui,
        );
        let start = Instant::now();
        let verified = verify(&context, &[Stubborn::new(differs)]).await;
        (verified, start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_retention_period_that_sqs_is_slow_to_show_is_no_failure() {
        let (verified, waited) = verified(vec!["retention"]).await;
        verified.expect("SQS may take 15 minutes");
        assert!(waited >= VERIFY_TIMEOUT && waited < VERIFY_TIMEOUT * 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_should_show_by_now_and_does_not_is_a_failure() {
        for differs in [vec!["policy"], vec!["retention", "policy"]] {
            let (verified, waited) = verified(differs).await;
            let failure = verified.expect_err("SQS shows a policy within a minute");
            assert!(failure.causes()[0].contains("policy"));
            assert!(waited >= Settling::Queue.limit() && waited < VERIFY_TIMEOUT);
        }
    }
}
