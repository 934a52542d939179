//! What an account's text message settings mean for the phones that are to be texted: what stands in the way, and what mends it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::regions::has_sms;
use crate::destination::sms::PhoneNumber;

/// The numbers that a sandboxed account can hold, verified or not (SNS developer guide, "SMS sandbox").
pub const SANDBOX_NUMBERS: usize = 10;
/// The spend limit in US dollars a month of an account that never asked for more (SNS developer guide, "Requesting increases").
const DEFAULT_SPEND_LIMIT: f64 = 1.0;
/// The part of the spend limit from which it is said to be nearly used up.
const NEARLY: f64 = 0.8;

/// What SNS says of text messages in one account and region. What it was not asked, or did not answer, is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SmsAccount {
    /// The region.
    pub region: String,
    /// Whether the account is in the SMS sandbox of this region.
    pub in_sandbox: Option<bool>,
    /// The numbers in the sandbox, and whether each is verified.
    #[serde(skip)]
    pub sandbox: BTreeMap<PhoneNumber, bool>,
    /// What `GetSMSAttributes` says; what is not set is missing.
    pub attributes: Option<BTreeMap<String, String>>,
    /// Those of the phones in question that do not want any more texts.
    pub opted_out: BTreeSet<PhoneNumber>,
    /// The countries, as `US`, of the active numbers to send from.
    pub origination: Option<BTreeSet<String>>,
    /// What texts have cost since the month began, in US dollars; `None` also where CloudWatch knows of none.
    pub spent: Option<f64>,
    /// What could not be found out, and why.
    #[serde(skip)]
    pub unchecked: Vec<UnreadSetting>,
}

/// Something that an account did not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadSetting {
    /// What it is.
    pub what: &'static str,
    /// What stood in the way.
    pub why: String,
}

/// Something that keeps texts from a phone, or may.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "finding", rename_all = "kebab-case")]
pub enum SmsFinding {
    /// The region is not known to send text messages.
    RegionWithoutSms {
        /// The region.
        region: String,
    },
    /// The phone's owner wants no more texts from this account.
    OptedOut {
        /// The phone.
        phone: PhoneNumber,
    },
    /// Nothing to send to the United States from.
    NoOriginationIdentity,
    /// No text is sent any more this month, or ever.
    SpendLimitReached {
        /// US dollars a month.
        limit: f64,
        /// What was spent of them.
        spent: f64,
    },
    /// Soon no text will be sent any more this month.
    SpendLimitNear {
        /// US dollars a month.
        limit: f64,
        /// What was spent of them.
        spent: f64,
    },
    /// Little may be spent in a month.
    SpendLimitLow {
        /// US dollars a month.
        limit: f64,
    },
    /// Texts are of the kind that is sent when it is cheap.
    Promotional,
    /// The phone must be verified first.
    Unverified {
        /// The phone.
        phone: PhoneNumber,
        /// Whether a one-time password was sent already.
        pending: bool,
    },
    /// The sandbox has no place for so many numbers.
    SandboxFull {
        /// The numbers that have no place.
        over: usize,
    },
}

impl SmsAccount {
    /// Returns whether texts whose sender says nothing of their kind are promotional: the default of an account.
    pub fn is_promotional(&self) -> bool {
        self.attributes.as_ref().is_some_and(|set| {
            set.get("DefaultSMSType").map(String::as_str) != Some("Transactional")
        })
    }

    /// Returns what keeps texts from these phones. A readable relay says of each text that it is transactional.
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
        let american = phones.iter().any(PhoneNumber::is_us);
        if american
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
        } else if spent >= limit * NEARLY {
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
    /// Returns what a person can do about it; `region` is the one that sends.
    pub fn remedy(&self, region: &str) -> String {
        match self {
            SmsFinding::RegionWithoutSms { .. } => {
                "use --readable --sms-region us-east-1: the relay can send from another region".to_owned()
            }
            SmsFinding::OptedOut { .. } => {
                "with the owner's consent add --opt-in; a number can be opted in once in 30 days".to_owned()
            }
            SmsFinding::NoOriginationIdentity => {
                format!(
                    "get a toll-free number or a 10DLC: console of AWS End User Messaging, Phone numbers, Request originator, \
                     region {region}"
                )
            }
            // Above the quota AWS refuses it, and says so.
            SmsFinding::SpendLimitReached { limit, .. } | SmsFinding::SpendLimitNear { limit, .. } if *limit > DEFAULT_SPEND_LIMIT => {
                let twice = (limit * 2.0).ceil();
                format!("aws sns set-sms-attributes --attributes MonthlySpendLimit={twice} --region {region}")
            }
            SmsFinding::SpendLimitReached { .. } | SmsFinding::SpendLimitNear { .. } | SmsFinding::SpendLimitLow { .. } => {
                format!("ask for more in the console of Service Quotas, AWS End User Messaging SMS, region {region}")
            }
            SmsFinding::Promotional => "add --transactional to make it the account's default, or use --readable".to_owned(),
            SmsFinding::Unverified { .. } => {
                "only verified numbers get texts, up to 10, each for at least 24 hours; to leave the sandbox open a case with AWS \
                 Support"
                    .to_owned()
            }
            SmsFinding::SandboxFull { .. } => {
                "take one out: aws sns delete-sms-sandbox-phone-number --phone-number +NUMBER (24 hours after it was tried \
                 last), or open a case with AWS Support to leave the sandbox"
                    .to_owned()
            }
        }
    }
}

impl fmt::Display for SmsFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SmsFinding::RegionWithoutSms { region } => write!(f, "the region {region} is not known to send text messages"),
            SmsFinding::OptedOut { phone } => write!(f, "{} is opted out: its owner asked for no more texts", phone.masked()),
            SmsFinding::NoOriginationIdentity => {
                f.write_str("the account has no number to send from to the United States, where carriers block everything else")
            }
            SmsFinding::SpendLimitReached { limit, .. } if *limit <= 0.0 => {
                f.write_str("the spend limit is $0 a month: no text is sent")
            }
            SmsFinding::SpendLimitReached { limit, spent } => {
                write!(f, "the spend limit of ${limit:.2} a month is used up (${spent:.2}): no text is sent until the month ends")
            }
            SmsFinding::SpendLimitNear { limit, spent } => {
                write!(
                    f,
                    "${spent:.2} of the spend limit of ${limit:.2} a month are used; when it is used up, texts stop without an error"
                )
            }
            SmsFinding::SpendLimitLow { limit } => {
                write!(f, "the spend limit is ${limit:.2} a month; when it is used up, texts stop without an error")
            }
            SmsFinding::Promotional => {
                f.write_str("texts are Promotional by default: slower, and blocked by some carriers and hours")
            }
            SmsFinding::Unverified { phone, pending: false } => {
                write!(f, "{} is not verified, and the account is in the SMS sandbox", phone.masked())
            }
            SmsFinding::Unverified { phone, pending: true } => {
                write!(f, "{} waits for its one-time password: the account is in the SMS sandbox", phone.masked())
            }
            SmsFinding::SandboxFull { over } => {
                write!(f, "the SMS sandbox holds {SANDBOX_NUMBERS} numbers, {over} fewer than it would have to")
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

    fn fine() -> SmsAccount {
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
    fn a_good_account_has_no_findings_and_an_unknown_one_none_that_are_made_up() {
        let phones = [phone("+12065550100"), phone("+4915112345678")];
        assert_eq!(fine().findings(&phones, false), []);
        let unknown = SmsAccount {
            region: "us-east-1".into(),
            ..SmsAccount::default()
        };
        assert_eq!(unknown.findings(&phones, false), []);
    }

    #[test]
    fn a_new_account_is_told_all_that_stands_in_the_way() {
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
        the region ap-east-1 is not known to send text messages
        +1206***0100 is opted out: its owner asked for no more texts
        the account has no number to send from to the United States, where carriers block everything else
        the spend limit is $1.00 a month; when it is used up, texts stop without an error
        texts are Promotional by default: slower, and blocked by some carriers and hours
        +1206***0100 is not verified, and the account is in the SMS sandbox
        +4915***5678 waits for its one-time password: the account is in the SMS sandbox
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
    fn what_is_spent_is_held_against_the_limit() {
        let account = |limit: &str, spent: Option<f64>| {
            let mut account = SmsAccount { spent, ..fine() };
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
    fn the_sandbox_has_ten_places() {
        let held: BTreeMap<_, _> = (0..9)
            .map(|n| (phone(&format!("+491511234567{n}")), true))
            .collect();
        let account = SmsAccount {
            in_sandbox: Some(true),
            sandbox: held,
            ..fine()
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
