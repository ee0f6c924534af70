//! The tests of this crate: real guests against a real server on loopback.
//!
//! The tests compile the guests to WebAssembly.

mod cache;
mod contract;
mod credentials;
mod guests;
mod loading;
mod network;
mod pace;
mod plugins;
mod programs;
mod requests;
mod server;
mod values;
