//! kim-macros.
