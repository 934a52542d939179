//! `deploy-…`: the relay to one destination, from the webhook URL to the subscription.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::args::Changing;
use super::change::{Changed, agree, carry_out, dry_exit, refuse_foreign};
use super::context::{Chain, Context};
use super::fault::{Exit, Fault};
use super::filter_input::{FilterInput, hint_at_delay};
use super::secret_input::SecretInput;
use crate::aws::package::{Package, package};
use crate::aws::secret::key_arn;
use crate::aws::wiring::{Scene, observe};
use crate::domain::names::{Names, is_function_name};
use crate::domain::plan::plan;
use crate::domain::webhook::{Destination, Message, Verdict, WebhookSecret};
use crate::domain::wiring::{Order, Store, Wiring, wanted};
use crate::post::Poster;

/// How long a room may take to answer the greeting.
const GREETING_TIMEOUT: Duration = Duration::from_secs(15);

/// Options of `deploy-…`.
#[derive(Clone, Debug, Args)]
pub(super) struct Deploy {
    #[command(flatten)]
    input: SecretInput,
    #[command(flatten)]
    filter: FilterInput,
    /// Where the webhook URL is kept [default: where it is now, else secrets-manager]
    #[arg(long, value_enum, value_name = "STORE")]
    secret_store: Option<StoreName>,
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
enum StoreName {
    /// A secret in AWS Secrets Manager
    SecretsManager,
    /// A SecureString parameter in AWS Systems Manager
    Ssm,
    /// Encrypted with your KMS key in the function's environment
    Kms,
    /// Plain in the function's environment: whoever may see the function sees it
    Env,
}

impl From<StoreName> for Store {
    fn from(name: StoreName) -> Store {
        match name {
            StoreName::SecretsManager => Store::SecretsManager,
            StoreName::Ssm => Store::Ssm,
            StoreName::Kms => Store::Kms,
            StoreName::Env => Store::Env,
        }
    }
}

/// Returns what `ddalert deploy-… --help` says first.
pub(super) fn long_about(destination: &Destination, about: &str) -> String {
    let notice = destination.notice.map(|notice| format!("\n\n{notice}")).unwrap_or_default();
    format!(
        "{about}\n\nStores the {}, makes the role, log group, failure queue, function, permission and subscription, and \
         checks that AWS holds them. Run again, it changes only what differs; the {} need not be given again.\n\n{}{notice}",
        destination.secret, destination.secret, destination.where_to_get_it
    )
}

impl Deploy {
    pub(super) async fn run(self, context: &Context, destination: &'static Destination) -> Result<Exit, Fault> {
        self.check_standard_input()?;
        let filter = self.filter.policy(&context.ui)?;
        let given = self.input.given(context, destination)?;
        self.check_name()?;
        let package = self.package(context)?;
        if let Some(notice) = destination.notice {
            context.ui.warn(notice);
        }
        let chain = context.chain().await?;
        let names = Names::new(destination.name, &chain.topic, chain.place.clone(), self.name.as_deref());
        let key = match &self.kms_key {
            Some(key) => Some(key_arn(&chain.clients, key).await?),
            None => None,
        };
        let store = self.secret_store.map(Store::from);
        let scene =
            Scene { names: &names, topic: &chain.topic, phones: &[], values: given.is_some() || store.is_some(), decrypt: true };
        let progress = context.ui.progress("Looking at what is there");
        let observed = observe(&chain.clients, &scene).await?;
        drop(progress);
        refuse_foreign(&observed.foreign)?;
        let secret = match given {
            Some(secret) => Some(secret),
            None if observed.wiring.has_secret() => None,
            None => Some(self.input.ask(context, destination).await?),
        };
        let order = Order {
            target: destination.name,
            names: &names,
            topic: &chain.topic,
            store,
            kms_key: key.as_deref(),
            secret: secret.as_ref(),
            phones: &[],
            filter: filter.as_ref().map(Option::as_ref),
            code_sha256: &package.sha256,
            architecture: package.architecture,
            version: env!("CARGO_PKG_VERSION"),
        };
        self.check_key(&order, &observed.wiring)?;
        let want = |have: &Wiring| wanted(&order, have);
        let plan = plan(&want(&observed.wiring), &observed.wiring);
        let summary = match (plan.is_empty(), self.changing.dry_run) {
            (true, _) => format!("Nothing to change: {} delivers {} to {}.", names.function, chain.topic.name, destination.title),
            (false, true) => format!("{} changes would be made.", plan.changes.len()),
            (false, false) => format!("{} delivers {} to {}.", names.function, chain.topic.name, destination.title),
        };
        let applied = !self.changing.dry_run && !plan.is_empty();
        if applied {
            agree(context, &self.changing, &plan).await?;
            self.greet(context, destination, &observed.wiring, secret.as_ref(), &chain).await?;
            carry_out(context, &chain, &scene, Some(&package), &plan, want).await?;
            hint_at_delay(&context.ui, &plan);
        }
        let exit = if self.changing.dry_run { dry_exit(&self.changing, &plan) } else { Exit::Done };
        let topic = chain.topic.to_string();
        context.ui.answer(&Changed { name: names.function.clone(), topic, applied, changes: plan.changes, summary })?;
        if applied {
            context.ui.hint(format_args!("see it arrive: ddalert test-publish --topic {}", chain.topic.name));
        }
        Ok(exit)
    }

    /// Standard input can be read once.
    fn check_standard_input(&self) -> Result<(), Fault> {
        let is_standard_input = |path: &Option<PathBuf>| path.as_ref().is_some_and(|path| path.as_os_str() == "-");
        if is_standard_input(&self.input.webhook_url_file) && is_standard_input(&self.filter.filter_policy) {
            return Err(Fault::usage("--webhook-url-file and --filter-policy both name standard input")
                .hint("give one of them as a file"));
        }
        Ok(())
    }

    fn check_name(&self) -> Result<(), Fault> {
        match &self.name {
            Some(name) if !is_function_name(name) => Err(Fault::usage(format!("'{name}' is no name for a function"))
                .because("a name has up to 64 letters, digits, hyphens and underscores")
                .hint("choose another --name, or leave it out")),
            _ => Ok(()),
        }
    }

    fn package(&self, context: &Context) -> Result<Package, Fault> {
        let path = match (&self.relay, &context.surroundings.folder) {
            (Some(path), _) => path.clone(),
            (None, Some(folder)) => folder.join("ddalert-relay"),
            (None, None) => PathBuf::from("ddalert-relay"),
        };
        let progress = context.ui.progress("Packing the relay");
        let package = package(&path).map_err(|error| Fault::usage(error.to_string()).hint(error.hint()));
        drop(progress);
        package
    }

    fn check_key(&self, order: &Order<'_>, have: &Wiring) -> Result<(), Fault> {
        let store = order.store.or_else(|| have.store());
        let held = have.store() == Some(Store::Kms);
        match (store, order.kms_key) {
            (Some(Store::Kms), None) if !held => Err(Fault::usage("--secret-store kms needs a key")
                .hint("name it with --kms-key alias/NAME; the AWS managed keys cannot be used for this")),
            (Some(Store::Kms), _) | (_, None) => Ok(()),
            _ => {
                Err(Fault::usage("--kms-key goes with --secret-store kms").hint("add --secret-store kms, or leave --kms-key out"))
            }
        }
    }

    /// Says one line in the room, so that a room that refuses stops the run before anything is made. A URL that is stored
    /// already was greeted when it came.
    async fn greet(
        &self,
        context: &Context,
        destination: &Destination,
        have: &Wiring,
        secret: Option<&WebhookSecret>,
        chain: &Chain,
    ) -> Result<(), Fault> {
        let Some(secret) = secret.filter(|secret| have.known_secret() != Some(secret)) else { return Ok(()) };
        if self.no_greeting {
            return Ok(());
        }
        let text = format!("ddalert will deliver AWS IoT Device Defender alerts from the topic {} here.", chain.topic.name);
        let _progress = context.ui.progress(format!("Greeting the {} {}", destination.title, destination.room));
        greet(context, destination, secret, &text).await
    }
}

/// Says one line in a room.
///
/// # Errors
/// The room cannot be reached, or refuses.
pub(super) async fn greet(context: &Context, destination: &Destination, secret: &WebhookSecret, text: &str) -> Result<(), Fault> {
    let poster = Poster::new(context.surroundings.extra_roots.as_deref())
        .map_err(|error| Fault::failed("preparing to greet the room failed").because(error))?;
    let refused = |why: String| {
        Fault::failed(format!("the {} {} did not take the greeting; nothing was changed", destination.title, destination.room))
            .because(why)
            .hint(format!(
                "check the {} ({}), or skip the greeting with --no-greeting",
                destination.secret, destination.where_to_get_it
            ))
    };
    let request = (destination.request)(secret, &Message::Greeting(text));
    let answer = poster.post(&request, GREETING_TIMEOUT).await.map_err(|error| refused(error.to_string()))?;
    match (destination.verdict)(&answer) {
        Verdict::Delivered => Ok(()),
        Verdict::Later { why, .. } | Verdict::Gone { why } | Verdict::Refused { why } => Err(refused(why)),
    }
}
