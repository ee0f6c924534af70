//! The caller that follows a run and may stop it.

use std::sync::Arc;

use crate::event::Events;
use crate::gate::Gate;
use crate::interrupt::Interrupt;

/// The caller of a run: receives its events, and may stop it.
///
/// Clones share one caller.
#[derive(Clone)]
pub(crate) struct Watch {
    /// The receiver of the run's events.
    pub(crate) events: Arc<dyn Events>,
    /// The gate for words, which stands before `events` too.
    pub(crate) gate: Gate,
    /// The caller's request to stop.
    pub(crate) interrupt: Interrupt,
}

impl Watch {
    /// Creates the caller of a run, whose events pass a gate.
    pub(crate) fn new(gate: &Gate, events: Arc<dyn Events>, interrupt: Interrupt) -> Watch {
        Watch { events: gate.events(events), gate: gate.clone(), interrupt }
    }
}
