//! Writing to stdout and stderr, and how lines look on stdout.
//!
//! Invariant: a closed pipe is not an error.

use std::io::{IsTerminal, Write};

use kim_engine::gate::is_invisible;

use super::glyphs;
use super::line::{Line, Style};
use crate::args::ColorWhen;
use crate::environment::Environment;

/// How lines are written to stdout.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Look {
    /// Use colours.
    pub colors: bool,
    /// The terminal's columns. `None` if lines are never cut.
    pub width: Option<usize>,
    /// Earlier lines can be overwritten: stdout is a terminal that is not dumb.
    pub redraws: bool,
    /// Only ASCII can be shown.
    pub ascii: bool,
    /// The terminal is so narrow that lines are not aligned in columns.
    pub narrow: bool,
}

/// The least columns of a terminal on which lines are cut.
///
/// A narrower terminal wraps them, because too little would be left.
pub(super) const NARROW: usize = 60;

impl Look {
    /// Returns the look for stdout that the flag and the environment select.
    pub fn for_stdout(when: ColorWhen, environment: &Environment) -> Look {
        let terminal = std::io::stdout().is_terminal();
        let redraws = terminal && environment.get("TERM").is_none_or(|term| term != "dumb");
        let colors = wants_colors(when, environment, redraws);
        let width = size().map(|(width, _)| width).filter(|_| terminal);
        let narrow = width.is_some_and(|width| width < NARROW);
        let width = width.filter(|_| !narrow);
        Look { colors, width, redraws, ascii: glyphs::is_ascii_locale(environment), narrow }
    }

    /// Writes lines to stdout.
    pub fn print(self, lines: &[Line]) {
        draw(&self.render(lines));
    }

    pub(super) fn render(self, lines: &[Line]) -> String {
        lines.iter().map(|line| self.line(line) + "\n").collect()
    }

    fn line(self, line: &Line) -> String {
        let mut line = line.clone();
        if self.narrow {
            line = line.squeezed();
        }
        if self.ascii {
            line = line.in_ascii();
        }
        line.render(self.colors, self.width)
    }
}

/// Returns true if stderr gets colours.
pub fn colors_on_stderr(when: ColorWhen, environment: &Environment) -> bool {
    wants_colors(when, environment, std::io::stderr().is_terminal())
}

/// Returns true if a stream gets colours.
///
/// `able` says whether the stream can show them.
fn wants_colors(when: ColorWhen, environment: &Environment, able: bool) -> bool {
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => able && environment.get("NO_COLOR").is_none(),
    }
}

/// Writes to stdout. A closed pipe is not an error.
///
/// Characters that are not seen become `�`: data cannot steer the terminal.
pub fn print(text: &str) {
    draw(&seen(text));
}

/// Writes JSON to stdout, and a line end.
///
/// Characters that are not seen are escaped, so the data stays what it is.
pub fn print_json(json: &str) {
    draw(&(escaped(json) + "\n"));
}

/// Writes a value that was asked for by its name to stdout, and a line end.
///
/// In a pipe it is written exactly as it is: it is data. On a terminal, as `print` does.
pub fn print_value(text: &str) {
    let text = format!("{text}\n");
    if std::io::stdout().is_terminal() { print(&text) } else { draw(&text) }
}

/// Writes what is rendered already, colours included, to stdout.
pub(super) fn draw(text: &str) {
    if text.is_empty() {
        return;
    }
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

/// Writes lines to stderr. A closed pipe is not an error.
///
/// Characters that are not seen become `�`: data cannot steer the terminal.
pub fn notice(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", seen(text));
}

/// Writes a question to stderr, as [`notice`] does; the answer follows in its line.
pub(crate) fn prompt(question: &str) {
    let _ = write!(std::io::stderr(), "{}", seen(question));
}

/// Writes an error to stderr, as [`notice`] does.
pub fn error(text: &str, colors: bool) {
    let label = Line::new().add(Style::Red, "error").render(colors, None);
    let _ = writeln!(std::io::stderr(), "{label}: {}", seen(text));
}

/// Writes a line of cargo's to stderr, with its colours.
pub(crate) fn pass_on(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Returns a text without what is not seen. Line breaks and tabs stay.
fn seen(text: &str) -> String {
    let is_seen = |c: char| matches!(c, '\n' | '\t') || !is_invisible(c);
    text.chars().map(|c| if is_seen(c) { c } else { '\u{fffd}' }).collect()
}

/// Returns JSON with what is not seen escaped, other than line ends.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || !is_invisible(c) {
            escaped.push(c);
        } else {
            let units = c.encode_utf16(&mut [0; 2]).to_vec();
            units.iter().for_each(|unit| escaped.push_str(&format!("\\u{unit:04x}")));
        }
    }
    escaped
}

pub(super) fn size() -> Option<(usize, usize)> {
    let (terminal_size::Width(width), terminal_size::Height(height)) =
        terminal_size::terminal_size()?;
    Some((usize::from(width), usize::from(height)))
}

#[cfg(test)]
mod tests {
    use super::{escaped, seen};

    #[test]
    fn what_is_printed_steers_no_terminal() {
        assert_eq!(
            seen("a\x1b[2J\u{9b}b\u{202e}\n\tc\r"),
            "a\u{fffd}[2J\u{fffd}b\u{fffd}\n\tc\u{fffd}"
        );
    }

    #[test]
    fn json_stays_the_same_data_without_a_character_that_is_not_seen() {
        let data = "a\x1b\u{9b}\u{202e}\u{e0001}\u{7f}ü\n";
        let json = escaped(&serde_json::to_string_pretty(&[data]).unwrap());
        assert!(!json.chars().any(|c| c != '\n' && kim_engine::gate::is_invisible(c)), "{json}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&json).unwrap(), [data]);
    }
}
