//! `#[derive(Resource)]` and `#[derive(Object)]`: from a struct with doc comments and `#[kim(…)]`
//! to a schema, and to the code that reads it from values and writes it.
//!
//! Invariant: a mistake in an attribute is a compile error at that attribute.

mod attributes;
mod expand;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct with named fields an object type.
///
/// Attributes of fields, `#[kim(…)]`: `required`, `computed`, `input` (with `computed`),
/// `immutable`, `volatile` (with `computed`), `secret`, `write_only`, `set`, `ignore_case`, `json`,
/// `default = …`, `range = a..=b` (numbers), `len = a..=b` (texts, lists, maps), `one_of("a",
/// "b")`, `pattern = "…"`, `name = "…"`. Bounds are inclusive.
///
/// What the engine plans with:
///
/// - `form = "…"`: spellings that mean the same count as equal. The forms are `policy`, `cidr`,
///   `public_key`, `protocol` and `arn`.
/// - `holds = "aws:ec2:Vpc"` (a text, the id of a resource of one of these kinds): the cloud
///   refuses to delete that resource while this one refers to it.
/// - `pins = "aws:ec2:InternetGateway.vpc_id"`: while it is set, the cloud refuses to change that
///   property of a resource on which this one depends, and to delete that resource.
/// - `guard` (a bool): the cloud refuses a delete while it is true.
/// - `grows` (a number): it can only become larger.
///
/// Limits of texts and numbers apply to the items of a list or map; `len` and `set` apply to the
/// list or map itself.
#[proc_macro_derive(Object, attributes(kim))]
pub fn derive_object(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::object(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a struct with named fields a kind of resource.
///
/// The fields take the attributes of [`macro@Object`]. The struct takes `#[kim(kind = "…", id =
/// "…")]`, and optionally:
///
/// - `read_batch = n`: the maximum number of resources in one call of `Kind::read`, by default 100.
/// - `delete_before_replace`: a replacement deletes the old resource first, whatever it keeps.
/// - `priced`: `Kind::price` is implemented. Without it, `Kind::price` is never called.
/// - `ready`: what `Kind::create` returns is complete, so `Kind::settle` is never called.
/// - `tokenless`: the cloud takes no token for a create and refuses no duplicate, so a repeated
///   `Kind::create` may create a second resource.
/// - `unique = "vpc_id, name"`: no two resources have the same values of these inputs. So a
///   replacement that keeps them deletes the old resource first. It may be written several times.
#[proc_macro_derive(Resource, attributes(kim))]
pub fn derive_resource(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::resource(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
