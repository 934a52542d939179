//! The limits of SNS for filter policies (SNS developer guide, "Filter policy constraints"), each in one place.

/// The most bytes of a filter policy.
pub(super) const MAX_BYTES: usize = 256 * 1024;
/// The most properties that a policy may name; of nested ones only the leaves count.
pub(super) const MAX_KEYS: usize = 5;
/// The most combinations of values: the product over an alternative's leaves of entries times nesting level, summed over
/// alternatives.
pub(super) const MAX_COMBINATIONS: usize = 150;
/// The most wildcard points: over every property, the sum of its patterns' points times their number.
pub(super) const MAX_WILDCARD_POINTS: usize = 100;
/// The most `*` in one wildcard pattern.
pub(super) const MAX_WILDCARDS_PER_PATTERN: usize = 3;
/// The largest magnitude of a number that SNS compares.
pub(super) const MAX_NUMBER: f64 = 1e9;
/// The digits after the decimal point that SNS compares.
pub(super) const DECIMALS: i32 = 5;
/// The names of the operators: a key of this name inside `$or` makes `$or` an ordinary property name.
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
