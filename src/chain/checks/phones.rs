//! The phones behind the topic: will SNS and the carriers deliver text messages to them?

use super::check::{Check, FindingSeverity, Occurrence, Remedy};
use super::occurrences::in_subscribers;
use super::phone_remedies::{loses_audits, subscribe_again, too_long_audits};
use super::remedies::subscriber_name;
use super::snapshot::{ChainSnapshot, Part, PhoneGroup, Reading};
use crate::chain::sms::SmsFinding;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD043",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Phones],
        title: "A phone is texted from a region that is not known to support SMS",
        consequence: "the phone gets no alerts",
        remedy: "`ddalert subscribe-sms --subscribed --readable --sms-region us-east-1`.",
        part: Part::Phone,
        find: |chain| {
            per_region(chain, |finding| {
                matches!(finding, SmsFinding::RegionWithoutSms { .. })
            })
        },
    },
    Check {
        code: "DD044",
        severity: FindingSeverity::Error,
        reads: &[Reading::Phones],
        title: "A phone number is opted out",
        consequence: "the phone gets no alerts",
        remedy: "With the owner's consent, `ddalert subscribe-sms --subscribed --opt-in`. A number can be opted in once every 30 days.",
        part: Part::Phone,
        find: |chain| {
            per_phone(chain, |finding| {
                matches!(finding, SmsFinding::OptedOut { .. })
            })
        },
    },
    Check {
        code: "DD045",
        severity: FindingSeverity::Error,
        reads: &[Reading::Phones],
        title: "A phone number is not verified, and the account is in the SMS sandbox",
        consequence: "the phone gets no alerts",
        remedy: "`ddalert subscribe-sms --subscribed` sends a one-time password to the phone and asks for it.",
        part: Part::Phone,
        find: |chain| {
            per_phone(chain, |finding| {
                matches!(finding, SmsFinding::Unverified { .. })
            })
        },
    },
    Check {
        code: "DD046",
        severity: FindingSeverity::Error,
        reads: &[Reading::Phones],
        title: "The account has no origination identity for the United States",
        consequence: "carriers in the United States block messages without one: the phone gets no alerts",
        remedy: "Request a toll-free number or a 10DLC number in the console of AWS End User Messaging: Phone numbers, Request originator.",
        part: Part::Phone,
        find: |chain| {
            per_region(chain, |finding| {
                matches!(finding, SmsFinding::NoOriginationIdentity)
            })
        },
    },
    Check {
        code: "DD047",
        severity: FindingSeverity::Error,
        reads: &[Reading::Phones],
        title: "The monthly SMS spend limit is used up",
        consequence: "no phone gets alerts until the end of the month",
        remedy: "`aws sns set-sms-attributes --attributes MonthlySpendLimit=USD` up to the quota of the account; beyond it, request an increase in the Service Quotas console (AWS End User Messaging SMS).",
        part: Part::Phone,
        find: |chain| {
            per_region(chain, |finding| {
                matches!(finding, SmsFinding::SpendLimitReached { .. })
            })
        },
    },
    Check {
        code: "DD048",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Phones],
        title: "The monthly SMS spend limit is almost used up",
        consequence: "once it is used up, no phone gets alerts until the end of the month",
        remedy: "`aws sns set-sms-attributes --attributes MonthlySpendLimit=USD` up to the quota of the account; beyond it, request an increase in the Service Quotas console (AWS End User Messaging SMS).",
        part: Part::Phone,
        find: |chain| {
            per_region(chain, |finding| {
                matches!(finding, SmsFinding::SpendLimitNear { .. })
            })
        },
    },
    Check {
        code: "DD049",
        severity: FindingSeverity::Note,
        reads: &[Reading::Phones],
        title: "The monthly SMS spend limit is that of a new account",
        consequence: "a few dozen text messages use it up; after that, no phone gets alerts until the end of the month",
        remedy: "Request an increase in the Service Quotas console (AWS End User Messaging SMS).",
        part: Part::Phone,
        find: |chain| {
            per_region(chain, |finding| {
                matches!(finding, SmsFinding::SpendLimitLow { .. })
            })
        },
    },
    Check {
        code: "DD050",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Phones],
        title: "Text messages are sent as Promotional",
        consequence: "they arrive later, and some carriers block them at night or entirely",
        remedy: "`ddalert subscribe-sms --subscribed --transactional`.",
        part: Part::Phone,
        find: |chain| per_region(chain, |finding| matches!(finding, SmsFinding::Promotional)),
    },
    Check {
        code: "DD057",
        severity: FindingSeverity::Warning,
        reads: &[
            Reading::Audit,
            Reading::ScheduledAudits,
            Reading::Subscription,
        ],
        title: "Audit reports are too long for a phone that gets raw JSON",
        consequence: "the phone never gets them, and SNS reports no error",
        remedy: "`ddalert subscribe-sms --subscribed --readable`.",
        part: Part::Phone,
        find: audit_reports_too_long,
    },
];

fn findings(group: &PhoneGroup) -> Vec<SmsFinding> {
    group.account.findings(&group.phones, group.readable)
}

/// Returns the findings that are about one phone, each at its subscriber.
fn per_phone(chain: &ChainSnapshot, is_wanted: fn(&SmsFinding) -> bool) -> Vec<Occurrence> {
    let groups = chain.phone_groups.iter();
    groups
        .flat_map(|group| {
            let wanted = findings(group).into_iter().filter(is_wanted);
            wanted.map(|finding| {
                let remedy = remedy(chain, &finding, group);
                Occurrence::new(group.link, finding.to_string(), remedy)
            })
        })
        .collect()
}

/// Returns the findings that are about the account, each once for a region, at the first subscriber that is texted from there.
fn per_region(chain: &ChainSnapshot, is_wanted: fn(&SmsFinding) -> bool) -> Vec<Occurrence> {
    let mut reported: Vec<&str> = Vec::new();
    let mut occurrences = Vec::new();
    for group in &chain.phone_groups {
        let region = group.account.region.as_str();
        let finding = findings(group).into_iter().find(is_wanted);
        if let Some(finding) = finding.filter(|_| !reported.contains(&region)) {
            let remedy = remedy(chain, &finding, group);
            let what = format!("{finding} ({region})");
            occurrences.push(Occurrence::new(group.link, what, remedy));
            reported.push(region);
        }
    }
    occurrences
}

/// Returns how the finding is fixed.
fn remedy(chain: &ChainSnapshot, finding: &SmsFinding, group: &PhoneGroup) -> Remedy {
    match finding {
        SmsFinding::OptedOut { .. } => subscribe_again(chain, " --opt-in").into(),
        SmsFinding::RegionWithoutSms { .. } | SmsFinding::Unverified { .. } => {
            subscribe_again(chain, "").into()
        }
        SmsFinding::Promotional => subscribe_again(chain, " --transactional").into(),
        SmsFinding::SpendLimitReached { .. }
        | SmsFinding::SpendLimitNear { .. }
        | SmsFinding::SpendLimitLow { .. }
        | SmsFinding::NoOriginationIdentity
        | SmsFinding::SandboxFull { .. } => {
            let text = finding.remedy(&group.account.region, &chain.place);
            match text.starts_with("aws ") {
                true => text.into(),
                false => Remedy::advice(text),
            }
        }
    }
}

fn audit_reports_too_long(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let too_long = too_long_audits(chain);
    in_subscribers(chain, |subscriber| {
        loses_audits(chain, subscriber).then(|| {
            let what = format!(
                "{} gets audit reports as raw JSON; too long for a text message: {}",
                subscriber_name(subscriber),
                too_long.join(", ")
            );
            (what, subscribe_again(chain, ""))
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::chain::checks::tests::*;

    /// Asserts that the finding applies to phones with and without a relay, and that the output masks the number.
    #[track_caller]
    fn blocks_texts(code: &str, remedy: &str, change: fn(&mut SmsAccount)) {
        finds(code, remedy, |chain| raw_phone(chain, account(change)));
        finds(code, remedy, |chain| phone_relay(chain, account(change)));
        is_masked(change);
    }

    /// Asserts the same of a finding that only advice is given for.
    #[track_caller]
    fn blocks_texts_until(code: &str, advice: &str, change: fn(&mut SmsAccount)) {
        advises(code, advice, |chain| raw_phone(chain, account(change)));
        advises(code, advice, |chain| phone_relay(chain, account(change)));
        is_masked(change);
    }

    #[track_caller]
    fn is_masked(change: fn(&mut SmsAccount)) {
        let mut chain = healthy();
        raw_phone(&mut chain, account(change));
        let said = serde_json::to_string(&(diagnose(&chain), &chain)).expect("JSON");
        assert!(!said.contains("2065550100"), "{said}");
    }

    #[test]
    fn phones_of_a_good_account_have_no_findings() {
        for place in [raw_phone, phone_relay] {
            let mut chain = healthy();
            place(&mut chain, account(|_| {}));
            assert_eq!(diagnose(&chain), []);
        }
    }

    #[test]
    fn dd043_region_without_sms() {
        blocks_texts(
            "DD043",
            "subscribe-sms --subscribed --readable --sms-region us-east-1",
            |account| {
                account.region = "ap-east-1".into();
            },
        );
    }

    #[test]
    fn dd044_opted_out() {
        blocks_texts("DD044", "--opt-in", |account| {
            account.opted_out = ["+12065550100".parse().expect("a number")].into()
        });
    }

    #[test]
    fn dd045_unverified() {
        blocks_texts("DD045", "ddalert subscribe-sms --subscribed", |account| {
            account.in_sandbox = Some(true)
        });
    }

    #[test]
    fn dd046_no_origination_identity() {
        blocks_texts_until("DD046", "Request originator", |account| {
            account.origination = Some([].into())
        });
    }

    #[test]
    fn dd047_spend_limit_reached() {
        blocks_texts("DD047", "MonthlySpendLimit", |account| {
            account.spent = Some(50.0)
        });
    }

    #[test]
    fn dd048_spend_limit_near() {
        blocks_texts("DD048", "MonthlySpendLimit", |account| {
            account.spent = Some(45.0)
        });
    }

    #[test]
    fn dd049_spend_limit_low() {
        blocks_texts_until("DD049", "Service Quotas", |account| {
            (account.spent, account.attributes) = (
                None,
                Some([("DefaultSMSType".to_owned(), "Transactional".to_owned())].into()),
            );
        });
    }

    #[test]
    fn dd050_promotional() {
        let promotional = || {
            account(|account| {
                _ = account
                    .attributes
                    .get_or_insert_default()
                    .remove("DefaultSMSType")
            })
        };
        finds(
            "DD050",
            "ddalert subscribe-sms --subscribed --transactional",
            |chain| raw_phone(chain, promotional()),
        );
        let mut chain = healthy();
        phone_relay(&mut chain, promotional());
        assert_eq!(
            diagnose(&chain),
            [],
            "a relay sends every text as transactional"
        );
    }

    #[test]
    fn an_account_is_reported_once() {
        let mut chain = healthy();
        let reached = || account(|account| account.spent = Some(60.0));
        raw_phone(&mut chain, reached());
        texted(&mut chain, false, reached());
        assert_eq!(diagnose(&chain).len(), 1);
    }

    #[test]
    fn dd057_audit_reports_too_long() {
        let checks = |chain: &mut ChainSnapshot, checks: usize| {
            let checks = vec!["DEVICE_CERTIFICATE_EXPIRING_CHECK".to_owned(); checks];
            audit(chain).checks.clone_from(&checks);
            chain.scheduled_audits = Lookup::Found([("weekly".to_owned(), checks)].into());
        };
        finds("DD057", "subscribe-sms --subscribed --readable", |chain| {
            raw_phone(chain, account(|_| {}));
            checks(chain, 9);
        });
        let mut chain = healthy();
        raw_phone(&mut chain, account(|_| {}));
        checks(&mut chain, 7);
        assert_eq!(diagnose(&chain), []);
        checks(&mut chain, 14);
        subscription(&mut chain).filter =
            filter(json!({ "violationEventType": ["in-alarm"] }), true);
        assert_eq!(
            diagnose(&chain),
            [],
            "its filter policy blocks audit reports"
        );
    }

    #[test]
    fn no_remedy_for_a_phone_undoes_another() {
        let mut chain = healthy();
        raw_phone(
            &mut chain,
            account(|account| account.in_sandbox = Some(true)),
        );
        let checks: Vec<String> = (0..9)
            .map(|n| format!("SOME_QUITE_LONG_CHECK_NAME_{n}_CHECK"))
            .collect();
        audit(&mut chain).checks.clone_from(&checks);
        chain.scheduled_audits = Lookup::Found([("daily".to_owned(), checks)].into());
        subscription(&mut chain).dead_letters = None;
        let found = diagnose(&chain);
        let codes: Vec<&str> = found.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["DD045", "DD057", "DD020"]);
        for finding in found {
            let command = finding.remedy.command().expect("a command");
            assert!(
                command.starts_with("ddalert subscribe-sms --subscribed --readable --topic"),
                "{command}"
            );
        }
    }
}
