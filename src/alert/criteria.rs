//! What a behavior expects, as the API model's `BehaviorCriteria` has it, compared with what was observed.
//!
//! A behavior describes what is *normal*, and an alarm means that it did not hold: `less-than 10` with 54 reads "expected < 10,
//! observed 54".

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;

use super::comparison::Comparison;
use super::metric::Metric;
use super::metric_value::{MAX_LIST_ITEMS, MetricValue, join_list};
use super::{field, metric};

/// The maximum number of items that a title lists.
const MAX_TITLE_ITEMS: usize = 3;

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
            // A unit belongs to a number: any other observed value has none.
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
mod tests;
