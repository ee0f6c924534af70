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
//! use kim_engine::{Options, Stack};
//! use kim_sandbox::*;
//!
//! let environment = Environment::of_process();
//! let sandbox = Sandbox::open(&environment, Arc::new(()))?;
//! let (aws, http) = (Aws::new(AwsSettings::default(), environment.clone()), Http::new(&environment));
//! let stack = Stack::new("shop", "dev")
//!     .with_program(sandbox.program("deploy.wasm".as_ref()).await?)
//!     .with_provider(sandbox.plugin("aws-ec2.wasm".as_ref(), PluginOptions::new(aws, http, Arc::new(()))).await?)
//!     .open()
//!     .await?;
//! println!("{:?}", stack.preview(&Options::default()).await?.summary());
//! # Ok(())
//! # }
//! ```
//!
//! Inside, each of these uses only those before it: `error`, `environment`, `guest` (what is true of programs and of
//! plugins), `net` (requests), `compile` (from a component to compiled code), `aws`, `program`, `plugin`, `embed` (the
//! short way in).
//!
//! `examples/embed.rs` is a whole program, and `docs/embedding.md` explains it.
//!
//! Invariants: guests meet the world through `program/host.rs` and `plugin/host.rs` alone; every call of a guest ends
//! within its limits, with a typed failure in words; the environment of the process is read only by who embeds this
//! crate ([`Environment`]).

mod aws;
mod compile;
mod embed;
mod environment;
mod error;
mod guest;
mod net;
mod plugin;
mod program;

pub use aws::{Aws, AwsSettings, OnNews, StaticCredentials};
pub use compile::cache::Cache;
pub use compile::sandbox::{Compiling, OnCompiling, Sandbox};
pub use compile::wasm::Wasm;
pub use environment::Environment;
pub use error::LoadError;
pub use guest::limits::Limits;
pub use guest::log::Level;
pub use net::faults::{Fate, Faults};
pub use net::http::Http;
pub use net::message::Egress;
pub use plugin::component::{PluginComponent, PluginOptions};
pub use plugin::permissions::Grants;
pub use plugin::shared::{LogLine, OnLog};
pub use program::component::ProgramComponent;

#[cfg(test)]
mod tests;
