//! The one error of programs: a text for people.

use std::fmt;

/// Why a program cannot go on. It converts from every `std::error::Error`, so `?` works on all of them.
pub struct Error(String);

/// The result of a program's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with that message: what happened, where, why, what to do next.
    pub fn new(message: impl Into<String>) -> Error {
        Error(message.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Error {
    /// The same text as `Display`: what `unwrap` in a test prints should be readable.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Error {
    /// The error's text, and those of its sources that it does not already say.
    fn from(error: E) -> Error {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            if !text.contains(&cause_text) {
                text = format!("{text}: {cause_text}");
            }
            source = cause.source();
        }
        Error(text)
    }
}
