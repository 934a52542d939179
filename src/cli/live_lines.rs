//! What is done at the same time: a line for each, live on a terminal.
//!
//! When all has ended, the lines give way to an answer that says the same. Where none does, what was done stays on the terminal.

use std::fmt::Display;
use std::sync::Mutex;

use console::Term;
use indicatif::ProgressBar;

use super::live::{Took, finish, fitting, set_text};
use super::style::{FAINT, mark, painted};
use super::table::Cut;
use super::ui::Ui;
use crate::sync::lock;

/// The lines of a terminal that are left to what is above and below.
const MARGIN: usize = 3;

/// A line for each of several things that are done at the same time; nothing where no lines are shown.
pub(super) struct LiveLines {
    ui: Ui,
    is_live: bool,
    /// Where a text is cut that is longer than a line.
    cut: Cut,
    lines: Mutex<Vec<Line>>,
}

struct Line {
    /// None where it is no longer shown.
    bar: Option<ProgressBar>,
    /// What became of it, as it stays on the terminal where no answer takes its place.
    done: Option<String>,
}

impl LiveLines {
    pub(super) fn new(ui: &Ui, cut: Cut) -> LiveLines {
        LiveLines {
            ui: ui.clone(),
            is_live: ui.is_live(),
            cut,
            lines: Mutex::default(),
        }
    }

    /// Returns whether the lines are seen.
    pub(super) fn is_live(&self) -> bool {
        self.is_live
    }

    /// Begins a line, and returns its number.
    pub(super) fn begin(&self, text: impl Display) -> usize {
        let mut lines = lock(&self.lines);
        let text = self.ui.shown(text);
        let area = self.is_live.then(|| self.ui.live_area());
        let bar = area.map(|area| area.begin(&text, self.cut));
        lines.push(Line { bar, done: None });
        self.make_room(&mut lines);
        lines.len() - 1
    }

    /// Says what is known of one of them so far.
    pub(super) fn update(&self, number: usize, text: impl Display) {
        if let Some(Line { bar: Some(bar), .. }) = lock(&self.lines).get(number) {
            set_text(bar, &self.ui.shown(text), self.cut);
        }
    }

    /// Says what became of one of them: `sign` stands in place of the spinner, `stays` is the line that stays where no answer says
    /// the same.
    pub(super) fn done(&self, number: usize, sign: char, text: impl Display, stays: impl Display) {
        let mut lines = lock(&self.lines);
        let Some(line) = lines.get_mut(number) else {
            return;
        };
        line.done = Some(format!("{} {stays}", mark(sign)));
        if let Some(bar) = &line.bar {
            let took = painted(FAINT, Took(bar.elapsed()));
            let text = fitting(&self.ui.shown(text), self.cut);
            let text = format!("{} {text}  {took}", mark(sign));
            finish(bar, self.ui.painted_line(&text));
        }
        self.make_room(&mut lines);
    }

    /// Takes one of them away that did not come to its end.
    pub(super) fn give_up(&self, number: usize) {
        if let Some(line) = lock(&self.lines).get_mut(number) {
            self.hide(line);
        }
    }

    /// Takes all of them away, without a word: what is answered next says the same.
    pub(super) fn clear(self) {
        self.end();
    }

    fn end(&self) -> Vec<Line> {
        let mut lines = std::mem::take(&mut *lock(&self.lines));
        lines.iter_mut().for_each(|line| self.hide(line));
        lines
    }

    fn hide(&self, line: &mut Line) {
        if let Some(bar) = line.bar.take() {
            self.ui.live_area().end(&bar);
        }
    }

    /// Takes the first lines away of what is done, where the terminal is lower than all of them are.
    fn make_room(&self, lines: &mut [Line]) {
        let (rows, _) = Term::stderr().size();
        let most = usize::from(rows).saturating_sub(MARGIN).max(1);
        let shown = lines.iter().filter(|line| line.bar.is_some()).count();
        let ended = lines
            .iter_mut()
            .filter(|line| line.bar.is_some() && line.done.is_some());
        for line in ended.take(shown.saturating_sub(most)) {
            self.hide(line);
        }
    }
}

impl Drop for LiveLines {
    /// Leaves what was done on the terminal: no answer came that says it.
    fn drop(&mut self) {
        let lines = self.end();
        for done in lines.into_iter().filter_map(|line| line.done) {
            if self.is_live {
                self.ui.status(done);
            }
        }
    }
}
