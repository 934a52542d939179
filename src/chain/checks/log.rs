//! The log of each relay: it is what `test-publish` reads.

use super::remedies::relays;
use super::snapshot::ChainSnapshot;
use super::{Check, FindingSeverity, Occurrence, Part};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD041",
        severity: FindingSeverity::Warning,
        title: "The log group of a relay is not there",
        consequence: "what became of an alert cannot be seen, and test-publish cannot confirm it",
        part: Part::Log,
        look: log_group_missing,
    },
    Check {
        code: "DD042",
        severity: FindingSeverity::Note,
        title: "The log group of a relay keeps its log for ever",
        consequence: "none for alerts; the log costs more every month",
        part: Part::Log,
        look: log_kept_for_ever,
    },
];

fn log_group_missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    relays(chain, |relay| {
        relay
            .log_group
            .is_missing()
            .then(|| format!("the log group {} is not there", relay.names.log_group))
    })
}

fn log_kept_for_ever(chain: &ChainSnapshot) -> Vec<Occurrence> {
    relays(chain, |relay| {
        let kept = relay.log_group.found()?.retention_days.is_none();
        kept.then(|| {
            format!(
                "the log group {} keeps its log for ever",
                relay.names.log_group
            )
        })
    })
}
