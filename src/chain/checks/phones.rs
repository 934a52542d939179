//! The phones behind the topic: will SNS and the carriers deliver text messages to them?

use super::check::{Check, FindingSeverity, Occurrence};
use super::occurrences::in_subscribers;
use super::remedies::subscriber_name;
use super::snapshot::{ChainSnapshot, Part, PhoneGroup, SubscriberSnapshot};
use super::subscription::{blocked_kinds, filter_policy};
use crate::chain::filter::MessageKind;
use crate::chain::sms::SmsFinding;
use crate::destination::sms::{self, SmsLength, minimal_audit_summary};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD043",
        severity: FindingSeverity::Warning,
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
        title: "Text messages are sent as Promotional",
        consequence: "they arrive later, and some carriers block them at night or entirely",
        remedy: "`ddalert subscribe-sms --transactional`.",
        part: Part::Phone,
        find: |chain| per_region(chain, |finding| matches!(finding, SmsFinding::Promotional)),
    },
    Check {
        code: "DD057",
        severity: FindingSeverity::Warning,
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

/// Returns the command that fixes the finding, or what to do where no command can.
fn remedy(chain: &ChainSnapshot, finding: &SmsFinding, group: &PhoneGroup) -> String {
    let readable = if group.readable { " --readable" } else { "" };
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
        | SmsFinding::SandboxFull { .. } => finding.remedy(&group.account.region, &chain.place),
    }
}

/// Returns whether the filter policy of a subscriber blocks audit reports.
fn blocks_audits(subscriber: &SubscriberSnapshot) -> bool {
    filter_policy(subscriber).is_some_and(|(filter, policy)| {
        let blocked = blocked_kinds(&policy);
        let audits = [MessageKind::AuditCompliant, MessageKind::AuditNonCompliant];
        !filter.on_body || audits.iter().all(|audit| blocked.contains(audit))
    })
}

fn audit_reports_too_long(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let topic = chain.topic.to_string();
    let target = chain
        .audit
        .found()
        .filter(|audit| audit.enabled)
        .and_then(|audit| audit.target.as_ref());
    if target.is_none_or(|target| target.topic != topic) {
        return Vec::new();
    }
    let too_long: Vec<String> = chain
        .scheduled_audits
        .found()
        .into_iter()
        .flatten()
        .filter(|(name, checks)| {
            let length = sms::length(&minimal_audit_summary(name, checks));
            matches!(length, SmsLength::TooLong { .. })
        })
        .map(|(name, checks)| format!("{name} ({} checks)", checks.len()))
        .collect();
    if too_long.is_empty() {
        return Vec::new();
    }
    in_subscribers(chain, |subscriber| {
        (subscriber.protocol == "sms" && !blocks_audits(subscriber)).then(|| {
            let what = format!(
                "{} gets audit reports as raw JSON; too long for a text message: {}",
                subscriber_name(subscriber),
                too_long.join(", ")
            );
            (what, chain.ddalert("subscribe-sms --subscribed --readable"))
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
        blocks_texts("DD046", "Request originator", |account| {
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
        blocks_texts("DD049", "Service Quotas", |account| {
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
        finds("DD050", "ddalert subscribe-sms --transactional", |chain| {
            raw_phone(chain, promotional())
        });
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
        assert!(
            diagnose(&chain)
                .iter()
                .all(|finding| finding.code == "DD019"),
            "its filter policy blocks audit reports"
        );
    }
}
