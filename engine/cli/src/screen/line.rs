//! A line of coloured text: knows its width, can be cut, and never holds a control character that somebody's data
//! could steer the terminal with.

use unicode_width::UnicodeWidthChar;

use super::glyphs;

/// How a piece of text looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// As it is.
    Plain,
    /// Stands back.
    Dim,
    /// Stands out.
    Bold,
    /// Something is created; it went well.
    Green,
    /// Something changes.
    Yellow,
    /// Something goes; it went wrong.
    Red,
    /// Something is replaced.
    Magenta,
    /// Something drifted; worth knowing.
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
    /// It is never cut.
    whole: bool,
    /// Only ASCII can be shown.
    ascii: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Span {
    style: Style,
    text: String,
    /// It is kim's own drawing, for which other characters may stand.
    drawn: bool,
}

impl Line {
    /// An empty line.
    pub fn new() -> Line {
        Line::default()
    }

    /// The line with more text at its end. Control characters are shown as `�`.
    pub fn add(mut self, style: Style, text: impl AsRef<str>) -> Line {
        let clean = text.as_ref().chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        self.spans.push(Span { style, text: clean, drawn: false });
        self
    }

    /// The line with something at its end that kim draws itself: a sign, a branch of a tree, a separator.
    pub fn draw(mut self, style: Style, signs: &str) -> Line {
        self.spans.push(Span { style, text: signs.to_owned(), drawn: true });
        self
    }

    /// The line with plain text at its end.
    pub fn text(self, text: impl AsRef<str>) -> Line {
        self.add(Style::Plain, text)
    }

    /// The line with another one at its end.
    pub fn join(mut self, other: Line) -> Line {
        self.spans.extend(other.spans);
        self
    }

    /// The line filled up with spaces to a width in columns.
    pub fn pad(self, width: usize) -> Line {
        let missing = width.saturating_sub(self.width());
        self.text(" ".repeat(missing))
    }

    /// The line as one that is never cut: a terminal wraps it where it is too long.
    pub fn whole(self) -> Line {
        Line { whole: true, ..self }
    }

    /// The line without what aligns its parts with those of other lines.
    pub fn squeezed(self) -> Line {
        let squeeze = |span: Span| match span.text.trim_matches(' ').is_empty() && span.text.len() > 2 {
            true => Span { text: "  ".to_owned(), ..span },
            false => span,
        };
        Line { spans: self.spans.into_iter().map(squeeze).collect(), ..self }
    }

    /// The line with what kim draws in ASCII.
    pub fn in_ascii(self) -> Line {
        let ascii = |span: Span| match span.drawn {
            true => Span { text: glyphs::in_ascii(&span.text), ..span },
            // It stands for what nobody could see, so it is nobody's.
            false => Span { text: span.text.replace('\u{fffd}', "?"), ..span },
        };
        Line { spans: self.spans.into_iter().map(ascii).collect(), ascii: true, ..self }
    }

    /// How many columns it takes.
    pub fn width(&self) -> usize {
        self.spans.iter().flat_map(|span| span.text.chars()).map(columns).sum()
    }

    /// The text, cut at a width with an ellipsis, with colours or without. Without a line end.
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
