//! The lines at the end of a terminal that say what is under way: drawn again and again, below all that is printed meanwhile.

use std::fmt::{self, Display};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::table::{Cut, cut};

/// How often a line is drawn again.
const TICK: Duration = Duration::from_millis(100);
/// The columns around a line's text: the spinner, the time, and the spaces between.
const AROUND: usize = 12;
/// The width that is taken where the terminal does not tell its own.
const USUAL_WIDTH: usize = 80;

/// All lines that stand on the terminal now.
#[derive(Clone, Debug, Default)]
pub(super) struct LiveArea {
    bars: MultiProgress,
    /// How many there are.
    count: Arc<AtomicUsize>,
}

impl LiveArea {
    /// Returns whether nothing can be shown in it: standard error is no terminal, or one that cannot move its cursor.
    pub(super) fn is_hidden(&self) -> bool {
        self.bars.is_hidden()
    }

    /// Prints a text above the lines. Returns whether that was needed and done.
    pub(super) fn print_above(&self, text: &str) -> bool {
        let is_shown = self.count.load(Ordering::Relaxed) > 0 && !self.is_hidden();
        is_shown && self.bars.println(text).is_ok()
    }

    /// Takes the lines away until the returned value is dropped: a question stands alone.
    pub(super) fn hidden(&self) -> HiddenArea<'_> {
        let was_shown = !self.is_hidden();
        if was_shown {
            // A terminal that cannot be written to shows no question either.
            let _ = self.bars.clear();
            self.bars.set_draw_target(ProgressDrawTarget::hidden());
        }
        HiddenArea(was_shown.then_some(self))
    }

    /// Begins a line with a spinner. `text` is cut where it is longer than a line.
    pub(super) fn begin(&self, text: &str, at: Cut) -> ProgressBar {
        let bar = self.bars.add(ProgressBar::new_spinner());
        self.count.fetch_add(1, Ordering::Relaxed);
        style(&bar, "{spinner} {msg}{took}");
        set_text(&bar, text, at);
        bar.enable_steady_tick(TICK);
        bar
    }

    /// Takes a line away.
    pub(super) fn end(&self, bar: &ProgressBar) {
        bar.finish_and_clear();
        self.bars.remove(bar);
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

/// An area whose lines are taken away.
pub(super) struct HiddenArea<'a>(Option<&'a LiveArea>);

impl Drop for HiddenArea<'_> {
    fn drop(&mut self) {
        if let Some(area) = self.0 {
            area.bars.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

/// Sets what a line says. It is cut where it is longer than a line.
pub(super) fn set_text(bar: &ProgressBar, text: &str, at: Cut) {
    bar.set_message(fitting(text, at));
}

/// Ends the work of a line: `text` stands in place of the spinner and what it said, as it is.
pub(super) fn finish(bar: &ProgressBar, text: String) {
    style(bar, "{msg}");
    bar.finish_with_message(text);
}

/// Sets how a line is drawn; `{took}` is the time since it began, once it is worth saying.
fn style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.with_key(
            "took",
            |state: &indicatif::ProgressState, f: &mut dyn fmt::Write| {
                let elapsed = state.elapsed();
                if elapsed >= Duration::from_secs(1) {
                    // The formatter of a line cannot fail.
                    let _ = write!(f, "  {}", Took(elapsed));
                }
            },
        ));
    }
}

/// A spinner while something is read; nothing where no lines are shown.
pub(super) struct Progress(Option<(LiveArea, ProgressBar)>);

impl Progress {
    /// Shows the text in the area, if one is given.
    pub(super) fn new(area: Option<&LiveArea>, text: &str) -> Progress {
        Progress(area.map(|area| (area.clone(), area.begin(text, Cut::End))))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((area, bar)) = &self.0 {
            area.end(bar);
        }
    }
}

/// Returns a text as a line has room for it, beside its spinner and its time.
pub(super) fn fitting(text: &str, at: Cut) -> String {
    let columns = Term::stderr().size_checked();
    let columns = columns.map_or(USUAL_WIDTH, |(_, columns)| usize::from(columns));
    cut(text, columns.saturating_sub(AROUND), at)
}

/// How long something took, in six columns where it was less than a quarter of an hour.
pub(super) struct Took(pub(super) Duration);

impl Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Took(time) = self;
        match time.as_millis() {
            milliseconds @ 0..1000 => write!(f, "{milliseconds} ms"),
            1000..59_950 => write!(f, "{:.1} s", time.as_secs_f64()),
            _ => {
                let seconds = (time.as_millis() + 500) / 1000;
                write!(f, "{}m {:02}s", seconds / 60, seconds % 60)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_said_in_a_few_columns() {
        for (milliseconds, said) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1.0 s"),
            (59_949, "59.9 s"),
            (59_950, "1m 00s"),
            (754_600, "12m 35s"),
        ] {
            let took = Took(Duration::from_millis(milliseconds)).to_string();
            assert_eq!(took, said);
        }
    }
}
