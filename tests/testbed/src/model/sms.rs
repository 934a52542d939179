//! What SNS knows about text messages in one account and region: settings, sandbox, opt-outs, numbers to send from.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Answer, AwsError, Call, Result, page};
use crate::wire::{self, escaped};

/// "max 10 (not adjustable)".
const SANDBOX_NUMBERS: usize = 10;

/// A number can be deleted this long after it was verified or last tried.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// Between two one-time passwords for the same number.
const RESEND: Duration = Duration::from_secs(15 * 60);

/// Text messages in one account and region.
#[derive(Debug)]
pub struct Sms {
    /// Whether SNS sends text messages from this region at all.
    pub supported: bool,
    /// Whether the account may only send to verified numbers.
    pub in_sandbox: bool,
    /// What was set by `SetSMSAttributes`; absent is unset.
    pub attributes: BTreeMap<String, String>,
    /// The most that `MonthlySpendLimit` may be set to, in US dollars; 1 for a new account.
    pub spend_ceiling: f64,
    /// The numbers that do not want any more.
    pub opted_out: BTreeSet<String>,
    /// The numbers to send from.
    pub origination_numbers: Vec<OriginationNumber>,
    /// How many numbers a page has where the caller does not say.
    pub page_size: usize,
    sandbox: BTreeMap<String, SandboxNumber>,
    opted_in: BTreeSet<String>,
    clock: Duration,
}

/// A number to send from.
#[derive(Clone, Debug)]
pub struct OriginationNumber {
    /// In E.164.
    pub number: String,
    /// The country, as `US`.
    pub country: String,
    /// `ACTIVE` or `PENDING`.
    pub status: String,
}

#[derive(Clone, Debug)]
struct SandboxNumber {
    one_time_password: String,
    verified: bool,
    tried: Duration,
}

impl Default for Sms {
    /// A region with text messages, and an account that has left the sandbox.
    fn default() -> Self {
        Self {
            supported: true,
            in_sandbox: false,
            attributes: BTreeMap::new(),
            spend_ceiling: 1.0,
            opted_out: BTreeSet::new(),
            origination_numbers: Vec::new(),
            page_size: 2,
            sandbox: BTreeMap::new(),
            opted_in: BTreeSet::new(),
            clock: Duration::ZERO,
        }
    }
}

impl Sms {
    /// Lets time pass, for the limits that wait for it.
    pub fn pass(&mut self, time: Duration) {
        self.clock += time;
    }

    /// Returns the one-time password that a number was sent.
    pub fn one_time_password(&self, number: &str) -> Option<&str> {
        self.sandbox
            .get(number)
            .map(|number| number.one_time_password.as_str())
    }

    /// Says whether a number is verified.
    pub fn is_verified(&self, number: &str) -> bool {
        self.sandbox
            .get(number)
            .is_some_and(|number| number.verified)
    }

    /// Puts a verified number into the sandbox.
    pub fn add_verified(&mut self, number: &str) {
        let verified = SandboxNumber {
            one_time_password: "12345".to_owned(),
            verified: true,
            tried: self.clock,
        };
        self.sandbox.insert(number.to_owned(), verified);
    }

    /// Answers the actions of SNS that the emulator does not have.
    pub(crate) fn answer(&mut self, call: &Call) -> Option<Answer> {
        type Action = fn(&mut Sms, &Call) -> Result<String>;
        let action: Action = match call.action.as_str() {
            "GetSMSAttributes" => Self::get_attributes,
            "SetSMSAttributes" => Self::set_attributes,
            "GetSMSSandboxAccountStatus" => {
                |sms, _| Ok(format!("<IsInSandbox>{}</IsInSandbox>", sms.in_sandbox))
            }
            "CreateSMSSandboxPhoneNumber" => Self::create_number,
            "VerifySMSSandboxPhoneNumber" => Self::verify_number,
            "DeleteSMSSandboxPhoneNumber" => Self::delete_number,
            "ListSMSSandboxPhoneNumbers" => Self::list_numbers,
            "CheckIfPhoneNumberIsOptedOut" => Self::check_opted_out,
            "OptInPhoneNumber" => Self::opt_in,
            "ListPhoneNumbersOptedOut" => Self::list_opted_out,
            "ListOriginationNumbers" => Self::list_origination_numbers,
            _ => return None,
        };
        let result = if self.supported {
            action(self, call)
        } else {
            Err(unsupported(call))
        };
        Some(result.map_or_else(
            |error| error.answer("sns"),
            |inside| wire::query("sns", &call.action, &inside),
        ))
    }

    fn get_attributes(&mut self, call: &Call) -> Result<String> {
        let asked = call.form_list("attributes");
        let entry = |(key, value): (&String, &String)| {
            format!(
                "<entry><key>{key}</key><value>{}</value></entry>",
                escaped(value)
            )
        };
        let entries: String = self
            .attributes
            .iter()
            .filter(|(key, _)| asked.is_empty() || asked.contains(key))
            .map(entry)
            .collect();
        Ok(format!("<attributes>{entries}</attributes>"))
    }

    fn set_attributes(&mut self, call: &Call) -> Result<String> {
        let attributes = call.form_map("attributes");
        for (key, value) in &attributes {
            let valid = match key.as_str() {
                // Resets it.
                _ if value.is_empty() => true,
                "MonthlySpendLimit" => value
                    .parse()
                    .is_ok_and(|limit: f64| (0.0..=self.spend_ceiling).contains(&limit)),
                "DefaultSMSType" => value == "Promotional" || value == "Transactional",
                "DeliveryStatusSuccessSamplingRate" => {
                    value.parse().is_ok_and(|rate: u8| rate <= 100)
                }
                "DefaultSenderID" => is_sender_id(value),
                "DeliveryStatusIAMRole" | "UsageReportS3Bucket" => true,
                _ => false,
            };
            if !valid {
                return Err(invalid(&format!(
                    "Attributes Reason: {value} is not a valid value for {key}"
                )));
            }
        }
        self.attributes.extend(attributes);
        self.attributes.retain(|_, value| !value.is_empty());
        Ok(String::new())
    }

    fn create_number(&mut self, call: &Call) -> Result<String> {
        let number = phone_number(call, "PhoneNumber")?;
        if self.opted_out.contains(&number) {
            return Err(AwsError::new(
                400,
                "OptedOut",
                format!("Phone number {number} is opted out."),
            ));
        }
        match self.sandbox.get(&number) {
            Some(known) if known.verified => {
                return Err(user_error("The phone number is already verified."));
            }
            Some(known) if self.clock < known.tried + RESEND => {
                return Err(user_error(
                    "A verification code was sent less than 15 minutes ago.",
                ));
            }
            None if self.sandbox.len() == SANDBOX_NUMBERS => {
                return Err(user_error(
                    "The limit of 10 destination phone numbers is reached.",
                ));
            }
            _ => {}
        }
        // Different for each number and each time, and never five equal digits.
        let password = format!(
            "{:06}",
            123_456 + 7 * self.sandbox.len() as u64 + self.clock.as_secs() % 1000
        );
        self.sandbox.insert(
            number,
            SandboxNumber {
                one_time_password: password,
                verified: false,
                tried: self.clock,
            },
        );
        Ok(String::new())
    }

    fn verify_number(&mut self, call: &Call) -> Result<String> {
        let number = phone_number(call, "PhoneNumber")?;
        let password = call.form("OneTimePassword").unwrap_or_default();
        if !(5..=8).contains(&password.len()) || !password.bytes().all(|b| b.is_ascii_digit()) {
            return Err(invalid("OneTimePassword Reason: it has 5 to 8 digits"));
        }
        let clock = self.clock;
        let known = self
            .sandbox
            .get_mut(&number)
            .ok_or_else(|| unknown(&number))?;
        known.tried = clock;
        if known.one_time_password != password {
            return Err(AwsError::new(
                400,
                "VerificationException",
                "The one-time password is invalid or has expired.",
            ));
        }
        known.verified = true;
        Ok(String::new())
    }

    fn delete_number(&mut self, call: &Call) -> Result<String> {
        let number = phone_number(call, "PhoneNumber")?;
        let known = self.sandbox.get(&number).ok_or_else(|| unknown(&number))?;
        if self.clock < known.tried + KEPT {
            return Err(user_error(
                "A phone number can be deleted 24 hours after its last verification attempt.",
            ));
        }
        self.sandbox.remove(&number);
        Ok(String::new())
    }

    fn list_numbers(&mut self, call: &Call) -> Result<String> {
        let member = |(number, known): (&String, &SandboxNumber)| {
            let status = if known.verified {
                "Verified"
            } else {
                "Pending"
            };
            format!("<PhoneNumber>{number}</PhoneNumber><Status>{status}</Status>")
        };
        let all: Vec<String> = self.sandbox.iter().map(member).collect();
        Ok(self.listed(call, ("PhoneNumbers", "NextToken"), &all))
    }

    fn check_opted_out(&mut self, call: &Call) -> Result<String> {
        let number = phone_number(call, "phoneNumber")?;
        Ok(format!(
            "<isOptedOut>{}</isOptedOut>",
            self.opted_out.contains(&number)
        ))
    }

    /// "You can opt in a phone number only once every 30 days."
    fn opt_in(&mut self, call: &Call) -> Result<String> {
        let number = phone_number(call, "phoneNumber")?;
        if self.opted_out.remove(&number) && !self.opted_in.insert(number.clone()) {
            self.opted_out.insert(number);
            return Err(invalid(
                "PhoneNumber Reason: the number was opted in less than 30 days ago",
            ));
        }
        Ok(String::new())
    }

    fn list_opted_out(&mut self, call: &Call) -> Result<String> {
        let all: Vec<String> = self.opted_out.iter().cloned().collect();
        Ok(self.listed(call, ("phoneNumbers", "nextToken"), &all))
    }

    fn list_origination_numbers(&mut self, call: &Call) -> Result<String> {
        let member = |from: &OriginationNumber| {
            format!(
                "<CreatedAt>2026-11-01T00:00:00Z</CreatedAt><PhoneNumber>{}</PhoneNumber><Status>{}</Status>\
                 <Iso2CountryCode>{}</Iso2CountryCode><RouteType>Transactional</RouteType>\
                 <NumberCapabilities><member>SMS</member></NumberCapabilities>",
                from.number, from.status, from.country
            )
        };
        let all: Vec<String> = self.origination_numbers.iter().map(member).collect();
        Ok(self.listed(call, ("PhoneNumbers", "NextToken"), &all))
    }

    fn listed(&self, call: &Call, (list, token): (&str, &str), members: &[String]) -> String {
        let size = call
            .form("MaxResults")
            .and_then(|size| size.parse().ok())
            .unwrap_or(self.page_size);
        let (members, next) = page(members, call.form(token).as_deref(), size);
        let members: String = members
            .iter()
            .map(|member| format!("<member>{member}</member>"))
            .collect();
        let next = next
            .map(|next| format!("<{token}>{next}</{token}>"))
            .unwrap_or_default();
        format!("<{list}>{members}</{list}>{next}")
    }
}

/// Returns a number that has the shape of the API model: `+` and eight digits or more, or up to nine digits.
fn phone_number(call: &Call, parameter: &str) -> Result<String> {
    let number = call.form(parameter).unwrap_or_default();
    let (digits, fits): (&str, fn(usize) -> bool) = match number.strip_prefix('+') {
        Some(digits) => (digits, |n| (8..20).contains(&n)),
        None => (&number, |n| (1..=9).contains(&n)),
    };
    if fits(digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(number);
    }
    Err(invalid(&format!(
        "PhoneNumber Reason: {number} is not a valid phone number"
    )))
}

/// 1 to 11 letters and digits, at least one of them a letter.
fn is_sender_id(id: &str) -> bool {
    (1..=11).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric())
        && id.bytes().any(|b| b.is_ascii_alphabetic())
}

fn invalid(reason: &str) -> AwsError {
    AwsError::new(
        400,
        "InvalidParameter",
        format!("Invalid parameter: {reason}"),
    )
}

fn user_error(message: &str) -> AwsError {
    AwsError::new(400, "UserError", message)
}

fn unknown(number: &str) -> AwsError {
    AwsError::new(
        404,
        "ResourceNotFound",
        format!("Phone number {number} does not exist."),
    )
}

/// What SNS says of an action that a region does not have.
fn unsupported(call: &Call) -> AwsError {
    AwsError::new(
        400,
        "InvalidAction",
        format!(
            "Operation ({}) is not supported in this region",
            call.action
        ),
    )
}
