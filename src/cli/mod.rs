//! The command line: what a person types, what is printed, how it exits.

mod answer;
mod args;
mod browser;
mod change_report;
mod commands;
mod context;
mod deployed_relay;
mod deployment;
mod diagnosis;
mod environment;
mod error;
mod given_role;
mod glance;
mod greeting;
mod help;
mod input;
mod junit;
mod live;
mod live_lines;
mod nearest;
mod next_step;
mod phones;
mod place;
mod plan_progress;
pub mod preview;
mod printable;
mod publishing;
mod reconcile;
mod redelivery;
mod relay;
mod relays;
mod removal;
mod schema;
mod several;
mod style;
mod table;
mod terminal;
mod trace;
mod ui;
mod usage;
mod wrap;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser};

use crate::aws::built_in::{BUILT_IN, BuiltInRelay};
use crate::aws::retry::reporting;
use args::Global;
use commands::Command;
use context::Context;
pub use environment::ProcessEnvironment;
pub use error::{CliError, Exit};
pub use schema::answer_schema;
pub use terminal::end_on_panic;
use ui::{Output, Ui};
use usage::Typed;

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
    help::with_footers(Cli::command().long_version(long_version(BUILT_IN)))
}

/// Returns what `--version` prints behind the name: the version, and a line for each relay that is built in.
fn long_version(built_in: &[BuiltInRelay]) -> String {
    let relays = built_in.iter().map(|relay| {
        let BuiltInRelay {
            architecture,
            version,
            binary_sha256,
            code_sha256,
            ..
        } = relay;
        format!("\nrelay {version} {architecture} sha256:{binary_sha256} (CodeSha256 on Lambda: {code_sha256})")
    });
    format!(
        "{}{}",
        env!("CARGO_PKG_VERSION"),
        relays.collect::<String>()
    )
}

/// Runs the command line and returns its exit code.
pub async fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: ProcessEnvironment,
) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let parsed = command().try_get_matches_from(&arguments);
    let parsed = parsed.and_then(|matches| {
        let command = matches.subcommand_name().map(str::to_owned);
        Ok((Cli::from_arg_matches(&matches)?, command))
    });
    let (ui, outcome) = match parsed {
        Ok((Cli { global, .. }, name)) if !has_report(global.output, name.as_deref()) => {
            let ui = Ui::new(Output::Text, global.quiet, global.verbose, name.clone());
            let name = name.unwrap_or_default();
            let error = CliError::usage(format!("{name} has no JUnit report"));
            (
                ui,
                Err(error.hint(format!(
                    "leave --output out, or add --output json; {} have one",
                    junit::COMMANDS.join(" and ")
                ))),
            )
        }
        Ok((Cli { global, command }, name)) => {
            let ui = Ui::new(global.output, global.quiet, global.verbose, name);
            let context = Context::new(global, environment, ui.clone());
            let waiting = ui.clone();
            let outcome = tokio::select! {
                outcome = reporting(move |wait| waiting.waiting(wait), command.run(&context)) => outcome,
                () = interrupt() => Err(context.interrupted()),
            };
            (ui, outcome.map_err(|error| error.at(&context.commands())))
        }
        Err(error) => {
            // Help and version are answers; a closed pipe there is not an error.
            if error.exit_code() == 0 {
                let _ = error.print();
                return ExitCode::from(Exit::Done as u8);
            }
            let typed = Typed::new(&command(), &arguments);
            if is_help(&error) && typed.output() == Output::Text {
                let _ = error.print();
                return ExitCode::from(Exit::Usage as u8);
            }
            let output = typed.output();
            let output = if has_report(output, typed.command().as_deref()) {
                output
            } else {
                Output::Text
            };
            let ui = Ui::new(output, false, 0, typed.command());
            (ui, Err(typed.explain(&error)))
        }
    };
    let exit = outcome.as_ref().map_or_else(CliError::exit, |exit| *exit);
    match ui.end(outcome.as_ref().err()) {
        Ok(()) => ExitCode::from(exit as u8),
        Err(error) => {
            // There is no document any more: this one is only told.
            let _ = ui.end(Some(&error));
            ExitCode::from(error.exit() as u8)
        }
    }
}

/// Prints the version if nothing else is asked for, as pipelines and package managers do to try a program, and returns the exit code.
/// It needs no command and no runtime, and making them would take most of the time.
pub fn print_version(arguments: &[OsString]) -> Option<ExitCode> {
    if !matches!(arguments, [_, only] if only == "--version" || only == "-V") {
        return None;
    }
    // A closed pipe is not an error here.
    let _ = bare_command()
        .try_get_matches_from(arguments)
        .map_err(|version| version.print());
    Some(ExitCode::from(Exit::Done as u8))
}

/// Returns a command line that knows its version, and nothing else.
fn bare_command() -> clap::Command {
    clap::Command::new("ddalert")
        .version(env!("CARGO_PKG_VERSION"))
        .long_version(long_version(BUILT_IN))
}

/// Returns whether a command can answer in this way: only some have a JUnit report.
fn has_report(output: Output, command: Option<&str>) -> bool {
    output != Output::Junit || command.is_some_and(|command| junit::COMMANDS.contains(&command))
}

/// Waits until somebody ends the program: Ctrl-C, or what a pipeline sends to a step that takes too long.
async fn interrupt() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Where signals cannot be waited for, they end the program by themselves.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Returns whether clap answers with its help, asked for or not.
fn is_help(error: &clap::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command().debug_assert();
    }

    #[test]
    fn the_version_is_the_same_without_the_commands() {
        for option in ["-V", "--version"] {
            let said = |command: clap::Command| {
                let answer = command.try_get_matches_from(["ddalert", option]);
                answer.expect_err("the version").to_string()
            };
            assert_eq!(said(super::bare_command()), said(super::command()));
        }
    }
}
