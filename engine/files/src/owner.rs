//! Whose a file or a folder is, and who else could exchange it.
//!
//! A path is safe if nobody but this user and root can change what it leads to. So every part of
//! it belongs to one of them, also each link and what the link leads to, and no other user may
//! write to it. A sticky folder such as `/tmp` may be above: nobody can rename there what belongs
//! to another.
//!
//! Access control lists and what a file system does with owners (NFS, FAT) are not looked at.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A file or folder that another user could exchange, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exposed {
    /// The part of the path that is unsafe.
    pub path: PathBuf,
    /// What is wrong with it.
    pub why: Why,
}

/// Why a file or folder is unsafe.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Why {
    /// It belongs to another user: the uid.
    BelongsTo(u32),
    /// Other users may write to it: its mode.
    WritableByOthers(u32),
    /// It is no regular file, but what the text says.
    NotAFile(&'static str),
    /// It is no folder, but what the text says.
    NotAFolder(&'static str),
    /// It cannot be looked at: the error of the system.
    Unreadable(String),
}

impl fmt::Display for Exposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.why {
            Why::BelongsTo(uid) => write!(f, "'{path}' belongs to another user (uid {uid})"),
            Why::WritableByOthers(mode) => {
                write!(f, "other users may write to '{path}' (mode {:04o})", mode & 0o7777)
            }
            Why::NotAFile(kind) => write!(f, "'{path}' is {kind}, not a file"),
            Why::NotAFolder(kind) => write!(f, "'{path}' is {kind}, not a folder"),
            Why::Unreadable(error) => write!(f, "'{path}' cannot be looked at: {error}"),
        }
    }
}

impl std::error::Error for Exposed {}

/// Other users whose files are as good as this user's: see [`trust`].
static TRUSTED: OnceLock<Vec<u32>> = OnceLock::new();

/// Trusts the files of other users, for the rest of the process. Only the first call counts.
///
/// It holds for what belongs to a project ([`expect_own`], and the files that are read of it), for a
/// container that runs as root on the files of a user. It does not hold for [`expect_private`].
pub fn trust(uids: Vec<u32>) {
    // A second call has no effect: whom a process trusts does not change.
    let _ = TRUSTED.set(uids);
}

/// Rejects a folder if another user could exchange it, or a file in it.
///
/// Looks at every part of the path. The folder itself belongs to this user or to root, and nobody
/// else may write to it.
///
/// # Errors
/// The first part of the path that is unsafe, or that does not exist.
pub fn expect_private(folder: &Path) -> Result<(), Exposed> {
    #[cfg(unix)]
    return unix::walk(folder);
    #[cfg(not(unix))]
    match folder.is_dir() {
        true => Ok(()),
        false => Err(Exposed { path: folder.to_owned(), why: Why::NotAFolder("something else") }),
    }
}

/// Rejects a file of a private folder unless it is this user's or root's, and a regular one.
///
/// Does not follow a link. Nobody else may write to the file. The folder was checked with
/// [`expect_private`], so nobody else can exchange the file afterwards.
///
/// # Errors
/// The file is unsafe, or does not exist.
pub fn expect_private_file(file: &Path) -> Result<(), Exposed> {
    let meta = regular(file)?;
    #[cfg(unix)]
    unix::expect_private(&meta).map_err(|why| Exposed { path: file.to_owned(), why })?;
    let _ = meta;
    Ok(())
}

/// Rejects what belongs neither to this user nor to root nor to a trusted user.
///
/// Follows a link. `path` is a file or a folder of a project.
///
/// # Errors
/// It belongs to another user, or does not exist.
pub fn expect_own(path: &Path) -> Result<(), Exposed> {
    let exposed = |why| Exposed { path: path.to_owned(), why };
    let meta = path.metadata().map_err(|error| exposed(Why::Unreadable(error.to_string())))?;
    own(&meta).map_err(exposed)
}

/// Rejects a file that is no regular one, or that belongs neither to this user nor to root nor to a
/// trusted user.
///
/// Does not follow a link: it is for a file that a program such as SQLite opens by its name.
///
/// # Errors
/// It is something else, or another user's, or does not exist.
pub fn expect_own_file(file: &Path) -> Result<(), Exposed> {
    let exposed = |why| Exposed { path: file.to_owned(), why };
    let meta = regular(file)?;
    own(&meta).map_err(exposed)
}

/// Looks at a regular file without following a link.
fn regular(file: &Path) -> Result<std::fs::Metadata, Exposed> {
    let exposed = |why| Exposed { path: file.to_owned(), why };
    let meta =
        file.symlink_metadata().map_err(|error| exposed(Why::Unreadable(error.to_string())))?;
    if meta.is_file() { Ok(meta) } else { Err(exposed(Why::NotAFile(kind_of(&meta)))) }
}

/// Returns an error unless this user, root or a trusted user owns it.
pub(crate) fn own(meta: &std::fs::Metadata) -> Result<(), Why> {
    #[cfg(unix)]
    {
        let uid = std::os::unix::fs::MetadataExt::uid(meta);
        let trusted = TRUSTED.get().is_some_and(|uids| uids.contains(&uid));
        if !trusted && uid != 0 && uid != unix::me() {
            return Err(Why::BelongsTo(uid));
        }
    }
    let _ = meta;
    Ok(())
}

/// Returns what is at a path, with its article, for messages.
pub(crate) fn kind_of(meta: &std::fs::Metadata) -> &'static str {
    let kind = meta.file_type();
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a FIFO";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    match kind {
        kind if kind.is_symlink() => "a link",
        kind if kind.is_dir() => "a folder",
        kind if kind.is_file() => "a file",
        _ => "something else",
    }
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsString;
    use std::fs::Metadata;
    use std::os::unix::fs::MetadataExt;
    use std::path::{Component, Path, PathBuf};

    use super::{Exposed, Why, kind_of};

    /// How many links a path may lead through, as in Linux.
    const LINKS: usize = 40;
    const STICKY: u32 = 0o1000;

    /// Returns the user of this process.
    pub(super) fn me() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    /// Follows a path part by part, and rejects the first part that is unsafe.
    pub(super) fn walk(folder: &Path) -> Result<(), Exposed> {
        let unreadable = |path: &Path, error: std::io::Error| Exposed {
            path: path.to_owned(),
            why: Why::Unreadable(error.to_string()),
        };
        let folder = &std::path::absolute(folder).map_err(|error| unreadable(folder, error))?;
        let root = Path::new("/").metadata().map_err(|error| unreadable(Path::new("/"), error))?;
        let mut ahead = parts(folder);
        let (mut at, mut links) = (PathBuf::from("/"), 0);
        while let Some(part) = ahead.pop() {
            if part == ".." {
                at.pop();
                continue;
            }
            let next = at.join(&part);
            let meta = next.symlink_metadata().map_err(|error| unreadable(&next, error))?;
            let exposed = |why| Exposed { path: next.clone(), why };
            if meta.is_symlink() {
                links += 1;
                let target = next.read_link().map_err(|error| unreadable(&next, error))?;
                belongs(&meta, &root).map_err(exposed)?;
                if links > LINKS {
                    return Err(exposed(Why::NotAFolder("a link that leads in a circle")));
                }
                if target.is_absolute() {
                    at = PathBuf::from("/");
                }
                ahead.extend(parts(&target));
                continue;
            }
            if !meta.is_dir() {
                return Err(exposed(Why::NotAFolder(kind_of(&meta))));
            }
            above(&meta, &root).map_err(exposed)?;
            at = next;
        }
        let exposed = |why| Exposed { path: at.clone(), why };
        let meta = at.symlink_metadata().map_err(|error| unreadable(&at, error))?;
        expect_private(&meta).map_err(exposed)
    }

    /// Returns the parts of a path below `/`, the last one first.
    fn parts(path: &Path) -> Vec<OsString> {
        let part = |component: Component<'_>| match component {
            Component::Normal(_) | Component::ParentDir => Some(component.as_os_str().to_owned()),
            _ => None,
        };
        path.components().rev().filter_map(part).collect()
    }

    /// Rejects a part above the folder.
    fn above(meta: &Metadata, root: &Metadata) -> Result<(), Why> {
        belongs(meta, root)?;
        // A group of the owner's own has the owner's number, and root's own is 0.
        let group_is_private = meta.gid() == meta.uid() || meta.gid() == 0;
        let writable = if group_is_private { 0o002 } else { 0o022 };
        match meta.mode() & writable != 0 && meta.mode() & STICKY == 0 {
            true => Err(Why::WritableByOthers(meta.mode())),
            false => Ok(()),
        }
    }

    /// Rejects what is neither this user's nor root's.
    ///
    /// The owner of `/` counts as root: in a user namespace root's files show as somebody else's.
    fn belongs(meta: &Metadata, root: &Metadata) -> Result<(), Why> {
        match meta.uid() {
            uid if uid == me() || uid == 0 || uid == root.uid() => Ok(()),
            uid => Err(Why::BelongsTo(uid)),
        }
    }

    /// Rejects what another user owns or may write to.
    pub(super) fn expect_private(meta: &Metadata) -> Result<(), Why> {
        match (meta.uid(), meta.mode()) {
            (uid, _) if uid != me() && uid != 0 => Err(Why::BelongsTo(uid)),
            (_, mode) if mode & 0o022 != 0 => Err(Why::WritableByOthers(mode)),
            _ => Ok(()),
        }
    }
}
