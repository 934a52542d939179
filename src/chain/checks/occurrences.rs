//! Walks over the subscribers of a topic, their functions, or the relays among these, and collects where a check finds its problem.
//!
//! A check returns what is wrong and how to fix it (a [`Remedy`], or a command as a text), or `None`.

use super::check::{Occurrence, Remedy};
use super::remedies::redeploy;
use super::snapshot::{ChainSnapshot, FunctionSnapshot, RelaySnapshot, SubscriberSnapshot};

/// Checks each subscriber.
pub(super) fn in_subscribers<R: Into<Remedy>>(
    chain: &ChainSnapshot,
    mut check: impl FnMut(&SubscriberSnapshot) -> Option<(String, R)>,
) -> Vec<Occurrence> {
    chain
        .subscribers()
        .filter_map(|(link, subscriber)| {
            check(subscriber).map(|(what, remedy)| Occurrence::new(link, what, remedy))
        })
        .collect()
}

/// Checks each subscribed function.
pub(super) fn in_functions<R: Into<Remedy>>(
    chain: &ChainSnapshot,
    check: impl Fn(&FunctionSnapshot) -> Option<(String, R)>,
) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| check(subscriber.function.found()?))
}

/// Checks each relay.
pub(super) fn in_relays<R: Into<Remedy>>(
    chain: &ChainSnapshot,
    check: impl Fn(&RelaySnapshot) -> Option<(String, R)>,
) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| check(subscriber.relay()?))
}

/// Checks each relay for a problem that deploying it again fixes: `check` returns what is wrong.
pub(super) fn in_relays_to_redeploy(
    chain: &ChainSnapshot,
    check: impl Fn(&RelaySnapshot) -> Option<String>,
) -> Vec<Occurrence> {
    in_relays(chain, |relay| Some((check(relay)?, redeploy(chain, relay))))
}
