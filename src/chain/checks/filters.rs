//! What the filter policy of a subscription lets through of the messages that Device Defender publishes to the topic.

use super::snapshot::{ChainSnapshot, SubscriberSnapshot};
use crate::chain::filter::{Events, FilterPolicy, MessageKind, PublishedMessages};
use crate::chain::state::Filter;

/// Returns the filter policy of a subscriber, or `None` if it has none or one that cannot be parsed.
pub(super) fn filter_policy(subscriber: &SubscriberSnapshot) -> Option<(&Filter, FilterPolicy)> {
    let filter = subscriber.subscription.found()?.filter.as_ref()?;
    Some((filter, filter.parse().ok()?))
}

/// Says what the filter policy of a subscriber delivers, if it has one that is a choice: it delivers something.
pub fn filter_words(subscriber: &SubscriberSnapshot) -> Option<String> {
    let (filter, policy) = filter_policy(subscriber).filter(|(filter, _)| filter.on_body)?;
    Some(match Events::that_make(&policy) {
        Some(events) => format!("only {events}"),
        None => format!("only what matches {}", filter.policy),
    })
}

/// Returns what Device Defender publishes to the topic. What could not be read may publish anything.
pub(super) fn published(chain: &ChainSnapshot) -> PublishedMessages {
    let topic = chain.topic.to_string();
    let profiles = chain.profiles.found().map(|profiles| {
        profiles
            .iter()
            .filter(|(_, profile)| {
                let target = profile.target.as_ref();
                target.is_some_and(|target| target.topic == topic)
            })
            .map(|(name, _)| name.clone())
            .collect()
    });
    let audits = chain.audit.found().is_none_or(|audit| {
        let target = audit.target.as_ref();
        audit.enabled && target.is_some_and(|target| target.topic == topic)
    });
    PublishedMessages {
        profiles,
        audits,
        account: chain.topic.account.clone(),
    }
}

/// Returns the kinds of Device Defender's messages that a policy blocks.
pub(super) fn blocked_kinds(policy: &FilterPolicy) -> Vec<MessageKind> {
    let mut kinds = policy.dropped_kinds();
    // Others may be filtered as their publisher likes.
    kinds.retain(|kind| !matches!(kind, MessageKind::OtherJson | MessageKind::Text));
    kinds
}

/// Returns whether the filter policy of a subscriber blocks audit reports.
pub(super) fn blocks_audits(subscriber: &SubscriberSnapshot) -> bool {
    filter_policy(subscriber).is_some_and(|(filter, policy)| {
        let blocked = blocked_kinds(&policy);
        let audits = [MessageKind::AuditCompliant, MessageKind::AuditNonCompliant];
        !filter.on_body || audits.iter().all(|audit| blocked.contains(audit))
    })
}
