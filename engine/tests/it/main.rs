//! The engine's tests: a program in a small language, a cloud in memory, and what is expected. See
//! `fixture`.

// A test that cannot continue may panic; clippy's own exception covers only functions marked as
// tests. And nothing that is public here is visible outside.
#![allow(clippy::unwrap_used, unreachable_pub)]

mod applying;
mod budgets;
mod commits;
mod comparing;
mod contracts;
mod costs;
mod crash;
mod early;
mod embedding;
mod fixture;
mod forms;
mod guards;
mod holders;
mod interrupts;
mod invalid_state;
mod keys;
mod late_creates;
mod options;
mod outputs;
mod patience;
mod permissions;
mod planning;
mod plugins;
mod random;
mod removals;
mod renames;
mod replacing;
mod rules;
mod shape;
mod targets;
mod told;
mod undeclared_renames;
mod waits;
mod words;
