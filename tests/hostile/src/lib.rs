//! Hostile acts of programs, plugins and projects, each with what kim has to say to it.
//!
//! Invariants: an act names what is promised in `docs/sandbox.md`, and every promise is tried. An
//! act is played by the real binary with real components, in a folder of its own. What it starts
//! ends with it.

pub mod act;
pub mod page;
mod play;
mod plugin;
mod program;
mod project;
mod server;
mod stage;
mod watch;

pub use play::{Played, play};

/// Returns every act.
pub fn acts() -> Vec<act::Act> {
    [program::acts(), plugin::acts(), project::acts()].concat()
}
