//! The plugin for AWS Key Management Service: keys and their aliases.
//!
//! Invariants: a key is never deleted at once (AWS has no such call). No operation waits. Each
//! reads the cloud first.

mod alias;
#[cfg(target_arch = "wasm32")]
mod cloud;
mod key;
mod lockout;

pub use alias::Alias;
pub use key::Key;

kim_plugin::export! {
    name: "aws-kms",
    docs: "AWS Key Management Service: keys and aliases.",
    aws: ["kms"],
    kinds: [Key, Alias],
}
