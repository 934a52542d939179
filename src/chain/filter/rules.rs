//! A filter policy broken down into alternatives of properties with their conditions, and checked against the limits of SNS.

use serde_json::{Map, Value};

use super::condition::Condition;
use super::error::{PolicyError, Problem};
use super::limits::{MAX_COMBINATIONS, MAX_KEYS, MAX_WILDCARD_POINTS, OPERATORS};
use super::scope::Scope;

/// One way to satisfy a policy: every rule must be satisfied.
pub(super) type Alternative = Vec<Rule>;

/// A property and its conditions; at least one must be true.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// The path from the top, joined by dots, as SNS compares it.
    pub(super) path: String,
    /// The nesting level, 1 at the top.
    depth: usize,
    /// Its value list.
    pub(super) conditions: Vec<Condition>,
}

impl Rule {
    /// Returns whether a message without the property satisfies it.
    pub(super) fn allows_absence(&self) -> bool {
        self.conditions.contains(&Condition::Exists(false))
    }
}

/// Breaks a policy down and checks it against the limits of SNS.
pub(super) fn parse(
    policy: &Map<String, Value>,
    scope: Scope,
) -> Result<Vec<Alternative>, PolicyError> {
    let mut parser = Parser {
        scope,
        rules: Vec::new(),
    };
    let alternatives = parser.object(policy, "", 1, vec![Alternative::new()])?;
    parser.limits(&alternatives)?;
    Ok(alternatives)
}

struct Parser {
    scope: Scope,
    /// Every rule once, however many alternatives contain it.
    rules: Vec<Rule>,
}

impl Parser {
    /// Adds the rules of `object`, which stands at the path `at`, to every alternative so far.
    fn object(
        &mut self,
        object: &Map<String, Value>,
        at: &str,
        depth: usize,
        mut alternatives: Vec<Alternative>,
    ) -> Result<Vec<Alternative>, PolicyError> {
        if object.is_empty() {
            return Err(invalid(at, Problem::EmptyObject));
        }
        if depth > 1 && self.scope == Scope::MessageAttributes {
            return Err(invalid(at, Problem::Nested));
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
                        // Every alternative is at least one combination: stop before their number explodes.
                        if either.len() > MAX_COMBINATIONS {
                            return Err(PolicyError::Combinations(either.len()));
                        }
                    }
                    either
                }
                Value::Array(entries) => {
                    let rule = Rule {
                        depth,
                        conditions: conditions(key, entries)
                            .map_err(|problem| invalid(&path, problem))?,
                        path,
                    };
                    self.rules.push(rule.clone());
                    alternatives
                        .iter_mut()
                        .for_each(|alternative| alternative.push(rule.clone()));
                    alternatives
                }
                Value::Object(nested) => self.object(nested, &path, depth + 1, alternatives)?,
                _ => return Err(invalid(&path, Problem::NotAList)),
            };
        }
        Ok(alternatives)
    }

    fn limits(&self, alternatives: &[Alternative]) -> Result<(), PolicyError> {
        let mut keys: Vec<&str> = self.rules.iter().map(|rule| rule.path.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.len() > MAX_KEYS {
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
        if combinations > MAX_COMBINATIONS {
            return Err(PolicyError::Combinations(combinations));
        }
        let points = self.rules.iter().map(wildcard_points).sum();
        if points > MAX_WILDCARD_POINTS {
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

/// Returns whether SNS reads `$or` as the operator: it lists at least two objects, and none has a property named like an operator
/// (developer guide, "AND/OR logic"). Otherwise `$or` is an ordinary property name.
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
                Problem::SingleOr
            } else {
                problem
            }
        })
}

fn invalid(at: &str, problem: Problem) -> PolicyError {
    PolicyError::At {
        at: if at.is_empty() {
            "the top level".to_owned()
        } else {
            at.to_owned()
        },
        problem,
    }
}
