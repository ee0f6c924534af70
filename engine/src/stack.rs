//! The embedding API: one stack, its program, its plugins and its store.

use std::sync::Arc;
use std::time::Instant;

use kim_model::Value;

use crate::apply;
use crate::event::{Diagnostic, Event, Events, Summary};
use crate::plan::{Operation, Plan};
use crate::ports::{Program, Provider, Store, StoreError};
use crate::prepare::{self, Groundwork};
use crate::state::StackId;

/// A stack: everything that an operation needs. Cheap to build; holds no lock.
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

/// How a caller stops an operation: once, nothing new is begun; twice, what is in flight is left to the next run.
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
    /// Another run changed the stack after the plan was made.
    #[error("another run changed the stack after this plan was made, so nothing was changed; plan again")]
    Moved,
}

impl Stack {
    /// Runs the program (except for destroy and refresh), compares, and plans. Changes nothing in the cloud and nothing
    /// in state. A preview's last event is its summary.
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
    /// The last event is the summary that it also returns.
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
