//! The phones behind the topic: will SNS and the carriers take a text to them?

use super::chain::Chain;
use super::{Check, Hit, Part, Severity};
use crate::domain::sms::Finding;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD043",
        severity: Severity::Warning,
        title: "The region that texts a phone is not known to send text messages",
        consequence: "the phone gets no alert",
        part: Part::Phone,
        look: |chain| of_the_account(chain, |finding| matches!(finding, Finding::RegionWithoutSms { .. })),
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
        look: |chain| of_each_phone(chain, |finding| matches!(finding, Finding::Unverified { .. })),
    },
    Check {
        code: "DD046",
        severity: Severity::Error,
        title: "The account has no number to send from to the United States",
        consequence: "carriers there block what comes from elsewhere: the phone gets no alert",
        part: Part::Phone,
        look: |chain| of_the_account(chain, |finding| matches!(finding, Finding::NoOriginationIdentity)),
    },
    Check {
        code: "DD047",
        severity: Severity::Error,
        title: "The monthly spend limit for text messages is used up",
        consequence: "no phone gets an alert until the month ends",
        part: Part::Phone,
        look: |chain| of_the_account(chain, |finding| matches!(finding, Finding::SpendLimitReached { .. })),
    },
    Check {
        code: "DD048",
        severity: Severity::Warning,
        title: "The monthly spend limit for text messages is nearly used up",
        consequence: "soon no phone gets an alert until the month ends",
        part: Part::Phone,
        look: |chain| of_the_account(chain, |finding| matches!(finding, Finding::SpendLimitNear { .. })),
    },
    Check {
        code: "DD049",
        severity: Severity::Note,
        title: "The monthly spend limit for text messages is that of a new account",
        consequence: "some dozens of texts use it up; then no phone gets an alert until the month ends",
        part: Part::Phone,
        look: |chain| of_the_account(chain, |finding| matches!(finding, Finding::SpendLimitLow { .. })),
    },
    Check {
        code: "DD050",
        severity: Severity::Warning,
        title: "Text messages are promotional",
        consequence: "they come later, and some carriers block them at night or altogether",
        part: Part::Phone,
        look: |chain| of_the_account(chain, |finding| matches!(finding, Finding::Promotional)),
    },
];

/// Returns what is wrong with a phone, at its subscriber.
fn of_each_phone(chain: &Chain, is_meant: fn(&Finding) -> bool) -> Vec<Hit> {
    let mut hits = Vec::new();
    for texting in &chain.texting {
        for finding in texting.account.findings(&texting.phones, texting.readable).into_iter().filter(is_meant) {
            let remedy = remedy(chain, &finding, texting.readable, &texting.account.region);
            hits.push(Hit { link: texting.link, what: finding.to_string(), remedy });
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
        let found = texting.account.findings(&texting.phones, texting.readable).into_iter().find(is_meant);
        if let Some(finding) = found.filter(|_| !regions.contains(&region)) {
            let remedy = remedy(chain, &finding, texting.readable, region);
            hits.push(Hit { link: texting.link, what: format!("{finding} ({region})"), remedy });
            regions.push(region);
        }
    }
    hits
}

/// Returns the command that mends it.
fn remedy(chain: &Chain, finding: &Finding, readable: bool, region: &str) -> String {
    let readable = if readable { " --readable" } else { "" };
    let subscribe = |options: &str| chain.ddalert(&format!("subscribe-sms --subscribed{readable}{options}"));
    match finding {
        Finding::RegionWithoutSms { .. } => chain.ddalert("subscribe-sms --subscribed --readable --sms-region us-east-1"),
        Finding::OptedOut { .. } => subscribe(" --opt-in"),
        Finding::Unverified { .. } => subscribe(""),
        Finding::Promotional => subscribe(" --transactional"),
        Finding::SpendLimitReached { .. } | Finding::SpendLimitNear { .. } | Finding::SpendLimitLow { .. } => {
            format!("aws sns set-sms-attributes --attributes MonthlySpendLimit=USD --region {region}")
        }
        // There is no command for these: a number is asked for in a form, and so is a place in the sandbox.
        Finding::NoOriginationIdentity | Finding::SandboxFull { .. } => format!("{} (region {region})", finding.remedy()),
    }
}
