//! Whether a message satisfies a policy, as SNS decides it: properties are found by path, and any element of an array counts.

use serde_json::{Map, Value};

use super::condition::Condition;
use super::rules::{Alternative, Rule};

/// A value at a path, with the array elements that contain it: `(which array, which element)`.
///
/// Two different elements of one array cannot satisfy two properties of a policy (AWS's Event Ruler, "array consistency").
struct Leaf<'a> {
    value: &'a Value,
    elements: Vec<(*const Value, usize)>,
}

/// Returns whether a message satisfies one of the alternatives.
pub(super) fn satisfies(message: &Map<String, Value>, alternatives: &[Alternative]) -> bool {
    alternatives
        .iter()
        .any(|rules| satisfies_all(message, rules, &[]))
}

/// Returns whether a message satisfies all rules, given the array elements chosen so far.
fn satisfies_all(
    message: &Map<String, Value>,
    rules: &[Rule],
    chosen: &[(*const Value, usize)],
) -> bool {
    let Some((rule, rest)) = rules.split_first() else {
        return true;
    };
    let mut leaves = Vec::new();
    for (key, value) in message {
        descend(&rule.path, key, value, &[], &mut leaves);
    }
    if leaves.is_empty() {
        return rule.conditions.contains(&Condition::Exists(false))
            && satisfies_all(message, rest, chosen);
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
        .any(|leaf| satisfies_all(message, rest, &[chosen, &leaf.elements].concat()))
}

/// Collects the values at `path`, given a property `key` with `value`. SNS does not distinguish a dot in a property's name from a
/// step into an object: `a.b` finds both `{"a.b": 1}` and `{"a": {"b": 1}}`.
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
        // SNS compares leaves only: an object at the end of a path counts as absent.
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
