//! `replay`: shows what the failure queues hold, and delivers it through the relays.

mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;
use futures_util::future::{join_all, select_all, try_join_all};
use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

use crate::aws::failure_queue::{FailureQueue, Owner, QueueReading, failure_queue, invoke};
use crate::aws::function;
use crate::aws::scope::ReadScope;
use crate::chain::names::{ResourceNames, SMS_TARGET};
use crate::chain::state::TARGET_VARIABLE;
use crate::cli::context::{Context, PlanProgress, TopicContext};
use crate::cli::error::{CliError, Exit};
use crate::cli::reconcile::refuse_foreign;
use crate::cli::relays;
use crate::contract::failure_record::FailedMessage;
use crate::destination::destination;
use report::{QueueReport, ReplayOutcome, Replayed, ReplayedMessage};

/// After so many failures in a row the room is left alone: what is wrong with it will not pass in this run.
const FAILURES_IN_A_ROW: u32 = 3;
/// The least time between two alerts to phones: SNS sends to a number from one origination number about once a second.
const PHONE_PACE: Duration = Duration::from_secs(1);

/// Deliver the alerts that the failure queues hold
///
/// Shows what could not be delivered, since when and why, and hands it to the relay again: the oldest first, no faster than the
/// room takes it, an alert that is in the queue twice only once. A message leaves its queue only after the relay delivered it, so
/// an interrupted run loses nothing; run the command again. What is no alert of SNS is shown and kept. Exits with 1 where
/// something stays undelivered.
#[derive(Clone, Debug, Args)]
pub(crate) struct Replay {
    /// The failure queue of this target only: chime, slack, sms and so on (repeatable) [default: all]
    #[arg(long = "target", value_name = "TARGET", value_parser = PossibleValuesParser::new(relays::targets()), hide_possible_values = true)]
    targets: Vec<String>,
    /// List what the queues hold and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Delete what the queues hold instead of delivering it
    #[arg(long)]
    discard: bool,
    /// Discard without asking
    #[arg(long, short)]
    yes: bool,
    /// Take at most this many messages of each queue
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// The name of the function, where --name was given to the deploy; with one --target
    #[arg(long, value_parser = crate::cli::args::function_name, requires = "targets")]
    name: Option<String>,
}

/// The failure queue of one relay, or of the topic's phones.
struct RelayQueue<'a> {
    /// The destination, as far as it is known: what a relay that is gone delivered to, its name need not tell.
    target: Option<&'static str>,
    names: &'a ResourceNames,
    queue: FailureQueue<'a>,
    /// Whether there is a relay that can deliver what the queue holds.
    has_relay: bool,
}

impl Replay {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, CliError> {
        if self.name.is_some() && self.targets.len() != 1 {
            return Err(CliError::usage("--name goes with one --target")
                .hint("name the one target that the function delivers to"));
        }
        let chain = context.chain().await?;
        let progress = context.ui.progress("Looking at the failure queues");
        let named = self.functions(context, &chain).await?;
        let pieces = try_join_all(
            named
                .iter()
                .map(|(names, is_anybodys)| self.piece(&chain, names, *is_anybodys)),
        )
        .await?;
        let pieces: Vec<RelayQueue<'_>> = pieces
            .into_iter()
            .flatten()
            .filter(|piece| self.is_asked(piece))
            .collect();
        drop(progress);
        self.check_asked(&chain, &pieces)?;
        if pieces.is_empty() {
            context
                .ui
                .answer(&Replayed::new(&chain.topic, Vec::new()))?;
            return Ok(Exit::Done);
        }
        let outcome = tokio::select! {
            outcome = self.work(context, &chain, &pieces) => outcome,
            never = hold(&pieces) => match never {},
        };
        for released in join_all(pieces.iter().map(|piece| piece.queue.release())).await {
            if let Err(failure) = released {
                context.ui.warn(format_args!(
                    "{failure}: {}; they are visible again in half a minute",
                    failure.cause()
                ));
            }
        }
        let replayed = outcome?;
        context.ui.answer(&replayed)?;
        let is_done = self.dry_run || replayed.is_done();
        Ok(if is_done { Exit::Done } else { Exit::Failed })
    }

    /// Returns the names of every relay that the topic may have: the one that is named, else all that can be found.
    /// With each, whether it may be somebody else's.
    async fn functions(
        &self,
        context: &Context,
        chain: &TopicContext,
    ) -> Result<Vec<(ResourceNames, bool)>, CliError> {
        let names = |function: &str| {
            ResourceNames::new("", &chain.topic, chain.place.clone(), Some(function))
        };
        Ok(match &self.name {
            Some(name) => vec![(names(name), false)],
            None => {
                let candidates = relays::functions(context, chain).await?;
                candidates
                    .into_names()
                    .map(|(function, is_anybodys)| (names(&function), is_anybodys))
                    .collect()
            }
        })
    }

    fn is_asked(&self, piece: &RelayQueue<'_>) -> bool {
        self.targets.is_empty()
            || piece
                .target
                .is_some_and(|target| self.targets.iter().any(|asked| asked == target))
    }

    /// Refuses where a target is asked for that has no failure queue.
    fn check_asked(&self, chain: &TopicContext, pieces: &[RelayQueue<'_>]) -> Result<(), CliError> {
        let is_there = |asked: &String| {
            pieces
                .iter()
                .any(|piece| piece.target == Some(asked.as_str()))
        };
        let Some(target) = self.targets.iter().find(|asked| !is_there(asked)) else {
            return Ok(());
        };
        let topic = &chain.topic.name;
        let command = if target == SMS_TARGET {
            "subscribe-sms".to_owned()
        } else {
            format!("deploy-{target}")
        };
        Err(
            CliError::failed(format!("there is no failure queue of {target} on {topic}")).hint(
                format!("ddalert {command} --topic {topic} makes it, with all that belongs to it"),
            ),
        )
    }

    async fn piece<'a>(
        &self,
        chain: &'a TopicContext,
        names: &'a ResourceNames,
        is_anybodys: bool,
    ) -> Result<Option<RelayQueue<'a>>, CliError> {
        let scope = ReadScope {
            names,
            topic: &chain.topic,
            phones: &[],
            values: false,
            decrypt: false,
        };
        let found =
            relays::unless_denied(is_anybodys, failure_queue(&chain.clients, &scope).await)?
                .flatten();
        let Some((queue, owner)) = found else {
            return Ok(None);
        };
        match owner {
            Owner::Topic => {}
            Owner::Other if is_anybodys => return Ok(None),
            // A relay can be subscribed by hand to a topic that it was not made for; what it fails on is with its own topic.
            Owner::OtherTopic => return Ok(None),
            Owner::Other => refuse_foreign(&[format!("queue {}", names.queue)])?,
        }
        let found = function::get(&chain.clients, &names.function).await?;
        let configuration = found.as_ref().and_then(|found| found.configuration());
        let runs =
            configuration.and_then(|found| function::variables(found).remove(TARGET_VARIABLE));
        let usual = relays::target(chain, &names.function);
        let known = |target: String| relays::targets().find(|known| *known == target);
        let has_relay = runs.is_some();
        let target = match &self.name {
            // Whoever names the function says what it delivers to.
            Some(_) => self.targets.first().cloned().and_then(known),
            None => runs.and_then(known).or(usual),
        };
        Ok(Some(RelayQueue {
            target,
            names,
            queue,
            has_relay,
        }))
    }

    async fn work(
        &self,
        context: &Context,
        chain: &TopicContext,
        pieces: &[RelayQueue<'_>],
    ) -> Result<Replayed, CliError> {
        let progress = context.ui.progress("Reading the failure queues");
        let readings = try_join_all(
            pieces
                .iter()
                .map(|piece| piece.queue.read(self.limit as usize)),
        )
        .await?;
        drop(progress);
        let mut reports: Vec<QueueReport> = pieces
            .iter()
            .zip(readings)
            .map(|(piece, reading)| report(piece, reading))
            .collect();
        if self.dry_run {
            return Ok(Replayed::new(&chain.topic, reports));
        }
        if self.discard {
            self.discard(context, pieces, &mut reports).await?;
            return Ok(Replayed::new(&chain.topic, reports));
        }
        let all = reports.iter().map(|report| report.messages.len()).sum();
        let run = Run {
            context,
            chain,
            all,
            done: AtomicUsize::new(0),
        };
        join_all(
            pieces
                .iter()
                .zip(&mut reports)
                .map(|(piece, report)| run.deliver(piece, report)),
        )
        .await;
        Ok(Replayed::new(&chain.topic, reports))
    }

    async fn discard(
        &self,
        context: &Context,
        pieces: &[RelayQueue<'_>],
        reports: &mut [QueueReport],
    ) -> Result<(), CliError> {
        let count: usize = reports.iter().map(|report| report.messages.len()).sum();
        if count == 0 {
            return Ok(());
        }
        for report in reports.iter() {
            context.ui.status(report);
        }
        if !self.yes
            && !context
                .ui
                .confirm(&format!("Delete these {count} alerts for good?"))
                .await?
        {
            return Err(CliError {
                exit: Exit::Interrupted,
                message: "nothing was deleted".to_owned(),
                causes: Vec::new(),
                hint: None,
            });
        }
        for (piece, report) in pieces.iter().zip(reports) {
            for letter in &mut report.messages {
                piece.queue.delete(&letter.queued).await?;
                letter.outcome = ReplayOutcome::Discarded;
            }
        }
        Ok(())
    }
}

/// Holds on to what was taken of every queue.
async fn hold(pieces: &[RelayQueue<'_>]) -> Infallible {
    select_all(pieces.iter().map(|piece| Box::pin(piece.queue.hold())))
        .await
        .0
}

/// One replay of several rooms, each at its own pace.
struct Run<'a> {
    context: &'a Context,
    chain: &'a TopicContext,
    all: usize,
    done: AtomicUsize,
}

impl Run<'_> {
    /// Returns what to do about a room that does not take what it is sent.
    fn mend(&self, piece: &RelayQueue<'_>) -> String {
        let about = self.context.about(self.chain);
        match piece.target.and_then(destination) {
            Some(destination) => format!(
                "mend the {} (a new webhook URL: ddalert rotate {}{} {about})",
                destination.room,
                destination.name,
                relays::named(self.chain, &piece.names.function)
            ),
            None => format!("see what is wrong (ddalert doctor {about})"),
        }
    }

    /// Delivers what one queue holds, oldest first.
    async fn deliver(&self, piece: &RelayQueue<'_>, report: &mut QueueReport) {
        let pace = piece
            .target
            .and_then(destination)
            .map_or(PHONE_PACE, |destination| destination.pace);
        let mut arrived = BTreeSet::new();
        let mut next = Instant::now();
        let mut failures = 0;
        for letter in &mut report.messages {
            if report.stopped.is_some() {
                break;
            }
            let Some(failed) = &letter.failed else {
                continue;
            };
            if !piece.has_relay {
                letter.outcome = ReplayOutcome::Kept {
                    reason: without_relay(self.chain, piece),
                };
                continue;
            }
            if let Some(event) = failed.event_without(&arrived) {
                sleep_until(next).await;
                let ran = invoke(&self.chain.clients, &piece.names.function, &event).await;
                next =
                    Instant::now() + pace * u32::try_from(failed.alerts.len()).unwrap_or(u32::MAX);
                let why = match ran {
                    Ok(Ok(())) => None,
                    Ok(Err(why)) => Some(why),
                    Err(failure) => {
                        report.hint = report.hint.take().or(failure.hint());
                        Some(format!("{failure}: {}", failure.cause()))
                    }
                };
                if let Some(why) = why {
                    failures += 1;
                    if failures == FAILURES_IN_A_ROW {
                        report.stopped =
                            Some(format!("{failures} failures in a row; the last: {why}"));
                    }
                    letter.outcome = ReplayOutcome::Failed { reason: why };
                    continue;
                }
                failures = 0;
            }
            arrived.extend(failed.ids().unwrap_or_default());
            letter.outcome = match piece.queue.delete(&letter.queued).await {
                Ok(()) => ReplayOutcome::Delivered,
                Err(failure) => {
                    // Going on would deliver the others twice as well at the next run.
                    let why = format!("{failure}: {}", failure.cause());
                    report.stopped = Some(why.clone());
                    report.hint = failure.hint();
                    ReplayOutcome::NotDeleted { reason: why }
                }
            };
            let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
            self.context.note(PlanProgress {
                done,
                all: self.all,
            });
            self.context.ui.detail(format_args!(
                "{}: {} of {} done: {}",
                piece.label(),
                done,
                self.all,
                letter.headline
            ));
        }
        if let Some(why) = &report.stopped {
            self.context
                .ui
                .warn(format_args!("{}: stopped: {why}", piece.label()));
            match &report.hint {
                Some(hint) => self.context.ui.hint(hint),
                None => self.context.ui.hint(format_args!(
                    "{}, then run the same command again",
                    self.mend(piece)
                )),
            }
        }
    }
}

impl RelayQueue<'_> {
    /// How it is called: its destination, else its function.
    fn label(&self) -> &str {
        self.target.unwrap_or(&self.names.function)
    }
}

fn without_relay(chain: &TopicContext, piece: &RelayQueue<'_>) -> String {
    let RelayQueue { target, names, .. } = piece;
    match target {
        Some(SMS_TARGET) => {
            "texts go from SNS to the phones without a relay, so there is nothing to hand it to"
                .to_owned()
        }
        Some(target) => format!(
            "the relay {} is gone: ddalert deploy-{target}{} makes it again",
            names.function,
            relays::named(chain, &names.function)
        ),
        None => format!(
            "the relay {0} is gone; a deploy to its room with --name {0} makes it again",
            names.function
        ),
    }
}

/// Sorts what was read: an alert that is there several times once, the oldest first.
fn report(piece: &RelayQueue<'_>, reading: QueueReading) -> QueueReport {
    let mut letters: Vec<(Timestamp, ReplayedMessage)> = Vec::new();
    let mut known: BTreeMap<BTreeSet<String>, usize> = BTreeMap::new();
    for message in reading.messages {
        let failed = FailedMessage::read(&message.body, &message.attributes);
        let ids = failed.as_ref().and_then(FailedMessage::ids);
        if let Some(index) = ids.as_ref().and_then(|ids| known.get(ids)) {
            letters[*index].1.queued.push(message.id);
            continue;
        }
        known.extend(ids.map(|ids| (ids, letters.len())));
        let at = failed
            .as_ref()
            .and_then(FailedMessage::published)
            .unwrap_or(message.sent);
        letters.push((at, ReplayedMessage::new(message, failed)));
    }
    letters.sort_by_key(|(at, _)| *at);
    QueueReport {
        target: piece.label().to_owned(),
        queue: piece.names.queue.clone(),
        messages: letters.into_iter().map(|(_, letter)| letter).collect(),
        unread: reading.unread,
        stopped: None,
        hint: None,
    }
}
