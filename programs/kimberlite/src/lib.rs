//! kimberlite.
