//! The phones of a readable SMS relay: sends each one short text for an alert.

use std::sync::Mutex;
use std::time::Duration;

use super::aws_api::{ApiCall, ApiClient, ApiError, SNS};
use super::delivery::{Delivery, DeliveryError, Outcome};
use super::log::Log;
use super::memory::Memory;
use super::retry::Deadline;
use crate::alert::Alert;
use crate::contract::log::LogEvent;
use crate::contract::message_key::MessageKey;
use crate::destination::Message;
use crate::destination::sms::{self, PhoneNumber};
use crate::http::HttpClient;
use crate::sync::lock;

/// How long the init phase may spend on the first connection.
const INIT_TIMEOUT: Duration = Duration::from_secs(4);

/// The phones to text, and how to call SNS for it.
pub struct Recipients {
    /// The phones, at least one.
    pub phones: Vec<PhoneNumber>,
    /// Calls SNS.
    pub client: ApiClient,
    /// The region whose SNS sends: not every region that has Device Defender has text messages.
    pub region: String,
}

/// The transport to phones.
pub(super) struct Phones {
    recipients: Recipients,
    http_client: HttpClient,
    log: Log,
    /// Texts that were sent for alerts that did not reach every phone, each with SNS's ID of it. The alert is tried again, here or
    /// by Lambda, and no phone may be texted twice for it.
    texted: Mutex<Memory<Vec<(PhoneNumber, String)>>>,
}

impl Phones {
    pub(super) fn new(recipients: Recipients, http_client: HttpClient, log: Log) -> Phones {
        Phones {
            recipients,
            http_client,
            log,
            texted: Mutex::default(),
        }
    }

    /// Opens the connection in the init phase. A failure is only logged: the first alert tries again.
    pub(super) async fn prepare(&self) {
        let Recipients { client, region, .. } = &self.recipients;
        let endpoint = client.endpoint(&ApiCall::query(&SNS, region, "Publish", &[]));
        let Ok(endpoint) = endpoint.parse() else {
            return;
        };
        if let Err(error) = self.http_client.preconnect(&endpoint, INIT_TIMEOUT).await {
            self.log.write(LogEvent::NotConnected {
                reason: error.to_string(),
            });
        }
    }

    /// Texts `message` once to every phone that neither has been texted it nor has refused it, each with the same share of the time.
    pub(super) async fn attempt(
        &self,
        message: &Message<'_>,
        delivery: &mut Delivery,
        until: Deadline,
    ) -> Outcome {
        let (alerts, body): (&[&Alert], String) = match message {
            Message::Alert(alert) => (&[*alert], sms::render(alert)),
            Message::Digest(digest) => (digest.alerts(), sms::render_digest(digest)),
            // A greeting is not sent by a relay.
            Message::Greeting(line) => (&[], (*line).to_owned()),
        };
        let keys: Vec<MessageKey> = alerts
            .iter()
            .filter_map(|one| MessageKey::of(one))
            .collect();
        delivery.attempts += 1;
        // Without an ID, only this invocation knows what was sent: `delivery` does.
        if delivery.attempts == 1 && keys.len() == alerts.len() {
            delivery.reached = self.reached_before(&keys);
        }
        delivery.unreached.clear();
        let phones = &self.recipients.phones;
        let pending: Vec<&PhoneNumber> = phones
            .iter()
            .filter(|phone| !delivery.is_settled(phone))
            .collect();
        for (index, phone) in pending.iter().copied().enumerate() {
            let Some(timeout) = until.share(pending.len() - index).attempt_timeout() else {
                let why = "no time was left to text it".to_owned();
                delivery.unreached.push((phone.clone(), why));
                continue;
            };
            match self.publish(phone, &body, timeout).await {
                Ok(message_id) => {
                    for alert in alerts {
                        self.log.write(LogEvent::Texted {
                            sns_message_id: alert.origin.message_id.clone(),
                            phone: phone.masked(),
                            text_message_id: message_id.clone(),
                        });
                    }
                    for key in &keys {
                        lock(&self.texted)
                            .remember(*key)
                            .push((phone.clone(), message_id.clone()));
                    }
                    delivery.reached.push((phone.clone(), message_id));
                }
                Err(error) => {
                    if let ApiError::Refused { status, .. } = error {
                        delivery.status = Some(status);
                    }
                    // SNS repeats the number that it refuses, with its `+` or without.
                    let (digits, masked) = (phone.as_str().trim_start_matches('+'), phone.masked());
                    let why = error
                        .to_string()
                        .replace(digits, masked.trim_start_matches('+'));
                    let not_texted = if error.is_transient() {
                        &mut delivery.unreached
                    } else {
                        &mut delivery.refused
                    };
                    not_texted.push((phone.clone(), why));
                }
            }
        }
        let failed: Vec<String> = delivery
            .not_texted()
            .map(|(phone, why)| format!("{}: {why}", phone.masked()))
            .collect();
        if failed.is_empty() {
            // If it is published again, it is to be sent again.
            lock(&self.texted).forget(keys);
            return Outcome::Arrived;
        }
        let error = DeliveryError::Phones(format!(
            "{} of {} phones not texted: {}",
            failed.len(),
            phones.len(),
            failed.join("; ")
        ));
        if delivery.unreached.is_empty() {
            Outcome::Failed(error)
        } else {
            Outcome::Again { after: None, error }
        }
    }

    /// Returns the phones that each of these alerts has reached, with the text of the first.
    fn reached_before(&self, keys: &[MessageKey]) -> Vec<(PhoneNumber, String)> {
        let texted = lock(&self.texted);
        let reached = |key: &MessageKey| texted.get(*key).map_or(&[][..], Vec::as_slice);
        let Some((first, rest)) = keys.split_first() else {
            return Vec::new();
        };
        let by_all = |(phone, _): &&(PhoneNumber, String)| {
            rest.iter()
                .all(|key| reached(key).iter().any(|(other, _)| other == phone))
        };
        reached(first).iter().filter(by_all).cloned().collect()
    }

    /// Sends one text and returns the id that SNS gives it.
    async fn publish(
        &self,
        phone: &PhoneNumber,
        body: &str,
        timeout: Duration,
    ) -> Result<String, ApiError> {
        let Recipients { client, region, .. } = &self.recipients;
        // Promotional, an account's default, is sent when it is cheap; an alert must not wait for that.
        let form = [
            ("PhoneNumber", phone.as_str()),
            ("Message", body),
            ("MessageAttributes.entry.1.Name", "AWS.SNS.SMS.SMSType"),
            ("MessageAttributes.entry.1.Value.DataType", "String"),
            (
                "MessageAttributes.entry.1.Value.StringValue",
                "Transactional",
            ),
        ];
        let answer = client
            .call(
                &self.http_client,
                &ApiCall::query(&SNS, region, "Publish", &form),
                timeout,
            )
            .await?;
        let answer = String::from_utf8_lossy(&answer);
        let id = answer
            .split_once("<MessageId>")
            .and_then(|(_, rest)| rest.split_once("</"))
            .map(|(id, _)| id.trim());
        // SNS accepted the text even if its answer has no id.
        Ok(id.unwrap_or("unknown").to_owned())
    }
}
