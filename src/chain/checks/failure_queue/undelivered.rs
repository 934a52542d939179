//! What the queues hold: alerts that reached nobody.

use jiff::fmt::friendly::{Designator, Spacing, SpanPrinter};
use jiff::{RoundMode, SpanRound, ToSpan, Unit};

use crate::arn::resource_name;
use crate::chain::checks::check::Occurrence;
use crate::chain::checks::snapshot::{ChainSnapshot, QueueContents};

pub(super) fn undelivered_alerts(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let mut reported: Vec<String> = Vec::new();
    let mut occurrences = Vec::new();
    for (link, subscriber) in chain.subscribers() {
        let failures = subscriber
            .relay()
            .and_then(|relay| Some((relay.names.queue_arn(), relay.queue.found()?.contents)));
        let dead_letters = subscriber
            .dead_letter_arn()
            .and_then(|queue| Some((queue.to_owned(), subscriber.dead_letters.found()?.contents)));
        for (queue, contents) in failures.into_iter().chain(dead_letters) {
            // A relay has one queue for both, and all phones of a topic share one.
            if contents.messages > 0 && !reported.contains(&queue) {
                let what = format!(
                    "the failure queue {} holds {}",
                    resource_name(&queue),
                    describe(contents)
                );
                occurrences.push(Occurrence::new(link, what, chain.ddalert("replay")));
                reported.push(queue);
            }
        }
    }
    occurrences
}

/// Returns what a queue contains: "about 2 messages; the oldest is 1 hour old and will be deleted in 13 days 23 hours".
pub(super) fn describe(contents: QueueContents) -> String {
    let QueueContents {
        messages,
        oldest_s,
        retention_s,
    } = contents;
    let plural = if messages == 1 { "" } else { "s" };
    let count = format!("about {messages} message{plural}");
    match oldest_s {
        None => count,
        Some(age) => format!(
            "{count}; the oldest is {} old and will be deleted in {}",
            duration(age),
            duration(retention_s.saturating_sub(age))
        ),
    }
}

/// Returns a duration in days and hours, or in hours and minutes if it is shorter than a day.
pub(super) fn duration(seconds: u64) -> String {
    const PRINTER: SpanPrinter = SpanPrinter::new()
        .designator(Designator::Verbose)
        .spacing(Spacing::BetweenUnitsAndDesignators)
        .zero_unit(Unit::Minute);
    let span = i64::try_from(seconds).unwrap_or(i64::MAX).seconds();
    let smallest = if seconds < 86_400 {
        Unit::Minute
    } else {
        Unit::Hour
    };
    let units = SpanRound::new()
        .largest(Unit::Day)
        .smallest(smallest)
        .mode(RoundMode::Trunc)
        .days_are_24_hours();
    PRINTER.span_to_string(&span.round(units).unwrap_or(span))
}
