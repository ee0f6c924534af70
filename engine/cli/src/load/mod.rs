//! What a run is made of: the sandbox, the program, the plugins, and the way to AWS (or to the local one).

mod aws;
pub mod cargo;
pub mod installed;
pub mod lock;
mod plugins;
mod program;
mod sandbox;
pub mod sdk;

pub(crate) use aws::{Outside, world};
pub(crate) use plugins::{plugin_wasm, plugins, schema};
pub(crate) use program::{program, program_file};
pub(crate) use sandbox::{Sink, sandbox};
