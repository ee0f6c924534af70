//! What a cloud was seen to hold.

use kim_model::Value;

use crate::ports::LiveState;

/// The live state of a recorded resource.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) enum Observed {
    /// It was not read.
    #[default]
    NotRead,
    /// It does not exist.
    Missing,
    /// It exists.
    Present(LiveState),
}

impl Observed {
    /// Returns the live properties.
    pub(crate) fn properties(&self) -> Option<&Value> {
        match self {
            Observed::Present(live) => Some(&live.properties),
            _ => None,
        }
    }
}
