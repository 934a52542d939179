//! Which relays a topic may have: under the names that ddalert gives by default, and under those that tags and subscriptions name.

use std::collections::BTreeSet;

use futures_util::future::join;

use super::context::{Context, TopicContext};
use super::error::CliError;
use crate::aws::{AwsError, AwsErrorKind, subscription, tag_search};
use crate::chain::names::{function_of, is_function_name};
use crate::destination::DESTINATIONS;
use crate::destination::sms::SMS_TARGET;

/// Returns every destination as it is typed, and `sms`.
pub(super) fn targets() -> impl Iterator<Item = &'static str> {
    DESTINATIONS
        .iter()
        .map(|destination| destination.name)
        .chain([SMS_TARGET])
}

/// Returns the destination of a function that has the name that ddalert gives by default.
pub(super) fn target(topic: &TopicContext, function: &str) -> Option<&'static str> {
    targets().find(|target| default_name(topic, target) == function)
}

/// Returns the option that names a function, where it does not have the name that ddalert gives by default.
pub(super) fn named(topic: &TopicContext, function: &str) -> String {
    target(topic, function).map_or_else(|| format!(" --name {function}"), |_| String::new())
}

/// The names of functions that may be relays of a topic, whether or not they still exist.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// Those that have a name or tags of ddalert.
    pub(super) ours: BTreeSet<String>,
    /// Those that are only known to be subscribed: anybody's.
    pub(super) anybodys: BTreeSet<String>,
    /// The phones that are subscribed to the topic, as SNS names them.
    pub(super) phones: Vec<String>,
}

impl Candidates {
    /// Returns every name, and whether it may be somebody else's.
    pub(super) fn into_names(self) -> impl Iterator<Item = (String, bool)> {
        let Candidates { ours, anybodys, .. } = self;
        let others: Vec<String> = anybodys.difference(&ours).cloned().collect();
        let ours = ours.into_iter().map(|name| (name, false));
        ours.chain(others.into_iter().map(|name| (name, true)))
    }
}

/// Returns what was read of a candidate, or nothing if it may be somebody else's and may not be read.
pub(super) fn unless_denied<T>(
    is_anybodys: bool,
    read: Result<T, AwsError>,
) -> Result<Option<T>, AwsError> {
    match read {
        Err(error) if is_anybodys && matches!(error.kind, AwsErrorKind::AccessDenied { .. }) => {
            Ok(None)
        }
        read => read.map(Some),
    }
}

/// Returns the names of the functions that may be relays of the topic. Where tags may not be read, that is said, and the rest is
/// returned.
///
/// # Errors
/// The topic's subscriptions cannot be listed.
pub(super) async fn candidates(
    context: &Context,
    topic: &TopicContext,
) -> Result<Candidates, CliError> {
    let listed = subscription::list_if_any(&topic.clients, &topic.topic);
    let (listed, tagged) = join(listed, tag_search::functions(&topic.clients, &topic.topic)).await;
    let (mut anybodys, mut phones) = (BTreeSet::new(), Vec::new());
    for subscription in listed? {
        match subscription.protocol.as_str() {
            "lambda" | "sqs" => anybodys.extend(function_of(&subscription.endpoint)),
            "sms" => phones.push(subscription.endpoint),
            _ => {}
        }
    }
    let mut ours: BTreeSet<String> = targets()
        .map(|target| default_name(topic, target))
        .collect();
    ours.extend(found_by_tags(context, tagged));
    Ok(Candidates {
        ours,
        anybodys,
        phones,
    })
}

/// Returns the functions that were found by tags; where they could not be looked for, says why.
pub(super) fn found_by_tags(
    context: &Context,
    tagged: Result<BTreeSet<String>, AwsError>,
) -> BTreeSet<String> {
    match tagged {
        Ok(tagged) => tagged
            .into_iter()
            .filter(|name| is_function_name(name))
            .collect(),
        Err(error) => {
            context.ui.warn(format_args!("{error}: {}", error.cause()));
            context.ui.hint("a relay that was deployed with --name is still found while it is subscribed, or with --name");
            BTreeSet::new()
        }
    }
}

fn default_name(topic: &TopicContext, target: &str) -> String {
    topic.names(target, None).function
}
