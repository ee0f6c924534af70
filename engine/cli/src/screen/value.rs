//! Values for people: short, on one line, secrets and unknowns as such.

use kim_model::{Urn, Value, json};

use super::line::{Line, Style};

/// How long a value may be before it is cut, in characters.
const LONG: usize = 60;

/// A value on one line; cut where it is long, unless `whole`.
pub fn shown(value: &Value, style: Style, whole: bool) -> Line {
    let text = one_line(value);
    if whole || text.chars().count() <= LONG {
        return Line::new().add(style, text);
    }
    let cut: String = text.chars().take(LONG - 1).collect();
    Line::new().add(style, cut).draw(style, "…")
}

/// A value on one line.
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
            let pairs: Vec<String> = map.iter().map(|(key, item)| format!("{key}: {}", one_line(item))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        other => json::redacted(other).to_string(),
    }
}

/// A line of a comparison of two texts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Compared<'t> {
    /// In both.
    Same(&'t str),
    /// Only in the old one.
    Old(&'t str),
    /// Only in the new one.
    New(&'t str),
    /// That many lines of both are left out.
    LeftOut(usize),
}

/// How many lines around a difference are shown.
const AROUND: usize = 2;
/// The most lines of a text that is compared line by line: the comparison takes the square of it.
const MOST: usize = 2000;

/// Compares two texts line by line; `None` where they are too long for that.
pub fn by_lines<'t>(old: &'t str, new: &'t str) -> Option<Vec<Compared<'t>>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    if old.len().max(new.len()) > MOST {
        return None;
    }
    // common[i][j]: how many lines the rests from i and j have in common, in order.
    let mut common = vec![vec![0u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] =
                if old[i] == new[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
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
    Some(fold(all))
}

/// Leaves out what is far from any difference.
fn fold(all: Vec<Compared<'_>>) -> Vec<Compared<'_>> {
    let differs: Vec<usize> = (0..all.len()).filter(|at| !matches!(all[*at], Compared::Same(_))).collect();
    let near = |at: usize| {
        let next = differs.partition_point(|differs| *differs < at);
        [next.checked_sub(1), Some(next)]
            .into_iter()
            .flatten()
            .filter_map(|at| differs.get(at))
            .any(|d| d.abs_diff(at) <= AROUND)
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

/// A name as the program gave it: without the escapes of URNs.
pub fn unescaped(name: &str) -> String {
    name.replace("%2F", "/").replace("%25", "%")
}

/// A resource's kind and name.
pub fn named(urn: &Urn) -> String {
    format!("{} {}", urn.kind(), unescaped(urn.qualified_name()))
}

/// Thousandths of a second, for people: `0.4 s`, `2 min 5 s`.
pub fn duration(millis: u64) -> String {
    match millis {
        0..60_000 => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
        60_000..3_600_000 => format!("{} min {} s", millis / 60_000, millis / 1000 % 60),
        _ => format!("{} h {} min", millis / 3_600_000, millis / 60_000 % 60),
    }
}

/// A time in milliseconds since 1970, for people: to the second, UTC.
pub fn moment(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis)
        .map_or_else(|_| "at an unknown time".to_owned(), |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// Millionths of a US dollar, for people: `$1,234.50`.
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
