//! The embedding API: one stack, its program, its plugins and its store.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use kim_model::Value;

use crate::apply;
use crate::diff;
use crate::event::{Diagnostic, Event, Events, Summary, counted};
use crate::plan::{Change, Fate, Operation, Plan};
use crate::ports::memory::MemoryStore;
use crate::ports::{Program, Provider, Store, StoreError};
use crate::prepare::{self, Groundwork};
use crate::state::StackId;

/// A stack: everything that an operation needs. Cheap to build and to clone; holds no lock.
///
/// [`Stack::new`] begins one, the `with_` methods say what it is made of, [`Stack::open`] makes sure that its store has it.
/// The fields are public: whoever has all of it at hand may as well write the struct.
#[derive(Clone)]
pub struct Stack {
    /// Its name.
    pub id: StackId,
    /// The program; none for operations on state alone (destroy, refresh).
    pub program: Option<Arc<dyn Program>>,
    /// The plugins.
    pub providers: Vec<Arc<dyn Provider>>,
    /// Where state is kept.
    pub store: Arc<dyn Store>,
    /// The stack's settings: a map of tables, `config` is the program's own.
    pub settings: Value,
    /// Who runs it, for history and lock: `user@host`.
    pub who: String,
}

/// How to plan and apply.
///
/// ```
/// use kim_engine::Options;
///
/// let options = Options { targets: vec!["main/*".to_owned()], ..Options::default() };
/// assert_eq!(options.parallel, 16);
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    /// Compare with recorded state alone, not with the cloud.
    pub offline: bool,
    /// Only these resources (URN, qualified name `main/node-1`, or a glob of either); empty: all. One that is to be
    /// created and needs another that does not exist yet is an error that names it.
    pub targets: Vec<String>,
    /// The most steps at a time.
    pub parallel: usize,
    /// Resources to replace although nothing differs (as in `targets`).
    pub replace: Vec<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options { offline: false, targets: Vec::new(), parallel: 16, replace: Vec::new() }
    }
}

/// How a caller stops an operation: once, nothing new is begun; twice, what is in flight is left to the next run. Clones
/// are the same interrupt.
///
/// ```
/// let interrupt = kim_engine::Interrupt::default();
/// let handed_to_apply = interrupt.clone();
/// interrupt.interrupt();
/// assert_eq!(handed_to_apply.level(), 1);
/// ```
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<tokio::sync::watch::Sender<u8>>);

impl Default for Interrupt {
    fn default() -> Interrupt {
        Interrupt(Arc::new(tokio::sync::watch::channel(0).0))
    }
}

impl Interrupt {
    /// Asks to stop; the second time, at once.
    pub fn interrupt(&self) {
        self.0.send_modify(|level| *level = level.saturating_add(1));
    }

    /// How often it was asked.
    pub fn level(&self) -> u8 {
        *self.0.borrow()
    }

    /// Waits until it was asked that often.
    pub async fn reached(&self, level: u8) {
        // The sender lives as long as `self`, so the wait cannot fail.
        let _ = self.0.subscribe().wait_for(|now| *now >= level).await;
    }
}

/// A plan that is ready to be applied, with everything that applying it needs (the program's closures, the state that it
/// was made from).
pub struct Prepared {
    /// The plan.
    pub plan: Arc<Plan>,
    /// Notices and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// How long planning took, in milliseconds.
    pub millis: u64,
    ground: Groundwork,
}

impl Prepared {
    /// The summary of the plan itself: what would happen.
    pub fn summary(&self) -> Summary {
        self.plan.summary(self.millis)
    }

    /// The plan with all inputs of what is created or deleted among its changes. It is large, so it is made only for those
    /// who want to see all of it.
    pub fn in_full(&self) -> Plan {
        let mut plan = Plan::clone(&self.plan);
        for resource in plan.resources.iter_mut().filter(|resource| !resource.component) {
            let declared = self.ground.desired.index(&resource.urn);
            let (old, new) = match (resource.fate, declared) {
                (Fate::Create, Some(index)) => (None, Some(&self.ground.decisions[index].inputs)),
                // An old copy of what is declared was created with something that nobody wrote for what there is now.
                (Fate::Delete, None) => (self.ground.base.current(&resource.urn).map(|record| &record.inputs), None),
                _ => continue,
            };
            let parts = |inputs: Option<&Arc<Value>>| inputs.map_or_else(Vec::new, |inputs| diff::parts(inputs));
            let change = |path, old, new| Change { path, old, new, replaces: false, drift: false };
            let gone = parts(old).into_iter().map(|(path, value)| change(path, Some(value), None));
            let made = parts(new).into_iter().map(|(path, value)| change(path, None, Some(value)));
            resource.changes = gone.chain(made).collect();
        }
        plan
    }

    /// The desired graph in the DOT language.
    pub fn dot(&self) -> String {
        self.ground.desired.to_dot()
    }
}

/// Why an operation was not carried out (or not begun). A failed *step* is no error: it is in the [`Summary`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The program failed; nothing was changed.
    #[error("the program failed, so nothing was changed: {0}")]
    Program(String),
    /// The declarations are wrong; nothing was changed. Every error is listed.
    #[error("{}", .0.iter().map(|d| d.message.as_str()).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<Diagnostic>),
    /// A read of the live state failed; nothing was changed.
    #[error("{0}")]
    Live(String),
    /// The recorded state is not one that can be operated on. Every fault is listed.
    #[error("the recorded state is not valid, so nothing was changed: {}. Look at it with `kim stack export`, or go back to a backup of the state file", .0.join("; "))]
    InvalidState(Vec<String>),
    /// The stack's resources are in another cloud than the one at hand.
    #[error(
        "the resources of plugin {plugin} are in {recorded}, but this run would work on {now}; nothing was changed. Use the credentials, region or --local of that cloud, or destroy the stack there first"
    )]
    OtherPlace {
        /// The plugin.
        plugin: String,
        /// Where its resources are.
        recorded: String,
        /// Where it would work now.
        now: String,
    },
    /// Another run is changing the stack: its operations are under way.
    #[error("stack '{stack}' is locked by {holder}: another run is changing it. Wait until it has ended")]
    AtWork {
        /// The stack.
        stack: StackId,
        /// Who, as the store names the holder of its lock.
        holder: String,
    },
    /// An interrupted run left creates open, and the cloud may not be asked what they made.
    #[error(
        "an interrupted run left {} open, and only the cloud knows whether anything was made, so nothing was changed; run it without --offline",
        counted(*.0, "operation")
    )]
    Unsettled(usize),
    /// Another run changed the stack after the plan was made.
    #[error("another run changed the stack after this plan was made, so nothing was changed; plan again")]
    Moved,
    /// The plan is that of a preview, which may look at less than an up has to.
    #[error("a preview's plan is only looked at, so nothing was changed; plan an up, and apply that")]
    OnlyPreviewed,
    /// It was interrupted while it was planned.
    #[error("interrupted while the plan was made, so nothing was changed")]
    Interrupted,
}

impl Stack {
    /// A stack of a project that has no program and no provider yet, and whose state is kept in memory.
    pub fn new(project: impl Into<String>, name: impl Into<String>) -> Stack {
        Stack {
            id: StackId { project: project.into(), name: name.into() },
            program: None,
            providers: Vec::new(),
            store: Arc::new(MemoryStore::default()),
            settings: Value::map(),
            who: "an embedder of kim".to_owned(),
        }
    }

    /// The same with a program.
    pub fn with_program(self, program: Arc<dyn Program>) -> Stack {
        Stack { program: Some(program), ..self }
    }

    /// The same with one more provider.
    pub fn with_provider(mut self, provider: Arc<dyn Provider>) -> Stack {
        self.providers.push(provider);
        self
    }

    /// The same with its state in that store.
    pub fn with_store(self, store: Arc<dyn Store>) -> Stack {
        Stack { store, ..self }
    }

    /// The same with settings: a map of tables, of which `config` is the program's own.
    pub fn with_settings(self, settings: Value) -> Stack {
        Stack { settings, ..self }
    }

    /// The same, run by somebody: `user@host`, for history and lock.
    pub fn with_who(self, who: impl Into<String>) -> Stack {
        Stack { who: who.into(), ..self }
    }

    /// Makes the stack in its store, unless it is there.
    ///
    /// # Errors
    /// The store cannot be used.
    pub async fn open(self) -> Result<Stack, Error> {
        match self.store.create_stack(&self.id).await {
            Ok(()) | Err(StoreError::StackExists(_)) => Ok(self),
            Err(error) => Err(error.into()),
        }
    }

    /// What [`Stack::up`] would do, to be looked at and not to be applied. Nobody is told on the way; [`Stack::plan`] tells.
    ///
    /// # Errors
    /// As for [`Stack::plan`].
    pub async fn preview(&self, options: &Options) -> Result<Prepared, Error> {
        self.plan(Operation::Preview, options, Arc::new(())).await
    }

    /// Makes the cloud what the program declares: plans, and carries the plan out without asking. Who wants to look at the
    /// plan in between takes [`Stack::plan`] and [`Stack::apply`].
    ///
    /// # Errors
    /// As for [`Stack::plan`] and [`Stack::apply`].
    pub async fn up(&self, options: &Options, events: Arc<dyn Events>, interrupt: Interrupt) -> Result<Summary, Error> {
        self.carry(Operation::Up, options, events, interrupt).await
    }

    /// Deletes everything that the stack holds, without asking.
    ///
    /// # Errors
    /// As for [`Stack::plan`] and [`Stack::apply`].
    pub async fn destroy(
        &self,
        options: &Options,
        events: Arc<dyn Events>,
        interrupt: Interrupt,
    ) -> Result<Summary, Error> {
        self.carry(Operation::Destroy, options, events, interrupt).await
    }

    /// Records what the cloud holds.
    ///
    /// # Errors
    /// As for [`Stack::plan`] and [`Stack::apply`].
    pub async fn refresh(
        &self,
        options: &Options,
        events: Arc<dyn Events>,
        interrupt: Interrupt,
    ) -> Result<Summary, Error> {
        self.carry(Operation::Refresh, options, events, interrupt).await
    }

    async fn carry(
        &self,
        operation: Operation,
        options: &Options,
        events: Arc<dyn Events>,
        interrupt: Interrupt,
    ) -> Result<Summary, Error> {
        let prepared = tokio::select! {
            // First, so that one who asked beforehand is heard.
            biased;
            () = interrupt.reached(1) => return Err(Error::Interrupted),
            prepared = self.plan(operation, options, Arc::clone(&events)) => prepared?,
        };
        self.apply(prepared, options, events, interrupt).await
    }

    /// The outputs that the last run recorded. Secrets keep their mark: [`kim_model::json::redacted`] shows a value
    /// without them.
    ///
    /// # Errors
    /// The store has no such stack, or cannot be used.
    pub async fn outputs(&self) -> Result<BTreeMap<String, Value>, Error> {
        Ok(self.store.load(&self.id).await?.exports)
    }

    /// Runs the program (except for destroy and refresh), compares, and plans. Changes nothing in the cloud and nothing
    /// in state; to drop the future is to give up. A preview's last event is its summary.
    ///
    /// # Errors
    /// The program fails, its declarations are wrong, the cloud or the store cannot be read. Nothing was changed.
    pub async fn plan(
        &self,
        operation: Operation,
        options: &Options,
        events: Arc<dyn Events>,
    ) -> Result<Prepared, Error> {
        let started = Instant::now();
        let (plan, diagnostics, ground) = prepare::prepare(self, operation, options, &events).await?;
        for diagnostic in &diagnostics {
            events.emit(Event::Diagnostic(diagnostic.clone()));
        }
        let millis = started.elapsed().as_millis() as u64;
        let prepared = Prepared { plan: Arc::new(plan), diagnostics, millis, ground };
        events.emit(Event::Planned { plan: Arc::clone(&prepared.plan) });
        if operation == Operation::Preview {
            events.emit(Event::Summary(prepared.summary()));
        }
        Ok(prepared)
    }

    /// Carries a plan out: takes the stack's lock, settles what an earlier run left open, walks the plan.
    /// The last event is the summary that it also returns. A step that failed is no error: the summary says so.
    ///
    /// To stop, use the [`Interrupt`] and await the end: then what is in flight is recorded. Should the future be dropped or
    /// the process be killed instead, the next run settles what was in flight.
    ///
    /// # Errors
    /// Another run holds the lock or has changed the stack since the plan was made, or the store cannot be used.
    pub async fn apply(
        &self,
        prepared: Prepared,
        options: &Options,
        events: Arc<dyn Events>,
        interrupt: Interrupt,
    ) -> Result<Summary, Error> {
        apply::apply(self, prepared.plan, prepared.ground, options, events, interrupt).await
    }
}
