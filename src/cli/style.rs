//! The colours of answers. They are always written; whoever prints them takes them out where no terminal wants them.

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
    let style = match sign {
        '+' => GOOD,
        '~' => WORRYING,
        '-' => BAD,
        _ => Style::new(),
    };
    Painted(style, sign)
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Painted(style, text) = self;
        write!(f, "{style}{text}{style:#}")
    }
}
