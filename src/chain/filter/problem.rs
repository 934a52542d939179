//! What can be wrong with a filter policy, with the limits that its messages name.

use thiserror::Error;

/// The names of the operators; a key of this name inside `$or` makes `$or` an ordinary property name.
pub(super) const OPERATORS: &[&str] = &[
    "anything-but",
    "cidr",
    "equals-ignore-case",
    "exists",
    "numeric",
    "prefix",
    "suffix",
    "wildcard",
];
/// The `*` that one wildcard pattern may hold.
pub(super) const WILDCARDS_PER_PATTERN: usize = 3;

/// What is wrong with a part of a filter policy.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Problem {
    /// A property's value is a bare value.
    #[error("the value must be a list of conditions, or an object of nested properties")]
    NotAList,
    /// A list without entries.
    #[error("the list is empty")]
    EmptyList,
    /// An object without entries.
    #[error("the object is empty")]
    EmptyObject,
    /// A list inside the list of conditions.
    #[error(
        "a condition must be a string, a number, true, false, null, or an object of one operator"
    )]
    NotACondition,
    /// A condition object with none or several operators.
    #[error("a condition object must hold exactly one operator, not {0}")]
    OneOperator(usize),
    /// An operator SNS does not know.
    #[error("there is no operator '{0}' (there is {known})", known = OPERATORS.join(", "))]
    UnknownOperator(String),
    /// `$or` with a single alternative, which SNS would take for a property's name.
    #[error("$or must list at least two objects")]
    LonelyOr,
    /// An operator whose operand is not what it takes.
    #[error("'{operator}' takes {takes}")]
    Operand {
        /// The operator.
        operator: &'static str,
        /// What it takes.
        takes: &'static str,
    },
    /// A number beyond SNS's range.
    #[error(
        "{0} is outside the numbers that SNS compares (-1000000000 to 1000000000; a time in milliseconds is too)"
    )]
    NumberRange(String),
    /// A number with more decimals than SNS compares.
    #[error("{0} has more than the five decimals that SNS compares")]
    Decimals(String),
    /// A pattern with too many wildcards.
    #[error("a wildcard pattern may hold at most {WILDCARDS_PER_PATTERN} '*'")]
    Wildcards,
    /// Nesting in a policy on message attributes.
    #[error("a filter policy on message attributes cannot be nested")]
    Nested,
}
