//! Typed builders from plugin schemas: the source of crates like `kim-aws`.
//!
//! A module a service (`aws:ec2:Volume` goes to `ec2`), in it for each kind a handle and a builder, for each lookup the
//! same, for each named object a builder. The text is final: its modules are marked to be left alone by rustfmt.
//!
//! [`reference()`] is the same schemas for people: what `docs/reference` is made of.
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

/// Why no builders can be written for a schema.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum GenerateError {
    /// A kind or lookup is not named `<cloud>:<service>:<Name>`.
    #[error("'{0}' is no name of a kind or lookup: write it like aws:ec2:Volume")]
    Name(String),
    /// Two things of one service would get the same Rust name.
    #[error(
        "'{first}' and '{second}' of the service '{service}' would both be called {name}; rename one in the plugin"
    )]
    Collision {
        /// The module.
        service: String,
        /// The Rust name.
        name: String,
        /// What has the name already.
        first: String,
        /// What would get it as well.
        second: String,
    },
}

/// The files of a crate's `src`, by path: `lib.rs` and a module a service.
///
/// # Errors
/// A name in a schema that cannot become a Rust name, or is there twice.
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

/// Whether the files of a folder are what [`generate`] gives, as messages: what is missing or different.
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

/// Writes the files into a folder.
///
/// # Errors
/// What the file system says, with the path.
pub fn write(files: &BTreeMap<PathBuf, String>, folder: &Path) -> Result<(), std::io::Error> {
    let named = |path: &Path| {
        let path = path.display().to_string();
        move |error: std::io::Error| std::io::Error::new(error.kind(), format!("{path}: {error}"))
    };
    std::fs::create_dir_all(folder).map_err(named(folder))?;
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::write(&path, text).map_err(named(&path))?;
    }
    Ok(())
}

/// `aws:ec2:Volume` as `ec2` and `Volume`.
fn split(name: &str) -> Result<(String, &str), GenerateError> {
    match name.split(':').collect::<Vec<_>>()[..] {
        [_, service, name] if !service.is_empty() && !name.is_empty() => Ok((service.to_owned(), name)),
        _ => Err(GenerateError::Name(name.to_owned())),
    }
}

fn library(services: &BTreeMap<String, Service>) -> String {
    let mut text = String::from(
        "//! Typed builders for the resources and lookups of plugins. Generated from the plugins' schemas; do not edit.\n\
         //!\n\
         //! `Kind::new(name)` begins a builder, `.declare(stack)` declares it and gives a handle whose methods are outputs.\n\
         //! The engine checks every property against the schema before anything is planned.\n\n\
         #![allow(rustdoc::broken_intra_doc_links, rustdoc::invalid_html_tags, rustdoc::bare_urls)]\n",
    );
    for module in services.keys() {
        text.push_str(&format!("\n#[rustfmt::skip]\npub mod {};\n", names::module(module)));
    }
    text
}
