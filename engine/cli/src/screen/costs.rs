//! The costs of a plan, for people.
//!
//! They are a table if there is more than one price, and the total in a last line.
//!
//! Invariant: on a narrow terminal details shrink first, then names, and figures last.

use kim_engine::costs::{Costs, Range, Row};
use kim_engine::event::counted;

use super::line::{Line, Style, columns};
use super::look::Look;
use super::value::{dollars, unescaped};

/// The most columns of a name, and the least on a narrow terminal.
const LONGEST_NAME: usize = 32;
const SHORTEST_NAME: usize = 8;
/// The most columns of a detail.
///
/// `SHORTEST_DETAIL` is the least. With less room a detail has a line of its own.
const LONGEST_DETAIL: usize = 100;
const SHORTEST_DETAIL: usize = 24;
/// The columns before a name, and between two cells.
const INDENT: usize = 2;
const GAP: usize = 3;
/// The months of a year.
const MONTHS: u64 = 12;

/// A row of the table, as text.
struct Cells {
    style: Style,
    name: String,
    detail: String,
    month: Line,
    year: Line,
}

/// The columns at which the cells of the table end.
struct Layout {
    name: usize,
    /// `None` if details have lines of their own.
    detail: Option<usize>,
    month: usize,
    year: usize,
    look: Look,
}

/// Returns the lines below the counts of a plan.
///
/// They are the table if there is more than one price, and the last line.
pub fn render(costs: &Costs, look: Look) -> Vec<Line> {
    let total = total_line(costs);
    let is_estimated = costs.rows.iter().chain(&costs.savings).any(|row| row.count.is_none());
    if costs.rows.len() < 2 && !is_estimated {
        return total.into_iter().collect();
    }
    let mut lines = vec![Line::new()];
    lines.extend(table_lines(costs, look));
    lines.extend(source_lines(costs));
    lines.extend(total.into_iter().flat_map(|line| [Line::new(), line]));
    lines
}

/// Returns the line with the total costs afterwards.
fn total_line(Costs { total: (from, to), .. }: &Costs) -> Option<Line> {
    let (least, most) = (dollars(*from), dollars(*to));
    let words = if least == most { least } else { format!("{least} to {most}") };
    (*to > 0).then(|| Line::new().text(format!("about {words} a month afterwards")))
}

fn table_lines(costs: &Costs, look: Look) -> Vec<Line> {
    let mut rows: Vec<Cells> = costs.rows.iter().map(row_cells).collect();
    rows.push(total_cells(costs));
    let savings: Vec<Cells> = costs.savings.iter().map(row_cells).collect();
    let layout = Layout::of(&rows.iter().chain(&savings).collect::<Vec<_>>(), look);
    let header = Line::new().add(Style::Bold, "costs");
    let dim = |text: &str| Line::new().add(Style::Dim, text);
    let mut lines = vec![layout.figures(header, dim("a month"), dim("a year"))];
    lines.extend(rows.into_iter().flat_map(|row| layout.lines(row)));
    if !savings.is_empty() {
        lines.push(Line::new().add(Style::Bold, "could save"));
    }
    lines.extend(savings.into_iter().flat_map(|row| layout.lines(row)));
    lines
}

fn row_cells(row: &Row) -> Cells {
    let name = match row.count {
        Some(count) => format!("{count} {}", unescaped(&row.label)),
        None => row.label.clone(),
    };
    let [month, year] = figures(row.micros_a_month);
    Cells { style: Style::Plain, name, detail: row.detail.clone(), month, year }
}

/// Returns the row of the total.
///
/// It names the costs that the total does not include.
fn total_cells(costs: &Costs) -> Cells {
    let unknown = costs.rows.iter().any(|row| row.micros_a_month.is_none());
    let unpriced = (costs.unpriced > 0)
        .then(|| format!("the price of {}", counted(costs.unpriced, "resource")));
    let missing: Vec<String> =
        unknown.then(|| "what is not known".to_owned()).into_iter().chain(unpriced).collect();
    let detail = if missing.is_empty() {
        String::new()
    } else {
        format!("without {}", missing.join(" and "))
    };
    let is_known = costs.rows.iter().any(|row| row.micros_a_month.is_some());
    let [month, year] = figures(is_known.then_some(costs.total));
    Cells { style: Style::Bold, name: "total".to_owned(), detail, month, year }
}

/// Returns the costs a month and a year.
fn figures(micros_a_month: Option<Range>) -> [Line; 2] {
    [1, MONTHS].map(|months| {
        let Some((from, to)) = micros_a_month else {
            return Line::new().add(Style::Dim, "not known");
        };
        let (from, to) = (dollars(from.saturating_mul(months)), dollars(to.saturating_mul(months)));
        let line = Line::new().text(&from);
        if from == to { line } else { line.draw(Style::Plain, "–").text(to) }
    })
}

/// Returns a line for each source of the estimates.
fn source_lines(costs: &Costs) -> Vec<Line> {
    let mut sources: Vec<&str> = Vec::new();
    for row in costs.rows.iter().chain(&costs.savings) {
        if !row.source.is_empty() && !sources.contains(&row.source.as_str()) {
            sources.push(&row.source);
        }
    }
    sources
        .into_iter()
        .map(|source| Line::new().add(Style::Dim, "prices: ").add(Style::Dim, source))
        .collect()
}

impl Layout {
    fn of(rows: &[&Cells], look: Look) -> Layout {
        let widest =
            |width: fn(&Cells) -> usize| rows.iter().map(|row| width(row)).max().unwrap_or(0);
        let month = widest(|row| row.month.width()).max("a month".len());
        let year = widest(|row| row.year.width()).max("a year".len());
        let room =
            |taken: usize| look.width.map_or(usize::MAX, |width| width.saturating_sub(taken));
        let taken = INDENT + GAP + month + GAP + year;
        let name = widest(|row| Line::new().text(&row.name).width())
            .min(LONGEST_NAME)
            .min(room(taken).max(SHORTEST_NAME));
        let name_end = INDENT + name;
        let wanted = widest(|row| Line::new().text(&row.detail).width()).min(LONGEST_DETAIL);
        let detail = wanted.min(room(taken + name + GAP));
        let has_column = wanted > 0 && detail >= wanted.min(SHORTEST_DETAIL) && !look.narrow;
        let detail_end = has_column.then_some(name_end + GAP + detail);
        let month_end = detail_end.unwrap_or(name_end) + GAP + month;
        Layout {
            name: name_end,
            detail: detail_end,
            month: month_end,
            year: month_end + GAP + year,
            look,
        }
    }

    /// Returns the line of a row.
    ///
    /// If details have no column, a second line shows the row's detail.
    fn lines(&self, row: Cells) -> Vec<Line> {
        let name = Line::new().text(" ".repeat(INDENT)).join(self.cut(
            row.style,
            &row.name,
            self.name - INDENT,
        ));
        let detail = |most| self.cut(Style::Dim, &row.detail, most);
        let (line, below) = match self.detail {
            _ if row.detail.is_empty() => (name, None),
            Some(end) => (name.pad(self.name + GAP).join(detail(end - self.name - GAP)), None),
            None => {
                (name, Some(Line::new().text(" ".repeat(2 * INDENT)).join(detail(LONGEST_DETAIL))))
            }
        };
        std::iter::once(self.figures(line, row.month, row.year)).chain(below).collect()
    }

    /// Appends figures to a line, aligned right in their columns.
    fn figures(&self, line: Line, month: Line, year: Line) -> Line {
        let line = line.pad(self.month - month.width()).join(month);
        line.pad(self.year - year.width()).join(year)
    }

    /// Cuts a text to `most` columns.
    fn cut(&self, style: Style, text: &str, most: usize) -> Line {
        let whole = Line::new().add(style, text);
        if whole.width() <= most {
            return whole;
        }
        let mut room = most.saturating_sub(1);
        let fits = |c: &char| {
            // A control character is shown as one character.
            let width = if c.is_control() { 1 } else { columns(*c) };
            let fits = width <= room;
            room = room.saturating_sub(width);
            fits
        };
        let kept: String = text.chars().take_while(fits).collect();
        // A column has room for one character alone.
        Line::new().add(style, kept).draw(style, if self.look.ascii { "~" } else { "…" })
    }
}
