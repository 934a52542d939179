//! Defangs text: no mention, link or template in it stays active in any room.
//!
//! Devices control part of an alert's text (thing names have no pattern, custom metrics report any string). A zero-width space
//! breaks whatever could become active, so that it still reads the same; ordinary names stay unchanged, so that they can be
//! copied and searched for. Each room escapes its own markup.

use crate::alert::truncate;

/// A zero-width space: invisible, and unlike a look-alike letter it does not change what people read.
const BREAK: char = '\u{200b}';

/// Returns `text` with every mention (`@all`, `<!channel>`, `<at>`), link (`https://`, `www.`, `[x](y)`, `<y|x>`) and template
/// (`{{…}}`) broken.
pub(super) fn defang(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        let next = rest.chars().next();
        let before_www = c == '.'
            && text[..at].len() >= 3
            && text.as_bytes()[at - 3..at].eq_ignore_ascii_case(b"www");
        if before_www {
            safe.push(BREAK);
        }
        safe.push(c);
        let is_active = match c {
            '@' => next != Some(BREAK),
            ':' => rest.starts_with("//"),
            // At the end of the text too: the room's own text may follow.
            '<' => next.is_none_or(|next| !next.is_whitespace() && next != '=' && next != BREAK),
            ']' => next == Some('('),
            '{' => next == Some('{'),
            _ => false,
        };
        if is_active {
            safe.push(BREAK);
        }
    }
    safe
}

/// Escapes `text`, truncated first so that the result has at most `limit` UTF-16 code units and no escape sequence is split.
pub(super) fn escape_to_fit(text: &str, limit: usize, escape: fn(&str) -> String) -> String {
    let mut kept = limit;
    loop {
        let escaped = escape(&truncate(text, kept));
        let units = escaped.encode_utf16().count();
        if units <= limit || kept == 0 {
            return escaped;
        }
        kept = (kept * limit / units).max(1).min(kept - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn active_text_is_broken_and_the_rest_unchanged() {
        for (text, expected) in [
            ("@everyone @All", "@\u{200b}everyone @\u{200b}All"),
            (
                "<!channel> <@U1> <at>x</at>",
                "<\u{200b}!channel> <\u{200b}@\u{200b}U1> <\u{200b}at>x<\u{200b}/at>",
            ),
            ("see https://x.example", "see https:\u{200b}//x.example"),
            ("WWW.x.example www", "WWW\u{200b}.x.example www"),
            ("[x](y) [x] (y)", "[x]\u{200b}(y) [x] (y)"),
            ("{{DATE(x)}}", "{\u{200b}{DATE(x)}}"),
            (
                "expected < 10, a:b <= 3 my_thing-1 *x*",
                "expected < 10, a:b <= 3 my_thing-1 *x*",
            ),
            ("a name<", "a name<\u{200b}"),
            ("é.ww.w", "é.ww.w"),
        ] {
            assert_eq!(defang(text), expected);
            assert_eq!(
                defang(expected),
                expected,
                "defanging twice changes nothing"
            );
        }
    }

    #[test]
    fn an_escape_sequence_is_never_split() {
        let amp = |text: &str| text.replace('&', "&amp;");
        assert_eq!(escape_to_fit("a&b", 9, amp), "a&amp;b");
        assert_eq!(escape_to_fit("&&&&", 11, amp), "&amp;&amp;…");
        assert_eq!(escape_to_fit("&&&&", 4, amp), "…");
        assert_eq!(escape_to_fit("&", 0, amp), "");
    }
}
