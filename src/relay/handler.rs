//! One invocation: delivers every alert of the event, and fails if one of them was not delivered.

use std::fmt;
use std::sync::Mutex;

use jiff::Timestamp;
use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use serde_json::Value;
use thiserror::Error;

use super::delivery::DeliveryError;
use super::log::Log;
use super::memory::Memory;
use super::retry::Deadline;
use super::transport::Transport;
use super::turns::{Finished, take_turns};
use crate::alert::Alert;
use crate::contract::envelope;
use crate::contract::log::{DeliveryFields, LogEvent};
use crate::contract::message_key::MessageKey;
use crate::sync::lock;

/// How many undelivered messages an error names; the log has all of them.
const MAX_NAMED: usize = 10;

/// The function's handler, with what it keeps from one invocation to the next.
pub(super) struct Handler {
    transport: Transport,
    log: Log,
    /// The messages that were delivered in an invocation that failed for others. Lambda retries that event, and these must not be
    /// delivered twice. Nothing else counts as a duplicate: a message that is published twice is delivered twice.
    arrived: Mutex<Memory<()>>,
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

    /// Delivers every alert of an event.
    ///
    /// # Errors
    /// The messages that were not delivered.
    pub(super) async fn handle(&self, event: LambdaEvent<Value>) -> Result<(), Undelivered> {
        let LambdaEvent { payload, context } = event;
        let deadline = Deadline::of_invocation(context.deadline());
        let alerts = envelope::alerts(&payload);
        drop(payload);
        let results = self.deliver(&alerts, deadline, &context).await;
        let messages: Vec<(String, DeliveryError)> = alerts
            .iter()
            .zip(results)
            .filter_map(|(alert, result)| {
                let id = alert.origin.message_id.clone();
                let id = id.unwrap_or_else(|| "a message without an id".to_owned());
                Some((id, result.err()?))
            })
            .collect();
        if messages.is_empty() {
            Ok(())
        } else {
            Err(Undelivered {
                target: self.transport.name(),
                messages,
            })
        }
    }

    /// Delivers `alerts` and returns what became of each, in their order. What arrived before an earlier try of this event failed
    /// is not delivered again.
    async fn deliver(
        &self,
        alerts: &[Alert],
        deadline: Deadline,
        context: &Context,
    ) -> Vec<Result<(), DeliveryError>> {
        let keys: Vec<Option<MessageKey>> = alerts.iter().map(MessageKey::of).collect();
        let mut to_deliver = Vec::with_capacity(alerts.len());
        for (index, alert) in alerts.iter().enumerate() {
            if keys[index].is_some_and(|key| lock(&self.arrived).get(key).is_some()) {
                self.log.write(LogEvent::ArrivedBefore {
                    sns_message_id: alert.origin.message_id.clone(),
                });
            } else {
                to_deliver.push((index, alert));
            }
        }
        let mut results: Vec<Result<(), DeliveryError>> = alerts.iter().map(|_| Ok(())).collect();
        let finish = |finished: Finished<'_>| {
            self.report(&finished, context);
            results[finished.index] = finished.result;
        };
        take_turns(
            &self.transport,
            self.log,
            to_deliver.into_iter(),
            deadline,
            finish,
        )
        .await;
        self.remember(&keys, &results);
        results
    }

    /// Writes what became of an alert to the log.
    fn report(&self, finished: &Finished<'_>, context: &Context) {
        let Finished {
            alert,
            delivery,
            start,
            result,
            ..
        } = finished;
        if result.is_err() {
            for (phone, reason) in delivery.not_texted() {
                self.log.write(LogEvent::NotTexted {
                    sns_message_id: alert.origin.message_id.clone(),
                    phone: phone.masked(),
                    reason: reason.clone(),
                });
            }
        }
        let elapsed = start.elapsed();
        let queued = alert.origin.published.map(|published| {
            Timestamp::now().duration_since(published) - elapsed.try_into().unwrap_or_default()
        });
        let fields = DeliveryFields {
            request_id: context.request_id.clone(),
            sns_message_id: alert.origin.message_id.clone(),
            kind: alert.kind().to_owned(),
            violation_id: alert.violation_id().map(str::to_owned),
            target: self.transport.name().to_owned(),
            status: delivery.status,
            attempts: Some(delivery.attempts),
            elapsed_ms: Some(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)),
            queued_ms: queued.map(|queued| u64::try_from(queued.as_millis()).unwrap_or_default()),
            test: alert.origin.test,
            texts: delivery.texts(),
            reason: result.as_ref().err().map(DeliveryError::to_string),
        };
        self.log.write(match result {
            Ok(()) => LogEvent::Delivered(fields),
            Err(_) => LogEvent::Failed(fields),
        });
    }

    /// Remembers what arrived if the invocation fails, and forgets it if it does not.
    fn remember(&self, keys: &[Option<MessageKey>], results: &[Result<(), DeliveryError>]) {
        let mut known = lock(&self.arrived);
        let arrived = keys
            .iter()
            .zip(results)
            .filter(|(_, result)| result.is_ok());
        let arrived = arrived.filter_map(|(key, _)| *key);
        if results.iter().all(Result::is_ok) {
            known.forget(arrived);
        } else {
            arrived.for_each(|key| {
                known.remember(key);
            });
        }
    }
}
