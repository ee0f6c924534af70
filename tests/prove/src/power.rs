//! Proves what is kept on disk: a run that loses power, or whose disk is full or fails, at any
//! operation on the disk is made good by the next one.
//!
//! A life is played up to a run. Each run is a process of its own, with the store in a file of a
//! [`SimulatedDisk`]. Each operation on the disk of each run goes wrong in turn, in several ways.
//! Then the file must be whole, by SQLite's own check through its ordinary VFS, and hold what was
//! confirmed: no list is lost, and at most the one in flight is there without having been
//! confirmed. Then a run without trouble has to come to exactly what the program says.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};

use kim_engine::plan::Operation;
use kim_engine::ports::{RunId, Store, StoreError};
use kim_engine::state::State;
use kim_engine::{MemoryStore, Options};
use kim_state::testing::{Loss, SimulatedDisk, Trouble, check_file};

use crate::attempt::{Broken, attempt};
use crate::fixture::{Case, World, stack_id};
use crate::ledger::{Ledger, LedgerStore, STATE_FILE, wait};
use crate::life::{Taste, expect_made_good, play, prepare, random_life};
use crate::random::Random;
use crate::script::{Run, Script};
use crate::watched::Process;

/// What the lives contain. Something that is retained would count as an orphan.
const TASTE: Taste =
    Taste { faults: 15, targets: 0, keeping: 0, groups: 15, paths: 10, aliases: 25, slow: 10 };

/// How an operation goes wrong.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Mishap {
    /// Power is lost.
    Power(Loss),
    /// From then on the disk is full, until the process has ended.
    Full,
    /// For some operations the disk is full.
    FullForAWhile,
    /// A write fails; then power is lost when the process has ended.
    Write(Loss),
    /// A sync fails; then power is lost when the process has ended.
    Sync(Loss),
}

/// What a proof went through.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Count {
    pub(crate) power: usize,
    pub(crate) full: usize,
    pub(crate) errors: usize,
}

/// Returns the life of a seed.
pub(crate) fn life(random: &mut Random) -> Script {
    random_life(random, &TASTE)
}

/// A machine before a run: its disk, the cloud, and what was confirmed.
struct Before {
    files: Vec<(String, Vec<u8>)>,
    world: World,
    options: Options,
    ledger: Ledger,
    /// The last program that was not rejected.
    program: String,
}

/// Lets each `stride`-th operation of each run of a life go wrong, from one that `seed` chooses.
pub(crate) fn prove(script: &Script, seed: u64, stride: u64) -> Result<Count, Broken> {
    let mut count = Count::default();
    let mut before = Before::nothing();
    for (number, run) in script.runs.iter().enumerate() {
        let prepared = RefCell::new(None);
        attempt(async {
            *prepared.borrow_mut() = Some(before.prepared(run).await?);
            Ok(())
        })?;
        let Some(ready) = prepared.into_inner() else { break };
        every_mishap(&ready, run, number, seed, stride, &mut count)?;
        let after = RefCell::new(None);
        attempt(async {
            *after.borrow_mut() = Some(ready.played(run).await?);
            Ok(())
        })?;
        let Some(after) = after.into_inner() else { break };
        before = after;
    }
    Ok(count)
}

fn every_mishap(
    before: &Before,
    run: &Run,
    number: usize,
    seed: u64,
    stride: u64,
    count: &mut Count,
) -> Result<(), Broken> {
    let mut operation = seed % stride;
    loop {
        let mut happened = false;
        let random = Loss::Some(seed.wrapping_mul(10_000).wrapping_add(operation));
        let mishaps = [
            (Mishap::Power(Loss::Everything), 0),
            (Mishap::Power(random), 0),
            (Mishap::Power(Loss::Nothing), 0),
            (Mishap::Full, 1),
            (Mishap::FullForAWhile, 1),
            (Mishap::Write(Loss::Everything), 2),
            (Mishap::Sync(random), 2),
        ];
        for (mishap, kind) in mishaps {
            let what = RefCell::new(None);
            attempt(survives(before, run, operation, mishap, &what)).map_err(|broken| {
                let what = what.borrow().clone().unwrap_or_else(|| "nothing".to_owned());
                let detail = format!(
                    "run {}, operation {operation} of its disk, {mishap:?}: {what}\n{}",
                    number + 1,
                    broken.detail
                );
                Broken { detail, ..broken }
            })?;
            if what.borrow().is_some() {
                happened = true;
                *[&mut count.power, &mut count.full, &mut count.errors][kind] += 1;
            }
        }
        if !happened {
            return Ok(());
        }
        operation += stride;
    }
}

/// Plays a run of which one operation goes wrong, and expects that the next run makes it good.
///
/// Sets `what` to the operation; it stays empty if there is no such operation.
async fn survives(
    before: &Before,
    run: &Run,
    operation: u64,
    mishap: Mishap,
    what: &RefCell<Option<String>>,
) -> Result<(), Broken> {
    let machine = before.machine()?;
    let disk = &machine.disk;
    let (trouble, until) = match mishap {
        Mishap::Power(_) => (Trouble::PowerLoss, operation + 1),
        Mishap::Full => (Trouble::Full, u64::MAX),
        Mishap::FullForAWhile => (Trouble::Full, operation + 4),
        Mishap::Write(_) => (Trouble::WriteError, operation + 1),
        Mishap::Sync(_) => (Trouble::SyncError, operation + 1),
    };
    disk.set_trouble(trouble, operation..until);
    let mut case = before.case();
    let ended = end_of_process(&case, run, disk, before.ledger.clone()).await;
    *what.borrow_mut() = disk.last_trouble();
    if disk.last_trouble().is_none() {
        return Ok(());
    }
    match mishap {
        Mishap::Power(loss) | Mishap::Write(loss) | Mishap::Sync(loss) => restart(disk, loss)?,
        Mishap::Full | Mishap::FullForAWhile => disk.clear_trouble(),
    }
    // After a trouble that passes, the engine's next attempt may have recorded everything.
    if mishap == Mishap::Full {
        ended.expect_message()?;
    }
    case.store = reopened(disk, &ended.ledger)?;
    case.cloud().faults.clear();
    case.options.replace.clear();
    expect_made_good(&case, run, &before.program).await;
    Ok(())
}

/// How a process ended.
struct Ended {
    ledger: Ledger,
    /// What the run said, if it failed.
    message: Option<String>,
}

impl Ended {
    /// Expects that the run has failed with a message if the store did.
    fn expect_message(&self) -> Result<(), Broken> {
        let Some(error) = &self.ledger.error else { return Ok(()) };
        match &self.message {
            Some(message) if message.contains("state file") => Ok(()),
            other => Err(Broken::new(
                "a run whose store fails says so",
                format!("the store: {error}\nthe run: {other:?}"),
            )),
        }
    }
}

/// Plays a run as a process of its own, until it ends or power is lost.
async fn end_of_process(case: &Case, run: &Run, disk: &SimulatedDisk, ledger: Ledger) -> Ended {
    let process = Process::new(usize::MAX);
    let store = match LedgerStore::open(disk, Arc::clone(&process), ledger.clone()) {
        Ok(store) => store,
        Err(error) => return Ended { ledger, message: Some(error.to_string()) },
    };
    let stack = case.stack(&run.text()).with_store(store.clone());
    let outcome = process.play(case, run, stack).await;
    let message = match outcome {
        Some(Ok(summary)) => summary.message,
        Some(Err(error)) => Some(error.to_string()),
        None => None,
    };
    Ended { ledger: store.close(), message }
}

/// Opens the store after a mishap. Fails unless the file is whole and holds what was confirmed.
fn reopened(disk: &SimulatedDisk, ledger: &Ledger) -> Result<Arc<dyn Store>, Broken> {
    let path = disk.path(STATE_FILE);
    if path.exists() {
        check_file(&path).map_err(|error| Broken::new("the state file is whole", error))?;
    }
    let opened = LedgerStore::open(disk, Process::new(usize::MAX), Ledger::default());
    let store = opened
        .map_err(|error| Broken::new("the state file opens after a mishap", error.to_string()))?;
    let state = wait(store.load(&stack_id())).map_err(broken_store)?;
    expect_confirmed(ledger, &state)?;
    let history = wait(store.history(&stack_id(), usize::MAX >> 1));
    let history = history.map_err(broken_store)?;
    let lost = |run: &&RunId| !history.iter().any(|entry| entry.id == **run);
    if let Some(run) = ledger.begun.iter().find(lost) {
        return Err(Broken::new("a run that began is recorded", format!("{run:?}")));
    }
    let open =
        |run: &&RunId| history.iter().any(|entry| entry.id == **run && entry.ended_at.is_none());
    if let Some(run) = ledger.ended.iter().find(open) {
        return Err(Broken::new("a run that ended is recorded so", format!("{run:?}")));
    }
    // The holder's process is this one, so it seems alive. After the loss of power it is not.
    wait(store.unlock(&stack_id())).map_err(broken_store)?;
    Ok(store)
}

fn expect_confirmed(ledger: &Ledger, found: &State) -> Result<(), Broken> {
    let Some(confirmed) = &ledger.state else {
        let is_new = found.records().next().is_none() && found.intents.is_empty();
        return if is_new { Ok(()) } else { Err(Broken::new("a new stack is empty", "")) };
    };
    if found == confirmed || ledger.in_flight.as_ref() == Some(found) {
        return Ok(());
    }
    let detail =
        format!("confirmed: {confirmed:#?}\nin flight: {:#?}\nfound: {found:#?}", ledger.in_flight);
    Err(Broken::new("what was confirmed is recorded", detail))
}

fn broken_store(error: StoreError) -> Broken {
    Broken::new("the store works after a mishap", error.to_string())
}

fn restart(disk: &SimulatedDisk, loss: Loss) -> Result<(), Broken> {
    disk.restart(loss).map_err(|error| Broken::new("the folder can be written", error.to_string()))
}

/// A folder with the disk in it.
struct Machine {
    _folder: tempfile::TempDir,
    disk: SimulatedDisk,
}

impl Before {
    /// Returns what is there before the first run.
    fn nothing() -> Before {
        let mut world = World::default();
        world.ignores_tokens = true;
        let options = Options { parallel: 4, ..Options::default() };
        let (files, ledger, program) = (Vec::new(), Ledger::default(), String::new());
        Before { files, world, options, ledger, program }
    }

    fn machine(&self) -> Result<Machine, Broken> {
        let failed = |error: std::io::Error| {
            Broken::new("there is a folder for the state file", error.to_string())
        };
        let folder = tempfile::tempdir().map_err(failed)?;
        for (name, bytes) in &self.files {
            let path = folder.path().join(name);
            path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(failed)?;
            std::fs::write(path, bytes).map_err(failed)?;
        }
        let disk = SimulatedDisk::new(folder.path()).map_err(failed)?;
        Ok(Machine { _folder: folder, disk })
    }

    fn case(&self) -> Case {
        Case {
            store: Arc::new(MemoryStore::default()),
            world: Arc::new(Mutex::new(self.world.clone())),
            options: self.options.clone(),
            events: Arc::default(),
        }
    }

    /// Does what happens before a run, and what it sets.
    async fn prepared(&self, run: &Run) -> Result<Before, Broken> {
        let prepare = async |case: &mut Case| {
            prepare(case, run).await;
            self.program.clone()
        };
        let prepared = self.after(prepare).await?;
        // The first run creates the file itself, so that mishaps of that are met too.
        Ok(match self.files.is_empty() {
            true => Before { files: Vec::new(), ledger: Ledger::default(), ..prepared },
            false => prepared,
        })
    }

    /// Plays a run without a mishap.
    async fn played(&self, run: &Run) -> Result<Before, Broken> {
        self.after(async |case| {
            let is_up = run.operation() == Operation::Up;
            let accepted = play(case, run).await.is_ok();
            if accepted && is_up { run.text() } else { self.program.clone() }
        })
        .await
    }

    /// Does something in a process of its own. It returns the last program that was accepted.
    async fn after(&self, work: impl AsyncFnOnce(&mut Case) -> String) -> Result<Before, Broken> {
        let machine = self.machine()?;
        let mut case = self.case();
        let process = Process::new(usize::MAX);
        let opened = LedgerStore::open(&machine.disk, process, self.ledger.clone());
        let store = opened.map_err(broken_store)?;
        case.store = store.clone();
        let program = work(&mut case).await;
        let ledger = store.close();
        let files = files_of(&machine.disk)?;
        let world = case.cloud().clone();
        Ok(Before { files, world, options: case.options.clone(), ledger, program })
    }
}

/// Returns the files of a disk, without the ones that only open stores have.
fn files_of(disk: &SimulatedDisk) -> Result<Vec<(String, Vec<u8>)>, Broken> {
    let read = |name: &str| match std::fs::read(disk.path(name)) {
        Ok(bytes) => Ok(Some((name.to_owned(), bytes))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Broken::new("a state file can be read", error.to_string())),
    };
    let names = [STATE_FILE.to_owned(), format!("{STATE_FILE}-wal")];
    names.iter().filter_map(|name| read(name).transpose()).collect()
}
