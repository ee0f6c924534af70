//! `#[derive(Resource)]` and `#[derive(Object)]`: from a struct with doc comments and `#[kim(…)]` to a schema, and to the
//! code that reads it from values and writes it.
//!
//! Invariant: a mistake in an attribute is a compile error at that attribute.

mod attributes;
mod expand;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct with named fields an object type.
///
/// Attributes of fields, `#[kim(…)]`: `required`, `computed`, `input` (with `computed`), `immutable`, `volatile` (with
/// `computed`), `secret`, `write_only`, `set`, `ignore_case`, `json`, `default = …`, `range = a..=b` (numbers),
/// `len = a..=b` (texts, lists, maps), `one_of("a", "b")`, `pattern = "…"`, `name = "…"`. What limits texts and numbers
/// applies to the items of a list or map; `len` and `set` to the list itself.
#[proc_macro_derive(Object, attributes(kim))]
pub fn derive_object(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::object(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a struct with named fields a kind of resource: [`macro@Object`], and `#[kim(kind = "…", id = "…")]` on the struct,
/// with `read_batch = n` (default 100), `delete_before_replace`, `priced` where `Kind::price` is written (else it is
/// never asked), and `ready` where what `Kind::create` answers is complete (`Kind::settle` is never asked then).
#[proc_macro_derive(Resource, attributes(kim))]
pub fn derive_resource(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::resource(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
