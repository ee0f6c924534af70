//! The SDK of kim plugins.
//!
//! A struct is the schema of a kind, and its `impl Kind` is the behaviour.
//!
//! ```
//! use kim_plugin::prelude::*;
//! use std::collections::BTreeMap;
//!
//! /// A page in a wiki.
//! #[derive(Clone, Debug, Resource)]
//! #[kim(kind = "wiki:Page", id = "page_id")]
//! pub struct Page {
//!     /// What it is called.
//!     #[kim(immutable, len = 1..=100)]
//!     pub title: String,
//!     /// Words to find it by.
//!     pub labels: BTreeMap<String, String>,
//!     /// The wiki's number for it.
//!     #[kim(computed)]
//!     pub page_id: String,
//! }
//!
//! impl Kind for Page {
//!     async fn create(inputs: Page, token: &str) -> Result<State<Page>, Failure> {
//!         Err(Failure::Other(format!("no wiki to create {} in ({token})", inputs.title)))
//!     }
//!     async fn read(pages: Vec<Live<Page>>) -> Result<Vec<Option<State<Page>>>, Failure> {
//!         Ok(pages.into_iter().map(|_| None).collect())
//!     }
//!     async fn delete(_id: &str, _page: Page) -> Result<Deletion, Failure> {
//!         Ok(Deletion::Gone)
//!     }
//!     async fn find(_token: &str, _inputs: Page) -> Result<Option<State<Page>>, Failure> {
//!         Ok(None)
//!     }
//! }
//!
//! kim_plugin::export! { name: "wiki", docs: "Pages of a wiki.", kinds: [Page] }
//! # fn main() {}
//! ```
//!
//! On `wasm32`, [`export!`] makes the crate a component. In a native build it defines a function
//! `plugin()`, whose [`Plugin`] a test calls directly, with [`testing::with_host`] in place of the
//! host.
//!
//! Invariants: every call runs in an instance of its own and keeps nothing. Nothing waits inside a
//! plugin: an operation that is not finished returns [`Progress::Again`]. A plugin holds no
//! credential and names no host for AWS.

pub mod aws;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod component;
mod export;
mod field;
pub mod host;
pub mod http;
mod inputs;
mod kind;
mod lookup;
mod plugin;
mod run;
pub mod testing;
mod types;

pub use field::{Bytes, Field, Object, Reading};
pub use inputs::{Input, Inputs};
pub use kim_model::{self as model, Failure, Path, Value, schema};
pub use kim_plugin_derive::{Object, Resource};
pub use kind::{Deletion, Kind, Live, Price, Progress, Resource, State, Violation};
pub use lookup::Lookup;
pub use plugin::{LiveState, Plugin, ProgressState, RecordedState};
pub use run::run;

/// The imports of a plugin's modules.
pub mod prelude {
    pub use crate::Input::{self, Absent, Known, Unknown};
    pub use crate::{
        Bytes, Deletion, Failure, Field, Inputs, Kind, Live, Lookup, Object, Path, Price, Progress,
        Resource, State, Value, Violation,
    };
}

/// The items that only generated code uses.
#[doc(hidden)]
pub mod derived {
    pub use crate::field::{key, limit, read};
    pub use kim_model::schema::{Form, Kind, Object, Property, Type};
}
