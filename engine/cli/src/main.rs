//! kim.
fn main() {}
