//! The operators of a filter policy that look into a text: prefix, suffix, letter case, wildcards.

use serde_json::Value;

use super::problem::{Problem, WILDCARDS_PER_PATTERN};

/// A pattern over text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Pattern {
    Prefix(String),
    Suffix(String),
    IgnoreCase(String),
    Wildcard(String),
}

impl Pattern {
    /// Reads an operator and what it takes.
    pub(super) fn parse(operator: &str, operand: &Value) -> Result<Pattern, Problem> {
        let (operator, build): (_, fn(String) -> Pattern) = match operator {
            "prefix" => ("prefix", Pattern::Prefix),
            "suffix" => ("suffix", Pattern::Suffix),
            "equals-ignore-case" => ("equals-ignore-case", Pattern::IgnoreCase),
            "wildcard" => ("wildcard", Pattern::Wildcard),
            unknown => return Err(Problem::UnknownOperator(unknown.to_owned())),
        };
        let text = operand.as_str().ok_or(Problem::Operand {
            operator,
            takes: "a string",
        })?;
        if operator == "wildcard" && text.matches('*').count() > WILDCARDS_PER_PATTERN {
            return Err(Problem::Wildcards);
        }
        Ok(build(text.to_owned()))
    }

    /// Whether a text fits.
    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Pattern::Prefix(prefix) => text.starts_with(prefix),
            Pattern::Suffix(suffix) => text.ends_with(suffix),
            Pattern::IgnoreCase(wanted) => text.to_lowercase() == wanted.to_lowercase(),
            Pattern::Wildcard(pattern) => wildcard(pattern, text),
        }
    }
}

/// Whether `text` is `pattern`, whose `*` stand for any text. Pieces are found leftmost first, which suffices for `*` alone.
fn wildcard(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let Some(last) = pieces.next_back() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition of a wildcard, by recursion over every way to split.
    fn slowly(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|skipped| slowly(rest, &text[skipped..])),
            Some((byte, rest)) => text.first() == Some(byte) && slowly(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn wildcards_agree_with_their_definition(pattern in "[ab*]{0,7}", text in "[ab]{0,9}") {
            prop_assert_eq!(wildcard(&pattern, &text), slowly(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
