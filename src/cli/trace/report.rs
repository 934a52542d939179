//! What became of a test alert, as a person and a pipeline read it.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::publisher::Publisher;
use crate::chain::checks::{PublishReport, PublishVerdict};
use crate::chain::delivery::{DeliveryOutcome, SubscriberDelivery};
use crate::cli::glance::WIDTH;
use crate::cli::junit::{Case, Suite, Verdict};
use crate::cli::live::Took;
use crate::cli::style;
use crate::cli::table::{Cell, Column, Cut, Table};

/// What became of a test alert.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct TestReport {
    /// The ARN of the topic.
    pub(in crate::cli) topic: String,
    /// The id that SNS gave the message.
    pub(super) message_id: String,
    /// Whether everybody who can be followed has it; null if nobody can be, or if it was not waited for.
    pub(in crate::cli) confirmed: Option<bool>,
    /// Whether it was waited for.
    pub(super) waited: bool,
    /// Milliseconds from the publish until the last subscriber answered.
    pub(super) elapsed_ms: u64,
    /// One entry a subscriber.
    pub(in crate::cli) deliveries: Vec<SubscriberDelivery>,
    /// Whether Device Defender itself can publish to the topic, which the test alert does not show; absent if it was not looked at,
    /// null if the time was over first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) device_defender: Option<Option<PublishReport>>,
}

impl TestReport {
    /// Returns whether a subscriber that can be followed does not have it, or nobody was sent it.
    pub(in crate::cli) fn is_missed(&self) -> bool {
        self.confirmed == Some(false)
    }

    /// Returns whether Device Defender is known to be unable to publish to the topic.
    pub(in crate::cli) fn is_cut_off(&self) -> bool {
        self.publisher()
            .is_some_and(|publisher| publisher.is_cut_off())
    }

    /// Returns the commands and words that let Device Defender publish to the topic.
    pub(in crate::cli) fn publisher_hints(&self) -> impl Iterator<Item = &str> {
        let report = self.device_defender.iter().flatten();
        let findings = report.flat_map(|report| &report.findings);
        findings.map(|finding| finding.remedy.text())
    }

    fn publisher(&self) -> Option<Publisher<'_>> {
        let report = self.device_defender.as_ref()?;
        Some(Publisher(report.as_ref()))
    }

    /// Returns whether a try is left for an alert that is not delivered, which Lambda makes after the end of this run. What comes again
    /// from a buffer is tried for hours.
    pub(in crate::cli) fn is_open(&self) -> bool {
        let is_open = |delivery: &SubscriberDelivery| match delivery.outcome {
            DeliveryOutcome::Failed { tries_left, .. } => tries_left.is_some_and(|left| left > 0),
            _ => false,
        };
        self.deliveries.iter().any(is_open)
    }

    /// Returns the report as tests, one a subscriber. It has a failure exactly if the alert was waited for and not confirmed.
    pub(in crate::cli) fn suite(&self) -> Suite {
        let cases = self.deliveries.iter().map(|delivery| {
            let name = delivery.target.as_deref().unwrap_or(&delivery.protocol);
            Case {
                name: format!("{name} ({})", delivery.subscriber),
                verdict: self.verdict(delivery),
                time: time(&delivery.outcome),
            }
        });
        let mut suite = Suite {
            name: self.topic.clone(),
            cases: cases.collect(),
        };
        if let Some(publisher) = self.publisher() {
            let words = publisher.words();
            let verdict = match self.device_defender.iter().flatten().next() {
                Some(report) if report.verdict == PublishVerdict::CanPublish => {
                    Verdict::Passed(words)
                }
                Some(_) if publisher.is_cut_off() => Verdict::Failed {
                    kind: "cannot publish".to_owned(),
                    message: words,
                    details: self.publisher_hints().collect::<Vec<_>>().join("\n"),
                },
                _ => Verdict::Skipped(words),
            };
            suite.cases.push(Case::new("Device Defender", verdict));
        }
        if self.confirmed == Some(false) && !suite.has_failed() {
            suite.cases.push(Case::new(
                "test alert",
                Verdict::Failed {
                    kind: "not confirmed".to_owned(),
                    message: "no subscriber is known to have received the test alert".to_owned(),
                    details: format!("SNS message ID {}", self.message_id),
                },
            ));
        }
        suite
    }

    fn verdict(&self, delivery: &SubscriberDelivery) -> Verdict {
        let said = delivery.outcome.to_string();
        let message_id = format!("SNS message ID {}", self.message_id);
        let details = match &delivery.next_step {
            Some(next_step) => format!("{next_step}\n{message_id}"),
            None => message_id,
        };
        match &delivery.outcome {
            _ if !self.waited => Verdict::Skipped("the test alert was not waited for".to_owned()),
            DeliveryOutcome::Delivered(_) => Verdict::Passed(said),
            DeliveryOutcome::Accepted { .. } | DeliveryOutcome::Filtered => Verdict::Skipped(said),
            // What is shown but does not decide must not fail a report of an alert that is confirmed.
            _ if self.confirmed != Some(false) => Verdict::Skipped(said),
            DeliveryOutcome::Failed { .. } => Verdict::Failed {
                kind: "failed".to_owned(),
                message: said,
                details,
            },
            DeliveryOutcome::Silent { .. } => Verdict::Failed {
                kind: "not confirmed".to_owned(),
                message: said,
                details,
            },
        }
    }

    /// Returns the report as a person reads it, several subscribers in a table that is at most this many columns wide.
    pub(in crate::cli) fn text(&self, width: usize) -> String {
        let mut lines = Vec::new();
        match self.deliveries.as_slice() {
            [] => {}
            [delivery] => {
                lines.push(title(delivery));
                lines.push(format!("    {}", delivery.outcome));
                let next_step = delivery.next_step.iter();
                lines.extend(next_step.map(|step| format!("    {step}")));
            }
            deliveries => lines.push(table(deliveries).lines(width)),
        }
        lines.extend(self.publisher().map(|publisher| publisher.to_string()));
        let verdict = match self.confirmed {
            None if !self.waited => "Published; not waited for.",
            None => "Accepted by SNS; ddalert cannot see whether anybody got it.",
            Some(true) if self.is_cut_off() => {
                "Confirmed from the topic on; Device Defender itself cannot publish."
            }
            Some(true) => "Confirmed.",
            Some(false) => "Not confirmed.",
        };
        lines.push(format!(
            "{verdict} Message {} took {} ms",
            self.message_id, self.elapsed_ms
        ));
        lines.join("\n")
    }
}

impl fmt::Display for TestReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(WIDTH))
    }
}

/// Returns the name of a subscriber behind the mark of what became of the message there.
fn title(delivery: &SubscriberDelivery) -> String {
    let mark = style::mark(mark(&delivery.outcome));
    let name = delivery.target.as_deref().unwrap_or(&delivery.protocol);
    format!("{mark} {name} ({})", delivery.subscriber)
}

/// Returns the table of what became of a message at several subscribers.
fn table(deliveries: &[SubscriberDelivery]) -> Table<4> {
    let mut table = Table::new([
        Column::cut("  SUBSCRIBER", Cut::Middle),
        Column::cut("OUTCOME", Cut::End),
        Column::numbers("TO RELAY"),
        Column::numbers("TO ROOM"),
    ]);
    for delivery in deliveries {
        let hops = delivery.outcome.hops();
        let time = |milliseconds: Option<u64>| {
            let took = milliseconds.map(|time| Took(Duration::from_millis(time)).to_string());
            Cell::plain(took.unwrap_or_else(|| "-".to_owned()))
        };
        table.row([
            Cell::plain(title(delivery)),
            Cell::plain(delivery.outcome.brief()),
            time(hops.and_then(|hops| hops.queued_ms)),
            time(hops.and_then(|hops| hops.elapsed_ms)),
        ]);
        let details = delivery.outcome.details().into_iter();
        for note in details.chain(delivery.next_step.clone()) {
            table.note(note);
        }
    }
    table
}

/// Returns the time from the publish to the room's answer.
fn time(outcome: &DeliveryOutcome) -> Option<Duration> {
    let (DeliveryOutcome::Delivered(hops) | DeliveryOutcome::Failed { hops, .. }) = outcome else {
        return None;
    };
    let milliseconds = hops.queued_ms?.saturating_add(hops.elapsed_ms?);
    Some(Duration::from_millis(milliseconds))
}

pub(super) fn mark(outcome: &DeliveryOutcome) -> char {
    match outcome {
        DeliveryOutcome::Delivered(_) => '✓',
        DeliveryOutcome::Failed { .. } | DeliveryOutcome::Silent { .. } => '✗',
        DeliveryOutcome::Accepted { .. } => '→',
        DeliveryOutcome::Filtered => '-',
    }
}
