//! What triggers a relay: the buffer, the topic, or both.

use crate::chain::checks::check::Occurrence;
use crate::chain::checks::occurrences::{in_relays, in_subscribers};
use crate::chain::checks::remedies::{redeploy, redeploy_with};
use crate::chain::checks::snapshot::{ChainSnapshot, RelaySnapshot};
use crate::chain::peak::beyond_the_room;
use crate::chain::state::Trigger;

pub(super) fn raw_delivery(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| {
        let relay = subscriber
            .relay()
            .filter(|relay| relay.trigger == Trigger::Sqs)?;
        subscriber.subscription.found()?.raw_delivery.then(|| {
            (
                format!(
                    "the subscription of {} has raw message delivery on",
                    relay.names.buffer
                ),
                redeploy(chain, relay),
            )
        })
    })
}

pub(super) fn both_triggers(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        let is_direct = |other: &RelaySnapshot| {
            other.trigger == Trigger::Sns && other.names.function == relay.names.function
        };
        let is_double =
            relay.trigger == Trigger::Sqs && chain.relays().any(|(_, other)| is_direct(other));
        is_double.then(|| {
            let name = &relay.names.function;
            (
                format!("the topic delivers to {name} and to {}", relay.names.buffer),
                redeploy_with(chain, relay, " --trigger sqs"),
            )
        })
    })
}

pub(super) fn left_over(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        let is_buffered = chain.relays().any(|(_, other)| {
            other.trigger == Trigger::Sqs && other.names.function == relay.names.function
        });
        let held = relay.buffer.found().filter(|_| !is_buffered)?;
        let holds = match held.contents.messages {
            0 => String::new(),
            1 => " and holds about 1 alert".to_owned(),
            count => format!(" and holds about {count} alerts"),
        };
        (relay.trigger == Trigger::Sns).then(|| {
            (
                format!(
                    "the buffer {} still exists{holds}, although the topic triggers {} directly",
                    relay.names.buffer, relay.names.function
                ),
                redeploy_with(chain, relay, " --trigger sns"),
            )
        })
    })
}

pub(super) fn buffer_advisable(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        let peak = chain.peak.filter(|_| relay.trigger == Trigger::Sns)?;
        let why = beyond_the_room(peak, &chain.topic.name, &relay.target)?;
        Some((why, redeploy_with(chain, relay, " --trigger sqs")))
    })
}
