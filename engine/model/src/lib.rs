//! kim-model.
