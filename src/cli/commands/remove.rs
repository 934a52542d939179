//! `remove`: removes what ddalert made, and nothing else.

use clap::Args;

use crate::aws::device_defender;
use crate::cli::args::Changing;
use crate::cli::change_report::{ChangeReport, PlanOutcome, Subject};
use crate::cli::context::{Context, TopicContext};
use crate::cli::error::{CliError, Exit};
use crate::cli::input::phones::number;
use crate::cli::reconcile::{Target, reconcile, would_be_made};
use crate::cli::relay::RelayTarget;
use crate::cli::relays;
use crate::cli::removal::{Removable, find};
use crate::destination::sms::SMS_TARGET;
use crate::destination::sms::masked;

/// Remove what ddalert created on the topic, and nothing else
///
/// Without a target and without --all, lists what there is and exits with 2.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = "Examples:
  ddalert remove slack --topic BadIoTDevices
  ddalert remove sms +12065550100 --topic BadIoTDevices
  ddalert remove --all --topic BadIoTDevices --dry-run")]
pub(crate) struct Remove {
    /// What to remove: a target such as chime or slack, or sms followed by phone numbers
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Remove everything that ddalert created on the topic
    #[arg(long, conflicts_with = "targets")]
    all: bool,
    /// The name of the function, if the relay was deployed with --name
    #[arg(long)]
    name: Option<String>,
    /// Show phone numbers in full
    #[arg(long)]
    show_numbers: bool,
    /// Remove a failure queue or a buffer even if it holds alerts that were not delivered
    #[arg(long)]
    discard_failed: bool,
    #[command(flatten)]
    changing: Changing,
}

impl Remove {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, CliError> {
        let asked = self.asked()?;
        // A topic that is gone has left behind what ddalert made for it.
        let topic = context.located_topic().await?;
        let progress = context.ui.progress("Reading what AWS holds");
        let there = find(context, &topic, self.name.as_deref(), asked.is_empty()).await?;
        drop(progress);
        if there.is_empty()
            && let Some(error) = context.missing_topic(&topic).await?
        {
            return Err(error);
        }
        if self.show_numbers {
            let phones = there.iter().flat_map(|one| one.observed.state.all_phones());
            context
                .ui
                .reveal(phones.filter_map(|phone| phone.parse().ok()));
        }
        if asked.is_empty() && self.name.is_none() && !self.all {
            return Err(nothing_named(&topic, &there));
        }
        let mut removed = self.missing(&asked, &topic, &there)?;
        let mut chosen = Vec::new();
        for one in there {
            if let Some(phones) = self.phones_asked(&asked, &one) {
                chosen.push(one.narrowed(context, phones));
            }
        }
        if chosen.is_empty() && removed.is_empty() {
            let summary = format!(
                "Nothing to remove: ddalert created nothing on {}.",
                topic.topic.name
            );
            removed.push(ChangeReport::nothing(subject(&topic, ""), summary));
        }
        for one in &chosen {
            one.check_foreign(context, &topic)?;
            self.check_failures(&topic, one)?;
        }
        let targets: Vec<RelayTarget<'_>> = chosen.iter().map(|one| one.target(&topic)).collect();
        let done = reconcile(context, &self.changing, &targets, async || Ok(())).await?;
        for (position, (one, target)) in chosen.iter().zip(targets).enumerate() {
            removed.push(report(&topic, one, &target, done.outcome(position)));
        }
        context.ui.answer(&removed)?;
        // Only a hint: where the role may not be read, nothing is said.
        let is_connected = device_defender::is_connected(&topic.clients, &topic.topic);
        if self.all && !self.changing.dry_run && is_connected.await.unwrap_or_default() {
            context.ui.hint(format_args!(
                "the role that Device Defender publishes with still exists: {}",
                topic.ddalert("connect --disconnect")
            ));
        }
        Ok(done.exit)
    }

    /// Returns whether it is to be removed, and which phones of it; none named means all of it.
    fn phones_asked<'a>(
        &self,
        asked: &'a [(String, Vec<String>)],
        one: &Removable,
    ) -> Option<&'a [String]> {
        let function = &one.names.function;
        if self.all || (asked.is_empty() && self.name.as_ref() == Some(function)) {
            return Some(&[]);
        }
        let is_meant = |target: &String| match &self.name {
            Some(name) => name == function && one.target.as_ref().is_none_or(|runs| runs == target),
            None => *target == one.label,
        };
        asked
            .iter()
            .find(|(target, _)| is_meant(target))
            .map(|(_, phones)| phones.as_slice())
    }

    /// Reports of every target that is asked for and not there that there is nothing to remove.
    ///
    /// # Errors
    /// It is there under a name of its own, which must be given.
    fn missing(
        &self,
        asked: &[(String, Vec<String>)],
        topic: &TopicContext,
        there: &[Removable],
    ) -> Result<Vec<ChangeReport>, CliError> {
        let mut missing = Vec::new();
        for request in asked {
            if there.iter().any(|one| {
                self.phones_asked(std::slice::from_ref(request), one)
                    .is_some()
            }) {
                continue;
            }
            let (target, _) = request;
            let other = there.iter().find(|one| one.target.as_ref() == Some(target));
            if let (Some(one), None) = (other, &self.name) {
                let function = &one.names.function;
                return Err(CliError::usage(format!(
                    "the relay to {target} has a name of its own: {function}"
                ))
                .hint(format!(
                    "name it: {}",
                    topic.ddalert(&format!("remove {}", one.label))
                )));
            }
            missing.push(nothing(topic, target));
        }
        Ok(missing)
    }

    /// Reads the targets: each a destination, or `sms` with the numbers that follow it.
    fn asked(&self) -> Result<Vec<(String, Vec<String>)>, CliError> {
        let mut asked: Vec<(String, Vec<String>)> = Vec::new();
        for word in &self.targets {
            if relays::targets().any(|target| target == word) {
                asked.push((word.clone(), Vec::new()));
                continue;
            }
            match asked.last_mut() {
                Some((target, phones)) if target == SMS_TARGET => {
                    let hint = "write it with its country code, such as +12065550100";
                    let phone = number(word, None).map_err(|error| error.hint(hint))?;
                    phones.push(phone.as_str().to_owned());
                }
                _ => {
                    let known: Vec<&str> = relays::targets().collect();
                    return Err(CliError::usage(format!("'{word}' is not a target"))
                        .hint(format!("targets are: {} +NUMBER…", known.join(", "))));
                }
            }
        }
        if asked
            .iter()
            .any(|(target, phones)| target == SMS_TARGET && phones.is_empty())
        {
            return Err(
                CliError::usage("remove sms needs the phone numbers to remove").hint(
                    "write them behind sms, such as +12065550100; or remove everything with --all",
                ),
            );
        }
        Ok(asked)
    }

    fn check_failures(&self, topic: &TopicContext, one: &Removable) -> Result<(), CliError> {
        let undelivered = one.undelivered();
        if undelivered.is_empty() || self.discard_failed || self.changing.dry_run {
            return Ok(());
        }
        let held: Vec<String> = undelivered
            .iter()
            .map(|(queue, messages)| {
                format!("the {queue} holds about {messages} alerts that were not delivered")
            })
            .collect();
        Err(CliError::failed(held.join(", and "))
            .because(
                "they would be lost with it, and --discard-failed is not given; nothing was changed",
            )
            .hint(match undelivered.iter().any(|(queue, _)| queue.starts_with("failure")) {
                true => format!("deliver them first: {}", topic.ddalert("replay")),
                // The relay empties its buffer by itself.
                false => format!("see what keeps the relay from delivering them: {}", topic.ddalert("doctor")),
            }))
    }
}

fn report(
    topic: &TopicContext,
    one: &Removable,
    target: &RelayTarget<'_>,
    outcome: PlanOutcome,
) -> ChangeReport {
    let (label, name) = (&one.label, &topic.topic.name);
    let count = target.plan().len();
    let summary = match (outcome.is_applied(), count) {
        (_, 0) => format!("Nothing to remove: {label} is not on {name}."),
        (true, _) => format!("{label} was removed from {name}."),
        (false, _) => would_be_made(count),
    };
    target.report(outcome, summary)
}

fn nothing_named(topic: &TopicContext, there: &[Removable]) -> CliError {
    let error = CliError::usage("no target is given");
    let name = &topic.topic.name;
    if there.is_empty() {
        return error.because(format!("ddalert created nothing on {name}"));
    }
    let listed = there.iter().map(|one| match one.label.as_str() {
        SMS_TARGET => {
            let phones: Vec<String> = one
                .observed
                .state
                .all_phones()
                .into_iter()
                .map(masked)
                .collect();
            format!("sms {}", phones.join(" "))
        }
        label => label.to_owned(),
    });
    let listed = listed.collect::<Vec<_>>().join(", ");
    error
        .because(format!("ddalert created on {name}: {listed}"))
        .hint("give the targets to remove, or remove everything with --all")
}

fn nothing(topic: &TopicContext, label: &str) -> ChangeReport {
    let summary = format!("Nothing to remove: {label} is not on {}.", topic.topic.name);
    ChangeReport::nothing(subject(topic, label), summary)
}

fn subject(topic: &TopicContext, label: &str) -> Subject {
    Subject {
        name: label.to_owned(),
        topic: topic.topic.to_string(),
        relay: None,
    }
}
