//! A run of a binary on a terminal, with somebody who reads its prompts and types.

use std::num::NonZero;
use std::process::Command;

use rexpect::process::WaitStatus;
use rexpect::session::{Options, PtySession, spawn_with_options};
use tempfile::TempDir;

/// A prompt that does not come within this time does not come; a machine that compiles at the same time is slow.
const PATIENCE_MS: u64 = 60_000;

/// A run on a terminal.
pub struct Terminal {
    session: PtySession,
    seen: String,
    /// Whether the codes of colours are left in what is seen, and characters as their bytes.
    is_raw: bool,
    // Kept for as long as the run: removed with it.
    _home: TempDir,
}

impl Terminal {
    pub(crate) fn start(command: Command, home: TempDir) -> Self {
        Self::spawn(command, home, true)
    }

    /// Starts it, and keeps the codes of colours in what it writes.
    pub(crate) fn with_colours(command: Command, home: TempDir) -> Self {
        Self::spawn(command, home, false)
    }

    fn spawn(command: Command, home: TempDir, without_codes: bool) -> Self {
        let options = Options::new()
            .timeout_ms(Some(PATIENCE_MS))
            .strip_ansi_escape_codes(without_codes);
        let session = spawn_with_options(command, options).expect("a run on a terminal");
        Self {
            session,
            seen: String::new(),
            is_raw: !without_codes,
            _home: home,
        }
    }

    /// Waits until this was said.
    ///
    /// # Panics
    ///
    /// Where it is not; the message holds what was said instead.
    pub fn reads(&mut self, text: &str) {
        let before = self
            .session
            .exp_string(text)
            .unwrap_or_else(|e| panic!("{e}\nbefore it:\n{}", self.seen));
        self.seen.extend([&before, text]);
    }

    /// Types a line.
    pub fn types(&mut self, line: &str) {
        self.session
            .send_line(line)
            .and_then(|_| self.session.flush())
            .expect("a terminal that takes input");
    }

    /// Presses a key, given as what a terminal sends for it.
    pub fn presses(&mut self, key: &str) {
        self.session
            .send(key)
            .and_then(|_| self.session.flush())
            .expect("a terminal that takes input");
    }

    /// Waits for its end, and returns its exit code and what then stands on the screen: lines that were drawn again stand there as
    /// they were drawn last. It keeps `rows` lines.
    ///
    /// # Panics
    ///
    /// As [`ends`](Self::ends), and where codes were not kept.
    pub fn ends_with_screen(self, (rows, columns): (u16, u16)) -> (i32, String) {
        assert!(self.is_raw, "a screen is drawn by codes");
        let (code, seen) = self.ends();
        let size = |count| NonZero::new(count).expect("a screen with rows and columns");
        let mut screen = vt100::Parser::new(size(rows), size(columns), 0);
        screen.process(seen.as_bytes());
        (code, screen.screen().contents())
    }

    /// Waits for its end, and returns its exit code and all that was shown.
    ///
    /// # Panics
    ///
    /// Where it was killed or does not end.
    pub fn ends(mut self) -> (i32, String) {
        let rest = self
            .session
            .exp_eof()
            .unwrap_or_else(|e| panic!("{e}\nbefore it:\n{}", self.seen));
        self.seen.push_str(&rest);
        if self.is_raw {
            // Each byte came as a character.
            let bytes: Vec<u8> = self
                .seen
                .chars()
                .filter_map(|c| u8::try_from(c).ok())
                .collect();
            self.seen = String::from_utf8_lossy(&bytes).into_owned();
        }
        match self.session.process().wait() {
            Ok(WaitStatus::Exited(_, code)) => (code, self.seen),
            other => panic!("{other:?} after:\n{}", self.seen),
        }
    }
}
