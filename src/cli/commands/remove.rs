//! `remove`: takes down what ddalert made, and nothing else.

use std::collections::BTreeMap;
use std::fmt;

use clap::Args;
use futures_util::future::try_join_all;
use serde::Serialize;

use crate::arn::TopicArn;
use crate::aws::observe::{Observed, observe};
use crate::aws::scope::ReadScope;
use crate::aws::{device_defender, tagged};
use crate::chain::names::{ResourceNames, SMS_TARGET};
use crate::chain::plan::{Plan, plan};
use crate::chain::state::RelayState;
use crate::cli::args::Changing;
use crate::cli::context::{Context, TopicContext};
use crate::cli::error::{CliError, Exit};
use crate::cli::reconcile::{Changed, agree_to_all, carry_out, dry_exit, would_be_made};
use crate::cli::relays;
use crate::destination::sms::number::masked;

/// Take down what ddalert made on the topic
#[derive(Clone, Debug, Args)]
pub(crate) struct Remove {
    /// What to take down: a target such as chime or slack, or sms followed by phone numbers
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Take down everything that ddalert made on the topic
    #[arg(long, conflicts_with = "targets")]
    all: bool,
    /// The name of the function, where --name was given to the deploy
    #[arg(long)]
    name: Option<String>,
    /// Show phone numbers in full
    #[arg(long)]
    show_numbers: bool,
    /// Remove a failure queue even where it holds alerts that were not delivered
    #[arg(long)]
    discard_failed: bool,
    #[command(flatten)]
    changing: Changing,
}

/// One relay, or the phones of the topic: what can be taken down by itself.
struct RemovalTarget {
    /// The destination, as far as it is known: what a function that is gone delivered to, nobody can tell.
    target: Option<String>,
    /// How it is named to `remove`.
    label: String,
    names: ResourceNames,
    phones: Vec<String>,
    /// What is left when it is taken down: nothing, or the other phones.
    want: RelayState,
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
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, CliError> {
        let asked = self.asked()?;
        // A topic that is gone has left behind what ddalert made for it.
        let chain = context.located_one().await?;
        let progress = context.ui.progress("Looking at what is there");
        let there = there(context, &chain, self.name.as_deref(), asked.is_empty()).await?;
        drop(progress);
        if there.is_empty()
            && let Some(error) = context.missing_topic(&chain).await?
        {
            return Err(error);
        }
        if self.show_numbers {
            let phones = there
                .iter()
                .flat_map(|piece| piece.observed.wiring.all_phones());
            context
                .ui
                .reveal(phones.filter_map(|phone| phone.parse().ok()));
        }
        if asked.is_empty() && self.name.is_none() && !self.all {
            return Err(nothing_named(&chain, &there));
        }
        let mut removed: Vec<Changed> = self.missing(&asked, &chain, &there)?;
        let mut pieces = Vec::new();
        for piece in there {
            if let Some(phones) = self.phones_asked(&asked, &piece) {
                pieces.push(piece.without(context, phones));
            }
        }
        if pieces.is_empty() && removed.is_empty() {
            let summary = format!(
                "Nothing to remove: ddalert made nothing on {}.",
                chain.topic.name
            );
            removed.push(Changed {
                summary,
                ..nothing(&chain, "")
            });
        }
        for piece in &pieces {
            check_foreign(context, piece)?;
            self.check_failures(piece)?;
        }
        let plans: Vec<Plan> = pieces
            .iter()
            .map(|piece| plan(&piece.want, &piece.observed.wiring))
            .collect();
        let mut exit = Exit::Done;
        if self.changing.dry_run {
            exit = plans
                .iter()
                .map(|plan| dry_exit(&self.changing, plan))
                .find(|exit| *exit != Exit::Done)
                .unwrap_or(exit);
        } else if plans.iter().any(|plan| !plan.is_empty()) {
            let shown: Vec<_> = pieces
                .iter()
                .map(|piece| piece.label.clone())
                .zip(&plans)
                .collect();
            agree_to_all(context, &self.changing, &shown).await?;
        }
        for (piece, plan) in pieces.into_iter().zip(plans) {
            removed.push(self.take_down(context, &chain, piece, plan).await?);
        }
        context.ui.answer(&Removed { removed })?;
        // Only a hint: who may not look at the role is not told.
        if self.all
            && !self.changing.dry_run
            && device_defender::is_connected(&chain.clients, &chain.topic)
                .await
                .unwrap_or_default()
        {
            context.ui.hint(format_args!(
                "the role by which Device Defender publishes is still there: ddalert connect --disconnect --topic {}",
                chain.topic.name
            ));
        }
        Ok(exit)
    }

    /// Returns whether the piece is to be taken down, and which phones of it; none named means all of it.
    fn phones_asked<'a>(
        &self,
        asked: &'a [(String, Vec<String>)],
        piece: &RemovalTarget,
    ) -> Option<&'a [String]> {
        if self.all || (asked.is_empty() && self.name.as_ref() == Some(&piece.names.function)) {
            return Some(&[]);
        }
        let is_meant = |target: &String| match &self.name {
            Some(name) => {
                *name == piece.names.function
                    && piece.target.as_ref().is_none_or(|runs| runs == target)
            }
            None => *target == piece.label,
        };
        asked
            .iter()
            .find(|(target, _)| is_meant(target))
            .map(|(_, phones)| phones.as_slice())
    }

    /// Says of every target that is asked for and not there that there is nothing to remove.
    ///
    /// # Errors
    /// It is there under a name of its own, which must be named.
    fn missing(
        &self,
        asked: &[(String, Vec<String>)],
        chain: &TopicContext,
        there: &[RemovalTarget],
    ) -> Result<Vec<Changed>, CliError> {
        let mut missing = Vec::new();
        for one in asked {
            if there.iter().any(|piece| {
                self.phones_asked(std::slice::from_ref(one), piece)
                    .is_some()
            }) {
                continue;
            }
            let (target, _) = one;
            if let (Some(piece), None) = (
                there
                    .iter()
                    .find(|piece| piece.target.as_ref() == Some(target)),
                &self.name,
            ) {
                return Err(CliError::usage(format!(
                    "the relay to {target} has a name of its own: {}",
                    piece.names.function
                ))
                .hint(format!(
                    "name it: ddalert remove {} --topic {}",
                    piece.label, chain.topic.name
                )));
            }
            missing.push(nothing(chain, target));
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
                    let read = crate::cli::input::phones::number(word, None);
                    let phone = read.map_err(|error| {
                        error.hint("write it with its country code, such as +12065550100")
                    })?;
                    phones.push(phone.as_str().to_owned());
                }
                _ => {
                    let known: Vec<&str> = relays::targets().collect();
                    return Err(CliError::usage(format!("'{word}' is no target"))
                        .hint(format!("targets are: {} +NUMBER…", known.join(", "))));
                }
            }
        }
        if asked
            .iter()
            .any(|(target, phones)| target == SMS_TARGET && phones.is_empty())
        {
            return Err(
                CliError::usage("remove sms needs the numbers to remove").hint(
                    "name them: ddalert remove sms +12065550100; or remove everything with --all",
                ),
            );
        }
        Ok(asked)
    }

    fn check_failures(&self, piece: &RemovalTarget) -> Result<(), CliError> {
        let messages = piece
            .observed
            .failures
            .as_ref()
            .map_or(0, |depth| depth.messages);
        if messages == 0
            || self.discard_failed
            || self.changing.dry_run
            || piece.want.queue.is_some()
        {
            return Ok(());
        }
        Err(CliError::failed(format!(
            "the failure queue {} holds about {messages} alerts that were not delivered",
            piece.names.queue
        ))
        .because("removing it would lose them; nothing was changed")
        .hint("add --discard-failed to remove them with it"))
    }

    async fn take_down(
        &self,
        context: &Context,
        chain: &TopicContext,
        piece: RemovalTarget,
        plan: Plan,
    ) -> Result<Changed, CliError> {
        let applied = !self.changing.dry_run && !plan.is_empty();
        if applied {
            carry_out(
                context,
                chain,
                &piece.scope(&chain.topic),
                None,
                &plan,
                |_| piece.want.clone(),
            )
            .await?;
        }
        let summary = match (applied, plan.is_empty()) {
            (true, _) => format!("{} was removed from {}.", piece.label, chain.topic.name),
            (false, true) => format!(
                "Nothing to remove: {} is not on {}.",
                piece.label, chain.topic.name
            ),
            (false, false) => would_be_made(plan.changes.len()),
        };
        let topic = chain.topic.to_string();
        Ok(Changed {
            name: piece.names.function,
            topic,
            applied,
            changes: plan.changes,
            summary,
        })
    }
}

impl RemovalTarget {
    fn scope<'a>(&'a self, topic: &'a TopicArn) -> ReadScope<'a> {
        ReadScope {
            names: &self.names,
            topic,
            phones: &self.phones,
            values: false,
            decrypt: false,
        }
    }

    /// Narrows the piece to these phones; none named means all of it.
    fn without(mut self, context: &Context, phones: &[String]) -> RemovalTarget {
        if phones.is_empty() {
            return self;
        }
        let have = &self.observed.wiring;
        let there = have.all_phones();
        for phone in phones
            .iter()
            .filter(|phone| !there.contains(phone.as_str()))
        {
            context.ui.warn(format_args!(
                "{} gets nothing through ddalert",
                masked(phone)
            ));
        }
        self.want = have.without_phones(phones);
        let shown: Vec<String> = phones.iter().map(|phone| masked(phone)).collect();
        self.label = format!("{SMS_TARGET} {}", shown.join(" "));
        self
    }
}

/// Finds everything that ddalert made on the topic: under the names that it gives by itself, and under what names the tags, the
/// subscriptions and the person tell of.
/// `roles` is whether roles are looked for as well of which nothing else is left: on an account with many, that takes a while.
async fn there(
    context: &Context,
    chain: &TopicContext,
    name: Option<&str>,
    roles: bool,
) -> Result<Vec<RemovalTarget>, CliError> {
    let mut candidates = relays::functions(context, chain).await?;
    if roles {
        let found = tagged::functions_of_roles(&chain.clients, &chain.topic).await;
        candidates.ours.extend(relays::found(context, found));
    }
    candidates.ours.extend(name.map(str::to_owned));
    let phones = super::subscribe_sms::phones(chain).await?;
    let sms = ResourceNames::new(SMS_TARGET, &chain.topic, chain.place.clone(), None).function;
    let pieces = candidates.into_names().map(|(function, is_anybodys)| {
        let names = ResourceNames::new("", &chain.topic, chain.place.clone(), Some(&function));
        let phones = if function == sms {
            phones.clone()
        } else {
            Vec::new()
        };
        let target = relays::target(chain, &function);
        async move {
            let (target, label) = (target.map(str::to_owned), function);
            let mut piece = RemovalTarget {
                target,
                label,
                names,
                phones,
                want: RelayState::default(),
                observed: Observed::default(),
            };
            let observed = observe(&chain.clients, &piece.scope(&chain.topic)).await;
            let Some(observed) = relays::unless_denied(is_anybodys, observed)? else {
                return Ok(None);
            };
            piece.observed = observed;
            let queue = piece.names.queue_arn();
            let wiring = &mut piece.observed.wiring;
            wiring.subscriptions.retain(|endpoint, subscription| {
                endpoint.protocol() != "sms" || subscription.dead_letters.as_ref() == Some(&queue)
            });
            let phones = wiring
                .subscriptions
                .keys()
                .filter(|endpoint| endpoint.protocol() == "sms");
            piece.phones = phones
                .map(|endpoint| endpoint.address().to_owned())
                .collect();
            let runs = wiring
                .function
                .as_ref()
                .and_then(|function| function.environment.target.clone());
            piece.label = match (&piece.target, &runs) {
                (Some(target), _) => target.clone(),
                (None, Some(target)) => format!("{target} --name {}", piece.names.function),
                (None, None) => format!("--name {}", piece.names.function),
            };
            piece.target = piece.target.or(runs);
            Ok::<_, CliError>(Some(piece))
        }
    });
    let mut pieces: Vec<RemovalTarget> =
        try_join_all(pieces).await?.into_iter().flatten().collect();
    pieces.retain(|piece| {
        let wiring = &piece.observed.wiring;
        let is_there = !plan(&RelayState::default(), wiring).is_empty();
        is_there && is_ours(piece) && wiring.other_topic(&chain.topic).is_none()
    });
    Ok(pieces)
}

/// Returns whether there is more of it than a subscription that may be anybody's: it is ours where something bears our tag, or
/// where its dead letters go to a queue of ours.
fn is_ours(piece: &RemovalTarget) -> bool {
    let RelayState { subscriptions, .. } = &piece.observed.wiring;
    let queue = piece.names.queue_arn();
    let rest = RelayState {
        subscriptions: BTreeMap::new(),
        ..piece.observed.wiring.clone()
    };
    !rest.is_empty()
        || subscriptions
            .values()
            .any(|held| held.dead_letters.as_ref() == Some(&queue))
}

/// Says what of a piece is left because it bears no tag of ours.
///
/// # Errors
/// It is the function: what it needs is not taken from under it.
fn check_foreign(context: &Context, piece: &RemovalTarget) -> Result<(), CliError> {
    let foreign = &piece.observed.foreign;
    if foreign.iter().any(|what| what.starts_with("function ")) {
        return Err(CliError::failed(format!("{} exists and bears no tag of ddalert", foreign.join(", ")))
            .because("what it needs is not taken away while it is there; nothing was changed")
            .hint(format!(
                "remove it yourself (aws lambda delete-function --function-name {0}), or hand it over (aws lambda tag-resource \
                 --resource {1} --tags managed-by=ddalert)",
                piece.names.function,
                piece.names.function_arn()
            )));
    }
    for what in foreign {
        context
            .ui
            .warn(format_args!("{what} bears no tag of ddalert, and is left"));
    }
    Ok(())
}

fn nothing_named(chain: &TopicContext, there: &[RemovalTarget]) -> CliError {
    let error = CliError::usage("nothing is named to remove");
    if there.is_empty() {
        return error.because(format!("ddalert made nothing on {}", chain.topic.name));
    }
    let listed: Vec<String> = there
        .iter()
        .map(|piece| match piece.label.as_str() {
            SMS_TARGET => {
                let phones = piece.observed.wiring.all_phones();
                format!(
                    "sms {}",
                    phones.into_iter().map(masked).collect::<Vec<_>>().join(" ")
                )
            }
            label => label.to_owned(),
        })
        .collect();
    error
        .because(format!(
            "on {} there is: {}",
            chain.topic.name,
            listed.join(", ")
        ))
        .hint("name what to remove, or remove everything with --all")
}

fn nothing(chain: &TopicContext, label: &str) -> Changed {
    Changed {
        name: label.to_owned(),
        topic: chain.topic.to_string(),
        applied: false,
        changes: Vec::new(),
        summary: format!("Nothing to remove: {label} is not on {}.", chain.topic.name),
    }
}
