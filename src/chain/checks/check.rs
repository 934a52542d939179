//! What a check is, and what it finds.

use std::fmt;

use serde::Serialize;

use super::snapshot::{ChainSnapshot, Link, Part};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FindingSeverity {
    /// Worth knowing; alerts arrive.
    Note,
    /// Alerts can be lost, now or later.
    Warning,
    /// Alerts do not arrive.
    Error,
}

/// A check: a code that never changes its meaning, the texts of `docs/doctor.md`, and the function that finds the problem.
#[derive(Debug)]
pub(super) struct Check {
    /// The code, such as `DD001`.
    pub(super) code: &'static str,
    /// How bad it is.
    pub(super) severity: FindingSeverity,
    /// The problem in general, without a period.
    pub(super) title: &'static str,
    /// What it means for alerts: printed with every finding, lower-case, without a period.
    pub(super) consequence: &'static str,
    /// How it is fixed in general, in Markdown, with placeholders in capitals. Commands leave out `--topic` and `--region`.
    pub(super) remedy: &'static str,
    /// The part of its link that it is about.
    pub(super) part: Part,
    /// Returns every place with the problem.
    pub(super) find: fn(&ChainSnapshot) -> Vec<Occurrence>,
}

/// One place where a check finds its problem.
#[derive(Debug)]
pub(super) struct Occurrence {
    /// The link of the chain.
    pub(super) link: Link,
    /// The problem, with the names of the resources: lower-case, without a period.
    pub(super) what: String,
    /// The command that fixes it, ready to be pasted, or what to do where no command can.
    pub(super) remedy: String,
}

/// A problem of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Finding {
    /// The code of the check.
    pub code: &'static str,
    /// How bad it is.
    pub severity: FindingSeverity,
    /// The link of the chain.
    pub link: Link,
    /// The part of the link.
    pub part: Part,
    /// What is wrong.
    pub what: String,
    /// What it means for alerts.
    pub consequence: &'static str,
    /// The command that fixes it, ready to be pasted, or what to do where no command can.
    pub remedy: String,
}

impl Occurrence {
    /// Returns an occurrence at `link`.
    pub(super) fn new(link: Link, what: String, remedy: String) -> Occurrence {
        Occurrence { link, what, remedy }
    }
}

impl Check {
    /// Returns everything that this check finds.
    pub(super) fn findings(&self, chain: &ChainSnapshot) -> impl Iterator<Item = Finding> {
        (self.find)(chain)
            .into_iter()
            .map(|Occurrence { link, what, remedy }| Finding {
                code: self.code,
                severity: self.severity,
                link,
                part: self.part,
                what,
                consequence: self.consequence,
                remedy,
            })
    }
}

impl fmt::Display for FindingSeverity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FindingSeverity::Note => "note",
            FindingSeverity::Warning => "warning",
            FindingSeverity::Error => "error",
        })
    }
}
