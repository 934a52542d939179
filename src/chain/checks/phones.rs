//! The phones behind the topic: will SNS and the carriers take a text to them?

use super::remedies::{each, name};
use super::snapshot::Chain;
use super::subscription::{dropped, filter};
use super::{Check, Hit, Part, Severity};
use crate::chain::filter::Family;
use crate::chain::sms::Finding;
use crate::destination::sms::{Delivery, audit_report, delivery};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD043",
        severity: Severity::Warning,
        title: "The region that texts a phone is not known to send text messages",
        consequence: "the phone gets no alert",
        part: Part::Phone,
        look: |chain| {
            of_the_account(chain, |finding| {
                matches!(finding, Finding::RegionWithoutSms { .. })
            })
        },
    },
    Check {
        code: "DD044",
        severity: Severity::Error,
        title: "A phone is opted out",
        consequence: "the phone gets no alert",
        part: Part::Phone,
        look: |chain| of_each_phone(chain, |finding| matches!(finding, Finding::OptedOut { .. })),
    },
    Check {
        code: "DD045",
        severity: Severity::Error,
        title: "A phone is not verified, and the account is in the SMS sandbox",
        consequence: "the phone gets no alert",
        part: Part::Phone,
        look: |chain| {
            of_each_phone(chain, |finding| {
                matches!(finding, Finding::Unverified { .. })
            })
        },
    },
    Check {
        code: "DD046",
        severity: Severity::Error,
        title: "The account has no number to send from to the United States",
        consequence: "carriers there block what comes from elsewhere: the phone gets no alert",
        part: Part::Phone,
        look: |chain| {
            of_the_account(chain, |finding| {
                matches!(finding, Finding::NoOriginationIdentity)
            })
        },
    },
    Check {
        code: "DD047",
        severity: Severity::Error,
        title: "The monthly spend limit for text messages is used up",
        consequence: "no phone gets an alert until the month ends",
        part: Part::Phone,
        look: |chain| {
            of_the_account(chain, |finding| {
                matches!(finding, Finding::SpendLimitReached { .. })
            })
        },
    },
    Check {
        code: "DD048",
        severity: Severity::Warning,
        title: "The monthly spend limit for text messages is nearly used up",
        consequence: "soon no phone gets an alert until the month ends",
        part: Part::Phone,
        look: |chain| {
            of_the_account(chain, |finding| {
                matches!(finding, Finding::SpendLimitNear { .. })
            })
        },
    },
    Check {
        code: "DD049",
        severity: Severity::Note,
        title: "The monthly spend limit for text messages is that of a new account",
        consequence: "some dozens of texts use it up; then no phone gets an alert until the month ends",
        part: Part::Phone,
        look: |chain| {
            of_the_account(chain, |finding| {
                matches!(finding, Finding::SpendLimitLow { .. })
            })
        },
    },
    Check {
        code: "DD050",
        severity: Severity::Warning,
        title: "Text messages are promotional",
        consequence: "they come later, and some carriers block them at night or altogether",
        part: Part::Phone,
        look: |chain| of_the_account(chain, |finding| matches!(finding, Finding::Promotional)),
    },
    Check {
        code: "DD057",
        severity: Severity::Warning,
        title: "The results of audits are too long for a phone that gets them as raw JSON",
        consequence: "the phone never gets them, and nobody sees an error",
        part: Part::Phone,
        look: audits_too_long,
    },
];

/// Returns what is wrong with a phone, at its subscriber.
fn of_each_phone(chain: &Chain, is_meant: fn(&Finding) -> bool) -> Vec<Hit> {
    let mut hits = Vec::new();
    for texting in &chain.texting {
        for finding in texting
            .account
            .findings(&texting.phones, texting.readable)
            .into_iter()
            .filter(is_meant)
        {
            let remedy = remedy(chain, &finding, texting.readable, &texting.account.region);
            hits.push(Hit {
                link: texting.link,
                what: finding.to_string(),
                remedy,
            });
        }
    }
    hits
}

/// Returns what is wrong with an account, at the first subscriber that it texts from this region.
fn of_the_account(chain: &Chain, is_meant: fn(&Finding) -> bool) -> Vec<Hit> {
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
            hits.push(Hit {
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
fn remedy(chain: &Chain, finding: &Finding, readable: bool, region: &str) -> String {
    let readable = if readable { " --readable" } else { "" };
    let subscribe =
        |options: &str| chain.ddalert(&format!("subscribe-sms --subscribed{readable}{options}"));
    match finding {
        Finding::RegionWithoutSms { .. } => {
            chain.ddalert("subscribe-sms --subscribed --readable --sms-region us-east-1")
        }
        Finding::OptedOut { .. } => subscribe(" --opt-in"),
        Finding::Unverified { .. } => subscribe(""),
        Finding::Promotional => chain.ddalert("subscribe-sms --transactional"),
        Finding::SpendLimitReached { .. }
        | Finding::SpendLimitNear { .. }
        | Finding::SpendLimitLow { .. }
        | Finding::NoOriginationIdentity
        | Finding::SandboxFull { .. } => finding.remedy(region),
    }
}

fn audits_too_long(chain: &Chain) -> Vec<Hit> {
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
            Delivery::TooLong { .. }
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
                || [Family::AuditCompliant, Family::AuditNonCompliant]
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
