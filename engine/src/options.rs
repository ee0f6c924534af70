//! How an operation is to be planned and applied.

/// How to plan and apply.
///
/// ```
/// use kim_engine::Options;
///
/// let options = Options { targets: vec!["main/*".to_owned()], ..Options::default() };
/// assert_eq!(options.parallel, 16);
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    /// Compare with recorded state alone, not with the cloud.
    pub offline: bool,
    /// Only these resources (URN, qualified name `main/node-1`, or a glob of either); empty: all. One that is to be
    /// created and needs another that does not exist yet is an error that names it.
    pub targets: Vec<String>,
    /// The most steps at a time.
    pub parallel: usize,
    /// Resources to replace although nothing differs (as in `targets`).
    pub replace: Vec<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options { offline: false, targets: Vec::new(), parallel: 16, replace: Vec::new() }
    }
}
