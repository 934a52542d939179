//! Tables that keep to a width, whatever is in them.

use std::borrow::Cow;

use anstyle::Style;
use console::measure_text_width;
use textwrap::core::display_width;

use super::style::{HEADING, painted};

/// What stands between two columns.
const GAP: usize = 2;
/// A column is not made narrower than this.
const NARROWEST: usize = 4;

/// Where a text is cut that is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// Its end goes.
    End,
    /// Its middle goes: names of AWS resources differ at their ends.
    Middle,
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    head: &'static str,
    cut: Option<Cut>,
    is_number: bool,
}

impl Column {
    /// A column that is never cut.
    pub(super) const fn whole(head: &'static str) -> Column {
        Column {
            head,
            cut: None,
            is_number: false,
        }
    }

    /// A column that is cut where the table is too wide.
    pub(super) const fn cut(head: &'static str, cut: Cut) -> Column {
        Column {
            head,
            cut: Some(cut),
            is_number: false,
        }
    }

    /// A column of numbers, which end below each other.
    pub(super) const fn numbers(head: &'static str) -> Column {
        Column {
            head,
            cut: None,
            is_number: true,
        }
    }
}

/// A cell, with its colour.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    text: String,
    style: Option<Style>,
}

impl Cell {
    /// A cell in the colour of the text around it.
    pub(super) fn plain(text: impl Into<String>) -> Cell {
        Cell {
            text: text.into(),
            style: None,
        }
    }

    /// A cell in a colour of its own.
    pub(super) fn painted(style: Style, text: impl Into<String>) -> Cell {
        Cell {
            text: text.into(),
            style: Some(style),
        }
    }
}

enum Row<const N: usize> {
    Cells([Cell; N]),
    /// A line that belongs to the row above.
    Note(String),
}

/// A table of `N` columns.
pub(super) struct Table<const N: usize> {
    columns: [Column; N],
    rows: Vec<Row<N>>,
}

impl<const N: usize> Table<N> {
    /// Makes a table without rows. Its heads are shown with the first one.
    pub(super) fn new(columns: [Column; N]) -> Table<N> {
        Table {
            columns,
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: [Cell; N]) {
        self.rows.push(Row::Cells(cells));
    }

    /// Adds a line below the last row, as long as it is.
    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.rows.push(Row::Note(text.into()));
    }

    /// Returns the table's lines. No row is wider than `width` columns, unless that is narrower than the table can be.
    pub(super) fn lines(&self, width: usize) -> String {
        let widths = self.widths(width);
        let heads = self.columns.map(|column| match column.head {
            "" => Cell::plain(""),
            head => Cell::painted(HEADING, head),
        });
        let mut lines = vec![self.line(&heads, widths)];
        for row in &self.rows {
            lines.push(match row {
                Row::Cells(cells) => self.line(cells, widths),
                Row::Note(text) => format!("{}{text}", " ".repeat(2 * GAP)),
            });
        }
        lines.join("\n")
    }

    /// Returns how wide each column is: as its widest cell, or less where the table is too wide.
    fn widths(&self, width: usize) -> [usize; N] {
        let mut widths = self.columns.map(|column| display_width(column.head));
        for row in &self.rows {
            if let Row::Cells(cells) = row {
                for (width, cell) in widths.iter_mut().zip(cells) {
                    *width = (*width).max(display_width(&cell.text));
                }
            }
        }
        let gaps = GAP * N.saturating_sub(1);
        // The widest column gives way first.
        while widths.iter().sum::<usize>() + gaps > width {
            let cuttable = widths.iter_mut().zip(self.columns);
            let widest = cuttable
                .filter(|(width, column)| column.cut.is_some() && **width > NARROWEST)
                .map(|(width, _)| width)
                .max_by_key(|width| **width);
            match widest {
                Some(widest) => *widest -= 1,
                None => break,
            }
        }
        widths
    }

    fn line(&self, cells: &[Cell; N], widths: [usize; N]) -> String {
        let mut line = String::new();
        for ((cell, column), width) in cells.iter().zip(self.columns).zip(widths) {
            let text = match column.cut {
                Some(at) => cut(&cell.text, width, at),
                None => cell.text.clone(),
            };
            let pad = " ".repeat(width.saturating_sub(display_width(&text)));
            let text = match cell.style {
                Some(style) => painted(style, text).to_string(),
                None => text,
            };
            let (before, behind) = match column.is_number {
                true => (pad.as_str(), ""),
                false => ("", pad.as_str()),
            };
            line.push_str(&format!("{before}{text}{behind}{}", " ".repeat(GAP)));
        }
        line.trim_end().to_owned()
    }
}

/// Cuts a text to a width; `…` stands for what is left out.
pub(super) fn cut(text: &str, width: usize, at: Cut) -> String {
    if measure_text_width(text) <= width {
        return text.to_owned();
    }
    let end = |text: &str, width: usize| match width {
        0 => String::new(),
        width => console::truncate_str(text, width, "…").into_owned(),
    };
    match at {
        Cut::End => end(text, width),
        Cut::Middle => {
            let behind = width.saturating_sub(1) / 2;
            let mut tail = Cow::Borrowed(text);
            while display_width(&tail) > behind {
                tail = Cow::Owned(tail.chars().skip(1).collect());
            }
            format!("{}{tail}", end(text, width - behind))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::style::{BAD, GOOD, coloured};

    const COLUMNS: [Column; 3] = [
        Column::whole("CHANGE"),
        Column::cut("NAME", Cut::Middle),
        Column::numbers("TIME"),
    ];

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(&coloured(text)).to_string()
    }

    #[test]
    fn a_table_keeps_to_its_width_whatever_is_in_it() {
        let long = "x".repeat(256);
        for width in [30, 80, 120] {
            for name in ["a", "name-of-some-length", &long, &"表".repeat(100)] {
                let mut table = Table::new(COLUMNS);
                table.row([
                    Cell::painted(GOOD, "created"),
                    Cell::plain(name),
                    Cell::plain("1.2 s"),
                ]);
                table.note("a remark");
                for line in plain(&table.lines(width)).lines() {
                    assert!(display_width(line) <= width, "{width}: {line}");
                }
            }
        }
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(COLUMNS);
        for (change, name, time) in [("created", "queue", "12 ms"), ("removed", "q", "1.5 s")] {
            let style = if change == "created" { GOOD } else { BAD };
            table.row([
                Cell::painted(style, change),
                Cell::plain(name),
                Cell::plain(time),
            ]);
        }
        assert_eq!(
            plain(&table.lines(80)),
            "CHANGE   NAME    TIME\ncreated  queue  12 ms\nremoved  q      1.5 s"
        );
    }

    #[test]
    fn a_name_keeps_both_its_ends() {
        assert_eq!(
            cut("ddalert-slack-alerts-failed", 16, Cut::Middle),
            "ddalert-…-failed"
        );
        assert_eq!(
            cut("ddalert-slack-alerts-failed", 16, Cut::End),
            "ddalert-slack-a…"
        );
        assert_eq!(cut("ddalert", 7, Cut::Middle), "ddalert");
        for width in 0..8 {
            let cut = cut("表表表表表", width, Cut::Middle);
            assert!(display_width(&cut) <= width, "{width}: {cut}");
        }
    }
}
