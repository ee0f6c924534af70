//! What the cloud was seen to hold.

use kim_model::Value;

use crate::ports::LiveState;

/// The live state of a recorded resource.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) enum Seen {
    /// It was not read.
    #[default]
    NotAsked,
    /// It does not exist.
    Gone,
    /// It exists.
    Here(LiveState),
}

impl Seen {
    /// Returns the live properties.
    pub(crate) fn properties(&self) -> Option<&Value> {
        match self {
            Seen::Here(live) => Some(&live.properties),
            _ => None,
        }
    }
}
