//! What keeps the alerts that fail: dead-letter queues of subscriptions, async settings and failure queues of relays. Is it there, does it
//! take them, and what does it hold?

use super::grants::{PolicyDecision, PolicyRequest, grant};
use super::remedies::{again, deploy, each, name, relays};
use super::snapshot::{ChainSnapshot, KmsKey, SubscriberSnapshot};
use super::{Check, FindingSeverity, Occurrence, Part};
use crate::arn::resource_name;
use crate::chain::names::ResourceNames;
use crate::chain::publishing::KEY_ACTIONS;
use crate::chain::spec::{ASYNC_MAX_AGE_S, ASYNC_RETRIES, QUEUE_RETENTION_S};
use crate::chain::state::Queue;
use crate::destination::sms::SMS_TARGET;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD020",
        severity: FindingSeverity::Warning,
        title: "A subscription has no dead-letter queue",
        consequence: "what SNS cannot deliver is gone",
        part: Part::FailureQueue,
        look: no_dead_letters,
    },
    Check {
        code: "DD021",
        severity: FindingSeverity::Error,
        title: "The dead-letter queue of a subscription is not there",
        consequence: "what SNS cannot deliver is gone",
        part: Part::FailureQueue,
        look: dead_letters_missing,
    },
    Check {
        code: "DD022",
        severity: FindingSeverity::Error,
        title: "The dead-letter queue of a subscription does not take messages of this topic",
        consequence: "what SNS cannot deliver is gone",
        part: Part::FailureQueue,
        look: dead_letters_refused,
    },
    Check {
        code: "DD023",
        severity: FindingSeverity::Warning,
        title: "A failure queue holds alerts that were not delivered",
        consequence: "these alerts reached nobody; the queue drops them after 14 days",
        part: Part::FailureQueue,
        look: failures_waiting,
    },
    Check {
        code: "DD031",
        severity: FindingSeverity::Warning,
        title: "The async settings of a relay do not keep what it fails on",
        consequence: "an alert that the room refuses is tried less often, or is gone",
        part: Part::FailureQueue,
        look: forgets_failures,
    },
    Check {
        code: "DD032",
        severity: FindingSeverity::Error,
        title: "The failure queue of a relay is not there",
        consequence: "an alert that the room refuses is gone",
        part: Part::FailureQueue,
        look: queue_missing,
    },
    Check {
        code: "DD056",
        severity: FindingSeverity::Error,
        title: "The dead-letter queue of a subscription is encrypted with a key that SNS or the relay may not use",
        consequence: "what SNS cannot deliver is gone",
        part: Part::FailureQueue,
        look: dead_letters_locked,
    },
    Check {
        code: "DD060",
        severity: FindingSeverity::Warning,
        title: "A failure queue of ddalert keeps its messages shorter than 14 days, or unencrypted",
        consequence: "what failed is gone earlier, or can be read by more people, than it should",
        part: Part::FailureQueue,
        look: other_queue,
    },
];

fn no_dead_letters(chain: &ChainSnapshot) -> Vec<Occurrence> {
    each(chain, |_, subscriber| {
        // Of others' subscriptions it is not ours to say; and what is not confirmed gets nothing to begin with.
        let mend = again(chain, subscriber)?;
        let without = subscriber.subscription.found()?.dead_letters.is_none();
        without.then(|| {
            (
                format!(
                    "the subscription of {} has no dead-letter queue",
                    name(subscriber)
                ),
                mend,
            )
        })
    })
}

/// Where ddalert did not make the subscription, the redrive policy that leads nowhere is taken away.
fn mend_dead_letters(chain: &ChainSnapshot, subscriber: &SubscriberSnapshot) -> String {
    again(chain, subscriber).unwrap_or_else(|| {
        let arn = &subscriber.arn;
        chain.aws(&format!(
            "sns set-subscription-attributes --subscription-arn {arn} --attribute-name RedrivePolicy --attribute-value ''"
        ))
    })
}

fn dead_letters_missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    each(chain, |_, subscriber| {
        let queue = subscriber.subscription.found()?.dead_letters.as_deref()?;
        let what = || {
            format!(
                "the dead-letter queue {queue} of {} is not there",
                name(subscriber)
            )
        };
        subscriber
            .dead_letters
            .is_missing()
            .then(|| (what(), mend_dead_letters(chain, subscriber)))
    })
}

fn dead_letters_refused(chain: &ChainSnapshot) -> Vec<Occurrence> {
    each(chain, |_, subscriber| {
        let queue = subscriber.subscription.found()?.dead_letters.as_deref()?;
        let call = PolicyRequest {
            principals: &["sns.amazonaws.com"],
            action: "sqs:SendMessage",
            resource: Some(queue),
            source: &chain.topic.to_string(),
            account: &chain.topic.account,
        };
        let refused = matches!(
            grant(&subscriber.dead_letters.found()?.policy, &call),
            PolicyDecision::Silent | PolicyDecision::Denied
        );
        let what = || {
            format!(
                "the dead-letter queue {queue} of {} does not admit the topic",
                name(subscriber)
            )
        };
        refused.then(|| (what(), mend_dead_letters(chain, subscriber)))
    })
}

/// Returns whether SNS may put messages under this key: the key's policy must let it (SNS developer guide, "Dead-letter queues").
fn is_open_to_sns(chain: &ChainSnapshot, key: &KmsKey) -> bool {
    let topic = chain.topic.to_string();
    let may = |action| {
        let (resource, account) = (key.arn.as_deref(), chain.topic.account.as_str());
        let call = PolicyRequest {
            principals: &["sns.amazonaws.com"],
            action,
            resource,
            source: &topic,
            account,
        };
        key.policy.found().is_none_or(|policy| {
            matches!(
                grant(policy, &call),
                PolicyDecision::Allowed | PolicyDecision::Unclear
            )
        })
    };
    !key.aws_managed && KEY_ACTIONS.iter().all(|action| may(action))
}

fn dead_letters_locked(chain: &ChainSnapshot) -> Vec<Occurrence> {
    each(chain, |_, subscriber| {
        let arn = subscriber.subscription.found()?.dead_letters.as_deref()?;
        let key = subscriber.dead_letters.found()?.key.as_ref()?;
        let queue = resource_name(arn);
        let relay = subscriber
            .function
            .found()
            .and_then(|function| function.relay.as_deref());
        // What a relay fails on Lambda puts into its queue as the relay, whose role may use no key but that of its webhook URL.
        let is_relays = relay.is_some_and(|relay| relay.names.queue_arn() == arn);
        let why = match (&key.unusable, is_open_to_sns(chain, key)) {
            (Some(state), _) => format!("which is in the state {state}"),
            (None, false) => "which SNS may not use".to_owned(),
            (None, true) if is_relays => "which the role of the relay may not use".to_owned(),
            (None, true) => return None,
        };
        let url = chain.aws(&format!(
            "sqs get-queue-url --queue-name {queue} --query QueueUrl --output text"
        ));
        let mend = format!(
            "sqs set-queue-attributes --queue-url \"$({url})\" --attributes KmsMasterKeyId=,SqsManagedSseEnabled=true"
        );
        Some((
            format!(
                "the dead-letter queue {queue} is encrypted with {}, {why}",
                key.id
            ),
            chain.aws(&mend),
        ))
    })
}

fn failures_waiting(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let mut told: Vec<String> = Vec::new();
    let mut hits = Vec::new();
    for (link, subscriber) in chain.subscribers() {
        let relay = subscriber
            .function
            .found()
            .and_then(|function| function.relay.as_deref());
        let failures =
            relay.and_then(|relay| Some((relay.names.queue_arn(), relay.queue.found()?.held)));
        let queue = subscriber
            .subscription
            .found()
            .and_then(|subscription| subscription.dead_letters.clone());
        let dead_letters =
            queue.and_then(|queue| Some((queue, subscriber.dead_letters.found()?.held)));
        for (queue, held) in failures.into_iter().chain(dead_letters) {
            // A relay has one queue for both, and the phones of a topic share one.
            if held.messages > 0 && !told.contains(&queue) {
                let age = held.oldest_s.map(|age| {
                    format!(
                        ", the oldest for {}; it is dropped in {}",
                        time(age),
                        time(held.retention_s.saturating_sub(age))
                    )
                });
                let (name, messages) = (resource_name(&queue), held.messages);
                let what = format!(
                    "the failure queue {name} holds about {messages} messages{}",
                    age.unwrap_or_default()
                );
                hits.push(Occurrence {
                    link,
                    what,
                    remedy: chain.ddalert("replay"),
                });
                told.push(queue);
            }
        }
    }
    hits
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

fn forgets_failures(chain: &ChainSnapshot) -> Vec<Occurrence> {
    relays(chain, |relay| {
        let kept = relay.event_invoke_config.found().is_some_and(|settings| {
            settings.on_failure.as_ref() == Some(&relay.names.queue_arn())
                && settings.retries == ASYNC_RETRIES
                && settings.max_age_s == ASYNC_MAX_AGE_S
        });
        let looked =
            relay.event_invoke_config.is_missing() || relay.event_invoke_config.found().is_some();
        (looked && !kept).then(|| {
            format!(
                "the async settings of {} are not {ASYNC_RETRIES} retries, 6 hours, failures to its queue",
                relay.names.function
            )
        })
    })
}

fn queue_missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    chain
        .subscribers()
        .filter_map(|(link, subscriber)| {
            let relay = subscriber.function.found()?.relay.as_deref()?;
            // Where the subscription names the same queue, that is said there.
            let said = subscriber.dead_letters.is_missing()
                && subscriber.subscription.found().is_some_and(|held| {
                    held.dead_letters.as_ref() == Some(&relay.names.queue_arn())
                });
            let what = || format!("the failure queue {} is not there", relay.names.queue);
            (relay.queue.is_missing() && !said).then(|| Occurrence {
                link,
                what: what(),
                remedy: deploy(chain, relay),
            })
        })
        .collect()
}

fn other_queue(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let phones = ResourceNames::new(SMS_TARGET, &chain.topic, chain.place(), None).queue_arn();
    let mut told: Vec<String> = Vec::new();
    each(chain, |_, subscriber| {
        let relay = subscriber
            .function
            .found()
            .and_then(|function| function.relay.as_deref());
        let (arn, retention_s, encrypted) = match relay {
            Some(relay) => {
                let Queue {
                    retention_s,
                    encrypted,
                    ..
                } = relay.queue.found()?.queue;
                (relay.names.queue_arn(), u64::from(retention_s), encrypted)
            }
            None => {
                let arn = subscriber
                    .subscription
                    .found()?
                    .dead_letters
                    .clone()
                    .filter(|arn| *arn == phones)?;
                let held = subscriber.dead_letters.found()?;
                (arn, held.held.retention_s, held.encrypted)
            }
        };
        // The phones of a topic share one.
        if told.contains(&arn) {
            return None;
        }
        let name = resource_name(&arn);
        let what = match (retention_s < u64::from(QUEUE_RETENTION_S), encrypted) {
            (true, _) => format!(
                "the failure queue {name} keeps its messages for {}",
                time(retention_s)
            ),
            (false, false) => format!("the failure queue {name} is not encrypted"),
            (false, true) => return None,
        };
        told.push(arn);
        Some((what, again(chain, subscriber)?))
    })
}
