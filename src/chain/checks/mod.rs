//! The checks of `doctor`: each has a code, a row, a function and a test, and sees nothing but a [`ChainSnapshot`].
//!
//! To add a code: one row in the file of its part of the chain, one function and one test there or in the part's folder,
//! and `.ci/regenerate` for the page of codes.

mod buffer;
mod check;
mod execution_role;
mod failure_queue;
mod filters;
mod function;
mod log;
mod occurrences;
mod phone_remedies;
mod phones;
mod policy_evaluation;
mod publish_role;
mod publishable;
mod publishing;
mod queue_key;
mod reading;
mod remedies;
mod role_policies;
mod runtime;
pub mod snapshot;
mod subscription;
mod topic;
mod webhook_url;

use std::fmt::Write;

use serde::Serialize;

use check::Check;

pub use check::{Finding, FindingSeverity, Remedy};
pub use filters::filter_words;
pub use policy_evaluation::distrusts;
pub use publishable::{PublishReport, PublishVerdict};
pub use snapshot::{ChainSnapshot, Link, Part, Reading, Unchecked};

/// Every check by the part of the chain it is about, in the order in which an alert passes, with the heading on the page of codes.
/// A new check takes the next free code, wherever it stands; a code is never given twice.
const CHECKS: &[(&str, &[Check])] = &[
    ("Device Defender", publishing::CHECKS),
    ("Roles of Device Defender", publish_role::CHECKS),
    ("Topic", topic::CHECKS),
    ("Subscriptions", subscription::CHECKS),
    ("Buffers", buffer::CHECKS),
    ("Functions", function::CHECKS),
    ("Execution roles", execution_role::CHECKS),
    ("Webhook URLs", webhook_url::CHECKS),
    ("Phones", phones::CHECKS),
    ("Failure queues", failure_queue::CHECKS),
    ("Logs", log::CHECKS),
];

fn checks() -> impl Iterator<Item = &'static Check> {
    CHECKS.iter().flat_map(|(_, checks)| *checks)
}

/// Returns everything that is wrong with a chain, in the order in which an alert passes.
pub fn diagnose(chain: &ChainSnapshot) -> Vec<Finding> {
    let mut findings: Vec<Finding> = checks().flat_map(|check| check.findings(chain)).collect();
    findings.sort_by_key(|finding| finding.link);
    findings
}

/// How many checks a chain calls for, each code counted at each link that it is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Coverage {
    /// How many there are.
    pub checks: usize,
    /// How many of them could not be made, because something could not be read.
    pub not_made: usize,
}

/// Returns how many checks a chain calls for, and how many of them could not be made.
pub fn coverage(chain: &ChainSnapshot) -> Coverage {
    let mut coverage = Coverage::default();
    for (link, parts) in chain.links() {
        for check in checks().filter(|check| parts.contains(&check.part)) {
            let is_unread = |reading: &Reading| chain.is_unread(link, *reading);
            coverage.checks += 1;
            coverage.not_made += usize::from(check.reads.iter().any(is_unread));
        }
    }
    coverage
}

/// Returns the reference of codes in Markdown, as `docs/doctor.md` holds it: a table of all codes, then a section for each.
pub fn reference() -> String {
    let mut text = "| code | severity | what is wrong |\n| --- | --- | --- |\n".to_owned();
    let mut sorted: Vec<&Check> = checks().collect();
    sorted.sort_by_key(|check| check.code);
    // Writing to a String cannot fail.
    for Check {
        code,
        severity,
        title,
        ..
    } in sorted
    {
        let _ = writeln!(
            text,
            "| [{code}](#{}) | {severity} | {title} |",
            code.to_lowercase()
        );
    }
    for (heading, checks) in CHECKS {
        let _ = writeln!(text, "\n### {heading}");
        for Check {
            code,
            severity,
            title,
            consequence,
            remedy,
            ..
        } in *checks
        {
            let _ = writeln!(
                text,
                "\n#### {code}\n\n**{title}** ({severity})\n\n- Effect: {consequence}.\n- Fix: {remedy}"
            );
        }
    }
    text
}

#[cfg(test)]
mod tests;
