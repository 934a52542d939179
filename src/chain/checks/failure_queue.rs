//! What keeps failed alerts: dead-letter queues of subscriptions, asynchronous invocation settings and failure queues of relays. Do
//! they exist, do they accept alerts, and what do they hold?

use jiff::fmt::friendly::{Designator, Spacing, SpanPrinter};
use jiff::{RoundMode, SpanRound, ToSpan, Unit};

use super::check::{Check, FindingSeverity, Occurrence, Remedy};
use super::occurrences::{in_relays_to_redeploy, in_subscribers};
use super::policy_evaluation::{PolicyDecision, PolicyRequest, evaluate};
use super::remedies::{enable_key, recreate, redeploy, subscriber_name};
use super::snapshot::{
    ChainSnapshot, DeadLetterQueue, KmsKey, Part, QueueContents, Reading, SubscriberSnapshot,
};
use crate::arn::{Arn, resource_name};
use crate::chain::names::ResourceNames;
use crate::chain::publishing::KEY_ACTIONS;
use crate::chain::spec::{ASYNC_MAX_AGE_S, ASYNC_RETRIES, QUEUE_RETENTION_S};
use crate::chain::state::Queue;
use crate::destination::sms::SMS_TARGET;

/// The size of the largest message of SNS, in bytes (SNS quotas).
const MESSAGE_BYTES: u64 = 262_144;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD020",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Subscription],
        title: "A subscription has no dead-letter queue",
        consequence: "alerts that SNS cannot deliver are lost",
        remedy: "`ddalert deploy-TARGET`; for phones, `ddalert subscribe-sms --subscribed`.",
        part: Part::FailureQueue,
        find: no_dead_letter_queue,
    },
    Check {
        code: "DD021",
        severity: FindingSeverity::Error,
        reads: &[Reading::DeadLetters],
        title: "The dead-letter queue of a subscription does not exist",
        consequence: "alerts that SNS cannot deliver are lost",
        remedy: "`ddalert deploy-TARGET`; for phones, `ddalert subscribe-sms --subscribed`; for any other subscription, `aws sns set-subscription-attributes --subscription-arn ARN --attribute-name RedrivePolicy --attribute-value ''`.",
        part: Part::FailureQueue,
        find: dead_letter_queue_missing,
    },
    Check {
        code: "DD022",
        severity: FindingSeverity::Error,
        reads: &[Reading::DeadLetters],
        title: "The dead-letter queue of a subscription does not accept messages from the topic",
        consequence: "alerts that SNS cannot deliver are lost",
        remedy: "`ddalert deploy-TARGET`; for phones, `ddalert subscribe-sms --subscribed`; for any other subscription, `aws sns set-subscription-attributes --subscription-arn ARN --attribute-name RedrivePolicy --attribute-value ''`.",
        part: Part::FailureQueue,
        find: dead_letters_not_accepted,
    },
    Check {
        code: "DD023",
        severity: FindingSeverity::Warning,
        reads: &[Reading::DeadLetters, Reading::Queue],
        title: "A failure queue holds undelivered alerts",
        consequence: "these alerts reached nobody; the queue deletes them after 14 days",
        remedy: "`ddalert replay`, once the cause is fixed.",
        part: Part::FailureQueue,
        find: undelivered_alerts,
    },
    Check {
        code: "DD031",
        severity: FindingSeverity::Warning,
        reads: &[Reading::EventInvokeConfig],
        title: "The asynchronous invocation settings of a relay do not keep failed alerts",
        consequence: "alerts that the room rejects are retried less often, or lost",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::FailureQueue,
        find: failures_not_kept,
    },
    Check {
        code: "DD032",
        severity: FindingSeverity::Error,
        reads: &[Reading::Queue],
        title: "The failure queue of a relay does not exist",
        consequence: "alerts that the room rejects are lost",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::FailureQueue,
        find: queue_missing,
    },
    Check {
        code: "DD056",
        severity: FindingSeverity::Error,
        reads: &[Reading::DeadLettersKey],
        title: "The dead-letter queue of a subscription is encrypted with a KMS key that SNS or the relay cannot use",
        consequence: "alerts that SNS cannot deliver are lost",
        remedy: "`aws sqs set-queue-attributes --queue-url URL --attributes KmsMasterKeyId=,SqsManagedSseEnabled=true` encrypts the queue with a key of SQS instead.",
        part: Part::FailureQueue,
        find: queue_key_unusable,
    },
    Check {
        code: "DD060",
        severity: FindingSeverity::Warning,
        reads: &[Reading::DeadLetters, Reading::Queue],
        title: "A failure queue of ddalert keeps messages for less than 14 days, or does not encrypt them",
        consequence: "undelivered alerts are deleted too early, or stored unencrypted",
        remedy: "`ddalert deploy-TARGET`; for phones, `ddalert subscribe-sms --subscribed`.",
        part: Part::FailureQueue,
        find: other_queue_settings,
    },
    Check {
        code: "DD084",
        severity: FindingSeverity::Error,
        reads: &[Reading::Queue, Reading::Role],
        title: "The policy of a failure queue denies messages from the relay",
        consequence: "alerts that the room rejects are lost",
        remedy: "`ddalert deploy-TARGET` writes the policy anew.",
        part: Part::FailureQueue,
        find: relay_denied,
    },
    Check {
        code: "DD085",
        severity: FindingSeverity::Warning,
        reads: &[Reading::DeadLetters],
        title: "The dead-letter queue of a subscription takes only small messages",
        consequence: "alerts that SNS cannot deliver are lost if they are larger",
        remedy: "`aws sqs set-queue-attributes --queue-url URL --attributes MaximumMessageSize=262144`.",
        part: Part::FailureQueue,
        find: small_messages_only,
    },
];

fn no_dead_letter_queue(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| {
        // Subscriptions that ddalert did not create may do without one; an unconfirmed subscription gets no alerts anyway.
        let remedy = recreate(chain, subscriber)?;
        let has_none = subscriber.subscription.found()?.dead_letters.is_none();
        has_none.then(|| {
            let name = subscriber_name(subscriber);
            (
                format!("the subscription of {name} has no dead-letter queue"),
                remedy,
            )
        })
    })
}

/// Returns the command that gives a subscription a working dead-letter queue, or, if ddalert did not create the subscription,
/// removes the redrive policy that does not work.
fn restore_dead_letter_queue(chain: &ChainSnapshot, subscriber: &SubscriberSnapshot) -> Remedy {
    recreate(chain, subscriber).unwrap_or_else(|| {
        let arn = &subscriber.arn;
        chain.aws(&format!(
            "sns set-subscription-attributes --subscription-arn {arn} --attribute-name RedrivePolicy --attribute-value ''"
        ))
        .into()
    })
}

fn dead_letter_queue_missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| {
        let queue = subscriber.dead_letter_arn()?;
        subscriber.dead_letters.is_missing().then(|| {
            let name = subscriber_name(subscriber);
            (
                format!("the dead-letter queue {queue} of {name} does not exist"),
                restore_dead_letter_queue(chain, subscriber),
            )
        })
    })
}

fn dead_letters_not_accepted(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| {
        let queue = subscriber.dead_letter_arn()?;
        let request = PolicyRequest {
            principals: &["sns.amazonaws.com"],
            action: "sqs:SendMessage",
            resource: Some(queue),
            source: &chain.topic.to_string(),
            account: &chain.topic.account,
        };
        let arn: Option<Arn> = queue.parse().ok();
        let is_here = arn.is_some_and(|arn| arn.is_local_to(&chain.topic));
        let denies = |found: &DeadLetterQueue| request.is_denied_by(&found.policy);
        // SNS takes a standard queue of the account and region of the subscription (SNS developer guide, "Dead-letter queues").
        let why = match (
            is_here,
            queue.ends_with(".fifo"),
            subscriber.dead_letters.found(),
        ) {
            (false, ..) => ": it is in another account or region",
            (true, true, _) => ": it is a FIFO queue",
            (true, false, Some(found)) if denies(found) => "",
            (true, false, _) => return None,
        };
        let name = subscriber_name(subscriber);
        Some((
            format!(
                "the dead-letter queue {queue} of {name} does not accept messages from the topic{why}"
            ),
            restore_dead_letter_queue(chain, subscriber),
        ))
    })
}

/// Returns whether SNS can encrypt messages with this key: its key policy must allow it (SNS developer guide, "Dead-letter
/// queues"), which an AWS managed key never does.
pub(super) fn sns_can_use(chain: &ChainSnapshot, key: &KmsKey) -> bool {
    let topic = chain.topic.to_string();
    let is_denied = |action| {
        let request = PolicyRequest {
            principals: &["sns.amazonaws.com"],
            action,
            resource: key.arn.as_deref(),
            source: &topic,
            account: chain.topic.account.as_str(),
        };
        let policy = key.policy.found();
        policy.is_some_and(|policy| request.is_denied_by(policy))
    };
    !key.aws_managed && !KEY_ACTIONS.iter().any(|action| is_denied(action))
}

fn queue_key_unusable(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| {
        let arn = subscriber.dead_letter_arn()?;
        let key = subscriber.dead_letters.found()?.key.as_ref()?;
        let queue = resource_name(arn);
        // Lambda sends failed alerts to the queue with the execution role, which may use no key but that of the webhook URL.
        let is_failure_queue = subscriber
            .relay()
            .is_some_and(|relay| relay.names.queue_arn() == arn);
        let why = match (key.unusable.as_deref(), sns_can_use(chain, key)) {
            (Some("missing"), _) => "which does not exist".to_owned(),
            (Some(state), _) => format!("which is in the state {state}"),
            (None, false) => "which SNS cannot use".to_owned(),
            (None, true) if is_failure_queue => {
                "which the execution role of the relay cannot use".to_owned()
            }
            (None, true) => return None,
        };
        let command = set_attributes(chain, queue, "KmsMasterKeyId=,SqsManagedSseEnabled=true");
        // The key of the customer that SNS and the relay may use comes back; any other gives way to a key of SQS.
        let mut enabled = key.clone();
        enabled.unusable = None;
        let is_right = sns_can_use(chain, &enabled) && !is_failure_queue;
        let remedy = match key.unusable.as_deref() {
            Some(state) if state != "missing" && is_right => enable_key(chain, key, state),
            _ => command.into(),
        };
        Some((
            format!(
                "the dead-letter queue {queue} is encrypted with the KMS key {}, {why}",
                key.id
            ),
            remedy,
        ))
    })
}

/// Returns the command that sets attributes of a queue, by its name.
pub(super) fn set_attributes(chain: &ChainSnapshot, queue: &str, attributes: &str) -> String {
    let url = chain.aws(&format!(
        "sqs get-queue-url --queue-name {queue} --query QueueUrl --output text"
    ));
    chain.aws(&format!(
        "sqs set-queue-attributes --queue-url \"$({url})\" --attributes {attributes}"
    ))
}

fn relay_denied(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let (queue, account) = (relay.names.queue_arn(), chain.topic.account.as_str());
        let role = format!("role/{}", relay.role_name);
        let role = Arn::iam(&chain.topic.partition, account, &role).to_string();
        let request = PolicyRequest {
            principals: &[&role],
            action: "sqs:SendMessage",
            resource: Some(&queue),
            source: "",
            account,
        };
        let policy = &relay.queue.found()?.queue.policy;
        (evaluate(policy, &request) == PolicyDecision::ExplicitDeny).then(|| {
            format!(
                "the policy of the failure queue {} denies sqs:SendMessage to the role {}",
                relay.names.queue, relay.role_name
            )
        })
    })
}

fn small_messages_only(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| {
        let queue = resource_name(subscriber.dead_letter_arn()?);
        let bytes = subscriber.dead_letters.found()?.max_message_bytes;
        (1..MESSAGE_BYTES).contains(&bytes).then(|| {
            (
                format!("the dead-letter queue {queue} takes messages of up to {bytes} bytes only"),
                set_attributes(chain, queue, &format!("MaximumMessageSize={MESSAGE_BYTES}")),
            )
        })
    })
}

fn undelivered_alerts(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let mut reported: Vec<String> = Vec::new();
    let mut occurrences = Vec::new();
    for (link, subscriber) in chain.subscribers() {
        let failures = subscriber
            .relay()
            .and_then(|relay| Some((relay.names.queue_arn(), relay.queue.found()?.contents)));
        let dead_letters = subscriber
            .dead_letter_arn()
            .and_then(|queue| Some((queue.to_owned(), subscriber.dead_letters.found()?.contents)));
        for (queue, contents) in failures.into_iter().chain(dead_letters) {
            // A relay has one queue for both, and all phones of a topic share one.
            if contents.messages > 0 && !reported.contains(&queue) {
                let what = format!(
                    "the failure queue {} holds {}",
                    resource_name(&queue),
                    describe(contents)
                );
                occurrences.push(Occurrence::new(link, what, chain.ddalert("replay")));
                reported.push(queue);
            }
        }
    }
    occurrences
}

/// Returns what a queue contains: "about 2 messages; the oldest is 1 hour old and will be deleted in 13 days 23 hours".
fn describe(contents: QueueContents) -> String {
    let QueueContents {
        messages,
        oldest_s,
        retention_s,
    } = contents;
    let plural = if messages == 1 { "" } else { "s" };
    let count = format!("about {messages} message{plural}");
    match oldest_s {
        None => count,
        Some(age) => format!(
            "{count}; the oldest is {} old and will be deleted in {}",
            duration(age),
            duration(retention_s.saturating_sub(age))
        ),
    }
}

/// Returns a duration in days and hours, or in hours and minutes if it is shorter than a day.
fn duration(seconds: u64) -> String {
    const PRINTER: SpanPrinter = SpanPrinter::new()
        .designator(Designator::Verbose)
        .spacing(Spacing::BetweenUnitsAndDesignators)
        .zero_unit(Unit::Minute);
    let span = i64::try_from(seconds).unwrap_or(i64::MAX).seconds();
    let smallest = if seconds < 86_400 {
        Unit::Minute
    } else {
        Unit::Hour
    };
    let units = SpanRound::new()
        .largest(Unit::Day)
        .smallest(smallest)
        .mode(RoundMode::Trunc)
        .days_are_24_hours();
    PRINTER.span_to_string(&span.round(units).unwrap_or(span))
}

fn failures_not_kept(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let settings = &relay.event_invoke_config;
        let is_right = settings.found().is_some_and(|settings| {
            settings.on_failure.as_ref() == Some(&relay.names.queue_arn())
                && settings.retries == ASYNC_RETRIES
                && settings.max_age_s == ASYNC_MAX_AGE_S
        });
        let is_known = settings.is_missing() || settings.found().is_some();
        (is_known && !is_right).then(|| {
            format!(
                "the asynchronous invocation settings of {} are not {ASYNC_RETRIES} retries, a maximum age of 6 hours, and its \
                 failure queue as the on-failure destination",
                relay.names.function
            )
        })
    })
}

fn queue_missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| {
        let relay = subscriber.relay()?;
        // DD021 reports it if the subscription names the same queue.
        let is_reported = subscriber.dead_letters.is_missing()
            && subscriber.dead_letter_arn() == Some(&relay.names.queue_arn());
        (relay.queue.is_missing() && !is_reported).then(|| {
            (
                format!("the failure queue {} does not exist", relay.names.queue),
                redeploy(chain, relay),
            )
        })
    })
}

fn other_queue_settings(chain: &ChainSnapshot) -> Vec<Occurrence> {
    let queue_of_phones =
        ResourceNames::new(SMS_TARGET, &chain.topic, chain.account_region(), None).queue_arn();
    let mut reported: Vec<String> = Vec::new();
    in_subscribers(chain, |subscriber| {
        let (arn, retention_s, encrypted) = match subscriber.relay() {
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
                    .dead_letter_arn()
                    .filter(|arn| *arn == queue_of_phones)?;
                let queue = subscriber.dead_letters.found()?;
                (arn.to_owned(), queue.contents.retention_s, queue.encrypted)
            }
        };
        // All phones of a topic share one queue.
        if reported.contains(&arn) {
            return None;
        }
        let name = resource_name(&arn);
        let what = match (retention_s < u64::from(QUEUE_RETENTION_S), encrypted) {
            (true, _) => format!(
                "the failure queue {name} keeps messages for only {}",
                duration(retention_s)
            ),
            (false, false) => format!("the failure queue {name} is not encrypted"),
            (false, true) => return None,
        };
        reported.push(arn);
        Some((what, recreate(chain, subscriber)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::checks::tests::*;

    #[test]
    fn dd020_no_dead_letter_queue() {
        finds("DD020", DEPLOY, |chain| {
            subscription(chain).dead_letters = None
        });
    }

    #[test]
    fn dd021_dead_letter_queue_missing() {
        finds("DD021", DEPLOY, |chain| {
            subscriber(chain).dead_letters = Lookup::Missing;
            relay(chain).queue = Lookup::Missing;
        });
    }

    #[test]
    fn dd022_dead_letters_not_accepted() {
        finds("DD022", DEPLOY, |chain| {
            subscriber(chain).dead_letters = Lookup::Found(DeadLetterQueue::default())
        });
    }

    #[test]
    fn dd023_undelivered_alerts() {
        finds("DD023", "ddalert replay", |chain| {
            let Lookup::Found(queue) = &mut relay(chain).queue else {
                unreachable!("a queue")
            };
            queue.contents.messages = 2;
        });
        for (oldest_s, said) in [
            (None, "holds about 2 messages"),
            (
                Some(60 * 59),
                "holds about 2 messages; the oldest is 59 minutes old and will be deleted in 13 days 23 hours",
            ),
            (
                Some(86_400 * 14 - 5400),
                "holds about 2 messages; the oldest is 13 days 22 hours old and will be deleted in 1 hour 30 minutes",
            ),
            (
                Some(86_400 * 15),
                "holds about 2 messages; the oldest is 15 days old and will be deleted in 0 minutes",
            ),
        ] {
            let mut chain = healthy();
            let Lookup::Found(queue) = &mut relay(&mut chain).queue else {
                unreachable!("a queue")
            };
            queue.contents = QueueContents {
                messages: 2,
                oldest_s,
                retention_s: 14 * 86_400,
            };
            let found = diagnose(&chain);
            assert!(found[0].what.ends_with(said), "{}", found[0].what);
        }
    }

    #[test]
    fn dd031_failures_not_kept() {
        finds("DD031", DEPLOY, |chain| {
            relay(chain).event_invoke_config = Lookup::Missing
        });
    }

    #[test]
    fn dd032_queue_missing() {
        finds("DD032", DEPLOY, |chain| {
            relay(chain).queue = Lookup::Missing
        });
    }

    #[test]
    fn dd056_queue_key_unusable() {
        let locked = |chain: &mut ChainSnapshot, key: KmsKey| {
            let Lookup::Found(queue) = &mut subscriber(chain).dead_letters else {
                unreachable!("a queue")
            };
            queue.key = Some(key);
        };
        let key = |policy: Value| KmsKey {
            id: "k".into(),
            policy: Lookup::Found(policy),
            ..KmsKey::default()
        };
        finds(
            "DD056",
            "KmsMasterKeyId=,SqsManagedSseEnabled=true",
            |chain| {
                locked(
                    chain,
                    KmsKey {
                        id: "alias/aws/sqs".into(),
                        aws_managed: true,
                        ..KmsKey::default()
                    },
                );
            },
        );
        finds("DD056", "aws sqs set-queue-attributes", |chain| {
            locked(chain, key(json!({ "Statement": [] })))
        });
        let open = json!({ "Statement": [{ "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" },
            "Action": ["kms:GenerateDataKey*", "kms:Decrypt"], "Resource": "*" }] });
        finds("DD056", "KmsMasterKeyId=", |chain| {
            locked(chain, key(open.clone()))
        });
        let mut chain = healthy();
        locked(&mut chain, key(open.clone()));
        function(&mut chain).relay = None;
        assert_eq!(
            diagnose(&chain),
            [],
            "a queue of somebody else that SNS can use"
        );
        locked(
            &mut chain,
            KmsKey {
                unusable: Some("Disabled".into()),
                ..key(open)
            },
        );
        assert_eq!(diagnose(&chain)[0].code, "DD056");
    }

    #[test]
    fn dd060_other_queue_settings() {
        let queue = |chain: &mut ChainSnapshot, change: fn(&mut crate::chain::state::Queue)| {
            let Lookup::Found(found) = &mut relay(chain).queue else {
                unreachable!("a queue")
            };
            change(&mut found.queue);
        };
        finds("DD060", DEPLOY, |chain| {
            queue(chain, |queue| queue.retention_s = 4 * 86_400)
        });
        finds("DD060", DEPLOY, |chain| {
            queue(chain, |queue| queue.encrypted = false)
        });
        finds("DD060", "ddalert subscribe-sms --subscribed", |chain| {
            raw_phone(chain, account(|_| {}));
            let ours = ResourceNames::new("sms", &topic(), names().place, None);
            subscription(chain).dead_letters = Some(ours.queue_arn());
            let contents = QueueContents {
                retention_s: 4 * 86_400,
                ..QueueContents::default()
            };
            let policy = queue_policy(&ours, &topic());
            subscriber(chain).dead_letters = Lookup::Found(DeadLetterQueue {
                policy,
                contents,
                encrypted: true,
                key: None,
                max_message_bytes: 0,
            });
        });
    }

    #[test]
    fn dd084_relay_denied() {
        finds("DD084", DEPLOY, |chain| {
            let role = format!("arn:aws:iam::123456789012:role/{}", names().role);
            let Lookup::Found(held) = &mut relay(chain).queue else {
                unreachable!("a queue")
            };
            held.queue.policy = json!({ "Statement": { "Effect": "Deny", "Principal": { "AWS": role }, "Action": "sqs:*", "Resource": "*" } });
        });
    }

    #[test]
    fn dd085_small_messages_only() {
        finds("DD085", "--attributes MaximumMessageSize=262144", |chain| {
            let Lookup::Found(queue) = &mut subscriber(chain).dead_letters else {
                unreachable!("a queue")
            };
            queue.max_message_bytes = 1024;
        });
    }

    #[test]
    fn dd022_queue_that_sns_does_not_take() {
        for queue in [
            "arn:aws:sqs:eu-central-1:999999999999:q",
            "arn:aws:sqs:us-east-1:123456789012:q",
            "arn:aws:sqs:eu-central-1:123456789012:q.fifo",
        ] {
            finds("DD022", DEPLOY, |chain| {
                subscription(chain).dead_letters = Some(queue.into());
                subscriber(chain).dead_letters = Lookup::NotChecked;
            });
        }
    }
}
