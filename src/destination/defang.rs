//! Text that cannot fire: no mention, link or markup of any room survives in it.
//!
//! Part of an alert's text is under the control of devices (a thing's name has no pattern, custom metrics report any string).
//! What could fire is broken with a zero-width space, so that it still reads the same; ordinary names are left to the letter,
//! to be copied and searched for. What only one room takes for markup is escaped by that room.

use crate::alert::cut;

/// Breaks what it stands in and shows nothing. Unlike a look-alike letter it does not change what is read.
const BREAK: char = '\u{200b}';

/// Returns `text` with every mention (`@all`, `<!channel>`, `<at>`), link (`https://`, `www.`, `[x](y)`, `<y|x>`) and template
/// (`{{…}}`) broken.
pub(super) fn inert(text: &str) -> String {
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
        let fires = match c {
            '@' => next != Some(BREAK),
            ':' => rest.starts_with("//"),
            // At the end it counts too: whatever a room puts behind the text comes next.
            '<' => next.is_none_or(|next| !next.is_whitespace() && next != '=' && next != BREAK),
            ']' => next == Some('('),
            '{' => next == Some('{'),
            _ => false,
        };
        if fires {
            safe.push(BREAK);
        }
    }
    safe
}

/// Returns `text` through `escape`, cut beforehand so that the escaped text has at most `most` UTF-16 units and no escape is
/// cut in two.
pub(super) fn escaped(text: &str, most: usize, escape: fn(&str) -> String) -> String {
    let mut limit = most;
    loop {
        let escaped = escape(&cut(text, limit));
        let units = escaped.encode_utf16().count();
        if units <= most || limit == 0 {
            return escaped;
        }
        limit = (limit * most / units).max(1).min(limit - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_fire_is_broken_and_the_rest_is_to_the_letter() {
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
            assert_eq!(inert(text), expected);
            assert_eq!(inert(expected), expected, "once is enough");
        }
    }

    #[test]
    fn an_escape_is_never_cut_in_two() {
        let amp = |text: &str| text.replace('&', "&amp;");
        assert_eq!(escaped("a&b", 9, amp), "a&amp;b");
        assert_eq!(escaped("&&&&", 11, amp), "&amp;&amp;…");
        assert_eq!(escaped("&&&&", 4, amp), "…");
        assert_eq!(escaped("&", 0, amp), "");
    }
}
