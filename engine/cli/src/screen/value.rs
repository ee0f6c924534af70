//! Values for people: short and on one line.
//!
//! Secrets and unknown values are named as such.

use kim_model::{Urn, Value, json};

use super::line::{Line, Style};

/// The most characters of a value that is not cut.
const MAX_VALUE_CHARS: usize = 60;

/// Returns a value on one line. A long one is cut, unless `whole`.
pub fn value_line(value: &Value, style: Style, whole: bool) -> Line {
    let text = one_line(value);
    if whole || text.chars().count() <= MAX_VALUE_CHARS {
        return Line::new().add(style, text);
    }
    let cut: String = text.chars().take(MAX_VALUE_CHARS - 1).collect();
    Line::new().add(style, cut).draw(style, "…")
}

/// Returns a value on one line.
pub fn one_line(value: &Value) -> String {
    match value {
        Value::Secret(_) => "[secret]".to_owned(),
        Value::Unknown | Value::Output(_) => "known after apply".to_owned(),
        Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
        other => in_json(other),
    }
}

fn in_json(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::List(items) => {
            format!("[{}]", items.iter().map(one_line).collect::<Vec<_>>().join(", "))
        }
        Value::Map(map) if map.is_empty() => "{}".to_owned(),
        Value::Map(map) => {
            let pairs: Vec<String> =
                map.iter().map(|(key, item)| format!("{key}: {}", one_line(item))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        other => json::redacted(other).to_string(),
    }
}

/// A line of a comparison of two texts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Compared<'t> {
    /// The line is in both texts.
    Same(&'t str),
    /// The line is only in the old text.
    Old(&'t str),
    /// The line is only in the new text.
    New(&'t str),
    /// A number of lines of both texts that are left out.
    LeftOut(usize),
}

/// How many lines before and after a difference are shown.
const CONTEXT_LINES: usize = 2;
/// The most lines of a text that is compared line by line.
///
/// The comparison takes quadratic time and memory.
const MAX_COMPARED_LINES: usize = kim_model::bounds::COMPARED.most();

/// Compares two texts line by line. Returns `None` if a text is too long.
pub fn compare_lines<'t>(old: &'t str, new: &'t str) -> Option<Vec<Compared<'t>>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    if old.len().max(new.len()) > MAX_COMPARED_LINES {
        return None;
    }
    // common[i][j] is the length of the longest common subsequence of old[i..] and new[j..].
    let mut common = vec![vec![0u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut all) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            all.push(Compared::Same(old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            all.push(Compared::Old(old[i]));
            i += 1;
        } else {
            all.push(Compared::New(new[j]));
            j += 1;
        }
    }
    Some(leave_out_common(all))
}

/// Leaves out the lines that are far from any difference.
fn leave_out_common(all: Vec<Compared<'_>>) -> Vec<Compared<'_>> {
    let differs: Vec<usize> =
        (0..all.len()).filter(|at| !matches!(all[*at], Compared::Same(_))).collect();
    let near = |at: usize| {
        let next = differs.partition_point(|differs| *differs < at);
        [next.checked_sub(1), Some(next)]
            .into_iter()
            .flatten()
            .filter_map(|at| differs.get(at))
            .any(|d| d.abs_diff(at) <= CONTEXT_LINES)
    };
    let mut folded = Vec::new();
    for (at, line) in all.into_iter().enumerate() {
        match (near(at), folded.last_mut()) {
            (true, _) => folded.push(line),
            (false, Some(Compared::LeftOut(count))) => *count += 1,
            (false, _) => folded.push(Compared::LeftOut(1)),
        }
    }
    folded
}

/// Returns a name as the program gave it, without the escapes of URNs.
pub fn unescaped(name: &str) -> String {
    name.replace("%2F", "/").replace("%25", "%")
}

/// Returns a resource's kind and name.
pub fn kind_and_name(urn: &Urn) -> String {
    format!("{} {}", urn.kind(), unescaped(urn.qualified_name()))
}

/// Formats milliseconds for people: `0.4 s`, `2 min 5 s`.
pub fn duration(millis: u64) -> String {
    match millis {
        0..60_000 => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
        60_000..3_600_000 => format!("{} min {} s", millis / 60_000, millis / 1000 % 60),
        _ => format!("{} h {} min", millis / 3_600_000, millis / 60_000 % 60),
    }
}

/// Formats a time in milliseconds since 1970 for people: in UTC, to the second.
pub fn utc_time(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis).map_or_else(
        |_| "at an unknown time".to_owned(),
        |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// Formats millionths of a US dollar for people: `$1,234.50`.
pub fn dollars(micros: u64) -> String {
    let cents = micros.saturating_add(5_000) / 10_000;
    let whole = (cents / 100).to_string();
    let mut grouped = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("${grouped}.{:02}", cents % 100)
}
