//! Which relays a topic may have: under the names that ddalert gives by itself, and under what names the tags and the subscriptions
//! tell of.

use std::collections::BTreeSet;

use super::context::{Chain, Context};
use super::fault::Fault;
use crate::aws::{Failure, subscription, tagged};
use crate::domain::names::{Names, SMS_TARGET, function_of, is_function_name};
use crate::domain::webhook::DESTINATIONS;

/// Returns every destination as it is typed, and `sms`.
pub(super) fn targets() -> impl Iterator<Item = &'static str> {
    DESTINATIONS.iter().map(|destination| destination.name).chain([SMS_TARGET])
}

/// Returns the destination of a function that bears the name that ddalert gives by itself.
pub(super) fn target(chain: &Chain, function: &str) -> Option<&'static str> {
    targets().find(|target| usual(chain, target) == function)
}

/// Returns the names of the functions that the topic's relays may have, whether or not they are still there. Where the tags may
/// not be looked at, that is said, and what is left is returned.
///
/// # Errors
/// The topic's subscriptions cannot be listed.
pub(super) async fn functions(context: &Context, chain: &Chain) -> Result<BTreeSet<String>, Fault> {
    let listed = subscription::list(&chain.clients, &chain.topic).await?;
    let mut functions: BTreeSet<String> = targets().map(|target| usual(chain, target)).collect();
    functions
        .extend(listed.iter().filter(|listed| listed.protocol == "lambda").filter_map(|listed| function_of(&listed.endpoint)));
    functions.extend(found(context, tagged::functions(&chain.clients, &chain.topic).await));
    Ok(functions)
}

/// Returns what was found by tags, and says why where it could not be looked for.
pub(super) fn found(context: &Context, tagged: Result<BTreeSet<String>, Failure>) -> BTreeSet<String> {
    match tagged {
        Ok(tagged) => tagged.into_iter().filter(|name| is_function_name(name)).collect(),
        Err(failure) => {
            context.ui.warn(format_args!("{failure}: {}", failure.cause()));
            context.ui.hint("what was deployed with --name is found all the same while it is subscribed, or with --name");
            BTreeSet::new()
        }
    }
}

fn usual(chain: &Chain, target: &str) -> String {
    Names::new(target, &chain.topic, chain.place.clone(), None).function
}
