//! Generates typed builders from plugin schemas.
