//! The one error type of programs: a text for people, and its place in the program.

use std::any::type_name;
use std::fmt;
use std::panic::Location;

use kim_model::without_error_numbers;

/// An error that stops a program.
///
/// It converts from every `std::error::Error`, so `?` works on all of them. kim shows it with the
/// place of the `?` or of [`Error::new`].
pub struct Error {
    text: String,
    place: Option<&'static Location<'static>>,
}

/// The result of a program's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Creates an error at the caller's place.
    ///
    /// The message should say what happened, where, why, and what to do next.
    #[track_caller]
    pub fn new(message: impl Into<String>) -> Error {
        Error { text: message.into(), place: Some(Location::caller()) }
    }

    /// Creates an error that no line of the program caused.
    pub(crate) fn without_place(message: impl Into<String>) -> Error {
        Error { text: message.into(), place: None }
    }

    /// Returns the message and, if known, the place on a line of its own.
    pub(crate) fn with_place(&self) -> String {
        match self.place {
            Some(place) => format!("{}\n  at {}:{}", self.text, place.file(), place.line()),
            None => self.text.clone(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Error {
    /// Writes the message and the place, so that a test's `unwrap` is readable.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_place())
    }
}

impl<E: std::error::Error> From<E> for Error {
    /// Returns an error with the text of `error` and the texts of its sources.
    ///
    /// It leaves out a source's text that it already contains.
    #[track_caller]
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
        let outside = [type_name::<std::io::Error>(), type_name::<std::env::VarError>()]
            .contains(&type_name::<E>());
        if cfg!(target_family = "wasm") && outside {
            text = format!("{}; {HERMETIC}", without_error_numbers(text));
        }
        Error { text, place: Some(Location::caller()) }
    }
}

/// The reason why files, sockets and variables are not available.
///
/// It says what to use instead.
const HERMETIC: &str = "a program sees no files, network or environment: what it needs belongs in its configuration, \
                        or in the program itself (include_str!)";
