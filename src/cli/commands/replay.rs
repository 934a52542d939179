//! `replay`: shows what the failure queues hold, and delivers it through the relays.

use clap::Args;
use clap::builder::PossibleValuesParser;
use futures_util::future::{join_all, try_join_all};

use crate::chain::names::ResourceNames;
use crate::cli::args::function_name;
use crate::cli::context::{Context, TopicContext};
use crate::cli::error::{CliError, Exit};
use crate::cli::redelivery::report::{QueueReport, ReplayOutcome, Replayed};
use crate::cli::redelivery::{RelayQueue, deliver, hold};
use crate::cli::relays;
use crate::destination::sms::SMS_TARGET;

/// Deliver the alerts that the failure queues hold
///
/// Shows what could not be delivered, since when and why, and hands it to the relay again: the oldest first, no faster than the
/// room accepts it, an alert that is in the queue twice only once. A message is deleted from its queue only after the relay
/// delivered it, so an interrupted run loses nothing; run the command again. What is not an alert from SNS is shown and kept.
/// Exits with 1 if something stays undelivered.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = "Examples:
  ddalert replay --topic BadIoTDevices --dry-run
  ddalert replay --topic BadIoTDevices --target slack
  ddalert replay --topic BadIoTDevices --discard")]
pub(crate) struct Replay {
    /// Only the failure queue of this target: chime, slack, sms and so on (repeatable) [default: all]
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
    /// The name of the function, if the relay was deployed with --name; needs one --target
    #[arg(long, value_parser = function_name, requires = "targets")]
    name: Option<String>,
}

impl Replay {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, CliError> {
        if self.name.is_some() && self.targets.len() != 1 {
            return Err(CliError::usage("--name needs exactly one --target")
                .hint("name the one target that the function delivers to"));
        }
        let topic = context.topic().await?;
        let progress = context.ui.progress("Finding the failure queues");
        let relays = self.relays(context, &topic).await?;
        // Whoever names the function says what it delivers to.
        let named = self.name.as_ref().and(self.targets.first());
        let found = relays.iter().map(|(names, is_anybodys)| {
            RelayQueue::find(&topic, names, named.map(String::as_str), *is_anybodys)
        });
        let found = try_join_all(found).await?.into_iter().flatten();
        let queues: Vec<RelayQueue<'_>> = found.filter(|queue| self.is_asked(queue)).collect();
        drop(progress);
        self.check_asked(&topic, &queues)?;
        if queues.is_empty() {
            let nothing = Replayed::new(&topic.topic, Vec::new());
            context.ui.answer_as(&nothing, &nothing.queues)?;
            return Ok(Exit::Done);
        }
        let outcome = tokio::select! {
            outcome = self.work(context, &topic, &queues) => outcome,
            never = hold(&queues) => match never {},
        };
        for released in join_all(queues.iter().map(|queue| queue.queue.release())).await {
            if let Err(error) = released {
                let cause = error.cause();
                context.ui.warn(format_args!(
                    "{error}: {cause}; the messages are visible again in half a minute"
                ));
            }
        }
        let replayed = outcome?;
        context.ui.answer_as(&replayed, &replayed.queues)?;
        let is_done = self.dry_run || replayed.is_done();
        Ok(if is_done { Exit::Done } else { Exit::Failed })
    }

    /// Returns the names of every relay that the topic may have, the one that is named or all that can be found, each with
    /// whether it may be somebody else's.
    async fn relays(
        &self,
        context: &Context,
        topic: &TopicContext,
    ) -> Result<Vec<(ResourceNames, bool)>, CliError> {
        let names = |function: &str| topic.names("", Some(function));
        if let Some(name) = &self.name {
            return Ok(vec![(names(name), false)]);
        }
        let candidates = relays::candidates(context, topic).await?.into_names();
        Ok(candidates
            .map(|(function, is_anybodys)| (names(&function), is_anybodys))
            .collect())
    }

    fn is_asked(&self, queue: &RelayQueue<'_>) -> bool {
        let is_named = |target| self.targets.iter().any(|asked| asked == target);
        self.targets.is_empty() || queue.target.is_some_and(is_named)
    }

    /// Refuses if a target is asked for that has no failure queue.
    fn check_asked(&self, topic: &TopicContext, queues: &[RelayQueue<'_>]) -> Result<(), CliError> {
        let is_there = |asked: &String| {
            queues
                .iter()
                .any(|queue| queue.target == Some(asked.as_str()))
        };
        let Some(target) = self.targets.iter().find(|asked| !is_there(asked)) else {
            return Ok(());
        };
        let name = &topic.topic.name;
        let command = match target.as_str() {
            SMS_TARGET => "subscribe-sms".to_owned(),
            target => format!("deploy-{target}"),
        };
        Err(
            CliError::failed(format!("there is no failure queue of {target} on {name}")).hint(
                format!(
                    "{} creates it, with everything that belongs to it",
                    topic.ddalert(&command)
                ),
            ),
        )
    }

    async fn work(
        &self,
        context: &Context,
        topic: &TopicContext,
        queues: &[RelayQueue<'_>],
    ) -> Result<Replayed, CliError> {
        let progress = context.ui.progress("Reading the failure queues");
        let read = queues
            .iter()
            .map(|queue| queue.queue.read(self.limit as usize));
        let read = try_join_all(read).await?;
        drop(progress);
        let mut reports: Vec<QueueReport> = queues
            .iter()
            .zip(read)
            .map(|(queue, reading)| queue.report(&topic.topic, reading))
            .collect();
        for (position, report) in reports.iter().enumerate() {
            context.ui.so_far(position, report);
        }
        if self.discard && !self.dry_run {
            self.discard(context, queues, &mut reports).await?;
        } else if !self.dry_run {
            deliver(context, topic, queues, &mut reports).await;
        }
        Ok(Replayed::new(&topic.topic, reports))
    }

    async fn discard(
        &self,
        context: &Context,
        queues: &[RelayQueue<'_>],
        reports: &mut [QueueReport],
    ) -> Result<(), CliError> {
        let count: usize = reports.iter().map(|report| report.messages.len()).sum();
        if count == 0 {
            return Ok(());
        }
        for report in reports.iter() {
            context.ui.status(report);
        }
        let label = context.label().await;
        let question = format!("Delete these {count} alerts in the {label} for good?");
        if !self.yes && !context.ui.confirm(&question).await? {
            return Err(CliError::declined("Nothing was deleted."));
        }
        for (position, (queue, report)) in queues.iter().zip(reports).enumerate() {
            for index in 0..report.messages.len() {
                queue.queue.delete(&report.messages[index].queued).await?;
                report.messages[index].outcome = ReplayOutcome::Discarded;
                context.ui.so_far(position, report);
            }
        }
        Ok(())
    }
}
