//! Each subscription: does SNS deliver to it, and what becomes of what it cannot deliver?

use super::chain::{Chain, Key, Link, Subscriber};
use super::grants::{Call, Grant, grant};
use super::{Check, Hit, Part, Severity};
use crate::domain::connection::KEY_ACTIONS;
use crate::domain::filter::{Family, FilterPolicy, Scope};
use crate::domain::names::SMS_TARGET;
use crate::domain::sms::number::masked;
use crate::domain::webhook::DESTINATIONS;
use crate::domain::wiring::Filter;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD016",
        severity: Severity::Warning,
        title: "A subscription is not confirmed",
        consequence: "SNS sends it nothing until it is",
        part: Part::Subscription,
        look: unconfirmed,
    },
    Check {
        code: "DD017",
        severity: Severity::Error,
        title: "A filter policy is held against message attributes",
        consequence: "Device Defender sets no attributes, so that no alert of it gets through",
        part: Part::Subscription,
        look: attribute_scope,
    },
    Check {
        code: "DD018",
        severity: Severity::Error,
        title: "A filter policy lets no message of Device Defender through",
        consequence: "the subscriber gets no alert",
        part: Part::Subscription,
        look: drops_everything,
    },
    Check {
        code: "DD019",
        severity: Severity::Note,
        title: "A filter policy keeps a kind of message away",
        consequence: "the subscriber does not get messages of this kind",
        part: Part::Subscription,
        look: drops_a_family,
    },
    Check {
        code: "DD020",
        severity: Severity::Warning,
        title: "A subscription has no dead-letter queue",
        consequence: "what SNS cannot deliver is gone",
        part: Part::FailureQueue,
        look: no_dead_letters,
    },
    Check {
        code: "DD021",
        severity: Severity::Error,
        title: "The dead-letter queue of a subscription is not there",
        consequence: "what SNS cannot deliver is gone",
        part: Part::FailureQueue,
        look: dead_letters_missing,
    },
    Check {
        code: "DD022",
        severity: Severity::Error,
        title: "The dead-letter queue of a subscription does not take messages of this topic",
        consequence: "what SNS cannot deliver is gone",
        part: Part::FailureQueue,
        look: dead_letters_refused,
    },
    Check {
        code: "DD023",
        severity: Severity::Warning,
        title: "A failure queue holds alerts that were not delivered",
        consequence: "these alerts reached nobody; the queue drops them after 14 days",
        part: Part::FailureQueue,
        look: failures_waiting,
    },
    Check {
        code: "DD024",
        severity: Severity::Error,
        title: "A subscribed function is not there",
        consequence: "SNS discards every alert to it without trying again",
        part: Part::Function,
        look: function_missing,
    },
    Check {
        code: "DD025",
        severity: Severity::Error,
        title: "A subscribed function may not be called by the topic",
        consequence: "SNS discards every alert to it without trying again",
        part: Part::Permission,
        look: not_permitted,
    },
];

/// The checks that came after the first codes were given.
pub(super) const LATER: &[Check] = &[
    Check {
        code: "DD056",
        severity: Severity::Error,
        title: "The dead-letter queue of a subscription is encrypted with a key that SNS may not use",
        consequence: "what SNS cannot deliver is gone",
        part: Part::FailureQueue,
        look: dead_letters_locked,
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

/// The checks of an audit whose report fits into a text message: with one more its JSON is longer than the 1,530 septets above
/// which the message fails ("SMS character limits in AWS End User Messaging").
const AUDIT_CHECKS_THAT_FIT: usize = 7;

/// What a subscriber is called: its function's name, its phone with the middle hidden, or its endpoint.
fn name(subscriber: &Subscriber) -> String {
    match subscriber.protocol.as_str() {
        "lambda" => subscriber.endpoint.rsplit(':').next().unwrap_or_default().to_owned(),
        "sms" => masked(&subscriber.endpoint),
        _ => subscriber.endpoint.clone(),
    }
}

/// Returns the command of ddalert that makes the subscriber anew, where it is of a kind that ddalert makes.
fn again(chain: &Chain, subscriber: &Subscriber) -> Option<String> {
    match subscriber.protocol.as_str() {
        "sms" => Some(chain.ddalert("subscribe-sms --subscribed")),
        "lambda" => {
            if let Some(relay) = subscriber.function.found().and_then(|function| function.relay.as_deref()) {
                return Some(super::relay::deploy(chain, relay));
            }
            // Whom it texted went with its environment.
            if chain.usual_function(SMS_TARGET) == name(subscriber) {
                return Some(chain.ddalert("subscribe-sms +NUMBER --readable"));
            }
            let mut targets = DESTINATIONS.iter().map(|destination| destination.name);
            let target = targets.find(|target| chain.usual_function(target) == name(subscriber))?;
            Some(chain.ddalert(&format!("deploy-{target}")))
        }
        _ => None,
    }
}

/// Looks at each subscriber; `look` returns what is wrong and how to mend it.
fn each(chain: &Chain, look: impl Fn(Link, &Subscriber) -> Option<(String, String)>) -> Vec<Hit> {
    chain
        .subscribers()
        .filter_map(|(link, subscriber)| look(link, subscriber).map(|(what, remedy)| Hit { link, what, remedy }))
        .collect()
}

fn unconfirmed(chain: &Chain) -> Vec<Hit> {
    each(chain, |_, subscriber| {
        if subscriber.confirmed {
            return None;
        }
        let Subscriber { protocol, endpoint, .. } = subscriber;
        let command =
            format!("sns subscribe --topic-arn {} --protocol {protocol} --notification-endpoint '{endpoint}'", chain.topic);
        Some((format!("the subscription of {} is not confirmed", name(subscriber)), chain.aws(&command)))
    })
}

/// The filter policy of a subscriber where SNS has one; one that cannot be read is left alone.
fn filter(subscriber: &Subscriber) -> Option<(&Filter, FilterPolicy)> {
    let filter = subscriber.subscription.found()?.filter.as_ref()?;
    let scope = if filter.on_body { Scope::MessageBody } else { Scope::MessageAttributes };
    Some((filter, FilterPolicy::scoped(&filter.policy.to_string(), scope).ok()?))
}

fn without_filter(chain: &Chain, subscriber: &Subscriber) -> String {
    let Subscriber { arn, .. } = subscriber;
    chain.aws(&format!(
        "sns set-subscription-attributes --subscription-arn {arn} --attribute-name FilterPolicy --attribute-value '{{}}'"
    ))
}

fn attribute_scope(chain: &Chain) -> Vec<Hit> {
    each(chain, |_, subscriber| {
        let filter = subscriber.subscription.found()?.filter.as_ref()?;
        let what = || format!("the filter policy of {} is held against message attributes: {}", name(subscriber), filter.policy);
        (!filter.on_body).then(|| (what(), without_filter(chain, subscriber)))
    })
}

/// The families of Device Defender's own; what else somebody publishes is theirs to filter.
fn dropped(policy: &FilterPolicy) -> Vec<Family> {
    policy.drops().into_iter().filter(|family| !matches!(family, Family::OtherJson | Family::Text)).collect()
}

fn all_of_device_defender() -> usize {
    Family::ALL.iter().filter(|family| !matches!(family, Family::OtherJson | Family::Text)).count()
}

fn drops_everything(chain: &Chain) -> Vec<Hit> {
    each(chain, |_, subscriber| {
        let (filter, policy) = filter(subscriber).filter(|(filter, _)| filter.on_body)?;
        let what = || format!("the filter policy of {} lets no alert through: {}", name(subscriber), filter.policy);
        (dropped(&policy).len() == all_of_device_defender()).then(|| (what(), without_filter(chain, subscriber)))
    })
}

fn drops_a_family(chain: &Chain) -> Vec<Hit> {
    each(chain, |_, subscriber| {
        let (_, policy) = filter(subscriber).filter(|(filter, _)| filter.on_body)?;
        let dropped = dropped(&policy);
        if dropped.is_empty() || dropped.len() == all_of_device_defender() {
            return None;
        }
        let families: Vec<&str> = dropped.into_iter().map(Family::name).collect();
        let what = format!("the filter policy of {} keeps away: {}", name(subscriber), families.join(", "));
        Some((what, without_filter(chain, subscriber)))
    })
}

fn no_dead_letters(chain: &Chain) -> Vec<Hit> {
    each(chain, |_, subscriber| {
        // Of others' subscriptions it is not ours to say; and what is not confirmed gets nothing to begin with.
        let mend = again(chain, subscriber)?;
        let without = subscriber.subscription.found()?.dead_letters.is_none();
        without.then(|| (format!("the subscription of {} has no dead-letter queue", name(subscriber)), mend))
    })
}

/// Where ddalert did not make the subscription, the redrive policy that leads nowhere is taken away.
fn mend_dead_letters(chain: &Chain, subscriber: &Subscriber) -> String {
    again(chain, subscriber).unwrap_or_else(|| {
        let arn = &subscriber.arn;
        chain.aws(&format!(
            "sns set-subscription-attributes --subscription-arn {arn} --attribute-name RedrivePolicy --attribute-value ''"
        ))
    })
}

fn dead_letters_missing(chain: &Chain) -> Vec<Hit> {
    each(chain, |_, subscriber| {
        let queue = subscriber.subscription.found()?.dead_letters.as_deref()?;
        let what = || format!("the dead-letter queue {queue} of {} is not there", name(subscriber));
        subscriber.dead_letters.is_missing().then(|| (what(), mend_dead_letters(chain, subscriber)))
    })
}

fn dead_letters_refused(chain: &Chain) -> Vec<Hit> {
    each(chain, |_, subscriber| {
        let queue = subscriber.subscription.found()?.dead_letters.as_deref()?;
        let call = Call {
            principals: &["sns.amazonaws.com"],
            action: "sqs:SendMessage",
            resource: Some(queue),
            source: &chain.topic.to_string(),
            account: &chain.topic.account,
        };
        let refused = matches!(grant(&subscriber.dead_letters.found()?.policy, &call), Grant::Silent | Grant::Denied);
        let what = || format!("the dead-letter queue {queue} of {} does not admit the topic", name(subscriber));
        refused.then(|| (what(), mend_dead_letters(chain, subscriber)))
    })
}

/// Returns whether SNS may put messages under this key: the key's policy must let it (SNS developer guide, "Dead-letter queues").
fn is_open_to_sns(chain: &Chain, key: &Key) -> bool {
    let topic = chain.topic.to_string();
    let may = |action| {
        let (resource, account) = (key.arn.as_deref(), chain.topic.account.as_str());
        let call = Call { principals: &["sns.amazonaws.com"], action, resource, source: &topic, account };
        key.policy.found().is_none_or(|policy| matches!(grant(policy, &call), Grant::Allowed | Grant::Unclear))
    };
    !key.aws_managed && KEY_ACTIONS.iter().all(|action| may(action))
}

fn dead_letters_locked(chain: &Chain) -> Vec<Hit> {
    each(chain, |_, subscriber| {
        let queue = subscriber.subscription.found()?.dead_letters.as_deref()?;
        let key = subscriber.dead_letters.found()?.key.as_ref()?;
        let queue = queue.rsplit(':').next().unwrap_or(queue);
        let what = || format!("the dead-letter queue {queue} is encrypted with {}, which SNS may not use", key.id);
        let url = chain.aws(&format!("sqs get-queue-url --queue-name {queue} --query QueueUrl --output text"));
        let mend =
            format!("sqs set-queue-attributes --queue-url \"$({url})\" --attributes KmsMasterKeyId=,SqsManagedSseEnabled=true");
        (!is_open_to_sns(chain, key)).then(|| (what(), chain.aws(&mend)))
    })
}

fn audits_too_long(chain: &Chain) -> Vec<Hit> {
    let topic = chain.topic.to_string();
    let audit = chain.audit.found().filter(|audit| audit.enabled && audit.checks.len() > AUDIT_CHECKS_THAT_FIT);
    let Some(audit) = audit.filter(|audit| audit.target.as_ref().is_some_and(|target| target.topic == topic)) else {
        return Vec::new();
    };
    each(chain, |_, subscriber| {
        let kept_away = filter(subscriber).is_some_and(|(filter, policy)| {
            !filter.on_body
                || [Family::AuditCompliant, Family::AuditNonCompliant].iter().all(|audit| dropped(&policy).contains(audit))
        });
        let what = || format!("{} gets the results of {} checks as raw JSON", name(subscriber), audit.checks.len());
        (subscriber.protocol == "sms" && !kept_away).then(|| (what(), chain.ddalert("subscribe-sms --subscribed --readable")))
    })
}

/// How long something took or takes, in the two largest units that say something.
fn time(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes} min"),
        (0, hours) => format!("{hours} h {minutes} min"),
        (days, hours) => format!("{days} d {hours} h"),
    }
}

fn failures_waiting(chain: &Chain) -> Vec<Hit> {
    let mut told: Vec<String> = Vec::new();
    let mut hits = Vec::new();
    for (link, subscriber) in chain.subscribers() {
        let relay = subscriber.function.found().and_then(|function| function.relay.as_deref());
        let failures = relay.and_then(|relay| Some((relay.names.queue_arn(), relay.queue.found()?.held)));
        let queue = subscriber.subscription.found().and_then(|subscription| subscription.dead_letters.clone());
        let dead_letters = queue.and_then(|queue| Some((queue, subscriber.dead_letters.found()?.held)));
        for (queue, held) in failures.into_iter().chain(dead_letters) {
            // A relay has one queue for both, and the phones of a topic share one.
            if held.messages > 0 && !told.contains(&queue) {
                let age = held.oldest_s.map(|age| {
                    format!(", the oldest for {}; it is dropped in {}", time(age), time(held.retention_s.saturating_sub(age)))
                });
                let (name, messages) = (queue.rsplit(':').next().unwrap_or(&queue), held.messages);
                let what = format!("the failure queue {name} holds about {messages} messages{}", age.unwrap_or_default());
                hits.push(Hit { link, what, remedy: chain.ddalert("replay") });
                told.push(queue);
            }
        }
    }
    hits
}

fn function_missing(chain: &Chain) -> Vec<Hit> {
    each(chain, |_, subscriber| {
        let mend = || {
            let unsubscribe = || chain.aws(&format!("sns unsubscribe --subscription-arn {}", subscriber.arn));
            again(chain, subscriber).unwrap_or_else(unsubscribe)
        };
        subscriber.function.is_missing().then(|| (format!("the function {} is not there", subscriber.endpoint), mend()))
    })
}

fn not_permitted(chain: &Chain) -> Vec<Hit> {
    each(chain, |_, subscriber| {
        let function = subscriber.function.found()?;
        let regional = format!("sns.{}.amazonaws.com", chain.topic.region);
        let topic = chain.topic.to_string();
        let account = chain.topic.account.as_str();
        let call = Call {
            principals: &["sns.amazonaws.com", &regional],
            action: "lambda:InvokeFunction",
            resource: Some(&subscriber.endpoint),
            source: &topic,
            account,
        };
        let refused = function.policy.is_missing()
            || function.policy.found().is_some_and(|policy| matches!(grant(policy, &call), Grant::Silent | Grant::Denied));
        let mend = || {
            again(chain, subscriber).unwrap_or_else(|| {
                chain.aws(&format!(
                    "lambda add-permission --function-name {} --statement-id sns-{} --action lambda:InvokeFunction --principal \
                     sns.amazonaws.com --source-arn {topic} --source-account {account}",
                    subscriber.endpoint, chain.topic.name
                ))
            })
        };
        refused.then(|| (format!("the topic may not call the function {}", name(subscriber)), mend()))
    })
}
