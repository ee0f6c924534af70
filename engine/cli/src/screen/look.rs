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
        print(&self.render(lines));
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
pub fn print(text: &str) {
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

pub(super) fn size() -> Option<(usize, usize)> {
    let (terminal_size::Width(width), terminal_size::Height(height)) =
        terminal_size::terminal_size()?;
    Some((usize::from(width), usize::from(height)))
}
