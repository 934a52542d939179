//! Which relays a topic may have: under the names that ddalert gives by itself, and under what names the tags and the subscriptions
//! tell of.

use std::collections::BTreeSet;

use super::context::{Context, TopicContext};
use super::error::CliError;
use crate::aws::{AwsError, AwsErrorKind, subscription, tagged};
use crate::chain::names::{ResourceNames, SMS_TARGET, function_of, is_function_name};
use crate::destination::DESTINATIONS;

/// Returns every destination as it is typed, and `sms`.
pub(super) fn targets() -> impl Iterator<Item = &'static str> {
    DESTINATIONS
        .iter()
        .map(|destination| destination.name)
        .chain([SMS_TARGET])
}

/// Returns the destination of a function that bears the name that ddalert gives by itself.
pub(super) fn target(chain: &TopicContext, function: &str) -> Option<&'static str> {
    targets().find(|target| usual(chain, target) == function)
}

/// Returns the option that names a function, where it has not the name that ddalert gives by itself.
pub(super) fn named(chain: &TopicContext, function: &str) -> String {
    target(chain, function).map_or_else(|| format!(" --name {function}"), |_| String::new())
}

/// The names of functions that may be relays of a topic, whether or not they are still there.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// Those that bear a name of ours or our tags.
    pub(super) ours: BTreeSet<String>,
    /// Those of which no more is known than that they are subscribed: anybody's.
    pub(super) anybodys: BTreeSet<String>,
}

impl Candidates {
    /// Returns every name, and whether it may be somebody else's.
    pub(super) fn into_names(self) -> impl Iterator<Item = (String, bool)> {
        let Candidates { ours, anybodys } = self;
        let others: Vec<String> = anybodys.difference(&ours).cloned().collect();
        ours.into_iter()
            .map(|name| (name, false))
            .chain(others.into_iter().map(|name| (name, true)))
    }
}

/// Returns what was read of a candidate; one that may be somebody else's need not let itself be looked at.
pub(super) fn unless_denied<T>(
    is_anybodys: bool,
    read: Result<T, AwsError>,
) -> Result<Option<T>, AwsError> {
    match read {
        Err(failure)
            if is_anybodys && matches!(failure.kind, AwsErrorKind::AccessDenied { .. }) =>
        {
            Ok(None)
        }
        read => read.map(Some),
    }
}

/// Returns the names of the functions that the topic's relays may have. Where the tags may not be looked at, that is said, and what
/// is left is returned.
///
/// # Errors
/// The topic's subscriptions cannot be listed.
pub(super) async fn functions(
    context: &Context,
    chain: &TopicContext,
) -> Result<Candidates, CliError> {
    let listed = subscription::list_if_any(&chain.clients, &chain.topic).await?;
    let listed = listed
        .iter()
        .filter(|listed| listed.protocol == "lambda")
        .filter_map(|listed| function_of(&listed.endpoint));
    let mut ours: BTreeSet<String> = targets().map(|target| usual(chain, target)).collect();
    ours.extend(found(
        context,
        tagged::functions(&chain.clients, &chain.topic).await,
    ));
    Ok(Candidates {
        ours,
        anybodys: listed.collect(),
    })
}

/// Returns what was found by tags, and says why where it could not be looked for.
pub(super) fn found(
    context: &Context,
    tagged: Result<BTreeSet<String>, AwsError>,
) -> BTreeSet<String> {
    match tagged {
        Ok(tagged) => tagged
            .into_iter()
            .filter(|name| is_function_name(name))
            .collect(),
        Err(failure) => {
            context
                .ui
                .warn(format_args!("{failure}: {}", failure.cause()));
            context.ui.hint("what was deployed with --name is found all the same while it is subscribed, or with --name");
            BTreeSet::new()
        }
    }
}

fn usual(chain: &TopicContext, target: &str) -> String {
    ResourceNames::new(target, &chain.topic, chain.place.clone(), None).function
}
