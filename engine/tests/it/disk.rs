//! A store whose n-th commit goes wrong, and what every run must leave behind whatever goes wrong: a valid state from
//! which a healthy run comes to exactly what the program says.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use kim_engine::event::{RunResult, Summary};
use kim_engine::plan::Operation;
use kim_engine::ports::{RunEnd, RunEntry, RunId, RunStart, StackSummary, Store, StoreError};
use kim_engine::state::{StackId, Standing, State, StateChange, validate};
use kim_engine::{Error, Interrupt};
use tokio::sync::Notify;

use crate::fixture::Case;

/// What goes wrong with a commit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// Nothing is recorded, this once.
    Refused,
    /// From then on nothing is recorded: the disk is full.
    Full,
    /// It is recorded, but the answer says that it is not.
    Doubtful,
    /// The process dies before it is recorded.
    KilledBefore,
    /// The process dies when it has just been recorded.
    KilledAfter,
    /// Ctrl-C while it is being recorded.
    Interrupted,
    /// Ctrl-C twice.
    CutOff,
}

impl Trouble {
    pub const ALL: [Trouble; 7] = [
        Trouble::Refused,
        Trouble::Full,
        Trouble::Doubtful,
        Trouble::KilledBefore,
        Trouble::KilledAfter,
        Trouble::Interrupted,
        Trouble::CutOff,
    ];
}

/// A store of which one commit, counted from 1, goes wrong.
struct Disk {
    inner: Arc<dyn Store>,
    nth: usize,
    trouble: Trouble,
    commits: AtomicUsize,
    /// The run that holds the lock.
    run: Mutex<Option<RunId>>,
    dead: Notify,
    interrupt: Interrupt,
}

impl Disk {
    fn struck(&self) -> bool {
        self.commits.load(Ordering::Relaxed) >= self.nth
    }

    async fn die<T>(&self) -> T {
        self.dead.notify_one();
        std::future::pending().await
    }

    fn full() -> StoreError {
        StoreError::Unusable("the disk is full".to_owned())
    }

    /// The lock of a process that has ended is free.
    async fn release(&self) {
        let run = self.run.lock().unwrap().take();
        if let Some(run) = run {
            self.inner.finish(run, RunEnd::default()).await.unwrap();
        }
    }
}

#[async_trait]
impl Store for Disk {
    async fn stacks(&self, project: &str) -> Result<Vec<StackSummary>, StoreError> {
        self.inner.stacks(project).await
    }

    async fn create_stack(&self, stack: &StackId) -> Result<(), StoreError> {
        self.inner.create_stack(stack).await
    }

    async fn remove_stack(&self, stack: &StackId, force: bool) -> Result<(), StoreError> {
        self.inner.remove_stack(stack, force).await
    }

    async fn load(&self, stack: &StackId) -> Result<State, StoreError> {
        self.inner.load(stack).await
    }

    async fn begin(&self, stack: &StackId, start: RunStart) -> Result<RunId, StoreError> {
        let run = self.inner.begin(stack, start).await?;
        *self.run.lock().unwrap() = Some(run);
        Ok(run)
    }

    async fn commit(&self, run: RunId, changes: Vec<StateChange>) -> Result<(), StoreError> {
        let number = self.commits.fetch_add(1, Ordering::Relaxed) + 1;
        let (struck, after) = (number == self.nth, number > self.nth);
        match self.trouble {
            Trouble::Refused if struck => return Err(Disk::full()),
            Trouble::Full if struck || after => return Err(Disk::full()),
            Trouble::KilledBefore if struck => return self.die().await,
            Trouble::KilledBefore | Trouble::KilledAfter if after => return std::future::pending().await,
            Trouble::Interrupted if struck => self.interrupt.interrupt(),
            Trouble::CutOff if struck => {
                self.interrupt.interrupt();
                self.interrupt.interrupt();
            }
            _ => {}
        }
        self.inner.commit(run, changes).await?;
        match self.trouble {
            Trouble::Doubtful if struck => Err(Disk::full()),
            Trouble::KilledAfter if struck => self.die().await,
            _ => Ok(()),
        }
    }

    async fn finish(&self, run: RunId, end: RunEnd) -> Result<(), StoreError> {
        if self.trouble == Trouble::Full && self.struck() {
            return Err(Disk::full());
        }
        *self.run.lock().unwrap() = None;
        self.inner.finish(run, end).await
    }

    async fn history(&self, stack: &StackId, limit: usize) -> Result<Vec<RunEntry>, StoreError> {
        self.inner.history(stack, limit).await
    }
}

/// Runs an operation during which the n-th commit goes wrong; `false`: it had fewer.
pub async fn troubled(case: &Case, operation: Operation, program: &str, nth: usize, trouble: Trouble) -> bool {
    let interrupt = Interrupt::default();
    let disk = Arc::new(Disk {
        inner: Arc::clone(&case.store),
        nth,
        trouble,
        commits: AtomicUsize::new(0),
        run: Mutex::new(None),
        dead: Notify::new(),
        interrupt: interrupt.clone(),
    });
    let stack = case.stack(program).with_store(disk.clone());
    let whole = async {
        let prepared = stack.plan(operation, &case.options, case.sink()).await?;
        stack.apply(prepared, &case.options, case.sink(), interrupt).await
    };
    let ended: Option<Result<Summary, Error>> = tokio::select! {
        ended = whole => Some(ended),
        () = disk.dead.notified() => None,
        // On the virtual clock: what hangs for ever is killed in the end.
        () = tokio::time::sleep(Duration::from_secs(3600)) => None,
    };
    disk.release().await;
    let struck = disk.struck();
    if let (true, Some(Ok(summary))) = (struck, &ended) {
        // What was refused once is recorded when it is tried again by itself.
        let complete = case.state().await.records().all(|record| record.incomplete.is_none());
        let succeeded = summary.result == RunResult::Succeeded;
        assert!(!succeeded || (trouble != Trouble::Full && complete), "{trouble:?}: not all is well, but it says so");
    }
    assert_eq!(validate(&case.state().await), [""; 0]);
    struck
}

/// A healthy run comes to exactly what the program says: nothing twice, nothing left behind, nothing half done.
pub async fn converges(case: &Case, program: &str) {
    let summary = case.run(Operation::Up, program).await.unwrap();
    assert_eq!(summary.message, None, "{program}");
    let state = case.state().await;
    assert_eq!(validate(&state), [""; 0]);
    assert!(state.intents.is_empty());
    assert!(state.records().all(|record| record.standing == Standing::Current && record.incomplete.is_none()));
    assert_eq!(state.records().count(), program.lines().filter(|line| !line.starts_with("export")).count());
    let recorded: BTreeSet<String> =
        state.records().filter(|record| !record.component).map(|record| record.id.clone()).collect();
    let existing: BTreeSet<String> = case.world.lock().unwrap().items.keys().cloned().collect();
    assert_eq!(recorded, existing, "left: what is recorded, right: what exists, after {program}");
    assert_eq!(case.preview(program).await.unwrap(), "", "{program}");
}

/// A destroy leaves nothing, neither here nor there.
pub async fn goes(case: &Case) {
    let summary = case.run(Operation::Destroy, "").await.unwrap();
    assert_eq!(summary.message, None);
    assert!(case.world.lock().unwrap().items.is_empty());
    assert_eq!(case.state().await.records().count(), 0);
}
