//! One invocation: delivers every alert of the event, and fails if one of them was not delivered.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use serde_json::Value;
use thiserror::Error;

use super::batch::deliver_batch;
use super::delivery::DeliveryError;
use super::log::Log;
use super::memory::Memory;
use super::pace::Pace;
use super::retry::Deadline;
use super::transport::Transport;
use super::turns::{Finished, take_turns};
use crate::alert::{Alert, ViolationEventType, group};
use crate::contract::batch::{self, BatchItem};
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
    /// How fast batches may post, and what the room asked them to wait.
    pace: Pace,
    /// What the room asked to wait when it answered other events. Batches do not wait for it: the room may have refused a single alert
    /// this way.
    waits: Pace,
    /// How many alerts of one kind, profile and behavior a batch posts one by one at most; 0: all.
    digest_over: usize,
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

/// Returns how an error names an alert.
fn name(alert: &Alert) -> String {
    let id = alert.origin.message_id.clone();
    id.unwrap_or_else(|| "a message without an id".to_owned())
}

impl Handler {
    pub(super) fn new(transport: Transport, log: Log, digest_over: usize) -> Handler {
        Handler {
            digest_over,
            waits: Pace::new(Duration::ZERO),
            pace: Pace::new(transport.min_interval()),
            transport,
            log,
            arrived: Mutex::default(),
        }
    }

    /// Delivers every alert of an event. The answer to a batch from a queue names what was not delivered.
    ///
    /// # Errors
    /// The messages that were not delivered; of a batch, only if the answer cannot name one of them.
    pub(super) async fn handle(&self, event: LambdaEvent<Value>) -> Result<Value, Undelivered> {
        let LambdaEvent { payload, context } = event;
        let deadline = Deadline::of_invocation(context.deadline());
        if let Some(items) = batch::items(&payload) {
            drop(payload);
            return self.handle_batch(items, deadline, &context).await;
        }
        let alerts = envelope::alerts(&payload);
        drop(payload);
        let results = self.deliver(&alerts, deadline, &context).await;
        let messages: Vec<(String, DeliveryError)> = alerts
            .iter()
            .zip(results)
            .filter_map(|(alert, result)| Some((name(alert), result.err()?)))
            .collect();
        if messages.is_empty() {
            Ok(Value::Null)
        } else {
            Err(Undelivered {
                target: self.transport.name(),
                messages,
            })
        }
    }

    /// Delivers every alert of a batch, and returns the answer that keeps in the queue what did not arrive.
    async fn handle_batch(
        &self,
        items: Vec<BatchItem>,
        deadline: Deadline,
        context: &Context,
    ) -> Result<Value, Undelivered> {
        let received = Timestamp::now();
        // For each alert, the place of its message in the batch.
        let places: Vec<usize> = items
            .iter()
            .enumerate()
            .flat_map(|(place, item)| item.alerts.iter().map(move |_| place))
            .collect();
        let sent: Vec<Option<Timestamp>> = items.iter().map(|item| item.sent).collect();
        let ids: Vec<Option<String>> = items.iter().map(|item| item.id.clone()).collect();
        let alerts: Vec<Alert> = items.into_iter().flat_map(|item| item.alerts).collect();

        // SQS can hand over a message twice, in one batch and in two.
        let keys: Vec<Option<MessageKey>> = alerts.iter().map(MessageKey::of).collect();
        let mut first_of = HashMap::new();
        let mut same_as: Vec<Option<usize>> = vec![None; alerts.len()];
        let mut to_deliver = Vec::with_capacity(alerts.len());
        for (index, alert) in alerts.iter().enumerate() {
            if let Some(key) = keys[index] {
                same_as[index] = first_of.get(&key).copied();
                if same_as[index].is_some() {
                    continue;
                }
                if lock(&self.arrived).get(key).is_some() {
                    self.log.write(LogEvent::ArrivedBefore {
                        sns_message_id: alert.origin.message_id.clone(),
                    });
                    continue;
                }
                first_of.insert(key, index);
            }
            to_deliver.push((index, alert));
        }
        // A queue keeps no order, and an alarm must not come after its end.
        to_deliver.sort_by_key(|(index, alert)| alert.origin.published.or(sent[places[*index]]));
        let mut results: Vec<Result<(), DeliveryError>> = alerts.iter().map(|_| Ok(())).collect();
        let finish = |finished: Finished<'_>| {
            let buffered = sent[places[finished.index]].map(|sent| {
                let waited = received.duration_since(sent).as_millis();
                u64::try_from(waited).unwrap_or_default()
            });
            self.report(&finished, buffered, context);
            if let (Ok(()), Some(key)) = (&finished.result, keys[finished.index]) {
                lock(&self.arrived).remember(key);
            }
            results[finished.index] = finished.result;
        };
        let messages = group(to_deliver, self.digest_over, |alert| {
            self.transport.may_digest(alert)
        });
        deliver_batch(
            &self.transport,
            &self.pace,
            self.log,
            messages,
            deadline,
            finish,
        )
        .await;

        for index in self.end_storms(&alerts, &results, deadline).await {
            let reason = "the incident of its storm is still open".to_owned();
            results[index] = Err(DeliveryError::Room(reason));
        }
        let is_failed = |index: usize| results[same_as[index].unwrap_or(index)].is_err();
        let failed: BTreeSet<usize> = places
            .iter()
            .enumerate()
            .filter(|(index, _)| is_failed(*index))
            .map(|(_, place)| *place)
            .collect();
        let named: Option<Vec<&str>> = failed.iter().map(|place| ids[*place].as_deref()).collect();
        match named {
            Some(named) => Ok(batch::answer(&named)),
            None => Err(Undelivered {
                target: self.transport.name(),
                messages: alerts
                    .iter()
                    .zip(results)
                    .filter_map(|(alert, result)| Some((name(alert), result.err()?)))
                    .collect(),
            }),
        }
    }

    /// Resolves the incidents of the storms that are over with an end among `alerts`. Returns for each one that may be resolved later
    /// the place of an end that must come again for it: the room ignores the end of an incident that has ended.
    async fn end_storms(
        &self,
        alerts: &[Alert],
        results: &[Result<(), DeliveryError>],
        deadline: Deadline,
    ) -> Vec<usize> {
        let room = self.transport.room_with_incidents();
        let Some(room) = room.filter(|_| self.digest_over > 0) else {
            return Vec::new();
        };
        let mut ends: BTreeMap<_, (usize, BTreeSet<&str>)> = BTreeMap::new();
        for (index, alert) in alerts.iter().enumerate() {
            let Some(violation) = alert.violation() else {
                continue;
            };
            let is_end = matches!(
                violation.event_type,
                ViolationEventType::Cleared | ViolationEventType::Invalidated
            );
            // A test opens no storm, and Device Defender knows nothing of it.
            if !is_end || alert.origin.test || results[index].is_err() {
                continue;
            }
            let of = (&alert.origin.topic, &violation.profile, &violation.behavior);
            let (_, ended) = ends.entry(of).or_insert((index, BTreeSet::new()));
            ended.extend(violation.id.as_deref());
        }
        let mut again = Vec::new();
        for (_, (index, ended)) in ends {
            let alert = &alerts[index];
            let Err(error) = room.end_storm(alert, &ended, &self.pace, deadline).await else {
                continue;
            };
            let violation = alert.violation();
            self.log.write(LogEvent::StormNotEnded {
                security_profile: violation.and_then(|violation| violation.profile.clone()),
                behavior: violation.and_then(|violation| violation.behavior.clone()),
                reason: error.to_string(),
            });
            if error.is_transient() {
                again.push(index);
            }
        }
        again
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
            self.report(&finished, None, context);
            results[finished.index] = finished.result;
        };
        take_turns(
            &self.transport,
            &self.waits,
            self.log,
            to_deliver.into_iter(),
            deadline,
            finish,
        )
        .await;
        self.remember(&keys, &results);
        results
    }

    /// Writes what became of an alert to the log; `buffered_ms` is how long it waited in the buffer.
    fn report(&self, finished: &Finished<'_>, buffered_ms: Option<u64>, context: &Context) {
        let Finished {
            alert,
            delivery,
            start,
            alerts_in_message,
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
            buffered_ms,
            digest_of: Some(*alerts_in_message).filter(|alerts| *alerts > 1),
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
