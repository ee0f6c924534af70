//! Files and folders among those of other users: whose they are, how they are read and written.
//!
//! - [`owner`]: rejects a folder or a file that another user could exchange.
//! - [`read`]: reads a file that is regular, this user's, and no larger than a bound.
//! - [`write`](mod@write): writes a file beside its place, under a random name, and renames it.
//!
//! Invariants: nothing is written through a link. Every file that kim writes, except those of
//! SQLite, is written here. On systems that are not Unix, owners and modes are not looked at.

pub mod owner;
pub mod read;
pub mod write;
