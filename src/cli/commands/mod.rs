//! One file a command: what can be typed, and what it does.

mod completions;
mod connect;
mod deploy;
mod doctor;
mod permissions;
mod preview;
mod remove;
mod replay;
mod rotate;
mod status;
mod subscribe_sms;
mod test_publish;
mod version;

use clap::{FromArgMatches, Subcommand};
pub(super) use completions::Script;
pub(super) use permissions::PersonPolicy;
pub(super) use version::VersionReport;

use super::context::Context;
use super::error::{CliError, Exit};
use crate::aws::built_in::BUILT_IN;
use crate::destination::{DESTINATIONS, Destination, destination};

/// What can be typed after `ddalert`. The `deploy-…` subcommands come from the table of destinations.
pub(super) struct Command(Choice);

enum Choice {
    Deploy(&'static Destination, Box<deploy::Deploy>),
    Other(Box<Other>),
}

#[derive(Subcommand)]
enum Other {
    SubscribeSms(Box<subscribe_sms::SubscribeSms>),
    TestPublish(test_publish::TestPublish),
    Doctor(doctor::Doctor),
    Status(status::Status),
    Connect(connect::Connect),
    Replay(replay::Replay),
    Rotate(rotate::Rotate),
    Remove(remove::Remove),
    Permissions(permissions::Permissions),
    Preview(preview::Preview),
    Completions(completions::Completions),
    Version(version::Version),
}

impl FromArgMatches for Command {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        if let Some((name, matches)) = matches.subcommand()
            && let Some(destination) = name.strip_prefix("deploy-").and_then(destination)
        {
            let deploy = Box::new(deploy::Deploy::from_arg_matches(matches)?);
            return Ok(Command(Choice::Deploy(destination, deploy)));
        }
        let other = Other::from_arg_matches(matches)?;
        Ok(Command(Choice::Other(Box::new(other))))
    }

    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Subcommand for Command {
    fn augment_subcommands(command: clap::Command) -> clap::Command {
        let deploys = DESTINATIONS
            .iter()
            .map(|destination| deploy::command(destination));
        Other::augment_subcommands(command.subcommands(deploys))
    }

    fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        name.strip_prefix("deploy-").and_then(destination).is_some() || Other::has_subcommand(name)
    }
}

impl Command {
    /// Runs the command.
    pub(super) async fn run(self, context: &Context) -> Result<Exit, CliError> {
        match self.0 {
            Choice::Deploy(destination, deploy) => deploy.run(context, destination).await,
            Choice::Other(other) => match *other {
                Other::SubscribeSms(command) => command.run(context).await,
                Other::TestPublish(command) => command.run(context).await,
                Other::Doctor(command) => command.run(context).await,
                Other::Status(command) => command.run(context).await,
                Other::Connect(command) => command.run(context).await,
                Other::Replay(command) => command.run(context).await,
                Other::Rotate(command) => command.run(context).await,
                Other::Remove(command) => command.run(context).await,
                Other::Permissions(command) => command.run(context).await,
                Other::Preview(command) => command.run(context).await,
                Other::Version(command) => command.run(context, super::long_version(BUILT_IN)),
                Other::Completions(completions) => completions.run(context, super::command()),
            },
        }
    }
}
