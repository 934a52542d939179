//! The phones of a readable SMS relay, which stand in its function's environment: how many there is room for.

use crate::chain::state::{PHONES_VARIABLE, TARGET_VARIABLE};

/// The most that a function's variables may take together, in bytes (Lambda developer guide, "Lambda quotas": 4 KB).
pub const ENVIRONMENT_LIMIT: usize = 4096;

/// Quotes, colon and comma: a variable is counted as it stands in a JSON document.
const AROUND: usize = 6;

/// Returns how many of `phones` fit beside the `other` variables.
pub fn fitting<'a>(
    other: impl IntoIterator<Item = (&'a str, &'a str)>,
    phones: &[String],
) -> usize {
    let own = [(TARGET_VARIABLE, "sms"), (PHONES_VARIABLE, "")];
    let around = other
        .into_iter()
        .chain(own)
        .map(|(name, value)| name.len() + value.len() + AROUND);
    let mut left = ENVIRONMENT_LIMIT.saturating_sub(around.sum::<usize>() + 2);
    let fits = |phone: &&String| match left.checked_sub(phone.len() + 1) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    phones.iter().take_while(fits).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_holds_some_three_hundred_phones() {
        let phones: Vec<String> = (0..500).map(|n| format!("+12065550{n:03}")).collect();
        assert_eq!(fitting([], &phones[..200]), 200);
        // 4096 less the braces, DDALERT_TARGET with its value and DDALERT_PHONES: 4051, at 13 a phone.
        assert_eq!(fitting([], &phones), 311);
        assert_eq!(fitting([("OTHER", "x".repeat(4000).as_str())], &phones), 3);
        assert_eq!(fitting([("OTHER", "x".repeat(5000).as_str())], &phones), 0);
    }
}
