//! What every check of a subscriber does: go over the subscribers, functions or relays, and say what mends what is found.

use super::Occurrence;
use super::snapshot::{ChainSnapshot, FunctionSnapshot, Link, RelaySnapshot, SubscriberSnapshot};
use crate::arn::resource_name;
use crate::chain::delivery::shown_endpoint;
use crate::destination::DESTINATIONS;
use crate::destination::sms::PhoneNumber;
use crate::destination::sms::SMS_TARGET;

/// Looks at each subscriber; `look` returns what is wrong and how to mend it.
pub(super) fn each(
    chain: &ChainSnapshot,
    mut look: impl FnMut(Link, &SubscriberSnapshot) -> Option<(String, String)>,
) -> Vec<Occurrence> {
    chain
        .subscribers()
        .filter_map(|(link, subscriber)| {
            look(link, subscriber).map(|(what, remedy)| Occurrence { link, what, remedy })
        })
        .collect()
}

/// Looks at each function; `look` returns what is wrong and, where deploying the relay again does not, what mends it.
pub(super) fn functions(
    chain: &ChainSnapshot,
    look: impl Fn(&FunctionSnapshot) -> Option<(String, String)>,
) -> Vec<Occurrence> {
    chain
        .functions()
        .filter_map(|(link, _, function)| {
            look(function).map(|(what, remedy)| Occurrence { link, what, remedy })
        })
        .collect()
}

/// Looks at each relay; `look` returns what is wrong and what mends it.
pub(super) fn relays_with(
    chain: &ChainSnapshot,
    look: impl Fn(&RelaySnapshot) -> Option<(String, String)>,
) -> Vec<Occurrence> {
    chain
        .relays()
        .filter_map(|(link, _, relay)| {
            look(relay).map(|(what, remedy)| Occurrence { link, what, remedy })
        })
        .collect()
}

/// Looks at each relay; what `look` says is mended by deploying it again.
pub(super) fn relays(
    chain: &ChainSnapshot,
    look: impl Fn(&RelaySnapshot) -> Option<String>,
) -> Vec<Occurrence> {
    relays_with(chain, |relay| {
        look(relay).map(|what| (what, deploy(chain, relay)))
    })
}

/// What a subscriber is called: its function's name, its phone with the middle hidden, or its endpoint.
pub(super) fn name(subscriber: &SubscriberSnapshot) -> String {
    match subscriber.protocol.as_str() {
        "lambda" => resource_name(&subscriber.endpoint).to_owned(),
        _ => shown_endpoint(&subscriber.endpoint),
    }
}

/// Returns the command of ddalert that makes the subscriber anew, where it is of a kind that ddalert makes.
pub(super) fn again(chain: &ChainSnapshot, subscriber: &SubscriberSnapshot) -> Option<String> {
    match subscriber.protocol.as_str() {
        "sms" => Some(chain.ddalert("subscribe-sms --subscribed")),
        "lambda" => {
            if let Some(relay) = subscriber
                .function
                .found()
                .and_then(|function| function.relay.as_deref())
            {
                return Some(deploy(chain, relay));
            }
            // Whom it texted went with its environment.
            if chain.usual_function(SMS_TARGET) == name(subscriber) {
                return Some(chain.ddalert("subscribe-sms +NUMBER --readable"));
            }
            let mut targets = DESTINATIONS.iter().map(|destination| destination.name);
            match targets.find(|target| chain.usual_function(target) == name(subscriber)) {
                Some(target) => Some(chain.ddalert(&format!("deploy-{target}"))),
                // What it delivered to went with its environment.
                None => {
                    let function = name(subscriber);
                    let is_gone =
                        subscriber.function.is_missing() && chain.tagged.contains(&function);
                    is_gone.then(|| chain.ddalert(&format!("deploy-TARGET --name {function}")))
                }
            }
        }
        _ => None,
    }
}

/// Returns the command that deploys the relay again.
pub(super) fn deploy(chain: &ChainSnapshot, relay: &RelaySnapshot) -> String {
    if relay.target == SMS_TARGET {
        return text_again(chain, relay);
    }
    deploy_named(chain, &relay.target, &relay.names.function)
}

/// Returns the command that deploys the relay of the topic's phones again; where its environment names none, they are to be named.
pub(super) fn text_again(chain: &ChainSnapshot, relay: &RelaySnapshot) -> String {
    let known = relay
        .environment
        .phones
        .iter()
        .any(|phone| phone.parse::<PhoneNumber>().is_ok());
    let phones = if known { "--subscribed" } else { "+NUMBER" };
    chain.ddalert(&format!("subscribe-sms {phones} --readable"))
}

/// Returns the command that deploys the relay of this destination and name; the name is said where it is not the usual one.
pub(super) fn deploy_named(chain: &ChainSnapshot, target: &str, function: &str) -> String {
    chain.ddalert(&format!(
        "deploy-{target}{}",
        named(chain, target, function)
    ))
}

/// Returns the option that names a function, where it has not the name that its destination gives it.
pub(super) fn named(chain: &ChainSnapshot, target: &str, function: &str) -> String {
    if chain.usual_function(target) == function {
        String::new()
    } else {
        format!(" --name {function}")
    }
}
