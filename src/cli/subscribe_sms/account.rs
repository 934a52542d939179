//! What is changed in the account's SMS settings before a phone is subscribed: decided from the findings, asked for, done.

use std::fmt;

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde::Serialize;

use super::Finding;
use super::sandbox;
use crate::aws::sms::SmsCalls;
use crate::cli::args::Changing;
use crate::cli::context::Context;
use crate::cli::fault::{Exit, Fault};
use crate::domain::sms::PhoneNumber;
use crate::domain::sms::regions::SANDBOX_LANGUAGES;

/// Options about the account.
#[derive(Clone, Debug, Args)]
pub(super) struct AccountInput {
    /// Opt numbers in again whose owners had opted out, with their consent
    #[arg(long, help_heading = "Account")]
    opt_in: bool,
    /// Make Transactional the account's default SMS type
    #[arg(long, help_heading = "Account")]
    transactional: bool,
    /// The one-time password that a phone was sent; with several phones PHONE=CODE
    #[arg(long, value_name = "CODE", help_heading = "Account")]
    pub(super) otp: Vec<String>,
    /// Send another one-time password, 15 minutes after the last at the earliest
    #[arg(long, help_heading = "Account")]
    new_otp: bool,
    /// The language of the one-time password's message
    #[arg(long, value_name = "LANGUAGE", default_value = "en-US", help_heading = "Account")]
    #[arg(value_parser = PossibleValuesParser::new(SANDBOX_LANGUAGES))]
    pub(super) language: String,
}

/// One change of the account's SMS settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub(super) enum Step {
    /// Text a phone again whose owner had opted out.
    OptIn {
        /// The phone.
        phone: PhoneNumber,
    },
    /// Make Transactional the default.
    MakeTransactional,
    /// Put a phone into the sandbox, or send it another password.
    SendPassword {
        /// The phone.
        phone: PhoneNumber,
    },
    /// Verify a phone with the password that it was sent.
    Verify {
        /// The phone.
        phone: PhoneNumber,
    },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::OptIn { phone } => write!(f, "~ opt {} in", phone.masked()),
            Step::MakeTransactional => f.write_str("~ make Transactional the account's default SMS type"),
            Step::SendPassword { phone } => write!(f, "+ send {} a one-time password (SMS sandbox)", phone.masked()),
            Step::Verify { phone } => write!(f, "~ verify {} with its one-time password", phone.masked()),
        }
    }
}

/// Shows the steps, and asks where no plan follows that is asked about.
pub(super) async fn agree_to(context: &Context, changing: &Changing, steps: &[Step], alone: bool) -> Result<(), Fault> {
    for step in steps {
        context.ui.status(step);
    }
    if !alone || changing.yes || context.ui.confirm("Change the account's SMS settings so?").await? {
        return Ok(());
    }
    Err(Fault { exit: Exit::Interrupted, message: "nothing was changed".to_owned(), causes: Vec::new(), hint: None })
}

impl AccountInput {
    /// Decides what to do about each finding: mend it, warn of it, or give up.
    ///
    /// # Errors
    /// A phone is opted out and is to stay so, or the sandbox has no place.
    pub(super) async fn steps(&self, context: &Context, changing: &Changing, findings: Vec<Finding>) -> Result<Vec<Step>, Fault> {
        let can_ask = context.ui.can_ask() && !changing.dry_run;
        let mut steps = Vec::new();
        let mut explained = false;
        for finding in findings {
            let (words, remedy) = (finding.to_string(), finding.remedy());
            match finding {
                Finding::OptedOut { phone } => {
                    let question = format!("{words}. Opt in again, with the owner's consent?");
                    let is_agreed = self.opt_in || (can_ask && context.ui.confirm(&question).await?);
                    if !is_agreed {
                        return Err(Fault::usage(words).hint(remedy));
                    }
                    steps.push(Step::OptIn { phone });
                }
                Finding::Promotional if self.transactional => steps.push(Step::MakeTransactional),
                Finding::Promotional if can_ask && !changing.yes => {
                    let question = format!("{words}. Make Transactional the account's default?");
                    if context.ui.confirm(&question).await? {
                        steps.push(Step::MakeTransactional);
                    }
                }
                Finding::SandboxFull { .. } => return Err(Fault::failed(words).hint(remedy)),
                Finding::Unverified { phone, pending } => {
                    context.ui.warn(words);
                    if !std::mem::replace(&mut explained, true) {
                        context.ui.hint(remedy);
                    }
                    if !pending || self.new_otp {
                        steps.push(Step::SendPassword { phone: phone.clone() });
                    }
                    steps.push(Step::Verify { phone });
                }
                _ => {
                    context.ui.warn(words);
                    context.ui.hint(remedy);
                }
            }
        }
        Ok(steps)
    }

    /// Refuses, before anything is changed, to verify a phone without a password that was sent before.
    pub(super) fn check(&self, context: &Context, changing: &Changing, steps: &[Step]) -> Result<(), Fault> {
        if changing.dry_run || context.ui.can_ask() {
            return Ok(());
        }
        let unverified = sandbox::unverified(steps);
        let is_sent = |phone: &&PhoneNumber| !steps.contains(&Step::SendPassword { phone: (*phone).clone() });
        let waiting = unverified.iter().copied().filter(is_sent);
        match waiting.into_iter().find(|phone| sandbox::given(&self.otp, phone, unverified.len()).is_none()) {
            Some(phone) => Err(sandbox::missing(phone, Exit::Usage)),
            None => Ok(()),
        }
    }

    /// Makes the changes, those that need no answer from a phone first.
    pub(super) async fn carry_out(&self, context: &Context, calls: &SmsCalls<'_>, steps: &[Step]) -> Result<(), Fault> {
        for step in steps {
            match step {
                Step::OptIn { phone } => calls.opt_in(phone).await?,
                Step::MakeTransactional => calls.make_transactional().await?,
                Step::SendPassword { phone } => sandbox::send(calls, phone, &self.language).await?,
                Step::Verify { .. } => continue,
            }
            context.ui.status(format_args!("done: {step}"));
        }
        let unverified = sandbox::unverified(steps);
        for phone in &unverified {
            let given = sandbox::given(&self.otp, phone, unverified.len());
            sandbox::verify(context, calls, phone, given).await?;
        }
        Ok(())
    }
}
