//! Options that several commands share.

use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;

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
    /// How the answer is written; json and junit are exactly one document on stdout
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

/// The longest duration that can be typed, if an option has no limit of its own.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads a duration of at least a second: `20` and `20s` are seconds, and `2m` or `1h30m` are longer.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let wrong = || "write it as 20, 20s, 2m or 1h30m".to_owned();
    let read = match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse().map(Duration::from_secs).map_err(|_| wrong()),
        false => text
            .parse::<SignedDuration>()
            .map_err(|_| wrong())
            .and_then(|duration| Duration::try_from(duration).map_err(|_| wrong())),
    }?;
    match read {
        read if read < Duration::from_secs(1) => Err("it must be at least 1 s".to_owned()),
        read if read > LONGEST => Err("it must be at most 24 h".to_owned()),
        read => Ok(read),
    }
}

/// Reads how long a command may wait: a duration of at most an hour.
pub(super) fn timeout(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        read if read > Duration::from_secs(60 * 60) => Err("it must be at most 1h".to_owned()),
        read => Ok(read),
    }
}

/// Reads the name of a function.
pub(super) fn function_name(text: &str) -> Result<String, &'static str> {
    match crate::chain::names::is_function_name(text) {
        true => Ok(text.to_owned()),
        false => Err("a name has up to 64 letters, digits, hyphens and underscores"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_seconds_or_has_units() {
        for (text, seconds) in [
            ("20", 20),
            (" 20 ", 20),
            ("20s", 20),
            ("2m", 120),
            ("1h30m", 5400),
            ("1h 30m", 5400),
            ("90min", 5400),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "0",
            "0s",
            "-5",
            "-5s",
            "soon",
            "5 parsecs",
            "999999999999999999999",
            "25h",
            "100ms",
            "1d12",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
        assert!(timeout("61m").is_err());
        assert_eq!(timeout("1h"), Ok(Duration::from_secs(3600)));
    }
}
