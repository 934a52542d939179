//! The phones of a readable SMS relay: sends each one short text for an alert, and retries while there is time.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use super::aws_api::{ApiCall, ApiClient, ApiError, SNS};
use super::delivery::{DeliveryAttempts, DeliveryError, REMEMBERED_DELIVERIES};
use super::log::Log;
use super::retry::{Deadline, backoff};
use crate::alert::Alert;
use crate::contract::log::LogEvent;
use crate::contract::text_message::SentText;
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
    /// Texts that were sent for alerts that did not reach every phone. Lambda retries such an event, and no phone may be texted
    /// twice for it.
    texted: Mutex<VecDeque<DeliveredText>>,
}

struct DeliveredText {
    alert: String,
    phone: PhoneNumber,
    message_id: String,
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

    /// Texts `alert` to every phone that has not been texted it yet: first one attempt for each, then retries where the error is
    /// transient, so that one phone takes no time from the others.
    pub(super) async fn deliver(&self, alert: &Alert, deadline: Deadline) -> DeliveryAttempts {
        let body = sms::render(alert);
        let id = alert.origin.message_id.as_deref();
        let before = self.texted_before(id);
        let texts = before.iter().map(|(phone, message_id)| SentText {
            phone: phone.masked(),
            message_id: message_id.clone(),
            carrier: None,
        });
        let mut delivery = DeliveryAttempts {
            status: None,
            attempts: 0,
            texts: texts.collect(),
            result: Ok(()),
        };
        let mut failed: Vec<(&PhoneNumber, String)> = Vec::new();
        let mut pending: Vec<&PhoneNumber> = self.recipients.phones.iter().collect();
        pending.retain(|phone| !before.iter().any(|(texted, _)| texted == *phone));
        while !pending.is_empty() {
            delivery.attempts += 1;
            let mut again = Vec::new();
            for phone in std::mem::take(&mut pending) {
                let Some(timeout) = deadline.attempt_timeout() else {
                    failed.push((phone, "no time was left to text it".to_owned()));
                    continue;
                };
                match self.publish(phone, &body, timeout).await {
                    Ok(message_id) => {
                        self.log.write(LogEvent::Texted {
                            sns_message_id: id.map(str::to_owned),
                            phone: phone.masked(),
                            text_message_id: message_id.clone(),
                        });
                        delivery.texts.push(SentText {
                            phone: phone.masked(),
                            message_id: message_id.clone(),
                            carrier: None,
                        });
                        self.remember(id, phone, message_id);
                    }
                    Err(error) => {
                        if let ApiError::Refused { status, .. } = error {
                            delivery.status = Some(status);
                        }
                        // SNS repeats the number that it refuses, with its `+` or without.
                        let (digits, masked) =
                            (phone.as_str().trim_start_matches('+'), phone.masked());
                        let why = error
                            .to_string()
                            .replace(digits, masked.trim_start_matches('+'));
                        if error.is_transient() {
                            again.push((phone, why))
                        } else {
                            failed.push((phone, why))
                        }
                    }
                }
            }
            if again.is_empty() {
                break;
            }
            if deadline.sleep(backoff(delivery.attempts, None)).await {
                pending = again.into_iter().map(|(phone, _)| phone).collect();
            } else {
                failed.extend(
                    again.into_iter().map(|(phone, why)| {
                        (phone, format!("{why}; no time was left to try again"))
                    }),
                );
            }
        }
        for (phone, why) in &failed {
            self.log.write(LogEvent::NotTexted {
                sns_message_id: id.map(str::to_owned),
                phone: phone.masked(),
                reason: why.clone(),
            });
        }
        if failed.is_empty() {
            self.forget(id);
        } else {
            let why: Vec<String> = failed
                .iter()
                .map(|(phone, why)| format!("{}: {why}", phone.masked()))
                .collect();
            let of = self.recipients.phones.len();
            delivery.result = Err(DeliveryError::Phones(format!(
                "{} of {of} phones not texted: {}",
                why.len(),
                why.join("; ")
            )));
        }
        delivery
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

    fn texted_before(&self, id: Option<&str>) -> Vec<(PhoneNumber, String)> {
        let texted = lock(&self.texted);
        let of_alert = texted.iter().filter(|text| id == Some(text.alert.as_str()));
        of_alert
            .map(|text| (text.phone.clone(), text.message_id.clone()))
            .collect()
    }

    fn remember(&self, id: Option<&str>, phone: &PhoneNumber, message_id: String) {
        let Some(id) = id else { return };
        let mut texted = lock(&self.texted);
        texted.push_back(DeliveredText {
            alert: id.to_owned(),
            phone: phone.clone(),
            message_id,
        });
        let over = texted.len().saturating_sub(REMEMBERED_DELIVERIES);
        texted.drain(..over);
    }

    /// Forgets an alert that reached every phone: if it is published again, it is to be sent again.
    fn forget(&self, id: Option<&str>) {
        lock(&self.texted).retain(|text| id != Some(text.alert.as_str()));
    }
}
