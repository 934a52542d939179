//! The one command that brings phones to what they need: every finding about a phone prints the same, so that none undoes another.

use super::filters::blocks_audits;
use super::snapshot::{ChainSnapshot, SubscriberSnapshot};
use crate::chain::sms::SmsFinding;
use crate::destination::sms::{self, SmsLength, minimal_audit_summary};

/// The region that texts phones of a topic in a region that cannot.
const SMS_REGION: &str = "us-east-1";

/// Returns the command that subscribes the phones again that the topic has, with `options` of the finding.
pub(super) fn subscribe_again(chain: &ChainSnapshot, options: &str) -> String {
    let lacks_sms = chain.phone_groups.iter().any(|group| {
        let findings = group.account.findings(&group.phones, group.readable);
        findings
            .iter()
            .any(|finding| matches!(finding, SmsFinding::RegionWithoutSms { .. }))
    });
    let is_cut_off = chain
        .subscribers()
        .any(|(_, subscriber)| loses_audits(chain, subscriber));
    let has_relay = chain.phone_groups.iter().any(|group| group.readable);
    let readable = if lacks_sms || is_cut_off || has_relay {
        " --readable"
    } else {
        ""
    };
    let region = if lacks_sms {
        format!(" --sms-region {SMS_REGION}")
    } else {
        String::new()
    };
    chain.ddalert(&format!(
        "subscribe-sms --subscribed{readable}{region}{options}"
    ))
}

/// Returns whether a phone gets audit reports as raw JSON that is too long for it.
pub(super) fn loses_audits(chain: &ChainSnapshot, subscriber: &SubscriberSnapshot) -> bool {
    subscriber.protocol == "sms" && !blocks_audits(subscriber) && !too_long_audits(chain).is_empty()
}

/// Returns the scheduled audits whose reports are too long for a text message: "daily (9 checks)".
pub(super) fn too_long_audits(chain: &ChainSnapshot) -> Vec<String> {
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
    audits
        .filter(|(name, checks)| {
            let length = sms::length(&minimal_audit_summary(name, checks));
            matches!(length, SmsLength::TooLong { .. })
        })
        .map(|(name, checks)| format!("{name} ({} checks)", checks.len()))
        .collect()
}
