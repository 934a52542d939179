//! The transport to one room: posts an alert, and re-reads a secret that was rotated.

use std::collections::BTreeSet;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::Mutex;

use super::active_alarms::{AlarmsUnreadable, has_active_alarms};
use super::aws_api::ApiClient;
use super::delivery::{Delivery, DeliveryError, Outcome};
use super::log::Log;
use super::pace::Pace;
use super::retry::Deadline;
use super::secret::{SecretSource, SecretUnreadable};
use crate::alert::{Alert, Violation};
use crate::contract::log::LogEvent;
use crate::destination::{Destination, Message, Request, Verdict, WebhookSecret};
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
    /// Calls AWS IoT, for a room with incidents.
    iot: Option<Box<ApiClient>>,
    log: Log,
}

/// Why the incident of a storm was not resolved.
#[derive(Debug, Error)]
pub(super) enum StormNotEnded {
    /// It is not known whether the storm is over.
    #[error("{0}")]
    Unknown(#[from] AlarmsUnreadable),
    /// The room did not take the event, in its own words or the network's.
    #[error("{0}")]
    Room(String),
}

impl StormNotEnded {
    /// Returns whether another attempt may succeed.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            StormNotEnded::Unknown(error) => error.is_transient(),
            StormNotEnded::Room(_) => true,
        }
    }
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
        iot: Option<Box<ApiClient>>,
        log: Log,
    ) -> Room {
        Room {
            iot,
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
            let (status, verdict) = self.post(&request, &secret, timeout).await;
            delivery.status = status;
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

    async fn post(
        &self,
        request: &Request,
        secret: &WebhookSecret,
        timeout: Duration,
    ) -> (Option<u16>, Verdict) {
        let answer = self.http_client.post(request, secret, timeout).await;
        let status = answer.as_ref().ok().map(|answer| answer.status);
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
        (status, verdict)
    }

    /// Resolves the incident of the storm that `end` belonged to, if no alarm of its profile and behavior is active any more but
    /// those in `ended`, which are the IDs of alarms that have just ended.
    ///
    /// # Errors
    /// It is not known whether an alarm is active, or the room did not take the event.
    pub(super) async fn end_storm(
        &self,
        end: &Alert,
        ended: &BTreeSet<&str>,
        pace: &Pace,
        deadline: Deadline,
    ) -> Result<(), StormNotEnded> {
        let violation = end.violation();
        let name = |of: fn(&Violation) -> Option<&str>| violation.and_then(of);
        let (Some(profile), Some(behavior), Some(topic), Some(iot), Some(storm_end)) = (
            name(|violation| violation.profile.as_deref()),
            name(|violation| violation.behavior.as_deref()),
            end.origin.topic.as_ref(),
            self.iot.as_deref(),
            self.destination.storm_end,
        ) else {
            return Ok(());
        };
        let is_active = has_active_alarms(
            iot,
            &self.http_client,
            &topic.region,
            (profile, behavior),
            ended,
            deadline,
        );
        if is_active.await? {
            return Ok(());
        }
        let no_time = || StormNotEnded::Room("no time was left to post it".to_owned());
        pace.turn(deadline).await.map_err(|_| no_time())?;
        let secret = self.secret.lock().await.secret.clone();
        let (Some(secret), Some(timeout)) = (secret, deadline.attempt_timeout()) else {
            return Err(no_time());
        };
        let request = storm_end(&secret, end);
        match self.post(&request, &secret, timeout).await.1 {
            Verdict::Delivered => Ok(()),
            Verdict::Retry { after, reason } => {
                after.into_iter().for_each(|wait| pace.asked_to_wait(wait));
                Err(StormNotEnded::Room(reason))
            }
            Verdict::Gone { reason } | Verdict::Refused { reason } => {
                Err(StormNotEnded::Room(reason))
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
