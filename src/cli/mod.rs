//! The command line: what a person types, what is printed, how it exits.

mod args;
mod commands;
mod context;
mod error;
mod input;
mod reconcile;
mod relays;
mod terminal;
mod ui;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::destination::{DESTINATIONS, Destination, destination};
use args::Global;
use commands::{
    completions, connect, deploy, doctor, preview, remove, replay, rotate, subscribe_sms,
    test_publish,
};
use context::Context;
pub use error::{CliError, Exit};
use ui::Ui;

/// What the process knows and nothing below `main` may ask for.
#[derive(Clone, Debug, Default)]
pub struct ProcessEnvironment {
    /// What `DDALERT_WEBHOOK_URL` holds.
    pub webhook_url: Option<String>,
    /// What `DDALERT_SIGNING_SECRET` holds.
    pub signing_secret: Option<String>,
    /// What `SSL_CERT_FILE` names.
    pub extra_roots: Option<PathBuf>,
    /// The folder of the running program, beside which the relay is looked for.
    pub folder: Option<PathBuf>,
}

/// Brings AWS IoT Device Defender alerts from SNS to phones and chat rooms, and proves that they arrive
///
/// Exit codes: 0 done, 1 failed, 2 used wrongly, 3 the plan has changes (--dry-run --exit-code), 4 the test alert was not
/// confirmed, 130 interrupted.
#[derive(Parser)]
#[command(
    name = "ddalert",
    version,
    propagate_version = true,
    max_term_width = 100
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What can be typed after `ddalert`. The `deploy-…` subcommands come from the table of destinations.
enum Command {
    Deploy(&'static Destination, Box<deploy::Deploy>),
    Other(Other),
}

#[derive(Subcommand)]
enum Other {
    SubscribeSms(subscribe_sms::SubscribeSms),
    TestPublish(test_publish::TestPublish),
    Doctor(doctor::Doctor),
    Connect(connect::Connect),
    Replay(replay::Replay),
    Rotate(rotate::Rotate),
    Remove(remove::Remove),
    Preview(preview::Preview),
    Completions(completions::Completions),
}

impl FromArgMatches for Command {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        if let Some((name, matches)) = matches.subcommand()
            && let Some(destination) = name.strip_prefix("deploy-").and_then(destination)
        {
            return Ok(Command::Deploy(
                destination,
                Box::new(deploy::Deploy::from_arg_matches(matches)?),
            ));
        }
        Other::from_arg_matches(matches).map(Command::Other)
    }

    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Subcommand for Command {
    fn augment_subcommands(command: clap::Command) -> clap::Command {
        let deploys = DESTINATIONS.iter().map(|destination| {
            let about = format!("Deliver the topic's alerts to {}", destination.title);
            let name = format!("deploy-{}", destination.name);
            let command = deploy::Deploy::augment_args(clap::Command::new(name));
            deploy::fit(command, destination)
                .long_about(deploy::long_about(destination, &about))
                .about(about)
        });
        Other::augment_subcommands(command.subcommands(deploys))
    }

    fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        name.strip_prefix("deploy-").and_then(destination).is_some() || Other::has_subcommand(name)
    }
}

/// Returns the whole command line as clap knows it: help, man page, reference and completions are made from it.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the command line and returns its exit code.
pub async fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: ProcessEnvironment,
) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers and go to stdout; a closed pipe there is no error.
            let _ = error.print();
            let done = matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            );
            return ExitCode::from(if done { Exit::Done } else { Exit::Usage } as u8);
        }
    };
    let ui = Ui::new(cli.global.output, cli.global.quiet, cli.global.verbose);
    let context = Context::new(cli.global, environment, ui.clone());
    let outcome = tokio::select! {
        outcome = dispatch(cli.command, &context) => outcome,
        _ = tokio::signal::ctrl_c() => Err(context.interrupted()),
    };
    let exit = outcome.unwrap_or_else(|error| {
        ui.error(&error);
        error.exit
    });
    ExitCode::from(exit as u8)
}

async fn dispatch(command: Command, context: &Context) -> Result<Exit, CliError> {
    match command {
        Command::Deploy(destination, deploy) => deploy.run(context, destination).await,
        Command::Other(other) => match other {
            Other::SubscribeSms(command) => command.run(context).await,
            Other::TestPublish(command) => command.run(context).await,
            Other::Doctor(command) => command.run(context).await,
            Other::Connect(command) => command.run(context).await,
            Other::Replay(command) => command.run(context).await,
            Other::Rotate(command) => command.run(context).await,
            Other::Remove(command) => command.run(context).await,
            Other::Preview(command) => command.run(context),
            Other::Completions(command) => command.run(context),
        },
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command().debug_assert();
    }
}
