//! Typed builders for the resources and lookups of plugins. Generated from the plugins' schemas; do not edit.
//!
//! `Kind::new(name)` begins a builder, `.declare(stack)` declares the resource and returns a handle whose methods are outputs.
//! The engine checks every property against the schema before anything is planned.

#![allow(rustdoc::broken_intra_doc_links, rustdoc::invalid_html_tags, rustdoc::bare_urls)]

#[rustfmt::skip]
pub mod dlm;

#[rustfmt::skip]
pub mod ec2;

#[rustfmt::skip]
pub mod iam;

#[rustfmt::skip]
pub mod kms;
