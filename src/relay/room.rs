//! One room: takes one alert to it, as often as it needs and time allows, with the secret as it is now.

use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;
use thiserror::Error;

use super::log::{Level, Log};
use super::retry::{Deadline, wait};
use super::secret::{SecretSource, SecretUnreadable};
use crate::alert::Alert;
use crate::contract::delivery::SentText;
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

/// What became of one alert.
pub(super) struct DeliveryAttempts {
    /// The status of the last answer, where the last try got one.
    pub(super) status: Option<u16>,
    /// How many tries it took.
    pub(super) attempts: u32,
    /// The texts that were sent, where they go to phones.
    pub(super) texts: Vec<SentText>,
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
    #[error(transparent)]
    Secret(SecretUnreadable),
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
                    self.log.line(
                        Level::Warn,
                        "not_connected",
                        json!({ "reason": error.to_string() }),
                    );
                }
            }
            Err(error) => self.log.line(
                Level::Error,
                "secret_unreadable",
                json!({ "reason": error.to_string() }),
            ),
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
                    let fields = json!({ "sns_message_id": alert.origin.message_id, "attempt": delivery.attempts,
                        "status": delivery.status, "reason": why, "wait_ms": wait.as_millis() as u64 });
                    self.log.line(Level::Debug, "not_yet", fields);
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
