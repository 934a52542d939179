//! A metric's value, as the API model's `MetricValue` has it: what is allowed, or what was observed.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde_json::Value;

use super::{field, metric};

/// The maximum number of items that a message lists.
pub(super) const MAX_LIST_ITEMS: usize = 20;

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
    pub(super) fn summarize<'a>(
        values: impl IntoIterator<Item = &'a MetricValue>,
    ) -> Option<MetricValue> {
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

    pub(super) fn items(&self) -> &[String] {
        match self {
            MetricValue::Quantity(_) | MetricValue::Span(..) => &[],
            MetricValue::Ports(items) | MetricValue::Cidrs(items) | MetricValue::Items(items) => {
                items
            }
        }
    }

    /// Returns the value for people: a number with its unit, a list of at most [`MAX_LIST_ITEMS`] items, ambiguous ones quoted.
    pub(super) fn display(&self, unit: &str) -> String {
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

pub(super) fn join_list(items: &[String], max: usize) -> String {
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
