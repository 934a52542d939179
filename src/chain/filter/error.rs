//! Why SNS would refuse a filter policy: the whole of it, or one part.

use thiserror::Error;

use super::limits::{
    MAX_BYTES, MAX_COMBINATIONS, MAX_KEYS, MAX_WILDCARD_POINTS, MAX_WILDCARDS_PER_PATTERN,
    OPERATORS,
};

/// Why SNS would refuse a text as a filter policy.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// The text is not JSON.
    #[error("the filter policy is not valid JSON")]
    NotJson(#[source] serde_json::Error),
    /// The text is JSON, but not an object.
    #[error("the filter policy is not a JSON object")]
    NotAnObject,
    /// The text is too long; its length in bytes.
    #[error("the filter policy is {0} bytes long; SNS allows at most {MAX_BYTES}")]
    TooLong(usize),
    /// It names too many properties.
    #[error(
        "the filter policy names {0} properties; SNS allows at most {MAX_KEYS} (of nested properties, only the innermost count)"
    )]
    Keys(usize),
    /// Its values combine to too many.
    #[error(
        "the filter policy has at least {0} combinations of values; SNS allows at most {MAX_COMBINATIONS} (each list counts its entries times its nesting level, and the lists multiply)"
    )]
    Combinations(usize),
    /// Its wildcards cost too many points.
    #[error(
        "the wildcards of the filter policy cost {0} points; SNS allows at most {MAX_WILDCARD_POINTS} (a pattern with one '*' costs 1 point, one with more costs 3 points for each; the sum is multiplied by the number of patterns of the property)"
    )]
    WildcardPoints(usize),
    /// A part of it is wrong.
    #[error("the filter policy is invalid at '{at}': {problem}")]
    At {
        /// The path of the property, joined by dots.
        at: String,
        /// What is wrong there.
        problem: Problem,
    },
}

/// What is wrong with one part of a filter policy.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Problem {
    /// A property's value is a bare value.
    #[error("the value must be a list of conditions or an object of nested properties")]
    NotAList,
    /// A list without entries.
    #[error("the list is empty")]
    EmptyList,
    /// An object without entries.
    #[error("the object is empty")]
    EmptyObject,
    /// A list inside the list of conditions.
    #[error(
        "a condition must be a string, a number, true, false, null, or an object with one operator"
    )]
    NotACondition,
    /// A condition object with no operator or several.
    #[error("a condition object must have exactly one operator, not {0}")]
    OneOperator(usize),
    /// An operator that SNS does not know.
    #[error("'{0}' is not an operator (use {known})", known = OPERATORS.join(", "))]
    UnknownOperator(String),
    /// `$or` with a single alternative, which SNS would take for a property's name.
    #[error("$or must list at least two objects")]
    SingleOr,
    /// An operator whose operand has the wrong type.
    #[error("'{operator}' takes {takes}")]
    Operand {
        /// The operator.
        operator: &'static str,
        /// What it takes.
        takes: &'static str,
    },
    /// A number beyond SNS's range.
    #[error(
        "{0} is out of range: SNS compares numbers from -1000000000 to 1000000000 (a timestamp in milliseconds is larger)"
    )]
    NumberRange(String),
    /// A number with more decimals than SNS compares.
    #[error("{0} has more than five decimal places, the most that SNS compares")]
    Decimals(String),
    /// A pattern with too many wildcards.
    #[error("a wildcard pattern may contain at most {MAX_WILDCARDS_PER_PATTERN} '*'")]
    Wildcards,
    /// Nesting in a policy on message attributes.
    #[error("a filter policy on message attributes cannot be nested")]
    Nested,
}
