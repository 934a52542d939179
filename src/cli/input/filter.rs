//! Which alerts a subscriber gets: the options that become a subscription's filter policy.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::Value;

use crate::chain::filter::{EventKind, Events, FilterPolicy, PolicyError, UnknownEvent};
use crate::chain::plan::{Change, Resource};
use crate::cli::error::CliError;
use crate::cli::input::file::text;
use crate::cli::ui::Ui;

/// The choice that takes a filter policy away.
const ALL: &str = "all";
/// More than SNS takes for a filter policy, in bytes (256 KiB): what is longer is refused by its length.
const LIMIT: u64 = 256 * 1024;

/// Options by which alerts are chosen.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct FilterInput {
    /// Deliver only these kinds of events; all removes the filter policy [default: unchanged]
    #[arg(long, value_name = "KIND,…", value_delimiter = ',', value_parser = kinds(), conflicts_with = "filter_policy")]
    events: Vec<String>,
    /// Deliver only what this SNS filter policy on the message body accepts; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) filter_policy: Option<PathBuf>,
}

impl FilterInput {
    /// Returns the filter policy that the subscription is to have, `None` leaves what is there,
    /// `Some(None)` removes it. Says what the policy keeps out.
    ///
    /// # Errors
    /// The file cannot be read, or SNS would refuse the policy: a usage error that says what is wrong, and where.
    pub(crate) fn policy(&self, ui: &Ui) -> Result<Option<Option<Value>>, CliError> {
        let policy = match &self.filter_policy {
            Some(path) => {
                let text = text(path, "the filter policy", LIMIT)?;
                Some(FilterPolicy::parse(&text).map_err(|error| {
                    let refused = refused(&error).because(format!("it was read from {}", path.display()));
                    refused.hint("choose by kind instead, such as --events in-alarm,audit; --events all removes a policy")
                })?)
            }
            None if self.events.is_empty() => return Ok(None),
            None if self.events.iter().any(|kind| kind == ALL) => return Ok(Some(None)),
            None => {
                let events: Events = self
                    .events
                    .join(",")
                    .parse()
                    .map_err(|error: UnknownEvent| CliError::usage(error.to_string()))?;
                events.policy().map_err(|error| refused(&error))?
            }
        };
        let Some(policy) = policy else {
            return Ok(Some(None));
        };
        let dropped: Vec<_> = policy
            .dropped_kinds()
            .into_iter()
            .map(|kind| kind.name())
            .collect();
        match (dropped.is_empty(), &self.filter_policy) {
            (true, _) => {}
            // Whoever writes a policy by hand may not know what it keeps away as well; whoever chooses kinds does.
            (false, Some(_)) => ui.warn(format_args!(
                "the filter policy keeps out every message of these kinds: {}",
                dropped.join(", ")
            )),
            (false, None) => ui.status(format_args!("Not delivered: {}", dropped.join(", "))),
        }
        let json = serde_json::to_value(&policy);
        json.map(|json| Some(Some(json)))
            .map_err(|error| CliError::failed("writing the filter policy failed").because(error))
    }
}

/// Says that SNS takes its time, where changes that were made include a filter policy (SNS developer guide, "Subscription
/// filter policies": up to 15 minutes).
pub(crate) fn hint_at_delay<'a>(ui: &Ui, made: impl IntoIterator<Item = &'a Change>) {
    let changes_filter = |change: &Change| matches!(change, Change::Update { part: Resource::Subscription { .. }, differs } if differs.contains(&"filter policy"));
    if made.into_iter().any(changes_filter) {
        ui.hint("a changed filter policy can take up to 15 minutes to take effect everywhere");
    }
}

/// Returns the kinds of events, as they are typed.
fn kinds() -> PossibleValuesParser {
    PossibleValuesParser::new(
        [ALL]
            .into_iter()
            .chain(EventKind::ALL.iter().map(|kind| kind.name())),
    )
}

/// Returns an error with what is wrong, and why where the error has more to say.
fn refused(error: &PolicyError) -> CliError {
    let refused = CliError::usage(error.to_string());
    match std::error::Error::source(error) {
        Some(source) => refused.because(source),
        None => refused,
    }
}
