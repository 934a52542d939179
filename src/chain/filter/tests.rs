//! Filter policies against messages and against the rules of SNS.

use serde_json::{Map, Value, json};

use super::*;

const IN_ALARM: &str = r#"{"violationEventTime":1573786800000,"thingName":"dev-IZWB","behavior":{"criteria":{"value":{"count":10},"comparisonOperator":"less-than"},"name":"MessagesPub","metric":"aws:num-messages-sent"},"violationEventType":"in-alarm","metricValue":{"count":54},"violationId":"37e18651d207bbc74236c13faf146127","securityProfileName":"MySecProfile"}"#;
const CLEARED: &str =
    r#"{"violationEventType":"alarm-cleared","thingName":"dev-IZWB","behavior":{"name":"b"}}"#;
const INVALIDATED: &str =
    r#"{"violationEventType":"alarm-invalidated","thingName":"dev-IZWB","behavior":{"name":"b"}}"#;
const NON_COMPLIANT: &str = r#"{"accountId":"123456789012","taskId":"4e2b","taskStatus":"COMPLETED","taskType":"SCHEDULED_AUDIT_TASK","nonCompliantChecksCount":1,"compliantChecksCount":1,"taskStartTime":1763892000000,"auditDetails":[{"checkName":"A","checkRunStatus":"COMPLETED_COMPLIANT"},{"checkName":"B","checkRunStatus":"COMPLETED_NON_COMPLIANT"}]}"#;
const COMPLIANT: &str = r#"{"taskId":"4e2b","taskType":"ON_DEMAND_AUDIT_TASK","nonCompliantChecksCount":0,"compliantChecksCount":3,"auditDetails":[{"checkName":"A"}]}"#;
const FINDING: &str = r#"{"findingId":"f","taskId":"4e2b","checkName":"LOGGING_DISABLED_CHECK","severity":"LOW","nonCompliantResource":{}}"#;
const OTHER: &str = r#"{"device":"pump-7","anomaly":true}"#;
const TEXT: &str = "hello";

/// One message of each kind.
fn samples() -> Vec<(MessageKind, &'static str)> {
    let bodies = [
        IN_ALARM,
        CLEARED,
        INVALIDATED,
        NON_COMPLIANT,
        COMPLIANT,
        FINDING,
        OTHER,
        TEXT,
    ];
    MessageKind::ALL.iter().copied().zip(bodies).collect()
}

impl FilterPolicy {
    /// Returns whether SNS would deliver a message as Device Defender publishes it, without attributes.
    fn matches(&self, body: &str) -> bool {
        self.matches_with_attributes(body, &[])
    }
}

fn policy(json: Value) -> FilterPolicy {
    FilterPolicy::parse(&json.to_string()).expect("a policy")
}

fn refusal(json: Value) -> String {
    FilterPolicy::parse(&json.to_string())
        .expect_err("no policy")
        .to_string()
}

#[test]
fn what_is_not_a_json_object_is_refused() {
    for text in ["", "{", "[]", "\"x\"", "null", "{\"a\":[1]} x"] {
        assert!(FilterPolicy::parse(text).is_err(), "{text}");
    }
    assert!(matches!(
        FilterPolicy::parse(&" ".repeat(262_145)),
        Err(PolicyError::TooLong(262_145))
    ));
}

#[test]
fn a_refusal_says_what_is_wrong_and_where() {
    insta::assert_snapshot!(refusal(json!({})), @"the filter policy is invalid at 'the top level': the object is empty");
    insta::assert_snapshot!(refusal(json!({"a": {"b": {}}})), @"the filter policy is invalid at 'a.b': the object is empty");
    insta::assert_snapshot!(refusal(json!({"key_a": "value_one"})), @"the filter policy is invalid at 'key_a': the value must be a list of conditions or an object of nested properties");
    insta::assert_snapshot!(refusal(json!({"behavior": {"metric": [{"prefix": 1}]}})), @"the filter policy is invalid at 'behavior.metric': 'prefix' takes a string");
    insta::assert_snapshot!(refusal(json!({"a": []})), @"the filter policy is invalid at 'a': the list is empty");
    insta::assert_snapshot!(refusal(json!({"$or": [{"a": ["x"]}]})), @"the filter policy is invalid at '$or': $or must list at least two objects");
    insta::assert_snapshot!(refusal(json!({"$or": [{"a": ["x"]}, {"b": [{"numeric": ["~", 1]}]}]})), @r#"the filter policy is invalid at 'b': 'numeric' takes a comparison such as [">", 0] or a range, lower bound first, such as [">=", 1, "<", 9]"#);
}

#[test]
fn reserved_words_make_or_a_property_like_any_other() {
    // The developer guide's example; as conditions, both are well formed.
    let policy = policy(json!({"$or": [{"prefix": "abc"}, {"suffix": "xyz"}]}));
    assert!(policy.matches(r#"{"$or": "abcdef"}"#));
    assert!(!policy.matches(r#"{"prefix": "abc"}"#));
}

#[test]
fn five_leaf_keys_are_the_most() {
    let leaves = |n: usize| {
        (0..n)
            .map(|i| (format!("k{i}"), json!(["v"])))
            .collect::<Map<_, _>>()
    };
    assert!(FilterPolicy::new(leaves(5), Scope::MessageBody).is_ok());
    assert!(matches!(
        FilterPolicy::new(leaves(6), Scope::MessageBody),
        Err(PolicyError::Keys(6))
    ));
    // Parents do not count.
    policy(json!({"a": {"b": {"c": ["x"]}}, "d": {"e": ["x"], "f": ["x"]}}));
}

#[test]
fn combinations_multiply_over_lists_and_nesting_and_add_over_alternatives() {
    let values = |n: usize| (0..n).map(Value::from).collect::<Value>();
    let combinations = |json: Value| match FilterPolicy::parse(&json.to_string()) {
        Ok(_) => None,
        Err(PolicyError::Combinations(n)) => Some(n),
        Err(other) => panic!("{other}"),
    };
    for (json, expected) in [
        (json!({"k": values(150)}), None),
        (json!({"k": values(151)}), Some(151)),
        (json!({"a": values(100), "b": values(51)}), Some(5100)),
        // The developer guide's example of nesting: 4 × 3 × 3 × 2 = 72, and what AWS refuses: three times that.
        (
            json!({"key_a": {"key_b": {"key_c": values(4)}}, "key_d": {"key_e": values(3)}}),
            None,
        ),
        (
            json!({"key_a": {"key_b": {"key_c": values(4)}}, "key_d": {"key_e": values(3)}, "key_f": values(3)}),
            Some(216),
        ),
        // Measured on SNS: 36 values at the fourth level are taken, 40 are too complex.
        (
            json!({"Records": {"s3": {"object": {"key": values(36)}}}}),
            None,
        ),
        (
            json!({"Records": {"s3": {"object": {"key": values(40)}}}}),
            Some(160),
        ),
        // 3 × 6 + 3 × 4 × 4 + 3 × 4 × 7 = 150.
        (
            json!({"source": values(3), "$or": [{"name": values(6)}, {"type": values(4), "$or": [{"a": values(4)}, {"b": values(7)}]}]}),
            None,
        ),
        // (3 + 2) × (2×2 × 1×2 + 2×2 × 3×2) = 160.
        (
            json!({"$or": [{"name": values(3)}, {"space": values(2)}],
                   "detail": {"scope": values(2), "$or": [{"source": values(1)}, {"type": values(3)}]}}),
            Some(160),
        ),
    ] {
        assert_eq!(combinations(json.clone()), expected, "{json}");
    }
}

#[test]
fn alternatives_that_multiply_are_stopped_early() {
    // 2^100 alternatives, if they were counted out.
    let nested = (0..100).fold(
        json!({"a": ["x"]}),
        |inner, _| json!({"$or": [{"a": ["x"]}, {"b": ["x"]}], "n": inner}),
    );
    assert!(matches!(
        FilterPolicy::parse(&nested.to_string()),
        Err(PolicyError::Combinations(256))
    ));
}

#[test]
fn wildcards_cost_points() {
    let patterns = |n: usize| {
        (0..n)
            .map(|i| json!({"wildcard": format!("*/{i}/*")}))
            .collect::<Value>()
    };
    // Measured on SNS: four patterns of two wildcards are taken (6 × 4 × 4 = 96), a fifth is refused.
    assert!(FilterPolicy::parse(&json!({"key": patterns(4)}).to_string()).is_ok());
    let refused = FilterPolicy::parse(&json!({"key": patterns(5)}).to_string());
    assert!(
        matches!(refused, Err(PolicyError::WildcardPoints(150))),
        "{refused:?}"
    );
}

#[test]
fn messages_are_matched_as_sns_does() {
    for (json, matching, other) in [
        (
            json!({"object": {"key": [{"prefix": "auto-"}, "hard"], "nested": [{"exists": false}]}, "test": [{"exists": false}]}),
            vec![
                json!({"object": {"key": "auto-test"}}),
                json!({"object": {"key": "hard"}}),
            ],
            vec![
                json!({"object": {"key": "test-auto"}}),
                json!({"object": {"key": "auto-test"}, "test": "exists"}),
                json!({"object": {"key": "auto-test", "nested": "exists"}}),
                json!({"object": {"test": "auto-test"}}),
                json!({"test": "auto-test"}),
                json!("auto-test"),
            ],
        ),
        (
            json!({"object.nested.test": ["v"]}),
            vec![
                json!({"object": {"nested": {"test": "v"}}}),
                json!({"object.nested.test": "v"}),
                json!({"object.nested": {"test": "v"}}),
                json!({"object": {"nested.test": "v"}}),
            ],
            vec![
                json!({"object": {"nested": {"test": "w"}}}),
                json!({"object": "v"}),
                json!({"object.nested.tests": "v"}),
            ],
        ),
        (
            json!({"headers": {"route-to": ["queue1"]}}),
            vec![
                json!({"headers": {"route-to": ["queue1"]}}),
                json!({"headers": {"route-to": ["queue2", "queue1"]}}),
            ],
            vec![
                json!({"headers": {"route-to": ["queue3"]}}),
                json!({"headers": {"route-to": []}}),
                json!({"headers": []}),
            ],
        ),
        (
            json!({"Records": {"s3": {"object": {"key": [{"prefix": "auto-"}]}}, "eventName": [{"prefix": "ObjectCreated:"}]}}),
            vec![
                json!({"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": [[{"key": "auto-1"}]]}},
                                   {"eventName": "ObjectRemoved:Delete", "s3": {"object": {"key": "home-1"}}}]}),
                json!({"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": "auto-1"}}}]}),
            ],
            vec![
                json!({"Records": [{"eventName": "ObjectRemoved:Delete", "s3": {"object": {"key": "auto-1"}}}]}),
                json!({"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": "home-1"}}}]}),
                // Each half in another element of the array.
                json!({"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": "home-1"}}},
                                   {"eventName": "ObjectRemoved:Delete", "s3": {"object": {"key": "auto-1"}}}]}),
            ],
        ),
        (
            json!({"$or": [{"metricName": ["CPU", "Latency"]}, {"namespace": ["EC2"]}],
                   "detail": {"scope": ["Service"], "$or": [{"source": ["cw"]}, {"type": ["Change"]}]}}),
            vec![
                json!({"metricName": "CPU", "detail": {"scope": "Service", "source": "cw"}}),
                json!({"namespace": "EC2", "detail": {"scope": "Service", "type": "Change"}}),
            ],
            vec![
                json!({"metricName": "CPU", "detail": {"scope": "cw", "type": "Change"}}),
                json!({"metricName": "CPU", "detail": {"scope": "Service", "type": "CPU"}}),
                json!({"metricName": "CPU", "detail": {"scope": "Service"}}),
                json!({"detail": {"scope": "Service", "source": "cw"}}),
            ],
        ),
    ] {
        let policy = policy(json);
        for message in matching {
            assert!(
                policy.matches(&message.to_string()),
                "{policy} should match {message}"
            );
        }
        for message in other {
            assert!(
                !policy.matches(&message.to_string()),
                "{policy} should not match {message}"
            );
        }
    }
}

#[test]
fn policies_are_equal_by_meaning() {
    let written =
        r#"{ "b": [1, "x", {"numeric": [">", 0, "<=", 5]}], "$or": [{"c": ["y"]}, {"d": ["z"]}] }"#;
    let stored = r#"{"$or":[{"d":["z"]},{"c":["y"]}],"b":[{"numeric":[">",0.0,"<=",5]},"x",1.0]}"#;
    assert_eq!(
        FilterPolicy::parse(written).expect("a policy"),
        FilterPolicy::parse(stored).expect("a policy")
    );
    assert_ne!(policy(json!({"a": ["x"]})), policy(json!({"a": ["y"]})));
    assert_ne!(policy(json!({"a": ["1"]})), policy(json!({"a": [1]})));
    assert_ne!(
        policy(json!({"a": [{"numeric": ["<", 5]}]})),
        policy(json!({"a": [{"numeric": ["<=", 5]}]}))
    );
    let attributes =
        FilterPolicy::scoped(r#"{"a":["x"]}"#, Scope::MessageAttributes).expect("a policy");
    assert_ne!(policy(json!({"a": ["x"]})), attributes);
}

#[test]
fn a_policy_is_sent_compact_and_in_its_own_order() {
    let policy = FilterPolicy::parse("{ \"z\": [ 1 ],\n \"a\": [ \"é\" ] }").expect("a policy");
    assert_eq!(policy.to_string(), r#"{"z":[1],"a":["é"]}"#);
    assert_eq!(
        serde_json::to_string(&policy).expect("JSON"),
        policy.to_string()
    );
}

#[test]
fn a_policy_on_attributes_lets_nothing_of_device_defender_through() {
    let policy = |json: Value| {
        FilterPolicy::scoped(&json.to_string(), Scope::MessageAttributes).expect("a policy")
    };
    let absent = policy(json!({"other": [{"exists": false}]}));
    assert_eq!(absent.dropped_kinds(), MessageKind::ALL);
    assert!(!absent.matches(IN_ALARM));
    // A trap for tests: a test alert is marked by an attribute.
    assert!(absent.matches_with_attributes(IN_ALARM, &[("ddalert-test", "1")]));
    assert!(
        policy(json!({"ddalert-test": ["1"]}))
            .matches_with_attributes(TEXT, &[("ddalert-test", "1")])
    );
    let nested = FilterPolicy::scoped(r#"{"a":{"b":["x"]}}"#, Scope::MessageAttributes);
    assert!(
        nested
            .expect_err("nested")
            .to_string()
            .contains("cannot be nested")
    );
}

#[test]
fn scopes_have_the_names_of_the_attribute() {
    assert_eq!(Scope::new(true).name(), "MessageBody");
    assert_eq!(Scope::new(false).name(), "MessageAttributes");
}

#[test]
fn chosen_events_become_these_policies() {
    for (events, expected) in [
        ("in-alarm", json!({"violationEventType": ["in-alarm"]})),
        (
            "invalidated, cleared,in-alarm",
            json!({"violationEventType": ["in-alarm", "alarm-cleared", "alarm-invalidated"]}),
        ),
        ("audit", json!({"taskType": [{"exists": true}]})),
        (
            "in-alarm,audit-non-compliant",
            json!({"$or": [{"violationEventType": ["in-alarm"]}, {"nonCompliantChecksCount": [{"numeric": [">", 0]}]}]}),
        ),
        (
            "in-alarm,audit,audit-non-compliant,finding",
            json!({"$or": [{"violationEventType": ["in-alarm"]}, {"taskType": [{"exists": true}]}, {"checkName": [{"exists": true}]}]}),
        ),
        (
            "in-alarm,audit-non-compliant,other",
            json!({"violationEventType": ["in-alarm", {"exists": false}],
                   "nonCompliantChecksCount": [{"numeric": [">", 0]}, {"exists": false}],
                   "checkName": [{"exists": false}]}),
        ),
    ] {
        let sent = events
            .parse::<Events>()
            .expect("events")
            .policy()
            .expect("a policy")
            .expect("not everything");
        assert_eq!(sent.to_string(), expected.to_string(), "{events}");
    }
}

#[test]
fn every_choice_of_events_lets_exactly_the_chosen_through() {
    for mask in 1u32..1 << EventKind::ALL.len() {
        let chosen: Vec<EventKind> = EventKind::ALL
            .iter()
            .enumerate()
            .filter(|(bit, _)| mask & (1 << bit) != 0)
            .map(|(_, kind)| *kind)
            .collect();
        let names: Vec<_> = chosen.iter().map(|kind| kind.name()).collect();
        let events: Events = names.join(",").parse().expect("events");
        assert_eq!(events.to_string(), names.join(", "));
        let policy = events.policy().expect("within SNS's limits");
        let has = |kind: EventKind| chosen.contains(&kind);
        for (kind, body) in samples() {
            let wanted = match kind {
                MessageKind::InAlarm => has(EventKind::InAlarm),
                MessageKind::Cleared => has(EventKind::Cleared),
                MessageKind::Invalidated => has(EventKind::Invalidated),
                MessageKind::AuditNonCompliant => {
                    has(EventKind::Audit) || has(EventKind::AuditNonCompliant)
                }
                MessageKind::AuditCompliant => has(EventKind::Audit),
                MessageKind::Finding => has(EventKind::Finding),
                MessageKind::OtherJson => has(EventKind::Other),
                MessageKind::Text => policy.is_none(),
            };
            let Some(policy) = &policy else {
                // Only a selection of every kind needs no policy.
                assert!(wanted, "{events}: {kind}");
                continue;
            };
            assert_eq!(policy.matches(body), wanted, "{events}: {policy}: {kind}");
            assert_eq!(
                policy.dropped_kinds().contains(&kind),
                !wanted,
                "{events}: {policy}: {kind}"
            );
        }
    }
}

#[test]
fn an_unknown_event_lists_what_there_is() {
    insta::assert_snapshot!("in-alarm,alarms".parse::<Events>().expect_err("unknown"), @"'alarms' is not a kind of event (use in-alarm, cleared, invalidated, audit, audit-non-compliant, finding, other)");
    assert_eq!(" , ".parse::<Events>(), Err(UnknownEvent::None));
}

#[test]
fn a_kind_is_reported_as_dropped_only_if_no_message_of_it_can_pass() {
    use MessageKind::*;
    let all_but = |kept: &[MessageKind]| {
        MessageKind::ALL
            .iter()
            .copied()
            .filter(|kind| !kept.contains(kind))
            .collect::<Vec<_>>()
    };
    for (json, kept) in [
        // The classic mistake: audits are lost.
        (
            json!({"violationEventType": ["in-alarm", "alarm-cleared"]}),
            vec![InAlarm, Cleared],
        ),
        (
            json!({"violationEventType": [{"prefix": "alarm-"}]}),
            vec![Cleared, Invalidated],
        ),
        (
            json!({"securityProfileName": ["A"]}),
            vec![InAlarm, Cleared, Invalidated, Finding, OtherJson],
        ),
        (
            json!({"behavior": {"metric": [{"prefix": "aws:"}]}, "violationEventType": ["in-alarm"]}),
            vec![InAlarm],
        ),
        (
            json!({"nonCompliantChecksCount": [{"numeric": [">", 0]}]}),
            vec![AuditNonCompliant],
        ),
        (
            json!({"nonCompliantChecksCount": [{"numeric": ["<", 1]}]}),
            vec![AuditCompliant],
        ),
        (
            json!({"nonCompliantChecksCount": [{"numeric": ["=", -1]}]}),
            vec![],
        ),
        (
            json!({"taskType": [{"exists": false}]}),
            vec![InAlarm, Cleared, Invalidated, Finding, OtherJson],
        ),
        (
            json!({"auditDetails": {"checkRunStatus": ["COMPLETED_NON_COMPLIANT"]}}),
            vec![AuditNonCompliant, AuditCompliant],
        ),
        // An object is not a leaf: to SNS no message has a property of this name.
        (
            json!({"behavior": [{"exists": true}], "violationEventType": ["in-alarm"]}),
            vec![],
        ),
        // A timestamp in milliseconds is outside the numbers that SNS compares.
        (
            json!({"violationEventTime": [{"numeric": [">", 0]}], "violationEventType": ["in-alarm"]}),
            vec![],
        ),
        (
            json!({"thingName": ["a"], "taskType": ["SCHEDULED_AUDIT_TASK"]}),
            vec![],
        ),
        (
            json!({"thingname": ["a"], "violationEventType": ["in-alarm"]}),
            vec![],
        ),
    ] {
        let policy = policy(json);
        assert_eq!(policy.dropped_kinds(), all_but(&kept), "{policy}");
    }
}
