//! What guests log: lines with a level, each of bounded length.

use std::sync::Arc;

use kim_model::bounds;

/// Receives the lines of a guest. Called from any thread.
pub(crate) type OnLine = Arc<dyn Fn(Level, &str) + Send + Sync>;

/// The severity of a log line. Greater is more severe.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// For the guest's author.
    Debug,
    /// Worth knowing; nothing is wrong.
    Info,
    /// Probably a mistake.
    Warn,
    /// Something failed.
    Error,
}

impl Level {
    /// Returns `debug`, `info`, `warn` or `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        }
    }
}

/// The longest line that is passed on, in bytes. Longer ones are cut.
///
/// Up to twice as much of the end of stderr is kept to find a panic's message in.
pub(super) const LONGEST: usize = bounds::TEXT.most();

/// Cuts a text of a guest to at most [`LONGEST`] bytes. A cut text ends with `…`.
pub(crate) fn shortened(mut text: String) -> String {
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('…');
    }
    text
}
