//! What SNS knows about text messages: sandbox, opt-outs, settings, numbers to send from. Phone numbers never enter a failure.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::time::Duration;

use aws_sdk_sns::types::{LanguageCodeString, SmsSandboxPhoneNumberVerificationStatus as Status};
use tokio::time::{Instant, sleep_until};

use super::{AwsError, AwsErrorKind, Clients, metrics};
use crate::chain::sms::SmsAccount;
use crate::chain::sms::account::UnreadSetting;
use crate::chain::sms::status::StatusLogging;
use crate::destination::sms::PhoneNumber;
use crate::sync::lock;

/// The time between two calls of an action that SNS takes once a second (AWS general reference, "Amazon SNS API throttling"), with
/// a little for the way.
const PACE: Duration = Duration::from_millis(1100);

/// What an account says of text messages, call by call; those that are limited to one a second keep to it.
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

    /// Asks for everything that matters to these phones. What cannot be had is named among `unchecked`, and is no failure: an
    /// account may be allowed to subscribe and not to look.
    pub async fn look(&self, region: &str, phones: &[PhoneNumber]) -> SmsAccount {
        let mut account = SmsAccount {
            region: region.to_owned(),
            ..SmsAccount::default()
        };
        let mut unchecked = Vec::new();
        let mut note = |what: &'static str, failure: AwsError| {
            unchecked.push(UnreadSetting {
                what,
                why: failure.why(),
            })
        };
        match self.in_sandbox().await {
            Ok(in_sandbox) => account.in_sandbox = Some(in_sandbox),
            Err(failure) => note("whether the account is in the SMS sandbox", failure),
        }
        if account.in_sandbox == Some(true) {
            match self.sandbox().await {
                Ok(sandbox) => account.sandbox = sandbox,
                Err(failure) => note("which numbers are verified", failure),
            }
        }
        match self.attributes().await {
            Ok(attributes) => account.attributes = Some(attributes),
            Err(failure) => note("spend limit and SMS type", failure),
        }
        match metrics::spent_on_texts(self.clients).await {
            Ok(spent) => account.spent = spent,
            Err(failure) => note("what texts have cost this month", failure),
        }
        for phone in phones {
            match self.is_opted_out(phone).await {
                Ok(true) => _ = account.opted_out.insert(phone.clone()),
                Ok(false) => {}
                Err(failure) => {
                    let is_denied = matches!(failure.kind, AwsErrorKind::AccessDenied { .. });
                    note("opt-outs", failure);
                    // What one phone is refused for need not be true of the next.
                    if is_denied {
                        break;
                    }
                }
            }
        }
        if phones.iter().any(PhoneNumber::is_us) {
            match self.origination().await {
                Ok(countries) => account.origination = Some(countries.into_iter().collect()),
                Err(failure) => note("numbers to send from to the United States", failure),
            }
        }
        account.unchecked = unchecked;
        account
    }

    async fn in_sandbox(&self) -> Result<bool, AwsError> {
        let asked = self
            .clients
            .sns
            .get_sms_sandbox_account_status()
            .send()
            .await;
        let answer = asked.map_err(|error| {
            AwsError::of(
                "sns:GetSMSSandboxAccountStatus",
                "asking whether the account is in the SMS sandbox",
                error,
            )
        })?;
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
            let page = page.map_err(|error| {
                AwsError::of(
                    "sns:ListSMSSandboxPhoneNumbers",
                    "listing the numbers of the SMS sandbox",
                    error,
                )
            })?;
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
    /// They cannot be had.
    pub async fn attributes(&self) -> Result<BTreeMap<String, String>, AwsError> {
        let asked = self.clients.sns.get_sms_attributes().send().await;
        let answer = asked.map_err(|error| {
            AwsError::of(
                "sns:GetSMSAttributes",
                "reading the account's SMS settings",
                error,
            )
        })?;
        Ok(answer.attributes.unwrap_or_default().into_iter().collect())
    }

    async fn is_opted_out(&self, phone: &PhoneNumber) -> Result<bool, AwsError> {
        let asked = self
            .clients
            .sns
            .check_if_phone_number_is_opted_out()
            .phone_number(phone.as_str())
            .send()
            .await;
        let doing = format!("asking whether {} is opted out", phone.masked());
        let failed =
            |error| AwsError::of("sns:CheckIfPhoneNumberIsOptedOut", doing, error).hiding(phone);
        Ok(asked.map_err(failed)?.is_opted_out())
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
            let page = page.map_err(|error| {
                AwsError::of(
                    "sns:ListOriginationNumbers",
                    "listing the numbers to send from",
                    error,
                )
            })?;
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
        let doing = format!("opting {} in", phone.masked());
        sent.map_err(|error| AwsError::of("sns:OptInPhoneNumber", doing, error).hiding(phone))?;
        Ok(())
    }

    /// Makes Transactional the kind of the texts of which nothing else is said.
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
        set.map_err(|error| {
            AwsError::of(
                "sns:SetSMSAttributes",
                "making Transactional the account's SMS type",
                error,
            )
        })?;
        Ok(())
    }

    /// Tells SNS what to log of the texts that are sent.
    ///
    /// # Errors
    /// SNS refuses: the role above all.
    pub async fn log_status(&self, logging: &StatusLogging) -> Result<(), AwsError> {
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
        set.map_err(|error| {
            AwsError::of(
                "sns:SetSMSAttributes",
                "setting the logging of what carriers answer",
                error,
            )
        })?;
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
        let doing = format!("sending a one-time password to {}", phone.masked());
        sent.map_err(|error| {
            AwsError::of("sns:CreateSMSSandboxPhoneNumber", doing, error).hiding(phone)
        })?;
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
        match verify.one_time_password(password).send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_verification_exception()) =>
            {
                Ok(false)
            }
            Err(error) => {
                let doing = format!("verifying {}", phone.masked());
                Err(AwsError::of("sns:VerifySMSSandboxPhoneNumber", doing, error).hiding(phone))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ClientOptions;

    #[tokio::test(start_paused = true)]
    async fn calls_keep_a_second_apart_each_action_by_itself() {
        let clients = Clients::connect(&ClientOptions {
            region: Some("us-east-1"),
            ..ClientOptions::default()
        })
        .await
        .expect("clients");
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
