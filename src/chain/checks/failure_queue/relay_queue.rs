//! The failure queues of relays and phones: are failed alerts sent there, accepted and kept?

use super::undelivered::duration;
use crate::arn::{Arn, resource_name};
use crate::chain::checks::check::Occurrence;
use crate::chain::checks::occurrences::{in_relays_to_redeploy, in_subscribers};
use crate::chain::checks::policy_evaluation::{PolicyDecision, PolicyRequest, evaluate};
use crate::chain::checks::remedies::{recreate, redeploy};
use crate::chain::checks::snapshot::ChainSnapshot;
use crate::chain::names::ResourceNames;
use crate::chain::spec::{ASYNC_MAX_AGE_S, ASYNC_RETRIES, QUEUE_RETENTION_S};
use crate::chain::state::Queue;
use crate::destination::sms::SMS_TARGET;

pub(super) fn failures_not_kept(chain: &ChainSnapshot) -> Vec<Occurrence> {
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

pub(super) fn queue_missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
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

pub(super) fn relay_denied(chain: &ChainSnapshot) -> Vec<Occurrence> {
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

pub(super) fn other_queue_settings(chain: &ChainSnapshot) -> Vec<Occurrence> {
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
