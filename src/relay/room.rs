//! One room: takes one alert to it, as often as it needs and time allows, with the secret as it is now.

use std::sync::Mutex;
use std::time::Duration;

use super::delivery::{DeliveryAttempts, DeliveryError};
use super::log::Log;
use super::retry::{Deadline, wait};
use super::secret::{SecretSource, SecretUnreadable};
use crate::alert::Alert;
use crate::contract::log::LogEvent;
use crate::destination::{Destination, Message, Verdict, WebhookSecret};
use crate::http::Poster;
use crate::sync::lock;

/// The most that the init phase spends on the secret and on the first connection, each: Lambda cuts it off after 10 s.
const INIT: Duration = Duration::from_secs(4);

/// A room and the transport to it.
pub(super) struct Room {
    pub(super) destination: &'static Destination,
    source: SecretSource,
    secret: Mutex<Option<WebhookSecret>>,
    poster: Poster,
    log: Log,
}

impl Room {
    pub(super) fn new(
        destination: &'static Destination,
        source: SecretSource,
        poster: Poster,
        log: Log,
    ) -> Room {
        Room {
            destination,
            source,
            secret: Mutex::new(None),
            poster,
            log,
        }
    }

    /// Does ahead what the first alert would wait for: reads the secret, and opens the connection.
    ///
    /// A failure is written down and nothing else. To exit would only make Lambda start the sandbox again and count the event's
    /// invocation as failed, with no word of why; to go on gives the secret another chance when the event is there, with all of
    /// the invocation's time, and where that fails too, an error that the failure queue keeps together with the event.
    pub(super) async fn prepare(&self) {
        match self.read_secret(Deadline::after(INIT)).await {
            Ok(secret) => {
                if let Err(error) = self.poster.warm(secret.url(), INIT).await {
                    self.log.write(LogEvent::NotConnected {
                        reason: error.to_string(),
                    });
                }
            }
            Err(error) => self.log.write(LogEvent::SecretUnreadable {
                reason: error.to_string(),
            }),
        }
    }

    /// Takes `alert` to the room.
    pub(super) async fn deliver(&self, alert: &Alert, deadline: Deadline) -> DeliveryAttempts {
        let mut delivery = DeliveryAttempts {
            status: None,
            attempts: 0,
            texts: Vec::new(),
            result: Ok(()),
        };
        delivery.result = self.tries(alert, deadline, &mut delivery).await;
        delivery
    }

    async fn tries(
        &self,
        alert: &Alert,
        deadline: Deadline,
        delivery: &mut DeliveryAttempts,
    ) -> Result<(), DeliveryError> {
        let mut secret = self.secret(deadline).await.map_err(DeliveryError::Secret)?;
        let mut may_be_rotated = true;
        loop {
            let timeout = deadline
                .one_try()
                .ok_or_else(|| DeliveryError::Room("no time was left to post it".to_owned()))?;
            delivery.attempts += 1;
            let request = (self.destination.request)(&secret, &Message::Alert(alert));
            let answer = self.poster.post(&request, timeout).await;
            delivery.status = answer.as_ref().ok().map(|answer| answer.status);
            let verdict = match &answer {
                Ok(answer) => (self.destination.verdict)(answer),
                Err(error) => Verdict::Later {
                    after: None,
                    why: error.to_string(),
                },
            };
            match verdict {
                Verdict::Delivered => return Ok(()),
                Verdict::Refused { why } => return Err(DeliveryError::Room(why)),
                Verdict::Gone { why } if may_be_rotated => {
                    may_be_rotated = false;
                    match self.read_secret(deadline).await {
                        Ok(fresh) if fresh != secret => secret = fresh,
                        Ok(_) => return Err(DeliveryError::Room(why)),
                        Err(error) => {
                            return Err(DeliveryError::Room(format!("{why}; and {error}")));
                        }
                    }
                }
                Verdict::Gone { why } => return Err(DeliveryError::Room(why)),
                Verdict::Later { after, why } => {
                    let wait = wait(delivery.attempts, after);
                    self.log.write(LogEvent::NotYet {
                        sns_message_id: alert.origin.message_id.clone(),
                        attempt: delivery.attempts,
                        status: delivery.status,
                        reason: why.clone(),
                        wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                    });
                    if !deadline.pause(wait).await {
                        return Err(DeliveryError::Room(match after {
                            Some(after) => format!(
                                "{why}; it asked to wait {} s, more than was left",
                                after.as_secs()
                            ),
                            None => format!("{why}; no time was left to try again"),
                        }));
                    }
                }
            }
        }
    }

    /// Returns the secret as it was read last, or reads it.
    async fn secret(&self, deadline: Deadline) -> Result<WebhookSecret, SecretUnreadable> {
        let known = lock(&self.secret).clone();
        match known {
            Some(secret) => Ok(secret),
            None => self.read_secret(deadline).await,
        }
    }

    async fn read_secret(&self, deadline: Deadline) -> Result<WebhookSecret, SecretUnreadable> {
        let secret = self.source.read(&self.poster, deadline).await?;
        *lock(&self.secret) = Some(secret.clone());
        Ok(secret)
    }
}
