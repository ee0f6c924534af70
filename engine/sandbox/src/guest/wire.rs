//! Values across the boundary to a guest, within the host's limits.

use kim_model::wire::{self, Limits, Size, Wire, WireError};
use kim_model::{Value, bounds};

use super::log::shortened;

/// The bounds of a value that a guest passes.
pub(crate) const LIMITS: Limits = Limits {
    nodes: bounds::VALUE_NODES.most(),
    depth: bounds::VALUE_LEVELS.most(),
    bytes: bounds::VALUE_BYTES.most(),
};

/// Builds the value that a guest passed, and returns it with its size.
///
/// # Errors
/// As for [`wire::lift`] with [`LIMITS`]. The message is for the guest's author.
pub(crate) fn lift(value: impl Wire) -> Result<(Value, Size), String> {
    wire::lift(value, &LIMITS).map_err(|error| match error {
        WireError::DuplicateKey(key) => WireError::DuplicateKey(shortened(key)).to_string(),
        error => error.to_string(),
    })
}
