//! `rotate`: a new webhook URL in the place of the old one, with the relay's code left as it is.

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::deploy::greet;
use crate::aws::observe::observe;
use crate::aws::scope::ReadScope;
use crate::chain::names::{CODE_TAG, ResourceNames, VERSION_TAG};
use crate::chain::plan::plan;
use crate::chain::spec::{RelaySpec, wanted};
use crate::chain::state::RelayState;
use crate::cli::args::Changing;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::input::secret::{Given, SecretInput};
use crate::cli::reconcile::{
    Changed, agree, carry_out, dry_exit, refuse_foreign, refuse_other_topic, would_be_made,
};
use crate::cli::relays;
use crate::destination::{DESTINATIONS, destination};

/// Replace the webhook URL of a relay
///
/// Greets the room with the new URL, then stores it in the place of the old one. The relay uses it from the next alert on; its
/// code is not deployed again.
#[derive(Clone, Debug, Args)]
pub(crate) struct Rotate {
    /// Whose webhook URL: a target such as chime or slack
    #[arg(value_name = "TARGET", value_parser = PossibleValuesParser::new(DESTINATIONS.iter().map(|destination| destination.name)))]
    target: String,
    #[command(flatten)]
    input: SecretInput,
    /// The name of the function, where --name was given to the deploy
    #[arg(long, value_parser = crate::cli::args::function_name)]
    name: Option<String>,
    /// Do not say a first line in the room
    #[arg(long)]
    no_greeting: bool,
    #[command(flatten)]
    changing: Changing,
}

impl Rotate {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, CliError> {
        let Some(destination) = destination(&self.target) else {
            return Err(CliError::usage(format!("'{}' is no target", self.target))
                .hint("ddalert rotate --help names the targets"));
        };
        let given = self.input.given(context, destination)?;
        let chain = context.chain().await?;
        let names = ResourceNames::new(
            destination.name,
            &chain.topic,
            chain.place.clone(),
            self.name.as_deref(),
        );
        let scope = ReadScope {
            names: &names,
            topic: &chain.topic,
            phones: &[],
            values: true,
            decrypt: true,
        };
        let progress = context.ui.progress("Looking at what is there");
        let observed = observe(&chain.clients, &scope).await?;
        drop(progress);
        refuse_foreign(&observed.foreign)?;
        refuse_other_topic(&observed.wiring, &chain, &names.function)?;
        if observed.wiring.function.is_none() {
            return Err(CliError::failed(format!(
                "nothing delivers {} to {} yet",
                chain.topic.name, destination.title
            ))
            .because(format!("there is no function {}", names.function))
            .hint(format!(
                "ddalert deploy-{}{} {}",
                destination.name,
                relays::named(&chain, &names.function),
                context.about(&chain)
            )));
        }
        if observed.wiring.has_unknown_key() {
            return Err(CliError::failed(format!(
                "{} has a {} that cannot be decrypted",
                names.function, destination.secret
            ))
            .because("so its KMS key is not known, under which the new one would be put")
            .hint(format!(
                "ddalert deploy-{}{} {} --secret-store kms --kms-key KEY",
                destination.name,
                relays::named(&chain, &names.function),
                context.about(&chain)
            )));
        }
        let held = observed.wiring.known_secret();
        let secret = match given.over(held) {
            Some(secret) => secret,
            None => {
                let url = Some(self.input.ask(context, destination).await?);
                let asked = Given { url, ..given };
                asked
                    .over(held)
                    .ok_or_else(|| CliError::usage(format!("no {} is given", destination.secret)))?
            }
        };
        // Code, architecture and the version that goes with them stay what they are, whoever deployed them.
        let want = |have: &RelayState| {
            let function = have.function.as_ref();
            let order = RelaySpec {
                target: destination.name,
                names: &names,
                topic: &chain.topic,
                store: None,
                kms_key: None,
                secret: Some(&secret),
                phones: &[],
                filter: None,
                code_sha256: function
                    .map(|function| function.code_sha256.as_str())
                    .unwrap_or_default(),
                architecture: function
                    .map(|function| function.architecture.as_str())
                    .unwrap_or_default(),
                version: function
                    .and_then(|function| function.tags.get(VERSION_TAG))
                    .map_or(env!("CARGO_PKG_VERSION"), String::as_str),
            };
            let mut want = wanted(&order, have);
            if let (Some(want), Some(have)) = (&mut want.function, function) {
                // Whether this is the code that was deployed stays to be seen.
                want.tags.remove(CODE_TAG);
                want.tags.extend(
                    have.tags
                        .get(CODE_TAG)
                        .map(|code| (CODE_TAG.to_owned(), code.clone())),
                );
            }
            want
        };
        let plan = plan(&want(&observed.wiring), &observed.wiring);
        let applied = !self.changing.dry_run && !plan.is_empty();
        if applied {
            agree(context, &self.changing, &plan).await?;
            if !self.no_greeting && observed.wiring.known_secret() != Some(&secret) {
                let text = format!(
                    "ddalert delivers AWS IoT Device Defender alerts from the topic {} here from now on.",
                    chain.topic.name
                );
                let _progress = context.ui.progress(format!(
                    "Greeting the {} {}",
                    destination.title, destination.room
                ));
                greet(context, destination, &secret, &text).await?;
            }
            carry_out(context, &chain, &scope, None, &plan, want).await?;
        }
        let summary = match (plan.is_empty(), applied) {
            (true, _) => format!(
                "Nothing to change: {} has this {} already.",
                names.function, destination.secret
            ),
            (false, false) => would_be_made(plan.changes.len()),
            (false, true) => format!(
                "{} uses the new {} from the next alert on.",
                names.function, destination.secret
            ),
        };
        let exit = if self.changing.dry_run {
            dry_exit(&self.changing, &plan)
        } else {
            Exit::Done
        };
        let topic = chain.topic.to_string();
        context.ui.answer(&Changed {
            name: names.function.clone(),
            topic,
            applied,
            changes: plan.changes,
            summary,
        })?;
        if applied {
            context.ui.hint(format_args!(
                "see it arrive: ddalert test-publish {}; then revoke the old {}",
                context.about(&chain),
                destination.secret
            ));
        }
        Ok(exit)
    }
}
