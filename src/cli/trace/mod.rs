//! A test alert, published to a topic and followed to every subscriber until each has answered.

mod carriers;
mod publisher;
mod report;
mod tracer;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::SystemTime;

use futures_util::future::{join, join_all, try_join_all};
use tokio::time::Instant;

use super::context::{Context, TopicContext};
use super::error::{CliError, Exit};
use super::live_lines::LiveLines;
use super::next_step::next_step;
use crate::aws::AwsErrorKind;
use crate::aws::subscription::{self, Listed};
use crate::aws::trace::{TracedSubscriber, publish, subscriber, test_attributes};
use crate::chain::delivery::{
    DeliveryDetails, DeliveryOutcome, SubscriberDelivery, is_confirmed, shown_endpoint,
};
use crate::destination::sms::SMS_TARGET;
use crate::sync::lock;
use carriers::Senders;
use publisher::publisher;
use report::mark;
use tracer::DeliveryTracer;

pub(super) use report::TestReport;

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
