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
    // Names are short, but a guest's text may be long, and a comparison costs the product of both
    // lengths.
    known
        .into_iter()
        .filter(|candidate| name.len() <= LONGEST_NAME && candidate.len() <= LONGEST_NAME)
        .map(|candidate| (strsim::normalized_damerau_levenshtein(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
