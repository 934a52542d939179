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

/// Returns at most `limit` UTF-16 code units of `text`, its middle left out if it is longer: names often differ at their end.
pub(crate) fn truncate_middle(text: &str, limit: usize) -> String {
    if text.encode_utf16().count() <= limit {
        return text.to_owned();
    }
    let tail_limit = limit.saturating_sub(1) / 2;
    let (mut units, mut tail) = (0, text.len());
    for (start, c) in text.char_indices().rev() {
        units += c.len_utf16();
        if units > tail_limit {
            break;
        }
        tail = start;
    }
    let tail = &text[tail..];
    let head = truncate(text, limit.saturating_sub(tail.encode_utf16().count()));
    format!("{head}{tail}")
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

    #[test]
    fn a_name_keeps_its_beginning_and_its_end() {
        for (text, limit, expected) in [
            ("sensor-0042", 11, "sensor-0042"),
            ("sensor-fleet-0042", 11, "senso…-0042"),
            ("😀😀😀😀", 5, "😀…😀"),
            ("abc", 1, "…"),
            ("abc", 0, ""),
        ] {
            assert_eq!(truncate_middle(text, limit), expected, "{text} in {limit}");
        }
    }
}
