//! A failure queue or a dead-letter queue with one thing broken after the other.

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
