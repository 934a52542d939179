//! The options that say what triggers a relay, shared by the commands that deploy one.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::chain::spec::KEEP_TRYING_RANGE_S;
use crate::chain::state::{RelayState, Trigger};
use crate::cli::error::CliError;

/// Options for the trigger of a relay.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct TriggerInput {
    /// What triggers the relay [default: what triggers it now, else sns]
    #[arg(long, value_name = "TRIGGER", value_parser = trigger_parser())]
    pub(crate) trigger: Option<Trigger>,
    /// How long an alert that the room does not take is tried, such as 24h, 90m or 2h30m, for --trigger sqs [default: as long as
    /// now, else 24h]
    #[arg(long, value_name = "TIME", value_parser = keep_trying)]
    pub(crate) keep_trying: Option<KeepTrying>,
    /// How many alerts of one kind, security profile and behavior a batch posts one by one; more become one message, a digest; 0 is
    /// never, for --trigger sqs [default: as many as now, else 3]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) digest_over: Option<u32>,
}

/// How long a buffered alert is tried, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeepTrying(pub(crate) u32);

impl TriggerInput {
    /// Returns how long a buffered alert is tried, in seconds, if it was said.
    pub(crate) fn keep_trying_s(&self) -> Option<u32> {
        self.keep_trying.map(|KeepTrying(seconds)| seconds)
    }

    /// Returns what is to trigger the relay.
    pub(crate) fn of(&self, have: &RelayState) -> Trigger {
        let held = || have.trigger().unwrap_or(Trigger::Sns);
        self.trigger.unwrap_or_else(held)
    }

    /// Returns whether any of the options is given.
    pub(crate) fn is_given(&self) -> bool {
        let TriggerInput {
            trigger,
            keep_trying,
            digest_over,
        } = self;
        trigger.is_some() || keep_trying.is_some() || digest_over.is_some()
    }

    /// Checks that the options fit the relay.
    ///
    /// # Errors
    /// An option for a buffer is given for a relay without one.
    pub(crate) fn check(&self, have: &RelayState) -> Result<(), CliError> {
        let reasons = [
            (
                "--keep-trying",
                self.keep_trying.is_some(),
                "a relay that the topic triggers directly has no buffer: Lambda tries a failed alert twice more, within 6 hours",
            ),
            (
                "--digest-over",
                self.digest_over.is_some(),
                "a relay that the topic triggers directly gets each alert by itself",
            ),
        ];
        let given = reasons.into_iter().find(|(_, is_given, _)| *is_given);
        match given.filter(|_| self.of(have) != Trigger::Sqs) {
            Some((option, _, reason)) => {
                Err(CliError::usage(format!("{option} needs --trigger sqs"))
                    .because(reason)
                    .hint(format!("add --trigger sqs, or leave {option} out")))
            }
            None => Ok(()),
        }
    }
}

fn trigger_parser() -> impl TypedValueParser<Value = Trigger> {
    let values =
        Trigger::ALL.map(|trigger| PossibleValue::new(trigger.name()).help(trigger.help()));
    PossibleValuesParser::new(values)
        .try_map(|name| Trigger::from_name(&name).ok_or("there is no such trigger"))
}

/// Reads a time to keep trying: hours and minutes.
fn keep_trying(text: &str) -> Result<KeepTrying, String> {
    let (least, most) = KEEP_TRYING_RANGE_S;
    let time: jiff::SignedDuration = text
        .parse()
        .map_err(|_| "write it in hours and minutes, such as 24h, 90m or 2h30m".to_owned())?;
    u32::try_from(time.as_secs())
        .ok()
        .filter(|seconds| (least..=most).contains(seconds))
        .map(KeepTrying)
        .ok_or_else(|| {
            format!(
                "it must be from {} minutes to {} hours",
                least / 60,
                most / 3600
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_hours_and_minutes() {
        for (text, seconds) in [
            ("24h", Some(86_400)),
            ("90m", Some(5400)),
            ("2h30m", Some(9000)),
            ("2h 30m", Some(9000)),
            ("15m", Some(900)),
            ("48h", Some(172_800)),
            ("14m", None),
            ("49h", None),
            ("-24h", None),
            ("24", None),
            ("", None),
            ("1 fortnight", None),
            ("99999999999h", None),
        ] {
            assert_eq!(keep_trying(text).ok(), seconds.map(KeepTrying), "{text}");
        }
    }

    #[test]
    fn the_options_of_a_buffer_need_one() {
        let none = RelayState::default();
        for (keep_trying, digest_over, option) in [
            (Some(KeepTrying(900)), None, "--keep-trying"),
            (None, Some(0), "--digest-over"),
        ] {
            let given = |trigger| TriggerInput {
                trigger,
                keep_trying,
                digest_over,
            };
            assert!(given(Some(Trigger::Sqs)).check(&none).is_ok());
            for trigger in [Some(Trigger::Sns), None] {
                let error = format!("{:?}", given(trigger).check(&none).expect_err(option));
                assert!(
                    error.contains(&format!("{option} needs --trigger sqs")),
                    "{error}"
                );
            }
        }
    }
}
