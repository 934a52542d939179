//! Cutting text to a length, always on a character boundary, with an ellipsis where something was lost.

/// What stands where something was cut off: one UTF-16 unit.
const ELLIPSIS: char = '…';

/// Returns at most `most` UTF-16 units of `text`: rooms count characters, some of them UTF-16 units, of which there are never
/// fewer.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let (mut units, mut kept) = (0, 0);
    for (start, c) in text.char_indices() {
        if units < most {
            kept = start;
        }
        units += c.len_utf16();
        if units > most {
            let mut short = text[..kept].to_owned();
            short.extend((most > 0).then_some(ELLIPSIS));
            return short;
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        for (text, most, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("", 0, ""),
            ("a", 0, ""),
            ("ab", 1, "…"),
            ("a😀b", 4, "a😀b"),
            ("a😀b", 3, "a…"),
        ] {
            assert_eq!(cut(text, most), expected, "{text} in {most}");
        }
    }
}
