//! End to end: the real binary, real components, real SQLite, real HTTP.

mod batching;
mod cluster;
mod cluster_settings;
mod conformance;
mod crash;
mod drift;
mod embedding;
mod errors_config;
mod errors_input;
mod errors_network;
mod errors_plugin;
mod errors_program;
mod errors_state;
mod errors_terminal;
mod faults;
mod guides;
mod interrupts;
mod local;
mod moto;
mod nat_gateway;
mod output;
mod permissions;
mod plugin;
mod real_database;
mod run_flags;
mod second_requests;
