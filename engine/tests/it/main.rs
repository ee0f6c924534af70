//! The engine's tests, all through one small language: a program in a few lines, a cloud in memory, and what is
//! expected. See `fixture`.

// A test that cannot go on may panic; clippy's own exception covers only functions marked as tests. And
// nobody outside sees what is public here.
#![allow(clippy::unwrap_used, unreachable_pub)]

mod applying;
mod commits;
mod contracts;
mod costs;
mod crash;
mod disk;
mod embedding;
mod fixture;
mod planning;
mod random;
mod shape;
