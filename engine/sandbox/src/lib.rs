//! The sandbox: runs deployment programs and provider plugins, WebAssembly components, as the engine's ports.
//!
//! The only crate that knows wasmtime, and the only one through which anything of a guest reaches the network.
//!
//! - [`Sandbox`] compiles components, once on a machine ([`Cache`]).
//! - [`ProgramComponent`] is a program: hermetic, so the same input always gives the same declarations.
//! - [`PluginComponent`] is a plugin: it holds no credential and picks no host. It asks the host to send a request to
//!   a service that its schema names; [`Aws`] picks endpoint and region, signs, limits, repeats and sends, [`Http`]
//!   does so for other hosts.
//! - [`Limits`] bound memory and time of both, also while a guest waits.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use kim_sandbox::*;
//!
//! let environment = Environment::of_process();
//! let folder = Cache::default_folder(|name| environment.get(name).map(str::to_owned)).ok_or("no home")?;
//! let sandbox = Sandbox::new(Some(Cache::open(folder)?), Arc::new(|event| println!("{event:?}")))?;
//! let program = ProgramComponent::load(&sandbox, &Wasm::read("deploy.wasm".as_ref())?, Limits::program()).await?;
//! let plugin = PluginComponent::load(&sandbox, &Wasm::read("aws-ec2.wasm".as_ref())?, PluginOptions {
//!     limits: Limits::plugin(),
//!     grants: Grants::AsAsked,
//!     config: kim_model::Value::map(),
//!     aws: Aws::new(AwsSettings::default(), environment.clone()),
//!     http: Http::new(&environment),
//!     on_log: Arc::new(|line| println!("{}: {}", line.plugin, line.message)),
//! })
//! .await?;
//! # Ok(())
//! # }
//! ```
//!
//! Invariants: guests meet the world through `program/host.rs` and `plugin/host.rs` alone; every call of a guest ends
//! within its limits, with a typed failure in words; the environment of the process is read only by who embeds this
//! crate ([`Environment`]).

mod aws;
mod cache;
mod client;
mod contract;
mod engine;
mod environment;
mod error;
mod faults;
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
pub use faults::{Fate, Faults};
pub use http::Http;
pub use limits::Limits;
pub use plugin::{Grants, LogLine, OnLog, PluginComponent, PluginOptions};
pub use program::ProgramComponent;
pub use wasi::Level;

#[cfg(test)]
mod tests;
