//! Truncates text on a character boundary, with an ellipsis if anything is lost.

/// One UTF-16 code unit.
const ELLIPSIS: char = '…';

/// Returns at most `limit` UTF-16 code units of `text`, the ellipsis included. Some rooms count characters and some UTF-16 code
/// units; a text never has fewer of the latter.
pub(crate) fn truncate(text: &str, limit: usize) -> String {
    let (mut units, mut kept) = (0, 0);
    for (start, c) in text.char_indices() {
        if units < limit {
            kept = start;
        }
        units += c.len_utf16();
        if units > limit {
            let mut short = text[..kept].to_owned();
            short.extend((limit > 0).then_some(ELLIPSIS));
            return short;
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_truncated_between_characters() {
        for (text, limit, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("", 0, ""),
            ("a", 0, ""),
            ("ab", 1, "…"),
            ("a😀b", 4, "a😀b"),
            ("a😀b", 3, "a…"),
        ] {
            assert_eq!(truncate(text, limit), expected, "{text} in {limit}");
        }
    }
}
