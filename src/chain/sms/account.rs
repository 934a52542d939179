//! The SMS settings of an account in one region, and what in them prevents text messages from reaching a phone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::regions::has_sms;
use crate::chain::command_place::CommandPlace;
use crate::destination::sms::PhoneNumber;

/// The most phone numbers in the SMS sandbox of an account, verified or not (SNS developer guide, "SMS sandbox").
const SANDBOX_NUMBERS: usize = 10;
/// The monthly spend limit of a new account, in US dollars (SNS developer guide, "Requesting increases").
const DEFAULT_SPEND_LIMIT: f64 = 1.0;
/// The fraction of the spend limit from which on it counts as almost used up.
const ALMOST_USED_UP: f64 = 0.8;

/// The SMS settings of one account in one region. A setting that was not read is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SmsAccount {
    /// The region.
    pub region: String,
    /// Whether the account is in the SMS sandbox of this region.
    pub in_sandbox: Option<bool>,
    /// The phone numbers in the sandbox, and whether each is verified.
    #[serde(skip)]
    pub sandbox: BTreeMap<PhoneNumber, bool>,
    /// The attributes that `GetSMSAttributes` returns; an attribute that is not set is missing.
    pub attributes: Option<BTreeMap<String, String>>,
    /// The phones among those in question that are opted out.
    pub opted_out: BTreeSet<PhoneNumber>,
    /// The countries of the active origination numbers, as ISO codes such as `US`.
    pub origination: Option<BTreeSet<String>>,
    /// The SMS spend since the start of the month, in US dollars; `None` also if CloudWatch has no data.
    pub spent: Option<f64>,
    /// The settings that could not be read.
    #[serde(skip)]
    pub unchecked: Vec<UnreadSetting>,
}

/// A setting that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadSetting {
    /// The setting.
    pub what: &'static str,
    /// Why it could not be read.
    pub why: String,
}

/// Something that prevents text messages from reaching a phone, or may do so.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "finding", rename_all = "kebab-case")]
pub enum SmsFinding {
    /// The region is not known to support SMS.
    RegionWithoutSms {
        /// The region.
        region: String,
    },
    /// The owner of the phone does not want text messages from this account.
    OptedOut {
        /// The phone.
        phone: PhoneNumber,
    },
    /// The account has no origination identity for the United States.
    NoOriginationIdentity,
    /// The spend limit is used up: SNS sends no more text messages this month, or none at all with a limit of 0.
    SpendLimitReached {
        /// US dollars a month.
        limit: f64,
        /// The US dollars spent this month.
        spent: f64,
    },
    /// The spend limit is almost used up.
    SpendLimitNear {
        /// US dollars a month.
        limit: f64,
        /// The US dollars spent this month.
        spent: f64,
    },
    /// The spend limit is that of a new account.
    SpendLimitLow {
        /// US dollars a month.
        limit: f64,
    },
    /// The default type of text messages is Promotional.
    Promotional,
    /// The account is in the SMS sandbox, and the phone is not verified.
    Unverified {
        /// The phone.
        phone: PhoneNumber,
        /// Whether SNS has sent a one-time password.
        pending: bool,
    },
    /// The SMS sandbox cannot hold all the numbers.
    SandboxFull {
        /// How many numbers are too many.
        over: usize,
    },
}

impl SmsAccount {
    /// Returns whether text messages without an SMS type are sent as Promotional, as in a new account.
    pub fn is_promotional(&self) -> bool {
        self.attributes.as_ref().is_some_and(|set| {
            set.get("DefaultSMSType").map(String::as_str) != Some("Transactional")
        })
    }

    /// Returns what prevents text messages from reaching these phones. With `readable`, a relay sends them, each as Transactional.
    pub fn findings(&self, phones: &[PhoneNumber], readable: bool) -> Vec<SmsFinding> {
        let mut findings = Vec::new();
        if !has_sms(&self.region) {
            findings.push(SmsFinding::RegionWithoutSms {
                region: self.region.clone(),
            });
        }
        let opted_out = phones.iter().filter(|phone| self.opted_out.contains(phone));
        findings.extend(opted_out.map(|phone| SmsFinding::OptedOut {
            phone: phone.clone(),
        }));
        let has_us_number = phones.iter().any(PhoneNumber::is_us);
        if has_us_number
            && self
                .origination
                .as_ref()
                .is_some_and(|countries| !countries.contains("US"))
        {
            findings.push(SmsFinding::NoOriginationIdentity);
        }
        findings.extend(self.spend_finding());
        if self.is_promotional() && !readable {
            findings.push(SmsFinding::Promotional);
        }
        if self.in_sandbox == Some(true) {
            let unverified = phones
                .iter()
                .filter(|phone| self.sandbox.get(*phone) != Some(&true));
            let unverified: Vec<_> = unverified
                .map(|phone| SmsFinding::Unverified {
                    phone: phone.clone(),
                    pending: self.sandbox.contains_key(phone),
                })
                .collect();
            let new = unverified
                .iter()
                .filter(|finding| matches!(finding, SmsFinding::Unverified { pending: false, .. }))
                .count();
            let over = (self.sandbox.len() + new).saturating_sub(SANDBOX_NUMBERS);
            if new > 0 && over > 0 {
                findings.push(SmsFinding::SandboxFull { over });
            }
            findings.extend(unverified);
        }
        findings
    }

    fn spend_finding(&self) -> Option<SmsFinding> {
        let set = self.attributes.as_ref()?.get("MonthlySpendLimit");
        let limit = set
            .and_then(|limit| limit.parse().ok())
            .unwrap_or(DEFAULT_SPEND_LIMIT);
        let spent = self.spent.unwrap_or_default();
        if spent >= limit {
            Some(SmsFinding::SpendLimitReached { limit, spent })
        } else if spent >= limit * ALMOST_USED_UP {
            Some(SmsFinding::SpendLimitNear { limit, spent })
        } else {
            (limit <= DEFAULT_SPEND_LIMIT).then_some(SmsFinding::SpendLimitLow { limit })
        }
    }
}

impl fmt::Display for UnreadSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

impl SmsFinding {
    /// Returns what a person can do about it; `region` is the region that sends, and `place` stands behind its commands.
    pub fn remedy(&self, region: &str, place: &CommandPlace) -> String {
        let place = place.in_region(region);
        match self {
            SmsFinding::RegionWithoutSms { .. } => {
                "use --readable --sms-region us-east-1: a relay can send from another region".to_owned()
            }
            SmsFinding::OptedOut { .. } => {
                "with the owner's consent, add --opt-in; a number can be opted in once every 30 days".to_owned()
            }
            SmsFinding::NoOriginationIdentity => {
                format!(
                    "request a toll-free or 10DLC number in the console of AWS End User Messaging: Phone numbers, Request originator, \
                     region {region}"
                )
            }
            // AWS refuses a limit above the quota of the account.
            SmsFinding::SpendLimitReached { limit, .. } | SmsFinding::SpendLimitNear { limit, .. } if *limit > DEFAULT_SPEND_LIMIT => {
                let twice = (limit * 2.0).ceil();
                place.aws(&format!("sns set-sms-attributes --attributes MonthlySpendLimit={twice}"))
            }
            SmsFinding::SpendLimitReached { .. } | SmsFinding::SpendLimitNear { .. } | SmsFinding::SpendLimitLow { .. } => {
                format!(
                    "request an increase in the console of Service Quotas: AWS End User Messaging SMS, region {region}"
                )
            }
            SmsFinding::Promotional => "add --transactional to make Transactional the default of the account, or use --readable".to_owned(),
            SmsFinding::Unverified { .. } => {
                "the sandbox sends only to verified numbers, at most 10, and keeps each for at least 24 hours; to leave it, open a \
                 case with AWS Support"
                    .to_owned()
            }
            SmsFinding::SandboxFull { .. } => {
                let delete = place.aws("sns delete-sms-sandbox-phone-number --phone-number +NUMBER");
                format!(
                    "remove a number with {delete} (24 hours after its last verification attempt), or open a case with AWS Support \
                     to leave the sandbox"
                )
            }
        }
    }
}

impl fmt::Display for SmsFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SmsFinding::RegionWithoutSms { region } => write!(f, "the region {region} is not known to support SMS"),
            SmsFinding::OptedOut { phone } => write!(f, "{} is opted out: its owner does not want text messages", phone.masked()),
            SmsFinding::NoOriginationIdentity => {
                f.write_str("the account has no origination identity for the United States, where carriers block messages without one")
            }
            SmsFinding::SpendLimitReached { limit, .. } if *limit <= 0.0 => {
                f.write_str("the SMS spend limit is $0 a month: SNS sends no text messages")
            }
            SmsFinding::SpendLimitReached { limit, spent } => {
                write!(f, "the SMS spend limit of ${limit:.2} a month is used up (${spent:.2} spent): SNS sends no text messages until the end of the month")
            }
            SmsFinding::SpendLimitNear { limit, spent } => {
                write!(
                    f,
                    "${spent:.2} of the SMS spend limit of ${limit:.2} a month is spent; once it is used up, SNS stops sending without an error"
                )
            }
            SmsFinding::SpendLimitLow { limit } => {
                write!(f, "the SMS spend limit is ${limit:.2} a month; once it is used up, SNS stops sending without an error")
            }
            SmsFinding::Promotional => {
                f.write_str("text messages are Promotional by default: slower, and blocked by some carriers, some at night")
            }
            SmsFinding::Unverified { phone, pending: false } => {
                write!(f, "{} is not verified, and the account is in the SMS sandbox", phone.masked())
            }
            SmsFinding::Unverified { phone, pending: true } => {
                write!(f, "{} is not verified yet (a one-time password was sent), and the account is in the SMS sandbox", phone.masked())
            }
            SmsFinding::SandboxFull { over } => {
                write!(f, "the SMS sandbox holds at most {SANDBOX_NUMBERS} numbers; {over} too many")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone(text: &str) -> PhoneNumber {
        text.parse().expect("a number")
    }

    fn healthy() -> SmsAccount {
        let set = [
            ("MonthlySpendLimit", "50"),
            ("DefaultSMSType", "Transactional"),
        ];
        SmsAccount {
            region: "us-east-1".into(),
            in_sandbox: Some(false),
            attributes: Some(
                set.into_iter()
                    .map(|(key, value)| (key.to_owned(), value.to_owned()))
                    .collect(),
            ),
            origination: Some(["US".to_owned()].into()),
            ..SmsAccount::default()
        }
    }

    #[test]
    fn settings_without_problems_and_unread_settings_have_no_findings() {
        let phones = [phone("+12065550100"), phone("+4915112345678")];
        assert_eq!(healthy().findings(&phones, false), []);
        let unknown = SmsAccount {
            region: "us-east-1".into(),
            ..SmsAccount::default()
        };
        assert_eq!(unknown.findings(&phones, false), []);
    }

    #[test]
    fn a_new_account_has_every_finding() {
        let phones = [phone("+12065550100"), phone("+4915112345678")];
        let new = SmsAccount {
            region: "ap-east-1".into(),
            in_sandbox: Some(true),
            sandbox: [(phone("+4915112345678"), false)].into(),
            attributes: Some(BTreeMap::new()),
            opted_out: [phone("+12065550100")].into(),
            origination: Some(BTreeSet::new()),
            spent: None,
            unchecked: Vec::new(),
        };
        let said: Vec<String> = new
            .findings(&phones, false)
            .iter()
            .map(ToString::to_string)
            .collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        the region ap-east-1 is not known to support SMS
        +1206***0100 is opted out: its owner does not want text messages
        the account has no origination identity for the United States, where carriers block messages without one
        the SMS spend limit is $1.00 a month; once it is used up, SNS stops sending without an error
        text messages are Promotional by default: slower, and blocked by some carriers, some at night
        +1206***0100 is not verified, and the account is in the SMS sandbox
        +4915***5678 is not verified yet (a one-time password was sent), and the account is in the SMS sandbox
        ");
        assert!(
            !new.findings(&phones, true)
                .contains(&SmsFinding::Promotional)
        );
        assert!(
            !new.findings(&phones[1..], true)
                .contains(&SmsFinding::NoOriginationIdentity)
        );
    }

    #[test]
    fn the_spend_is_compared_with_the_limit() {
        let account = |limit: &str, spent: Option<f64>| {
            let mut account = SmsAccount { spent, ..healthy() };
            account
                .attributes
                .get_or_insert_default()
                .insert("MonthlySpendLimit".to_owned(), limit.to_owned());
            account.findings(&[], true)
        };
        for (limit, spent, expected) in [
            ("50", None, None),
            ("50", Some(39.9), None),
            (
                "50",
                Some(40.0),
                Some(SmsFinding::SpendLimitNear {
                    limit: 50.0,
                    spent: 40.0,
                }),
            ),
            (
                "50",
                Some(50.0),
                Some(SmsFinding::SpendLimitReached {
                    limit: 50.0,
                    spent: 50.0,
                }),
            ),
            (
                "1",
                Some(0.5),
                Some(SmsFinding::SpendLimitLow { limit: 1.0 }),
            ),
            (
                "1",
                Some(1.02),
                Some(SmsFinding::SpendLimitReached {
                    limit: 1.0,
                    spent: 1.02,
                }),
            ),
            (
                "0",
                None,
                Some(SmsFinding::SpendLimitReached {
                    limit: 0.0,
                    spent: 0.0,
                }),
            ),
        ] {
            assert_eq!(
                account(limit, spent),
                expected.into_iter().collect::<Vec<_>>(),
                "{limit} {spent:?}"
            );
        }
    }

    #[test]
    fn canada_and_the_islands_are_not_the_united_states() {
        for (number, american) in [
            ("+12065550100", true),
            ("+14165550100", false),
            ("+18765550100", false),
            ("+17875550100", true),
        ] {
            assert_eq!(phone(number).is_us(), american, "{number}");
        }
    }

    #[test]
    fn the_sandbox_holds_ten_numbers() {
        let verified: BTreeMap<_, _> = (0..9)
            .map(|n| (phone(&format!("+491511234567{n}")), true))
            .collect();
        let account = SmsAccount {
            in_sandbox: Some(true),
            sandbox: verified,
            ..healthy()
        };
        let full = |phones: &[PhoneNumber]| {
            account
                .findings(phones, true)
                .into_iter()
                .find(|finding| matches!(finding, SmsFinding::SandboxFull { .. }))
        };
        let (one, two) = (phone("+4915112345681"), phone("+4915112345682"));
        assert_eq!(full(&[phone("+4915112345670"), one.clone()]), None);
        assert_eq!(full(&[one, two]), Some(SmsFinding::SandboxFull { over: 1 }));
    }
}
