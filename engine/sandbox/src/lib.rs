//! Runs programs and plugins (WebAssembly components) as the engine's ports.
//!
//! This is the only crate that uses wasmtime. A guest (a program or a plugin) reaches the network
//! only through it.
//!
//! ```text
//!   the engine's port Program                  the engine's port Provider
//!       │ run, transform                           │ create, read, update, delete, …
//!       ▼                                          ▼
//!   program/component                          plugin/provider: a fresh instance a call
//!       │                                          │
//!   ════╪═══ guest: memory, time, closed WASI ═════╪═════════════════════════════════════════════
//!       ▼                                          ▼
//!   program.wasm                               plugin.wasm: no socket, no file, no credential
//!       │ register, look-up, export                │ aws.send, http.send
//!   ════╪══════════════════════════════════════════╪═════════════════════════════════════════════
//!       ▼                                          ▼
//!   program/host: only values and numbers      plugin/host ── permissions: what the schema asks
//!                                                  │          for and the project grants
//!                                           ┌──────┴───────┐
//!                                           ▼              ▼
//!         endpoint, credentials, sign,    aws          net/http: hosts that are not AWS
//!         limiter, retry                    │              │
//!                                           └──────┬───────┘
//!                                                  ▼
//!                                              net/client: TLS, proxy, bounds ──▶ the network
//! ```
//!
//! - [`Sandbox`] compiles components, each once per machine if it has a [`Cache`].
//! - [`ProgramComponent`] is a program. It is hermetic: the same input always gives the same
//!   declarations.
//! - [`PluginComponent`] is a plugin. It holds no credentials and picks no AWS endpoint. It asks
//!   the host to send a request to a service or host that its schema names and its [`Grants`] have.
//!   [`Aws`] picks endpoint and region, signs, limits the rate, retries and sends. [`Http`] sends
//!   requests to other hosts.
//! - [`Limits`] bound the memory and the time of both. The bounds also hold while a guest waits.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use kim_engine::{Interrupt, Options, Stack};
//! use kim_sandbox::*;
//!
//! let environment = Environment::of_process();
//! let sandbox = Sandbox::open(&environment, Arc::new(()))?;
//! let aws = Aws::new(AwsSettings::default(), environment.clone());
//! // Nothing is granted that is not written.
//! let grants = Grants::Only { aws: vec!["ec2".to_owned()], http: vec![] };
//! let options = PluginOptions::new(aws, Http::new(&environment), Arc::new(()));
//! let options = PluginOptions { grants, ..options };
//! let stack = Stack::new("shop", "dev")
//!     .with_program(sandbox.program("deploy.wasm".as_ref()).await?)
//!     .with_provider(sandbox.plugin("aws-ec2.wasm".as_ref(), options).await?)
//!     .open()
//!     .await?;
//! println!("{:?}", stack.preview(&Options::default(), Interrupt::default()).await?.summary());
//! # Ok(())
//! # }
//! ```
//!
//! Each module uses only those before it: `error`, `environment`, `guest` (what programs and
//! plugins share), `net` (requests), `compile` (from a component to compiled code), `aws`,
//! `program`, `plugin`, `embed` (constructors with default settings).
//!
//! `examples/embed.rs` is a complete program. `docs/embedding.md` explains it.
//!
//! Invariants:
//! - Apart from closed WASI, guests call the host only through `program/host.rs` and
//!   `plugin/host.rs`.
//! - Every call into a guest ends within its limits. A call that is stopped returns a typed failure
//!   with a message.
//! - Nothing here reads the process's environment unless the embedder asks for it
//!   ([`Environment::of_process`]).

mod aws;
mod compile;
mod embed;
mod environment;
mod error;
mod guest;
mod net;
mod plugin;
mod program;

#[doc(hidden)]
pub use aws::read_answer;
pub use aws::{Aws, AwsSettings, OnNews, OnSecret, StaticCredentials};
pub use compile::cache::Cache;
pub use compile::sandbox::{Compiling, OnCompiling, Sandbox};
pub use compile::wasm::Wasm;
pub use environment::Environment;
pub use error::LoadError;
pub use guest::limits::Limits;
pub use guest::log::Level;
pub use net::faults::{Delivery, Faults, Late};
pub use net::http::Http;
pub use net::message::SendError;
pub use plugin::component::{PluginComponent, PluginOptions};
pub use plugin::permissions::Grants;
pub use plugin::shared::{LogLine, OnLog};
pub use program::component::ProgramComponent;

#[cfg(test)]
mod tests;
