//! Alerts that wait in the buffer because the room does not take them.

use super::queue::buffer;
use crate::chain::checks::check::{Occurrence, Remedy};
use crate::chain::checks::occurrences::in_relays;
use crate::chain::checks::snapshot::{BufferSnapshot, ChainSnapshot};
use crate::chain::checks::webhook_url::rotate;
use crate::chain::spec::BUFFER_VISIBILITY_S;
use crate::destination::{Advice, NextStep, destination};

pub(super) fn alerts_wait(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        let BufferSnapshot {
            contents,
            since,
            last_failure,
            ..
        } = buffer(relay)?;
        let failure = last_failure.found();
        // What a batch is being made of waits as well, but no longer than it takes to try an alert again.
        let is_old = contents
            .oldest_s
            .is_some_and(|age| age >= u64::from(BUFFER_VISIBILITY_S));
        if contents.messages == 0 || (failure.is_none() && !is_old) {
            return None;
        }
        let (count, wait) = match contents.messages {
            1 => ("about 1 alert".to_owned(), "waits"),
            count => (format!("about {count} alerts"), "wait"),
        };
        let since = since.map_or(String::new(), |since| {
            let since = since.strftime("%Y-%m-%d %H:%M UTC");
            format!(" since {since}")
        });
        let room = destination(&relay.target);
        let advice = failure.and_then(|failure| room?.advice(failure));
        if let (Some(failure), Some(Advice { cause, step })) = (failure, &advice)
            && *step == NextStep::Rotate
        {
            return Some((
                format!(
                    "{count} {wait} in {}{since}; the last failure: {failure}: {cause}",
                    relay.names.buffer
                ),
                rotate(chain, relay).into(),
            ));
        }
        const SHOWS: &str = "test-publish shows whether the room takes alerts again";
        let mend =
            |first: &str| format!("{first}: the alerts then arrive by themselves, and {SHOWS}");
        let remedy = match (failure, advice) {
            (Some(_), Some(Advice { cause, step })) => match step {
                NextStep::Ask(step) => mend(&format!("{cause}: {step}")),
                NextStep::Rotate | NextStep::Wait => format!("{cause}; {SHOWS}"),
            },
            (Some(_), None) => mend("fix what the room answered"),
            (None, _) => mend(&format!(
                "fix what else doctor finds, or what the log group {} says",
                relay.names.log_group
            )),
        };
        let failure = failure.map(|failure| format!("; the last failure: {failure}"));
        let failure = failure.unwrap_or_default();
        Some((
            format!("{count} {wait} in {}{since}{failure}", relay.names.buffer),
            Remedy::advice(remedy),
        ))
    })
}
