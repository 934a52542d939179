//! The account's side of text messages: sandbox, opt-outs, settings, origination numbers. Errors never hold a phone number.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::time::Duration;

use aws_sdk_sns::types::{LanguageCodeString, SmsSandboxPhoneNumberVerificationStatus as Status};
use futures_util::future::join3;
use futures_util::stream::{self, StreamExt};
use tokio::time::{Instant, sleep_until};

use super::response::Response;
use super::{AwsError, AwsErrorKind, Clients, metrics};
use crate::chain::sms::SmsAccount;
use crate::chain::sms::account::UnreadSetting;
use crate::chain::sms::delivery_status::DeliveryStatusLogging;
use crate::destination::sms::PhoneNumber;
use crate::sync::lock;

/// The time between two calls of an action that SNS takes once a second (AWS general reference, "Amazon SNS API throttling"), with
/// a little for the way.
const PACE: Duration = Duration::from_millis(1100);

/// How many phones are checked for an opt-out at the same time; SNS takes 50 of these calls a second (AWS general reference).
const OPT_OUTS_AT_ONCE: usize = 8;

/// The calls about an account's text messages; those that are limited to one a second keep to it.
pub struct SmsCalls<'a> {
    clients: &'a Clients,
    next: Mutex<HashMap<&'static str, Instant>>,
}

impl<'a> SmsCalls<'a> {
    /// Calls through these clients, and in their region.
    pub fn new(clients: &'a Clients) -> SmsCalls<'a> {
        SmsCalls {
            clients,
            next: Mutex::default(),
        }
    }

    /// Waits for the next moment at which `action` may be called.
    async fn pace(&self, action: &'static str) {
        let at = {
            let mut next = lock(&self.next);
            let at = next
                .get(action)
                .copied()
                .unwrap_or_else(Instant::now)
                .max(Instant::now());
            next.insert(action, at + PACE);
            at
        };
        sleep_until(at).await;
    }

    /// Reads everything that matters to these phones, independent calls at the same time. What cannot be read is listed among
    /// `unchecked`, and is not an error: an account may be allowed to subscribe and not to read.
    pub async fn read_account(&self, region: &str, phones: &[PhoneNumber]) -> SmsAccount {
        let sandbox = async {
            let in_sandbox = self.in_sandbox().await;
            let numbers = match in_sandbox {
                Ok(true) => Some(self.sandbox().await),
                _ => None,
            };
            (in_sandbox, numbers)
        };
        let origination = async {
            match phones.iter().any(PhoneNumber::is_us) {
                true => Some(self.origination().await),
                false => None,
            }
        };
        let ((in_sandbox, sandbox), attributes, (spent, opted_out, origination)) = join3(
            sandbox,
            self.attributes(),
            join3(
                metrics::spent_on_texts(self.clients),
                self.opted_out(phones),
                origination,
            ),
        )
        .await;

        let mut unchecked = Vec::new();
        let mut note = |what: &'static str, failure: AwsError| {
            unchecked.push(UnreadSetting {
                what,
                why: failure.why(),
            });
        };
        let mut account = SmsAccount {
            region: region.to_owned(),
            ..SmsAccount::default()
        };
        match in_sandbox {
            Ok(in_sandbox) => account.in_sandbox = Some(in_sandbox),
            Err(failure) => note("whether the account is in the SMS sandbox", failure),
        }
        match sandbox {
            Some(Ok(sandbox)) => account.sandbox = sandbox,
            Some(Err(failure)) => note("which numbers are verified", failure),
            None => {}
        }
        match attributes {
            Ok(attributes) => account.attributes = Some(attributes),
            Err(failure) => note("spend limit and SMS type", failure),
        }
        match spent {
            Ok(spent) => account.spent = spent,
            Err(failure) => note("what texts have cost this month", failure),
        }
        for (phone, opted_out) in phones.iter().zip(opted_out) {
            match opted_out {
                Ok(true) => _ = account.opted_out.insert(phone.clone()),
                Ok(false) => {}
                Err(failure) => {
                    let is_denied = matches!(failure.kind, AwsErrorKind::AccessDenied { .. });
                    note("opt-outs", failure);
                    // What one phone is refused for need not be true of the next; a denial is.
                    if is_denied {
                        break;
                    }
                }
            }
        }
        match origination {
            Some(Ok(countries)) => account.origination = Some(countries.into_iter().collect()),
            Some(Err(failure)) => note("numbers to send from to the United States", failure),
            None => {}
        }
        account.unchecked = unchecked;
        account
    }

    /// Returns whether each phone is opted out, in the order of the phones.
    async fn opted_out(&self, phones: &[PhoneNumber]) -> Vec<Result<bool, AwsError>> {
        stream::iter(phones)
            .map(|phone| self.is_opted_out(phone))
            .buffered(OPT_OUTS_AT_ONCE)
            .collect()
            .await
    }

    async fn in_sandbox(&self) -> Result<bool, AwsError> {
        let get = self.clients.sns.get_sms_sandbox_account_status();
        let answer = get.send().await.or_error(
            "sns:GetSMSSandboxAccountStatus",
            "reading whether the account is in the SMS sandbox",
        )?;
        Ok(answer.is_in_sandbox())
    }

    /// Returns the numbers in the sandbox, and whether each is verified.
    async fn sandbox(&self) -> Result<BTreeMap<PhoneNumber, bool>, AwsError> {
        let (mut numbers, mut token) = (BTreeMap::new(), None);
        loop {
            self.pace("ListSMSSandboxPhoneNumbers").await;
            let page = self
                .clients
                .sns
                .list_sms_sandbox_phone_numbers()
                .max_results(100)
                .set_next_token(token)
                .send()
                .await;
            let page = page.or_error(
                "sns:ListSMSSandboxPhoneNumbers",
                "listing the phone numbers of the SMS sandbox",
            )?;
            numbers.extend(page.phone_numbers().iter().filter_map(|listed| {
                Some((
                    listed.phone_number()?.parse().ok()?,
                    listed.status() == Some(&Status::Verified),
                ))
            }));
            token = page.next_token;
            if token.is_none() {
                return Ok(numbers);
            }
        }
    }

    /// Returns the account's settings for text messages.
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn attributes(&self) -> Result<BTreeMap<String, String>, AwsError> {
        let get = self.clients.sns.get_sms_attributes();
        let answer = get
            .send()
            .await
            .or_error("sns:GetSMSAttributes", "reading the account's SMS settings")?;
        Ok(answer.attributes.unwrap_or_default().into_iter().collect())
    }

    async fn is_opted_out(&self, phone: &PhoneNumber) -> Result<bool, AwsError> {
        let check = self
            .clients
            .sns
            .check_if_phone_number_is_opted_out()
            .phone_number(phone.as_str());
        let answer = check.send().await.or_error(
            "sns:CheckIfPhoneNumberIsOptedOut",
            format!("checking whether {} is opted out", phone.masked()),
        );
        Ok(answer.map_err(|error| error.hiding(phone))?.is_opted_out())
    }

    /// Returns the countries of the active numbers that the account can send from.
    async fn origination(&self) -> Result<Vec<String>, AwsError> {
        let (mut countries, mut token) = (Vec::new(), None);
        loop {
            self.pace("ListOriginationNumbers").await;
            let page = self
                .clients
                .sns
                .list_origination_numbers()
                .max_results(30)
                .set_next_token(token)
                .send()
                .await;
            let page = page.or_error(
                "sns:ListOriginationNumbers",
                "listing the origination numbers",
            )?;
            let active = page
                .phone_numbers()
                .iter()
                .filter(|number| number.status() == Some("ACTIVE"));
            countries
                .extend(active.filter_map(|number| number.iso2_country_code().map(str::to_owned)));
            token = page.next_token;
            if token.is_none() {
                return Ok(countries);
            }
        }
    }

    /// Lets the account text a phone again whose owner had opted out.
    ///
    /// # Errors
    /// The number was opted in less than 30 days ago, or another refusal.
    pub async fn opt_in(&self, phone: &PhoneNumber) -> Result<(), AwsError> {
        let sent = self
            .clients
            .sns
            .opt_in_phone_number()
            .phone_number(phone.as_str())
            .send()
            .await;
        let sent = sent.or_error(
            "sns:OptInPhoneNumber",
            format!("opting {} in", phone.masked()),
        );
        sent.map_err(|error| error.hiding(phone))?;
        Ok(())
    }

    /// Makes Transactional the default type of text messages.
    ///
    /// # Errors
    /// SNS refuses.
    pub async fn make_transactional(&self) -> Result<(), AwsError> {
        self.pace("SetSMSAttributes").await;
        let set = self
            .clients
            .sns
            .set_sms_attributes()
            .attributes("DefaultSMSType", "Transactional")
            .send()
            .await;
        set.or_error(
            "sns:SetSMSAttributes",
            "making Transactional the account's default SMS type",
        )?;
        Ok(())
    }

    /// Sets what SNS logs about the text messages that it sends.
    ///
    /// # Errors
    /// SNS refuses, most often the role.
    pub async fn log_status(&self, logging: &DeliveryStatusLogging) -> Result<(), AwsError> {
        self.pace("SetSMSAttributes").await;
        let attributes = logging
            .attributes()
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        let set = self
            .clients
            .sns
            .set_sms_attributes()
            .set_attributes(Some(attributes.into()))
            .send()
            .await;
        set.or_error(
            "sns:SetSMSAttributes",
            "setting the delivery status logging of text messages",
        )?;
        Ok(())
    }

    /// Puts a number into the sandbox, or sends one that is there another one-time password.
    ///
    /// # Errors
    /// A password was sent less than 15 minutes ago, the sandbox is full, or another refusal.
    pub async fn send_password(&self, phone: &PhoneNumber, language: &str) -> Result<(), AwsError> {
        self.pace("CreateSMSSandboxPhoneNumber").await;
        let create = self
            .clients
            .sns
            .create_sms_sandbox_phone_number()
            .phone_number(phone.as_str());
        let sent = create
            .language_code(LanguageCodeString::from(language))
            .send()
            .await;
        let sent = sent.or_error(
            "sns:CreateSMSSandboxPhoneNumber",
            format!("sending a one-time password to {}", phone.masked()),
        );
        sent.map_err(|error| error.hiding(phone))?;
        Ok(())
    }

    /// Verifies a number with the one-time password that it was sent; returns `false` where that is wrong or too old.
    ///
    /// # Errors
    /// Any other refusal.
    pub async fn verify(&self, phone: &PhoneNumber, password: &str) -> Result<bool, AwsError> {
        self.pace("VerifySMSSandboxPhoneNumber").await;
        let verify = self
            .clients
            .sns
            .verify_sms_sandbox_phone_number()
            .phone_number(phone.as_str());
        let verified = verify.one_time_password(password).send().await;
        let verified = verified.or_error(
            "sns:VerifySMSSandboxPhoneNumber",
            format!("verifying {}", phone.masked()),
        );
        match verified {
            Ok(_) => Ok(true),
            // A wrong password, or one that has expired (SNS API reference, `VerifySMSSandboxPhoneNumber`).
            Err(failure) if failure.code() == Some("VerificationException") => Ok(false),
            Err(failure) => Err(failure.hiding(phone)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::mocks::clients;

    #[tokio::test(start_paused = true)]
    async fn calls_keep_a_second_apart_each_action_by_itself() {
        let clients = clients([]);
        let calls = SmsCalls::new(&clients);
        let start = Instant::now();
        calls.pace("One").await;
        calls.pace("Other").await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        calls.pace("One").await;
        calls.pace("One").await;
        assert!(
            start.elapsed() >= 2 * Duration::from_secs(1),
            "{:?}",
            start.elapsed()
        );
    }
}
