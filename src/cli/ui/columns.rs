//! How wide the terminals are that the streams write to.

use std::io::{self, IsTerminal};

use console::Term;

/// Returns the columns of the terminal that stdout is, where they are known.
pub(super) fn stdout_columns() -> Option<usize> {
    columns(&Term::stdout(), io::stdout().is_terminal())
}

/// Returns the columns of the terminal that stderr is, where they are known.
pub(super) fn stderr_columns() -> Option<usize> {
    columns(&Term::stderr(), io::stderr().is_terminal())
}

fn columns(term: &Term, is_terminal: bool) -> Option<usize> {
    let (_, columns) = term.size_checked().filter(|_| is_terminal)?;
    Some(usize::from(columns)).filter(|columns| *columns > 0)
}
