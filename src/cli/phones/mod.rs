//! The phones of a topic as a target of the change engine: first what is to be changed in the account that texts them, then
//! the relay or the subscriptions.

pub(super) mod account;
mod change;
pub(super) mod report;
mod sandbox;
pub(super) mod wanted;

use std::fmt;

use serde::Serialize;

use super::change_report::Subject;
use super::context::Context;
use super::error::CliError;
use super::reconcile::Target;
use super::relay::RelayTarget;
use crate::chain::plan::{Brief, Change, Plan, PlannedChange, Settling};
use account::{AccountInput, Sender};
pub(super) use change::SmsAccountChange;

/// One change on the way of alerts to phones.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum PhonesChange {
    /// In the account that texts them.
    Account(SmsAccountChange),
    /// In the relay or the subscriptions.
    Relay(Change),
}

/// The phones of a topic on their way to what is wanted.
pub(super) struct PhonesTarget<'a> {
    context: &'a Context,
    input: &'a AccountInput,
    sender: &'a Sender<'a>,
    relay: RelayTarget<'a>,
    /// How many phones the plan verifies.
    unverified: usize,
    plan: Plan<PhonesChange>,
}

impl<'a> PhonesTarget<'a> {
    /// Puts the changes of the account before those of the relay.
    pub(super) fn new(
        context: &'a Context,
        input: &'a AccountInput,
        sender: &'a Sender<'a>,
        account: Plan<SmsAccountChange>,
        relay: RelayTarget<'a>,
    ) -> PhonesTarget<'a> {
        let is_verify =
            |change: &&SmsAccountChange| matches!(change, SmsAccountChange::Verify { .. });
        PhonesTarget {
            context,
            input,
            sender,
            unverified: account.changes().iter().filter(is_verify).count(),
            plan: account.then(
                relay.plan().clone(),
                PhonesChange::Account,
                PhonesChange::Relay,
            ),
            relay,
        }
    }

    /// Returns the changes of the relay by themselves.
    pub(super) fn relay_changes(&self) -> &[Change] {
        self.relay.plan().changes()
    }
}

impl Target for PhonesTarget<'_> {
    type Change = PhonesChange;

    fn name(&self) -> String {
        self.relay.name()
    }

    fn subject(&self) -> Subject {
        self.relay.subject()
    }

    fn plan(&self) -> &Plan<PhonesChange> {
        &self.plan
    }

    fn asks(&self, change: &PhonesChange) -> bool {
        matches!(
            change,
            PhonesChange::Account(SmsAccountChange::Verify { .. })
        )
    }

    async fn apply(&self, change: &PhonesChange) -> Result<(), CliError> {
        match change {
            PhonesChange::Account(change) => {
                self.input
                    .apply(self.context, self.sender, change, self.unverified)
                    .await
            }
            PhonesChange::Relay(change) => self.relay.apply(change).await,
        }
    }

    async fn remaining(&self) -> Result<Plan<PhonesChange>, CliError> {
        let account = self.input.remaining(self.sender).await?;
        let relay = self.relay.remaining().await?;
        Ok(account.then(relay, PhonesChange::Account, PhonesChange::Relay))
    }
}

impl PlannedChange for PhonesChange {
    fn sign(&self) -> char {
        match self {
            PhonesChange::Account(change) => change.sign(),
            PhonesChange::Relay(change) => change.sign(),
        }
    }

    fn brief(&self) -> Brief {
        match self {
            PhonesChange::Account(change) => change.brief(),
            PhonesChange::Relay(change) => change.brief(),
        }
    }

    fn settling(&self) -> Settling {
        match self {
            PhonesChange::Account(change) => change.settling(),
            PhonesChange::Relay(change) => change.settling(),
        }
    }
}

impl fmt::Display for PhonesChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PhonesChange::Account(change) => change.fmt(f),
            PhonesChange::Relay(change) => change.fmt(f),
        }
    }
}
