//! "Did you mean …?": finds the known name that is most like an unknown one.

/// The longest name that is compared, in bytes.
const LONGEST_NAME: usize = kim_model::bounds::SUGGESTED.most();

/// Returns the known name that is most like the given one.
///
/// Returns `None` if no name is close.
///
/// ```
/// use kim_engine::suggest::nearest;
///
/// let known = ["region", "profile", "endpoint"];
/// assert_eq!(nearest("regoin", known), Some("region"));
/// assert_eq!(nearest("profiles", known), Some("profile"));
/// assert_eq!(nearest("reckon", known), Some("region"));
/// assert_eq!(nearest("beckon", known), None);
/// assert_eq!(nearest("de", ["dev", "prod"]), Some("dev"));
/// assert_eq!(nearest("d", ["dev", "prod"]), None);
/// ```
pub fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    alike(name, known).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, candidate)| candidate)
}

/// Returns up to `most` known names that are like the given one.
///
/// The most alike comes first.
///
/// ```
/// use kim_engine::suggest::nearest_few;
///
/// let known = ["node-2", "volume", "node-1"];
/// assert_eq!(nearest_few("nod-1", known, 2), ["node-1", "node-2"]);
/// assert_eq!(nearest_few("xyz", known, 2), [""; 0]);
/// ```
pub fn nearest_few<'n>(
    name: &str,
    known: impl IntoIterator<Item = &'n str>,
    most: usize,
) -> Vec<&'n str> {
    let mut found: Vec<(f64, &str)> = alike(name, known).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().take(most).map(|(_, candidate)| candidate).collect()
}

/// Returns the known names that are like the given one, each with its likeness.
fn alike<'n>(
    name: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> impl Iterator<Item = (f64, &'n str)> {
    // Names are short, but a guest's text may be long, and a comparison costs the product of both
    // lengths.
    known
        .into_iter()
        .filter(|candidate| name.len() <= LONGEST_NAME && candidate.len() <= LONGEST_NAME)
        .map(|candidate| (strsim::normalized_damerau_levenshtein(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.6)
}
