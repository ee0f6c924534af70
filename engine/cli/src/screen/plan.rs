//! A plan for people: a tree of the resources with their changes.
//!
//! It shows the changes property by property, and a summary.

use kim_engine::plan::{Fate, Operation, Plan, PropertyChange, ResourceChange};
use kim_model::{Difference, Value};

use super::line::{Line, Style};
use super::tree::{self, TreeRow};
use super::value::{Compared, compare_lines, dollars, unescaped, value_line};

/// The width up to which a line moves the column of notes to the right.
const MAX_NOTES_COLUMN: usize = 64;

/// Returns the lines of a plan, without its costs.
///
/// `whole` shows every property and whole texts.
pub fn render(plan: &Plan, whole: bool) -> Vec<Line> {
    let tree_rows = tree::rows(&plan.resources, |resource| is_shown(plan.operation, resource));
    let mut rows = Vec::new();
    for row in &tree_rows {
        let resource = &plan.resources[row.index];
        rows.push(resource_line(plan.operation, resource, row));
        if !row.component {
            rows.extend(property_rows(plan.operation, resource, &row.below, whole));
        }
    }
    let column = rows.iter().filter(|(_, note)| note.width() > 0).map(|(left, _)| left.width());
    let column = column.filter(|width| *width <= MAX_NOTES_COLUMN).max().unwrap_or(0) + 3;
    let mut lines: Vec<Line> = rows
        .into_iter()
        .map(
            |(left, note)| {
                if note.width() == 0 { left } else { left.text("  ").pad(column).join(note) }
            },
        )
        .map(|line| if whole { line.whole() } else { line })
        .collect();
    if !lines.is_empty() {
        lines.push(Line::new());
    }
    lines.push(counts_line(plan));
    lines
}

fn is_shown(operation: Operation, resource: &ResourceChange) -> bool {
    match resource.fate {
        Fate::Same => false,
        Fate::Record => operation == Operation::Refresh,
        _ => true,
    }
}

/// Returns true if every change of the resource is drift.
fn only_drifted(resource: &ResourceChange) -> bool {
    matches!(resource.fate, Fate::Update | Fate::Record)
        && !resource.changes.is_empty()
        && resource.changes.iter().all(|change| change.drift)
}

/// Returns the sign and the colour of a resource.
pub(super) fn sign(resource: &ResourceChange) -> (&'static str, Style) {
    match resource.fate {
        _ if only_drifted(resource) => ("!", Style::Cyan),
        Fate::Same => (" ", Style::Plain),
        Fate::Create => ("+", Style::Green),
        Fate::Update | Fate::Record => ("~", Style::Yellow),
        Fate::ReplaceCreateFirst => ("±", Style::Magenta),
        Fate::ReplaceDeleteFirst => ("∓", Style::Magenta),
        Fate::Delete => ("-", Style::Red),
        Fate::Forget => ("×", Style::Red),
    }
}

/// Returns the line of a resource, and the note on its right.
fn resource_line(operation: Operation, resource: &ResourceChange, row: &TreeRow) -> (Line, Line) {
    let (sign, style) = if row.component { (" ", Style::Plain) } else { sign(resource) };
    let left = Line::new()
        .text("  ")
        .draw(style, sign)
        .text("  ")
        .draw(Style::Dim, &row.branch)
        .text(resource.urn.kind())
        .text(" ")
        .add(Style::Bold, unescaped(resource.urn.name()));
    if row.component {
        return (left, Line::new());
    }
    let mut notes: Vec<(Style, String)> = Vec::new();
    match resource.fate {
        Fate::ReplaceCreateFirst => notes.push((style, "replace, new one first".to_owned())),
        Fate::ReplaceDeleteFirst => notes.push((style, "replace, old one first".to_owned())),
        Fate::Forget if resource.reason.is_none() => {
            notes.push((style, "forget, it stays in the cloud".to_owned()))
        }
        _ if only_drifted(resource)
            || (operation == Operation::Refresh && resource.fate == Fate::Record) =>
        {
            notes.push((Style::Cyan, "changed outside kim".to_owned()));
        }
        _ => {}
    }
    notes.extend(resource.reason.iter().map(|reason| (Style::Plain, reason.clone())));
    let priced = !matches!(resource.fate, Fate::Delete | Fate::Forget | Fate::Record);
    let price = resource.micros_a_month.filter(|micros| priced && *micros > 0);
    notes.extend(price.map(|micros| (Style::Dim, format!("{} a month", dollars(micros)))));
    notes.extend(resource.source.iter().map(|source| (Style::Dim, source.to_string())));
    let mut note = Line::new();
    for (position, (style, text)) in notes.into_iter().enumerate() {
        note = if position == 0 { note } else { note.draw(Style::Dim, " · ") };
        note = note.add(style, text);
    }
    (left, note)
}

/// Returns the lines of a resource's properties, with their notes.
fn property_rows(
    operation: Operation,
    resource: &ResourceChange,
    below: &str,
    whole: bool,
) -> Vec<(Line, Line)> {
    let everything = matches!(resource.fate, Fate::Create | Fate::Delete | Fate::Forget);
    if everything && !whole {
        return Vec::new();
    }
    let paths: Vec<String> =
        resource.changes.iter().map(|change| change.path.to_string()).collect();
    let width = paths
        .iter()
        .map(|path| path.chars().count())
        .filter(|width| *width <= 32)
        .max()
        .unwrap_or(0);
    let mut rows = Vec::new();
    for (change, path) in resource.changes.iter().zip(paths) {
        let start = || Line::new().text("     ").draw(Style::Dim, below).text("  ");
        if !change.inside.is_empty() {
            rows.push((start().text(path), note(operation, change)));
            let drift = reverts_drift(operation, change);
            rows.extend(change.inside.iter().map(|part| {
                let line = start().text(format!("  {}  ", part.path));
                (line.join(part_line(part, drift, whole)), Line::new())
            }));
            continue;
        }
        let texts = (plain_text(change.old.as_ref()), plain_text(change.new.as_ref()));
        if let (true, (Some(old), Some(new))) = (whole, texts)
            && (old.contains('\n') || new.contains('\n'))
            && let Some(compared) = compare_lines(old, new)
        {
            rows.push((start().text(path), note(operation, change)));
            rows.extend(
                compared
                    .into_iter()
                    .map(|line| (compared_line(start().text("  "), line), Line::new())),
            );
            continue;
        }
        let left = start()
            .text(format!("{path:width$}"))
            .text("  ")
            .join(old_and_new(operation, change, whole));
        rows.push((left, note(operation, change)));
    }
    rows
}

/// Returns a text that can be compared line by line.
///
/// A missing value is an empty text.
fn plain_text(value: Option<&Value>) -> Option<&str> {
    match value {
        None => Some(""),
        Some(Value::Text(text)) => Some(text),
        Some(_) => None,
    }
}

fn compared_line(start: Line, line: Compared<'_>) -> Line {
    match line {
        Compared::Same(text) => start.add(Style::Dim, format!("  {text}")),
        Compared::Old(text) => start.add(Style::Red, format!("- {text}")),
        Compared::New(text) => start.add(Style::Green, format!("+ {text}")),
        Compared::LeftOut(1) => start.draw(Style::Dim, "  … 1 line as before"),
        Compared::LeftOut(count) => start.draw(Style::Dim, &format!("  … {count} lines as before")),
    }
}

/// Returns true if the plan reverts drift.
///
/// Drift is shown as it happened: from the value before to the live one.
fn reverts_drift(operation: Operation, change: &PropertyChange) -> bool {
    change.drift && operation != Operation::Refresh
}

fn old_and_new(operation: Operation, change: &PropertyChange, whole: bool) -> Line {
    let (old, new) = if reverts_drift(operation, change) {
        (&change.new, &change.old)
    } else {
        (&change.old, &change.new)
    };
    from_to(old.as_ref(), new.as_ref(), whole)
}

fn part_line(part: &Difference, drift: bool, whole: bool) -> Line {
    let (old, new) = (part.old.as_ref(), part.new.as_ref());
    if drift { from_to(new, old, whole) } else { from_to(old, new, whole) }
}

fn from_to(old: Option<&Value>, new: Option<&Value>, whole: bool) -> Line {
    let show = |value: &Value| value_line(value, Style::Plain, whole);
    match (old, new) {
        (Some(old), Some(new)) => show(old).draw(Style::Dim, " → ").join(show(new)),
        (None, Some(new)) => Line::new().add(Style::Green, "+ ").join(show(new)),
        (Some(old), None) => Line::new().add(Style::Red, "- ").join(show(old)),
        (None, None) => Line::new(),
    }
}

fn note(operation: Operation, change: &PropertyChange) -> Line {
    let mut note = Line::new();
    if change.replaces {
        note = note.add(Style::Magenta, "forces a replacement");
    }
    if reverts_drift(operation, change) {
        let back = match &change.new {
            Some(_) if !change.inside.is_empty() => {
                Line::new().add(Style::Cyan, "back to the program's")
            }
            Some(value) => {
                Line::new().add(Style::Cyan, "back to ").join(value_line(value, Style::Cyan, false))
            }
            None => Line::new().add(Style::Cyan, "removed again"),
        };
        note = if change.replaces { note.draw(Style::Dim, " · ") } else { note };
        note = note.join(back);
    }
    note
}

fn counts_line(plan: &Plan) -> Line {
    let counts = plan.summary(0).changes;
    let count = |name: &str| counts.get(name).copied().unwrap_or(0);
    let refresh = plan.operation == Operation::Refresh;
    let parts = [
        ("create", "to create", Style::Green),
        ("update", "to update", Style::Yellow),
        ("replace", "to replace", Style::Magenta),
        ("delete", "to delete", Style::Red),
        ("forget", if refresh { "gone from the cloud" } else { "to forget" }, Style::Red),
        ("drifted", if refresh { "changed outside kim" } else { "drifted" }, Style::Cyan),
    ];
    let mut line = Line::new();
    let mut separator = "";
    for (name, words, style) in parts.into_iter().filter(|(name, ..)| count(name) > 0) {
        line = line.draw(Style::Dim, separator).add(style, format!("{} {words}", count(name)));
        separator = " · ";
    }
    if separator.is_empty() {
        line = line.text("nothing changes");
        separator = " · ";
    }
    match count("same") {
        0 => line,
        same => line.draw(Style::Dim, separator).text(format!("{same} unchanged")),
    }
}
