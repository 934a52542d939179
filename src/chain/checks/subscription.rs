//! Each subscription: does SNS deliver to it, and may it?

use super::grants::{PolicyDecision, PolicyRequest, grant};
use super::remedies::{again, each, name};
use super::snapshot::{ChainSnapshot, SubscriberSnapshot};
use super::{Check, FindingSeverity, Occurrence, Part};
use crate::chain::filter::{FilterPolicy, MessageKind, Scope};
use crate::chain::state::Filter;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD016",
        severity: FindingSeverity::Warning,
        title: "A subscription is not confirmed",
        consequence: "SNS sends it nothing until it is",
        part: Part::Subscription,
        look: unconfirmed,
    },
    Check {
        code: "DD017",
        severity: FindingSeverity::Error,
        title: "A filter policy is held against message attributes",
        consequence: "Device Defender sets no attributes, so that no alert of it gets through",
        part: Part::Subscription,
        look: attribute_scope,
    },
    Check {
        code: "DD018",
        severity: FindingSeverity::Error,
        title: "A filter policy lets no message of Device Defender through",
        consequence: "the subscriber gets no alert",
        part: Part::Subscription,
        look: drops_everything,
    },
    Check {
        code: "DD019",
        severity: FindingSeverity::Note,
        title: "A filter policy keeps a kind of message away",
        consequence: "the subscriber does not get messages of this kind",
        part: Part::Subscription,
        look: drops_a_family,
    },
    Check {
        code: "DD025",
        severity: FindingSeverity::Error,
        title: "A subscribed function may not be called by the topic",
        consequence: "SNS discards every alert to it without trying again",
        part: Part::Permission,
        look: not_permitted,
    },
];

fn unconfirmed(chain: &ChainSnapshot) -> Vec<Occurrence> {
    each(chain, |_, subscriber| {
        if subscriber.confirmed {
            return None;
        }
        let (protocol, endpoint) = (&subscriber.protocol, name(subscriber));
        let command = format!(
            "sns subscribe --topic-arn {} --protocol {protocol} --notification-endpoint '{endpoint}'",
            chain.topic
        );
        Some((
            format!("the subscription of {} is not confirmed", name(subscriber)),
            chain.aws(&command),
        ))
    })
}

/// The filter policy of a subscriber where SNS has one; one that cannot be read is left alone.
pub(super) fn filter(subscriber: &SubscriberSnapshot) -> Option<(&Filter, FilterPolicy)> {
    let filter = subscriber.subscription.found()?.filter.as_ref()?;
    let scope = if filter.on_body {
        Scope::MessageBody
    } else {
        Scope::MessageAttributes
    };
    Some((
        filter,
        FilterPolicy::scoped(&filter.policy.to_string(), scope).ok()?,
    ))
}

fn without_filter(chain: &ChainSnapshot, subscriber: &SubscriberSnapshot) -> String {
    let SubscriberSnapshot { arn, .. } = subscriber;
    chain.aws(&format!(
        "sns set-subscription-attributes --subscription-arn {arn} --attribute-name FilterPolicy --attribute-value '{{}}'"
    ))
}

fn attribute_scope(chain: &ChainSnapshot) -> Vec<Occurrence> {
    each(chain, |_, subscriber| {
        let filter = subscriber.subscription.found()?.filter.as_ref()?;
        let what = || {
            format!(
                "the filter policy of {} is held against message attributes: {}",
                name(subscriber),
                filter.policy
            )
        };
        (!filter.on_body).then(|| (what(), without_filter(chain, subscriber)))
    })
}

/// The families of Device Defender's own; what else somebody publishes is theirs to filter.
pub(super) fn dropped(policy: &FilterPolicy) -> Vec<MessageKind> {
    policy
        .dropped_kinds()
        .into_iter()
        .filter(|family| !matches!(family, MessageKind::OtherJson | MessageKind::Text))
        .collect()
}

fn all_of_device_defender() -> usize {
    MessageKind::ALL
        .iter()
        .filter(|family| !matches!(family, MessageKind::OtherJson | MessageKind::Text))
        .count()
}

fn drops_everything(chain: &ChainSnapshot) -> Vec<Occurrence> {
    each(chain, |_, subscriber| {
        let (filter, policy) = filter(subscriber).filter(|(filter, _)| filter.on_body)?;
        let what = || {
            format!(
                "the filter policy of {} lets no alert through: {}",
                name(subscriber),
                filter.policy
            )
        };
        (dropped(&policy).len() == all_of_device_defender())
            .then(|| (what(), without_filter(chain, subscriber)))
    })
}

fn drops_a_family(chain: &ChainSnapshot) -> Vec<Occurrence> {
    each(chain, |_, subscriber| {
        let (_, policy) = filter(subscriber).filter(|(filter, _)| filter.on_body)?;
        let dropped = dropped(&policy);
        if dropped.is_empty() || dropped.len() == all_of_device_defender() {
            return None;
        }
        let families: Vec<&str> = dropped.into_iter().map(MessageKind::name).collect();
        let what = format!(
            "the filter policy of {} keeps away: {}",
            name(subscriber),
            families.join(", ")
        );
        Some((what, without_filter(chain, subscriber)))
    })
}

fn not_permitted(chain: &ChainSnapshot) -> Vec<Occurrence> {
    each(chain, |_, subscriber| {
        let function = subscriber.function.found()?;
        let regional = format!("sns.{}.amazonaws.com", chain.topic.region);
        let topic = chain.topic.to_string();
        let account = chain.topic.account.as_str();
        let call = PolicyRequest {
            principals: &["sns.amazonaws.com", &regional],
            action: "lambda:InvokeFunction",
            resource: Some(&subscriber.endpoint),
            source: &topic,
            account,
        };
        let refused = function.policy.is_missing()
            || function.policy.found().is_some_and(|policy| {
                matches!(
                    grant(policy, &call),
                    PolicyDecision::Silent | PolicyDecision::Denied
                )
            });
        let mend = || {
            again(chain, subscriber).unwrap_or_else(|| {
                chain.aws(&format!(
                    "lambda add-permission --function-name {} --statement-id sns-{} --action lambda:InvokeFunction --principal \
                     sns.amazonaws.com --source-arn {topic} --source-account {account}",
                    subscriber.endpoint, chain.topic.name
                ))
            })
        };
        refused.then(|| {
            (
                format!("the topic may not call the function {}", name(subscriber)),
                mend(),
            )
        })
    })
}
