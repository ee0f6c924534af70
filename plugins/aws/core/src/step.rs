//! One changing request a call: what else has to change waits for the next call.
//!
//! Invariant: a failure of the only changing request of a call holds for the whole call. So what it
//! says of what happened is true.

use kim_plugin::{Deletion, Progress, State};

/// The longest pause before the next change, in milliseconds.
const NEXT_MS: u32 = 500;

/// What the operation waits for between two changes.
const STATUS: &str = "making the next change";

/// The changing requests of one call of `settle` or `update`.
///
/// ```
/// use kim_plugin_aws::Step;
///
/// let mut step = Step::default();
/// assert!(step.begins(), "the first change is made");
/// assert!(!step.begins(), "the second waits for the next call");
/// ```
#[derive(Debug, Default)]
pub struct Step {
    begun: bool,
    left: bool,
}

impl Step {
    /// Returns true if a change that is due may be made in this call.
    ///
    /// That is the first one. Ask only if the change is due.
    pub fn begins(&mut self) -> bool {
        let is_first = !self.begun;
        self.begun = true;
        self.left |= !is_first;
        is_first
    }

    /// Returns the progress if a change is left to the next call.
    pub fn next<K>(&self) -> Option<Progress<K>> {
        self.left.then(|| Progress::again(NEXT_MS, STATUS))
    }

    /// Returns the progress of the operation: done once no change is left.
    ///
    /// `state` is the resource with all of its changes.
    pub fn progress<K>(&self, state: State<K>) -> Progress<K> {
        self.next().unwrap_or(Progress::Done(state))
    }
}

/// Returns the progress of a delete that has made one of its requests.
pub fn next_of_delete() -> Deletion {
    Deletion::again(NEXT_MS, STATUS)
}
