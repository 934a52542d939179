//! The colours of texts: characters that stand for them while a text is made, and what a terminal understands when it is printed.

use std::fmt;

use anstyle::{AnsiColor, Style};

/// What is as it should be.
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
/// What is broken.
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What needs a look: a warning, or what could not be checked.
pub(super) const WORRYING: Style = AnsiColor::Yellow.on_default().bold();
/// What tells a person what to do.
pub(super) const ADVICE: Style = AnsiColor::Cyan.on_default().bold();
/// What names the text that follows.
pub(super) const HEADING: Style = Style::new().bold();
/// Details.
pub(super) const FAINT: Style = Style::new().dimmed();

/// A text in a colour.
pub(super) struct Painted<T>(Style, T);

/// Paints a text.
pub(super) fn painted<T: fmt::Display>(style: Style, text: T) -> Painted<T> {
    Painted(style, text)
}

/// Paints a mark by what it says: `✓`, `✗`, `!`, `?`.
pub(super) fn mark(mark: char) -> Painted<char> {
    let style = match mark {
        '✓' => GOOD,
        '✗' => BAD,
        '!' | '?' => WORRYING,
        _ => Style::new(),
    };
    Painted(style, mark)
}

/// Paints the sign of a change in a plan: `+`, `~`, `-`.
pub(super) fn sign(sign: char) -> Painted<char> {
    Painted(sign_style(sign), sign)
}

/// Returns the colour of a change by its sign.
pub(super) fn sign_style(sign: char) -> Style {
    match sign {
        '+' => GOOD,
        '~' => WORRYING,
        '-' => BAD,
        _ => Style::new(),
    }
}

/// The colours there are, by their number.
const STYLES: [Style; 6] = [GOOD, BAD, WORRYING, ADVICE, HEADING, FAINT];

/// The first of the characters that stand for colours until a text is printed, and the one that ends a colour: variation
/// selectors, which take no room. What somebody else wrote can hold no escape sequence of a terminal, but these do no harm.
const FIRST: u32 = 0xE01D0;
const END: char = '\u{E01EF}';

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Painted(style, text) = self;
        let number = STYLES.iter().position(|known| known == style);
        let begin = number.and_then(|number| char::from_u32(FIRST + u32::try_from(number).ok()?));
        match begin {
            Some(begin) => write!(f, "{begin}{text}{END}"),
            None => text.fmt(f),
        }
    }
}

/// Returns whether a character stands for a colour.
pub(super) fn is_colour(c: char) -> bool {
    c == END || style_of(c).is_some()
}

fn style_of(c: char) -> Option<Style> {
    let number = u32::from(c).checked_sub(FIRST)?;
    STYLES.get(usize::try_from(number).ok()?).copied()
}

/// Puts what a terminal understands in place of the characters that stand for colours.
pub(super) fn coloured(text: &str) -> String {
    let mut coloured = String::new();
    for c in text.chars() {
        match style_of(c) {
            Some(style) => coloured.push_str(&style.render().to_string()),
            None if c == END => coloured.push_str(&anstyle::Reset.render().to_string()),
            None => coloured.push(c),
        }
    }
    coloured
}
