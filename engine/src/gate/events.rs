//! The gate in front of a receiver of events.

use std::sync::Arc;

use kim_model::Log;

use super::known::Gate;
use crate::event::{Diagnostic, Event, Events, StepResult, Summary};

/// A receiver of events behind a gate.
struct GatedEvents {
    gate: Gate,
    receiver: Arc<dyn Events>,
}

impl Gate {
    /// Returns a receiver that cleans the words of events, and passes them on.
    ///
    /// What only guests say, log lines and what steps wait for, is cleaned. What kim says with
    /// words of guests in it, which are clean, is searched once more for secrets and for characters
    /// that are not seen. A stack puts its own receivers behind its gate. Put those that a sandbox
    /// gets behind the same one.
    pub fn events(&self, receiver: Arc<dyn Events>) -> Arc<dyn Events> {
        Arc::new(GatedEvents { gate: self.clone(), receiver })
    }

    /// Returns a diagnostic whose message has no secrets.
    pub(crate) fn diagnostic(&self, diagnostic: Diagnostic) -> Diagnostic {
        Diagnostic { message: self.own(&diagnostic.message), ..diagnostic }
    }

    pub(super) fn log(&self, log: Log) -> Log {
        Log { level: self.clean(&log.level), message: self.clean(&log.message) }
    }
}

impl Events for GatedEvents {
    fn emit(&self, event: Event) {
        let gate = &self.gate;
        let event = match event {
            Event::Phase { message } => Event::Phase { message: gate.own(&message) },
            Event::Log(log) => Event::Log(gate.log(log)),
            Event::PluginLog { plugin, log } => {
                Event::PluginLog { plugin: gate.clean(&plugin), log: gate.log(log) }
            }
            Event::Diagnostic(diagnostic) => Event::Diagnostic(gate.diagnostic(diagnostic)),
            Event::StepStatus { urn, status } => {
                Event::StepStatus { urn, status: gate.clean(&status) }
            }
            Event::StepFinished { urn, action, result, millis } => {
                Event::StepFinished { urn, action, result: result_of(gate, result), millis }
            }
            Event::Summary(summary) => {
                let message = summary.message.as_ref().map(|message| gate.own(message));
                Event::Summary(Summary { message, ..summary })
            }
            other
            @ (Event::LiveRead { .. } | Event::Planned { .. } | Event::StepStarted { .. }) => other,
        };
        self.receiver.emit(event);
    }
}

fn result_of(gate: &Gate, result: StepResult) -> StepResult {
    match result {
        StepResult::Failed { message, remedies } => {
            StepResult::Failed { message: gate.own(&message), remedies }
        }
        StepResult::Skipped { because } => StepResult::Skipped { because: gate.own(&because) },
        other @ (StepResult::Succeeded | StepResult::Unchanged) => other,
    }
}
