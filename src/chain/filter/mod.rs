//! SNS subscription filter policies: read and held against SNS's limits before they are sent, compared with what is stored, and
//! tried on messages, so that nobody learns from silence that a policy drops an alert.

mod body;
mod condition;
mod events;
mod families;
mod pattern;
mod problem;
mod rules;

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use thiserror::Error;

pub use events::{EventKind, Events, UnknownEvent};
pub use families::Family;
pub use problem::Problem;
use rules::Alternative;

/// The bytes that a filter policy may have (SNS developer guide, "Filter policy constraints").
const MOST_BYTES: usize = 256 * 1024;

/// What a filter policy is compared with: the subscription attribute `FilterPolicyScope`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Scope {
    /// The attributes of the message. Device Defender sets none, so that such a policy lets nothing of it through.
    #[default]
    MessageAttributes,
    /// The message itself, which must be a JSON object.
    MessageBody,
}

impl Scope {
    /// The value of `FilterPolicyScope`.
    pub fn name(self) -> &'static str {
        match self {
            Scope::MessageAttributes => "MessageAttributes",
            Scope::MessageBody => "MessageBody",
        }
    }
}

/// A value of `FilterPolicyScope` that SNS does not have.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("'{0}' is not a filter policy scope (MessageAttributes, MessageBody)")]
pub struct UnknownScope(pub String);

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Scope, UnknownScope> {
        [Scope::MessageAttributes, Scope::MessageBody]
            .into_iter()
            .find(|scope| scope.name() == text)
            .ok_or_else(|| UnknownScope(text.to_owned()))
    }
}

/// Why a text is not a filter policy that SNS accepts.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// The text is not JSON.
    #[error("the filter policy is not well-formed JSON")]
    NotJson(#[source] serde_json::Error),
    /// The text is JSON, but no object.
    #[error("the filter policy is not a JSON object")]
    NotAnObject,
    /// The text is too long.
    #[error("the filter policy has {0} bytes, and SNS takes at most {MOST_BYTES}")]
    TooLong(usize),
    /// It names too many properties.
    #[error(
        "the filter policy names {0} properties, and SNS takes at most 5 (nested ones count where they have a list)"
    )]
    Keys(usize),
    /// Its values combine to too many.
    #[error(
        "the filter policy has {0} or more combinations of values, and SNS takes at most 150 (each list counts its entries times its nesting level, and the lists multiply)"
    )]
    Combinations(usize),
    /// Its wildcards cost too much.
    #[error(
        "the filter policy's wildcards cost {0} points, and SNS takes at most 100 (1 for a single '*', 3 for each of several, times the patterns of the property)"
    )]
    WildcardPoints(usize),
    /// A part of it is wrong.
    #[error("the filter policy is wrong at '{at}': {problem}")]
    At {
        /// The path of the property, joined by dots.
        at: String,
        /// What is wrong there.
        problem: Problem,
    },
}

/// A filter policy that SNS accepts.
///
/// Two policies are equal where they mean the same JSON: neither white space, nor the order of properties or of alternatives,
/// nor `1` against `1.0` makes a difference, as SNS does not promise to give a policy back as it got it.
#[derive(Clone, Debug)]
pub struct FilterPolicy {
    scope: Scope,
    json: Map<String, Value>,
    alternatives: Vec<Alternative>,
}

impl FilterPolicy {
    /// Reads a policy on the message's body.
    ///
    /// # Errors
    /// Where SNS would refuse it: what, and at which property.
    pub fn parse(text: &str) -> Result<FilterPolicy, PolicyError> {
        FilterPolicy::scoped(text, Scope::MessageBody)
    }

    /// Reads a policy of any scope, as a subscription has it.
    ///
    /// # Errors
    /// Where SNS would refuse it: what, and at which property.
    pub fn scoped(text: &str, scope: Scope) -> Result<FilterPolicy, PolicyError> {
        if text.len() > MOST_BYTES {
            return Err(PolicyError::TooLong(text.len()));
        }
        match serde_json::from_str(text).map_err(PolicyError::NotJson)? {
            Value::Object(json) => FilterPolicy::new(json, scope),
            _ => Err(PolicyError::NotAnObject),
        }
    }

    fn new(json: Map<String, Value>, scope: Scope) -> Result<FilterPolicy, PolicyError> {
        let alternatives = rules::read(&json, scope)?;
        Ok(FilterPolicy {
            scope,
            json,
            alternatives,
        })
    }

    /// What the policy is compared with.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Whether SNS would let through a message as Device Defender publishes it: `body`, and no message attributes.
    ///
    /// A policy on the body never lets through what is not a JSON object, a policy on attributes nothing at all: even
    /// `"exists": false` asks for a message that has attributes (SNS developer guide, "Key matching").
    pub fn matches(&self, body: &str) -> bool {
        self.matches_with(body, &[])
    }

    /// Whether SNS would let through a message with `body` and string attributes, such as a test alert that bears its mark.
    pub fn matches_with(&self, body: &str, attributes: &[(&str, &str)]) -> bool {
        let message = match self.scope {
            Scope::MessageBody => match serde_json::from_str(body) {
                Ok(Value::Object(message)) => message,
                _ => return false,
            },
            Scope::MessageAttributes if attributes.is_empty() => return false,
            Scope::MessageAttributes => attributes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
                .collect(),
        };
        body::satisfies(&message, &self.alternatives)
    }

    /// The families of messages of which the policy lets none through, whatever they say.
    pub fn drops(&self) -> Vec<Family> {
        Family::ALL
            .iter()
            .copied()
            .filter(|family| !self.can_pass(*family))
            .collect()
    }

    fn can_pass(&self, family: Family) -> bool {
        self.scope == Scope::MessageBody
            && self
                .alternatives
                .iter()
                .any(|rules| family.can_satisfy(rules))
    }
}

impl PartialEq for FilterPolicy {
    fn eq(&self, other: &FilterPolicy) -> bool {
        self.scope == other.scope && canonical_object(&self.json) == canonical_object(&other.json)
    }
}

/// The policy as it is sent: compact JSON, in the order in which it was written.
impl fmt::Display for FilterPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `Value`'s compact Display needs the object as a `Value`.
        Value::Object(self.json.clone()).fmt(f)
    }
}

impl Serialize for FilterPolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

fn canonical_object(object: &Map<String, Value>) -> Value {
    let mut entries: Vec<(String, Value)> = object
        .iter()
        .map(|(key, value)| {
            // A range reads from left to right; every other list is a choice.
            let value = match value {
                Value::Array(comparisons) if key == "numeric" => {
                    comparisons.iter().map(canonical).collect()
                }
                value => canonical(value),
            };
            (key.clone(), value)
        })
        .collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    Value::Object(entries.into_iter().collect())
}

fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(object) => canonical_object(object),
        Value::Array(choices) => {
            let mut choices: Vec<Value> = choices.iter().map(canonical).collect();
            choices.sort_by_cached_key(Value::to_string);
            Value::Array(choices)
        }
        Value::Number(number) => number.as_f64().map_or_else(|| value.clone(), Value::from),
        value => value.clone(),
    }
}

#[cfg(test)]
mod tests;
