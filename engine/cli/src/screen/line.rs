//! A line of coloured text. It knows its width and can be cut.
//!
//! Invariant: it holds no control characters, so data cannot steer the terminal.

use kim_engine::gate::is_invisible;
use unicode_width::UnicodeWidthChar;

use super::glyphs;

/// The style of a piece of text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// No style.
    Plain,
    /// Less important text.
    Dim,
    /// Emphasised text.
    Bold,
    /// A creation, or a success.
    Green,
    /// A change.
    Yellow,
    /// A deletion, or a failure.
    Red,
    /// A replacement.
    Magenta,
    /// Drift, or a notice.
    Cyan,
}

impl Style {
    fn code(self) -> &'static str {
        match self {
            Style::Plain => "",
            Style::Dim => "\x1b[2m",
            Style::Bold => "\x1b[1m",
            Style::Green => "\x1b[32m",
            Style::Yellow => "\x1b[33m",
            Style::Red => "\x1b[31m",
            Style::Magenta => "\x1b[35m",
            Style::Cyan => "\x1b[36m",
        }
    }
}

/// A line of text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Line {
    spans: Vec<Span>,
    /// The line is never cut.
    whole: bool,
    /// Only ASCII can be shown.
    ascii: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Span {
    style: Style,
    text: String,
    /// kim drew this text, so ASCII may replace it.
    drawn: bool,
}

impl Line {
    /// Returns an empty line.
    pub fn new() -> Line {
        Line::default()
    }

    /// Appends text. Shows control and format characters as `�`.
    pub fn add(mut self, style: Style, text: impl AsRef<str>) -> Line {
        let clean =
            text.as_ref().chars().map(|c| if is_invisible(c) { '\u{fffd}' } else { c }).collect();
        self.spans.push(Span { style, text: clean, drawn: false });
        self
    }

    /// Appends what kim itself draws: a sign, a branch of a tree, a separator.
    pub fn draw(mut self, style: Style, signs: &str) -> Line {
        self.spans.push(Span { style, text: signs.to_owned(), drawn: true });
        self
    }

    /// Appends plain text.
    pub fn text(self, text: impl AsRef<str>) -> Line {
        self.add(Style::Plain, text)
    }

    /// Appends another line.
    pub fn join(mut self, other: Line) -> Line {
        self.spans.extend(other.spans);
        self
    }

    /// Appends spaces up to a width in columns.
    pub fn pad(self, width: usize) -> Line {
        let missing = width.saturating_sub(self.width());
        self.text(" ".repeat(missing))
    }

    /// Marks the line as never cut: the terminal wraps it if it is too long.
    pub fn whole(self) -> Line {
        Line { whole: true, ..self }
    }

    /// Shortens the spaces that align parts of the line with other lines.
    pub fn squeezed(self) -> Line {
        let squeeze = |span: Span| {
            let is_gap = span.text.trim_matches(' ').is_empty() && span.text.len() > 2;
            if is_gap { Span { text: "  ".to_owned(), ..span } } else { span }
        };
        Line { spans: self.spans.into_iter().map(squeeze).collect(), ..self }
    }

    /// Replaces what kim draws by ASCII.
    pub fn in_ascii(self) -> Line {
        let ascii = |span: Span| {
            let text = if span.drawn {
                glyphs::in_ascii(&span.text)
            } else {
                // `�` stands for a control character, so it is not part of a name.
                span.text.replace('\u{fffd}', "?")
            };
            Span { text, ..span }
        };
        Line { spans: self.spans.into_iter().map(ascii).collect(), ascii: true, ..self }
    }

    /// Returns the width in columns.
    pub fn width(&self) -> usize {
        self.spans.iter().flat_map(|span| span.text.chars()).map(columns).sum()
    }

    /// Returns the text with or without colours and without a line end.
    ///
    /// A longer text is cut to `width` with an ellipsis.
    pub fn render(&self, colors: bool, width: Option<usize>) -> String {
        let width = width.filter(|width| !self.whole && self.width() > *width);
        let mut room = width.map_or(usize::MAX, |width| width.saturating_sub(1));
        let mut rendered = String::new();
        let mut cut = false;
        for Span { style, text, .. } in &self.spans {
            let mut kept = String::new();
            for c in text.chars() {
                cut = cut || columns(c) > room;
                if cut {
                    break;
                }
                room -= columns(c);
                kept.push(c);
            }
            if colors && *style != Style::Plain && !kept.is_empty() {
                rendered.push_str(&format!("{}{kept}\x1b[0m", style.code()));
            } else {
                rendered.push_str(&kept);
            }
            if cut {
                rendered.push(if self.ascii { '~' } else { '…' });
                break;
            }
        }
        rendered.truncate(rendered.trim_end_matches(' ').len());
        rendered
    }
}

/// Returns how many columns a character takes.
pub(super) fn columns(c: char) -> usize {
    c.width().unwrap_or(0)
}
