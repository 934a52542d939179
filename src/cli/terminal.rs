//! The terminal around a prompt: given back however the prompt ends, and without what was typed too early.

use std::panic;
use std::process;

use console::Term;

/// How the terminal was set. Nothing where it is not a terminal, or not one of Unix.
struct Settings(#[cfg(unix)] Option<rustix::termios::Termios>);

impl Settings {
    fn read() -> Settings {
        Settings(
            #[cfg(unix)]
            rustix::termios::tcgetattr(std::io::stdin()).ok(),
        )
    }

    /// Sets the terminal like this; with `forget`, what was typed and not read is discarded.
    fn restore(&self, forget: bool) {
        #[cfg(unix)]
        if let Some(settings) = &self.0 {
            let when = match forget {
                true => rustix::termios::OptionalActions::Flush,
                false => rustix::termios::OptionalActions::Now,
            };
            // A terminal that is gone cannot be given back, and needs no giving back.
            let _ = rustix::termios::tcsetattr(std::io::stdin(), when, settings);
        }
        #[cfg(not(unix))]
        let _ = forget;
    }
}

/// From here on, a panic of any thread ends the program with exit code 1, and gives the terminal back first. A release is built
/// without unwinding: what gives the terminal back when dropped is not dropped then.
pub fn end_on_panic() {
    let was = Settings::read();
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        was.restore(false);
        let _ = Term::stderr().show_cursor();
        report(panic);
        process::exit(1);
    }));
}

/// Gives the terminal back when dropped. A prompt that is interrupted does not do so by itself: the interrupt is noticed
/// elsewhere, while the prompt still waits with echo off or the cursor hidden.
pub(super) struct TerminalGuard {
    was: Settings,
    answered: bool,
}

impl TerminalGuard {
    /// Remembers how the terminal is, and discards what was typed before anything was asked: it is the answer to no question.
    pub(super) fn new() -> TerminalGuard {
        #[cfg(unix)]
        let _ = rustix::termios::tcflush(std::io::stdin(), rustix::termios::QueueSelector::IFlush);
        TerminalGuard {
            was: Settings::read(),
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
        self.was.restore(false);
        let _ = Term::stderr().show_cursor();
        let _ = Term::stderr().write_line("");
    }
}

/// Keeps what is typed from being shown, until dropped: somebody who knows that a secret will be asked for may paste it too
/// early. What was typed is then discarded, so that no shell shows it either.
pub(super) struct HiddenTyping(Settings);

impl HiddenTyping {
    /// Stops the terminal from showing what is typed.
    pub(super) fn new() -> HiddenTyping {
        let was = Settings::read();
        #[cfg(unix)]
        if let Some(mut hidden) = was.0.clone() {
            hidden.local_modes.remove(rustix::termios::LocalModes::ECHO);
            let now = rustix::termios::OptionalActions::Now;
            let _ = rustix::termios::tcsetattr(std::io::stdin(), now, &hidden);
        }
        HiddenTyping(was)
    }
}

impl Drop for HiddenTyping {
    fn drop(&mut self) {
        self.0.restore(true);
    }
}
