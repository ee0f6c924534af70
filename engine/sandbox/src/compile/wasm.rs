//! A component before it is compiled: its name, its digest, and where its octets are.
//!
//! Invariant: octets that are read late are still those of the digest, or refused.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::cache;
use crate::error::LoadError;

/// A component, with its name for messages and its digest.
#[derive(Clone)]
pub struct Wasm {
    /// `aws-ec2` for `…/aws-ec2.wasm`.
    pub(super) name: String,
    /// SHA-256.
    pub(super) digest: [u8; 32],
    pub(super) source: Source,
}

/// Where a component's octets are.
#[derive(Clone)]
pub(super) enum Source {
    Memory(Arc<[u8]>),
    /// Not read yet: most often what was compiled of it earlier is all that is needed.
    File(PathBuf),
}

impl Wasm {
    /// Reads a file. Its name without the extension names the component in messages.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(path: &Path) -> Result<Wasm, LoadError> {
        Wasm::read_as(Wasm::name_of(path), path)
    }

    /// The name that a file gives to its component: its own, without the extension.
    pub fn name_of(file: &Path) -> String {
        file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
    }

    pub(super) fn read_as(name: String, path: &Path) -> Result<Wasm, LoadError> {
        Ok(Wasm::from_bytes(name, octets(path)?))
    }

    /// A component that is in memory already.
    pub fn from_bytes(name: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Wasm {
        let bytes = bytes.into();
        Wasm { name: name.into(), digest: Sha256::digest(&bytes).into(), source: Source::Memory(bytes) }
    }

    /// Its name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its SHA-256 in hexadecimal.
    pub fn digest(&self) -> String {
        cache::hex(&self.digest)
    }

    /// Its octets; those of a file must still be what the digest says.
    pub(super) fn bytes(&self) -> Result<Arc<[u8]>, LoadError> {
        let file = match &self.source {
            Source::Memory(bytes) => return Ok(bytes.clone()),
            Source::File(file) => file,
        };
        let bytes = octets(file)?;
        match Sha256::digest(&bytes)[..] == self.digest {
            true => Ok(bytes.into()),
            false => Err(LoadError::new(format!("'{}' was changed while kim ran; run it again", file.display()))),
        }
    }
}

fn octets(path: &Path) -> Result<Vec<u8>, LoadError> {
    std::fs::read(path)
        .map_err(|error| LoadError::new(format!("cannot read the component '{}': {error}", path.display())))
}

/// Says plainly what a file is that is no component.
pub(super) fn expect_component(name: &str, bytes: &[u8]) -> Result<(), LoadError> {
    let what = match bytes.get(..8) {
        Some([0, b'a', b's', b'm', _, _, 1, 0]) => return Ok(()),
        Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => {
            "is a WebAssembly module, not a component; build it with `--target wasm32-wasip2`"
        }
        None if bytes.is_empty() => "is empty; build or copy it again",
        Some([0, b'a', b's', b'm', ..]) => "is WebAssembly of a version that kim does not know",
        _ => "is no WebAssembly; kim wants a component, as `cargo build --target wasm32-wasip2` makes it",
    };
    Err(LoadError::new(format!("'{name}' {what}")))
}
