//! Compiled components on disk, so that each is compiled once per machine.
//!
//! The folder holds three kinds of files:
//! - `<key>.cwasm`: native code. It is mapped into memory when it is loaded.
//! - `<key>.json`: a plugin's schema, so that a plugin need not be instantiated to read it.
//! - `<key>.digest`: the digest of a file that a component was read from, and the file's state at
//!   that time. A start need not read megabytes to find out that nothing changed.
//!
//! The key of the first two is a digest of the component and of everything that makes wasmtime's
//! code differ (its version, its settings, the CPU). Such a file is therefore never updated and
//! never out of date. The key of the third is a digest of the file's path. Any of them may be
//! deleted at any time. Several processes may use the folder at once: a file is written under
//! another name and then renamed.
//!
//! Invariant: code from this folder runs natively without a check, so nobody but this user (and
//! root) can exchange the folder or a file in it. A file of anybody else counts as missing.

use std::hash::{Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use kim_files::owner::{Why, expect_private, expect_private_file};
use kim_files::write::{Access, Beside, create_private_folder};
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::error::LoadError;

/// A folder of compiled components. Several processes may use one at the same time.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Opens the cache in a folder.
    ///
    /// Creates the folder if it is missing (mode 0700).
    ///
    /// # Errors
    /// The folder cannot be created, or another user could exchange it or a file in it.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Cache, LoadError> {
        let folder = folder.into();
        make_private(&folder)?;
        Ok(Cache { folder })
    }

    /// Returns the folder of the cache.
    ///
    /// It is `KIM_CACHE_DIR`, else `$XDG_CACHE_HOME/kim`, else `$HOME/.cache/kim`. Returns `None`
    /// if none of these variables is set. An empty variable counts as unset, a relative
    /// `XDG_CACHE_HOME` too. `variable` returns the value of an environment variable. Creates
    /// nothing.
    pub fn default_folder(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
        let set = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        set("KIM_CACHE_DIR")
            .or_else(|| {
                Some(set("XDG_CACHE_HOME").filter(|folder| folder.is_absolute())?.join("kim"))
            })
            .or_else(|| Some(set("HOME")?.join(".cache/kim")))
    }

    /// Returns the SHA-256 of a file's bytes that was kept earlier.
    ///
    /// Returns `None` if the file changed since, or may have.
    pub(crate) fn digest_of(&self, file: &Path) -> Option<[u8; 32]> {
        let kept = read_private(&self.digest_file(file)?)?;
        let (digest, was) = kept.split_once(' ')?;
        (was == stamp(file)?).then_some(())?;
        unhex(digest)
    }

    /// Keeps the digest of a file, with the file's [`stamp`].
    ///
    /// The stamp was taken before the file was read. Ignores errors: without a kept digest the file
    /// is read again.
    pub(crate) fn keep_digest(&self, file: &Path, stamp: &str, digest: &[u8; 32]) {
        if let Some(kept) = self.digest_file(file) {
            let _ = write_whole(&kept, format!("{} {stamp}", hex(digest)).as_bytes());
        }
    }

    /// Returns where the digest of a file is kept.
    fn digest_file(&self, file: &Path) -> Option<PathBuf> {
        let path = std::path::absolute(file).ok()?;
        let name = hex(&Sha256::digest(path.as_os_str().as_encoded_bytes())[..16]);
        Some(self.folder.join(format!("{name}.digest")))
    }

    /// Returns where a component's code for an engine and its schema are kept.
    ///
    /// `digest` is the component's SHA-256.
    pub(crate) fn entry(&self, engine: &Engine, digest: &[u8; 32]) -> Result<Entry, LoadError> {
        let mut key = Stable(Sha256::new());
        engine.precompile_compatibility_hash().hash(&mut key);
        key.0.update(CHECKS);
        key.0.update(digest);
        let name = hex(&key.0.finalize()[..16]);
        Ok(Entry {
            code: self.folder.join(format!("{name}.cwasm")),
            schema: self.folder.join(format!("{name}.json")),
        })
    }
}

/// How slowly the clocks of file systems tick, at most.
const TICK: Duration = Duration::from_secs(2);

/// Returns a text that differs between two states of a file.
///
/// The text holds the size, device and inode numbers, and the times of the last change (`ctime`,
/// which no program can set) and of the last write (`mtime`).
///
/// Returns `None` if the system gives none, or if the last change is not longer ago than a
/// [`TICK`]: a change within the same tick would not show. No `mtime` tells that, because anybody
/// may set it.
pub(crate) fn stamp(file: &Path) -> Option<String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let meta = std::fs::metadata(file).ok()?;
        let seconds = u64::try_from(meta.ctime()).ok()?;
        let nanos = u32::try_from(meta.ctime_nsec()).ok()?;
        let changed = SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos);
        // A change in the future is an error here, and so gives none.
        let age = changed.elapsed().ok()?;
        let times = (meta.ctime(), meta.ctime_nsec(), meta.mtime(), meta.mtime_nsec());
        (age > TICK).then(|| format!("{} {} {} {times:?}", meta.len(), meta.dev(), meta.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        None
    }
}

/// The files of one component for one engine. They need not exist.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    code: PathBuf,
    schema: PathBuf,
}

impl Entry {
    /// Returns the compiled component; `None` if it is missing or damaged.
    ///
    /// The caller then compiles it again.
    pub(crate) fn component(&self, engine: &Engine) -> Option<Component> {
        if !self.has_code() {
            return None;
        }
        // SAFETY: the file must be what `Component::serialize` returned. It belongs to this user,
        // and nobody else can exchange it: `has_code` checked the file, and `make_private` its
        // folder. Only `keep` below writes it, completely, and renames it into place. wasmtime
        // itself rejects code of another version, configuration or CPU.
        unsafe { Component::deserialize_file(engine, &self.code) }.ok()
    }

    /// Writes a compiled component to the cache.
    pub(crate) fn keep(&self, component: &Component) -> Result<(), LoadError> {
        let code = component.serialize().map_err(|error| {
            LoadError::new(format!("compiled code cannot be written out: {error}"))
        })?;
        write_whole(&self.code, &code)
    }

    /// Returns true if there is compiled code, and it is this user's.
    ///
    /// It may still be damaged.
    pub(crate) fn has_code(&self) -> bool {
        expect_private_file(&self.code).is_ok()
    }

    /// Returns the plugin's schema, as JSON; `None` if it was not kept.
    pub(crate) fn schema(&self) -> Option<String> {
        read_private(&self.schema)
    }

    /// Writes a plugin's schema, as JSON, to the cache.
    pub(crate) fn keep_schema(&self, schema: &str) -> Result<(), LoadError> {
        write_whole(&self.schema, schema.as_bytes())
    }
}

/// Creates the folder, for this user alone, unless it exists.
///
/// Rejects one that another user could exchange, or write to.
fn make_private(folder: &Path) -> Result<(), LoadError> {
    create_private_folder(folder).map_err(|error| {
        LoadError::new(format!(
            "the folder for compiled components, '{}', cannot be created: {error}; set KIM_CACHE_DIR to another one",
            folder.display()
        ))
    })?;
    expect_private(folder).map_err(|exposed| {
        let cure = match &exposed.why {
            Why::WritableByOthers(_) => format!("`chmod go-w {}`, or ", exposed.path.display()),
            _ => String::new(),
        };
        LoadError::new(format!(
            "{exposed}, so '{}' is not safe for the compiled components that kim keeps and runs; {cure}set KIM_CACHE_DIR to a \
             folder of your own",
            folder.display()
        ))
    })
}

/// Reads a file of the folder; `None` if it is missing, damaged or another user's.
fn read_private(file: &Path) -> Option<String> {
    expect_private_file(file).ok()?;
    std::fs::read_to_string(file).ok()
}

/// Writes a file under another name and renames it into place.
///
/// No reader sees a part of it. It is not synced: what the loss of power damages is made again.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), LoadError> {
    let write = || {
        let mut beside = Beside::create(path, Access::Owner)?;
        beside.file.write_all(bytes)?;
        beside.rename()
    };
    write().map_err(|error: std::io::Error| {
        LoadError::new(format!("cannot keep a compiled component at '{}': {error}", path.display()))
    })
}

/// Returns lower-case hexadecimal digits, two per byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Parses 64 hexadecimal digits.
fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    (text.len() == 64 && text.is_ascii()).then_some(())?;
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

/// Which checks a schema passed before it was kept.
///
/// Another value makes kim check kept schemas again.
const CHECKS: &[u8] = b"schema checks 4";

/// A hasher that gives the same result in every build of kim.
///
/// The standard library's does not.
struct Stable(Sha256);

impl Hasher for Stable {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest = self.0.clone().finalize();
        digest.iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
    }
}
