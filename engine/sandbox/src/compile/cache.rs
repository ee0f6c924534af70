//! Compiled components on disk, so that each is compiled once on a machine.
//!
//! A folder of `<key>.cwasm` (native code, mapped into memory when loaded) and `<key>.json` (a plugin's schema, so that
//! a plugin is not instantiated just to learn it). The key is a digest of the component and of everything that makes
//! wasmtime's code differ (its version, settings, the CPU), so none of these is ever updated or out of date. Beside them
//! `<key>.digest` for each file that a component was read from: what the file looked like, and its digest, so that a start
//! need not read megabytes to learn that nothing changed. All of it may be deleted at any time. Several processes may use
//! it at once: files are written aside and renamed.
//!
//! Invariant: what is loaded from here is run as native code without a check, so only this user may write here.

use std::hash::{Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::error::LoadError;

/// The folder of compiled components.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The cache in that folder, which is made where it is missing (mode 0700).
    ///
    /// # Errors
    /// The folder cannot be made, or others may write into it.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Cache, LoadError> {
        let folder = folder.into();
        make_private(&folder)?;
        Ok(Cache { folder })
    }

    /// Where the cache belongs: `KIM_CACHE_DIR`, else `$XDG_CACHE_HOME/kim`, else `~/.cache/kim`; `None` without a home.
    /// `variable` looks an environment variable up.
    pub fn default_folder(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
        let set = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        set("KIM_CACHE_DIR")
            .or_else(|| Some(set("XDG_CACHE_HOME").filter(|folder| folder.is_absolute())?.join("kim")))
            .or_else(|| Some(set("HOME")?.join(".cache/kim")))
    }

    /// The digest of a file's octets, as it was taken earlier; `None` where the file has changed since, or may have.
    pub(crate) fn digest_of(&self, file: &Path) -> Option<[u8; 32]> {
        let kept = std::fs::read_to_string(self.digest_file(file)?).ok()?;
        let (digest, was) = kept.split_once(' ')?;
        (was == stamp(file)?).then_some(())?;
        unhex(digest)
    }

    /// Keeps the digest of a file that looked like that before it was read. Best effort: without it the file is only read
    /// again.
    pub(crate) fn keep_digest(&self, file: &Path, stamp: &str, digest: &[u8; 32]) {
        if let (Some(kept), true) = (self.digest_file(file), settled(file)) {
            let _ = write_whole(&kept, format!("{} {stamp}", hex(digest)).as_bytes());
        }
    }

    fn digest_file(&self, file: &Path) -> Option<PathBuf> {
        let path = std::path::absolute(file).ok()?;
        let name = hex(&Sha256::digest(path.as_os_str().as_encoded_bytes())[..16]);
        Some(self.folder.join(format!("{name}.digest")))
    }

    /// The place of a component for an engine.
    pub(crate) fn entry(&self, engine: &Engine, digest: &[u8; 32]) -> Result<Entry, LoadError> {
        let mut key = Stable(Sha256::new());
        engine.precompile_compatibility_hash().hash(&mut key);
        key.0.update(digest);
        let name = hex(&key.0.finalize()[..16]);
        Ok(Entry { code: self.folder.join(format!("{name}.cwasm")), schema: self.folder.join(format!("{name}.json")) })
    }
}

/// What tells one state of a file from another: its size, its number in the file system, and when it was last changed
/// (which nobody can set back). `None` where that cannot be told.
pub(crate) fn stamp(file: &Path) -> Option<String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let meta = std::fs::metadata(file).ok()?;
        let changed = (meta.ctime(), meta.ctime_nsec(), meta.mtime(), meta.mtime_nsec());
        Some(format!("{} {} {} {changed:?}", meta.len(), meta.dev(), meta.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        None
    }
}

/// Whether a file's last change is so long ago that a change after this moment would show in its [`stamp`]: clocks of file
/// systems tick as slowly as every two seconds.
fn settled(file: &Path) -> bool {
    let modified = std::fs::metadata(file).and_then(|meta| meta.modified()).ok();
    let age = modified.and_then(|modified| modified.elapsed().ok());
    age.is_some_and(|age| age > Duration::from_secs(2))
}

/// One component's place in the cache.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    code: PathBuf,
    schema: PathBuf,
}

impl Entry {
    /// The compiled component; `None` where it is missing or damaged (it is compiled again then).
    pub(crate) fn component(&self, engine: &Engine) -> Option<Component> {
        if !self.code.exists() {
            return None;
        }
        // SAFETY: the file must be what `Component::serialize` gave. It lies in a folder that only this user can write
        // to (`make_private`), is only ever written by `keep` below, whole, and renamed into place; wasmtime itself
        // refuses code of another version, configuration or CPU.
        unsafe { Component::deserialize_file(engine, &self.code) }.ok()
    }

    /// Keeps a compiled component.
    pub(crate) fn keep(&self, component: &Component) -> Result<(), LoadError> {
        let code = component
            .serialize()
            .map_err(|error| LoadError::new(format!("compiled code cannot be written out: {error}")))?;
        write_whole(&self.code, &code)
    }

    /// Whether there is compiled code (which may still turn out to be damaged).
    pub(crate) fn has_code(&self) -> bool {
        self.code.exists()
    }

    /// The plugin's schema, as it was kept; `None` where it was not.
    pub(crate) fn schema(&self) -> Option<String> {
        std::fs::read_to_string(&self.schema).ok()
    }

    /// Keeps a plugin's schema.
    pub(crate) fn keep_schema(&self, schema: &str) -> Result<(), LoadError> {
        write_whole(&self.schema, schema.as_bytes())
    }
}

/// Makes the folder, for this user alone; refuses one that others may write to.
fn make_private(folder: &Path) -> Result<(), LoadError> {
    let failed = |error| {
        LoadError::new(format!(
            "the folder for compiled components, '{}', cannot be made: {error}; set KIM_CACHE_DIR to another one",
            folder.display()
        ))
    };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(failed)?;
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(folder).map_err(failed)?);
        if mode & 0o022 != 0 {
            return Err(LoadError::new(format!(
                "others may write to '{0}', where compiled components are kept that kim runs; `chmod 700 {0}`, or set \
                 KIM_CACHE_DIR to another folder",
                folder.display()
            )));
        }
    }
    Ok(())
}

/// Writes a file aside and renames it into place, so that nobody ever sees half of it.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), LoadError> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let aside = path.with_extension(format!("{}-{}.tmp", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    let write = || {
        let mut file = std::fs::File::create_new(&aside)?;
        file.write_all(bytes)?;
        std::fs::rename(&aside, path)
    };
    write().map_err(|error| {
        let _ = std::fs::remove_file(&aside);
        LoadError::new(format!("cannot keep a compiled component at '{}': {error}", path.display()))
    })
}

/// Lowercase hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    (text.len() == 64 && text.is_ascii()).then_some(())?;
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

/// A hasher that gives the same in every build of kim, unlike the standard library's.
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
