//! The parts of a run.
//!
//! These are the sandbox, the program, the plugins, and the access to AWS (or to the local AWS).

mod aws;
pub mod cargo;
pub mod grants;
pub mod installed;
mod loader;
pub mod lock;
mod plugins;
mod program;
pub mod sdk;

pub(crate) use aws::{CloudAccess, local_world_file};
pub(crate) use loader::Loader;
pub(crate) use program::program_file;
