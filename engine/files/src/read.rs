//! Reads files of which nobody knows what they are.
//!
//! Invariants: the whole file is in memory only if it is regular and within its bound. Neither a
//! FIFO nor a device holds a reader up.

use std::fmt;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Read};
use std::path::Path;

use crate::owner::{self, Why};

/// Why a file was not read. `Display` says it after the path: "is a FIFO, not a file".
#[derive(Debug)]
pub enum Unfit {
    /// It is no regular file, but what the text says.
    NotAFile(&'static str),
    /// It is a link that leads out of its folder.
    LeadsOut,
    /// It belongs to another user: the uid.
    BelongsTo(u32),
    /// It is larger than the bound, in bytes.
    TooLarge(u64),
    /// The system's error.
    System(Error),
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfit::NotAFile(kind) => write!(f, "is {kind}, not a file"),
            Unfit::LeadsOut => f.write_str("is a link that leads out of its folder"),
            Unfit::BelongsTo(uid) => write!(f, "belongs to another user (uid {uid})"),
            Unfit::TooLarge(most) => write!(f, "is larger than {most} bytes"),
            Unfit::System(error) => write!(f, "cannot be read: {error}"),
        }
    }
}

impl std::error::Error for Unfit {}

impl From<Error> for Unfit {
    fn from(error: Error) -> Unfit {
        Unfit::System(error)
    }
}

/// Reads a regular file of at most `most` bytes. Follows links.
///
/// # Errors
/// The file is something else, is larger, or cannot be read.
pub fn read(file: &Path, most: u64) -> Result<Vec<u8>, Unfit> {
    let (opened, meta) = open(file)?;
    whole(opened, &meta, most)
}

/// Reads a file of a project as text: regular, of at most `most` bytes, and this user's.
///
/// It may also belong to root, or to a user that [`owner::trust`] names. A link must stay in the
/// folder of the file.
///
/// # Errors
/// The file is something else, another user's, or larger, or cannot be read as UTF-8.
pub fn read_own(file: &Path, most: u64) -> Result<String, Unfit> {
    if is_link(file) && !stays_in_its_folder(file)? {
        return Err(Unfit::LeadsOut);
    }
    let (opened, meta) = open(file)?;
    if let Err(Why::BelongsTo(uid)) = owner::own(&meta) {
        return Err(Unfit::BelongsTo(uid));
    }
    text(whole(opened, &meta, most)?)
}

/// Reads a regular file of at most `most` bytes as text. Follows links.
///
/// # Errors
/// As for [`read`], or it is not UTF-8.
pub fn read_text(file: &Path, most: u64) -> Result<String, Unfit> {
    text(read(file, most)?)
}

/// Returns true if a path is a symbolic link.
pub fn is_link(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|meta| meta.is_symlink())
}

fn stays_in_its_folder(file: &Path) -> Result<bool, Error> {
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    Ok(file.canonicalize()?.starts_with(folder.canonicalize()?))
}

/// Opens a regular file.
///
/// Looks before it opens, because to open a device may do something; and afterwards, because it may
/// be another one by then.
fn open(file: &Path) -> Result<(File, Metadata), Unfit> {
    expect_regular(&file.metadata()?)?;
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
    }
    let opened = options.open(file)?;
    let meta = opened.metadata()?;
    expect_regular(&meta)?;
    Ok((opened, meta))
}

fn expect_regular(meta: &Metadata) -> Result<(), Unfit> {
    if meta.is_file() { Ok(()) } else { Err(Unfit::NotAFile(owner::kind_of(meta))) }
}

fn whole(file: File, meta: &Metadata, most: u64) -> Result<Vec<u8>, Unfit> {
    if meta.len() > most {
        return Err(Unfit::TooLarge(most));
    }
    let mut bytes = Vec::new();
    // It may grow meanwhile.
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(Unfit::TooLarge(most)) } else { Ok(bytes) }
}

fn text(bytes: Vec<u8>) -> Result<String, Unfit> {
    String::from_utf8(bytes)
        .map_err(|_| Unfit::System(Error::new(ErrorKind::InvalidData, "it is not UTF-8 text")))
}
