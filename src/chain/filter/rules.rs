//! A filter policy taken apart: alternatives of properties with their conditions, counted against SNS's limits.

use serde_json::{Map, Value};

use super::condition::Condition;
use super::problem::{OPERATORS, Problem};
use super::{PolicyError, Scope};

/// Properties a policy may name; of nested ones only the leaves count (developer guide, "Filter policy constraints").
const MOST_KEYS: usize = 5;
/// Combinations of values: the product over an alternative's leaves of entries times nesting level, summed over alternatives.
const MOST_COMBINATIONS: usize = 150;
/// Points of wildcards: over every property, the sum of its patterns' points times their number.
const MOST_WILDCARD_POINTS: usize = 100;

/// One way to satisfy a policy: every rule must hold.
pub(super) type Alternative = Vec<Rule>;

/// A property and the conditions of which one must hold for it.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// The path from the top, joined by dots, as SNS compares it.
    pub(super) path: String,
    /// The nesting level, 1 at the top.
    depth: usize,
    /// Its value list.
    pub(super) conditions: Vec<Condition>,
}

/// Takes a policy apart and holds it against SNS's limits.
pub(super) fn read(
    policy: &Map<String, Value>,
    scope: Scope,
) -> Result<Vec<Alternative>, PolicyError> {
    let mut reader = Reader {
        scope,
        rules: Vec::new(),
    };
    let alternatives = reader.object(policy, "", 1, vec![Alternative::new()])?;
    reader.limits(&alternatives)?;
    Ok(alternatives)
}

struct Reader {
    scope: Scope,
    /// Every rule once, however many alternatives it takes part in.
    rules: Vec<Rule>,
}

impl Reader {
    /// Extends every alternative so far by what `object`, found at `at`, asks for.
    fn object(
        &mut self,
        object: &Map<String, Value>,
        at: &str,
        depth: usize,
        mut alternatives: Vec<Alternative>,
    ) -> Result<Vec<Alternative>, PolicyError> {
        if object.is_empty() {
            return Err(wrong(at, Problem::EmptyObject));
        }
        if depth > 1 && self.scope == Scope::MessageAttributes {
            return Err(wrong(at, Problem::Nested));
        }
        for (key, value) in object {
            let path = if at.is_empty() {
                key.clone()
            } else {
                format!("{at}.{key}")
            };
            alternatives = match value {
                Value::Array(entries) if key == "$or" && is_or(entries) => {
                    let mut either = Vec::new();
                    for branch in entries.iter().filter_map(Value::as_object) {
                        either.extend(self.object(branch, at, depth, alternatives.clone())?);
                        // Every alternative is at least one combination; stop before they multiply beyond use.
                        if either.len() > MOST_COMBINATIONS {
                            return Err(PolicyError::Combinations(either.len()));
                        }
                    }
                    either
                }
                Value::Array(entries) => {
                    let rule = Rule {
                        depth,
                        conditions: conditions(key, entries)
                            .map_err(|problem| wrong(&path, problem))?,
                        path,
                    };
                    self.rules.push(rule.clone());
                    alternatives
                        .iter_mut()
                        .for_each(|alternative| alternative.push(rule.clone()));
                    alternatives
                }
                Value::Object(nested) => self.object(nested, &path, depth + 1, alternatives)?,
                _ => return Err(wrong(&path, Problem::NotAList)),
            };
        }
        Ok(alternatives)
    }

    fn limits(&self, alternatives: &[Alternative]) -> Result<(), PolicyError> {
        let mut keys: Vec<&str> = self.rules.iter().map(|rule| rule.path.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.len() > MOST_KEYS {
            return Err(PolicyError::Keys(keys.len()));
        }
        let combinations = alternatives
            .iter()
            .map(|rules| {
                rules.iter().fold(1usize, |product, rule| {
                    product.saturating_mul(rule.conditions.len() * rule.depth)
                })
            })
            .fold(0, usize::saturating_add);
        if combinations > MOST_COMBINATIONS {
            return Err(PolicyError::Combinations(combinations));
        }
        let points = self.rules.iter().map(wildcard_points).sum();
        if points > MOST_WILDCARD_POINTS {
            return Err(PolicyError::WildcardPoints(points));
        }
        Ok(())
    }
}

fn wildcard_points(rule: &Rule) -> usize {
    let points: Vec<usize> = rule
        .conditions
        .iter()
        .filter_map(Condition::wildcard_points)
        .collect();
    points.iter().sum::<usize>() * points.len()
}

/// Whether SNS takes `$or` for the operator: at least two objects, none with a property named as an operator (developer guide,
/// "AND/OR logic"). Otherwise it is the name of a property like any other.
fn is_or(entries: &[Value]) -> bool {
    entries.len() >= 2
        && entries.iter().all(|entry| {
            entry
                .as_object()
                .is_some_and(|branch| !branch.keys().any(|key| OPERATORS.contains(&key.as_str())))
        })
}

fn conditions(key: &str, entries: &[Value]) -> Result<Vec<Condition>, Problem> {
    if entries.is_empty() {
        return Err(Problem::EmptyList);
    }
    entries
        .iter()
        .map(Condition::parse)
        .collect::<Result<_, _>>()
        .map_err(|problem| {
            if key == "$or" && entries.len() == 1 {
                Problem::LonelyOr
            } else {
                problem
            }
        })
}

fn wrong(at: &str, problem: Problem) -> PolicyError {
    PolicyError::At {
        at: if at.is_empty() {
            "the policy".to_owned()
        } else {
            at.to_owned()
        },
        problem,
    }
}
