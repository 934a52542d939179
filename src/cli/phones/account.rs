//! What is changed in the account's SMS settings before a phone is subscribed: decided from the findings, asked for, made.

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::change::SmsAccountChange;
use super::sandbox::{self, Password};
use crate::aws::Clients;
use crate::aws::delivery_status::{apply, status_role};
use crate::aws::given_role::Need;
use crate::aws::sms::SmsCalls;
use crate::chain::names::AccountRegion;
use crate::chain::plan::Plan;
use crate::chain::rules::{self, AccountRules};
use crate::chain::sms::delivery_status::{
    DeliveryStatusChange, DeliveryStatusLogging, ROLE_ATTRIBUTE, disable, enable, enable_with,
    status_calls,
};
use crate::chain::sms::regions::SANDBOX_LANGUAGES;
use crate::chain::sms::{SmsAccount, SmsFinding};
use crate::cli::args::Changing;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::given_role::check_role;
use crate::cli::input::rules::check_path;
use crate::cli::reconcile::declined;
use crate::cli::relay::refuse_foreign;
use crate::destination::sms::PhoneNumber;

/// Options about the account.
#[derive(Clone, Debug, Args)]
pub(crate) struct AccountInput {
    /// Opt in again the numbers whose owners had opted out, with their consent
    #[arg(long, help_heading = "Account")]
    opt_in: bool,
    /// Make Transactional the account's default SMS type
    #[arg(long, help_heading = "Account")]
    pub(crate) transactional: bool,
    /// The one-time password that a phone was sent; with several phones PHONE=CODE
    #[arg(long, value_name = "CODE", value_parser = sandbox::password, help_heading = "Account")]
    otp: Vec<Password>,
    /// Send another one-time password, 15 minutes after the last at the earliest
    #[arg(long, help_heading = "Account", conflicts_with = "otp")]
    new_otp: bool,
    /// Let SNS log the carrier's answer to every text of the account, so that test-publish can show it
    #[arg(long, help_heading = "Account")]
    pub(crate) enable_delivery_status: bool,
    /// The role that SNS writes these logs with, if somebody else made it [default: one that ddalert creates]
    #[arg(
        long,
        value_name = "ARN",
        help_heading = "Account",
        requires = "enable_delivery_status"
    )]
    pub(crate) delivery_status_role: Option<String>,
    /// Undo --enable-delivery-status
    #[arg(
        long,
        help_heading = "Account",
        conflicts_with = "enable_delivery_status"
    )]
    pub(crate) disable_delivery_status: bool,
    /// The language of the one-time password's message
    #[arg(
        long,
        value_name = "LANGUAGE",
        default_value = "en-US",
        help_heading = "Account"
    )]
    #[arg(value_parser = PossibleValuesParser::new(SANDBOX_LANGUAGES))]
    pub(crate) language: String,
}

/// The account in the region that the texts are sent from.
pub(crate) struct Sender<'a> {
    pub(crate) clients: &'a Clients,
    /// What the account's owners demand of what is made.
    pub(crate) rules: &'a AccountRules,
    pub(crate) place: AccountRegion,
    pub(crate) calls: SmsCalls<'a>,
    /// What was read of it.
    pub(crate) account: SmsAccount,
}

/// What there is to decide, and who can be asked.
pub(crate) struct Decision<'a> {
    pub(crate) context: &'a Context,
    pub(crate) changing: &'a Changing,
    pub(crate) sender: &'a Sender<'a>,
    /// Whether the phones get the topic's alerts already, so that one of them need not stop the others.
    pub(crate) are_subscribed: bool,
}

impl AccountInput {
    /// Decides what to do about each finding: change it, warn of it, or give up; and plans the changes. Passwords are asked
    /// for last, one phone after the other.
    ///
    /// # Errors
    /// A phone is opted out and stays so, the sandbox is full, or delivery status logging cannot be changed.
    pub(crate) async fn plan(
        &self,
        decision: &Decision<'_>,
        findings: Vec<SmsFinding>,
    ) -> Result<Plan<SmsAccountChange>, CliError> {
        let mut plan = Plan::default();
        let mut unverified = Vec::new();
        for change in self.decide(decision, findings).await? {
            match change {
                SmsAccountChange::Verify { .. } => unverified.push(change),
                other => _ = plan.push(other, []),
            }
        }
        let status = self.status_plan(decision.context, decision.sender).await?;
        // Both write the account's SMS settings, which takes one call a second: one after the other is no slower.
        let mut plan = plan.then(
            status,
            |change| change,
            |change| SmsAccountChange::DeliveryStatus {
                change: Box::new(change),
            },
        );
        for change in unverified {
            plan.push(change, 0..plan.len());
        }
        Ok(plan)
    }

    /// Decides what to do about each finding.
    async fn decide(
        &self,
        decision: &Decision<'_>,
        findings: Vec<SmsFinding>,
    ) -> Result<Vec<SmsAccountChange>, CliError> {
        let Decision {
            context,
            changing,
            sender,
            are_subscribed,
        } = decision;
        let ui = &context.ui;
        let can_ask = ui.can_ask() && !changing.dry_run && !changing.yes;
        let mut changes = Vec::new();
        let mut explained = false;
        for finding in findings {
            let (words, remedy) = (
                finding.to_string(),
                finding.remedy(&sender.place.region, sender.clients.command_place()),
            );
            match finding {
                SmsFinding::OptedOut { phone } => {
                    // Said by itself: a question that is longer than the terminal is wide cannot be taken back when it is answered.
                    if !self.opt_in && (can_ask || *are_subscribed) {
                        ui.warn(&words);
                    }
                    let question = "Opt it in again, with the owner's consent?";
                    if self.opt_in || (can_ask && ui.confirm(question).await?) {
                        changes.push(SmsAccountChange::OptIn { phone });
                    } else if *are_subscribed {
                        // It stays as it is: the others need not wait for its owner.
                        ui.hint(remedy);
                    } else if can_ask {
                        return Err(declined());
                    } else {
                        return Err(CliError::usage(words).hint(remedy));
                    }
                }
                SmsFinding::Promotional if self.transactional => {
                    changes.push(SmsAccountChange::MakeTransactional)
                }
                SmsFinding::Promotional if can_ask => {
                    ui.warn(&words);
                    if ui
                        .confirm("Make Transactional the account's default?")
                        .await?
                    {
                        changes.push(SmsAccountChange::MakeTransactional);
                    }
                }
                SmsFinding::SandboxFull { .. } => return Err(CliError::failed(words).hint(remedy)),
                SmsFinding::Unverified { phone, pending } => {
                    ui.warn(words);
                    if !std::mem::replace(&mut explained, true) {
                        ui.hint(remedy);
                    }
                    if !pending || self.new_otp {
                        let phone = phone.clone();
                        changes.push(SmsAccountChange::SendPassword { phone });
                    }
                    changes.push(SmsAccountChange::Verify { phone });
                }
                _ => {
                    ui.warn(words);
                    ui.hint(remedy);
                }
            }
        }
        Ok(changes)
    }

    /// Returns whether delivery status logging is to be changed.
    fn changes_status(&self) -> bool {
        self.enable_delivery_status || self.disable_delivery_status
    }

    /// Returns whether there is something to do without a phone.
    pub(crate) fn needs_no_phone(&self) -> bool {
        self.changes_status() || self.transactional
    }

    /// Says how the account is set where no phone was named.
    pub(crate) fn summary(&self, region: &str) -> String {
        let logs = match (self.enable_delivery_status, self.disable_delivery_status) {
            (true, _) => Some("SNS logs what carriers answer"),
            (_, true) => Some("SNS does not log what carriers answer"),
            (false, false) => None,
        };
        let transactional = self
            .transactional
            .then_some("texts are Transactional by default");
        let said: Vec<&str> = transactional.into_iter().chain(logs).collect();
        format!("in {region} {}.", said.join(", and "))
    }

    /// Plans what is to be changed of delivery status logging.
    async fn status_plan(
        &self,
        context: &Context,
        sender: &Sender<'_>,
    ) -> Result<Plan<DeliveryStatusChange>, CliError> {
        if !self.changes_status() {
            return Ok(Plan::default());
        }
        if let Some(given) = &self.delivery_status_role {
            let place = &sender.place;
            let given = rules::role(given, place);
            let given = given.map_err(|error| CliError::usage(error.to_string()))?;
            let need = Need {
                service: "sns.amazonaws.com",
                source: String::new(),
                account: &place.account,
                region: &place.region,
                calls: vec![status_calls(place)],
                context: Vec::new(),
            };
            check_role(context, sender.clients, &given, &need).await?;
        }
        let attributes = match &sender.account.attributes {
            Some(attributes) => attributes.clone(),
            // It could not be read before: now it matters why.
            None => sender.calls.attributes().await?,
        };
        let have = DeliveryStatusLogging::from_attributes(&attributes);
        let plan = self.status_changes(sender, &have).await?;
        if let (true, true, Some(role)) =
            (self.disable_delivery_status, plan.is_empty(), &have.role)
        {
            return Err(CliError::failed(format!(
                "SNS logs what carriers answer with the role {role}, which ddalert did not create"
            ))
            .because("somebody else may need that log; nothing was changed")
            .hint(format!(
                "turn it off yourself: {}",
                sender
                    .clients
                    .command_place()
                    .in_region(&sender.place.region)
                    .aws(&format!(
                        "sns set-sms-attributes --attributes {ROLE_ATTRIBUTE}="
                    ))
            )));
        }
        Ok(plan)
    }

    async fn status_changes(
        &self,
        sender: &Sender<'_>,
        have: &DeliveryStatusLogging,
    ) -> Result<Plan<DeliveryStatusChange>, CliError> {
        if let Some(given) = &self.delivery_status_role {
            return Ok(enable_with(given, have));
        }
        let held = match status_role(sender.clients, &sender.place).await? {
            Some((role, false)) => {
                refuse_foreign(&[format!("role {}", role.name)])?;
                None
            }
            held => held.map(|(role, _)| role),
        };
        if self.enable_delivery_status {
            check_path(sender.rules, held.as_ref())?;
        }
        Ok(match self.enable_delivery_status {
            true => enable(
                &sender.place,
                have,
                held.as_ref(),
                env!("CARGO_PKG_VERSION"),
                sender.rules,
            ),
            false => disable(&sender.place, have, held.as_ref()),
        })
    }

    /// Refuses, before anything is changed, to verify a phone without a password that was sent before.
    ///
    /// # Errors
    /// A password is missing, or is for a phone that the command is not about.
    pub(crate) fn check(
        &self,
        context: &Context,
        changing: &Changing,
        plan: &Plan<SmsAccountChange>,
        phones: &[PhoneNumber],
    ) -> Result<(), CliError> {
        let changes = plan.changes();
        let unverified: Vec<&PhoneNumber> = changes
            .iter()
            .filter_map(|change| match change {
                SmsAccountChange::Verify { phone } => Some(phone),
                _ => None,
            })
            .collect();
        sandbox::check(&self.otp, phones, unverified.len())?;
        if changing.dry_run || context.ui.can_ask() {
            return Ok(());
        }
        let is_waiting = |phone: &&PhoneNumber| {
            let phone = (*phone).clone();
            !changes.contains(&SmsAccountChange::SendPassword { phone })
        };
        let is_missing =
            |phone: &&PhoneNumber| sandbox::given(&self.otp, phone, unverified.len()).is_none();
        match unverified
            .iter()
            .copied()
            .filter(is_waiting)
            .find(is_missing)
        {
            Some(phone) => Err(sandbox::missing(phone, Exit::Usage)),
            None => Ok(()),
        }
    }

    /// Makes one change; `unverified` is how many phones the whole plan verifies.
    ///
    /// # Errors
    /// SNS refuses, or a phone cannot be verified.
    pub(crate) async fn apply(
        &self,
        context: &Context,
        sender: &Sender<'_>,
        change: &SmsAccountChange,
        unverified: usize,
    ) -> Result<(), CliError> {
        let calls = &sender.calls;
        match change {
            SmsAccountChange::OptIn { phone } => opt_in(calls, phone).await,
            SmsAccountChange::MakeTransactional => Ok(calls.make_transactional().await?),
            SmsAccountChange::DeliveryStatus { change } => {
                Ok(apply(sender.clients, calls, change).await?)
            }
            SmsAccountChange::SendPassword { phone } => {
                sandbox::send(calls, phone, &self.language).await
            }
            SmsAccountChange::Verify { phone } => {
                let given = sandbox::given(&self.otp, phone, unverified);
                sandbox::verify(context, calls, phone, given).await
            }
        }
    }

    /// Reads the account's settings again and returns what is still different of them. What SNS answered for a single
    /// phone is final and is not read again.
    ///
    /// # Errors
    /// They cannot be read.
    pub(crate) async fn remaining(
        &self,
        sender: &Sender<'_>,
    ) -> Result<Plan<SmsAccountChange>, CliError> {
        let mut plan = Plan::default();
        if !self.needs_no_phone() {
            return Ok(plan);
        }
        let attributes = sender.calls.attributes().await?;
        let account = SmsAccount {
            attributes: Some(attributes.clone()),
            ..SmsAccount::default()
        };
        if self.transactional && account.is_promotional() {
            plan.push(SmsAccountChange::MakeTransactional, []);
        }
        let status = match self.changes_status() {
            true => {
                self.status_changes(sender, &DeliveryStatusLogging::from_attributes(&attributes))
                    .await?
            }
            false => Plan::default(),
        };
        Ok(plan.then(
            status,
            |change| change,
            |change| SmsAccountChange::DeliveryStatus {
                change: Box::new(change),
            },
        ))
    }
}

/// Opts a phone in again.
async fn opt_in(calls: &SmsCalls<'_>, phone: &PhoneNumber) -> Result<(), CliError> {
    calls.opt_in(phone).await.map_err(|error| {
        CliError::from(error).hint_if_none(
            "a number can be opted in once in 30 days; after that run the same command again",
        )
    })
}
