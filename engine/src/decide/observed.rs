//! What the cloud was seen to hold.

use kim_model::Value;

use crate::ports::LiveState;

/// What the cloud said about a recorded resource.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) enum Seen {
    /// It was not asked.
    #[default]
    NotAsked,
    /// It is gone.
    Gone,
    /// It is there.
    Here(LiveState),
}

impl Seen {
    /// The properties that it told.
    pub(crate) fn properties(&self) -> Option<&Value> {
        match self {
            Seen::Here(live) => Some(&live.properties),
            _ => None,
        }
    }
}
