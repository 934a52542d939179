//! Follows one message: to a relay, as its log tells, and to a phone, as the carrier's answer tells where SNS logs it.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::carriers::Carriers;
use crate::aws::AwsError;
use crate::aws::delivery_status::CarrierLog;
use crate::aws::retry::poll_past_failures;
use crate::aws::trace::{TracedRelay, find_delivery};
use crate::chain::command_place::CommandPlace;
use crate::chain::delivery::{DeliveryDetails, DeliveryOutcome};
use crate::cli::context::TopicContext;
use crate::contract::text_message::{CarrierAnswer, SentText};
use crate::destination::sms::PhoneNumber;

/// How often a relay's log is looked at; CloudWatch takes five FilterLogEvents a second and account.
const PAUSE: Duration = Duration::from_millis(700);
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
    /// Waits until a relay's log tells what became of the message.
    pub(super) async fn relay(&self, relay: &TracedRelay) -> DeliveryOutcome {
        let clients = &self.topic.clients;
        let found = poll_past_failures(self.end, PAUSE, || {
            find_delivery(clients, relay, self.message_id, self.published)
        });
        let why = match found.await {
            Ok(Some(outcome)) => return outcome,
            Ok(None) => {
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
            Err(failure) => unreadable(&failure, self.topic.clients.command_place()),
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
