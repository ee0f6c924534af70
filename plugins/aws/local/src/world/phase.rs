//! States that change by themselves.
//!
//! A phase says what something is now, and what it becomes at a due time.

use serde::{Deserialize, Serialize};

/// A state and, while a transition runs, the state after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<(String, i64)>,
}

impl Phase {
    /// Returns a state that stays.
    pub fn steady(state: &str) -> Phase {
        Phase { state: state.to_owned(), next: None }
    }

    /// Returns `state` until `due` (milliseconds since 1970), and `next` from then on.
    pub fn moving(state: &str, next: &str, due: i64) -> Phase {
        Phase { state: state.to_owned(), next: Some((next.to_owned(), due)) }
    }

    /// Returns the state at a time.
    pub fn at(&self, now: i64) -> &str {
        match &self.next {
            Some((next, due)) if *due <= now => next,
            _ => &self.state,
        }
    }

    /// Returns when the transition ends, if there is one.
    pub fn due(&self) -> Option<i64> {
        self.next.as_ref().map(|(_, due)| *due)
    }
}
