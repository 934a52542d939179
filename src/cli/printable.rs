//! Texts that somebody else wrote, so that a terminal shows them and does not obey them.

/// Returns a text in which control characters are seen and do nothing: a terminal obeys what a device, a service or a room wrote.
/// Marks that reorder the text around them are seen, too.
pub(super) fn printable(text: &str) -> String {
    let picture = |c: char| match c {
        '\n' | '\t' => c,
        // The pictures of the control characters, in their order.
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(' '),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            char::REPLACEMENT_CHARACTER
        }
        other => other,
    };
    text.replace("\r\n", "\n").chars().map(picture).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(
            printable("a\u{1b}[2J\r\nb\tc\u{7}\u{9b}31m\r\u{202e}\u{7f}d"),
            "a␛[2J\nb\tc␇\u{fffd}31m␍\u{fffd}␡d"
        );
    }
}
