//! The failure queues of a topic's relays, and the relays that are handed what they hold.

pub(super) mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::{join_all, select_all, try_join};
use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

use super::context::{Context, TopicContext};
use super::error::CliError;
use super::next_step::next_step;
use super::plan_progress::PlanProgress;
use super::relay::refuse_foreign;
use super::relays;
use crate::arn::TopicArn;
use crate::aws::failure_queue::{FailureQueue, Owner, QueueReading, failure_queue, invoke};
use crate::aws::function;
use crate::aws::scope::ReadScope;
use crate::chain::names::ResourceNames;
use crate::contract::failure_record::FailedMessage;
use crate::contract::message_key::MessageKey;
use crate::destination::destination;
use crate::destination::sms::SMS_TARGET;
use report::{QueueReport, ReplayOutcome, ReplayedMessage};

/// After so many failures in a row the room is left alone: its fault will not pass during this run.
const FAILURES_IN_A_ROW: u32 = 3;
/// The least time between two alerts to phones: SNS sends to a number from one origination number about once a second.
const PHONE_PACE: Duration = Duration::from_secs(1);

/// The failure queue of one relay, or of the topic's phones.
pub(super) struct RelayQueue<'a> {
    /// The destination, as far as it is known: the name of a relay that is gone need not tell what it delivered to.
    pub(super) target: Option<&'static str>,
    names: &'a ResourceNames,
    pub(super) queue: FailureQueue<'a>,
    /// Whether there is a relay that can deliver what the queue holds.
    has_relay: bool,
}

impl<'a> RelayQueue<'a> {
    /// Finds the failure queue of a relay, or nothing if there is none for this topic. `target` is the destination, where
    /// whoever names the function also says what it delivers to; `is_anybodys` whether it may be somebody else's.
    ///
    /// # Errors
    /// It cannot be read, or is not ours.
    pub(super) async fn find(
        topic: &'a TopicContext,
        names: &'a ResourceNames,
        target: Option<&str>,
        is_anybodys: bool,
    ) -> Result<Option<RelayQueue<'a>>, CliError> {
        let scope = ReadScope::new(names, &topic.topic);
        let queue = async {
            let found = failure_queue(&topic.clients, &scope).await;
            relays::unless_denied(is_anybodys, found)
        };
        let function = async {
            let found = function::get(&topic.clients, &names.function).await;
            relays::unless_denied(is_anybodys, found)
        };
        let (queue, function) = try_join(queue, function).await?;
        let Some((queue, owner)) = queue.flatten() else {
            return Ok(None);
        };
        match owner {
            Owner::Topic => {}
            Owner::Other if is_anybodys => return Ok(None),
            // A relay can be subscribed by hand to a topic that it was not made for; its failures are its own topic's.
            Owner::OtherTopic => return Ok(None),
            Owner::Other => refuse_foreign(&[format!("queue {}", names.queue)])?,
        }
        let function = function.flatten();
        let configuration = function.as_ref().and_then(|found| found.configuration());
        let runs = configuration.and_then(|found| function::variables(found).target);
        let known = |target: &str| relays::targets().find(|known| *known == target);
        let has_relay = runs.is_some();
        let target = match target {
            Some(target) => known(target),
            None => runs
                .as_deref()
                .and_then(known)
                .or(relays::target(topic, &names.function)),
        };
        Ok(Some(RelayQueue {
            target,
            names,
            queue,
            has_relay,
        }))
    }

    /// Returns how it is called: its destination, else its function.
    fn label(&self) -> &str {
        self.target.unwrap_or(&self.names.function)
    }

    /// Reports what was read: an alert that is there several times once, the oldest first.
    pub(super) fn report(&self, topic: &TopicArn, reading: QueueReading) -> QueueReport {
        let mut messages: Vec<(Timestamp, ReplayedMessage)> = Vec::new();
        let mut known: BTreeMap<BTreeSet<MessageKey>, usize> = BTreeMap::new();
        for message in reading.messages {
            let failed = FailedMessage::read(&message.body, &message.attributes);
            let keys = failed.as_ref().and_then(FailedMessage::keys);
            if let Some(index) = keys.as_ref().and_then(|keys| known.get(keys)) {
                messages[*index].1.queued.push(message.id);
                continue;
            }
            known.extend(keys.map(|keys| (keys, messages.len())));
            let published = failed.as_ref().and_then(FailedMessage::published);
            let at = published.unwrap_or(message.sent);
            messages.push((at, ReplayedMessage::new(message, failed)));
        }
        messages.sort_by_key(|(at, _)| *at);
        QueueReport {
            topic: topic.to_string(),
            target: self.label().to_owned(),
            queue: self.names.queue.clone(),
            messages: messages.into_iter().map(|(_, message)| message).collect(),
            unread: reading.unread,
            stopped: None,
            hint: None,
        }
    }

    /// Says why nothing can deliver what the queue holds.
    fn without_relay(&self, topic: &TopicContext) -> String {
        let function = &self.names.function;
        match self.target {
            Some(SMS_TARGET) => {
                "SNS texts the phones without a relay, so there is nothing to hand it to".to_owned()
            }
            Some(target) => format!(
                "the relay {function} is gone: ddalert deploy-{target}{} creates it again",
                relays::named(topic, function)
            ),
            None => format!(
                "the relay {function} is gone; a deploy to its room with --name {function} creates it again"
            ),
        }
    }
}

/// Keeps what was taken of every queue hidden from others, until it is dropped.
pub(super) async fn hold(queues: &[RelayQueue<'_>]) -> Infallible {
    select_all(queues.iter().map(|queue| Box::pin(queue.queue.hold())))
        .await
        .0
}

/// Delivers what the queues hold, each room at its own pace, and reports it in place.
pub(super) async fn deliver(
    context: &Context,
    topic: &TopicContext,
    queues: &[RelayQueue<'_>],
    reports: &mut [QueueReport],
) {
    let all = reports.iter().map(|report| report.messages.len()).sum();
    let redelivery = Redelivery {
        context,
        topic,
        all,
        done: AtomicUsize::new(0),
    };
    let delivered = queues
        .iter()
        .zip(reports)
        .enumerate()
        .map(|(position, (queue, report))| redelivery.deliver(position, queue, report));
    join_all(delivered).await;
}

/// One redelivery to several rooms.
struct Redelivery<'a> {
    context: &'a Context,
    topic: &'a TopicContext,
    all: usize,
    done: AtomicUsize,
}

impl Redelivery<'_> {
    /// Delivers what one queue holds, oldest first.
    async fn deliver(&self, position: usize, queue: &RelayQueue<'_>, report: &mut QueueReport) {
        let destination = queue.target.and_then(destination);
        let pace = destination.map_or(PHONE_PACE, |destination| destination.min_interval);
        let mut arrived = BTreeSet::new();
        let mut next = Instant::now();
        let mut failures = 0;
        for index in 0..report.messages.len() {
            self.context.ui.so_far(position, report);
            if report.stopped.is_some() {
                break;
            }
            let message = &mut report.messages[index];
            let Some(failed) = &message.failed else {
                continue;
            };
            if !queue.has_relay {
                message.outcome = ReplayOutcome::Kept {
                    reason: queue.without_relay(self.topic),
                };
                continue;
            }
            if let Some(event) = failed.event_without(&arrived) {
                sleep_until(next).await;
                let ran = invoke(&self.topic.clients, &queue.names.function, &event).await;
                let count = u32::try_from(failed.alerts.len()).unwrap_or(u32::MAX);
                next = Instant::now() + pace * count;
                let reason = match ran {
                    Ok(Ok(())) => None,
                    Ok(Err(reason)) => Some(reason),
                    Err(error) => {
                        let hint = error.hint(self.topic.clients.command_place());
                        report
                            .hint
                            .get_or_insert(hint.unwrap_or_else(|| self.hint_about_aws()));
                        Some(format!("{error}: {}", error.cause()))
                    }
                };
                if let Some(reason) = reason {
                    failures += 1;
                    if failures == FAILURES_IN_A_ROW {
                        report.stopped =
                            Some(format!("{failures} failures in a row; the last: {reason}"));
                    }
                    message.outcome = ReplayOutcome::Failed { reason };
                    continue;
                }
                failures = 0;
            }
            arrived.extend(failed.keys().unwrap_or_default());
            message.outcome = match queue.queue.delete(&message.queued).await {
                Ok(()) => ReplayOutcome::Delivered,
                Err(error) => {
                    // Going on would deliver the others twice as well at the next run.
                    let reason = format!("{error}: {}", error.cause());
                    report.stopped = Some(reason.clone());
                    let again = "the room has this alert: the next run delivers it once more";
                    let hint = error.hint(self.topic.clients.command_place());
                    let hint = hint.unwrap_or_else(|| self.hint_about_aws());
                    report.hint = Some(format!("{hint}; {again}"));
                    ReplayOutcome::NotDeleted { reason }
                }
            };
            self.count(queue, &message.headline);
        }
        self.context.ui.so_far(position, report);
        if let Some(why) = &report.stopped {
            self.context
                .ui
                .warn(format_args!("{}: stopped: {why}", queue.label()));
            match &report.hint {
                Some(hint) => self.context.ui.hint(hint),
                None => {
                    let fix = match queue.target.and_then(|target| {
                        next_step(self.topic, target, &queue.names.function, why)
                    }) {
                        Some(next_step) => next_step,
                        None => self.fix(queue),
                    };
                    self.context
                        .ui
                        .hint(format_args!("{fix}, then run the same command again"));
                }
            }
        }
    }

    fn count(&self, queue: &RelayQueue<'_>, headline: &str) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let all = self.all;
        self.context.note(PlanProgress::of_alerts(done, all));
        self.context.ui.detail(format_args!(
            "{}: {done} of {all} done: {headline}",
            queue.label()
        ));
    }

    /// Returns what to do about a call to AWS that failed: it says nothing about the room.
    fn hint_about_aws(&self) -> String {
        let doctor = self.topic.ddalert("doctor");
        format!("run the same command again; if it fails again, look at {doctor}")
    }

    /// Returns what to do about a room that does not accept what it is sent.
    fn fix(&self, queue: &RelayQueue<'_>) -> String {
        match queue.target.and_then(destination) {
            Some(destination) => format!(
                "fix the {} (a new {}: {})",
                destination.room,
                destination.secret,
                self.topic.ddalert(&format!(
                    "rotate {}{}",
                    destination.name,
                    relays::named(self.topic, &queue.names.function)
                ))
            ),
            None => format!("find out what is wrong ({})", self.topic.ddalert("doctor")),
        }
    }
}
