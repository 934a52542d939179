//! Options that several commands share.

use clap::Args;

use super::ui::Output;

/// Options of every command.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Global {
    /// The SNS topic, by name or ARN; some commands take several
    #[arg(
        long,
        global = true,
        env = "DDALERT_TOPIC",
        value_delimiter = ',',
        value_name = "NAME|ARN",
        help_heading = "Where"
    )]
    pub(super) topic: Vec<String>,
    /// The AWS region; some commands take several [default: AWS_REGION, the profile's, or the topic ARN's]
    #[arg(long, global = true, value_delimiter = ',', help_heading = "Where")]
    pub(super) region: Vec<String>,
    /// The profile in the AWS configuration files [default: AWS_PROFILE]
    #[arg(long, global = true, help_heading = "Where")]
    pub(super) profile: Option<String>,
    /// The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]
    #[arg(long, global = true, value_name = "URL", help_heading = "Where")]
    pub(super) endpoint_url: Option<String>,
    /// How the answer is written; json is exactly one document on stdout
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        help_heading = "Output"
    )]
    pub(super) output: Output,
    /// Print only the answer, warnings and errors
    #[arg(long, short, global = true, help_heading = "Output")]
    pub(super) quiet: bool,
    /// Print each AWS call with its time and result; -vv also its parameters, without secrets
    #[arg(long, short, global = true, action = clap::ArgAction::Count, help_heading = "Output")]
    pub(super) verbose: u8,
}

/// Options of every command that changes something.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Changing {
    /// Print the plan and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// With --dry-run, exit with 3 where the plan has changes
    #[arg(long, requires = "dry_run")]
    pub(super) exit_code: bool,
    /// Go ahead without asking
    #[arg(long, short)]
    pub(super) yes: bool,
}

/// Reads the name of a function.
pub(super) fn function_name(text: &str) -> Result<String, &'static str> {
    match crate::chain::names::is_function_name(text) {
        true => Ok(text.to_owned()),
        false => Err("a name has up to 64 letters, digits, hyphens and underscores"),
    }
}
