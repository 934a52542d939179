//! Walks over the subscribers of a topic, their functions, or the relays among these, and collects where a check finds its problem.
//!
//! A check returns what is wrong and how to fix it, or `None`.

use super::check::Occurrence;
use super::remedies::redeploy;
use super::snapshot::{ChainSnapshot, FunctionSnapshot, RelaySnapshot, SubscriberSnapshot};

/// What is wrong, and how to fix it.
type Problem = (String, String);

/// Checks each subscriber.
pub(super) fn in_subscribers(
    chain: &ChainSnapshot,
    mut check: impl FnMut(&SubscriberSnapshot) -> Option<Problem>,
) -> Vec<Occurrence> {
    chain
        .subscribers()
        .filter_map(|(link, subscriber)| {
            check(subscriber).map(|(what, remedy)| Occurrence::new(link, what, remedy))
        })
        .collect()
}

/// Checks each subscribed function.
pub(super) fn in_functions(
    chain: &ChainSnapshot,
    check: impl Fn(&FunctionSnapshot) -> Option<Problem>,
) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| check(subscriber.function.found()?))
}

/// Checks each relay.
pub(super) fn in_relays(
    chain: &ChainSnapshot,
    check: impl Fn(&RelaySnapshot) -> Option<Problem>,
) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| check(subscriber.relay()?))
}

/// Checks each relay for a problem that deploying it again fixes: `check` returns what is wrong.
pub(super) fn in_relays_to_redeploy(
    chain: &ChainSnapshot,
    check: impl Fn(&RelaySnapshot) -> Option<String>,
) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        check(relay).map(|what| (what, redeploy(chain, relay)))
    })
}
