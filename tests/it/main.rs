//! End to end: the real binary, real components, real SQLite, real HTTP.

mod bad_config;
mod bad_input;
mod bad_network;
mod bad_plugin;
mod bad_program;
mod bad_state;
mod bad_terminal;
mod batching;
mod cluster;
mod conformance;
mod crash;
mod drift;
mod embedding;
mod faults;
mod guides;
mod interrupts;
mod local;
mod moto;
mod nat_gateway;
mod output;
mod plugins;
mod real_database;
mod variations;
