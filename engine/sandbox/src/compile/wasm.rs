//! A component before it is compiled: its name, digest, and where its bytes are.
//!
//! Invariant: bytes that are read later than the digest match the digest, or are rejected.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kim_files::read::{Unfit, read};
use kim_model::Remedy;
use kim_model::bounds::COMPONENT;
use sha2::{Digest, Sha256};

use super::cache;
use crate::error::LoadError;

/// A component that is not compiled yet. Cheap to clone.
///
/// It has its name for messages and its digest.
#[derive(Clone)]
pub struct Wasm {
    /// `aws-ec2` for `…/aws-ec2.wasm`.
    pub(super) name: String,
    /// The SHA-256 of the bytes.
    pub(super) digest: [u8; 32],
    pub(super) source: Source,
}

/// Where a component's bytes are.
#[derive(Clone)]
pub(super) enum Source {
    Memory(Arc<[u8]>),
    /// Not read yet. Mostly the compiled code in the cache is enough.
    File(PathBuf),
}

impl Wasm {
    /// Reads a component from a file.
    ///
    /// Messages name it by the file's name without the extension.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(path: &Path) -> Result<Wasm, LoadError> {
        Wasm::read_as(Wasm::name_of(path), path)
    }

    /// Returns the name that messages use for the component in a file.
    ///
    /// It is the file's name without the extension.
    pub fn name_of(file: &Path) -> String {
        file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
    }

    /// Reads a component from a file. `name` names it in messages.
    pub(super) fn read_as(name: String, path: &Path) -> Result<Wasm, LoadError> {
        Ok(Wasm::from_bytes(name, read_bytes(path)?))
    }

    /// Creates a component from bytes in memory.
    ///
    /// They are not checked before they are compiled.
    pub fn from_bytes(name: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Wasm {
        let bytes = bytes.into();
        Wasm {
            name: name.into(),
            digest: Sha256::digest(&bytes).into(),
            source: Source::Memory(bytes),
        }
    }

    /// Returns the name of the component in messages, `aws-ec2`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the SHA-256 of the component's bytes.
    ///
    /// The text has 64 lower-case hexadecimal digits.
    pub fn digest(&self) -> String {
        cache::hex(&self.digest)
    }

    /// Returns the component's bytes. Those of a file are read now.
    ///
    /// # Errors
    /// The file cannot be read, or changed since its digest was taken.
    pub(super) fn bytes(&self) -> Result<Arc<[u8]>, LoadError> {
        let file = match &self.source {
            Source::Memory(bytes) => return Ok(bytes.clone()),
            Source::File(file) => file,
        };
        let bytes = read_bytes(file)?;
        if Sha256::digest(&bytes)[..] == self.digest {
            Ok(bytes.into())
        } else {
            Err(LoadError::new(format!(
                "'{}' was changed while kim ran; run it again",
                file.display()
            )))
        }
    }
}

/// Reads the bytes of a file.
///
/// Rejects what is no regular file, or longer than [`COMPONENT`], before it reads any of it.
fn read_bytes(path: &Path) -> Result<Vec<u8>, LoadError> {
    let cannot = |why: String| {
        LoadError::new(format!("cannot read the component '{}': {why}", path.display()))
    };
    read(path, COMPONENT.most).map_err(|unfit| {
        cannot(match unfit {
            Unfit::NotAFile(_) => "it is not a regular file".to_owned(),
            Unfit::TooLarge(_) => {
                let megabytes = path.metadata().map_or(0, |meta| meta.len()).div_ceil(1 << 20);
                format!("it has {megabytes} MB; at most {COMPONENT} are allowed")
            }
            Unfit::System(error) => error.to_string(),
            other => other.to_string(),
        })
    })
}

/// Rejects bytes that are not a component. The error says what they are instead.
pub(super) fn expect_component(name: &str, bytes: &[u8]) -> Result<(), LoadError> {
    let is = |what| LoadError::new(format!("'{name}' {what}"));
    Err(match bytes.get(..8) {
        Some([0, b'a', b's', b'm', _, _, 1, 0]) => return Ok(()),
        Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => {
            is("is a WebAssembly module, not a component").cured_by(Remedy::BuildComponent)
        }
        None if bytes.is_empty() => is("is empty; build or copy it again"),
        Some([0, b'a', b's', b'm', ..]) => is("is WebAssembly of a version that kim does not know"),
        _ => is("is not WebAssembly; kim needs a component").cured_by(Remedy::BuildComponent),
    })
}
