//! `deploy-…`: the relay to one destination, from the webhook URL to the subscription.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use futures_util::future::try_join_all;
use serde::Serialize;

use crate::aws::observe::observe;
use crate::aws::package::{Package, package};
use crate::aws::scope::ReadScope;
use crate::aws::secret::key_arn;
use crate::chain::names::{ResourceNames, is_function_name};
use crate::chain::plan::{Plan, plan};
use crate::chain::spec::{RelaySpec, wanted};
use crate::chain::state::{RelayState, SecretStore};
use crate::cli::args::Changing;
use crate::cli::context::{Context, TopicContext};
use crate::cli::error::{CliError, Exit};
use crate::cli::input::filter::{FilterInput, hint_at_delay};
use crate::cli::input::secret::{self, Given, SecretInput};
use crate::cli::reconcile::{
    Changed, agree_to_all, carry_out, dry_exit, refuse_foreign, refuse_other_topic, would_be_made,
};
use crate::destination::{Destination, Message, Verdict, WebhookSecret};
use crate::http::Poster;

/// How long a room may take to answer the greeting.
const GREETING_TIMEOUT: Duration = Duration::from_secs(15);

/// Options of `deploy-…`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Deploy {
    #[command(flatten)]
    input: SecretInput,
    #[command(flatten)]
    filter: FilterInput,
    /// Where the webhook URL is kept [default: where it is now, else secrets-manager]
    #[arg(long, value_enum, value_name = "STORE")]
    secret_store: Option<SecretStoreArg>,
    /// The KMS key that encrypts the webhook URL, for --secret-store kms: id, alias or ARN
    #[arg(long, value_name = "KEY")]
    kms_key: Option<String>,
    /// The name of the function [default: ddalert-<target>-<topic>]
    #[arg(long)]
    name: Option<String>,
    /// The relay's binary [default: ddalert-relay beside ddalert]
    #[arg(long, value_name = "PATH")]
    relay: Option<PathBuf>,
    /// Do not say a first line in the room
    #[arg(long)]
    no_greeting: bool,
    #[command(flatten)]
    changing: Changing,
}

/// A store, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum SecretStoreArg {
    /// A secret in AWS Secrets Manager
    SecretsManager,
    /// A SecureString parameter in AWS Systems Manager
    Ssm,
    /// Encrypted with your KMS key in the function's environment
    Kms,
    /// Plain in the function's environment: whoever may see the function sees it
    Env,
}

impl From<SecretStoreArg> for SecretStore {
    fn from(name: SecretStoreArg) -> SecretStore {
        match name {
            SecretStoreArg::SecretsManager => SecretStore::SecretsManager,
            SecretStoreArg::Ssm => SecretStore::Ssm,
            SecretStoreArg::Kms => SecretStore::Kms,
            SecretStoreArg::Env => SecretStore::Env,
        }
    }
}

/// Returns what `ddalert deploy-… --help` says first.
pub(crate) fn long_about(destination: &Destination, about: &str) -> String {
    let notice = destination
        .notice
        .map(|notice| format!("\n\n{notice}"))
        .unwrap_or_default();
    format!(
        "{about}\n\nStores the {}, makes the role, log group, failure queue, function, permission and subscription, and \
         checks that AWS holds them. Run again, it changes only what differs; the {} need not be given again.\n\n{}{notice}",
        destination.secret, destination.secret, destination.where_to_get_it
    )
}

/// One of the chains that a deploy is about.
struct DeploySite {
    chain: TopicContext,
    names: ResourceNames,
    /// The ARN of the KMS key, in the chain's region.
    key: Option<String>,
    have: RelayState,
}

/// What `deploy-…` answers.
#[derive(Debug, Serialize)]
struct Deployed {
    /// One entry for each topic and region.
    results: Vec<Changed>,
}

impl fmt::Display for Deployed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.results.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// Fits the options to the destination.
pub(crate) fn fit(command: clap::Command, destination: &Destination) -> clap::Command {
    secret::fit(command, destination)
}

impl Deploy {
    pub(crate) async fn run(
        self,
        context: &Context,
        destination: &'static Destination,
    ) -> Result<Exit, CliError> {
        self.check_standard_input()?;
        self.check_name(context)?;
        let filter = self.filter.policy(&context.ui)?;
        let given = self.input.given(context, destination)?;
        let package = relay(context, self.relay.as_deref())?;
        if let Some(notice) = destination.notice {
            context.ui.warn(notice);
        }
        let chains = context.chains().await?;
        let values = !given.is_nothing() || self.secret_store.is_some();
        let progress = context.ui.progress("Looking at what is there");
        let looked = chains
            .into_iter()
            .map(|chain| self.look(destination, chain, values));
        let sites = try_join_all(looked).await?;
        drop(progress);

        let secrets = self.secrets(context, destination, &given, &sites).await?;
        let orders: Vec<RelaySpec<'_>> = sites
            .iter()
            .zip(&secrets)
            .map(|(site, secret)| RelaySpec {
                target: destination.name,
                names: &site.names,
                topic: &site.chain.topic,
                store: self.secret_store.map(SecretStore::from),
                kms_key: site.key.as_deref(),
                secret: secret.as_ref(),
                phones: &[],
                filter: filter.as_ref().map(Option::as_ref),
                code_sha256: &package.sha256,
                architecture: package.architecture,
                version: env!("CARGO_PKG_VERSION"),
            })
            .collect();
        let mut plans = Vec::new();
        for (site, order) in sites.iter().zip(&orders) {
            self.check_key(order, &site.have)?;
            plans.push(plan(&wanted(order, &site.have), &site.have));
        }
        let apply = !self.changing.dry_run;
        if apply && plans.iter().any(|plan| !plan.is_empty()) {
            let shown: Vec<_> = sites
                .iter()
                .map(DeploySite::about)
                .zip(&plans)
                .filter(|(_, plan)| !plan.is_empty())
                .collect();
            agree_to_all(context, &self.changing, &shown).await?;
            // Every room first, so that one that refuses stops the run before anything is made.
            for (site, secret) in sites.iter().zip(&secrets) {
                self.greet(context, destination, site, secret.as_ref())
                    .await?;
            }
        }
        let mut results = Vec::new();
        let mut exit = Exit::Done;
        for ((site, order), plan) in sites.iter().zip(&orders).zip(plans) {
            if apply && !plan.is_empty() {
                let want = |have: &RelayState| wanted(order, have);
                // Whether a URL that was asked for is stored can be told only by reading it.
                let scope = site.scope(values || order.secret.is_some());
                carry_out(context, &site.chain, &scope, Some(&package), &plan, want).await?;
                hint_at_delay(&context.ui, &plan);
            } else if !apply && dry_exit(&self.changing, &plan) != Exit::Done {
                exit = Exit::HasChanges;
            }
            results.push(site.report(destination, apply, plan));
        }
        let changed = results.iter().any(|result| result.applied);
        context.ui.answer(&Deployed { results })?;
        if changed {
            let about = match sites.as_slice() {
                [site] => context.about(&site.chain),
                sites => format!(
                    "--topic {}",
                    sites.first().map(DeploySite::about).unwrap_or_default()
                ),
            };
            context
                .ui
                .hint(format_args!("see it arrive: ddalert test-publish {about}"));
        }
        Ok(exit)
    }

    /// Looks at what a topic has of the relay.
    async fn look(
        &self,
        destination: &Destination,
        chain: TopicContext,
        values: bool,
    ) -> Result<DeploySite, CliError> {
        let names = ResourceNames::new(
            destination.name,
            &chain.topic,
            chain.place.clone(),
            self.name.as_deref(),
        );
        let key = match &self.kms_key {
            Some(key) => Some(key_arn(&chain.clients, key).await?),
            None => None,
        };
        let mut site = DeploySite {
            chain,
            names,
            key,
            have: RelayState::default(),
        };
        let observed = observe(&site.chain.clients, &site.scope(values)).await?;
        refuse_foreign(&observed.foreign)?;
        refuse_other_topic(&observed.wiring, &site.chain, &site.names.function)?;
        site.have = observed.wiring;
        Ok(site)
    }

    /// Returns the secret for each site: what was given over what is stored, or, where nothing is stored, what is asked for,
    /// once; nothing where what is stored stays.
    async fn secrets(
        &self,
        context: &Context,
        destination: &Destination,
        given: &Given,
        sites: &[DeploySite],
    ) -> Result<Vec<Option<WebhookSecret>>, CliError> {
        let over = |given: &Given, site: &DeploySite| given.over(site.have.known_secret());
        // A URL that cannot be read cannot be moved to another store either.
        let is_moved = |site: &DeploySite| {
            let store = self.secret_store.map(SecretStore::from);
            site.have.known_secret().is_none()
                && store.is_some_and(|store| site.have.store() != Some(store))
        };
        let is_missing = |site: &DeploySite| {
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
        Ok(sites
            .iter()
            .map(|site| over(if is_missing(site) { &asked } else { given }, site))
            .collect())
    }

    /// Standard input can be read once.
    fn check_standard_input(&self) -> Result<(), CliError> {
        let given = [
            ("--webhook-url-file", &self.input.webhook_url_file),
            ("--signing-secret-file", &self.input.signing_secret_file),
            ("--filter-policy", &self.filter.filter_policy),
        ];
        let named = given
            .iter()
            .filter(|(_, path)| path.as_ref().is_some_and(|path| path.as_os_str() == "-"));
        let named: Vec<&str> = named.map(|(option, _)| *option).collect();
        if named.len() > 1 {
            return Err(CliError::usage(format!(
                "{} name standard input, which can be read once",
                named.join(" and ")
            ))
            .hint("give all but one of them as a file"));
        }
        Ok(())
    }

    fn check_name(&self, context: &Context) -> Result<(), CliError> {
        match &self.name {
            Some(name) if !is_function_name(name) => Err(CliError::usage(format!(
                "'{name}' is no name for a function"
            ))
            .because("a name has up to 64 letters, digits, hyphens and underscores")
            .hint("choose another --name, or leave it out")),
            Some(_) if context.global.topic.len() > 1 => Err(CliError::usage(
                "--name names one function, and several topics are named",
            )
            .hint("leave --name out, or deploy to one topic after the other")),
            _ => Ok(()),
        }
    }

    fn check_key(&self, order: &RelaySpec<'_>, have: &RelayState) -> Result<(), CliError> {
        let store = order.store.or_else(|| have.store());
        // Of a URL that cannot be decrypted, nobody can tell the key.
        let held = have.store() == Some(SecretStore::Kms) && !have.has_unknown_key();
        match (store, order.kms_key) {
            (Some(SecretStore::Kms), None) if !held => Err(CliError::usage(
                "--secret-store kms needs a key",
            )
            .hint(
                "name it with --kms-key alias/NAME; the AWS managed keys cannot be used for this",
            )),
            (Some(SecretStore::Kms), _) | (_, None) => Ok(()),
            _ => Err(CliError::usage("--kms-key goes with --secret-store kms")
                .hint("add --secret-store kms, or leave --kms-key out")),
        }
    }

    /// Says one line in the room, so that a room that refuses stops the run before anything is made. A URL that is stored
    /// already was greeted when it came.
    async fn greet(
        &self,
        context: &Context,
        destination: &Destination,
        site: &DeploySite,
        secret: Option<&WebhookSecret>,
    ) -> Result<(), CliError> {
        let Some(secret) = secret.filter(|secret| site.have.known_secret() != Some(secret)) else {
            return Ok(());
        };
        if self.no_greeting {
            return Ok(());
        }
        let text = format!(
            "ddalert will deliver AWS IoT Device Defender alerts from the topic {} here.",
            site.chain.topic.name
        );
        let _progress = context.ui.progress(format!(
            "Greeting the {} {}",
            destination.title, destination.room
        ));
        greet(context, destination, secret, &text).await
    }
}

impl DeploySite {
    fn scope(&self, values: bool) -> ReadScope<'_> {
        ReadScope {
            names: &self.names,
            topic: &self.chain.topic,
            phones: &[],
            values,
            decrypt: true,
        }
    }

    /// Returns how the topic is told from others: by its ARN.
    fn about(&self) -> String {
        self.chain.topic.to_string()
    }

    /// Says what became of a plan.
    fn report(&self, destination: &Destination, apply: bool, plan: Plan) -> Changed {
        let (name, topic) = (&self.names.function, &self.chain.topic);
        let delivers = format!("{name} delivers {} to {}", topic.name, destination.title);
        let summary = match (plan.is_empty(), apply) {
            (true, _) => format!("Nothing to change: {delivers}."),
            (false, false) => would_be_made(plan.changes.len()),
            (false, true) => format!("{delivers}."),
        };
        let applied = apply && !plan.is_empty();
        Changed {
            name: name.clone(),
            topic: topic.to_string(),
            applied,
            changes: plan.changes,
            summary,
        }
    }
}

/// Packs the relay that is named, else the one beside this program.
///
/// # Errors
/// It is not there, or would not run on Lambda.
pub(crate) fn relay(context: &Context, path: Option<&Path>) -> Result<Package, CliError> {
    let path = match (path, &context.environment.folder) {
        (Some(path), _) => path.to_owned(),
        (None, Some(folder)) => folder.join("ddalert-relay"),
        (None, None) => PathBuf::from("ddalert-relay"),
    };
    let _progress = context.ui.progress("Packing the relay");
    package(&path).map_err(|error| CliError::usage(error.to_string()).hint(error.hint()))
}

/// Says one line in a room.
///
/// # Errors
/// The room cannot be reached, or refuses.
pub(crate) async fn greet(
    context: &Context,
    destination: &Destination,
    secret: &WebhookSecret,
    text: &str,
) -> Result<(), CliError> {
    let poster = Poster::new(context.environment.extra_roots.as_deref())
        .map_err(|error| CliError::failed("preparing to greet the room failed").because(error))?;
    let refused = |why: String| {
        CliError::failed(format!(
            "the {} {} did not take the greeting; nothing was changed",
            destination.title, destination.room
        ))
        .because(why)
        .hint(format!(
            "check the {} ({}), or skip the greeting with --no-greeting",
            destination.secret, destination.where_to_get_it
        ))
    };
    let request = (destination.request)(secret, &Message::Greeting(text));
    let answer = poster
        .post(&request, GREETING_TIMEOUT)
        .await
        .map_err(|error| refused(error.to_string()))?;
    match (destination.verdict)(&answer) {
        Verdict::Delivered => Ok(()),
        Verdict::Later { why, .. } | Verdict::Gone { why } | Verdict::Refused { why } => {
            Err(refused(why))
        }
    }
}
