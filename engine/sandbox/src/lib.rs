//! kim-sandbox.
mod aws;
mod cache;
mod client;
mod contract;
mod engine;
mod environment;
mod error;
mod http;
mod limits;
mod plugin;
mod program;
mod values;
mod wasi;

pub use aws::{Aws, AwsSettings, StaticCredentials};
pub use cache::Cache;
pub use client::Egress;
pub use engine::{Compiling, OnCompiling, Sandbox, Wasm};
pub use environment::Environment;
pub use error::LoadError;
pub use http::Http;
pub use limits::Limits;
pub use plugin::{Grants, LogLine, OnLog, PluginComponent, PluginOptions};
pub use program::ProgramComponent;
pub use wasi::Level;

#[cfg(test)]
mod tests;
