//! The caller that follows a run and may stop it.

use std::sync::Arc;

use crate::event::Events;
use crate::interrupt::Interrupt;

/// The caller of a run: receives its events, and may stop it.
///
/// Clones share one caller.
#[derive(Clone)]
pub(crate) struct Watch {
    /// The receiver of the run's events.
    pub(crate) events: Arc<dyn Events>,
    /// The caller's request to stop.
    pub(crate) interrupt: Interrupt,
}
