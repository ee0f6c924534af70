//! The types that all crates of kim share: values, property paths, URNs, schemas, declarations and
//! typed failures.
//!
//! Invariants: nothing here does I/O, knows a cloud, or depends on more than serde and thiserror.
//! So guests (programs and plugins, compiled to WebAssembly) and the native engine share these
//! types.

pub mod bounds;
mod declare;
mod failure;
mod form;
pub mod json;
mod path;
mod remedy;
pub mod schema;
mod urn;
mod value;
pub mod wire;

pub use declare::{
    Alias, Declaration, Declarations, Estimate, Expr, Former, FormerParent, Log, LookupCall,
    Options, Source, Timeouts, Transform,
};
pub use failure::{Failure, without_error_numbers};
pub use form::Difference;
pub use path::{Path, PathError, Step};
pub use remedy::{Capability, Limit, Limited, Remedy};
pub use urn::{Urn, UrnError};
pub use value::{OutputId, Value};
