//! `deploy-…`: the relay to one destination, from the webhook URL to the subscription.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use futures_util::future::{join_all, try_join, try_join_all};

use crate::aws::metrics;
use crate::aws::package::Package;
use crate::chain::names::is_function_name;
use crate::chain::peak::beyond_the_room;
use crate::chain::state::Trigger;
use crate::cli::args::Changing;
use crate::cli::context::Context;
use crate::cli::deployment::{DeploySite, Wanted};
use crate::cli::error::{CliError, Exit};
use crate::cli::input::file::check_standard_input;
use crate::cli::input::filter::{FilterInput, hint_at_delay};
use crate::cli::input::relay::RelayInput;
use crate::cli::input::rules::{RulesInput, check_relay};
use crate::cli::input::secret::{self, Given, SecretInput};
use crate::cli::input::trigger::TriggerInput;
use crate::cli::reconcile::{Target, reconcile};
use crate::cli::relay::RelayTarget;
use crate::contract::secret_store::SecretStore;
use crate::destination::{Destination, WebhookSecret};

/// Options of `deploy-…`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Deploy {
    #[command(flatten)]
    input: SecretInput,
    #[command(flatten)]
    filter: FilterInput,
    #[command(flatten)]
    trigger: TriggerInput,
    /// Where the webhook URL is kept [default: where it is now, else secrets-manager]
    #[arg(long, value_name = "STORE", value_parser = secret_store_parser())]
    secret_store: Option<SecretStore>,
    /// The KMS key that encrypts the webhook URL, for --secret-store kms: id, alias or ARN
    #[arg(long, value_name = "KEY")]
    kms_key: Option<String>,
    /// The name of the function [default: ddalert-<target>-<topic>]
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    relay: RelayInput,
    /// Skip the greeting in the room
    #[arg(long)]
    no_greeting: bool,
    #[command(flatten)]
    rules: RulesInput,
    #[command(flatten)]
    changing: Changing,
}

/// Reads a store as it is typed, and lists them all in the help.
fn secret_store_parser() -> impl TypedValueParser<Value = SecretStore> {
    let values = SecretStore::ALL.map(|store| PossibleValue::new(store.name()).help(store.help()));
    PossibleValuesParser::new(values)
        .try_map(|name| SecretStore::from_name(&name).ok_or("there is no such store"))
}

/// Returns the subcommand that deploys to a destination.
pub(crate) fn command(destination: &Destination) -> clap::Command {
    let Destination {
        name,
        recipient,
        secret,
        secret_hint,
        ..
    } = destination;
    let about = format!("Deliver the topic's alerts to {recipient}");
    let notice = destination
        .notice
        .map(|notice| format!("\n\n{notice}"))
        .unwrap_or_default();
    let long_about = format!(
        "{about}\n\nStores the {secret}, creates the role, log group, failure queue, function, permission and subscription, and \
         verifies that AWS holds them. Run again, it changes only what differs; the {secret} need not be given again.\n\n\
         {secret_hint}{notice}"
    );
    let examples = format!(
        "Examples:\n  ddalert deploy-{name} --topic BadIoTDevices\n  \
         ddalert deploy-{name} --topic BadIoTDevices --webhook-url-file url.txt --trigger sqs --yes\n  \
         ddalert deploy-{name} --topic BadIoTDevices --events in-alarm,audit --dry-run"
    );
    let command = Deploy::augment_args(clap::Command::new(format!("deploy-{name}")));
    secret::fit(command, destination)
        .about(about)
        .long_about(long_about)
        .after_long_help(examples)
}

impl Deploy {
    pub(crate) async fn run(
        self,
        context: &Context,
        destination: &'static Destination,
    ) -> Result<Exit, CliError> {
        let filter_file = ("--filter-policy", self.filter.filter_policy.as_ref());
        check_standard_input(self.input.files().into_iter().chain([filter_file]))?;
        self.check_name(context)?;
        let filter = self.filter.policy(&context.ui)?;
        let given = self.input.given(context, destination)?;
        // Until the secret was asked for, or turns out to be stored.
        let hidden_typing = given.is_nothing().then(|| context.ui.hide_typing());
        let relays = self.relay.relays(context)?;
        if let Some(notice) = destination.notice {
            context.ui.warn(notice);
        }
        let topics = context.located_topics().await?;
        let rules = topics
            .iter()
            .map(|topic| self.rules.rules(&topic.place))
            .collect::<Result<Vec<_>, _>>()?;
        let reads_secret = !given.is_nothing() || self.secret_store.is_some();
        let progress = context.ui.progress("Reading what AWS holds");
        let read = topics.iter().zip(rules).map(|(topic, rules)| {
            let (name, key) = (self.name.as_deref(), self.kms_key.as_deref());
            let store = self.secret_store;
            DeploySite::read(topic, destination, name, key, reads_secret, store, rules)
        });
        let checked = context.checked_for_alerts(&topics, try_join_all(read));
        let peaks = topics
            .iter()
            .map(|topic| metrics::peak(&topic.clients, &topic.topic));
        let (sites, peaks) = try_join(checked, async { Ok(join_all(peaks).await) }).await?;
        drop(progress);
        self.advise_a_buffer(context, destination, &sites, &peaks);
        for site in &sites {
            site.hide_secret(context);
            self.check_key(site)?;
            check_relay(&site.rules, &site.have)?;
            self.trigger.check(&site.have)?;
            let trigger = self.trigger.of(&site.have);
            site.check_role(context, destination, self.secret_store, trigger)
                .await?;
        }
        let packages = sites
            .iter()
            .map(|site| site.fitting(context, &relays))
            .collect::<Result<Vec<_>, _>>()?;

        let secrets = self.secrets(context, destination, &given, &sites).await?;
        drop(hidden_typing);
        let filter = filter.as_ref().map(Option::as_ref);
        let target = |((site, secret), package)| {
            self.target(site, destination, package, secret, filter, reads_secret)
        };
        let wanted = sites.iter().zip(&secrets).zip(packages);
        let targets: Vec<RelayTarget<'_>> = wanted.map(target).collect();
        let done = reconcile(context, &self.changing, &targets, async || {
            if !self.no_greeting {
                // Every room first, so that one that refuses stops the run before anything is made.
                for (site, secret) in sites.iter().zip(&secrets) {
                    let topic = &site.topic.topic.name;
                    let text = format!(
                        "ddalert will deliver AWS IoT Device Defender alerts from the topic {topic} here."
                    );
                    site.greet(context, destination, secret.as_ref(), &text)
                        .await?;
                }
            }
            Ok(())
        });
        let done = done.await?;
        if done.applied {
            hint_at_delay(
                &context.ui,
                targets.iter().flat_map(|target| target.plan().changes()),
            );
        }
        let results = sites.iter().zip(targets).enumerate();
        let results = results.map(|(position, (site, target))| {
            let delivers = format!(
                "{} delivers {} to {}",
                site.names.function, site.topic.topic.name, destination.recipient
            );
            site.report(target, done.outcome(position), delivers.clone(), delivers)
        });
        context.ui.answer(&results.collect::<Vec<_>>())?;
        if done.applied
            && let Some(site) = sites.first()
        {
            context.ui.hint(format_args!(
                "see it arrive: {}",
                site.topic.ddalert("test-publish")
            ));
        }
        Ok(done.exit)
    }

    fn target<'a>(
        &self,
        site: &'a DeploySite<'a>,
        destination: &'static Destination,
        package: Option<&'a Package>,
        secret: &'a Option<WebhookSecret>,
        filter: Option<Option<&'a serde_json::Value>>,
        reads_secret: bool,
    ) -> RelayTarget<'a> {
        let wanted = Wanted {
            package,
            store: self.secret_store,
            secret: secret.as_ref(),
            filter,
            trigger: self.trigger.trigger,
            keep_trying_s: self.trigger.keep_trying_s(),
            digest_over: self.trigger.digest_over,
            // Whether a secret that was asked for is stored can be told only by reading it.
            reads_secret: reads_secret || secret.is_some(),
        };
        site.target(destination, &wanted)
    }

    /// Says which topics have had more alerts at once than the room takes, if they trigger the relay directly.
    fn advise_a_buffer(
        &self,
        context: &Context,
        destination: &Destination,
        sites: &[DeploySite<'_>],
        peaks: &[Option<u64>],
    ) {
        for (site, peak) in sites.iter().zip(peaks) {
            let peak = peak.filter(|_| self.trigger.of(&site.have) == Trigger::Sns);
            let name = &site.topic.topic.name;
            let why = peak.and_then(|peak| beyond_the_room(peak, name, destination.name));
            if let Some(why) = why {
                context.ui.hint(format_args!(
                    "add --trigger sqs to put a buffer in front of the relay: {why}"
                ));
            }
        }
    }

    /// Returns the secret for each site: what was given over what is stored, or, where nothing is stored, what is asked for,
    /// once; nothing if what is stored stays.
    async fn secrets(
        &self,
        context: &Context,
        destination: &Destination,
        given: &Given,
        sites: &[DeploySite<'_>],
    ) -> Result<Vec<Option<WebhookSecret>>, CliError> {
        let over = |given: &Given, site: &DeploySite<'_>| given.over(site.have.known_secret());
        // A secret that cannot be read cannot be moved to another store either.
        let is_moved = |site: &DeploySite<'_>| {
            site.have.known_secret().is_none()
                && self
                    .secret_store
                    .is_some_and(|store| site.have.store() != Some(store))
        };
        let is_missing = |site: &DeploySite<'_>| {
            over(given, site).is_none()
                && (!site.have.has_secret() || is_moved(site) || !given.is_nothing())
        };
        if !sites.iter().any(is_missing) {
            return Ok(sites.iter().map(|site| over(given, site)).collect());
        }
        let asked = Given {
            url: Some(self.input.ask(context, destination).await?),
            signing: given.signing.clone(),
        };
        let secret = |site| over(if is_missing(site) { &asked } else { given }, site);
        Ok(sites.iter().map(secret).collect())
    }

    fn check_name(&self, context: &Context) -> Result<(), CliError> {
        match &self.name {
            Some(name) if !is_function_name(name) => Err(CliError::usage(format!(
                "'{name}' is not a valid name for a function"
            ))
            .because("a name has up to 64 letters, digits, hyphens and underscores")
            .hint("choose another --name, or leave it out")),
            Some(_) if context.global.topic.len() > 1 => Err(CliError::usage(
                "--name names one function, and several topics are given",
            )
            .hint("leave --name out, or deploy to one topic after the other")),
            _ => Ok(()),
        }
    }

    fn check_key(&self, site: &DeploySite<'_>) -> Result<(), CliError> {
        let have = &site.have;
        let store = self.secret_store.or_else(|| have.store());
        // The key of a secret that cannot be decrypted is not known.
        let is_known = have.store().is_some_and(SecretStore::needs_key) && !have.has_unknown_key();
        match (store, &site.kms_key) {
            (Some(store), None) if store.needs_key() && !is_known => Err(CliError::usage(format!(
                "--secret-store {} needs a key",
                store.name()
            ))
            .hint("name it with --kms-key alias/NAME; AWS managed keys cannot be used for this")),
            (_, None) => Ok(()),
            (Some(store), _) if store.needs_key() => Ok(()),
            _ => Err(CliError::usage("--kms-key needs --secret-store kms")
                .hint("add --secret-store kms, or leave --kms-key out")),
        }
    }
}
