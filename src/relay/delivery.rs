//! What becomes of one alert, whichever transport takes it: the outcome of an attempt, and all attempts together.

use std::time::Duration;

use thiserror::Error;

use super::secret::SecretUnreadable;
use crate::contract::text_message::SentText;
use crate::destination::sms::PhoneNumber;

/// What was done for one alert or digest so far.
#[derive(Clone, Default)]
pub(super) struct Delivery {
    /// The HTTP status of the last attempt, if it was answered.
    pub(super) status: Option<u16>,
    /// How many attempts were made.
    pub(super) attempts: u32,
    /// The phones that SNS took a text for, each with the text's ID.
    pub(super) reached: Vec<(PhoneNumber, String)>,
    /// The phones that no further attempt would reach, each with the reason.
    pub(super) refused: Vec<(PhoneNumber, String)>,
    /// The phones that the last attempt did not reach and another may, each with the reason.
    pub(super) unreached: Vec<(PhoneNumber, String)>,
}

impl Delivery {
    /// Returns the phones that were not reached, each with the reason.
    pub(super) fn not_texted(&self) -> impl Iterator<Item = &(PhoneNumber, String)> {
        self.refused.iter().chain(&self.unreached)
    }

    /// Returns whether a phone needs no further attempt.
    pub(super) fn is_settled(&self, phone: &PhoneNumber) -> bool {
        let settled = self.reached.iter().chain(&self.refused);
        settled.into_iter().any(|(known, _)| known == phone)
    }

    /// Returns the texts that were sent, phones masked.
    pub(super) fn texts(&self) -> Vec<SentText> {
        let text = |(phone, message_id): &(PhoneNumber, String)| SentText {
            phone: phone.masked(),
            message_id: message_id.clone(),
            carrier: None,
        };
        self.reached.iter().map(text).collect()
    }
}

/// What one attempt came to.
pub(super) enum Outcome {
    /// The alert arrived.
    Arrived,
    /// Another attempt may succeed.
    Again {
        /// How long the room asked to wait, if it did.
        after: Option<Duration>,
        /// Why it did not arrive, and the error if there is no time for another attempt.
        error: DeliveryError,
    },
    /// Another attempt would fail as well.
    Failed(DeliveryError),
}

/// Why an alert did not arrive.
#[derive(Clone, Debug, Error)]
pub(super) enum DeliveryError {
    /// In the room's own words, or the network's.
    #[error("{0}")]
    Room(String),
    /// Which phones, masked, and why.
    #[error("{0}")]
    Phones(String),
    /// The webhook's secret could not be read.
    #[error(transparent)]
    Secret(SecretUnreadable),
}

impl DeliveryError {
    /// Returns the error with what kept the relay from another attempt.
    pub(super) fn because(self, why: &str) -> DeliveryError {
        match self {
            DeliveryError::Room(reason) => DeliveryError::Room(format!("{reason}; {why}")),
            DeliveryError::Phones(reason) => DeliveryError::Phones(format!("{reason}; {why}")),
            secret @ DeliveryError::Secret(_) => secret,
        }
    }
}
