//! A filter policy that SNS accepts: parsed, compared with what SNS stores, and evaluated against messages.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::body;
use super::error::PolicyError;
use super::limits::MAX_BYTES;
use super::message_kind::MessageKind;
use super::rules::{self, Alternative, Rule};
use super::scope::Scope;

/// A filter policy that SNS accepts.
///
/// Two policies are equal if they mean the same: white space, the order of properties and of alternatives, and `1` or `1.0` make
/// no difference, because SNS does not promise to return a policy as it was sent.
#[derive(Clone, Debug)]
pub struct FilterPolicy {
    scope: Scope,
    json: Map<String, Value>,
    alternatives: Vec<Alternative>,
}

impl FilterPolicy {
    /// Parses a policy on the message body.
    ///
    /// # Errors
    /// If SNS would refuse the policy: why, and at which property.
    pub fn parse(text: &str) -> Result<FilterPolicy, PolicyError> {
        FilterPolicy::scoped(text, Scope::MessageBody)
    }

    /// Parses a policy of either scope, as a subscription has it.
    ///
    /// # Errors
    /// If SNS would refuse the policy: why, and at which property.
    pub fn scoped(text: &str, scope: Scope) -> Result<FilterPolicy, PolicyError> {
        if text.len() > MAX_BYTES {
            return Err(PolicyError::TooLong(text.len()));
        }
        match serde_json::from_str(text).map_err(PolicyError::NotJson)? {
            Value::Object(json) => FilterPolicy::new(json, scope),
            _ => Err(PolicyError::NotAnObject),
        }
    }

    pub(super) fn new(json: Map<String, Value>, scope: Scope) -> Result<FilterPolicy, PolicyError> {
        let alternatives = rules::parse(&json, scope)?;
        Ok(FilterPolicy {
            scope,
            json,
            alternatives,
        })
    }

    /// Returns whether SNS would deliver a message with `body` and string attributes, such as a marked test alert. Messages of Device
    /// Defender have no attributes.
    ///
    /// A policy on the body blocks whatever is not a JSON object. A policy on attributes blocks every message without attributes:
    /// even `"exists": false` requires a message that has some (SNS developer guide, "Key matching").
    pub fn matches_with_attributes(&self, body: &str, attributes: &[(&str, &str)]) -> bool {
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

    /// Returns the kinds of messages that the policy always blocks, whatever their content.
    pub fn dropped_kinds(&self) -> Vec<MessageKind> {
        MessageKind::ALL
            .iter()
            .copied()
            .filter(|kind| !self.can_pass(*kind))
            .collect()
    }

    fn can_pass(&self, kind: MessageKind) -> bool {
        self.some_way(|rules| kind.can_satisfy(rules))
    }

    /// Returns whether a message can satisfy one of the alternatives; none does if the policy is on attributes.
    pub(super) fn some_way(&self, can_satisfy: impl Fn(&[Rule]) -> bool) -> bool {
        self.scope == Scope::MessageBody && self.alternatives.iter().any(|rules| can_satisfy(rules))
    }
}

impl PartialEq for FilterPolicy {
    fn eq(&self, other: &FilterPolicy) -> bool {
        self.scope == other.scope && canonical_object(&self.json) == canonical_object(&other.json)
    }
}

/// The policy as ddalert sends it: compact JSON that keeps the order of the input.
impl fmt::Display for FilterPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Only `Value` has a compact Display, not its map.
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
            // The order of a range matters; every other list is a set of alternatives.
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
