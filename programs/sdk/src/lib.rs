//! Deployment programs for kim: declare resources, connect them by outputs, export results.
//!
//! ```
//! use kim::prelude::*;
//!
//! #[kim::config]
//! struct Config {
//!     zones: Vec<String>,
//! }
//!
//! #[kim::program]
//! fn deploy(stack: &Stack) -> Result<()> {
//!     let config: Config = stack.config()?;
//!     let vpc = Resource::new("aws:ec2:Vpc", "main")
//!         .input("cidr_block", "10.0.0.0/16")
//!         .declare(stack);
//!     for (i, zone) in config.zones.iter().enumerate() {
//!         Resource::new("aws:ec2:Subnet", format!("node-{zone}"))
//!             .input("vpc_id", vpc.get::<String>("vpc_id"))
//!             .input("cidr_block", format!("10.0.{i}.0/24"))
//!             .declare(stack);
//!     }
//!     stack.export("vpc", vpc.get::<String>("vpc_id"));
//!     Ok(())
//! }
//! # fn main() -> Result<()> {
//! let run = kim::testing::run(deploy, kim::json!({ "config": { "zones": ["a", "b"] } }))?;
//! assert_eq!(run.declarations.resources.len(), 3);
//! # Ok(())
//! # }
//! ```
//!
//! A program sees its settings and can call the engine, nothing else. It runs to its end before
//! anything is planned. So an [`Output`] never holds a value to wait for: it is a promise, which
//! other resources take as an input and from which [`Output::map`] derives another output.
//!
//! Invariants: only `host` knows whether the program runs as a component (through the WIT bindings)
//! or natively (in [`testing`]). All other code is the same for both.

mod children;
mod component;
mod config;
mod error;
mod estimate;
mod host;
mod input;
mod options;
mod output;
mod resource;
mod secret;
mod stack;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
mod transforms;

pub use component::Component;
pub use config::{ConfigError, from_value};
pub use error::{Error, Result};
pub use estimate::Estimate;
pub use input::{Input, IntoValue};
pub use kim_macros::{config, json, program};
pub use kim_model::{OutputId, Path, Value};
pub use options::{Former, Options};
pub use output::Output;
pub use resource::{Declared, Dependency, Lookup, Object, Resource};
pub use secret::Secret;
pub use stack::{Level, Stack};
pub use {serde, serde_json};

/// A value of any shape, for [`Output::map`] and for config fields of an open type.
pub type Any = serde_json::Value;

/// The imports that nearly every program needs: `use kim::prelude::*`.
pub mod prelude {
    pub use crate::{
        Component, Dependency, Estimate, Input, Output, Resource, Result, Secret, Stack,
    };
}

/// Joins texts, numbers and outputs to one `Output<String>`.
///
/// Write it as `concat!("arn:…:", account, ":", name)`. It needs no closure, so the engine computes
/// it without a call into the program.
///
/// ```
/// # use kim::prelude::*;
/// # fn deploy(stack: &Stack) -> Result<()> {
/// let page = Resource::new("wiki:main:Page", "home").input("title", "Home").declare(stack);
/// let title = page.get::<String>("title");
/// stack.export("url", kim::concat!("https://wiki.example.com/", title, "?v=", 2));
/// # Ok(())
/// # }
/// # let run = kim::testing::run(deploy, kim::json!({})).unwrap();
/// # let resolved = run.resolve(|question, inputs| question.echo(inputs)).unwrap();
/// # assert_eq!(resolved.exports["url"], kim::Value::from("https://wiki.example.com/Home?v=2"));
/// ```
#[macro_export]
macro_rules! concat {
    ($($part:expr),+ $(,)?) => {
        $crate::Output::<::std::string::String>::concat([$($crate::IntoValue::into_value($part)),+])
    };
}

/// Returns from the function with an [`Error`] of a formatted text.
#[macro_export]
macro_rules! bail {
    ($($message:tt)+) => {
        return ::std::result::Result::Err($crate::Error::new(::std::format!($($message)+)))
    };
}

/// Returns from the function with an [`Error`] if a condition is false.
///
/// The error's message is a formatted text.
///
/// ```
/// fn nodes(count: u32) -> kim::Result<u32> {
///     kim::ensure!(count % 2 == 1, "{count} nodes have no majority: take an odd number");
///     Ok(count)
/// }
/// assert!(nodes(3).is_ok());
/// assert_eq!(nodes(4).unwrap_err().to_string(), "4 nodes have no majority: take an odd number");
/// ```
#[macro_export]
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            $crate::bail!($($message)+);
        }
    };
}

/// Exports the functions of the component; `#[kim::program]` expands to it.
///
/// A native build exports nothing.
#[doc(hidden)]
#[cfg(not(target_family = "wasm"))]
#[macro_export]
macro_rules! __export {
    ($deploy:path) => {};
}

#[doc(hidden)]
#[cfg(target_family = "wasm")]
#[macro_export]
macro_rules! __export {
    ($deploy:path) => {
        const _: () = {
            struct Program;
            impl $crate::__component::Guest for Program {
                fn run() -> ::std::result::Result<(), ::std::string::String> {
                    $crate::__component::run($deploy)
                }
                fn transform(
                    callback: u32,
                    arguments: ::std::vec::Vec<$crate::__component::Nodes>,
                ) -> ::std::result::Result<$crate::__component::Nodes, ::std::string::String> {
                    $crate::__component::transform(callback, arguments)
                }
            }
    $crate::__component::bindings::export!(Program with_types_in $crate::__component::bindings);
        };
    };
}

#[doc(hidden)]
#[cfg(target_family = "wasm")]
pub use host::component as __component;
