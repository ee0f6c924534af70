//! The macros of `kim`: `#[kim::program]`, `#[kim::config]` and `kim::json!`.
//!
//! Invariant: a macro does nothing that could not be written by hand.

mod config;
mod json;
mod program;

use proc_macro::TokenStream;

/// Makes a function the program of this component.
///
/// The function is like `fn deploy(stack: &Stack) -> Result<()>`. It stays callable, for tests and
/// for other programs.
///
/// A component has only one program. A crate that other programs also use as a library (for its
/// components) declares a feature, which they enable, and writes `#[kim::program(unless_feature =
/// "library")]`.
#[proc_macro_attribute]
pub fn program(arguments: TokenStream, item: TokenStream) -> TokenStream {
    program::expand(arguments.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes a struct or enum readable as configuration.
///
/// Derives `Deserialize`, `Debug` and `Clone`, and rejects unknown keys. serde's attributes work as
/// usual. The variants of an enum are written in kebab case unless `rename_all` or `untagged` says
/// otherwise.
#[proc_macro_attribute]
pub fn config(arguments: TokenStream, item: TokenStream) -> TokenStream {
    config::expand(arguments.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Returns a value written as JSON, with expressions at any depth.
///
/// An expression is a plain value, an output or a secret: `kim::json!({ "Effect": "Allow",
/// "Resource": key.arn(), "Action": ["kms:Encrypt", "kms:Decrypt"] })`.
#[proc_macro]
pub fn json(input: TokenStream) -> TokenStream {
    json::expand(input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
