//! What is expected against what was observed, in the words of a message.

use super::*;
use serde_json::json;

#[test]
fn several_observations_are_a_span_or_the_most_frequent_items() {
    let rule = json!({ "comparisonOperator": "in-port-set", "value": { "ports": [443] } });
    let above = json!({ "comparisonOperator": "greater-than", "value": { "count": 5000 } });
    let count = |count: u32| json!({ "count": count });
    let ports = |ports: &[u16]| json!({ "ports": ports });
    for (criteria, observed, reading) in [
        (
            &above,
            vec![count(512), count(26), count(1200)],
            "26 to 1,200 bytes",
        ),
        (&above, vec![count(26), count(26)], "26 bytes"),
        (&above, vec![count(26), json!("many")], "26, many"),
        (&above, vec![count(26), json!("NaN")], "26, NaN"),
        (
            &rule,
            vec![ports(&[22, 443]), ports(&[8080, 22])],
            "not allowed: 22, 8080",
        ),
        (&rule, vec![ports(&[443]), ports(&[])], "443"),
        (&rule, vec![ports(&[22]), count(1)], "not allowed: 22, 1"),
    ] {
        let values: Vec<MetricValue> = observed.iter().filter_map(MetricValue::parse).collect();
        let comparison =
            Criteria::parse(criteria).compare_all(&values, Some("aws:message-byte-size"), None);
        assert_eq!(
            comparison.reading().as_deref(),
            Some(reading),
            "{observed:?}"
        );
    }
    let none = Criteria::parse(&above).compare_all([], None, None);
    assert_eq!(none.reading(), None);
}

fn comparison(metric: &str, criteria: &Value, observed: &Value) -> Comparison {
    Criteria::parse(criteria).compare(MetricValue::parse(observed).as_ref(), Some(metric), None)
}

fn compared(metric: &str, criteria: Value, observed: Value) -> String {
    comparison(metric, &criteria, &observed)
        .sentence()
        .expect("something to compare")
}

#[test]
fn the_expected_and_the_observed_value_are_compared() {
    let rule =
        |operator: &str, value: Value| json!({ "comparisonOperator": operator, "value": value });
    for (metric, criteria, observed, expected) in [
        (
            "aws:message-byte-size",
            rule("greater-than", json!({"count": 5000})),
            json!({"count": 26}),
            "expected > 5,000 bytes, observed 26 bytes",
        ),
        (
            "aws:num-messages-sent",
            json!({"comparisonOperator": "less-than", "value": {"count": 10}, "durationSeconds": 300}),
            json!({"count": 54}),
            "expected < 10 messages per 5 min, observed 54 messages",
        ),
        (
            "aws:num-disconnects",
            json!({"comparisonOperator": "less-than-equals", "value": {"count": 1}, "durationSeconds": 3600}),
            json!({"count": 0}),
            "expected ≤ 1 disconnect per 1 h, observed 0 disconnects",
        ),
        (
            "aws:disconnect-duration",
            rule("less-than-equals", json!({"count": 5})),
            json!({"count": 6}),
            "expected ≤ 5 minutes, observed 6 minutes",
        ),
        (
            "batteryPercentage",
            rule("greater-than", json!({"number": 75.0})),
            json!({"number": 12.5}),
            "expected > 75, observed 12.5",
        ),
        (
            "aws:listening-tcp-ports",
            rule("in-port-set", json!({"ports": [443, 80]})),
            json!({"ports": [8080, 22, 443]}),
            "not allowed: 22, 8080; expected only ports 80, 443, observed 22, 443, 8080",
        ),
        (
            "aws:source-ip-address",
            rule(
                "not-in-cidr-set",
                json!({"cidrs": ["12.8.0.0/16", "15.102.16.0/24"]}),
            ),
            json!({"cidrs": ["12.8.33.7/32"]}),
            "not allowed: 12.8.33.7/32; expected none of 12.8.0.0/16, 15.102.16.0/24",
        ),
        (
            "firmware",
            rule("in-set", json!({"strings": ["1.0", "1.1"]})),
            json!({"strings": ["", "a, b"]}),
            "not allowed: \"\", \"a, b\"; expected only 1.0, 1.1",
        ),
        (
            "fans",
            rule("not-in-set", json!({"numbers": [3, 2.5]})),
            json!({"numbers": []}),
            "expected none of 2.5, 3, observed none",
        ),
        (
            "aws:num-messages-sent",
            json!({"comparisonOperator": "less-than-equals", "durationSeconds": 900, "statisticalThreshold": {"statistic": "p99"}}),
            json!({"count": 54}),
            "expected ≤ p99 of the fleet (messages per 15 min), observed 54 messages",
        ),
        (
            "aws:num-messages-sent",
            json!({"mlDetectionConfig": {"confidenceLevel": "HIGH"}}),
            json!(null),
            "expected in the ML model's range (confidence HIGH)",
        ),
        (
            "x",
            rule("close-to", json!({"count": 3})),
            json!(7),
            "expected close-to 3, observed 7",
        ),
        ("x", json!(5), json!({"count": 0}), "observed 0"),
    ] {
        assert_eq!(compared(metric, criteria, observed), expected);
    }
    assert_eq!(
        Criteria::default().compare(None, None, None).sentence(),
        None
    );
}

#[test]
fn long_lists_are_shortened() {
    let ports: Vec<u16> = (1..=25).collect();
    let only = json!({"comparisonOperator": "in-port-set", "value": {"ports": [443]}});
    let found = comparison("aws:listening-tcp-ports", &only, &json!({ "ports": ports }));
    let observed = found.observed.as_deref().unwrap_or_default();
    assert!(observed.ends_with("19, 20, and 5 more"), "{observed}");
    assert_eq!(
        found.in_short().as_deref(),
        Some("not allowed: 1, 2, 3, and 22 more")
    );
}

#[test]
fn items_that_are_not_allowed_come_first() {
    let rule = |operator: &str, key: &str, items: Value| json!({ "comparisonOperator": operator, "value": { key: items } });
    for (criteria, observed, expected) in [
        (
            rule("in-set", "strings", json!(["init", "sshd"])),
            json!({"strings": ["init", "xmrig", "nc"]}),
            Some("xmrig, nc"),
        ),
        (
            rule("not-in-set", "strings", json!(["a"])),
            json!({"strings": ["a", "b"]}),
            Some("a"),
        ),
        (
            rule("in-port-set", "ports", json!([80, 443])),
            json!({"ports": [22]}),
            Some("22"),
        ),
        (
            rule("in-port-set", "ports", json!([80, 443])),
            json!({"ports": [80]}),
            None,
        ),
        (
            rule("in-cidr-set", "cidrs", json!(["10.0.0.0/8", "fd00::/8"])),
            json!({"cidrs": ["10.1.2.3", "11.0.0.0/24", "fd00::1/128", "10.0.0.0/7", "junk"]}),
            Some("11.0.0.0/24, 10.0.0.0/7, junk"),
        ),
        (
            rule("not-in-cidr-set", "cidrs", json!(["10.0.0.0/8"])),
            json!({"cidrs": ["10.1.2.3/32", "8.0.0.0/5", "192.168.0.1"]}),
            Some("10.1.2.3/32, 8.0.0.0/5"),
        ),
        (
            rule("less-than", "count", json!(3)),
            json!({"strings": ["a"]}),
            None,
        ),
    ] {
        let found = comparison("x", &criteria, &observed);
        assert_eq!(found.not_allowed.as_deref(), expected, "{criteria}");
    }
}

#[test]
fn the_short_form_says_the_unit_once() {
    for (metric, criteria, observed, expected) in [
        (
            "aws:message-byte-size",
            json!({"comparisonOperator": "greater-than", "value": {"count": 5000}}),
            json!({"count": 26}),
            "26 bytes, expected > 5,000",
        ),
        (
            "aws:num-messages-sent",
            json!({"comparisonOperator": "less-than", "value": {"count": 10}, "durationSeconds": 300}),
            json!({"count": 54}),
            "54 messages, expected < 10 per 5 min",
        ),
        (
            "aws:num-messages-sent",
            json!({"comparisonOperator": "less-than", "value": {"count": 10}, "durationSeconds": 300}),
            json!(null),
            "expected < 10 messages per 5 min",
        ),
        (
            "aws:num-messages-sent",
            json!({"mlDetectionConfig": {"confidenceLevel": "HIGH"}}),
            json!({"count": 1843}),
            "1,843 messages, expected in the ML model's range",
        ),
        (
            "processes",
            json!({"comparisonOperator": "in-set", "value": {"strings": ["init"]}}),
            json!({"strings": ["init", "xmrig", "nc"]}),
            "not allowed: xmrig, nc",
        ),
    ] {
        let found = comparison(metric, &criteria, &observed);
        assert_eq!(found.in_short().as_deref(), Some(expected));
    }
}
