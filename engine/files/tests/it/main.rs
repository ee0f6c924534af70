//! Files and folders as other users leave them.

// A test that cannot go on may panic; clippy's own exception covers only functions marked as tests.
#![allow(clippy::unwrap_used)]
#![cfg(unix)]

mod owner;
mod read;
mod write;
