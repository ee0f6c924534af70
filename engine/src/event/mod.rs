//! The events of a run: for a screen, for a stream of JSON, for an embedder.
//!
//! Invariants: an event never shows a secret: its texts contain none, and the values of a plan that
//! it carries keep their marks, which `Debug` and JSON respect. A run ends with exactly one
//! [`Event::Summary`]; a run that returns an error has none.

mod diagnostic;
pub(crate) mod summary;

use std::sync::Arc;

use kim_model::{Log, Remedy, Urn};
use serde::Serialize;

use crate::plan::Plan;
use crate::state::Action;

pub use diagnostic::{Diagnostic, Severity};
pub use summary::{RunResult, Summary};

/// Something that happened in a run.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// Something that takes a while has begun.
    ///
    /// For example "compiling plugin aws-ec2, once", or "reading 31 resources".
    Phase {
        /// What has begun, in words for people.
        message: String,
    },
    /// The program wrote a line.
    Log(Log),
    /// A plugin wrote a line.
    PluginLog {
        /// The plugin's name.
        plugin: String,
        /// The line.
        #[serde(flatten)]
        log: Log,
    },
    /// A problem or a notice was found.
    Diagnostic(Diagnostic),
    /// The live state was read.
    LiveRead {
        /// How many requests were sent to the cloud.
        requests: u64,
        /// Milliseconds from before the first request until all states were read.
        millis: u64,
    },
    /// The plan was made.
    Planned {
        /// The plan.
        #[serde(skip)]
        plan: Arc<Plan>,
    },
    /// A step began.
    StepStarted {
        /// The resource.
        urn: Urn,
        /// What is done.
        action: Action,
    },
    /// A step waits for something.
    StepStatus {
        /// The resource.
        urn: Urn,
        /// What it waits for ("pending", "stopping", "throttled, again in 2 s").
        status: String,
    },
    /// A step ended.
    StepFinished {
        /// The resource.
        urn: Urn,
        /// What was done.
        action: Action,
        /// How it ended.
        result: StepResult,
        /// Milliseconds since the step began; 0 for one that was skipped.
        millis: u64,
    },
    /// The run ended. Always the last event.
    Summary(Summary),
}

/// How a step ended.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum StepResult {
    /// It was carried out.
    Succeeded,
    /// Nothing had to be done: what was unknown turned out to be the same.
    Unchanged,
    /// It failed.
    Failed {
        /// Why, and what to do next.
        message: String,
        /// What the user may do about it beyond that.
        ///
        /// Not serialized: the receiver that shows it words it.
        #[serde(skip)]
        remedies: Vec<Remedy>,
    },
    /// It was not begun.
    Skipped {
        /// The reason.
        because: String,
    },
}

/// A receiver of events: a closure is one; `()` drops every event.
///
/// Calls from several tasks overlap; it must not block.
///
/// ```
/// use std::sync::Arc;
/// use kim_engine::event::{Event, Events};
///
/// let events: Arc<dyn Events> = Arc::new(|event: Event| {
///     if let Event::StepStarted { urn, action } = &event {
///         println!("{action:?} {}", urn.qualified_name());
///     }
/// });
/// events.emit(Event::Phase { message: "reading 3 resources".to_owned() });
/// let nobody: Arc<dyn Events> = Arc::new(());
/// ```
pub trait Events: Send + Sync {
    /// Receives an event.
    fn emit(&self, event: Event);
}

impl<F: Fn(Event) + Send + Sync> Events for F {
    fn emit(&self, event: Event) {
        self(event)
    }
}

/// Drops every event.
impl Events for () {
    fn emit(&self, _: Event) {}
}

/// Returns a number with its noun: `1 operation`, `2 operations`.
///
/// ```
/// use kim_engine::event::counted;
///
/// assert_eq!(counted(1, "step"), "1 step");
/// assert_eq!(counted(0, "step"), "0 steps");
/// ```
pub fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
