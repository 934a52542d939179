//! The log group of each relay, where `test-publish` reads what became of an alert.

use super::check::{Check, FindingSeverity, Occurrence};
use super::occurrences::in_relays_to_redeploy;
use super::snapshot::{ChainSnapshot, Part, Reading};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD041",
        severity: FindingSeverity::Warning,
        reads: &[Reading::LogGroup],
        title: "The log group of a relay does not exist",
        consequence: "deliveries leave no trace, and test-publish cannot confirm them",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::Log,
        find: log_group_missing,
    },
    Check {
        code: "DD042",
        severity: FindingSeverity::Note,
        reads: &[Reading::LogGroup],
        title: "The log group of a relay has no retention period",
        consequence: "alerts are not affected; the cost of the log grows every month",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::Log,
        find: no_retention,
    },
];

fn log_group_missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        relay
            .log_group
            .is_missing()
            .then(|| format!("the log group {} does not exist", relay.names.log_group))
    })
}

fn no_retention(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let has_none = relay.log_group.found()?.retention_days.is_none();
        has_none.then(|| {
            format!(
                "the log group {} has no retention period",
                relay.names.log_group
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::chain::checks::tests::*;

    #[test]
    fn dd041_log_group_missing() {
        finds("DD041", DEPLOY, |chain| {
            relay(chain).log_group = Lookup::Missing
        });
    }

    #[test]
    fn dd042_no_retention() {
        finds("DD042", DEPLOY, |chain| {
            let Lookup::Found(group) = &mut relay(chain).log_group else {
                unreachable!("a log group")
            };
            group.retention_days = None;
        });
    }
}
