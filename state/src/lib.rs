//! kim-state.
