//! The event source mapping: does Lambda take alerts from the buffer, and all of them?

use crate::chain::checks::check::Occurrence;
use crate::chain::checks::occurrences::in_relays_to_redeploy;
use crate::chain::checks::snapshot::{ChainSnapshot, MappingSnapshot, RelaySnapshot};
use crate::chain::spec::{BATCH_SIZE, BATCH_WINDOW_S, BATCHES_AT_ONCE};
use crate::chain::state::Trigger;

/// Returns what takes alerts from a relay's buffer, if its subscription delivers to it.
pub(super) fn mapping(relay: &RelaySnapshot) -> Option<&MappingSnapshot> {
    relay
        .mapping
        .found()
        .filter(|_| relay.trigger == Trigger::Sqs)
}

pub(super) fn mapping_missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        // A buffer that is missing as well is DD110's.
        let is_buffered = relay.trigger == Trigger::Sqs && !relay.buffer.is_missing();
        (is_buffered && relay.mapping.is_missing()).then(|| {
            format!(
                "no event source mapping takes alerts from {} to {}",
                relay.names.buffer, relay.names.function
            )
        })
    })
}

pub(super) fn mapping_disabled(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let MappingSnapshot {
            mapping,
            state,
            last_result,
        } = mapping(relay)?;
        let result = last_result
            .as_ref()
            .map(|result| format!("; its last result was: {result}"))
            .unwrap_or_default();
        (!mapping.enabled).then(|| {
            format!(
                "the event source mapping of {} is in the state {state}{result}",
                relay.names.buffer
            )
        })
    })
}

pub(super) fn failures_not_reported(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        (!mapping(relay)?.mapping.reports_failures).then(|| {
            format!(
                "the event source mapping of {} has no ReportBatchItemFailures",
                relay.names.buffer
            )
        })
    })
}

pub(super) fn other_mapping_settings(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let held = &mapping(relay)?.mapping;
        let mut differs = Vec::new();
        if held.max_concurrency != Some(BATCHES_AT_ONCE) {
            let held = held
                .max_concurrency
                .map_or("none".to_owned(), |most| most.to_string());
            differs.push(format!(
                "a maximum concurrency of {held} instead of {BATCHES_AT_ONCE}"
            ));
        }
        if held.batch_size != BATCH_SIZE {
            differs.push(format!(
                "a batch size of {} instead of {BATCH_SIZE}",
                held.batch_size
            ));
        }
        if held.window_s != BATCH_WINDOW_S {
            differs.push(format!(
                "a batching window of {} s instead of {BATCH_WINDOW_S} s",
                held.window_s
            ));
        }
        (!differs.is_empty()).then(|| {
            format!(
                "the event source mapping of {} has {}",
                relay.names.buffer,
                differs.join(", ")
            )
        })
    })
}

pub(super) fn mapping_filters(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        mapping(relay)?.mapping.filtered.then(|| {
            format!(
                "the event source mapping of {} has filter criteria",
                relay.names.buffer
            )
        })
    })
}
