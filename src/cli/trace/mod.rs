//! A test alert, published to a topic and followed to every subscriber until each has answered.

mod carriers;
mod publisher;
mod tracer;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use futures_util::future::{join, join_all, try_join_all};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::Instant;

use super::context::{Context, TopicContext};
use super::error::{CliError, Exit};
use super::glance::WIDTH;
use super::junit::{Case, Suite, Verdict};
use super::live::Took;
use super::live_lines::LiveLines;
use super::next_step::next_step;
use super::style;
use super::table::{Cell, Column, Cut, Table};
use crate::aws::AwsErrorKind;
use crate::aws::subscription::{self, Listed};
use crate::aws::trace::{TracedSubscriber, publish, subscriber, test_attributes};
use crate::chain::checks::{PublishReport, PublishVerdict};
use crate::chain::delivery::{
    DeliveryDetails, DeliveryOutcome, SubscriberDelivery, is_confirmed, shown_endpoint,
};
use crate::destination::sms::SMS_TARGET;
use crate::sync::lock;
use carriers::Senders;
use publisher::{Publisher, publisher};
use tracer::DeliveryTracer;

/// What is published, and how long its way is followed.
#[derive(Clone, Copy, Debug)]
pub(super) struct TestAlert<'a> {
    /// The message.
    pub(super) message: &'a str,
    /// When the whole run ends: nothing is waited for longer.
    pub(super) end: Instant,
    /// Whether the subscribers are waited for.
    pub(super) waits: bool,
    /// Whether phone numbers are shown in full.
    pub(super) show_numbers: bool,
}

/// What became of a test alert.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct TestReport {
    /// The ARN of the topic.
    pub(super) topic: String,
    /// The id that SNS gave the message.
    message_id: String,
    /// Whether everybody who can be followed has it; null if nobody can be, or if it was not waited for.
    pub(super) confirmed: Option<bool>,
    /// Whether it was waited for.
    waited: bool,
    /// Milliseconds from the publish until the last subscriber answered.
    elapsed_ms: u64,
    /// One entry a subscriber.
    pub(super) deliveries: Vec<SubscriberDelivery>,
    /// Whether Device Defender itself can publish to the topic, which the test alert does not show; absent if it was not looked at,
    /// null if the time was over first.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_defender: Option<Option<PublishReport>>,
}

/// Returns the subscribers of a topic with what is behind each.
///
/// # Errors
/// They cannot be listed, or one of them cannot be read.
pub(super) async fn subscribers(topic: &TopicContext) -> Result<Vec<TracedSubscriber>, CliError> {
    let listed = subscription::list(&topic.clients, &topic.topic).await?;
    let read = listed
        .into_iter()
        .map(|listed| subscriber(&topic.clients, &topic.topic, listed));
    Ok(try_join_all(read).await?)
}

impl TestReport {
    /// Returns whether a subscriber that can be followed does not have it, or nobody was sent it.
    pub(super) fn is_missed(&self) -> bool {
        self.confirmed == Some(false)
    }

    /// Returns whether Device Defender is known to be unable to publish to the topic.
    pub(super) fn is_cut_off(&self) -> bool {
        self.publisher()
            .is_some_and(|publisher| publisher.is_cut_off())
    }

    /// Returns the commands and words that let Device Defender publish to the topic.
    pub(super) fn publisher_hints(&self) -> impl Iterator<Item = &str> {
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
    pub(super) fn is_open(&self) -> bool {
        let is_open = |delivery: &SubscriberDelivery| match delivery.outcome {
            DeliveryOutcome::Failed { tries_left, .. } => tries_left.is_some_and(|left| left > 0),
            _ => false,
        };
        self.deliveries.iter().any(is_open)
    }

    /// Returns the report as tests, one a subscriber. It has a failure exactly if the alert was waited for and not confirmed.
    pub(super) fn suite(&self) -> Suite {
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
}

impl TestAlert<'_> {
    /// Publishes the alert and follows it to every subscriber, and looks at the same time whether Device Defender itself can publish to
    /// the topic, where the alert is waited for. `position` is that of the report among the answer's.
    ///
    /// # Errors
    /// As [`trace`](Self::trace).
    pub(super) async fn prove(
        &self,
        context: &Context,
        topic: &TopicContext,
        subscribers: &[TracedSubscriber],
        position: usize,
        lines: &LiveLines,
    ) -> Result<TestReport, CliError> {
        let trace = self.trace(context, topic, subscribers, Some(position), lines);
        if !self.waits {
            return trace.await;
        }
        // On the heap: what a chain is read with is too large for a thread's stack.
        let publisher = Box::pin(publisher(topic, self.end));
        let (report, publisher) = join(trace, publisher).await;
        Ok(TestReport {
            device_defender: Some(publisher?),
            ..report?
        })
    }

    /// Publishes the alert and follows it to every subscriber, each on a line of its own. `position` is that of the report among the
    /// answer's, where it is kept as far as it has come.
    ///
    /// # Errors
    /// It cannot be published.
    pub(super) async fn trace(
        &self,
        context: &Context,
        topic: &TopicContext,
        subscribers: &[TracedSubscriber],
        position: Option<usize>,
        lines: &LiveLines,
    ) -> Result<TestReport, CliError> {
        let progress = context.ui.progress("Publishing the test alert");
        let senders = match self.waits {
            false => Senders::default(),
            true => Senders::find(topic, subscribers),
        };
        let carriers = senders.logs(topic).await;
        let attributes = test_attributes(topic.caller.as_deref());
        let (published, start) = (SystemTime::now(), Instant::now());
        if start >= self.end {
            return Err(CliError::failed(
                "the time was over before the test alert could be published",
            )
            .hint("give more time with --timeout, such as --timeout 2m"));
        }
        let publish = publish(&topic.clients, &topic.topic, self.message, &attributes);
        let message_id = publish.await.map_err(|error| match error.kind {
            AwsErrorKind::Unreachable => CliError::from(error)
                .because("it is not known whether the test alert was published")
                .exit_with(Exit::NotConfirmed),
            _ => error.into(),
        })?;
        drop(progress);
        let tracer = DeliveryTracer {
            topic,
            carriers: &carriers,
            message: self.message,
            attributes: &attributes,
            message_id: &message_id,
            published,
            end: self.end,
        };
        let followed: Mutex<BTreeMap<usize, SubscriberDelivery>> = Mutex::default();
        let report = |is_at_end: bool| {
            let deliveries: Vec<SubscriberDelivery> = lock(&followed).values().cloned().collect();
            TestReport {
                topic: topic.topic.to_string(),
                message_id: message_id.clone(),
                confirmed: is_confirmed(&deliveries).filter(|_| self.waits && is_at_end),
                waited: self.waits,
                device_defender: None,
                elapsed_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
                deliveries,
            }
        };
        let keep = || {
            if let Some(position) = position {
                context.ui.so_far(position, &report(false));
            }
        };
        keep();
        let (followed, keep) = (&followed, &keep);
        let (this, tracer) = (self, &tracer);
        let deliveries = subscribers
            .iter()
            .enumerate()
            .map(|(index, subscriber)| async move {
                let label = target(subscriber).unwrap_or(&subscriber.listed.protocol);
                let name = format!("{label} ({})", this.name(subscriber));
                let line = lines.begin(&name);
                let heard = |outcome: &DeliveryOutcome| {
                    let delivery = this.delivery(tracer.topic, subscriber, outcome.clone());
                    lines.update(line, format_args!("{name}: {outcome}"));
                    lock(followed).insert(index, delivery);
                    keep();
                };
                let outcome = this.outcome(tracer, subscriber, heard).await;
                let delivery = this.delivery(tracer.topic, subscriber, outcome);
                let said = format!("{name}: {}", delivery.outcome);
                lines.done(line, mark(&delivery.outcome), &said, &said);
                lock(followed).insert(index, delivery);
                keep();
            });
        join_all(deliveries).await;
        Ok(report(true))
    }

    /// Returns the name of a subscriber: of a relay its function's, else what the subscription delivers to.
    fn name(&self, subscriber: &TracedSubscriber) -> String {
        match &subscriber.relay {
            Some(relay) => relay.function.clone(),
            None => self.endpoint(&subscriber.listed),
        }
    }

    /// Returns what a subscription delivers to, a phone masked unless asked for.
    fn endpoint(&self, listed: &Listed) -> String {
        match listed.protocol == "sms" && self.show_numbers {
            true => listed.endpoint.clone(),
            false => shown_endpoint(&listed.endpoint),
        }
    }

    /// Returns what became of the message at one subscriber.
    fn delivery(
        &self,
        topic: &TopicContext,
        subscriber: &TracedSubscriber,
        outcome: DeliveryOutcome,
    ) -> SubscriberDelivery {
        let next_step = match (&outcome, &subscriber.relay) {
            (DeliveryOutcome::Failed { reason, .. }, Some(relay)) => {
                next_step(topic, &relay.target, &relay.function, reason)
            }
            _ => None,
        };
        SubscriberDelivery {
            protocol: subscriber.listed.protocol.clone(),
            target: target(subscriber).map(str::to_owned),
            subscriber: self.name(subscriber),
            outcome,
            next_step,
        }
    }

    /// Follows the message to one subscriber; what is not the end yet is passed to `heard`.
    async fn outcome(
        &self,
        tracer: &DeliveryTracer<'_>,
        subscriber: &TracedSubscriber,
        heard: impl Fn(&DeliveryOutcome),
    ) -> DeliveryOutcome {
        let silent = |why: &str| DeliveryOutcome::Silent {
            why: why.to_owned(),
        };
        let accepted = |why: &str| DeliveryOutcome::Accepted {
            why: why.to_owned(),
        };
        let listed = &subscriber.listed;
        if !listed.is_confirmed() {
            return silent("the subscription is not confirmed, so SNS sends it nothing");
        }
        if subscriber.is_gone {
            return silent("the function does not exist: SNS discards every alert to it");
        }
        if is_filtered(subscriber, tracer) {
            return DeliveryOutcome::Filtered;
        }
        match (listed.protocol.as_str(), &subscriber.relay) {
            ("sms", None) | (_, Some(_)) if !self.waits => accepted("not waited for (--no-wait)"),
            (_, Some(relay)) => {
                let outcome = no_slower_than(tracer.relay(relay, heard).await, tracer.published);
                let outcome = tracer.carriers(outcome, relay.sms_region.as_deref()).await;
                match relay.target.as_str() {
                    SMS_TARGET => outcome.of_texts(),
                    _ => outcome,
                }
            }
            ("sms", None) => tracer.phone(&listed.endpoint, self.endpoint(listed)).await,
            ("lambda", None) => {
                accepted("the function is not a ddalert relay, so ddalert cannot see what it does")
            }
            _ => accepted("ddalert cannot see what the subscriber does with it"),
        }
    }
}

/// Returns the destination of a subscriber that is a relay of ours.
fn target(subscriber: &TracedSubscriber) -> Option<&str> {
    subscriber.relay.as_ref().map(|relay| relay.target.as_str())
}

/// Holds the time to the relay against the time that has passed here: SNS's time stamp, from which the relay counts, can be
/// rounded to the second.
fn no_slower_than(outcome: DeliveryOutcome, published: SystemTime) -> DeliveryOutcome {
    let passed = published.elapsed().map_or(u64::MAX, |passed| {
        u64::try_from(passed.as_millis()).unwrap_or(u64::MAX)
    });
    let held = |hops: DeliveryDetails| DeliveryDetails {
        queued_ms: hops.queued_ms.map(|queued| queued.min(passed)),
        ..hops
    };
    match outcome {
        DeliveryOutcome::Delivered(hops) => DeliveryOutcome::Delivered(held(hops)),
        DeliveryOutcome::Failed {
            reason,
            tries,
            tries_left,
            hops,
        } => DeliveryOutcome::Failed {
            reason,
            tries,
            tries_left,
            hops: held(hops),
        },
        other => other,
    }
}

/// Returns whether the subscription's filter policy keeps the message away. A policy that cannot be read is taken to let it
/// through: then the relay is waited for.
fn is_filtered(subscriber: &TracedSubscriber, tracer: &DeliveryTracer<'_>) -> bool {
    let Some(filter) = &subscriber.filter else {
        return false;
    };
    filter
        .parse()
        .is_ok_and(|policy| !policy.matches_with_attributes(tracer.message, tracer.attributes))
}

impl fmt::Display for TestReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(WIDTH))
    }
}

impl TestReport {
    /// Returns the report as a person reads it, several subscribers in a table that is at most this many columns wide.
    pub(super) fn text(&self, width: usize) -> String {
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

fn mark(outcome: &DeliveryOutcome) -> char {
    match outcome {
        DeliveryOutcome::Delivered(_) => '✓',
        DeliveryOutcome::Failed { .. } | DeliveryOutcome::Silent { .. } => '✗',
        DeliveryOutcome::Accepted { .. } => '→',
        DeliveryOutcome::Filtered => '-',
    }
}
