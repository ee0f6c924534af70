//! What the SDK promises, natively.

mod config;
mod graph;
