//! The checks of `doctor`: each has a code, a row, a function and a test, and sees nothing but a [`ChainSnapshot`].
//!
//! To add a code: one row and one function in the file of its part of the chain, one test below them, and
//! `.ci/regenerate` for the page of codes.

mod buffer;
mod check;
mod execution_role;
mod failure_queue;
mod function;
mod log;
mod occurrences;
mod phones;
mod policy_evaluation;
mod publishing;
mod remedies;
mod runtime;
pub mod snapshot;
mod subscription;
mod topic;
mod webhook_url;

use std::fmt::Write;

use check::Check;

pub use check::{Finding, FindingSeverity};
pub use policy_evaluation::distrusts;
pub use snapshot::{ChainSnapshot, Link, Part, Unchecked};

/// Every check by the part of the chain it is about, in the order in which an alert passes, with the heading on the page of codes.
/// A new check takes the next free code, wherever it stands; a code is never given twice.
const CHECKS: &[(&str, &[Check])] = &[
    ("Device Defender", publishing::CHECKS),
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
