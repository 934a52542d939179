//! How alerts are delivered: to a room or to phones, one attempt at a time.

use std::time::Duration;

use super::delivery::{Delivery, Outcome};
use super::phones::Phones;
use super::retry::Deadline;
use super::room::Room;
use super::secret::SecretUnreadable;
use crate::alert::{Alert, ViolationEventType};
use crate::destination::Message;
use crate::destination::sms::SMS_TARGET;

/// The time between two alerts to phones: SNS sends 20 texts a second (SNS endpoints and quotas), and an alert can go to several.
const SMS_INTERVAL: Duration = Duration::from_millis(100);

/// How alerts are delivered.
pub(super) enum Transport {
    Room(Room),
    Phones(Phones),
}

impl Transport {
    /// Returns the target, as it is typed.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Transport::Room(room) => room.destination.name,
            Transport::Phones(_) => SMS_TARGET,
        }
    }

    /// Returns the time between two messages that the recipient takes.
    pub(super) fn min_interval(&self) -> Duration {
        match self {
            Transport::Room(room) => room.destination.min_interval,
            Transport::Phones(_) => SMS_INTERVAL,
        }
    }

    /// Does in the init phase what the first alert would otherwise wait for.
    pub(super) async fn prepare(&self) {
        match self {
            Transport::Room(room) => room.prepare().await,
            Transport::Phones(phones) => phones.prepare().await,
        }
    }

    /// Begins an invocation.
    ///
    /// # Errors
    /// No alert can be delivered.
    pub(super) async fn begin(&self, deadline: Deadline) -> Result<(), SecretUnreadable> {
        match self {
            Transport::Room(room) => room.begin(deadline).await,
            Transport::Phones(_) => Ok(()),
        }
    }

    /// Returns whether `alert` may be in a digest: not the end of an alarm that has an incident of its own in the room.
    pub(super) fn may_digest(&self, alert: &Alert) -> bool {
        let is_alarm = || {
            let violation = alert.violation();
            violation.is_some_and(|one| one.event_type == ViolationEventType::InAlarm)
        };
        match self {
            Transport::Room(room) => room.destination.storm_end.is_none() || is_alarm(),
            Transport::Phones(_) => true,
        }
    }

    /// Returns the room if its alerts open incidents.
    pub(super) fn room_with_incidents(&self) -> Option<&Room> {
        match self {
            Transport::Room(room) => Some(room).filter(|room| room.destination.storm_end.is_some()),
            Transport::Phones(_) => None,
        }
    }

    /// Makes one attempt to deliver `message`, which ends by `until`.
    pub(super) async fn attempt(
        &self,
        message: &Message<'_>,
        delivery: &mut Delivery,
        until: Deadline,
    ) -> Outcome {
        match self {
            Transport::Room(room) => room.attempt(message, delivery, until).await,
            Transport::Phones(phones) => phones.attempt(message, delivery, until).await,
        }
    }
}
