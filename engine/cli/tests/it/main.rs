//! The command line without wasm: flags and help, projects and their errors, settings, editing, and what is shown.

mod config_file;
mod costs;
mod environment;
mod flags;
mod new;
mod plans;
mod plugins;
mod progress;
mod project;
mod reference;
