//! What a disk remembers: what is durable, and what was written since.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::files::NameChange;

/// What goes wrong with operations.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// The machine loses power while the operation is in flight.
    PowerLoss,
    /// What needs room fails.
    Full,
    /// A write fails.
    WriteError,
    /// A sync fails, and what it should have made durable never becomes so.
    ///
    /// As on Linux: the pages count as clean afterwards, and the next sync succeeds
    /// (<https://wiki.postgresql.org/wiki/Fsync_Errors>).
    SyncError,
}

/// What the loss of power takes of all that was not synced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loss {
    /// Nothing: everything reached the disk by chance.
    Nothing,
    /// Everything.
    Everything,
    /// A random part, by the seed.
    ///
    /// Each sector of each write is kept, lost, or noise, in any order, and each change of a name
    /// is kept or lost.
    Some(u64),
}

/// The size in bytes of what a disk writes as a whole.
const SECTOR: u64 = 512;

/// Why an operation was not carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// The machine is off.
    Off,
    /// There is no room.
    Full,
    /// The disk failed.
    Io,
}

/// A file or folder, under whatever names.
type Node = usize;

/// The names in a folder, with what they stand for.
type Names = BTreeMap<PathBuf, Node>;

/// What a disk holds, as far as it is durable, and the operations on it.
///
/// What is not durable yet can be read from the real files.
#[derive(Default)]
pub(crate) struct Memory {
    /// What operations are to go wrong, and how.
    pub(crate) trouble: Option<(Trouble, Range<u64>)>,
    pub(crate) operations: u64,
    pub(crate) last_trouble: Option<String>,
    pub(crate) is_off: bool,
    /// `None` is a folder.
    nodes: Vec<Option<File>>,
    names: Names,
    durable_names: Names,
    unsynced_names: Vec<Renaming>,
}

/// The content of a file.
#[derive(Default)]
struct File {
    durable: Vec<u8>,
    unsynced: Vec<Change>,
}

/// A change of a file's content that is not synced.
enum Change {
    Write { at: u64, bytes: Vec<u8> },
    Truncate(u64),
}

/// A change of names in one folder that is durable as a whole or not at all.
struct Renaming {
    folder: PathBuf,
    names: Vec<(PathBuf, Option<Node>)>,
}

/// What an operation is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Write,
    Sync,
    /// A sync of a folder by SQLite, which does not look at its result (`unixSync`).
    BlindSync,
    Truncate,
    /// A change of names that needs room.
    Create,
    /// Another change of names.
    Name,
}

impl Kind {
    /// Returns true if a trouble concerns such an operation.
    fn suffers(self, trouble: Trouble) -> bool {
        match trouble {
            Trouble::PowerLoss => true,
            Trouble::Full => matches!(self, Kind::Write | Kind::Truncate | Kind::Create),
            Trouble::WriteError => self == Kind::Write,
            Trouble::SyncError => self == Kind::Sync,
        }
    }
}

impl Memory {
    /// Reads a folder, in which everything is durable.
    pub(crate) fn read(root: &Path) -> io::Result<Memory> {
        let mut memory = Memory::default();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path.clone());
                    memory.nodes.push(None);
                } else if is_shared_memory(&path) {
                    continue;
                } else {
                    let durable = fs::read(&path)?;
                    memory.nodes.push(Some(File { durable, unsynced: Vec::new() }));
                }
                memory.names.insert(path, memory.nodes.len() - 1);
            }
        }
        memory.durable_names = memory.names.clone();
        Ok(memory)
    }

    /// Counts an operation. Returns true if power is lost in the midst of it.
    ///
    /// Returns an error if it must not be carried out at all.
    fn begin(&mut self, kind: Kind, what: impl FnOnce() -> String) -> Result<bool, Refusal> {
        if self.is_off {
            return Err(Refusal::Off);
        }
        let number = self.operations;
        self.operations += 1;
        let trouble = self.trouble.as_ref().filter(|(_, when)| when.contains(&number));
        let Some(trouble) = trouble.map(|(what, _)| *what).filter(|what| kind.suffers(*what))
        else {
            return Ok(false);
        };
        self.last_trouble = Some(what());
        match trouble {
            Trouble::PowerLoss => {
                self.is_off = true;
                Ok(true)
            }
            Trouble::Full => Err(Refusal::Full),
            Trouble::WriteError | Trouble::SyncError => Err(Refusal::Io),
        }
    }

    /// Returns the file of a name. Creates it if there is none.
    pub(crate) fn open(&mut self, path: &Path) -> Result<Node, Refusal> {
        if !self.names.contains_key(path) {
            self.change_names(&NameChange::File(path))?;
        }
        Ok(self.names[path])
    }

    /// Returns true if a name stands for something.
    pub(crate) fn exists(&self, path: &Path) -> bool {
        self.names.contains_key(path)
    }

    /// Records a write, which is to be carried out if this succeeds.
    pub(crate) fn write(&mut self, node: Node, at: u64, bytes: &[u8]) -> Result<(), Refusal> {
        let goes_off = self.begin_in(node, Kind::Write, "write to")?;
        self.change(node, Change::Write { at, bytes: bytes.to_owned() });
        unless(goes_off)
    }

    /// Records a truncation, which is to be carried out if this succeeds.
    pub(crate) fn truncate(&mut self, node: Node, size: u64) -> Result<(), Refusal> {
        let goes_off = self.begin_in(node, Kind::Truncate, "truncation of")?;
        self.change(node, Change::Truncate(size));
        unless(goes_off)
    }

    /// Makes the content of a file durable.
    pub(crate) fn sync(&mut self, node: Node) -> Result<(), Refusal> {
        let outcome = self.begin_in(node, Kind::Sync, "sync of").and_then(unless);
        let Some(file) = &mut self.nodes[node] else { return outcome };
        match outcome {
            Ok(()) => {
                for change in std::mem::take(&mut file.unsynced) {
                    change.apply(&mut file.durable, &mut |_| Fate::Kept);
                }
            }
            Err(Refusal::Io) => file.unsynced.clear(),
            Err(_) => {}
        }
        outcome
    }

    /// Records a change of names, which is to be carried out if this succeeds.
    pub(crate) fn change_names(&mut self, change: &NameChange<'_>) -> Result<(), Refusal> {
        let (kind, verb, path) = match change {
            NameChange::Folder(path) | NameChange::File(path) => {
                (Kind::Create, "creation of", path)
            }
            NameChange::Link { to, .. } => (Kind::Create, "link to", to),
            NameChange::Rename { to, .. } => (Kind::Name, "rename to", to),
            NameChange::Remove(path) => (Kind::Name, "removal of", path),
        };
        let goes_off = self.begin(kind, || format!("{verb} {}", short(path)))?;
        match change {
            NameChange::Folder(path) | NameChange::File(path) if self.exists(path) => {}
            NameChange::Folder(path) => self.create(path, None),
            NameChange::File(path) => self.create(path, Some(File::default())),
            NameChange::Link { to, .. } if self.exists(to) => {}
            NameChange::Link { from, to } => {
                let node = self.names.get(*from).copied();
                self.rename(to, vec![((*to).to_owned(), node)]);
            }
            NameChange::Rename { from, to } => {
                let node = self.names.get(*from).copied();
                let names = vec![((*to).to_owned(), node), ((*from).to_owned(), None)];
                self.rename(to, names);
            }
            NameChange::Remove(path) => self.rename(path, vec![((*path).to_owned(), None)]),
        }
        unless(goes_off)
    }

    /// Makes the names in a folder durable.
    pub(crate) fn sync_names(&mut self, folder: &Path) -> Result<(), Refusal> {
        self.sync_folder(folder, Kind::Sync)
    }

    /// Makes the names in a folder durable, as SQLite does after it created a journal.
    ///
    /// It does not look at the result, so nothing but the loss of power may prevent it.
    pub(crate) fn sync_names_blindly(&mut self, folder: &Path) {
        let _ = self.sync_folder(folder, Kind::BlindSync);
    }

    fn sync_folder(&mut self, folder: &Path, kind: Kind) -> Result<(), Refusal> {
        let what = || format!("sync of the folder {}", short(folder));
        self.begin(kind, what).and_then(unless)?;
        let all = std::mem::take(&mut self.unsynced_names);
        let (here, elsewhere): (Vec<_>, _) =
            all.into_iter().partition(|change| change.folder == folder);
        self.unsynced_names = elsewhere;
        here.into_iter().for_each(|change| change.apply(&mut self.durable_names));
        Ok(())
    }

    /// Makes the folder what a disk holds after the loss of power.
    pub(crate) fn settle(&mut self, root: &Path, loss: Loss) -> io::Result<()> {
        let mut chance = Chance::new(loss);
        let names = self.surviving_names(root, &mut chance);
        let contents: Vec<Option<Vec<u8>>> = self
            .nodes
            .iter()
            .map(|node| node.as_ref().map(|file| file.surviving(&mut chance)))
            .collect();
        for entry in fs::read_dir(root)? {
            let path = entry?.path();
            if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }?;
        }
        // A folder comes before what is in it.
        for (path, node) in names {
            match &contents[node] {
                None => fs::create_dir(path)?,
                Some(bytes) => fs::write(path, bytes)?,
            }
        }
        Ok(())
    }

    fn surviving_names(&self, root: &Path, chance: &mut Chance) -> Names {
        let mut names = self.durable_names.clone();
        let kept = self.unsynced_names.iter().filter(|_| chance.keeps());
        kept.for_each(|change| change.apply(&mut names));
        let all = names.clone();
        names.retain(|path, _| {
            let mut folders = path.ancestors().skip(1).take_while(|folder| *folder != root);
            folders.all(|folder| all.contains_key(folder))
        });
        names
    }

    fn begin_in(&mut self, node: Node, kind: Kind, verb: &str) -> Result<bool, Refusal> {
        let path = self.names.iter().find(|(_, other)| **other == node).map(|(path, _)| path);
        let name = path.map_or_else(|| "a file that was deleted".to_owned(), |path| short(path));
        self.begin(kind, || format!("{verb} {name}"))
    }

    fn change(&mut self, node: Node, change: Change) {
        if let Some(file) = &mut self.nodes[node] {
            file.unsynced.push(change);
        }
    }

    fn create(&mut self, path: &Path, content: Option<File>) {
        self.nodes.push(content);
        self.rename(path, vec![(path.to_owned(), Some(self.nodes.len() - 1))]);
    }

    fn rename(&mut self, path: &Path, names: Vec<(PathBuf, Option<Node>)>) {
        let folder = path.parent().unwrap_or(path).to_owned();
        let change = Renaming { folder, names };
        change.apply(&mut self.names);
        self.unsynced_names.push(change);
    }
}

impl Renaming {
    fn apply(&self, names: &mut Names) {
        for (path, node) in &self.names {
            match node {
                Some(node) => names.insert(path.clone(), *node),
                None => names.remove(path),
            };
        }
    }
}

impl File {
    /// Returns what a disk holds of it after the loss of power.
    fn surviving(&self, chance: &mut Chance) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for change in &self.unsynced {
            change.apply(&mut bytes, &mut |sector| chance.fate(sector));
        }
        bytes
    }
}

/// What becomes of a sector that was not synced.
enum Fate {
    Kept,
    Lost,
    Noise(Vec<u8>),
}

impl Change {
    /// Applies it to the bytes of a file, sector by sector.
    fn apply(&self, file: &mut Vec<u8>, fate: &mut dyn FnMut(&[u8]) -> Fate) {
        let (at, bytes) = match self {
            Change::Truncate(size) => {
                if matches!(fate(&[]), Fate::Kept) {
                    file.resize(index(*size), 0);
                }
                return;
            }
            Change::Write { at, bytes } => (*at, bytes),
        };
        let mut done = 0;
        while done < bytes.len() {
            let from = at + done as u64;
            let length = index(SECTOR - from % SECTOR).min(bytes.len() - done);
            let sector = &bytes[done..done + length];
            done += length;
            match fate(sector) {
                Fate::Kept => put(file, index(from), sector),
                Fate::Noise(noise) => put(file, index(from), &noise),
                Fate::Lost => {}
            }
        }
    }
}

/// Writes bytes into a file, and zeros into a gap before them.
fn put(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if file.len() < at + bytes.len() {
        file.resize(at + bytes.len(), 0);
    }
    file[at..at + bytes.len()].copy_from_slice(bytes);
}

/// What the loss of power takes, by chance.
struct Chance {
    loss: Loss,
    random: fastrand::Rng,
    /// How many of a hundred sectors are kept.
    kept: u8,
}

impl Chance {
    fn new(loss: Loss) -> Chance {
        let seed = if let Loss::Some(seed) = loss { seed } else { 0 };
        let mut random = fastrand::Rng::with_seed(seed);
        let kept = [10, 50, 90][random.usize(..3)];
        Chance { loss, random, kept }
    }

    fn keeps(&mut self) -> bool {
        match self.loss {
            Loss::Nothing => true,
            Loss::Everything => false,
            Loss::Some(_) => self.random.u8(..100) < self.kept,
        }
    }

    fn fate(&mut self, sector: &[u8]) -> Fate {
        // Noise as in SQLite's own crash tests (test6.c): the disk was writing just this sector.
        if matches!(self.loss, Loss::Some(_)) && self.random.u8(..100) < 3 {
            return Fate::Noise(sector.iter().map(|_| self.random.u8(..)).collect());
        }
        if self.keeps() { Fate::Kept } else { Fate::Lost }
    }
}

/// Returns the refusal of an operation in the midst of which power was lost.
fn unless(goes_off: bool) -> Result<(), Refusal> {
    if goes_off { Err(Refusal::Off) } else { Ok(()) }
}

/// Returns true if a file is SQLite's shared memory, which no disk has to keep.
fn is_shared_memory(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(b"-shm")
}

fn short(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Returns a place in a file as an index. The files of a test fit into memory.
fn index(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
