//! What a command reports of changes: what they are about, each change with whether it was made, and what that means.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::deployed_relay::DeployedRelay;
use super::live::Took;
use super::style::{self, FAINT};
use super::table::{Cell, Column, Cut, Table};
use crate::chain::plan::{Change, Plan, PlannedChange};

/// What changes are about.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    /// A function, or the role of Device Defender.
    pub(super) name: String,
    /// The ARN of the topic.
    pub(super) topic: String,
    /// The relay that they deploy, if they change a function's code.
    pub(super) relay: Option<DeployedRelay>,
}

/// What a command reports of one plan.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ChangeReport<C: PlannedChange = Change> {
    /// What the changes are about: a function, or the role of Device Defender.
    name: String,
    /// The ARN of the topic.
    topic: String,
    /// Whether all changes were made, and AWS holds them; false where there is nothing to change.
    applied: bool,
    /// The changes, in the order of the plan.
    #[schemars(with = "Vec<PlannedChangeSchema>")]
    changes: Changes<C>,
    /// The relay that they deploy, if they change a function's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    relay: Option<DeployedRelay>,
    /// What it means, one sentence.
    summary: String,
    /// How wide the table of what was made is, where the answer shows one.
    #[serde(skip)]
    table_width: Option<usize>,
}

/// What became of a plan.
#[derive(Clone, Debug, Default)]
pub(super) struct PlanOutcome {
    /// For each change what became of it; none if no change was begun.
    pub(super) made: Vec<Made>,
    /// How wide the table of what was made is, where the answer shows one.
    pub(super) table_width: Option<usize>,
}

/// What became of one change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    /// It was made, and took so long.
    Yes(Duration),
    /// It was not begun.
    No,
    /// It failed or was under way when the run ended: it may have been made, or a part of it.
    Unknown,
}

impl PlanOutcome {
    /// Returns whether all changes were made, and there were some.
    pub(super) fn is_applied(&self) -> bool {
        let is_made = |made: &Made| matches!(made, Made::Yes(_));
        !self.made.is_empty() && self.made.iter().all(is_made)
    }
}

/// The changes of a plan, with what became of each.
#[derive(Debug)]
struct Changes<C> {
    plan: Plan<C>,
    made: Vec<Made>,
}

/// One change of a plan. Besides these keys it has what the resource is to hold; those can change with any version.
#[derive(JsonSchema)]
#[schemars(rename = "PlannedChange")]
#[allow(dead_code, reason = "only its schema is used")]
struct PlannedChangeSchema {
    /// What is done to a resource of a relay (`create`, `update`, `remove`), or to the logging of texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<String>,
    /// The resource of a relay, with its kind in `resource`: `function`, `event-invoke-config`.
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<serde_json::Map<String, serde_json::Value>>,
    /// What is done to the account's SMS settings, or to Device Defender, such as `opt-in` or `create-role`.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<String>,
    /// What differs from what is wanted, where a resource is updated.
    #[serde(skip_serializing_if = "Option::is_none")]
    differs: Option<Vec<String>>,
    /// Whether the change was made; null where it failed or was under way when the run ended: it may have been made, or a part
    /// of it.
    made: Option<bool>,
    /// Milliseconds that the change took; absent if it was not made.
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed_ms: Option<u64>,
}

impl<C: PlannedChange> ChangeReport<C> {
    /// Reports a plan.
    pub(super) fn new(
        subject: Subject,
        plan: Plan<C>,
        outcome: PlanOutcome,
        summary: String,
    ) -> ChangeReport<C> {
        let applied = outcome.is_applied();
        let PlanOutcome {
            mut made,
            table_width,
        } = outcome;
        made.resize(plan.len(), Made::No);
        ChangeReport {
            name: subject.name,
            topic: subject.topic,
            applied,
            changes: Changes { plan, made },
            relay: subject.relay,
            summary,
            table_width,
        }
    }

    /// Reports that there is nothing to change.
    pub(super) fn nothing(subject: Subject, summary: String) -> ChangeReport<C> {
        ChangeReport::new(subject, Plan::default(), PlanOutcome::default(), summary)
    }
}

impl<C: Serialize> Serialize for Changes<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct WithOutcome<'a, C> {
            #[serde(flatten)]
            change: &'a C,
            made: Option<bool>,
            #[serde(skip_serializing_if = "Option::is_none")]
            elapsed_ms: Option<u64>,
        }
        let changes = self.plan.changes().iter().zip(&self.made);
        serializer.collect_seq(changes.map(|(change, made)| WithOutcome {
            change,
            made: match made {
                Made::Yes(_) => Some(true),
                Made::No => Some(false),
                Made::Unknown => None,
            },
            elapsed_ms: match made {
                Made::Yes(took) => u64::try_from(took.as_millis()).ok(),
                Made::No | Made::Unknown => None,
            },
        }))
    }
}

/// A plan whose signs are in colour.
pub(super) struct PaintedPlan<'a, C>(pub(super) &'a Plan<C>);

impl<C: PlannedChange> fmt::Display for PaintedPlan<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.0.changes().iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{} {change}", style::sign(change.sign()))?;
        }
        Ok(())
    }
}

impl<C: PlannedChange> fmt::Display for ChangeReport<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Changes { plan, made } = &self.changes;
        if let (true, Some(width)) = (self.applied, self.table_width) {
            writeln!(f, "{}", table(plan, made).lines(width))?;
        }
        if !self.applied && !plan.is_empty() {
            writeln!(f, "{}", PaintedPlan(plan))?;
            if let Some(relay) = &self.relay {
                writeln!(f, "{relay}")?;
            }
        }
        f.write_str(&self.summary)
    }
}

/// Returns the table of what was made.
fn table<C: PlannedChange>(plan: &Plan<C>, made: &[Made]) -> Table<4> {
    let mut table = Table::new([
        Column::whole("CHANGE"),
        Column::cut("RESOURCE", Cut::End),
        Column::cut("NAME", Cut::Middle),
        Column::numbers("TIME"),
    ]);
    for (change, made) in plan.changes().iter().zip(made) {
        let brief = change.brief();
        let time = match made {
            Made::Yes(took) => Took(*took).to_string(),
            Made::No | Made::Unknown => String::new(),
        };
        table.row([
            Cell::painted(style::sign_style(change.sign()), brief.done),
            Cell::plain(brief.what),
            Cell::plain(brief.name),
            Cell::painted(FAINT, time),
        ]);
    }
    table
}
