//! Where a webhook URL comes from: a file, standard input, the environment or a hidden prompt; never an argument.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::input::file::text;
use crate::destination::{AllowedHost, Destination, SecretError, WebhookSecret};

/// The most that is read of a file: far more than any webhook URL, far less than a mistake.
const LIMIT: u64 = 64 * 1024;

/// Options by which a webhook URL is given.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct SecretInput {
    /// Read the webhook URL from this file; - is standard input [default: DDALERT_WEBHOOK_URL, else a hidden prompt]
    #[arg(long, value_name = "FILE")]
    pub(crate) webhook_url_file: Option<PathBuf>,
    /// Accept a webhook URL with this host too: a proxy, a mirror, a test server (repeatable)
    #[arg(long, value_name = "HOST[:PORT]")]
    pub(crate) allow_host: Vec<AllowedHost>,
    /// Read the secret that signs every request from this file; - is standard input [default: DDALERT_SIGNING_SECRET, else what
    /// is stored stays]
    #[arg(long, value_name = "FILE")]
    pub(crate) signing_secret_file: Option<PathBuf>,
    /// Stop signing requests and remove the signing secret
    #[arg(long, conflicts_with = "signing_secret_file")]
    pub(crate) no_signing: bool,
}

/// What becomes of the secret that signs requests.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Signing {
    /// What is stored stays.
    Keep,
    /// It becomes this; nothing: no request is signed.
    Become(Option<String>),
}

/// What was given of a destination's secret.
#[derive(Clone)]
pub(crate) struct Given {
    /// The URL.
    pub(crate) url: Option<WebhookSecret>,
    /// What signs.
    pub(crate) signing: Signing,
}

impl Given {
    /// Returns whether nothing was given, so that what is stored need not be read.
    pub(crate) fn is_nothing(&self) -> bool {
        self.url.is_none() && self.signing == Signing::Keep
    }

    /// Returns the secret that is to be stored, given the one that is; nothing if that stays, or where a URL is missing.
    pub(crate) fn over(&self, held: Option<&WebhookSecret>) -> Option<WebhookSecret> {
        match (&self.url, &self.signing) {
            (None, Signing::Keep) => None,
            (url, signing) => {
                let signing_secret = match signing {
                    Signing::Keep => held
                        .and_then(|held| held.signing_secret())
                        .map(str::to_owned),
                    Signing::Become(signing_secret) => signing_secret.clone(),
                };
                url.as_ref()
                    .or(held)
                    .map(|url| url.clone().signed_with(signing_secret))
            }
        }
    }
}

/// Words the options for the destination, and hides those that it has no use for.
pub(crate) fn fit(command: clap::Command, destination: &Destination) -> clap::Command {
    let secret = destination.secret;
    let hosts = match destination.hosts {
        [] => "Accept this host even if it is private or local: a server within the function's VPC, a test server (repeatable)".to_owned(),
        _ => format!(
            "Accept a {secret} with this host, or this port of it, too: a proxy, a mirror, a test server (repeatable)"
        ),
    };
    command
        .mut_arg("webhook_url_file", |arg| {
            arg.help(format!(
                "Read the {secret} from this file; - is standard input [default: DDALERT_WEBHOOK_URL, else a hidden prompt]"
            ))
        })
        .mut_arg("allow_host", |arg| arg.help(hosts))
        .mut_arg("signing_secret_file", |arg| arg.hide(!destination.supports_signing))
        .mut_arg("no_signing", |arg| arg.hide(!destination.supports_signing))
}

impl SecretInput {
    /// Returns the options that name a file to read, with the file.
    pub(crate) fn files(&self) -> [(&'static str, Option<&PathBuf>); 2] {
        [
            ("--webhook-url-file", self.webhook_url_file.as_ref()),
            ("--signing-secret-file", self.signing_secret_file.as_ref()),
        ]
    }

    /// Returns what was given.
    ///
    /// # Errors
    /// A file cannot be read, or what was given does not fit the destination.
    pub(crate) fn given(
        &self,
        context: &Context,
        destination: &Destination,
    ) -> Result<Given, CliError> {
        let signing = self.signing(context, destination)?;
        let url = match (&self.webhook_url_file, &context.environment.webhook_url) {
            (Some(path), _) => Some(read(
                context,
                "--webhook-url-file",
                path,
                destination.secret,
            )?),
            (None, held) => held.clone(),
        };
        Ok(Given {
            url: url.map(|text| self.check(destination, &text)).transpose()?,
            signing,
        })
    }

    fn signing(&self, context: &Context, destination: &Destination) -> Result<Signing, CliError> {
        if !destination.supports_signing {
            if self.no_signing || self.signing_secret_file.is_some() {
                return Err(CliError::usage(format!(
                    "requests to {} cannot be signed",
                    destination.recipient
                ))
                .hint("leave --signing-secret-file and --no-signing out; deploy-webhook signs"));
            }
            return Ok(Signing::Keep);
        }
        let text = match (
            &self.signing_secret_file,
            &context.environment.signing_secret,
        ) {
            _ if self.no_signing => return Ok(Signing::Become(None)),
            (Some(path), _) => read(context, "--signing-secret-file", path, "signing secret")?,
            (None, Some(text)) => text.clone(),
            (None, None) => return Ok(Signing::Keep),
        };
        // What editors and shells put around a text; everything else is the secret.
        match text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}') {
            "" => Err(CliError::usage("the signing secret is empty")
                .hint("make one: openssl rand -hex 32; or add --no-signing")),
            lines if lines.contains(['\n', '\r']) => Err(CliError::usage(
                "the signing secret consists of several lines",
            )
            .hint("give it alone, on one line")),
            secret => Ok(Signing::Become(Some(secret.to_owned()))),
        }
    }

    /// Asks for the secret.
    ///
    /// # Errors
    /// Nobody is there to ask, or what was typed does not fit the destination.
    pub(crate) async fn ask(
        &self,
        context: &Context,
        destination: &Destination,
    ) -> Result<WebhookSecret, CliError> {
        let missing = CliError::usage(format!(
            "no {} is given for {}",
            destination.secret, destination.recipient
        ))
        .hint(
            "give it with --webhook-url-file FILE (- is standard input) or in DDALERT_WEBHOOK_URL",
        );
        context.ui.status(destination.secret_hint);
        let text = context
            .ui
            .secret(
                &format!("{} {} (not shown)", destination.title, destination.secret),
                missing,
            )
            .await?;
        context.ui.hide(&text);
        self.check(destination, &text)
    }

    fn check(&self, destination: &Destination, text: &str) -> Result<WebhookSecret, CliError> {
        let secret = (destination.parse)(text).map_err(|error| refused(destination, &error))?;
        secret
            .check_host(destination, &self.allow_host)
            .map_err(|error| refused(destination, &error))?;
        Ok(secret)
    }
}

/// Reads a secret, which is named `what`, from the file that `option` names, and hides it from then on.
///
/// # Errors
/// The file cannot be read, or is too long. Somebody who gives the secret itself in place of a file does not find it in the error.
fn read(context: &Context, option: &str, path: &Path, what: &str) -> Result<String, CliError> {
    let typed = path.to_string_lossy();
    if !looks_like_path(&typed) && !path.exists() {
        context.ui.hide(&typed);
        return Err(CliError::usage(format!(
            "{option} takes a file that holds the {what}, and what was given is not a file"
        ))
        .hint(format!(
            "write the {what} into a file and name that, or give it on standard input ({option} -); an argument is seen by \
             everybody on this computer, so replace the {what} if it was real"
        )));
    }
    let text = text(path, &format!("the {what}"), LIMIT)?;
    context.ui.hide(&text);
    if text.len() as u64 > LIMIT {
        return Err(
            CliError::usage(format!("the {what} is longer than {LIMIT} bytes"))
                .hint("give a file that holds nothing else"),
        );
    }
    Ok(text)
}

/// Returns whether a text is the name of a file rather than a secret: no URL, and no part of it like a token.
fn looks_like_path(text: &str) -> bool {
    /// Tokens are at least this long, and have a digit.
    const TOKEN: usize = 16;
    let is_token = |part: &str| {
        part.len() >= TOKEN && part.contains(|c: char| c.is_ascii_digit()) && !part.contains('.')
    };
    let is_named = text == "-" || text.contains(['.', '/', '\\']);
    is_named
        && !text.contains("://")
        && !text.contains(['?', '=', '&', '@'])
        && !text.split(['/', '\\']).any(is_token)
}

fn refused(destination: &Destination, error: &SecretError) -> CliError {
    let refused = CliError::usage(error.to_string());
    match error {
        SecretError::WrongHost {
            belongs_to: Some(other),
            ..
        } => refused.hint(format!("use ddalert deploy-{other} for this URL")),
        SecretError::WrongHost { host, .. } => refused.hint(format!(
            "give the URL of {}, or accept this host with --allow-host {}",
            destination.recipient,
            bare(host)
        )),
        SecretError::WrongPort { host, port, .. } => refused.hint(format!(
            "copy the URL again, or accept this port with --allow-host {host}:{port}"
        )),
        SecretError::OutOfReach { host, .. } => refused.hint(format!(
            "give a URL on the internet; if the function runs in a VPC that reaches it, add --allow-host {}",
            bare(host)
        )),
        _ => refused.hint(destination.secret_hint),
    }
}

/// Returns a host as it is typed: a shell takes the brackets of an IPv6 address for a pattern.
fn bare(host: &str) -> &str {
    host.trim_matches(['[', ']'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_place_of_a_file_is_told_from_a_file() {
        for path in [
            "-",
            "url.txt",
            "./url",
            "/nonexistent/url",
            "~/secrets/slack-webhook.txt",
            "C:\\url.txt",
        ] {
            assert!(looks_like_path(path), "{path}");
        }
        for secret in [
            "https://hooks.slack.com/services/x",
            "hooks.slack.com/services/T0/B0/0123456789abcdefABCD",
            "hooks.example.com/x?token=y",
            "0123456789abcdef0123456789abcdef",
            "sesame",
            "user:sesame@host.example",
        ] {
            assert!(!looks_like_path(secret), "{secret}");
        }
    }
}
