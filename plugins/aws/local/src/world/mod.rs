//! Everything that exists, as typed rows: (region, kind, id) → a value.
//!
//! Invariants: a request changes the world wholly or not at all (`commit`/`roll_back`), and a
//! change is in the file before the client gets its answer.
//!
//! The rows live in memory; the file, if there is one, is written through. Time is this module's
//! too: a state that changes by itself ("pending" → "running") is computed from [`World::now`] and
//! a due time in the row, so that it changes also while no server runs.

mod disk;
mod phase;

use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::AwsError;
pub use disk::DiskError;
use disk::{Change, Disk};
pub use phase::Phase;

/// Where rows of services without regions (IAM, STS) live.
pub const GLOBAL: &str = "global";

/// Something that exists in a world.
pub trait Resource: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Service and kind, such as `ec2:volume`; the name of its table.
    const KIND: &'static str;
    /// Returns its key, unique in its region and kind.
    fn id(&self) -> &str;
    /// Returns the id of the resource that it is looked up by, if there is one.
    ///
    /// An example is the group of a rule. See [`World::list_of`].
    fn owner(&self) -> Option<&str> {
        None
    }
}

/// A row: JSON as in the file, and the typed value once it was read.
#[derive(Clone)]
struct Row {
    created: i64,
    body: Arc<str>,
    value: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl Row {
    /// Returns the typed value.
    ///
    /// Panics on a row that this version cannot read: its shape was changed without a new format
    /// number in `disk`. The server answers with the panic, so that no resource vanishes.
    fn typed<R: Resource>(&self) -> Arc<R> {
        let read = || -> Arc<dyn Any + Send + Sync> {
            let read: Result<R, _> = serde_json::from_str(&self.body);
            Arc::new(read.unwrap_or_else(|error| {
                panic!(
                    "a row of {} cannot be read by this version: {error}; use another world file",
                    R::KIND
                )
            }))
        };
        let value = self.value.get_or_init(read).clone();
        value.downcast().unwrap_or_else(|_| panic!("two types of rows claim the kind {}", R::KIND))
    }
}

type Table = BTreeMap<String, Row>;

/// The ids of a kind's resources, by owner.
type Owned = BTreeMap<String, BTreeSet<String>>;

/// The rows, the clock and, while a request runs, what it changed so far.
pub struct World {
    regions: BTreeMap<String, BTreeMap<String, Table>>,
    /// For each region and kind that `list_of` was called for.
    owned: RefCell<HashMap<(String, &'static str), Owned>>,
    undo: Vec<Change<Option<Row>>>,
    disk: Option<Disk>,
    now: i64,
    clock_ahead: i64,
}

impl World {
    /// Creates a world in memory, which ends with the process.
    pub fn in_memory() -> World {
        World {
            regions: BTreeMap::new(),
            owned: RefCell::default(),
            undo: Vec::new(),
            disk: None,
            now: real_now(),
            clock_ahead: 0,
        }
    }

    /// Opens the world in a file, which is created when absent.
    ///
    /// One process at a time can open it: a second one gets [`DiskError::Locked`].
    pub fn open(path: &Path) -> Result<World, DiskError> {
        let disk = Disk::open(path)?;
        let mut world = World::in_memory();
        world.clock_ahead = disk.clock_ahead()?;
        disk.load(|region, kind, id, created, body| {
            let row = Row { created, body: body.into(), value: OnceLock::new() };
            world.regions.entry(region).or_default().entry(kind).or_default().insert(id, row);
        })?;
        world.disk = Some(disk);
        Ok(world)
    }

    /// Returns the time of the request that runs now.
    ///
    /// It is in milliseconds since 1970, on the world's own clock.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// Sets the request's time; the server calls it once before each request.
    pub fn tick(&mut self) {
        self.now = real_now() + self.clock_ahead;
    }

    /// Moves the world's clock forward, for good.
    pub fn advance(&mut self, milliseconds: i64) -> Result<(), DiskError> {
        self.clock_ahead += milliseconds;
        self.disk.as_ref().map_or(Ok(()), |disk| disk.set_clock_ahead(self.clock_ahead))
    }

    /// Returns one resource.
    pub fn get<R: Resource>(&self, region: &str, id: &str) -> Option<Arc<R>> {
        Some(self.regions.get(region)?.get(R::KIND)?.get(id)?.typed())
    }

    /// Returns when a resource was created, in milliseconds since 1970.
    pub fn created<R: Resource>(&self, region: &str, id: &str) -> Option<i64> {
        Some(self.regions.get(region)?.get(R::KIND)?.get(id)?.created)
    }

    /// Returns all resources of a kind in a region, by id.
    pub fn list<R: Resource>(&self, region: &str) -> Vec<Arc<R>> {
        let table = self.regions.get(region).and_then(|kinds| kinds.get(R::KIND));
        table.into_iter().flat_map(|table| table.values()).map(Row::typed).collect()
    }

    /// Returns the resources of a kind in a region whose ids come after `after`, by id.
    ///
    /// Each is read when the iterator gets to it.
    pub fn list_after<R: Resource>(
        &self,
        region: &str,
        after: Option<&str>,
    ) -> impl Iterator<Item = Arc<R>> {
        let table = self.regions.get(region).and_then(|kinds| kinds.get(R::KIND));
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        table
            .into_iter()
            .flat_map(move |table| table.range::<str, _>((start, Bound::Unbounded)))
            .map(|(_, row)| row.typed())
    }

    /// Returns the resources of a kind that belong to `owner`, by id.
    ///
    /// Its cost does not depend on how many others there are.
    pub fn list_of<R: Resource>(&self, region: &str, owner: &str) -> Vec<Arc<R>> {
        let mut owned = self.owned.borrow_mut();
        let by_owner = owned.entry((region.to_owned(), R::KIND)).or_insert_with(|| {
            let mut by_owner = Owned::new();
            for row in self.list::<R>(region) {
                if let Some(owner) = row.owner() {
                    by_owner.entry(owner.to_owned()).or_default().insert(row.id().to_owned());
                }
            }
            by_owner
        });
        let ids = by_owner.get(owner).into_iter().flatten();
        ids.filter_map(|id| self.get::<R>(region, id)).collect()
    }

    /// Notes that a resource gets another owner, appears (`to`) or vanishes (`from`).
    fn note_owner<R: Resource>(
        &mut self,
        region: &str,
        id: &str,
        from: Option<&str>,
        to: Option<&str>,
    ) {
        let Some(by_owner) = self.owned.get_mut().get_mut(&(region.to_owned(), R::KIND)) else {
            return;
        };
        if let Some(ids) = from.and_then(|owner| by_owner.get_mut(owner)) {
            ids.remove(id);
        }
        if let Some(owner) = to {
            by_owner.entry(owner.to_owned()).or_default().insert(id.to_owned());
        }
    }

    /// Writes a resource, new or changed.
    pub fn put<R: Resource>(&mut self, region: &str, resource: R) {
        let id = resource.id().to_owned();
        let before = self.get::<R>(region, &id);
        let from = before.as_ref().and_then(|row| row.owner());
        self.note_owner::<R>(region, &id, from, resource.owner());
        let body = serde_json::to_string(&resource)
            .expect("rows hold only strings, numbers, lists and maps with string keys");
        let created = self.created::<R>(region, &id).unwrap_or(self.now);
        let value: Arc<dyn Any + Send + Sync> = Arc::new(resource);
        self.set(
            region,
            R::KIND,
            &id,
            Some(Row { created, body: body.into(), value: OnceLock::from(value) }),
        );
    }

    /// Removes a resource; an absent one is no error.
    pub fn remove<R: Resource>(&mut self, region: &str, id: &str) {
        let before = self.get::<R>(region, id);
        let from = before.as_ref().and_then(|row| row.owner());
        self.note_owner::<R>(region, id, from, None);
        self.set(region, R::KIND, id, None);
    }

    fn set(&mut self, region: &str, kind: &str, id: &str, row: Option<Row>) {
        let table =
            self.regions.entry(region.to_owned()).or_default().entry(kind.to_owned()).or_default();
        let before = match row {
            Some(row) => table.insert(id.to_owned(), row),
            None => table.remove(id),
        };
        self.undo.push(Change {
            region: region.to_owned(),
            kind: kind.to_owned(),
            id: id.to_owned(),
            row: before,
        });
    }

    /// Makes what the request changed durable.
    ///
    /// If the file cannot be written, the changes are undone.
    pub fn commit(&mut self) -> Result<(), AwsError> {
        let written = match &mut self.disk {
            Some(disk) if !self.undo.is_empty() => {
                let regions = &self.regions;
                let current = |change: &Change<Option<Row>>| {
                    let row = regions.get(&change.region)?.get(&change.kind)?.get(&change.id)?;
                    Some((row.created, row.body.clone()))
                };
                disk.write(self.undo.iter().map(|change| (change, current(change))))
            }
            _ => Ok(()),
        };
        if let Err(error) = written {
            self.roll_back();
            let message =
                format!("the local world could not be written, so nothing was done: {error}");
            return Err(AwsError::new("InternalError", message).status(500));
        }
        self.undo.clear();
        Ok(())
    }

    /// Undoes what the request changed.
    pub fn roll_back(&mut self) {
        // Rare enough to be made again.
        if !self.undo.is_empty() {
            self.owned.get_mut().clear();
        }
        while let Some(Change { region, kind, id, row }) = self.undo.pop() {
            let table = self.regions.entry(region).or_default().entry(kind).or_default();
            match row {
                Some(row) => table.insert(id, row),
                None => table.remove(&id),
            };
        }
    }

    /// Returns hexadecimal digits for a new id, which no client can foresee.
    pub fn fresh_hex(&self, digits: usize) -> String {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).expect("every system that kim runs on has randomness");
        bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()[..digits.min(64)]
            .to_owned()
    }
}

fn real_now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Returns a time of the world as AWS writes it: `2026-11-22T10:00:00.000Z`.
pub fn timestamp(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds)
        .map_or_else(|_| String::new(), |time| time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, serde::Deserialize, Debug, PartialEq)]
    struct Thing(String, u32);

    impl Resource for Thing {
        const KIND: &'static str = "test:thing";
        fn id(&self) -> &str {
            &self.0
        }
    }

    #[test]
    fn a_request_that_is_rolled_back_leaves_nothing() {
        let mut world = World::in_memory();
        world.put("r", Thing("a".into(), 1));
        world.commit().unwrap();
        world.put("r", Thing("a".into(), 2));
        world.remove::<Thing>("r", "a");
        world.put("r", Thing("b".into(), 3));
        world.roll_back();
        assert_eq!(world.list::<Thing>("r"), [Arc::new(Thing("a".into(), 1))]);
    }

    #[derive(Serialize, serde::Deserialize, Debug, PartialEq)]
    struct Part(String, String);

    impl Resource for Part {
        const KIND: &'static str = "test:part";
        fn id(&self) -> &str {
            &self.0
        }
        fn owner(&self) -> Option<&str> {
            Some(&self.1)
        }
    }

    #[test]
    fn parts_are_found_by_their_owner() {
        let mut world = World::in_memory();
        let found = |world: &World, owner: &str| -> Vec<String> {
            world.list_of::<Part>("r", owner).iter().map(|part| part.0.clone()).collect()
        };
        world.put("r", Part("a".into(), "x".into()));
        assert_eq!(found(&world, "x"), ["a"]);
        world.put("r", Part("b".into(), "x".into()));
        world.put("r", Part("a".into(), "y".into()));
        assert_eq!((found(&world, "x"), found(&world, "y")), (vec!["b".into()], vec!["a".into()]));
        world.commit().unwrap();
        world.remove::<Part>("r", "b");
        assert!(found(&world, "x").is_empty());
        world.roll_back();
        assert_eq!(found(&world, "x"), ["b"]);
    }

    #[test]
    fn a_file_keeps_what_was_committed_and_takes_one_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("world.db");
        let mut world = World::open(&path).unwrap();
        world.put("r", Thing("a".into(), 1));
        world.put("r", Thing("b".into(), 1));
        world.commit().unwrap();
        world.remove::<Thing>("r", "b");
        world.commit().unwrap();
        world.put("r", Thing("c".into(), 1));
        world.advance(5_000).unwrap();
        assert!(matches!(World::open(&path), Err(DiskError::Locked(_))));
        drop(world);
        let mut world = World::open(&path).unwrap();
        assert_eq!(world.list::<Thing>("r"), [Arc::new(Thing("a".into(), 1))]);
        world.tick();
        assert!(world.now() >= real_now() + 4_000);
    }
}
