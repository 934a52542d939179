//! What a command reports of changes: what they are about, each change with whether it was made, and what that means.

use std::fmt;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::deployed_relay::DeployedRelay;
use super::style;
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
}

/// The changes of a plan, with whether each was made.
#[derive(Debug)]
struct Changes<C> {
    plan: Plan<C>,
    /// For each change whether it was made; nothing where that is not known.
    made: Vec<Option<bool>>,
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
}

impl<C: PlannedChange> ChangeReport<C> {
    /// Reports a plan; `made` says for each change whether it was made.
    pub(super) fn new(
        subject: Subject,
        plan: Plan<C>,
        made: Vec<Option<bool>>,
        summary: String,
    ) -> ChangeReport<C> {
        ChangeReport {
            name: subject.name,
            topic: subject.topic,
            applied: !made.is_empty() && made.iter().all(|made| *made == Some(true)),
            changes: Changes { plan, made },
            relay: subject.relay,
            summary,
        }
    }

    /// Reports that there is nothing to change.
    pub(super) fn nothing(subject: Subject, summary: String) -> ChangeReport<C> {
        ChangeReport::new(subject, Plan::default(), Vec::new(), summary)
    }
}

impl<C: Serialize> Serialize for Changes<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct WithOutcome<'a, C> {
            #[serde(flatten)]
            change: &'a C,
            made: Option<bool>,
        }
        let changes = self.plan.changes().iter().zip(&self.made);
        serializer.collect_seq(changes.map(|(change, made)| WithOutcome {
            change,
            made: *made,
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
        let Changes { plan, .. } = &self.changes;
        if !self.applied && !plan.is_empty() {
            writeln!(f, "{}", PaintedPlan(plan))?;
            if let Some(relay) = &self.relay {
                writeln!(f, "{relay}")?;
            }
        }
        f.write_str(&self.summary)
    }
}
