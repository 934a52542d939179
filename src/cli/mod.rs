//! The command line: what a person types, what is printed, how it exits.

mod args;
mod commands;
mod context;
mod deployment;
mod diagnosis;
mod environment;
mod error;
mod greeting;
mod help;
mod input;
mod phones;
mod publishing;
mod reconcile;
mod redelivery;
mod relay;
mod relays;
mod removal;
mod terminal;
mod trace;
mod ui;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser};

use args::Global;
use commands::Command;
use context::Context;
pub use environment::ProcessEnvironment;
pub use error::{CliError, Exit};
use ui::Ui;

/// Brings AWS IoT Device Defender alerts from SNS to phones and chat rooms, and shows whether they arrive
#[derive(Parser)]
#[command(
    name = "ddalert",
    version,
    propagate_version = true,
    max_term_width = 100,
    after_long_help = "Examples:
  ddalert deploy-slack --topic BadIoTDevices
  ddalert test-publish --topic BadIoTDevices
  ddalert doctor --topic BadIoTDevices"
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Returns the whole command line as clap knows it: help, man page, reference and completions are made from it.
pub fn command() -> clap::Command {
    help::with_footers(Cli::command())
}

/// Runs the command line and returns its exit code.
pub async fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: ProcessEnvironment,
) -> ExitCode {
    let parsed = command().try_get_matches_from(arguments);
    let cli = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers and go to stdout; a closed pipe there is not an error.
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
        outcome = cli.command.run(&context) => outcome,
        _ = tokio::signal::ctrl_c() => Err(context.interrupted()),
    };
    let exit = outcome.unwrap_or_else(|error| {
        ui.error(&error);
        error.exit()
    });
    ExitCode::from(exit as u8)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command().debug_assert();
    }
}
