//! The engine's tests: a program in a small language, a cloud in memory, and what is expected. See
//! `fixture`.

// A test that cannot continue may panic; clippy's own exception covers only functions marked as
// tests. And nothing that is public here is visible outside.
#![allow(clippy::unwrap_used, unreachable_pub)]

mod applying;
mod commits;
mod contracts;
mod costs;
mod crash;
mod embedding;
mod fixture;
mod options;
mod planning;
mod random;
mod renames;
mod shape;
