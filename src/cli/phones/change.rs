//! One change of an account's SMS settings, as a plan shows it.

use std::fmt;

use serde::Serialize;

use crate::chain::plan::{Brief, PlannedChange};
use crate::chain::sms::delivery_status::DeliveryStatusChange;
use crate::destination::sms::PhoneNumber;

/// One change of the account's SMS settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub(crate) enum SmsAccountChange {
    /// Text a phone again whose owner had opted out.
    OptIn {
        /// The phone.
        phone: PhoneNumber,
    },
    /// Make Transactional the default SMS type.
    MakeTransactional,
    /// Change what SNS logs of the texts it sends.
    DeliveryStatus {
        /// The change.
        #[serde(flatten)]
        change: Box<DeliveryStatusChange>,
    },
    /// Add a phone to the sandbox, or send it another one-time password.
    SendPassword {
        /// The phone.
        phone: PhoneNumber,
    },
    /// Verify a phone with the one-time password that it was sent.
    Verify {
        /// The phone.
        phone: PhoneNumber,
    },
}

impl PlannedChange for SmsAccountChange {
    fn sign(&self) -> char {
        match self {
            SmsAccountChange::SendPassword { .. } => '+',
            SmsAccountChange::OptIn { .. }
            | SmsAccountChange::MakeTransactional
            | SmsAccountChange::Verify { .. } => '~',
            SmsAccountChange::DeliveryStatus { change } => change.sign(),
        }
    }

    fn brief(&self) -> Brief {
        match self {
            SmsAccountChange::OptIn { phone } => {
                Brief::new(("opt in", "opted in"), "phone", phone.masked())
            }
            SmsAccountChange::MakeTransactional => {
                Brief::new(("set", "set"), "SMS type", "Transactional")
            }
            SmsAccountChange::DeliveryStatus { change } => change.brief(),
            SmsAccountChange::SendPassword { phone } => {
                let name = format!("to {}", phone.masked());
                Brief::new(("send", "sent"), "password", name)
            }
            SmsAccountChange::Verify { phone } => {
                Brief::new(("verify", "verified"), "phone", phone.masked())
            }
        }
    }
}

impl fmt::Display for SmsAccountChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SmsAccountChange::OptIn { phone } => write!(f, "opt {} in", phone.masked()),
            SmsAccountChange::MakeTransactional => {
                f.write_str("make Transactional the account's default SMS type")
            }
            SmsAccountChange::DeliveryStatus { change } => change.fmt(f),
            SmsAccountChange::SendPassword { phone } => {
                write!(
                    f,
                    "send {} a one-time password (SMS sandbox)",
                    phone.masked()
                )
            }
            SmsAccountChange::Verify { phone } => {
                write!(f, "verify {} with its one-time password", phone.masked())
            }
        }
    }
}
