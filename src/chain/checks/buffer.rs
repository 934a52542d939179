//! The buffer between the topic and a relay's function: does it take alerts, does Lambda take them from it, and does it keep what the
//! room does not take?

use super::check::{Check, FindingSeverity, Occurrence, Remedy};
use super::failure_queue::{set_attributes, sns_can_use};
use super::occurrences::{in_relays, in_relays_to_redeploy, in_subscribers};
use super::policy_evaluation::PolicyRequest;
use super::remedies::{redeploy, redeploy_with};
use super::snapshot::{
    BufferSnapshot, ChainSnapshot, MappingSnapshot, Part, Reading, RelaySnapshot,
};
use super::webhook_url::rotate;
use crate::chain::peak::beyond_the_room;
use crate::chain::spec::{
    BATCH_SIZE, BATCH_WINDOW_S, BATCHES_AT_ONCE, BUFFER_RETENTION_S, BUFFER_VISIBILITY_S,
    LEAST_RECEIVES,
};
use crate::chain::state::Trigger;
use crate::destination::{Advice, NextStep, destination};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "DD110",
        severity: FindingSeverity::Error,
        reads: &[Reading::Buffer],
        title: "The buffer of a relay does not exist",
        consequence: "SNS cannot deliver alerts to it; they end in the failure queue, or are lost if the subscription has none",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::Buffer,
        find: buffer_missing,
    },
    Check {
        code: "DD111",
        severity: FindingSeverity::Error,
        reads: &[Reading::Buffer],
        title: "The buffer of a relay does not accept alerts from the topic",
        consequence: "SNS cannot deliver alerts to it; they end in the failure queue, or are lost if the subscription has none",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::Buffer,
        find: alerts_not_accepted,
    },
    Check {
        code: "DD112",
        severity: FindingSeverity::Error,
        reads: &[Reading::Mapping],
        title: "No event source mapping takes alerts from the buffer",
        consequence: "alerts wait in the buffer and reach nobody; the buffer deletes them after 14 days",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::Buffer,
        find: mapping_missing,
    },
    Check {
        code: "DD113",
        severity: FindingSeverity::Error,
        reads: &[Reading::Mapping],
        title: "The event source mapping of a buffer is disabled",
        consequence: "alerts wait in the buffer and reach nobody; the buffer deletes them after 14 days",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::Buffer,
        find: mapping_disabled,
    },
    Check {
        code: "DD114",
        severity: FindingSeverity::Error,
        reads: &[Reading::Mapping],
        title: "The event source mapping of a buffer does not report batch item failures",
        consequence: "Lambda deletes every batch as a whole, so alerts that the room does not take are lost",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::Buffer,
        find: failures_not_reported,
    },
    Check {
        code: "DD115",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Buffer, Reading::Mapping],
        title: "The visibility timeout of a buffer is too short for its function",
        consequence: "alerts can be delivered several times, and are given up earlier than they should be",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::Buffer,
        find: short_visibility,
    },
    Check {
        code: "DD116",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Mapping],
        title: "The event source mapping of a buffer has other settings than ddalert gave it",
        consequence: "the relay can post faster than the room takes, or in more messages than necessary",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::Buffer,
        find: other_mapping_settings,
    },
    Check {
        code: "DD117",
        severity: FindingSeverity::Error,
        reads: &[Reading::Mapping],
        title: "The event source mapping of a buffer has filter criteria",
        consequence: "Lambda deletes every alert that does not match them",
        remedy: "`ddalert deploy-TARGET`. Filter with `--events` or `--filter-policy` instead.",
        part: Part::Buffer,
        find: mapping_filters,
    },
    Check {
        code: "DD118",
        severity: FindingSeverity::Error,
        reads: &[Reading::Buffer],
        title: "The buffer of a relay does not move alerts to the failure queue, or gives them up too early",
        consequence: "alerts that the room does not take are lost, or leave the buffer before the room is back",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::Buffer,
        find: wrong_redrive,
    },
    Check {
        code: "DD119",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Buffer, Reading::BufferAge, Reading::LastFailure],
        title: "Alerts wait in a buffer",
        consequence: "what waits has reached nobody yet; the relay tries it again every few minutes",
        remedy: "Fix what the room's answer names; the alerts then arrive by themselves. `ddalert test-publish` shows whether the room takes alerts again.",
        part: Part::Buffer,
        find: alerts_wait,
    },
    Check {
        code: "DD120",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Subscription, Reading::Function],
        title: "The subscription of a buffer leaves out the SNS envelope (raw message delivery)",
        consequence: "messages name no account, region or time, tests look like real alerts, and test-publish cannot follow them",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::Subscription,
        find: raw_delivery,
    },
    Check {
        code: "DD121",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Function],
        title: "A relay is triggered by the topic and by its buffer",
        consequence: "every alert arrives twice",
        remedy: "`ddalert deploy-TARGET --trigger sqs` or `--trigger sns`.",
        part: Part::Subscription,
        find: both_triggers,
    },
    Check {
        code: "DD122",
        severity: FindingSeverity::Warning,
        reads: &[Reading::LeftOverBuffer],
        title: "A relay that the topic triggers directly still has a buffer",
        consequence: "alerts that are left in the buffer may have reached nobody",
        remedy: "`ddalert deploy-TARGET --trigger sns`.",
        part: Part::Function,
        find: left_over,
    },
    Check {
        code: "DD123",
        severity: FindingSeverity::Error,
        reads: &[Reading::BufferKey],
        title: "The buffer of a relay is encrypted with a KMS key that SNS or the relay cannot use",
        consequence: "alerts do not get into the buffer, or not out of it",
        remedy: "`aws sqs set-queue-attributes --queue-url URL --attributes KmsMasterKeyId=,SqsManagedSseEnabled=true` encrypts the buffer with a key of SQS instead.",
        part: Part::Buffer,
        find: key_unusable,
    },
    Check {
        code: "DD124",
        severity: FindingSeverity::Warning,
        reads: &[Reading::Buffer],
        title: "A buffer keeps alerts for less than 14 days, or does not encrypt them",
        consequence: "alerts that wait are deleted too early, or stored unencrypted",
        remedy: "`ddalert deploy-TARGET`.",
        part: Part::Buffer,
        find: other_buffer_settings,
    },
    Check {
        code: "DD125",
        severity: FindingSeverity::Note,
        reads: &[Reading::Function],
        title: "A topic that triggers a relay directly has published more messages at once than the room takes",
        consequence: "in such a storm, alerts that the room does not take within a few minutes wait in the failure queue for `ddalert replay`",
        remedy: "`ddalert deploy-TARGET --trigger sqs`. It is not found if CloudWatch cannot be read.",
        part: Part::Buffer,
        find: buffer_advisable,
    },
];

/// Returns a relay's buffer, if its subscription delivers to it.
fn buffer(relay: &RelaySnapshot) -> Option<&BufferSnapshot> {
    relay
        .buffer
        .found()
        .filter(|_| relay.trigger == Trigger::Sqs)
}

/// Returns what takes alerts from a relay's buffer, if its subscription delivers to it.
fn mapping(relay: &RelaySnapshot) -> Option<&MappingSnapshot> {
    relay
        .mapping
        .found()
        .filter(|_| relay.trigger == Trigger::Sqs)
}

fn buffer_missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let is_missing = relay.trigger == Trigger::Sqs && relay.buffer.is_missing();
        is_missing.then(|| format!("the buffer {} does not exist", relay.names.buffer))
    })
}

fn alerts_not_accepted(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let request = PolicyRequest {
            principals: &["sns.amazonaws.com"],
            action: "sqs:SendMessage",
            resource: Some(&relay.names.buffer_arn()),
            source: &chain.topic.to_string(),
            account: &chain.topic.account,
        };
        let is_denied = request.is_denied_by(&buffer(relay)?.buffer.policy);
        is_denied.then(|| {
            format!(
                "the buffer {} does not accept messages from the topic",
                relay.names.buffer
            )
        })
    })
}

fn mapping_missing(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        // A buffer that is missing as well is DD110's.
        let is_buffered = relay.trigger == Trigger::Sqs && !relay.buffer.is_missing();
        (is_buffered && relay.mapping.is_missing()).then(|| {
            format!(
                "no event source mapping takes alerts from {} to {}",
                relay.names.buffer, relay.names.function
            )
        })
    })
}

fn mapping_disabled(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let MappingSnapshot {
            mapping,
            state,
            last_result,
        } = mapping(relay)?;
        let result = last_result
            .as_ref()
            .map(|result| format!("; its last result was: {result}"))
            .unwrap_or_default();
        (!mapping.enabled).then(|| {
            format!(
                "the event source mapping of {} is in the state {state}{result}",
                relay.names.buffer
            )
        })
    })
}

fn failures_not_reported(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        (!mapping(relay)?.mapping.reports_failures).then(|| {
            format!(
                "the event source mapping of {} has no ReportBatchItemFailures",
                relay.names.buffer
            )
        })
    })
}

fn short_visibility(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let held = buffer(relay)?.buffer.visibility_s;
        // Another timeout of the function is DD059's, but the buffer must be right for it as well.
        let window = mapping(relay).map_or(BATCH_WINDOW_S, |found| found.mapping.window_s);
        let needed = u32::try_from(relay.settings.timeout_s.saturating_mul(6) + window)
            .unwrap_or(BUFFER_VISIBILITY_S);
        (held < needed).then(|| {
            format!(
                "the visibility timeout of {} is {held} s; six times the timeout of {} and the batching window are {needed} s",
                relay.names.buffer, relay.names.function
            )
        })
    })
}

fn other_mapping_settings(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let held = &mapping(relay)?.mapping;
        let mut differs = Vec::new();
        if held.max_concurrency != Some(BATCHES_AT_ONCE) {
            let held = held
                .max_concurrency
                .map_or("none".to_owned(), |most| most.to_string());
            differs.push(format!(
                "a maximum concurrency of {held} instead of {BATCHES_AT_ONCE}"
            ));
        }
        if held.batch_size != BATCH_SIZE {
            differs.push(format!(
                "a batch size of {} instead of {BATCH_SIZE}",
                held.batch_size
            ));
        }
        if held.window_s != BATCH_WINDOW_S {
            differs.push(format!(
                "a batching window of {} s instead of {BATCH_WINDOW_S} s",
                held.window_s
            ));
        }
        (!differs.is_empty()).then(|| {
            format!(
                "the event source mapping of {} has {}",
                relay.names.buffer,
                differs.join(", ")
            )
        })
    })
}

fn mapping_filters(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        mapping(relay)?.mapping.filtered.then(|| {
            format!(
                "the event source mapping of {} has filter criteria",
                relay.names.buffer
            )
        })
    })
}

fn wrong_redrive(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let (name, queue) = (&relay.names.buffer, relay.names.queue_arn());
        match &buffer(relay)?.buffer.redrive {
            None => Some(format!("the buffer {name} has no redrive policy")),
            Some(redrive) if redrive.to != queue => Some(format!(
                "the buffer {name} gives up alerts to {}",
                redrive.to
            )),
            Some(redrive) if redrive.max_receives < LEAST_RECEIVES => Some(format!(
                "the buffer {name} gives up an alert after {} tries",
                redrive.max_receives
            )),
            Some(_) => None,
        }
    })
}

fn alerts_wait(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        let BufferSnapshot {
            contents,
            since,
            last_failure,
            ..
        } = buffer(relay)?;
        let failure = last_failure.found();
        // What a batch is being made of waits as well, but no longer than it takes to try an alert again.
        let is_old = contents
            .oldest_s
            .is_some_and(|age| age >= u64::from(BUFFER_VISIBILITY_S));
        if contents.messages == 0 || (failure.is_none() && !is_old) {
            return None;
        }
        let (count, wait) = match contents.messages {
            1 => ("about 1 alert".to_owned(), "waits"),
            count => (format!("about {count} alerts"), "wait"),
        };
        let since = since.map_or(String::new(), |since| {
            let since = since.strftime("%Y-%m-%d %H:%M UTC");
            format!(" since {since}")
        });
        let room = destination(&relay.target);
        let advice = failure.and_then(|failure| room?.advice(failure));
        if let (Some(failure), Some(Advice { cause, step })) = (failure, &advice)
            && *step == NextStep::Rotate
        {
            return Some((
                format!(
                    "{count} {wait} in {}{since}; the last failure: {failure}: {cause}",
                    relay.names.buffer
                ),
                rotate(chain, relay).into(),
            ));
        }
        const SHOWS: &str = "test-publish shows whether the room takes alerts again";
        let mend =
            |first: &str| format!("{first}: the alerts then arrive by themselves, and {SHOWS}");
        let remedy = match (failure, advice) {
            (Some(_), Some(Advice { cause, step })) => match step {
                NextStep::Ask(step) => mend(&format!("{cause}: {step}")),
                NextStep::Rotate | NextStep::Wait => format!("{cause}; {SHOWS}"),
            },
            (Some(_), None) => mend("fix what the room answered"),
            (None, _) => mend(&format!(
                "fix what else doctor finds, or what the log group {} says",
                relay.names.log_group
            )),
        };
        let failure = failure.map(|failure| format!("; the last failure: {failure}"));
        let failure = failure.unwrap_or_default();
        Some((
            format!("{count} {wait} in {}{since}{failure}", relay.names.buffer),
            Remedy::advice(remedy),
        ))
    })
}

fn raw_delivery(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_subscribers(chain, |subscriber| {
        let relay = subscriber
            .relay()
            .filter(|relay| relay.trigger == Trigger::Sqs)?;
        subscriber.subscription.found()?.raw_delivery.then(|| {
            (
                format!(
                    "the subscription of {} has raw message delivery on",
                    relay.names.buffer
                ),
                redeploy(chain, relay),
            )
        })
    })
}

fn both_triggers(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        let is_direct = |other: &RelaySnapshot| {
            other.trigger == Trigger::Sns && other.names.function == relay.names.function
        };
        let is_double =
            relay.trigger == Trigger::Sqs && chain.relays().any(|(_, other)| is_direct(other));
        is_double.then(|| {
            let name = &relay.names.function;
            (
                format!("the topic delivers to {name} and to {}", relay.names.buffer),
                redeploy_with(chain, relay, " --trigger sqs"),
            )
        })
    })
}

fn left_over(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        let is_buffered = chain.relays().any(|(_, other)| {
            other.trigger == Trigger::Sqs && other.names.function == relay.names.function
        });
        let held = relay.buffer.found().filter(|_| !is_buffered)?;
        let holds = match held.contents.messages {
            0 => String::new(),
            1 => " and holds about 1 alert".to_owned(),
            count => format!(" and holds about {count} alerts"),
        };
        (relay.trigger == Trigger::Sns).then(|| {
            (
                format!(
                    "the buffer {} still exists{holds}, although the topic triggers {} directly",
                    relay.names.buffer, relay.names.function
                ),
                redeploy_with(chain, relay, " --trigger sns"),
            )
        })
    })
}

fn key_unusable(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        let key = buffer(relay)?.key.as_ref()?;
        let why = match (key.unusable.as_deref(), sns_can_use(chain, key)) {
            (Some("missing"), _) => "which does not exist".to_owned(),
            (Some(state), _) => format!("which is in the state {state}"),
            (None, false) => "which SNS cannot use".to_owned(),
            // Lambda reads the buffer with the execution role, which may use no key but that of the webhook URL.
            (None, true) => "which the execution role of the relay cannot use".to_owned(),
        };
        let name = &relay.names.buffer;
        Some((
            format!(
                "the buffer {name} is encrypted with the KMS key {}, {why}",
                key.id
            ),
            set_attributes(chain, name, "KmsMasterKeyId=,SqsManagedSseEnabled=true"),
        ))
    })
}

fn other_buffer_settings(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays_to_redeploy(chain, |relay| {
        let held = &buffer(relay)?.buffer;
        let mut wrong = Vec::new();
        if held.retention_s < BUFFER_RETENTION_S {
            wrong.push(format!("keeps alerts for {} s", held.retention_s));
        }
        if !held.encrypted {
            wrong.push("does not encrypt alerts".to_owned());
        }
        (!wrong.is_empty())
            .then(|| format!("the buffer {} {}", relay.names.buffer, wrong.join(" and ")))
    })
}

fn buffer_advisable(chain: &ChainSnapshot) -> Vec<Occurrence> {
    in_relays(chain, |relay| {
        let peak = chain.peak.filter(|_| relay.trigger == Trigger::Sns)?;
        let why = beyond_the_room(peak, &chain.topic.name, &relay.target)?;
        Some((why, redeploy_with(chain, relay, " --trigger sqs")))
    })
}

#[cfg(test)]
mod tests {
    use crate::chain::checks::tests::*;

    fn breaks(code: &str, broken: impl FnOnce(&mut RelaySnapshot)) {
        finds_in(healthy_buffered(), code, DEPLOY, |chain| {
            broken(relay(chain))
        });
    }

    fn held(relay: &mut RelaySnapshot) -> &mut BufferSnapshot {
        let Lookup::Found(found) = &mut relay.buffer else {
            unreachable!("the healthy relay has a buffer")
        };
        found
    }

    fn taking(relay: &mut RelaySnapshot) -> &mut MappingSnapshot {
        let Lookup::Found(found) = &mut relay.mapping else {
            unreachable!("the healthy relay has a mapping")
        };
        found
    }

    #[test]
    fn a_buffered_relay_is_healthy() {
        assert_eq!(diagnose(&healthy_buffered()), []);
    }

    #[test]
    fn dd110_buffer_missing() {
        breaks("DD110", |relay| {
            (relay.buffer, relay.mapping) = (Lookup::Missing, Lookup::Missing);
        });
    }

    #[test]
    fn dd111_alerts_not_accepted() {
        breaks("DD111", |relay| held(relay).buffer.policy = Value::Null);
        breaks("DD111", |relay| {
            held(relay).buffer.policy["Statement"][0]["Condition"]["ArnEquals"]["aws:SourceArn"] =
                json!("arn:aws:sns:eu-central-1:123456789012:Another");
        });
    }

    #[test]
    fn dd112_mapping_missing() {
        breaks("DD112", |relay| relay.mapping = Lookup::Missing);
        breaks("DD112", |relay| {
            (relay.buffer, relay.mapping) = (Lookup::NotChecked, Lookup::Missing);
        });
    }

    #[test]
    fn dd113_mapping_disabled() {
        breaks("DD113", |relay| {
            taking(relay).mapping.enabled = false;
            taking(relay).state = "Disabled".into();
            taking(relay).last_result = Some("PROBLEM: Function call failed".into());
        });
    }

    #[test]
    fn dd114_failures_not_reported() {
        breaks("DD114", |relay| {
            taking(relay).mapping.reports_failures = false
        });
    }

    #[test]
    fn dd115_short_visibility() {
        breaks("DD115", |relay| held(relay).buffer.visibility_s = 30);
        breaks("DD115", |relay| held(relay).buffer.visibility_s = 184);
    }

    #[test]
    fn dd116_other_mapping_settings() {
        breaks("DD116", |relay| {
            taking(relay).mapping.max_concurrency = None
        });
        breaks("DD116", |relay| {
            taking(relay).mapping.max_concurrency = Some(50)
        });
        breaks("DD116", |relay| taking(relay).mapping.batch_size = 1);
        breaks("DD116", |relay| taking(relay).mapping.window_s = 0);
    }

    #[test]
    fn dd117_mapping_filters() {
        breaks("DD117", |relay| taking(relay).mapping.filtered = true);
    }

    #[test]
    fn dd118_wrong_redrive() {
        breaks("DD118", |relay| held(relay).buffer.redrive = None);
        let redrive = |relay: &mut RelaySnapshot| held(relay).buffer.redrive.clone().expect("one");
        breaks("DD118", |relay| {
            let other = "arn:aws:sqs:eu-central-1:123456789012:other".to_owned();
            held(relay).buffer.redrive = Some(Redrive {
                to: other,
                ..redrive(relay)
            });
        });
        breaks("DD118", |relay| {
            held(relay).buffer.redrive = Some(Redrive {
                max_receives: 4,
                ..redrive(relay)
            });
        });
    }

    #[test]
    fn dd119_alerts_wait() {
        let waiting = |failure: Option<&str>, oldest_s: Option<u64>| {
            let mut chain = healthy_buffered();
            let found = held(relay(&mut chain));
            found.contents.messages = 214;
            found.contents.oldest_s = oldest_s;
            found.since = oldest_s.map(|_| "2026-11-25T09:12:03Z".parse().expect("a time"));
            found.last_failure = failure.map_or(Lookup::Missing, |text| Lookup::Found(text.into()));
            diagnose(&chain)
        };
        let found = waiting(Some("HTTP 503: down"), Some(3000));
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(
            found[0].remedy.command(),
            None,
            "no command makes a room take alerts"
        );
        assert_eq!(
            (found[0].code, found[0].what.as_str()),
            (
                "DD119",
                "about 214 alerts wait in ddalert-slack-BadIoTDevices-buffer since 2026-11-25 09:12 UTC; the last failure: HTTP 503: down"
            )
        );
        assert_eq!(
            found[0].remedy.text(),
            "Slack has a problem of its own; what failed comes again; test-publish shows whether the room takes alerts again"
        );
        assert_eq!(waiting(Some("HTTP 503"), None).len(), 1);
        let gone = waiting(Some("HTTP 404: no_service"), None);
        let rotate = gone[0].remedy.command().expect("a command");
        assert!(rotate.starts_with("ddalert rotate slack "), "{rotate}");
        assert!(gone[0].what.ends_with("Slack no longer knows this webhook"));
        assert_eq!(waiting(None, Some(3000)).len(), 1);
        // A storm that is being delivered is no problem.
        assert_eq!(waiting(None, Some(20)), []);
        assert_eq!(waiting(None, None), []);
    }

    #[test]
    fn dd125_more_at_once_than_the_room_takes() {
        finds("DD125", "deploy-slack --trigger sqs", |chain| {
            chain.peak = Some(1240);
        });
        for (peak, buffered) in [(None, false), (Some(300), false), (Some(1240), true)] {
            let mut chain = if buffered {
                healthy_buffered()
            } else {
                healthy()
            };
            chain.peak = peak;
            assert_eq!(diagnose(&chain), [], "{peak:?}");
        }
    }

    #[test]
    fn dd120_raw_delivery() {
        finds_in(healthy_buffered(), "DD120", DEPLOY, |chain| {
            subscription(chain).raw_delivery = true;
        });
    }

    #[test]
    fn dd121_both_triggers() {
        let mut direct = healthy().subscribers.found().expect("subscribers")[0].clone();
        let Lookup::Found(function) = &mut direct.function else {
            unreachable!("a function")
        };
        let buffered = relay(&mut healthy_buffered()).clone();
        let role = buffered.role.clone();
        let twin = function.relay.as_mut().expect("a relay");
        (twin.buffer, twin.mapping) = (buffered.buffer, buffered.mapping);
        let mut chain = healthy_buffered();
        let Lookup::Found(subscribers) = &mut chain.subscribers else {
            unreachable!("subscribers")
        };
        twin.role = role;
        subscribers.push(direct);
        let codes: Vec<&str> = diagnose(&chain)
            .iter()
            .map(|finding| finding.code)
            .collect();
        assert!(
            codes.contains(&"DD121") && !codes.contains(&"DD122"),
            "{codes:?}"
        );
    }

    #[test]
    fn dd122_left_over_of_phones() {
        let command = "ddalert subscribe-sms --subscribed --readable --trigger sns";
        finds("DD122", command, |chain| {
            let found = relay(&mut healthy_buffered()).buffer.clone();
            phone_relay(chain, account(|_| {}));
            relay(chain).buffer = found;
        });
    }

    #[test]
    fn the_trigger_is_an_option_of_the_deploy_behind_the_tagging() {
        let mut chain = healthy();
        relay(&mut chain).buffer = relay(&mut healthy_buffered()).buffer.clone();
        let role = names().role;
        relay(&mut chain).untagged = vec![UntaggedResource::Role(role)];
        let findings = diagnose(&chain);
        let found = findings.iter().find(|finding| finding.code == "DD122");
        let remedy = found.and_then(|finding| finding.remedy.command());
        let remedy = remedy.expect("a command");
        assert!(
            remedy.starts_with("aws iam tag-role ")
                && remedy.contains(" && ddalert deploy-slack --trigger sns "),
            "{remedy}"
        );
    }

    #[test]
    fn dd123_key_missing() {
        finds_in(
            healthy_buffered(),
            "DD123",
            "SqsManagedSseEnabled=true",
            |chain| {
                held(relay(chain)).key = Some(KmsKey {
                    id: "k".into(),
                    unusable: Some("missing".into()),
                    ..KmsKey::default()
                });
            },
        );
    }

    #[test]
    fn dd122_left_over() {
        finds("DD122", "--trigger sns", |chain| {
            let found = relay(&mut healthy_buffered()).buffer.clone();
            relay(chain).buffer = found;
            held(relay(chain)).contents.messages = 3;
        });
    }

    #[test]
    fn dd123_key_unusable() {
        finds_in(
            healthy_buffered(),
            "DD123",
            "SqsManagedSseEnabled=true",
            |chain| {
                held(relay(chain)).key = Some(KmsKey {
                    id: "alias/aws/sqs".into(),
                    aws_managed: true,
                    ..KmsKey::default()
                });
            },
        );
    }

    #[test]
    fn dd124_other_buffer_settings() {
        breaks("DD124", |relay| held(relay).buffer.retention_s = 3600);
        breaks("DD124", |relay| held(relay).buffer.encrypted = false);
    }
}
