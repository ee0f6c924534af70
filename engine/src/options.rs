//! The options of an operation.

use std::time::Duration;

#[cfg(doc)]
use crate::interrupt::Interrupt;

/// The options of an operation.
///
/// ```
/// use kim_engine::Options;
///
/// let options = Options { targets: vec!["main/*".to_owned()], ..Options::default() };
/// assert_eq!(options.parallel, 16);
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    /// Compares with recorded state alone and reads nothing from the cloud.
    pub offline: bool,
    /// The resources to change. Empty: all.
    ///
    /// Each is a URN, a qualified name (`main/node-1`) or a glob of either. A target that needs a
    /// resource which neither exists nor is a target is an error.
    pub targets: Vec<String>,
    /// The resources to leave alone, written as in `targets`. They are no targets.
    pub exclude: Vec<String>,
    /// The largest number of steps in flight at once.
    pub parallel: usize,
    /// The resources to replace although nothing differs, written as in `targets`.
    pub replace: Vec<String>,
    /// Carries out a plan that deletes a resource and creates one like it.
    ///
    /// That looks like a rename which the program does not declare. If false, an up is refused, and
    /// a preview warns: what the old resource holds would be lost.
    pub delete_renamed: bool,
    /// The time after which an operation is interrupted, from its call.
    ///
    /// `None`: no limit. It covers the planning too, which ends at once. [`Interrupt::GRACE`] later
    /// the operation is interrupted a second time: calls that are still in flight are left to the
    /// next run.
    pub deadline: Option<Duration>,
    /// The longest time of a create, an update or a delete, from the start of its step.
    ///
    /// It covers all waiting. A step that waits for longer fails, and the next run goes on with it.
    /// The timeouts of a resource come first.
    pub step_timeout: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            offline: false,
            targets: Vec::new(),
            exclude: Vec::new(),
            parallel: 16,
            replace: Vec::new(),
            delete_renamed: false,
            deadline: None,
            step_timeout: kim_model::bounds::STEP.time(),
        }
    }
}
