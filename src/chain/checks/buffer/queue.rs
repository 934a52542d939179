//! The buffer itself: does it take alerts from the topic, keep them, and give them up to the failure queue when it is time?

use super::mapping::mapping;
use crate::chain::checks::check::Occurrence;
use crate::chain::checks::occurrences::{in_relays, in_relays_to_redeploy};
use crate::chain::checks::policy_evaluation::PolicyRequest;
use crate::chain::checks::queue_key::sns_can_use;
use crate::chain::checks::remedies::set_queue_attributes;
use crate::chain::checks::snapshot::{BufferSnapshot, ChainSnapshot, RelaySnapshot};
use crate::chain::spec::{BATCH_WINDOW_S, BUFFER_RETENTION_S, BUFFER_VISIBILITY_S, LEAST_RECEIVES};
use crate::chain::state::Trigger;

/// Returns a relay's buffer, if its subscription delivers to it.
pub(super) fn buffer(relay: &RelaySnapshot) -> Option<&BufferSnapshot> {
    relay
        .buffer
        .found()
        .filter(|_| relay.trigger == Trigger::Sqs)
}

pub(super) fn buffer_missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let is_missing = relay.trigger == Trigger::Sqs && relay.buffer.is_missing();
        is_missing.then(|| format!("the buffer {} does not exist", relay.names.buffer))
    })
}

pub(super) fn alerts_not_accepted(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let request = PolicyRequest {
            principals: &["sns.amazonaws.com"],
            action: "sqs:SendMessage",
            resource: Some(&relay.names.buffer_arn()),
            source: &chain.topic.to_string(),
            account: &chain.topic.account,
        };
        let is_denied = request.is_denied_by(&buffer(relay)?.buffer.policy);
        is_denied.then(|| {
            format!(
                "the buffer {} does not accept messages from the topic",
                relay.names.buffer
            )
        })
    })
}

pub(super) fn short_visibility(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let held = buffer(relay)?.buffer.visibility_s;
        // Another timeout of the function is DD059's, but the buffer must be right for it as well.
        let window = mapping(relay).map_or(BATCH_WINDOW_S, |found| found.mapping.window_s);
        let needed = u32::try_from(relay.settings.timeout_s.saturating_mul(6) + window)
            .unwrap_or(BUFFER_VISIBILITY_S);
        (held < needed).then(|| {
            format!(
                "the visibility timeout of {} is {held} s; six times the timeout of {} and the batching window are {needed} s",
                relay.names.buffer, relay.names.function
            )
        })
    })
}

pub(super) fn wrong_redrive(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let (name, queue) = (&relay.names.buffer, relay.names.queue_arn());
        match &buffer(relay)?.buffer.redrive {
            None => Some(format!("the buffer {name} has no redrive policy")),
            Some(redrive) if redrive.to != queue => Some(format!(
                "the buffer {name} gives up alerts to {}",
                redrive.to
            )),
            Some(redrive) if redrive.max_receives < LEAST_RECEIVES => Some(format!(
                "the buffer {name} gives up an alert after {} tries",
                redrive.max_receives
            )),
            Some(_) => None,
        }
    })
}

pub(super) fn key_unusable(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        let key = buffer(relay)?.key.as_ref()?;
        let why = match (key.unusable.as_deref(), sns_can_use(chain, key)) {
            (Some("missing"), _) => "which does not exist".to_owned(),
            (Some(state), _) => format!("which is in the state {state}"),
            (None, false) => "which SNS cannot use".to_owned(),
            // Lambda reads the buffer with the execution role, which may use no key but that of the webhook URL.
            (None, true) => "which the execution role of the relay cannot use".to_owned(),
        };
        let name = &relay.names.buffer;
        Some((
            format!(
                "the buffer {name} is encrypted with the KMS key {}, {why}",
                key.id
            ),
            set_queue_attributes(chain, name, "KmsMasterKeyId=,SqsManagedSseEnabled=true"),
        ))
    })
}

pub(super) fn other_buffer_settings(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let held = &buffer(relay)?.buffer;
        let mut wrong = Vec::new();
        if held.retention_s < BUFFER_RETENTION_S {
            wrong.push(format!("keeps alerts for {} s", held.retention_s));
        }
        if !held.encrypted {
            wrong.push("does not encrypt alerts".to_owned());
        }
        (!wrong.is_empty())
            .then(|| format!("the buffer {} {}", relay.names.buffer, wrong.join(" and ")))
    })
}
