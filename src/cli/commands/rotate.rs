//! `rotate`: a deploy that wants another secret and leaves the relay's code as it is.

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::chain::rules::AccountRules;
use crate::cli::args::{Changing, function_name};
use crate::cli::context::Context;
use crate::cli::deployment::{DeploySite, Wanted};
use crate::cli::error::{CliError, Exit};
use crate::cli::input::secret::{Given, SecretInput};
use crate::cli::reconcile::reconcile;
use crate::cli::relays;
use crate::destination::{DESTINATIONS, Destination, WebhookSecret, destination};

/// Replace the webhook URL of a relay
///
/// Greets the room with the new URL, then stores it in place of the old one. The relay uses it from the next alert; its
/// code is not deployed again.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = "Examples:
  ddalert rotate slack --topic BadIoTDevices
  ddalert rotate slack --topic BadIoTDevices --webhook-url-file url.txt --yes")]
pub(crate) struct Rotate {
    /// The target whose webhook URL is replaced, such as chime or slack
    #[arg(value_name = "TARGET", value_parser = PossibleValuesParser::new(DESTINATIONS.iter().map(|destination| destination.name)))]
    target: String,
    #[command(flatten)]
    input: SecretInput,
    /// The name of the function, if the relay was deployed with --name
    #[arg(long, value_parser = function_name)]
    name: Option<String>,
    /// Skip the greeting in the room
    #[arg(long)]
    no_greeting: bool,
    #[command(flatten)]
    changing: Changing,
}

impl Rotate {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, CliError> {
        let Some(destination) = destination(&self.target) else {
            return Err(
                CliError::usage(format!("'{}' is not a target", self.target))
                    .hint("ddalert rotate --help lists the targets"),
            );
        };
        let given = self.input.given(context, destination)?;
        let hidden_typing = given.url.is_none().then(|| context.ui.hide_typing());
        let topic = context.located_topic().await?;
        let progress = context.ui.progress("Reading what AWS holds");
        let (name, rules) = (self.name.as_deref(), AccountRules::default());
        let read = DeploySite::read(&topic, destination, name, None, true, None, rules);
        let site = context
            .checked_with(std::slice::from_ref(&topic), read)
            .await?;
        drop(progress);
        site.hide_secret(context);
        check(&site, destination)?;
        let secret = self.secret(context, destination, given, &site).await?;
        drop(hidden_typing);
        let wanted = Wanted {
            package: None,
            store: None,
            secret: Some(&secret),
            filter: None,
            trigger: None,
            keep_trying_s: None,
            digest_over: None,
            reads_secret: true,
        };
        let target = site.target(destination, &wanted);
        let targets = [target];
        let done = reconcile(context, &self.changing, &targets, async || {
            if self.no_greeting {
                return Ok(());
            }
            let text = format!(
                "ddalert delivers AWS IoT Device Defender alerts from the topic {} here from now on.",
                topic.topic.name
            );
            site.greet(context, destination, Some(&secret), &text).await
        });
        let done = done.await?;
        let (function, secret) = (&site.names.function, destination.secret);
        let unchanged = format!("{function} has this {secret} already");
        let changed = format!("{function} uses the new {secret} from the next alert");
        let [target] = targets;
        context
            .ui
            .answer(&[site.report(target, done.outcome(0), unchanged, changed)])?;
        if done.applied {
            let test = topic.ddalert("test-publish");
            context.ui.hint(format_args!(
                "see an alert arrive, then revoke the old {secret}: {test}"
            ));
        }
        Ok(done.exit)
    }

    /// Returns the secret that is given, else the one that is asked for.
    async fn secret(
        &self,
        context: &Context,
        destination: &Destination,
        given: Given,
        site: &DeploySite<'_>,
    ) -> Result<WebhookSecret, CliError> {
        let held = site.have.known_secret();
        if let Some(secret) = given.over(held) {
            return Ok(secret);
        }
        let url = Some(self.input.ask(context, destination).await?);
        let missing = || CliError::usage(format!("no {} is given", destination.secret));
        Given { url, ..given }.over(held).ok_or_else(missing)
    }
}

/// Refuses if the relay does not exist, or if the KMS key for its new secret is not known.
fn check(site: &DeploySite<'_>, destination: &Destination) -> Result<(), CliError> {
    let function = &site.names.function;
    let named = relays::named(site.topic, function);
    let deploy = format!("deploy-{}{named}", destination.name);
    if site.have.function.is_none() {
        let (topic, recipient) = (&site.topic.topic.name, destination.recipient);
        return Err(
            CliError::failed(format!("nothing delivers {topic} to {recipient} yet"))
                .because(format!("there is no function {function}"))
                .hint(site.topic.ddalert(&deploy)),
        );
    }
    if site.have.has_unknown_key() {
        return Err(CliError::failed(format!(
            "the {} of {function} cannot be decrypted",
            destination.secret
        ))
        .because("so the KMS key that should encrypt the new one is not known")
        .hint(
            site.topic
                .ddalert(&format!("{deploy} --secret-store kms --kms-key KEY")),
        ));
    }
    Ok(())
}
