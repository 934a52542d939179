//! The dead-letter queues of subscriptions: do they exist, and do they accept what SNS cannot deliver?

use crate::arn::{Arn, resource_name};
use crate::chain::checks::check::{Occurrence, Remedy};
use crate::chain::checks::occurrences::in_subscribers;
use crate::chain::checks::policy_evaluation::PolicyRequest;
use crate::chain::checks::queue_key::sns_can_use;
use crate::chain::checks::remedies::{enable_key, recreate, set_queue_attributes, subscriber_name};
use crate::chain::checks::snapshot::{ChainSnapshot, DeadLetterQueue, SubscriberSnapshot};

/// The size of the largest message of SNS, in bytes (SNS quotas).
const MESSAGE_BYTES: u64 = 262_144;

pub(super) fn no_dead_letter_queue(chain: &ChainSnapshot) -> Vec<Occurrence> {
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

pub(super) fn dead_letter_queue_missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
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

pub(super) fn dead_letters_not_accepted(chain: &ChainSnapshot) -> Vec<Occurrence> {
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

pub(super) fn queue_key_unusable(chain: &ChainSnapshot) -> Vec<Occurrence> {
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
        let command =
            set_queue_attributes(chain, queue, "KmsMasterKeyId=,SqsManagedSseEnabled=true");
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

pub(super) fn small_messages_only(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| {
        let queue = resource_name(subscriber.dead_letter_arn()?);
        let bytes = subscriber.dead_letters.found()?.max_message_bytes;
        (1..MESSAGE_BYTES).contains(&bytes).then(|| {
            (
                format!("the dead-letter queue {queue} takes messages of up to {bytes} bytes only"),
                set_queue_attributes(chain, queue, &format!("MaximumMessageSize={MESSAGE_BYTES}")),
            )
        })
    })
}
