//! What is changed in the account's SMS settings before a phone is subscribed: decided from the findings, asked for, done.

use std::fmt;

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde::Serialize;

use super::sandbox::{self, Password};
use crate::aws::Clients;
use crate::aws::delivery_status::{apply, status_role};
use crate::aws::sms::SmsCalls;
use crate::chain::names::AccountRegion;
use crate::chain::sms::SmsAccount;
use crate::chain::sms::SmsFinding;
use crate::chain::sms::regions::SANDBOX_LANGUAGES;
use crate::chain::sms::status::{ROLE_ATTRIBUTE, StatusChange, StatusLogging, disable, enable};
use crate::cli::args::Changing;
use crate::cli::context::{Context, PlanProgress};
use crate::cli::error::{CliError, Exit};
use crate::cli::reconcile::{declined, refuse_foreign};
use crate::destination::sms::PhoneNumber;

/// Options about the account.
#[derive(Clone, Debug, Args)]
pub(super) struct AccountInput {
    /// Opt numbers in again whose owners had opted out, with their consent
    #[arg(long, help_heading = "Account")]
    opt_in: bool,
    /// Make Transactional the account's default SMS type
    #[arg(long, help_heading = "Account")]
    pub(super) transactional: bool,
    /// The one-time password that a phone was sent; with several phones PHONE=CODE
    #[arg(long, value_name = "CODE", value_parser = sandbox::password, help_heading = "Account")]
    pub(super) otp: Vec<Password>,
    /// Send another one-time password, 15 minutes after the last at the earliest
    #[arg(long, help_heading = "Account", conflicts_with = "otp")]
    new_otp: bool,
    /// Have SNS log what the carrier answers for every text of the account, for test-publish to tell
    #[arg(long, help_heading = "Account")]
    pub(super) enable_delivery_status: bool,
    /// Take back what --enable-delivery-status made
    #[arg(
        long,
        help_heading = "Account",
        conflicts_with = "enable_delivery_status"
    )]
    pub(super) disable_delivery_status: bool,
    /// The language of the one-time password's message
    #[arg(
        long,
        value_name = "LANGUAGE",
        default_value = "en-US",
        help_heading = "Account"
    )]
    #[arg(value_parser = PossibleValuesParser::new(SANDBOX_LANGUAGES))]
    pub(super) language: String,
}

/// The account in the region that the texts are sent from.
pub(super) struct Sender<'a> {
    pub(super) clients: &'a Clients,
    pub(super) place: AccountRegion,
    pub(super) calls: SmsCalls<'a>,
    /// What was seen of it.
    pub(super) account: SmsAccount,
}

/// What is decided about, and who can be asked.
pub(super) struct Deciding<'a> {
    pub(super) context: &'a Context,
    pub(super) changing: &'a Changing,
    /// The region that sends.
    pub(super) region: &'a str,
    /// Whether the phones are on the topic already, so that one of them need not hold up the others.
    pub(super) are_there: bool,
}

/// Opts a phone in again.
async fn opt_in(calls: &SmsCalls<'_>, phone: &PhoneNumber) -> Result<(), CliError> {
    calls.opt_in(phone).await.map_err(|failure| {
        let mut error = CliError::from(failure);
        error.hint.get_or_insert_with(|| {
            "a number can be opted in once in 30 days; after that run the same command again"
                .to_owned()
        });
        error
    })
}

/// One change of the account's SMS settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub(super) enum SmsAccountChange {
    /// Text a phone again whose owner had opted out.
    OptIn {
        /// The phone.
        phone: PhoneNumber,
    },
    /// Make Transactional the default.
    MakeTransactional,
    /// Change what SNS logs of the texts it sends.
    DeliveryStatus {
        /// The change.
        #[serde(flatten)]
        change: StatusChange,
    },
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

impl fmt::Display for SmsAccountChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SmsAccountChange::OptIn { phone } => write!(f, "~ opt {} in", phone.masked()),
            SmsAccountChange::MakeTransactional => {
                f.write_str("~ make Transactional the account's default SMS type")
            }
            SmsAccountChange::DeliveryStatus { change } => change.fmt(f),
            SmsAccountChange::SendPassword { phone } => write!(
                f,
                "+ send {} a one-time password (SMS sandbox)",
                phone.masked()
            ),
            SmsAccountChange::Verify { phone } => {
                write!(f, "~ verify {} with its one-time password", phone.masked())
            }
        }
    }
}

impl AccountInput {
    /// Decides what to do about each finding: mend it, warn of it, or give up.
    ///
    /// # Errors
    /// A phone is opted out and is to stay so, or the sandbox has no place.
    pub(super) async fn steps(
        &self,
        deciding: &Deciding<'_>,
        findings: Vec<SmsFinding>,
    ) -> Result<Vec<SmsAccountChange>, CliError> {
        let Deciding {
            context,
            changing,
            region,
            are_there,
        } = deciding;
        let can_ask = context.ui.can_ask() && !changing.dry_run && !changing.yes;
        let mut steps = Vec::new();
        let mut explained = false;
        for finding in findings {
            let (words, remedy) = (finding.to_string(), finding.remedy(region));
            match finding {
                SmsFinding::OptedOut { phone } => {
                    // Said by itself: a question that is longer than the terminal is wide cannot be taken back when it is answered.
                    if !self.opt_in && (can_ask || *are_there) {
                        context.ui.warn(&words);
                    }
                    if self.opt_in
                        || (can_ask
                            && context
                                .ui
                                .confirm("Opt it in again, with the owner's consent?")
                                .await?)
                    {
                        steps.push(SmsAccountChange::OptIn { phone });
                    } else if *are_there {
                        // It is on the topic and stays as it is: the others are not to wait for its owner.
                        context.ui.hint(remedy);
                    } else if can_ask {
                        return Err(declined());
                    } else {
                        return Err(CliError::usage(words).hint(remedy));
                    }
                }
                SmsFinding::Promotional if self.transactional => {
                    steps.push(SmsAccountChange::MakeTransactional)
                }
                SmsFinding::Promotional if can_ask => {
                    context.ui.warn(&words);
                    if context
                        .ui
                        .confirm("Make Transactional the account's default?")
                        .await?
                    {
                        steps.push(SmsAccountChange::MakeTransactional);
                    }
                }
                SmsFinding::SandboxFull { .. } => return Err(CliError::failed(words).hint(remedy)),
                SmsFinding::Unverified { phone, pending } => {
                    context.ui.warn(words);
                    if !std::mem::replace(&mut explained, true) {
                        context.ui.hint(remedy);
                    }
                    if !pending || self.new_otp {
                        steps.push(SmsAccountChange::SendPassword {
                            phone: phone.clone(),
                        });
                    }
                    steps.push(SmsAccountChange::Verify { phone });
                }
                _ => {
                    context.ui.warn(words);
                    context.ui.hint(remedy);
                }
            }
        }
        Ok(steps)
    }

    /// Returns whether delivery status logging is to be changed.
    fn is_about_status(&self) -> bool {
        self.enable_delivery_status || self.disable_delivery_status
    }

    /// Returns whether there is enough to do without a phone.
    pub(super) fn is_enough(&self) -> bool {
        self.is_about_status() || self.transactional
    }

    /// Says how the account is set where no phone was named.
    pub(super) fn summary(&self, region: &str) -> String {
        let logs = match (self.enable_delivery_status, self.disable_delivery_status) {
            (true, _) => Some("SNS logs what carriers answer"),
            (_, true) => Some("SNS does not log what carriers answer"),
            (false, false) => None,
        };
        let said: Vec<&str> = self
            .transactional
            .then_some("texts are Transactional by default")
            .into_iter()
            .chain(logs)
            .collect();
        format!("in {region} {}.", said.join(", and "))
    }

    /// Decides what is to be changed of delivery status logging.
    ///
    /// # Errors
    /// The settings or the role cannot be looked at, or the role's name is taken.
    pub(super) async fn status_steps(
        &self,
        sender: &Sender<'_>,
    ) -> Result<Vec<SmsAccountChange>, CliError> {
        if !self.is_about_status() {
            return Ok(Vec::new());
        }
        let attributes = match &sender.account.attributes {
            Some(attributes) => attributes.clone(),
            // It was asked before and could not be had: now it matters why.
            None => sender.calls.attributes().await?,
        };
        let (have, place) = (StatusLogging::of(&attributes), &sender.place);
        let held = match status_role(sender.clients, place).await? {
            Some((role, false)) => {
                return refuse_foreign(&[format!("role {}", role.name)]).map(|()| Vec::new());
            }
            held => held.map(|(role, _)| role),
        };
        let changes = match self.enable_delivery_status {
            true => enable(place, &have, held.as_ref(), env!("CARGO_PKG_VERSION")),
            false => disable(place, &have, held.as_ref()),
        };
        if let (true, true, Some(role)) =
            (self.disable_delivery_status, changes.is_empty(), &have.role)
        {
            return Err(CliError::failed(format!(
                "SNS logs what carriers answer by {role}, which ddalert did not make"
            ))
            .because("somebody else may need that log; nothing was changed")
            .hint(format!(
                "turn it off yourself: aws sns set-sms-attributes --attributes {ROLE_ATTRIBUTE}="
            )));
        }
        Ok(changes
            .into_iter()
            .map(|change| SmsAccountChange::DeliveryStatus { change })
            .collect())
    }

    /// Refuses, before anything is changed, to verify a phone without a password that was sent before.
    pub(super) fn check(
        &self,
        context: &Context,
        changing: &Changing,
        steps: &[SmsAccountChange],
        phones: &[PhoneNumber],
    ) -> Result<(), CliError> {
        sandbox::check(&self.otp, phones, sandbox::unverified(steps).len())?;
        if changing.dry_run || context.ui.can_ask() {
            return Ok(());
        }
        let unverified = sandbox::unverified(steps);
        let is_sent = |phone: &&PhoneNumber| {
            !steps.contains(&SmsAccountChange::SendPassword {
                phone: (*phone).clone(),
            })
        };
        let waiting = unverified.iter().copied().filter(is_sent);
        match waiting
            .into_iter()
            .find(|phone| sandbox::given(&self.otp, phone, unverified.len()).is_none())
        {
            Some(phone) => Err(sandbox::missing(phone, Exit::Usage)),
            None => Ok(()),
        }
    }

    /// Makes the changes, those that need no answer from a phone first.
    /// `more` is how many changes come after them.
    pub(super) async fn carry_out(
        &self,
        context: &Context,
        sender: &Sender<'_>,
        steps: &[SmsAccountChange],
        more: usize,
    ) -> Result<(), CliError> {
        let all = steps.len() + more;
        let calls = &sender.calls;
        let progress = context.ui.progress("Changing the account's SMS settings");
        let mut done = 0;
        for step in steps {
            context.note(PlanProgress { done, all });
            match step {
                SmsAccountChange::OptIn { phone } => opt_in(calls, phone).await?,
                SmsAccountChange::MakeTransactional => calls.make_transactional().await?,
                SmsAccountChange::DeliveryStatus { change } => {
                    apply(sender.clients, calls, change).await?
                }
                SmsAccountChange::SendPassword { phone } => {
                    sandbox::send(calls, phone, &self.language).await?
                }
                SmsAccountChange::Verify { .. } => continue,
            }
            done += 1;
            progress.done(&context.ui, step);
        }
        // A spinner would write over the question.
        drop(progress);
        let unverified = sandbox::unverified(steps);
        for phone in &unverified {
            context.note(PlanProgress { done, all });
            let given = sandbox::given(&self.otp, phone, unverified.len());
            sandbox::verify(context, calls, phone, given).await?;
            done += 1;
        }
        Ok(())
    }
}
