//! One invocation: delivers every alert of the event, and fails if one of them was not delivered.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Mutex;
use std::time::Instant;

use jiff::Timestamp;
use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use serde_json::Value;
use thiserror::Error;

use super::delivery::{DeliveryAttempts, DeliveryError, REMEMBERED_DELIVERIES};
use super::log::Log;
use super::phones::Phones;
use super::retry::Deadline;
use super::room::Room;
use crate::alert::Alert;
use crate::contract::envelope;
use crate::contract::log::{DeliveryFields, LogEvent};
use crate::destination::sms::SMS_TARGET;
use crate::sync::lock;

/// How many undelivered messages an error names; the log has all of them.
const MAX_NAMED: usize = 10;

/// How alerts are delivered.
pub(super) enum Transport {
    Room(Room),
    Phones(Phones),
}

impl Transport {
    /// Returns the target, as it is typed.
    fn name(&self) -> &'static str {
        match self {
            Transport::Room(room) => room.destination.name,
            Transport::Phones(_) => SMS_TARGET,
        }
    }

    /// Does in the init phase what the first alert would otherwise wait for.
    pub(super) async fn prepare(&self) {
        match self {
            Transport::Room(room) => room.prepare().await,
            Transport::Phones(phones) => phones.prepare().await,
        }
    }

    async fn deliver(&self, alert: &Alert, deadline: Deadline) -> DeliveryAttempts {
        match self {
            Transport::Room(room) => room.deliver(alert, deadline).await,
            Transport::Phones(phones) => phones.deliver(alert, deadline).await,
        }
    }
}

/// The function's handler, with what it keeps from one invocation to the next.
pub(super) struct Handler {
    transport: Transport,
    log: Log,
    /// The ids of messages that were delivered in an invocation that failed for others. Lambda retries that event, and these must
    /// not be delivered twice. Nothing else counts as a duplicate: a message that is published twice is delivered twice.
    arrived: Mutex<VecDeque<String>>,
}

/// Messages that were not delivered. As the invocation's error, they are left to Lambda's retries and the failure queue.
#[derive(Debug, Error)]
pub(super) struct Undelivered {
    target: &'static str,
    /// SNS message id and reason.
    messages: Vec<(String, DeliveryError)>,
}

impl fmt::Display for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not delivered to {}", self.target)?;
        for (index, (id, failure)) in self.messages.iter().take(MAX_NAMED).enumerate() {
            write!(f, "{} {id} ({failure})", if index == 0 { ":" } else { "," })?;
        }
        match self.messages.len().saturating_sub(MAX_NAMED) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl From<Undelivered> for Diagnostic {
    fn from(error: Undelivered) -> Diagnostic {
        let secret = error
            .messages
            .iter()
            .all(|(_, failure)| matches!(failure, DeliveryError::Secret(_)));
        let error_type = if secret {
            "SecretUnreadable"
        } else {
            "Undelivered"
        };
        Diagnostic {
            error_type: error_type.to_owned(),
            error_message: error.to_string(),
        }
    }
}

impl Handler {
    pub(super) fn new(transport: Transport, log: Log) -> Handler {
        Handler {
            transport,
            log,
            arrived: Mutex::default(),
        }
    }

    /// Delivers every alert of an event, one after the other, because rooms limit the rate.
    ///
    /// # Errors
    /// The messages that were not delivered.
    pub(super) async fn handle(&self, event: LambdaEvent<Value>) -> Result<(), Undelivered> {
        let deadline = Deadline::of_invocation(event.context.deadline());
        let mut arrived = Vec::new();
        let mut messages = Vec::new();
        for alert in envelope::alerts(&event.payload) {
            let id = alert.origin.message_id.clone();
            if id.as_ref().is_some_and(|id| self.has_arrived(id)) {
                self.log.write(LogEvent::ArrivedBefore {
                    sns_message_id: id.clone(),
                });
                arrived.extend(id);
                continue;
            }
            match self.deliver(&alert, deadline, &event.context).await {
                Ok(()) => arrived.extend(id),
                Err(failure) => messages.push((
                    id.unwrap_or_else(|| "a message without an id".to_owned()),
                    failure,
                )),
            }
        }
        self.remember(arrived, !messages.is_empty());
        if messages.is_empty() {
            Ok(())
        } else {
            Err(Undelivered {
                target: self.transport.name(),
                messages,
            })
        }
    }

    async fn deliver(
        &self,
        alert: &Alert,
        deadline: Deadline,
        context: &Context,
    ) -> Result<(), DeliveryError> {
        let start = Instant::now();
        let queued = alert
            .origin
            .published
            .map(|published| Timestamp::now().duration_since(published));
        let DeliveryAttempts {
            status,
            attempts,
            texts,
            result,
        } = self.transport.deliver(alert, deadline).await;
        let fields = DeliveryFields {
            request_id: context.request_id.clone(),
            sns_message_id: alert.origin.message_id.clone(),
            kind: alert.kind().to_owned(),
            violation_id: alert.violation_id().map(str::to_owned),
            target: self.transport.name().to_owned(),
            status,
            attempts: Some(attempts),
            elapsed_ms: Some(u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)),
            queued_ms: queued.map(|queued| u64::try_from(queued.as_millis()).unwrap_or_default()),
            test: alert.origin.test,
            texts,
            reason: result.as_ref().err().map(DeliveryError::to_string),
        };
        self.log.write(match result {
            Ok(()) => LogEvent::Delivered(fields),
            Err(_) => LogEvent::Failed(fields),
        });
        result
    }

    fn has_arrived(&self, id: &str) -> bool {
        lock(&self.arrived).iter().any(|known| known == id)
    }

    /// Remembers the ids of what was delivered if the invocation failed, and forgets them if it did not.
    fn remember(&self, arrived: Vec<String>, failed: bool) {
        let mut known = lock(&self.arrived);
        known.retain(|id| !arrived.contains(id));
        if failed {
            known.extend(arrived);
            let over = known.len().saturating_sub(REMEMBERED_DELIVERIES);
            known.drain(..over);
        }
    }
}
