//! Hostile acts of programs, plugins and projects, each with what kim says to it.

pub mod page;
