//! A message looked at as SNS looks at it: properties by their path, arrays by any of their elements.

use serde_json::{Map, Value};

use super::condition::Condition;
use super::rules::{Alternative, Rule};

/// A value found at a path, with the array elements it was found in: `(which array, which element)`.
///
/// Two properties of one policy may not be satisfied from two different elements of the same array (AWS's Event Ruler, "array
/// consistency").
struct Leaf<'a> {
    value: &'a Value,
    elements: Vec<(*const Value, usize)>,
}

/// Whether a message satisfies one of the alternatives.
pub(super) fn satisfies(message: &Map<String, Value>, alternatives: &[Alternative]) -> bool {
    alternatives.iter().any(|rules| holds(message, rules, &[]))
}

/// Whether the rules hold together with the array elements already chosen.
fn holds(message: &Map<String, Value>, rules: &[Rule], chosen: &[(*const Value, usize)]) -> bool {
    let Some((rule, rest)) = rules.split_first() else {
        return true;
    };
    let mut leaves = Vec::new();
    for (key, value) in message {
        descend(&rule.path, key, value, &[], &mut leaves);
    }
    if leaves.is_empty() {
        return rule.conditions.contains(&Condition::Exists(false)) && holds(message, rest, chosen);
    }
    leaves
        .iter()
        .filter(|leaf| {
            leaf.elements
                .iter()
                .all(|(array, element)| chosen.iter().all(|(a, e)| a != array || e == element))
        })
        .filter(|leaf| {
            rule.conditions
                .iter()
                .any(|condition| condition.matches(leaf.value))
        })
        .any(|leaf| holds(message, rest, &[chosen, &leaf.elements].concat()))
}

/// Collects what `path` leads to, where a property `key` has `value`. A dot in a property's name and a step into an object are
/// the same to SNS: `a.b` finds `{"a.b": 1}` and `{"a": {"b": 1}}`.
fn descend<'a>(
    path: &str,
    key: &str,
    value: &'a Value,
    elements: &[(*const Value, usize)],
    leaves: &mut Vec<Leaf<'a>>,
) {
    let Some(rest) = path.strip_prefix(key) else {
        return;
    };
    match rest.strip_prefix('.') {
        _ if rest.is_empty() => collect(value, elements, leaves),
        Some(rest) => step(rest, value, elements, leaves),
        None => {}
    }
}

fn step<'a>(
    path: &str,
    value: &'a Value,
    elements: &[(*const Value, usize)],
    leaves: &mut Vec<Leaf<'a>>,
) {
    match value {
        Value::Object(object) => object
            .iter()
            .for_each(|(key, value)| descend(path, key, value, elements, leaves)),
        Value::Array(array) => {
            for (index, element) in array.iter().enumerate() {
                step(
                    path,
                    element,
                    &[elements, &[(std::ptr::from_ref(value), index)]].concat(),
                    leaves,
                );
            }
        }
        _ => {}
    }
}

fn collect<'a>(value: &'a Value, elements: &[(*const Value, usize)], leaves: &mut Vec<Leaf<'a>>) {
    match value {
        // Only leaves are compared: an object at the end of a path is as good as absent.
        Value::Object(_) => {}
        Value::Array(array) => array
            .iter()
            .for_each(|element| collect(element, elements, leaves)),
        value => leaves.push(Leaf {
            value,
            elements: elements.to_vec(),
        }),
    }
}
