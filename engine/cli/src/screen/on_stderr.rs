//! The screen of a command that is no run.

use kim_engine::event::{Event, Events};

use super::look::notice;
use super::report::diagnostic_text;

/// Events of a command that is no run: what takes a while and what plugins say goes to stderr.
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
