//! Compares what a behavior expects with what was observed.
//!
//! A behavior describes what is *normal*, and an alarm means that it did not hold: `less-than 10` with 54 reads "expected < 10,
//! observed 54". The JSON shapes are the API model's `BehaviorCriteria` and `MetricValue`.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;

use super::metric::Metric;
use super::{field, metric};

/// The maximum number of items that a message lists.
const MAX_LIST_ITEMS: usize = 20;
/// The maximum number of items that a title lists.
const MAX_TITLE_ITEMS: usize = 3;

/// A metric's value: what is allowed, or what was observed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum MetricValue {
    /// One number, or any other single value.
    Quantity(String),
    /// Several numbers: the least and the greatest of them.
    Span(String, String),
    /// A set of ports.
    Ports(Vec<String>),
    /// A set of addresses or address ranges.
    Cidrs(Vec<String>),
    /// A set of numbers or strings.
    Items(Vec<String>),
}

impl MetricValue {
    /// Parses a `MetricValue`: an object with one of `count`, `number`, `ports`, `cidrs`, `numbers`, `strings`.
    pub(super) fn parse(value: &Value) -> Option<MetricValue> {
        let Value::Object(object) = value else {
            return match value {
                Value::Array(items) => Some(MetricValue::Items(texts(items))),
                other => field::scalar(other).map(MetricValue::Quantity),
            };
        };
        for key in ["count", "number"] {
            if let Some(quantity) = object.get(key).and_then(field::scalar) {
                return Some(MetricValue::Quantity(quantity));
            }
        }
        for key in ["ports", "cidrs", "numbers", "strings"] {
            let Some(Value::Array(items)) = object.get(key) else {
                continue;
            };
            let mut texts = texts(items);
            if matches!(key, "ports" | "numbers") {
                texts.sort_by(|a, b| number(a).total_cmp(&number(b)));
            }
            return Some(match key {
                "ports" => MetricValue::Ports(texts),
                "cidrs" => MetricValue::Cidrs(texts),
                _ => MetricValue::Items(texts),
            });
        }
        (!object.is_empty()).then(|| MetricValue::Quantity(field::display(value)))
    }

    /// Returns what several observations come to: the least and the greatest of numbers, and the items of sets, those first that
    /// were observed most often.
    fn summarize<'a>(values: impl IntoIterator<Item = &'a MetricValue>) -> Option<MetricValue> {
        let values: Vec<&MetricValue> = values.into_iter().collect();
        let quantity = |value: &MetricValue| match value {
            MetricValue::Quantity(text) => Some((finite(text)?, text.clone())),
            _ => None,
        };
        let quantities: Option<Vec<(f64, String)>> =
            values.iter().map(|value| quantity(value)).collect();
        if let Some(quantities) = quantities {
            let order = |a: &&(f64, String), b: &&(f64, String)| a.0.total_cmp(&b.0);
            let (least, most) = (
                quantities.iter().min_by(order)?,
                quantities.iter().max_by(order)?,
            );
            return Some(match least.0 == most.0 {
                true => MetricValue::Quantity(least.1.clone()),
                false => MetricValue::Span(least.1.clone(), most.1.clone()),
            });
        }
        let mut counts: IndexedCounts = Vec::new();
        let mut places = HashMap::new();
        for value in &values {
            let items = match value {
                MetricValue::Quantity(text) => std::slice::from_ref(text),
                sets => sets.items(),
            };
            for item in items {
                let place = *places.entry(item).or_insert_with(|| {
                    counts.push((item.clone(), 0));
                    counts.len() - 1
                });
                counts[place].1 += 1;
            }
        }
        counts.sort_by_key(|(_, count)| Reverse(*count));
        let items = counts.into_iter().map(|(item, _)| item).collect();
        let all = |is: fn(&MetricValue) -> bool| values.iter().all(|value| is(value));
        if all(|value| matches!(value, MetricValue::Ports(_))) {
            Some(MetricValue::Ports(items))
        } else if all(|value| matches!(value, MetricValue::Cidrs(_))) {
            Some(MetricValue::Cidrs(items))
        } else {
            (!values.is_empty()).then_some(MetricValue::Items(items))
        }
    }

    fn items(&self) -> &[String] {
        match self {
            MetricValue::Quantity(_) | MetricValue::Span(..) => &[],
            MetricValue::Ports(items) | MetricValue::Cidrs(items) | MetricValue::Items(items) => {
                items
            }
        }
    }

    /// Returns the value for people: a number with its unit, a list of at most [`MAX_LIST_ITEMS`] items, ambiguous ones quoted.
    fn display(&self, unit: &str) -> String {
        match self {
            MetricValue::Quantity(quantity) => metric::with_unit(quantity, unit),
            MetricValue::Span(least, most) => format!(
                "{} to {}",
                metric::group_digits(least),
                metric::with_unit(most, unit)
            ),
            sets => join_list(sets.items(), MAX_LIST_ITEMS),
        }
    }
}

fn texts(items: &[Value]) -> Vec<String> {
    items.iter().map(field::display).collect()
}

/// Items in the order in which they were first seen, each with how often it was.
type IndexedCounts = Vec<(String, usize)>;

fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::INFINITY)
}

fn join_list(items: &[String], max: usize) -> String {
    if items.is_empty() {
        return "none".to_owned();
    }
    let mut shown: Vec<String> = items.iter().take(max).map(|item| quote(item)).collect();
    if items.len() > max {
        shown.push(format!("and {} more", items.len() - max));
    }
    shown.join(", ")
}

fn quote(item: &str) -> String {
    if item.is_empty() || item.contains(',') || item.trim() != item {
        format!("\"{item}\"")
    } else {
        item.to_owned()
    }
}

/// What a behavior expects: its `BehaviorCriteria`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Criteria {
    operator: Option<String>,
    value: Option<MetricValue>,
    duration: Option<u64>,
    statistic: Option<String>,
    is_ml: bool,
    confidence: Option<String>,
    datapoints_to_alarm: Option<u64>,
}

/// What is normal against what was observed, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What the behavior expects: `> 5,000 bytes`, `only ports 80, 443`.
    pub expected: Option<String>,
    /// The same in short, without the unit that the observed value has too: `> 5,000`.
    pub expected_in_short: Option<String>,
    /// What was observed: `26 bytes`, `22, 443, 8080`.
    pub observed: Option<String>,
    /// Of an observed set, the items that the behavior does not allow: `22, 8080`.
    pub not_allowed: Option<String>,
    /// The same in short, with at most a few items.
    pub not_allowed_in_short: Option<String>,
}

impl Comparison {
    /// Returns what breaks the rule, in short: `26 bytes`, `not allowed: 22, 8080`.
    pub fn reading(&self) -> Option<String> {
        match &self.not_allowed_in_short {
            Some(items) => Some(format!("not allowed: {items}")),
            None => self.observed.clone(),
        }
    }

    /// Returns what breaks the rule, and unless that says it already, the rule: `26 bytes, expected > 5,000`.
    pub fn in_short(&self) -> Option<String> {
        let expected = match self.not_allowed_in_short {
            Some(_) => None,
            None => self.expected_in_short.as_ref(),
        };
        let expected = expected.map(|expected| format!("expected {expected}"));
        join(", ", self.reading().into_iter().chain(expected))
    }

    /// Returns everything, what breaks the rule first: `expected > 5,000 bytes, observed 26 bytes`,
    /// `not allowed: 22, 8080; expected only ports 80, 443, observed 22, 443, 8080`.
    pub fn sentence(&self) -> Option<String> {
        let expected = self
            .expected
            .as_ref()
            .map(|expected| format!("expected {expected}"));
        let observed = self
            .observed
            .as_ref()
            .filter(|observed| self.not_allowed.as_ref() != Some(*observed))
            .map(|observed| format!("observed {observed}"));
        let not_allowed = self
            .not_allowed
            .as_ref()
            .map(|items| format!("not allowed: {items}"));
        let rest = join(", ", expected.into_iter().chain(observed));
        join("; ", not_allowed.into_iter().chain(rest))
    }
}

fn join(separator: &str, parts: impl Iterator<Item = String>) -> Option<String> {
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join(separator))
}

impl Criteria {
    /// Parses a `BehaviorCriteria`; any other value gives empty criteria.
    pub(super) fn parse(value: &Value) -> Criteria {
        let within =
            |key: &str, inner: &str| value.get(key).and_then(|object| field::text(object, inner));
        Criteria {
            operator: field::text(value, "comparisonOperator"),
            value: value.get("value").and_then(MetricValue::parse),
            duration: field::count(value, "durationSeconds").filter(|seconds| *seconds > 0),
            statistic: within("statisticalThreshold", "statistic"),
            is_ml: value
                .get("mlDetectionConfig")
                .is_some_and(|config| !config.is_null()),
            confidence: within("mlDetectionConfig", "confidenceLevel"),
            datapoints_to_alarm: field::count(value, "consecutiveDatapointsToAlarm"),
        }
    }

    /// Returns how many consecutive datapoints raise the alarm, if more than one.
    pub(super) fn datapoints_to_alarm(&self) -> Option<u64> {
        self.datapoints_to_alarm
            .filter(|datapoints| *datapoints > 1)
    }

    /// Compares what is expected with what was observed.
    pub(super) fn compare(
        &self,
        observed: Option<&MetricValue>,
        metric: Option<&str>,
        confidence: Option<&str>,
    ) -> Comparison {
        let metric = metric.and_then(metric::lookup);
        let unit = metric.map_or("", |metric| metric.unit);
        let not_allowed = self.not_allowed(observed);
        let listed = |max: usize| not_allowed.as_ref().map(|items| join_list(items, max));
        Comparison {
            expected: self.expected(metric, unit, confidence, false),
            // An observed value that is no number has no unit.
            expected_in_short: match observed {
                Some(MetricValue::Span(..)) => self.expected(metric, "", confidence, true),
                Some(MetricValue::Quantity(quantity)) if quantity.parse::<f64>().is_ok() => {
                    self.expected(metric, "", confidence, true)
                }
                _ => self.expected(metric, unit, confidence, true),
            },
            observed: observed.map(|observed| observed.display(unit)),
            not_allowed: listed(MAX_LIST_ITEMS),
            not_allowed_in_short: listed(MAX_TITLE_ITEMS),
        }
    }

    /// Compares what is expected with several observations, as [`MetricValue::summarize`] sums them up.
    pub(super) fn compare_all<'a>(
        &self,
        observed: impl IntoIterator<Item = &'a MetricValue>,
        metric: Option<&str>,
        confidence: Option<&str>,
    ) -> Comparison {
        let observed = MetricValue::summarize(observed);
        self.compare(observed.as_ref(), metric, confidence)
    }

    /// Returns the expected value: `< 10 messages per 5 min`.
    fn expected(
        &self,
        metric: Option<&Metric>,
        unit: &str,
        confidence: Option<&str>,
        in_short: bool,
    ) -> Option<String> {
        if self.is_ml || (confidence.is_some() && self.value.is_none() && self.statistic.is_none())
        {
            let confidence = self.confidence.as_deref().or(confidence);
            let confidence = confidence.filter(|_| !in_short);
            return Some(format!(
                "in the ML model's range{}",
                confidence
                    .map(|level| format!(" (confidence {level})"))
                    .unwrap_or_default()
            ));
        }
        let over = if metric.is_some_and(|metric| metric.is_cumulative) {
            "per"
        } else {
            "over"
        };
        let duration = self
            .duration
            .map(|seconds| format!("{over} {}", duration(seconds)));
        let operator = self.operator.as_deref().map(symbol);
        if let Some(statistic) = &self.statistic {
            let of = [unit, duration.as_deref().unwrap_or("")].join(" ");
            let of = match of.trim() {
                _ if in_short => String::new(),
                "" => String::new(),
                of => format!(" ({of})"),
            };
            return Some(
                format!(
                    "{} {statistic} of the fleet{of}",
                    operator.unwrap_or("within")
                )
                .trim()
                .to_owned(),
            );
        }
        let value = self.value.as_ref()?;
        let noun = if matches!(value, MetricValue::Ports(_)) {
            "ports"
        } else {
            ""
        };
        let words = [
            operator.unwrap_or(""),
            noun,
            &value.display(unit),
            duration.as_deref().unwrap_or(""),
        ];
        Some(
            words
                .into_iter()
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
        )
    }

    /// Returns the observed items that the behavior does not allow, if there are any.
    fn not_allowed(&self, observed: Option<&MetricValue>) -> Option<Vec<String>> {
        let (expected, observed) = (self.value.as_ref()?, observed?);
        let is_allowed: Box<dyn Fn(&String) -> bool> = match self.operator.as_deref()? {
            "in-port-set" | "in-set" => Box::new(|item| expected.items().contains(item)),
            "not-in-port-set" | "not-in-set" => Box::new(|item| !expected.items().contains(item)),
            "in-cidr-set" => Box::new(|item| {
                let contains = |range: &String| match (network(range), network(item)) {
                    (Some(range), Some(network)) => range.contains(&network),
                    _ => range == item,
                };
                expected.items().iter().any(contains)
            }),
            "not-in-cidr-set" => Box::new(|item| {
                let overlaps = |range: &String| match (network(range), network(item)) {
                    (Some(range), Some(network)) => {
                        range.contains(&network) || network.contains(&range)
                    }
                    _ => range == item,
                };
                !expected.items().iter().any(overlaps)
            }),
            _ => return None,
        };
        let items: Vec<String> = observed
            .items()
            .iter()
            .filter(|item| !is_allowed(item))
            .cloned()
            .collect();
        (!items.is_empty()).then_some(items)
    }
}

/// Parses an address or a range of addresses.
fn network(text: &str) -> Option<IpNet> {
    text.parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .ok()
}

fn symbol(operator: &str) -> &str {
    match operator {
        "less-than" => "<",
        "less-than-equals" => "≤",
        "greater-than" => ">",
        "greater-than-equals" => "≥",
        "in-cidr-set" | "in-port-set" | "in-set" => "only",
        "not-in-cidr-set" | "not-in-port-set" | "not-in-set" => "none of",
        other => other,
    }
}

fn duration(seconds: u64) -> String {
    match seconds {
        _ if seconds.is_multiple_of(3600) => format!("{} h", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
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
        let rule = |operator: &str, value: Value| json!({ "comparisonOperator": operator, "value": value });
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
}
