//! The transport to one room: posts an alert, retries while there is time, and re-reads a secret that was rotated.

use std::sync::Mutex;
use std::time::Duration;

use super::delivery::{DeliveryAttempts, DeliveryError};
use super::log::Log;
use super::retry::{Deadline, backoff};
use super::secret::{SecretSource, SecretUnreadable};
use crate::alert::Alert;
use crate::contract::log::LogEvent;
use crate::destination::{Destination, Message, Verdict, WebhookSecret};
use crate::http::HttpClient;
use crate::sync::lock;

/// How long the init phase may spend on the secret, and again on the first connection: Lambda cuts it off after 10 s.
const INIT_TIMEOUT: Duration = Duration::from_secs(4);

/// The transport to a room.
pub(super) struct Room {
    pub(super) destination: &'static Destination,
    source: SecretSource,
    secret: Mutex<Option<WebhookSecret>>,
    http_client: HttpClient,
    log: Log,
}

impl Room {
    pub(super) fn new(
        destination: &'static Destination,
        source: SecretSource,
        http_client: HttpClient,
        log: Log,
    ) -> Room {
        Room {
            destination,
            source,
            secret: Mutex::new(None),
            http_client,
            log,
        }
    }

    /// Reads the secret and opens the connection in the init phase, so that the first alert need not wait for them.
    ///
    /// A failure is only logged. If the relay exited, Lambda would start it again and count the invocation as failed without a
    /// reason. Instead, the first event reads the secret again, with all of the invocation's time; if that fails too, the failure
    /// queue keeps the error together with the event.
    pub(super) async fn prepare(&self) {
        match self.read_secret(Deadline::after(INIT_TIMEOUT)).await {
            Ok(secret) => {
                if let Err(error) = self
                    .http_client
                    .preconnect(secret.url(), INIT_TIMEOUT)
                    .await
                {
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

    /// Posts `alert` to the room.
    pub(super) async fn deliver(&self, alert: &Alert, deadline: Deadline) -> DeliveryAttempts {
        let mut delivery = DeliveryAttempts {
            status: None,
            attempts: 0,
            texts: Vec::new(),
            result: Ok(()),
        };
        delivery.result = self.post(alert, deadline, &mut delivery).await;
        delivery
    }

    /// Posts `alert` until the room takes or refuses it, or the time is over, and counts the attempts in `delivery`.
    async fn post(
        &self,
        alert: &Alert,
        deadline: Deadline,
        delivery: &mut DeliveryAttempts,
    ) -> Result<(), DeliveryError> {
        let mut secret = self.secret(deadline).await.map_err(DeliveryError::Secret)?;
        let mut may_be_rotated = true;
        loop {
            let timeout = deadline
                .attempt_timeout()
                .ok_or_else(|| DeliveryError::Room("no time was left to post it".to_owned()))?;
            delivery.attempts += 1;
            let request = (self.destination.request)(&secret, &Message::Alert(alert));
            let answer = self.http_client.post(&request, timeout).await;
            delivery.status = answer.as_ref().ok().map(|answer| answer.status);
            let verdict = match &answer {
                Ok(answer) => (self.destination.verdict)(answer),
                Err(error) => Verdict::Retry {
                    after: None,
                    reason: error.to_string(),
                },
            };
            match verdict {
                Verdict::Delivered => return Ok(()),
                Verdict::Refused { reason } => return Err(DeliveryError::Room(reason)),
                Verdict::Gone { reason } if may_be_rotated => {
                    may_be_rotated = false;
                    match self.read_secret(deadline).await {
                        Ok(fresh) if fresh != secret => secret = fresh,
                        Ok(_) => return Err(DeliveryError::Room(reason)),
                        Err(error) => {
                            return Err(DeliveryError::Room(format!("{reason}; and {error}")));
                        }
                    }
                }
                Verdict::Gone { reason } => return Err(DeliveryError::Room(reason)),
                Verdict::Retry { after, reason } => {
                    let wait = backoff(delivery.attempts, after);
                    self.log.write(LogEvent::NotYet {
                        sns_message_id: alert.origin.message_id.clone(),
                        attempt: delivery.attempts,
                        status: delivery.status,
                        reason: reason.clone(),
                        wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                    });
                    if !deadline.sleep(wait).await {
                        return Err(DeliveryError::Room(match after {
                            Some(after) => format!(
                                "{reason}; it asked to wait {} s, longer than the time that was left",
                                after.as_secs()
                            ),
                            None => format!("{reason}; no time was left to try again"),
                        }));
                    }
                }
            }
        }
    }

    /// Returns the secret as it was last read, or reads it now.
    async fn secret(&self, deadline: Deadline) -> Result<WebhookSecret, SecretUnreadable> {
        let known = lock(&self.secret).clone();
        match known {
            Some(secret) => Ok(secret),
            None => self.read_secret(deadline).await,
        }
    }

    async fn read_secret(&self, deadline: Deadline) -> Result<WebhookSecret, SecretUnreadable> {
        let secret = self.source.read(&self.http_client, deadline).await?;
        *lock(&self.secret) = Some(secret.clone());
        Ok(secret)
    }
}
