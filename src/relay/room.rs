//! The transport to one room: posts an alert, and re-reads a secret that was rotated.

use std::time::Duration;

use tokio::sync::Mutex;

use super::delivery::{Delivery, DeliveryError, Outcome};
use super::log::Log;
use super::retry::Deadline;
use super::secret::{SecretSource, SecretUnreadable};
use crate::contract::log::LogEvent;
use crate::destination::{Destination, Message, Verdict, WebhookSecret};
use crate::http::HttpClient;

/// How long the init phase may spend on the secret, and again on the first connection: Lambda cuts it off after 10 s.
const INIT_TIMEOUT: Duration = Duration::from_secs(4);

/// The transport to a room.
pub(super) struct Room {
    pub(super) destination: &'static Destination,
    source: SecretSource,
    /// Locked while it is read, so that several alerts that need it cause one call.
    secret: Mutex<KnownSecret>,
    http_client: HttpClient,
    log: Log,
}

/// The secret as it was last read.
#[derive(Default)]
struct KnownSecret {
    secret: Option<WebhookSecret>,
    /// Whether it was read in this invocation: then a webhook that does not exist has not just been rotated.
    is_fresh: bool,
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
            secret: Mutex::default(),
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
        match self.begin(Deadline::after(INIT_TIMEOUT)).await {
            Ok(()) => {
                let Some(secret) = self.secret.lock().await.secret.clone() else {
                    return;
                };
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

    /// Begins an invocation: reads the secret if it is not known.
    ///
    /// # Errors
    /// It cannot be read: no alert can be delivered.
    pub(super) async fn begin(&self, deadline: Deadline) -> Result<(), SecretUnreadable> {
        let mut known = self.secret.lock().await;
        known.is_fresh = known.secret.is_none();
        if known.is_fresh {
            known.secret = Some(self.source.read(&self.http_client, deadline).await?);
        }
        Ok(())
    }

    /// Posts `message` once; and once more if the webhook does not exist and the secret has been rotated.
    pub(super) async fn attempt(
        &self,
        message: &Message<'_>,
        delivery: &mut Delivery,
        until: Deadline,
    ) -> Outcome {
        let Some(mut secret) = self.secret.lock().await.secret.clone() else {
            return failed("the webhook secret is not known".to_owned());
        };
        let mut may_be_rotated = true;
        loop {
            let Some(timeout) = until.attempt_timeout() else {
                return failed("no time was left to post it".to_owned());
            };
            delivery.attempts += 1;
            let request = (self.destination.request)(&secret, message);
            let answer = self.http_client.post(&request, &secret, timeout).await;
            delivery.status = answer.as_ref().ok().map(|answer| answer.status);
            let verdict = match &answer {
                Ok(answer) => (self.destination.verdict)(answer),
                Err(error) if error.is_final() => Verdict::Refused {
                    reason: error.to_string(),
                },
                Err(error) => Verdict::Retry {
                    after: None,
                    reason: error.to_string(),
                },
            };
            match verdict {
                Verdict::Delivered => return Outcome::Arrived,
                Verdict::Refused { reason } => return failed(reason),
                Verdict::Retry { after, reason } => {
                    return Outcome::Again {
                        after,
                        error: DeliveryError::Room(reason),
                    };
                }
                Verdict::Gone { reason } if may_be_rotated => {
                    may_be_rotated = false;
                    match self.rotated(&secret, until).await {
                        Ok(Some(fresh)) => secret = fresh,
                        Ok(None) => return failed(reason),
                        Err(error) => return failed(format!("{reason}; and {error}")),
                    }
                }
                Verdict::Gone { reason } => return failed(reason),
            }
        }
    }

    /// Returns the secret that has replaced `used`, if there is one, and reads it once in an invocation.
    async fn rotated(
        &self,
        used: &WebhookSecret,
        until: Deadline,
    ) -> Result<Option<WebhookSecret>, SecretUnreadable> {
        let mut known = self.secret.lock().await;
        if !known.is_fresh && known.secret.as_ref() == Some(used) {
            known.secret = Some(self.source.read(&self.http_client, until).await?);
            known.is_fresh = true;
        }
        Ok(known.secret.clone().filter(|fresh| fresh != used))
    }
}

fn failed(reason: String) -> Outcome {
    Outcome::Failed(DeliveryError::Room(reason))
}
