//! Where a webhook URL comes from: a file, standard input, the environment or a hidden prompt; never an argument.

use std::path::PathBuf;

use clap::Args;

use super::context::Context;
use super::fault::Fault;
use super::message_input::text;
use crate::domain::webhook::{Destination, SecretError, WebhookSecret};

/// The most that is read of a file: far more than any webhook URL, far less than a mistake.
const LIMIT: u64 = 64 * 1024;

/// Options by which a webhook URL is given.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct SecretInput {
    /// The file that holds the webhook URL; - is standard input [default: DDALERT_WEBHOOK_URL, else a hidden prompt]
    #[arg(long, value_name = "FILE")]
    pub(super) webhook_url_file: Option<PathBuf>,
    /// Accept a webhook URL on this host too: a proxy, a mirror, a test sink (repeatable)
    #[arg(long, value_name = "HOST")]
    pub(super) allow_host: Vec<String>,
}

impl SecretInput {
    /// Returns the secret that was given, or `None` where none was.
    ///
    /// # Errors
    /// The file cannot be read, or what was given does not fit the destination.
    pub(super) fn given(&self, context: &Context, destination: &Destination) -> Result<Option<WebhookSecret>, Fault> {
        let text = match &self.webhook_url_file {
            Some(path) => text(path, &format!("the {}", destination.secret), LIMIT)?,
            None => match &context.surroundings.webhook_url {
                Some(text) => text.clone(),
                None => return Ok(None),
            },
        };
        self.check(destination, &text).map(Some)
    }

    /// Asks for the secret.
    ///
    /// # Errors
    /// Nobody is there to ask, or what was typed does not fit the destination.
    pub(super) async fn ask(&self, context: &Context, destination: &Destination) -> Result<WebhookSecret, Fault> {
        let missing = Fault::usage(format!("no {} is given for {}", destination.secret, destination.title))
            .hint("give it with --webhook-url-file FILE (- is standard input) or in DDALERT_WEBHOOK_URL");
        context.ui.status(destination.where_to_get_it);
        let text = context.ui.secret(&format!("{} {} (not shown)", destination.title, destination.secret), missing).await?;
        self.check(destination, &text)
    }

    fn check(&self, destination: &Destination, text: &str) -> Result<WebhookSecret, Fault> {
        let secret = (destination.parse)(text.trim()).map_err(|error| fault(destination, &error))?;
        secret.check_host(destination, &self.allow_host).map_err(|error| fault(destination, &error))?;
        Ok(secret)
    }
}

fn fault(destination: &Destination, error: &SecretError) -> Fault {
    let fault = Fault::usage(error.to_string());
    match error {
        SecretError::WrongHost { belongs_to: Some(other), .. } => fault.hint(format!("that is ddalert deploy-{other}")),
        SecretError::WrongHost { host, .. } => {
            fault.hint(format!("give the URL of {}, or accept this host with --allow-host {host}", destination.title))
        }
        _ => fault.hint(destination.where_to_get_it),
    }
}
