//! The parts of a run: the sandbox, the program, the plugins, and the access to AWS (or to the local AWS).

mod aws;
pub mod cargo;
pub mod installed;
pub mod lock;
mod plugins;
mod program;
mod sandbox;
pub mod sdk;

pub(crate) use aws::{CloudAccess, local_world_file};
pub(crate) use plugins::{plugin_wasm, plugins, schema};
pub(crate) use program::{program, program_file};
pub(crate) use sandbox::{Sink, sandbox};
