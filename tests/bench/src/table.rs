//! Tables, for the terminal and for the page.

use std::fmt;

/// A table with a title, and notes below it.
pub(crate) struct Table {
    title: &'static str,
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    notes: Vec<String>,
}

impl Table {
    /// Returns an empty table.
    pub(crate) fn new(title: &'static str, head: &[&'static str]) -> Table {
        Table { title, head: head.to_vec(), rows: Vec::new(), notes: Vec::new() }
    }

    /// Adds a row, and prints it.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        eprintln!("   {}", cells.join(" · "));
        self.rows.push(cells);
    }

    /// Adds a sentence below the table.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}

impl fmt::Display for Table {
    /// Writes Markdown with padded columns.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## {}\n", self.title)?;
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.chain([self.head[column].chars().count()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        let line = |cells: Vec<&str>| -> String {
            let padded =
                cells.iter().zip(&widths).enumerate().map(|(at, (cell, width))| match at {
                    0 => format!("{cell:<width$}"),
                    _ => format!("{cell:>width$}"),
                });
            format!("| {} |", padded.collect::<Vec<_>>().join(" | "))
        };
        writeln!(f, "{}", line(self.head.clone()))?;
        let rule = widths.iter().enumerate().map(|(at, width)| match at {
            0 => "-".repeat(width + 2),
            _ => "-".repeat(width + 1) + ":",
        });
        writeln!(f, "|{}|", rule.collect::<Vec<_>>().join("|"))?;
        for row in &self.rows {
            writeln!(f, "{}", line(row.iter().map(String::as_str).collect()))?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "\n{note}"))
    }
}

/// Returns a count with separated thousands.
pub(crate) fn count(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns milliseconds as a text, in seconds from 1,000 on.
pub(crate) fn time(millis: f64) -> String {
    match millis {
        ..10.0 => format!("{millis:.2} ms"),
        ..1000.0 => format!("{millis:.0} ms"),
        ..10_000.0 => format!("{:.2} s", millis / 1000.0),
        _ => format!("{:.1} s", millis / 1000.0),
    }
}

/// Returns megabytes as a text.
pub(crate) fn megabytes(size: f64) -> String {
    if size < 10.0 { format!("{size:.1} MB") } else { format!("{size:.0} MB") }
}
