//! The screen of commands that are not runs.

use kim_engine::event::{Event, Events};

use super::look::notice;
use super::report::diagnostic_text;

/// The receiver of events of a command that is not a run.
///
/// It prints phases, diagnostics and plugins' logs to stderr.
pub(crate) struct OnStderr;

impl Events for OnStderr {
    fn emit(&self, event: Event) {
        match event {
            Event::Phase { message } => notice(&message),
            Event::PluginLog { plugin, log } => notice(&format!("{plugin}: {}", log.message)),
            Event::Diagnostic(diagnostic) => notice(&diagnostic_text(&diagnostic)),
            _ => {}
        }
    }
}
