//! What `doctor` finds wrong with a chain: one code, one row, one function each, over what was seen and nothing else.

mod failures;
mod function;
mod grants;
mod log;
mod phones;
mod publishing;
mod remedies;
mod role;
mod runtime;
pub mod snapshot;
mod subscription;
mod topic;
mod webhook_url;

use std::fmt::{self, Write};

use serde::Serialize;

pub use snapshot::{ChainSnapshot, Link, Part, Seen, Unchecked};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingSeverity {
    /// Good to know.
    Note,
    /// An alert can be lost, or will be one day.
    Warning,
    /// Alerts do not arrive.
    Error,
}

/// One check: a code that stays the same from version to version, and what finds it.
#[derive(Debug)]
pub struct Check {
    /// Such as `DD001`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: FindingSeverity,
    /// What is wrong, in general.
    pub title: &'static str,
    /// What it means for alerts.
    pub consequence: &'static str,
    /// What of its link it is about.
    pub part: Part,
    look: fn(&ChainSnapshot) -> Vec<Occurrence>,
}

/// One place at which a check finds something.
#[derive(Debug)]
struct Occurrence {
    link: Link,
    what: String,
    remedy: String,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check's code.
    pub code: &'static str,
    /// How bad it is.
    pub severity: FindingSeverity,
    /// Where.
    pub link: Link,
    /// In what of it.
    pub part: Part,
    /// What is wrong.
    pub what: String,
    /// What it means for alerts.
    pub consequence: &'static str,
    /// The command that mends it.
    pub remedy: String,
}

/// Every check, in the order of the chain. A code is given once, in the order in which they came, and stays.
pub const CHECKS: &[&[Check]] = &[
    publishing::CHECKS,
    topic::CHECKS,
    subscription::CHECKS,
    function::CHECKS,
    role::CHECKS,
    webhook_url::CHECKS,
    phones::CHECKS,
    failures::CHECKS,
    log::CHECKS,
];

/// Returns everything that is wrong, in the order of the chain.
pub fn diagnose(chain: &ChainSnapshot) -> Vec<Finding> {
    let checks = CHECKS.iter().flat_map(|checks| checks.iter());
    let mut findings: Vec<Finding> = checks
        .flat_map(|check| {
            (check.look)(chain)
                .into_iter()
                .map(|Occurrence { link, what, remedy }| Finding {
                    code: check.code,
                    severity: check.severity,
                    link,
                    part: check.part,
                    what,
                    consequence: check.consequence,
                    remedy,
                })
        })
        .collect();
    findings.sort_by_key(|finding| finding.link);
    findings
}

/// Returns the table of codes as `docs/operations.md` holds it.
pub fn table() -> String {
    let mut table = "| code | severity | what is wrong | what it means for alerts |\n| --- | --- | --- | --- |\n".to_owned();
    let mut checks: Vec<&Check> = CHECKS.iter().flat_map(|checks| checks.iter()).collect();
    checks.sort_by_key(|check| check.code);
    for Check {
        code,
        severity,
        title,
        consequence,
        ..
    } in checks
    {
        // Writing to a String cannot fail.
        let _ = writeln!(table, "| {code} | {severity} | {title} | {consequence} |");
    }
    table
}

impl ChainSnapshot {
    /// Returns a command of ddalert about this chain's topic, as it can be pasted.
    fn ddalert(&self, command: &str) -> String {
        format!(
            "ddalert {command} --topic {} --region {}",
            self.topic.name, self.topic.region
        )
    }

    /// Returns a command of the AWS CLI in this chain's region.
    fn aws(&self, command: &str) -> String {
        format!("aws {command} --region {}", self.topic.region)
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

#[cfg(test)]
mod tests;
