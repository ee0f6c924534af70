//! What guests say: lines of a level, none of them endless.

use std::sync::Arc;

/// Where the lines of a guest go. Called from any thread.
pub(crate) type OnLine = Arc<dyn Fn(Level, &str) + Send + Sync>;

/// How much a log line matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// For whoever writes the guest.
    Debug,
    /// Worth saying.
    Info,
    /// Probably not meant.
    Warn,
    /// Something failed.
    Error,
}

impl Level {
    /// `debug`, `info`, `warn` or `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        }
    }
}

/// The longest line that is passed on, and how much of the end of stderr is kept to find a panic's message in.
pub(super) const LONGEST: usize = 16 << 10;

/// A text that a guest wants to be shown, cut where it is too long to be.
pub(crate) fn shortened(mut text: String) -> String {
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('…');
    }
    text
}
