//! The phones behind the topic: will SNS and the carriers take a text to them?

use super::remedies::{each, name};
use super::snapshot::ChainSnapshot;
use super::subscription::{dropped, filter};
use super::{Check, FindingSeverity, Occurrence, Part};
use crate::chain::filter::MessageKind;
use crate::chain::sms::SmsFinding;
use crate::destination::sms::{SmsLength, audit_report, delivery};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD043",
        severity: FindingSeverity::Warning,
        title: "The region that texts a phone is not known to send text messages",
        consequence: "the phone gets no alert",
        part: Part::Phone,
        look: |chain| {
            of_the_account(chain, |finding| {
                matches!(finding, SmsFinding::RegionWithoutSms { .. })
            })
        },
    },
    Check {
        code: "DD044",
        severity: FindingSeverity::Error,
        title: "A phone is opted out",
        consequence: "the phone gets no alert",
        part: Part::Phone,
        look: |chain| {
            of_each_phone(chain, |finding| {
                matches!(finding, SmsFinding::OptedOut { .. })
            })
        },
    },
    Check {
        code: "DD045",
        severity: FindingSeverity::Error,
        title: "A phone is not verified, and the account is in the SMS sandbox",
        consequence: "the phone gets no alert",
        part: Part::Phone,
        look: |chain| {
            of_each_phone(chain, |finding| {
                matches!(finding, SmsFinding::Unverified { .. })
            })
        },
    },
    Check {
        code: "DD046",
        severity: FindingSeverity::Error,
        title: "The account has no number to send from to the United States",
        consequence: "carriers there block what comes from elsewhere: the phone gets no alert",
        part: Part::Phone,
        look: |chain| {
            of_the_account(chain, |finding| {
                matches!(finding, SmsFinding::NoOriginationIdentity)
            })
        },
    },
    Check {
        code: "DD047",
        severity: FindingSeverity::Error,
        title: "The monthly spend limit for text messages is used up",
        consequence: "no phone gets an alert until the month ends",
        part: Part::Phone,
        look: |chain| {
            of_the_account(chain, |finding| {
                matches!(finding, SmsFinding::SpendLimitReached { .. })
            })
        },
    },
    Check {
        code: "DD048",
        severity: FindingSeverity::Warning,
        title: "The monthly spend limit for text messages is nearly used up",
        consequence: "soon no phone gets an alert until the month ends",
        part: Part::Phone,
        look: |chain| {
            of_the_account(chain, |finding| {
                matches!(finding, SmsFinding::SpendLimitNear { .. })
            })
        },
    },
    Check {
        code: "DD049",
        severity: FindingSeverity::Note,
        title: "The monthly spend limit for text messages is that of a new account",
        consequence: "some dozens of texts use it up; then no phone gets an alert until the month ends",
        part: Part::Phone,
        look: |chain| {
            of_the_account(chain, |finding| {
                matches!(finding, SmsFinding::SpendLimitLow { .. })
            })
        },
    },
    Check {
        code: "DD050",
        severity: FindingSeverity::Warning,
        title: "Text messages are promotional",
        consequence: "they come later, and some carriers block them at night or altogether",
        part: Part::Phone,
        look: |chain| of_the_account(chain, |finding| matches!(finding, SmsFinding::Promotional)),
    },
    Check {
        code: "DD057",
        severity: FindingSeverity::Warning,
        title: "The results of audits are too long for a phone that gets them as raw JSON",
        consequence: "the phone never gets them, and nobody sees an error",
        part: Part::Phone,
        look: audits_too_long,
    },
];

/// Returns what is wrong with a phone, at its subscriber.
fn of_each_phone(chain: &ChainSnapshot, is_meant: fn(&SmsFinding) -> bool) -> Vec<Occurrence> {
    let mut hits = Vec::new();
    for texting in &chain.texting {
        for finding in texting
            .account
            .findings(&texting.phones, texting.readable)
            .into_iter()
            .filter(is_meant)
        {
            let remedy = remedy(chain, &finding, texting.readable, &texting.account.region);
            hits.push(Occurrence {
                link: texting.link,
                what: finding.to_string(),
                remedy,
            });
        }
    }
    hits
}

/// Returns what is wrong with an account, at the first subscriber that it texts from this region.
fn of_the_account(chain: &ChainSnapshot, is_meant: fn(&SmsFinding) -> bool) -> Vec<Occurrence> {
    let mut regions: Vec<&str> = Vec::new();
    let mut hits = Vec::new();
    for texting in &chain.texting {
        let region = texting.account.region.as_str();
        let found = texting
            .account
            .findings(&texting.phones, texting.readable)
            .into_iter()
            .find(is_meant);
        if let Some(finding) = found.filter(|_| !regions.contains(&region)) {
            let remedy = remedy(chain, &finding, texting.readable, region);
            hits.push(Occurrence {
                link: texting.link,
                what: format!("{finding} ({region})"),
                remedy,
            });
            regions.push(region);
        }
    }
    hits
}

/// Returns the command that mends it.
fn remedy(chain: &ChainSnapshot, finding: &SmsFinding, readable: bool, region: &str) -> String {
    let readable = if readable { " --readable" } else { "" };
    let subscribe =
        |options: &str| chain.ddalert(&format!("subscribe-sms --subscribed{readable}{options}"));
    match finding {
        SmsFinding::RegionWithoutSms { .. } => {
            chain.ddalert("subscribe-sms --subscribed --readable --sms-region us-east-1")
        }
        SmsFinding::OptedOut { .. } => subscribe(" --opt-in"),
        SmsFinding::Unverified { .. } => subscribe(""),
        SmsFinding::Promotional => chain.ddalert("subscribe-sms --transactional"),
        SmsFinding::SpendLimitReached { .. }
        | SmsFinding::SpendLimitNear { .. }
        | SmsFinding::SpendLimitLow { .. }
        | SmsFinding::NoOriginationIdentity
        | SmsFinding::SandboxFull { .. } => finding.remedy(region),
    }
}

fn audits_too_long(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let topic = chain.topic.to_string();
    let target = chain
        .audit
        .found()
        .filter(|audit| audit.enabled)
        .and_then(|audit| audit.target.as_ref());
    if target.is_none_or(|target| target.topic != topic) {
        return Vec::new();
    }
    let audits = chain.scheduled_audits.found().into_iter().flatten();
    let is_long = |name: &str, checks: &[String]| {
        matches!(
            delivery(&audit_report(name, checks)),
            SmsLength::TooLong { .. }
        )
    };
    let long: Vec<String> = audits
        .filter(|(name, checks)| is_long(name, checks))
        .map(|(name, checks)| format!("{name} ({} checks)", checks.len()))
        .collect();
    if long.is_empty() {
        return Vec::new();
    }
    each(chain, |_, subscriber| {
        let kept_away = filter(subscriber).is_some_and(|(filter, policy)| {
            !filter.on_body
                || [MessageKind::AuditCompliant, MessageKind::AuditNonCompliant]
                    .iter()
                    .all(|audit| dropped(&policy).contains(audit))
        });
        let what = || {
            format!(
                "{} gets the results of {} as raw JSON",
                name(subscriber),
                long.join(", ")
            )
        };
        (subscriber.protocol == "sms" && !kept_away).then(|| {
            (
                what(),
                chain.ddalert("subscribe-sms --subscribed --readable"),
            )
        })
    })
}
