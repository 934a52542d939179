//! Draws a message on a terminal: title, color bar, fields and links, as wide as the terminal.

use console::Style;

use crate::cli::printable::printable;

use super::view::{Field, Link, Part, View};

/// What a color bar is drawn with.
const BAR: &str = "▌ ";
/// The maximum width of the column of labels.
const MAX_LABEL_WIDTH: usize = 32;
/// The minimum width of text: a narrower terminal breaks lines itself.
const MIN_WIDTH: usize = 24;

/// Draws lines of at most `width` columns; links are never broken, so that they can be clicked.
struct Canvas {
    width: usize,
    is_styled: bool,
    /// What each line begins with.
    margin: String,
    lines: Vec<String>,
}

/// Returns the message as text, with colors if it `is_styled`. Without a `width` no line is broken.
pub(super) fn draw(view: &View, width: Option<usize>, is_styled: bool) -> String {
    let mut canvas = Canvas {
        is_styled,
        width: width.map_or(usize::MAX, |width| width.max(MIN_WIDTH)),
        margin: String::new(),
        lines: Vec::new(),
    };
    canvas.parts(&view.parts);
    canvas.lines.join("\n")
}

/// Returns text without the zero-width spaces that disarm it, and without what would steer the terminal: there nothing is active.
fn visible(text: &str) -> String {
    printable(&text.replace('\u{200b}', ""))
}

/// Returns the nearest of the 216 colors that every terminal with 256 colors has.
fn nearest(rgb: u32) -> u8 {
    let level = |shift: u32| {
        let value = (rgb >> shift) & 0xff;
        u8::try_from((value * 5 + 127) / 255).unwrap_or_default()
    };
    16 + 36 * level(16) + 6 * level(8) + level(0)
}

impl Canvas {
    fn style(&self) -> Style {
        Style::new().force_styling(self.is_styled)
    }

    fn parts(&mut self, parts: &[Part]) {
        for (index, part) in parts.iter().enumerate() {
            let is_first = index == 0;
            let joins = matches!(
                (parts.get(index.wrapping_sub(1)), part),
                (Some(Part::Heading(_)), Part::Strong(_))
                    | (Some(Part::Heading(_)), Part::Bar { .. })
                    | (Some(Part::Text(_)), Part::Bar { .. })
            );
            if !is_first && !joins {
                self.line("");
            }
            self.part(part);
        }
    }

    fn part(&mut self, part: &Part) {
        let bold = self.style().bold();
        match part {
            Part::Heading(text) | Part::Strong(text) => self.text(text, &bold),
            Part::Text(text) => self.text(text, &self.style()),
            Part::Code(text) => self.verbatim(text),
            Part::Small(text) => self.text(text, &self.style().dim()),
            Part::Banner { tone, text } => {
                let bar = self.style().color256(nearest(tone.rgb()));
                self.beside(&bar, |canvas| canvas.text(text, &bold));
            }
            Part::Fields(fields) => self.fields(fields),
            Part::Buttons(links) | Part::Links(links) => self.links(links),
            Part::Bar { color, parts } => {
                let bar = self.style().color256(nearest(*color));
                self.beside(&bar, |canvas| canvas.parts(parts));
            }
        }
    }

    /// Draws beside a bar.
    fn beside(&mut self, bar: &Style, draw: impl FnOnce(&mut Canvas)) {
        let outer = self.margin.clone();
        let (outer_width, bar_width) = (self.width, console::measure_text_width(BAR));
        self.margin.push_str(&bar.apply_to(BAR).to_string());
        self.width = match self.width {
            usize::MAX => usize::MAX,
            width => width.saturating_sub(bar_width).max(MIN_WIDTH),
        };
        draw(self);
        self.margin = outer;
        self.width = outer_width;
    }

    fn line(&mut self, text: &str) {
        let line = format!("{}{text}", self.margin);
        self.lines.push(line.trim_end().to_owned());
    }

    fn text(&mut self, text: &str, style: &Style) {
        for line in visible(text).lines() {
            for piece in self.wrapped(line, self.width) {
                self.line(&style.apply_to(piece).to_string());
            }
        }
    }

    /// Breaks a line between words. A word that is too long is not broken: it may be a link.
    fn wrapped(&self, line: &str, width: usize) -> Vec<String> {
        if width == usize::MAX {
            return vec![line.to_owned()];
        }
        let options = textwrap::Options::new(width)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .word_separator(textwrap::WordSeparator::AsciiSpace);
        textwrap::wrap(line, options)
            .into_iter()
            .map(|piece| piece.into_owned())
            .collect()
    }

    fn verbatim(&mut self, text: &str) {
        for line in visible(text).lines() {
            self.line(line);
        }
    }

    fn fields(&mut self, fields: &[Field]) {
        let width = |field: &Field| console::measure_text_width(&visible(&field.label));
        let column = fields.iter().map(width).max().unwrap_or(0);
        let column = column.min(MAX_LABEL_WIDTH).min(self.width / 2);
        for field in fields {
            let label = visible(&field.label);
            let label_width = console::measure_text_width(&label);
            let dim = self.style().dim();
            let room = self.width.saturating_sub(column + 2).max(MIN_WIDTH / 2);
            let room = if self.width == usize::MAX {
                usize::MAX
            } else {
                room
            };
            let value = visible(&field.value);
            let mut values = value
                .lines()
                .flat_map(|line| self.wrapped(line, room))
                .collect::<Vec<_>>()
                .into_iter();
            if label_width <= column {
                let gap = " ".repeat(column - label_width + 2);
                let first = values.next().unwrap_or_default();
                self.line(&format!("{}{gap}{first}", dim.apply_to(&label)));
            } else {
                for piece in self.wrapped(&label, self.width) {
                    self.line(&dim.apply_to(piece).to_string());
                }
            }
            for value in values {
                self.line(&format!("{}{value}", " ".repeat(column + 2)));
            }
        }
    }

    fn links(&mut self, links: &[Link]) {
        let column = links
            .iter()
            .map(|link| console::measure_text_width(&visible(&link.text)))
            .max()
            .unwrap_or(0);
        for link in links {
            let (text, url) = (visible(&link.text), visible(&link.url));
            let gap = " ".repeat(column - console::measure_text_width(&text) + 2);
            let url = self.style().underlined().apply_to(url);
            self.line(&format!("{}{gap}{url}", self.style().cyan().apply_to(text)));
        }
    }
}
