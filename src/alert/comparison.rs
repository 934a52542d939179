//! Compares what a behavior expects with what was observed.
//!
//! A behavior describes what is *normal*, and an alarm means that it did not hold: `less-than 10` with 54 reads "expected < 10,
//! observed 54". The JSON shapes are the API model's `BehaviorCriteria` and `MetricValue`.

use std::collections::HashSet;

use serde_json::Value;

use super::{field, metric};

/// The maximum number of items that a message lists.
const MAX_LIST_ITEMS: usize = 20;

/// A metric's value: what is allowed, or what was observed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum MetricValue {
    /// One number, or any other single value.
    Quantity(String),
    /// A set of ports.
    Ports(Vec<String>),
    /// A set of addresses, numbers or strings.
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
            return Some(if key == "ports" {
                MetricValue::Ports(texts)
            } else {
                MetricValue::Items(texts)
            });
        }
        (!object.is_empty()).then(|| MetricValue::Quantity(field::display(value)))
    }

    fn items(&self) -> &[String] {
        match self {
            MetricValue::Quantity(_) => &[],
            MetricValue::Ports(items) | MetricValue::Items(items) => items,
        }
    }

    /// Returns the value for people: long lists are shortened, and ambiguous items are quoted.
    pub(super) fn display(&self) -> String {
        match self {
            MetricValue::Quantity(quantity) => quantity.clone(),
            MetricValue::Ports(items) | MetricValue::Items(items) => join_list(items),
        }
    }
}

fn texts(items: &[Value]) -> Vec<String> {
    items.iter().map(field::display).collect()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::INFINITY)
}

fn join_list(items: &[String]) -> String {
    if items.is_empty() {
        return "none".to_owned();
    }
    let mut shown: Vec<String> = items
        .iter()
        .take(MAX_LIST_ITEMS)
        .map(|item| quote(item))
        .collect();
    if items.len() > MAX_LIST_ITEMS {
        shown.push(format!("and {} more", items.len() - MAX_LIST_ITEMS));
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
#[derive(Clone, Debug, Default)]
pub(super) struct Criteria {
    operator: Option<String>,
    value: Option<MetricValue>,
    duration: Option<u64>,
    statistic: Option<String>,
    is_ml: bool,
    confidence: Option<String>,
    datapoints_to_alarm: Option<u64>,
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

    /// Returns the expected value: `< 10 messages per 5 min`.
    fn expected(&self, metric: Option<&str>, confidence: Option<&str>) -> Option<String> {
        if self.is_ml || (confidence.is_some() && self.value.is_none() && self.statistic.is_none())
        {
            let confidence = self.confidence.as_deref().or(confidence);
            return Some(format!(
                "in the ML model's range{}",
                confidence
                    .map(|level| format!(" (confidence {level})"))
                    .unwrap_or_default()
            ));
        }
        let metric = metric.and_then(metric::lookup);
        let unit = metric.map_or("", |metric| metric.unit);
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
            let of = if of.trim().is_empty() {
                String::new()
            } else {
                format!(" ({})", of.trim())
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
        let unit = match value {
            MetricValue::Quantity(one) if one == "1" => unit.trim_end_matches('s'),
            MetricValue::Quantity(_) => unit,
            MetricValue::Ports(_) | MetricValue::Items(_) => "",
        };
        let noun = if matches!(value, MetricValue::Ports(_)) {
            "ports"
        } else {
            ""
        };
        let words = [
            operator.unwrap_or(""),
            noun,
            &value.display(),
            unit,
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

    /// Returns both values: `expected > 5000 bytes, observed 26`, or the one that is known.
    pub(super) fn compare(
        &self,
        observed: Option<&MetricValue>,
        metric: Option<&str>,
        confidence: Option<&str>,
    ) -> Option<String> {
        let expected = self
            .expected(metric, confidence)
            .map(|expected| format!("expected {expected}"));
        let observed = observed.map(|observed| format!("observed {}", observed.display()));
        let halves: Vec<String> = expected.into_iter().chain(observed).collect();
        (!halves.is_empty()).then(|| halves.join(", "))
    }

    /// Returns the observed items that the behavior does not allow, if comparing them as text can tell (ports, numbers, strings;
    /// not address ranges) and only some of them are not allowed.
    pub(super) fn unexpected(&self, observed: Option<&MetricValue>) -> Option<String> {
        let observed = observed?;
        let known: HashSet<&String> = self.value.as_ref()?.items().iter().collect();
        let allowed = match self.operator.as_deref()? {
            "in-port-set" | "in-set" => true,
            "not-in-port-set" | "not-in-set" => false,
            _ => return None,
        };
        let outside: Vec<String> = observed
            .items()
            .iter()
            .filter(|item| known.contains(item) != allowed)
            .cloned()
            .collect();
        (!outside.is_empty() && outside.len() < observed.items().len()).then(|| join_list(&outside))
    }
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

    fn compared(metric: &str, criteria: Value, observed: Value) -> String {
        Criteria::parse(&criteria)
            .compare(MetricValue::parse(&observed).as_ref(), Some(metric), None)
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
                "expected > 5000 bytes, observed 26",
            ),
            (
                "aws:num-messages-sent",
                json!({"comparisonOperator": "less-than", "value": {"count": 10}, "durationSeconds": 300}),
                json!({"count": 54}),
                "expected < 10 messages per 5 min, observed 54",
            ),
            (
                "aws:num-disconnects",
                json!({"comparisonOperator": "less-than-equals", "value": {"count": 1}, "durationSeconds": 3600}),
                json!({"count": 0}),
                "expected ≤ 1 disconnect per 1 h, observed 0",
            ),
            (
                "aws:disconnect-duration",
                rule("less-than-equals", json!({"count": 5})),
                json!({"count": 6}),
                "expected ≤ 5 minutes, observed 6",
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
                "expected only ports 80, 443, observed 22, 443, 8080",
            ),
            (
                "aws:source-ip-address",
                rule(
                    "not-in-cidr-set",
                    json!({"cidrs": ["12.8.0.0/16", "15.102.16.0/24"]}),
                ),
                json!({"cidrs": ["12.8.33.7/32"]}),
                "expected none of 12.8.0.0/16, 15.102.16.0/24, observed 12.8.33.7/32",
            ),
            (
                "firmware",
                rule("in-set", json!({"strings": ["1.0", "1.1"]})),
                json!({"strings": ["", "a, b"]}),
                "expected only 1.0, 1.1, observed \"\", \"a, b\"",
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
                "expected ≤ p99 of the fleet (messages per 15 min), observed 54",
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
        assert_eq!(Criteria::default().compare(None, None, None), None);
    }

    #[test]
    fn long_lists_are_shortened() {
        let ports: Vec<u16> = (1..=25).collect();
        let shown = MetricValue::parse(&json!({ "ports": ports }))
            .expect("ports")
            .display();
        assert!(shown.ends_with("19, 20, and 5 more"), "{shown}");
    }

    #[test]
    fn items_that_are_not_allowed_are_named() {
        let ports = Criteria::parse(
            &json!({"comparisonOperator": "in-port-set", "value": {"ports": [80, 443]}}),
        );
        let out = |criteria: &Criteria, observed: Value| {
            criteria.unexpected(MetricValue::parse(&observed).as_ref())
        };
        assert_eq!(
            out(&ports, json!({"ports": [22, 443, 8080]})).as_deref(),
            Some("22, 8080")
        );
        assert_eq!(
            out(&ports, json!({"ports": [22]})),
            None,
            "the whole set is already shown"
        );
        let words = Criteria::parse(
            &json!({"comparisonOperator": "not-in-set", "value": {"strings": ["a"]}}),
        );
        assert_eq!(
            out(&words, json!({"strings": ["a", "b"]})).as_deref(),
            Some("a")
        );
    }
}
