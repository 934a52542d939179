//! The operators of a filter policy that match strings: prefix, suffix, equals-ignore-case, wildcard.

use serde_json::Value;
use wildmatch::WildMatchPattern;

use super::error::Problem;
use super::limits::MAX_WILDCARDS_PER_PATTERN;

/// The wildcards of SNS: `*` alone. The library requires a character for "any one character", and SNS has none: U+10FFFF is not a
/// character of any text.
type SnsWildcard = WildMatchPattern<'*', '\u{10FFFF}'>;

/// A pattern that strings can match.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Pattern {
    Prefix(String),
    Suffix(String),
    IgnoreCase(String),
    Wildcard(String),
}

impl Pattern {
    /// Parses an operator with its operand.
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
        if operator == "wildcard" && text.matches('*').count() > MAX_WILDCARDS_PER_PATTERN {
            return Err(Problem::Wildcards);
        }
        Ok(build(text.to_owned()))
    }

    /// Returns whether a string matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Pattern::Prefix(prefix) => text.starts_with(prefix),
            Pattern::Suffix(suffix) => text.ends_with(suffix),
            Pattern::IgnoreCase(wanted) => text.to_lowercase() == wanted.to_lowercase(),
            Pattern::Wildcard(pattern) => SnsWildcard::new(pattern).matches(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wildcard(pattern: &str, text: &str) -> bool {
        Pattern::Wildcard(pattern.to_owned()).matches(text)
    }

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

    #[test]
    fn only_an_asterisk_is_a_wildcard_and_it_matches_whole_characters() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("***", "", true),
            ("*", "*", true),
            ("a?c", "abc", false),
            ("a?c", "a?c", true),
            ("[a-z]*", "abc", false),
            ("[a-z]*", "[a-z]bc", true),
            ("a\\*", "a\\b", true),
            ("*ü", "grün ü", true),
            ("*\u{308}", "u\u{308}", true),
            ("ü*", "u\u{308}", false),
            ("*🚨*", "a 🚨 b", true),
            ("A*", "a", false),
            ("a*b*c", "a\nb\0c", true),
        ] {
            assert_eq!(wildcard(pattern, text), expected, "{pattern} on {text}");
        }
        // Naive backtracking never ends here.
        let (pattern, text) = (format!("{}b", "*a".repeat(3)), "a".repeat(200_000));
        assert!(!wildcard(&pattern, &text));
    }
}
