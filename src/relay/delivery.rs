//! What became of one alert, whichever transport took it.

use thiserror::Error;

use super::secret::SecretUnreadable;
use crate::contract::text_message::SentText;

/// How many deliveries are remembered of events that failed in part, so that what arrived is not sent again: far more than the
/// events that Lambda retries at a time, and little memory.
pub(super) const REMEMBERED_DELIVERIES: usize = 1000;

/// What became of one alert.
pub(super) struct DeliveryAttempts {
    /// The HTTP status of the last attempt, if it was answered.
    pub(super) status: Option<u16>,
    /// How many attempts were made.
    pub(super) attempts: u32,
    /// The texts that were sent, if the target is phones.
    pub(super) texts: Vec<SentText>,
    /// Whether the alert arrived.
    pub(super) result: Result<(), DeliveryError>,
}

/// Why an alert did not arrive.
#[derive(Debug, Error)]
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
