//! End to end: the real binary, real components, real SQLite, real HTTP.

mod bad_input;
mod bad_plugin;
mod bad_program;
mod batching;
mod cluster;
mod conformance;
mod crash;
mod drift;
mod faults;
mod guides;
mod interrupts;
mod local;
mod moto;
mod output;
mod plugins;
mod variations;
