//! Builds and tests kim.
fn main() {}
