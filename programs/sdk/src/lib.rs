//! kim.
