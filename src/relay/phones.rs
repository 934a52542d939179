//! The phones of a readable SMS relay: one short text of an alert to each, as often as it needs and time allows.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use super::delivery::{DeliveryAttempts, DeliveryError, REMEMBERED};
use super::log::Log;
use super::retry::{Deadline, wait};
use super::signed::{Account, ApiCall, ApiError, SNS};
use crate::alert::Alert;
use crate::contract::log::LogEvent;
use crate::contract::text_message::SentText;
use crate::destination::sms::{PhoneNumber, text};
use crate::http::Poster;
use crate::sync::lock;

/// The most that the init phase spends on the first connection.
const INIT: Duration = Duration::from_secs(4);

/// Whom to text, and who sends it.
pub struct Recipients {
    /// The phones, at least one.
    pub phones: Vec<PhoneNumber>,
    /// Who calls SNS.
    pub account: Account,
    /// The region whose SNS sends: not every region that has Device Defender has text messages.
    pub region: String,
}

/// The phones and the transport to them.
pub(super) struct Phones {
    recipients: Recipients,
    poster: Poster,
    log: Log,
    /// Texts of alerts that did not reach every phone. Lambda hands such an event over again, and a phone that was texted must
    /// not be texted twice.
    texted: Mutex<VecDeque<Texted>>,
}

struct Texted {
    alert: String,
    phone: PhoneNumber,
    message_id: String,
}

impl Phones {
    pub(super) fn new(recipients: Recipients, poster: Poster, log: Log) -> Phones {
        Phones {
            recipients,
            poster,
            log,
            texted: Mutex::default(),
        }
    }

    /// Opens the connection ahead. A failure is written down and nothing else: the first alert tries again.
    pub(super) async fn prepare(&self) {
        let Recipients {
            account, region, ..
        } = &self.recipients;
        let endpoint = account.endpoint(&ApiCall::query(&SNS, region, "Publish", &[]));
        let Ok(endpoint) = endpoint.parse() else {
            return;
        };
        if let Err(error) = self.poster.warm(&endpoint, INIT).await {
            self.log.write(LogEvent::NotConnected {
                reason: error.to_string(),
            });
        }
    }

    /// Texts `alert` to every phone that was not texted it before: all of them once, then again those with whom it may pass, so
    /// that one phone's trouble takes no time from the others.
    pub(super) async fn deliver(&self, alert: &Alert, deadline: Deadline) -> DeliveryAttempts {
        let body = text(alert);
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
                let Some(timeout) = deadline.one_try() else {
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
                        if error.is_passing() {
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
            if deadline.pause(wait(delivery.attempts, None)).await {
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
        let Recipients {
            account, region, ..
        } = &self.recipients;
        // Promotional, an account's default, is sent when it is cheap; an alert is not to wait for that.
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
        let answer = account
            .call(
                &self.poster,
                &ApiCall::query(&SNS, region, "Publish", &form),
                timeout,
            )
            .await?;
        let answer = String::from_utf8_lossy(&answer);
        let id = answer
            .split_once("<MessageId>")
            .and_then(|(_, rest)| rest.split_once("</"))
            .map(|(id, _)| id.trim());
        // It was sent all the same.
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
        texted.push_back(Texted {
            alert: id.to_owned(),
            phone: phone.clone(),
            message_id,
        });
        let over = texted.len().saturating_sub(REMEMBERED);
        texted.drain(..over);
    }

    /// Forgets an alert that reached every phone: where it comes again, it is meant again.
    fn forget(&self, id: Option<&str>) {
        lock(&self.texted).retain(|text| id != Some(text.alert.as_str()));
    }
}
