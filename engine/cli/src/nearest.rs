//! "Did you mean …?": finds the known name nearest to a misspelt one.

/// Returns the nearest known name, if at most a third of the letters of `wrong` (but at least one) are wrong.
///
/// ```
/// use kim_cli::nearest::nearest;
///
/// let known = ["region", "profile", "endpoint"];
/// assert_eq!(nearest("regoin", known), Some("region"));
/// assert_eq!(nearest("profiles", known), Some("profile"));
/// assert_eq!(nearest("reckon", known), Some("region"));
/// assert_eq!(nearest("beckon", known), None);
/// assert_eq!(nearest("de", ["dev", "prod"]), Some("dev"));
/// assert_eq!(nearest("d", ["dev", "prod"]), None);
/// ```
pub fn nearest<'k>(wrong: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let limit = (wrong.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (distance(wrong, name), name))
        .filter(|(far, _)| *far <= limit)
        .min_by_key(|(far, _)| *far)
        .map(|(_, name)| name)
}

/// Returns how many letters must be inserted, removed, replaced or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (last[j - 1] + same).min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}
