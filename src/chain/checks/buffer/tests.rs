//! A buffer with one thing broken after the other.

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
