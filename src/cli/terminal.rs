//! The terminal as it was before a prompt: given back however the prompt ends.

use console::Term;

/// Gives the terminal back when dropped. A prompt that is interrupted does not do so by itself: the interrupt is noticed
/// elsewhere, while the prompt still waits with echo off or the cursor hidden.
pub(super) struct TerminalGuard {
    #[cfg(unix)]
    was: Option<rustix::termios::Termios>,
    answered: bool,
}

impl TerminalGuard {
    /// Remembers how the terminal is.
    pub(super) fn new() -> TerminalGuard {
        TerminalGuard {
            #[cfg(unix)]
            was: rustix::termios::tcgetattr(std::io::stdin()).ok(),
            answered: false,
        }
    }

    /// Says that the prompt came to its end and left the terminal in order.
    pub(super) fn answered(mut self) {
        self.answered = true;
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        if self.answered {
            return;
        }
        // A terminal that is gone cannot be given back, and needs no giving back.
        #[cfg(unix)]
        if let Some(was) = &self.was {
            let _ = rustix::termios::tcsetattr(
                std::io::stdin(),
                rustix::termios::OptionalActions::Now,
                was,
            );
        }
        let _ = Term::stderr().show_cursor();
        let _ = Term::stderr().write_line("");
    }
}
