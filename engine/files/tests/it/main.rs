//! Files and folders as other users leave them.
#![cfg(unix)]

mod owner;
mod read;
mod write;
