//! What keeps failed alerts: dead-letter queues of subscriptions, asynchronous invocation settings and failure queues of relays. Do
//! they exist, do they accept alerts, and what do they hold?

mod dead_letters;
mod relay_queue;
mod undelivered;

use super::check::{Check, FindingSeverity};
use super::snapshot::{Part, Reading};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD020",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Subscription],
        title: "A subscription has no dead-letter queue",
        consequence: "alerts that SNS cannot deliver are lost",
        remedy: "`ddalert deploy-TARGET`; for phones, `ddalert subscribe-sms --subscribed`.",
        part: Part::FailureQueue,
        find: dead_letters::no_dead_letter_queue,
    },
    Check {
        code: "DD021",
        severity: FindingSeverity::Error,
        reads: &[Reading::DeadLetters],
        title: "The dead-letter queue of a subscription does not exist",
        consequence: "alerts that SNS cannot deliver are lost",
        remedy: "`ddalert deploy-TARGET`; for phones, `ddalert subscribe-sms --subscribed`; for any other subscription, `aws sns set-subscription-attributes --subscription-arn ARN --attribute-name RedrivePolicy --attribute-value ''`.",
        part: Part::FailureQueue,
        find: dead_letters::dead_letter_queue_missing,
    },
    Check {
        code: "DD022",
        severity: FindingSeverity::Error,
        reads: &[Reading::DeadLetters],
        title: "The dead-letter queue of a subscription does not accept messages from the topic",
        consequence: "alerts that SNS cannot deliver are lost",
        remedy: "`ddalert deploy-TARGET`; for phones, `ddalert subscribe-sms --subscribed`; for any other subscription, `aws sns set-subscription-attributes --subscription-arn ARN --attribute-name RedrivePolicy --attribute-value ''`.",
        part: Part::FailureQueue,
        find: dead_letters::dead_letters_not_accepted,
    },
    Check {
        code: "DD023",
        severity: FindingSeverity::Warning,
        reads: &[Reading::DeadLetters, Reading::Queue],
        title: "A failure queue holds undelivered alerts",
        consequence: "these alerts reached nobody; the queue deletes them after 14 days",
        remedy: "`ddalert replay`, once the cause is fixed.",
        part: Part::FailureQueue,
        find: undelivered::undelivered_alerts,
    },
    Check {
        code: "DD031",
        severity: FindingSeverity::Warning,
        reads: &[Reading::EventInvokeConfig],
        title: "The asynchronous invocation settings of a relay do not keep failed alerts",
        consequence: "alerts that the room rejects are retried less often, or lost",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::FailureQueue,
        find: relay_queue::failures_not_kept,
    },
    Check {
        code: "DD032",
        severity: FindingSeverity::Error,
        reads: &[Reading::Queue],
        title: "The failure queue of a relay does not exist",
        consequence: "alerts that the room rejects are lost",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::FailureQueue,
        find: relay_queue::queue_missing,
    },
    Check {
        code: "DD056",
        severity: FindingSeverity::Error,
        reads: &[Reading::DeadLettersKey],
        title: "The dead-letter queue of a subscription is encrypted with a KMS key that SNS or the relay cannot use",
        consequence: "alerts that SNS cannot deliver are lost",
        remedy: "`aws sqs set-queue-attributes --queue-url URL --attributes KmsMasterKeyId=,SqsManagedSseEnabled=true` encrypts the queue with a key of SQS instead.",
        part: Part::FailureQueue,
        find: dead_letters::queue_key_unusable,
    },
    Check {
        code: "DD060",
        severity: FindingSeverity::Warning,
        reads: &[Reading::DeadLetters, Reading::Queue],
        title: "A failure queue of ddalert keeps messages for less than 14 days, or does not encrypt them",
        consequence: "undelivered alerts are deleted too early, or stored unencrypted",
        remedy: "`ddalert deploy-TARGET`; for phones, `ddalert subscribe-sms --subscribed`.",
        part: Part::FailureQueue,
        find: relay_queue::other_queue_settings,
    },
    Check {
        code: "DD084",
        severity: FindingSeverity::Error,
        reads: &[Reading::Queue, Reading::Role],
        title: "The policy of a failure queue denies messages from the relay",
        consequence: "alerts that the room rejects are lost",
        remedy: "`ddalert deploy-TARGET` writes the policy anew.",
        part: Part::FailureQueue,
        find: relay_queue::relay_denied,
    },
    Check {
        code: "DD085",
        severity: FindingSeverity::Warning,
        reads: &[Reading::DeadLetters],
        title: "The dead-letter queue of a subscription takes only small messages",
        consequence: "alerts that SNS cannot deliver are lost if they are larger",
        remedy: "`aws sqs set-queue-attributes --queue-url URL --attributes MaximumMessageSize=262144`.",
        part: Part::FailureQueue,
        find: dead_letters::small_messages_only,
    },
];

#[cfg(test)]
mod tests;
