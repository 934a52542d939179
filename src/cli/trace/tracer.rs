//! Follows one message: to a relay, as its log tells, and to a phone, as the carrier's answer tells where SNS logs it.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::carriers::Carriers;
use crate::aws::AwsError;
use crate::aws::delivery_status::CarrierLog;
use crate::aws::retry::poll_past_failures;
use crate::aws::trace::{self, TracedRelay, find_delivery};
use crate::chain::command_place::CommandPlace;
use crate::chain::delivery::{DeliveryDetails, DeliveryOutcome};
use crate::chain::spec::ASYNC_RETRIES;
use crate::cli::context::TopicContext;
use crate::contract::text_message::{CarrierAnswer, SentText};
use crate::destination::sms::PhoneNumber;
use crate::sync::lock;

/// How often a relay's log is looked at; CloudWatch takes five FilterLogEvents a second and account.
const PAUSE: Duration = Duration::from_millis(700);
/// How often Lambda tries a relay again.
const RETRIES: u32 = ASYNC_RETRIES.unsigned_abs();
/// How often a carrier's answer is looked for, in up to four log groups.
const CARRIER_PAUSE: Duration = Duration::from_secs(2);
/// How long an answer is waited for where only failures are surely logged: most come within seconds.
const SAMPLED_PATIENCE: Duration = Duration::from_secs(10);

/// One message that is being followed.
pub(super) struct DeliveryTracer<'a> {
    pub(super) topic: &'a TopicContext,
    /// What SNS logs of carriers, by the region that the texts are sent from.
    pub(super) carriers: &'a Carriers<'a>,
    pub(super) message: &'a str,
    /// The message attributes that it has, all of type `String`.
    pub(super) attributes: &'a [(&'a str, &'a str)],
    pub(super) message_id: &'a str,
    pub(super) published: SystemTime,
    /// When it is waited for no longer.
    pub(super) end: Instant,
}

impl DeliveryTracer<'_> {
    /// Waits until a relay's log tells what became of the message in the end: while a try is left, a failure is only passed to
    /// `heard`.
    pub(super) async fn relay(
        &self,
        relay: &TracedRelay,
        heard: impl Fn(&DeliveryOutcome),
    ) -> DeliveryOutcome {
        let clients = &self.topic.clients;
        let last: Mutex<Option<DeliveryOutcome>> = Mutex::default();
        let retries = OnceCell::new();
        let found = poll_past_failures(self.end, PAUSE, || async {
            let found = find_delivery(clients, relay, self.message_id, self.published).await?;
            let outcome = match found {
                None => return Ok(None),
                Some(failed @ DeliveryOutcome::Failed { .. }) if !relay.is_buffered => {
                    // Where the settings cannot be read, they are taken to be those of a relay.
                    let read = async { trace::retries(clients, relay).await.unwrap_or(RETRIES) };
                    failed.with_retries(*retries.get_or_init(|| read).await)
                }
                Some(outcome) => outcome,
            };
            if outcome.is_final() {
                return Ok(Some(outcome));
            }
            let mut last = lock(&last);
            if last.as_ref() != Some(&outcome) {
                heard(&outcome);
                *last = Some(outcome);
            }
            Ok(None)
        });
        let found = found.await;
        let why = match (found, lock(&last).take()) {
            (Ok(Some(outcome)), _) | (_, Some(outcome)) => return outcome,
            (Ok(None), None) => {
                // A buffer gathers a batch first, and may hold many alerts before this one.
                let buffer = match relay.is_buffered {
                    true => "; it may wait in the buffer behind others (see ddalert doctor)",
                    false => "",
                };
                format!(
                    "its log group {} has no line about this message{buffer}",
                    relay.log_group
                )
            }
            (Err(failure), None) => unreadable(&failure, self.topic.clients.command_place()),
        };
        DeliveryOutcome::Silent { why }
    }

    /// Adds what the carriers answered to the texts that a relay sent from this region, or from the topic's.
    pub(super) async fn carriers(
        &self,
        outcome: DeliveryOutcome,
        region: Option<&str>,
    ) -> DeliveryOutcome {
        let region = region.unwrap_or(&self.topic.topic.region);
        match (outcome, self.carriers.get(region)) {
            (DeliveryOutcome::Delivered(mut hops), Some(Ok(Some(log)))) => {
                for text in &mut hops.texts {
                    // What cannot be read does not undo what SNS took.
                    text.carrier = self
                        .answer(log, &text.message_id, None)
                        .await
                        .unwrap_or_default();
                }
                DeliveryOutcome::Delivered(hops).answered()
            }
            (outcome, _) => outcome,
        }
    }

    /// Waits for the carrier's answer to a text that SNS sends by itself; `shown` is how the phone is named.
    pub(super) async fn phone(&self, endpoint: &str, shown: String) -> DeliveryOutcome {
        const UNSEEN: &str = "ddalert cannot see whether the phone got it";
        let log = match self.carriers.get(self.topic.topic.region.as_str()) {
            Some(Ok(Some(log))) => log,
            Some(Err(failure)) => {
                return DeliveryOutcome::Accepted {
                    why: format!(
                        "{UNSEEN}: {}",
                        unreadable(failure, self.topic.clients.command_place())
                    ),
                };
            }
            Some(Ok(None)) | None => {
                return DeliveryOutcome::Accepted {
                    why: format!(
                        "{UNSEEN} (subscribe-sms --enable-delivery-status lets SNS log it)"
                    ),
                };
            }
        };
        // A phone that is subscribed is in E.164; what is not is told apart by the message alone.
        let phone: Option<PhoneNumber> = endpoint.parse().ok();
        match self.answer(log, self.message_id, phone.as_ref()).await {
            Ok(Some(answer)) => {
                let text = SentText {
                    phone: shown,
                    message_id: self.message_id.to_owned(),
                    carrier: Some(answer),
                };
                DeliveryOutcome::Delivered(DeliveryDetails {
                    texts: vec![text],
                    ..DeliveryDetails::default()
                })
                .answered()
            }
            Ok(None) => DeliveryOutcome::Accepted {
                why: "its carrier has not answered yet; that can take hours".to_owned(),
            },
            Err(failure) => DeliveryOutcome::Accepted {
                why: format!(
                    "{UNSEEN}: {}",
                    unreadable(&failure, self.topic.clients.command_place())
                ),
            },
        }
    }

    async fn answer(
        &self,
        log: &CarrierLog<'_>,
        message_id: &str,
        phone: Option<&PhoneNumber>,
    ) -> Result<Option<CarrierAnswer>, AwsError> {
        let end = if log.complete {
            self.end
        } else {
            self.end.min(Instant::now() + SAMPLED_PATIENCE)
        };
        poll_past_failures(end, CARRIER_PAUSE, || {
            log.find_answer(message_id, phone, self.published)
        })
        .await
    }
}

/// Says why a log cannot be read, and what to do about it.
fn unreadable(failure: &AwsError, place: &CommandPlace) -> String {
    let hint = failure
        .hint(place)
        .map(|hint| format!("; {hint}"))
        .unwrap_or_default();
    format!("{failure}: {}{hint}", failure.cause())
}
