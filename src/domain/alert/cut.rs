//! Cutting text to a length, always on a character boundary, with an ellipsis where something was lost.

/// What stands where something was cut off.
pub(in crate::domain) const ELLIPSIS: char = '…';

/// Returns at most `most` UTF-16 units of `text`: rooms count characters, some of them UTF-16 units, of which there are never
/// fewer.
pub(in crate::domain) fn cut(text: &str, most: usize) -> String {
    cut_by(text, most, char::len_utf16)
}

/// Returns as much of `text` as costs at most `most`, where `cost` prices a character and the ellipsis costs 3 at most.
pub(in crate::domain) fn cut_by(text: &str, most: usize, cost: impl Fn(char) -> usize) -> String {
    let mut spent = 0;
    let mut short = 0;
    for (start, c) in text.char_indices() {
        let ellipsis = cost(ELLIPSIS);
        if spent + ellipsis <= most {
            short = start;
        }
        spent += cost(c);
        if spent > most {
            let mut kept = text[..short].to_owned();
            if ellipsis <= most {
                kept.push(ELLIPSIS);
            }
            return kept;
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
        assert_eq!(cut_by("aé€", 5, char::len_utf8), "a…");
        assert_eq!(cut_by("aé€", 6, char::len_utf8), "aé€");
    }
}
