//! `remove`: takes down what ddalert made, and nothing else.

use std::fmt;

use clap::Args;
use serde::Serialize;

use super::args::Changing;
use super::change::{Changed, agree, carry_out, dry_exit};
use super::context::{Chain, Context};
use super::fault::{Exit, Fault};
use crate::aws::wiring::{Observed, Scene, observe};
use crate::domain::names::{Names, SMS_TARGET};
use crate::domain::plan::plan;
use crate::domain::webhook::DESTINATIONS;
use crate::domain::wiring::Wiring;

/// Take down what ddalert made on the topic
#[derive(Clone, Debug, Args)]
pub(super) struct Remove {
    /// What to take down: a target such as chime or slack, or sms followed by phone numbers
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Take down everything that ddalert made on the topic
    #[arg(long, conflicts_with = "targets")]
    all: bool,
    /// The name of the function, where --name was given to the deploy
    #[arg(long)]
    name: Option<String>,
    /// Remove a failure queue even where it holds alerts that were not delivered
    #[arg(long)]
    discard_failed: bool,
    #[command(flatten)]
    changing: Changing,
}

/// One relay, or the phones of the topic: what can be taken down by itself.
struct Piece {
    label: String,
    names: Names,
    phones: Vec<String>,
    /// What is left when it is taken down: nothing, or the other phones.
    want: Wiring,
    observed: Observed,
}

/// What `remove` answers.
#[derive(Debug, Serialize)]
struct Removed {
    /// One entry for each relay, and for the phones.
    removed: Vec<Changed>,
}

impl fmt::Display for Removed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, changed) in self.removed.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{changed}")?;
        }
        Ok(())
    }
}

impl Remove {
    pub(super) async fn run(self, context: &Context) -> Result<Exit, Fault> {
        let asked = self.asked()?;
        let chain = context.chain().await?;
        let progress = context.ui.progress("Looking at what is there");
        let there = there(&chain, self.name.as_deref()).await?;
        drop(progress);
        if asked.is_empty() && !self.all {
            return Err(nothing_named(&chain, &there));
        }
        let mut pieces = Vec::new();
        for piece in there {
            let phones = asked.iter().find(|(label, _)| *label == piece.label).map(|(_, phones)| phones.as_slice());
            if self.all || phones.is_some() {
                pieces.push(piece.without(phones.unwrap_or_default())?);
            }
        }
        let mut removed = Vec::new();
        let mut exit = Exit::Done;
        for (label, _) in &asked {
            if !pieces.iter().any(|piece| piece.label == *label) {
                removed.push(nothing(&chain, label));
            }
        }
        if pieces.is_empty() && removed.is_empty() {
            removed.push(nothing(&chain, "anything of ddalert"));
        }
        for piece in &pieces {
            self.check_failures(piece)?;
        }
        for piece in pieces {
            let (changed, piece_exit) = self.take_down(context, &chain, piece).await?;
            removed.push(changed);
            if piece_exit != Exit::Done {
                exit = piece_exit;
            }
        }
        context.ui.answer(&Removed { removed })?;
        Ok(exit)
    }

    /// Reads the targets: each a destination, or `sms` with the numbers that follow it.
    fn asked(&self) -> Result<Vec<(String, Vec<String>)>, Fault> {
        let mut asked: Vec<(String, Vec<String>)> = Vec::new();
        for word in &self.targets {
            if word == SMS_TARGET || DESTINATIONS.iter().any(|destination| destination.name == word) {
                asked.push((word.clone(), Vec::new()));
                continue;
            }
            match asked.last_mut() {
                Some((target, phones)) if target == SMS_TARGET => phones.push(super::subscribe_sms::number(word, None)?),
                _ => {
                    let known: Vec<&str> = DESTINATIONS.iter().map(|destination| destination.name).collect();
                    return Err(Fault::usage(format!("'{word}' is no target"))
                        .hint(format!("targets are: {}, {SMS_TARGET} +NUMBER…", known.join(", "))));
                }
            }
        }
        if asked.iter().any(|(target, phones)| target == SMS_TARGET && phones.is_empty()) {
            return Err(Fault::usage("remove sms needs the numbers to remove")
                .hint("name them: ddalert remove sms +12065550100; or remove everything with --all"));
        }
        Ok(asked)
    }

    fn check_failures(&self, piece: &Piece) -> Result<(), Fault> {
        let messages = piece.observed.failures.as_ref().map_or(0, |depth| depth.messages);
        if messages == 0 || self.discard_failed || self.changing.dry_run || piece.want.queue.is_some() {
            return Ok(());
        }
        Err(Fault::failed(format!(
            "the failure queue {} holds about {messages} alerts that were not delivered",
            piece.names.queue
        ))
        .because("removing it would lose them; nothing was changed")
        .hint("add --discard-failed to remove them with it"))
    }

    async fn take_down(&self, context: &Context, chain: &Chain, piece: Piece) -> Result<(Changed, Exit), Fault> {
        let plan = plan(&piece.want, &piece.observed.wiring);
        let applied = !self.changing.dry_run && !plan.is_empty();
        if applied {
            agree(context, &self.changing, &plan).await?;
            carry_out(context, chain, &piece.scene(&chain.topic), None, &plan, |_| piece.want.clone()).await?;
        }
        let summary = match (applied, plan.is_empty()) {
            (true, _) => format!("{} was removed from {}.", piece.label, chain.topic.name),
            (false, true) => format!("Nothing to remove: {} is not on {}.", piece.label, chain.topic.name),
            (false, false) => format!("{} changes would be made.", plan.changes.len()),
        };
        let exit = if self.changing.dry_run { dry_exit(&self.changing, &plan) } else { Exit::Done };
        let topic = chain.topic.to_string();
        Ok((Changed { name: piece.names.function, topic, applied, changes: plan.changes, summary }, exit))
    }
}

impl Piece {
    fn scene<'a>(&'a self, topic: &'a crate::domain::topic::TopicArn) -> Scene<'a> {
        Scene { names: &self.names, topic, phones: &self.phones, values: false, decrypt: false }
    }

    /// Narrows the piece to these phones; none named means all of it.
    fn without(mut self, phones: &[String]) -> Result<Piece, Fault> {
        if phones.is_empty() {
            return Ok(self);
        }
        let subscriptions = &self.observed.wiring.subscriptions;
        for phone in phones {
            if !subscriptions.keys().any(|endpoint| endpoint.address() == phone) {
                return Err(Fault::failed(format!("{phone} was not subscribed by ddalert"))
                    .hint("ddalert remove, without a target, lists what there is"));
            }
        }
        let left = subscriptions.iter().filter(|(endpoint, _)| !phones.iter().any(|phone| phone == endpoint.address()));
        let left: std::collections::BTreeMap<_, _> = left.map(|(endpoint, held)| (endpoint.clone(), held.clone())).collect();
        if !left.is_empty() {
            self.want = Wiring { subscriptions: left, ..self.observed.wiring.clone() };
        }
        Ok(self)
    }
}

/// Finds everything that ddalert made on the topic.
async fn there(chain: &Chain, name: Option<&str>) -> Result<Vec<Piece>, Fault> {
    let targets = DESTINATIONS.iter().map(|destination| destination.name).chain([SMS_TARGET]);
    let phones = super::subscribe_sms::phones(chain).await?;
    let pieces = targets.map(|target| {
        let names = Names::new(target, &chain.topic, chain.place.clone(), name);
        let phones = if target == SMS_TARGET { phones.clone() } else { Vec::new() };
        async move {
            let mut piece =
                Piece { label: target.to_owned(), names, phones, want: Wiring::default(), observed: Observed::default() };
            piece.observed = observe(&chain.clients, &piece.scene(&chain.topic)).await?;
            let queue = piece.names.queue_arn();
            piece.observed.wiring.subscriptions.retain(|endpoint, subscription| {
                endpoint.protocol() != "sms" || subscription.dead_letters.as_ref() == Some(&queue)
            });
            piece.phones = piece.observed.wiring.subscriptions.keys().map(|endpoint| endpoint.address().to_owned()).collect();
            Ok::<_, Fault>(piece)
        }
    });
    let pieces = futures_util::future::try_join_all(pieces).await?;
    Ok(pieces.into_iter().filter(|piece| !plan(&Wiring::default(), &piece.observed.wiring).is_empty()).collect())
}

fn nothing_named(chain: &Chain, there: &[Piece]) -> Fault {
    let fault = Fault::usage("nothing is named to remove");
    if there.is_empty() {
        return fault.because(format!("ddalert made nothing on {}", chain.topic.name));
    }
    let listed: Vec<String> = there
        .iter()
        .map(|piece| match piece.label.as_str() {
            SMS_TARGET => format!("sms {}", piece.phones.join(" ")),
            label => format!("{label} (function {})", piece.names.function),
        })
        .collect();
    fault
        .because(format!("on {} there is: {}", chain.topic.name, listed.join(", ")))
        .hint("name what to remove, or remove everything with --all")
}

fn nothing(chain: &Chain, label: &str) -> Changed {
    Changed {
        name: label.to_owned(),
        topic: chain.topic.to_string(),
        applied: false,
        changes: Vec::new(),
        summary: format!("Nothing to remove: {label} is not on {}.", chain.topic.name),
    }
}
