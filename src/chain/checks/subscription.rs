//! Each subscription: does SNS deliver alerts to it, and is SNS allowed to?

use super::check::{Check, FindingSeverity, Occurrence};
use super::occurrences::in_subscribers;
use super::policy_evaluation::PolicyRequest;
use super::remedies::{recreate, subscriber_name};
use super::snapshot::{ChainSnapshot, Part, SubscriberSnapshot};
use crate::chain::filter::{FilterPolicy, MessageKind};
use crate::chain::state::Filter;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD016",
        severity: FindingSeverity::Warning,
        title: "A subscription is not confirmed",
        consequence: "SNS delivers nothing to it until it is confirmed",
        remedy: "`aws sns subscribe --topic-arn ARN --protocol PROTOCOL --notification-endpoint ENDPOINT` sends the confirmation request again.",
        part: Part::Subscription,
        find: unconfirmed,
    },
    Check {
        code: "DD017",
        severity: FindingSeverity::Error,
        title: "A filter policy applies to message attributes",
        consequence: "Device Defender sets no message attributes, so the subscriber gets none of its alerts",
        remedy: "`aws sns set-subscription-attributes --subscription-arn ARN --attribute-name FilterPolicy --attribute-value '{}'` removes the filter policy. `ddalert deploy-TARGET --events KIND,…` sets one that applies to the message body.",
        part: Part::Subscription,
        find: attribute_scope,
    },
    Check {
        code: "DD018",
        severity: FindingSeverity::Error,
        title: "A filter policy blocks every message of Device Defender",
        consequence: "the subscriber gets no alerts",
        remedy: "`aws sns set-subscription-attributes --subscription-arn ARN --attribute-name FilterPolicy --attribute-value '{}'` removes the filter policy.",
        part: Part::Subscription,
        find: all_messages_blocked,
    },
    Check {
        code: "DD019",
        severity: FindingSeverity::Note,
        title: "A filter policy blocks some kinds of messages",
        consequence: "the subscriber does not get messages of these kinds",
        remedy: "`aws sns set-subscription-attributes --subscription-arn ARN --attribute-name FilterPolicy --attribute-value '{}'` removes the filter policy. Nothing to do if it is there on purpose.",
        part: Part::Subscription,
        find: some_messages_blocked,
    },
    Check {
        code: "DD025",
        severity: FindingSeverity::Error,
        title: "The topic is not allowed to invoke a subscribed function",
        consequence: "SNS discards every alert for it without retrying",
        remedy: "`ddalert deploy-TARGET`; for a function that is not a relay, `aws lambda add-permission --function-name NAME --statement-id ID --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn ARN --source-account ACCOUNT`.",
        part: Part::Permission,
        find: invocation_not_allowed,
    },
];

fn unconfirmed(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| {
        if subscriber.confirmed {
            return None;
        }
        let (protocol, endpoint) = (&subscriber.protocol, subscriber_name(subscriber));
        let command = format!(
            "sns subscribe --topic-arn {} --protocol {protocol} --notification-endpoint '{endpoint}'",
            chain.topic
        );
        Some((
            format!("the subscription of {endpoint} is not confirmed"),
            chain.aws(&command),
        ))
    })
}

/// Returns the filter policy of a subscriber, or `None` if it has none or one that cannot be parsed.
pub(super) fn filter_policy(subscriber: &SubscriberSnapshot) -> Option<(&Filter, FilterPolicy)> {
    let filter = subscriber.subscription.found()?.filter.as_ref()?;
    Some((filter, filter.parse().ok()?))
}

fn remove_filter_policy(chain: &ChainSnapshot, subscriber: &SubscriberSnapshot) -> String {
    let SubscriberSnapshot { arn, .. } = subscriber;
    chain.aws(&format!(
        "sns set-subscription-attributes --subscription-arn {arn} --attribute-name FilterPolicy --attribute-value '{{}}'"
    ))
}

fn attribute_scope(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| {
        let filter = subscriber.subscription.found()?.filter.as_ref()?;
        let what = || {
            format!(
                "the filter policy of {} applies to message attributes: {}",
                subscriber_name(subscriber),
                filter.policy
            )
        };
        (!filter.on_body).then(|| (what(), remove_filter_policy(chain, subscriber)))
    })
}

/// Whether Device Defender sends messages of this kind; others may be filtered as their publisher likes.
fn is_device_defender(kind: MessageKind) -> bool {
    !matches!(kind, MessageKind::OtherJson | MessageKind::Text)
}

/// Returns the kinds of Device Defender's messages that a policy blocks.
pub(super) fn blocked_kinds(policy: &FilterPolicy) -> Vec<MessageKind> {
    let mut kinds = policy.dropped_kinds();
    kinds.retain(|kind| is_device_defender(*kind));
    kinds
}

fn blocks_all(blocked: &[MessageKind]) -> bool {
    let kinds = MessageKind::ALL.iter();
    blocked.len() == kinds.filter(|kind| is_device_defender(**kind)).count()
}

fn all_messages_blocked(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| {
        let (filter, policy) = filter_policy(subscriber).filter(|(filter, _)| filter.on_body)?;
        let what = || {
            format!(
                "the filter policy of {} blocks every alert: {}",
                subscriber_name(subscriber),
                filter.policy
            )
        };
        blocks_all(&blocked_kinds(&policy))
            .then(|| (what(), remove_filter_policy(chain, subscriber)))
    })
}

fn some_messages_blocked(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| {
        let (_, policy) = filter_policy(subscriber).filter(|(filter, _)| filter.on_body)?;
        let blocked = blocked_kinds(&policy);
        if blocked.is_empty() || blocks_all(&blocked) {
            return None;
        }
        let names: Vec<&str> = blocked.into_iter().map(MessageKind::name).collect();
        let what = format!(
            "the filter policy of {} blocks: {}",
            subscriber_name(subscriber),
            names.join(", ")
        );
        Some((what, remove_filter_policy(chain, subscriber)))
    })
}

fn invocation_not_allowed(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| {
        // Lambda itself takes alerts from a buffer.
        let function = subscriber
            .function
            .found()
            .filter(|_| subscriber.protocol == "lambda")?;
        let regional = format!("sns.{}.amazonaws.com", chain.topic.region);
        let topic = chain.topic.to_string();
        let account = chain.topic.account.as_str();
        let request = PolicyRequest {
            principals: &["sns.amazonaws.com", &regional],
            action: "lambda:InvokeFunction",
            resource: Some(&subscriber.endpoint),
            source: &topic,
            account,
        };
        let policy = &function.policy;
        let is_denied = policy.is_missing()
            || policy
                .found()
                .is_some_and(|policy| request.is_denied_by(policy));
        let remedy = || {
            recreate(chain, subscriber).unwrap_or_else(|| {
                chain.aws(&format!(
                    "lambda add-permission --function-name {} --statement-id sns-{} --action lambda:InvokeFunction --principal \
                     sns.amazonaws.com --source-arn {topic} --source-account {account}",
                    subscriber.endpoint, chain.topic.name
                ))
            })
        };
        is_denied.then(|| {
            let name = subscriber_name(subscriber);
            (
                format!("the topic is not allowed to invoke the function {name}"),
                remedy(),
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::chain::checks::tests::*;

    #[test]
    fn dd016_unconfirmed() {
        finds("DD016", "aws sns subscribe", |chain| {
            let one = SubscriberSnapshot {
                protocol: "email".into(),
                endpoint: "a@example.org".into(),
                ..SubscriberSnapshot::default()
            };
            *subscriber(chain) = one;
        });
    }

    #[test]
    fn dd017_attribute_scope() {
        finds("DD017", "FilterPolicy", |chain| {
            subscription(chain).filter =
                filter(json!({ "violationEventType": ["in-alarm"] }), false);
        });
    }

    #[test]
    fn dd018_all_messages_blocked() {
        finds("DD018", "FilterPolicy", |chain| {
            subscription(chain).filter = filter(json!({ "violationEventType": ["alarm"] }), true)
        });
    }

    #[test]
    fn dd019_some_messages_blocked() {
        finds("DD019", "FilterPolicy", |chain| {
            subscription(chain).filter =
                filter(json!({ "violationEventType": ["in-alarm"] }), true);
        });
    }

    #[test]
    fn dd025_invocation_not_allowed() {
        finds("DD025", DEPLOY, |chain| {
            function(chain).policy = Lookup::Missing
        });
        finds("DD025", "aws lambda add-permission", |chain| {
            subscriber(chain).endpoint =
                "arn:aws:lambda:eu-central-1:123456789012:function:workshop".into();
            function(chain).relay = None;
        });
    }
}
