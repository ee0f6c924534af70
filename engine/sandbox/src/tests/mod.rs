//! The tests of this crate: real guests, compiled to WebAssembly by the tests, against a real server on loopback.

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
