//! Typed builders from plugin schemas: the sources of crates like `kim-aws`.
//!
//! There is a module for each service (`aws:ec2:Volume` is in `ec2`). It has a handle and a builder
//! for each kind and each lookup, and a builder for each named object. The modules are marked so
//! that rustfmt skips them.
//!
//! [`reference()`] turns the same schemas into the pages of `docs/reference`.
//!
//! Invariant: the same schemas, in any order, give the same text.

mod names;
mod object;
mod property;
mod reference;
mod resource;
mod service;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kim_model::schema::Plugin;

pub use reference::reference;
use service::Service;

/// The error for schemas for which no builders can be generated.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum GenerateError {
    /// The name of a kind or lookup is not `<cloud>:<service>:<Name>`.
    #[error("'{0}' is not the name of a kind or lookup: write it like aws:ec2:Volume")]
    Name(String),
    /// Two items of a service would get the same Rust name.
    #[error(
        "'{first}' and '{second}' of the service '{service}' would both be named {name}; rename one in the plugin"
    )]
    Collision {
        /// The name of the service.
        service: String,
        /// The Rust name.
        name: String,
        /// The item that has the name already.
        first: String,
        /// The item that would also get it.
        second: String,
    },
}

/// Returns the files of a crate's `src`, by path: `lib.rs` and the modules.
///
/// # Errors
/// A name in a schema cannot become a Rust name, or two items would get the same one.
pub fn generate(plugins: &[Plugin]) -> Result<BTreeMap<PathBuf, String>, GenerateError> {
    let mut services: BTreeMap<String, Service> = BTreeMap::new();
    for plugin in plugins {
        for kind in &plugin.kinds {
            let (service, name) = split(&kind.name)?;
            services.entry(service).or_default().add_kind(name, kind, plugin);
        }
        for lookup in &plugin.lookups {
            let (service, name) = split(&lookup.name)?;
            services.entry(service).or_default().add_lookup(name, lookup, plugin);
        }
    }
    let mut files = BTreeMap::from([(PathBuf::from("lib.rs"), library(&services))]);
    for (module, service) in &services {
        files.insert(PathBuf::from(format!("{}.rs", names::module(module))), service.text(module)?);
    }
    Ok(files)
}

/// Returns messages about the files of a folder that are missing or different.
///
/// `files` are those of [`generate`].
pub fn stale(files: &BTreeMap<PathBuf, String>, folder: &Path) -> Vec<String> {
    files
        .iter()
        .filter_map(|(path, text)| {
            let path = folder.join(path);
            match std::fs::read_to_string(&path) {
                Ok(found) if found == *text => None,
                Ok(_) => Some(format!("{} differs from the plugins' schemas", path.display())),
                Err(error) => Some(format!("{}: {error}", path.display())),
            }
        })
        .collect()
}

/// Writes the files into a folder, which is created if it does not exist.
///
/// # Errors
/// The error of the file system, with the path.
pub fn write(files: &BTreeMap<PathBuf, String>, folder: &Path) -> Result<(), std::io::Error> {
    let named = |path: &Path| {
        let path = path.display().to_string();
        move |error: std::io::Error| std::io::Error::new(error.kind(), format!("{path}: {error}"))
    };
    std::fs::create_dir_all(folder).map_err(named(folder))?;
    for (path, text) in files {
        let path = folder.join(path);
        kim_files::write::replace(&path, text.as_bytes()).map_err(named(&path))?;
    }
    Ok(())
}

/// Splits `aws:ec2:Volume` into `ec2` and `Volume`.
fn split(name: &str) -> Result<(String, &str), GenerateError> {
    match name.split(':').collect::<Vec<_>>()[..] {
        [_, service, name] if !service.is_empty() && !name.is_empty() => {
            Ok((service.to_owned(), name))
        }
        _ => Err(GenerateError::Name(name.to_owned())),
    }
}

fn library(services: &BTreeMap<String, Service>) -> String {
    let mut text = String::from(
        "//! Typed builders for the resources and lookups of plugins. Generated from the plugins' schemas; do not edit.\n\
         //!\n\
         //! `Kind::new(name)` begins a builder, `.declare(stack)` declares the resource and \
         returns a handle whose methods are outputs.\n\
         //! The engine checks every property against the schema before anything is planned.\n\n\
         #![allow(rustdoc::broken_intra_doc_links, rustdoc::invalid_html_tags, rustdoc::bare_urls)]\n",
    );
    for module in services.keys() {
        text.push_str(&format!("\n#[rustfmt::skip]\npub mod {};\n", names::module(module)));
    }
    text
}
