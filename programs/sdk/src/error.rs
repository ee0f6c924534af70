//! The one error of programs: a text for people, and where in the program it was made.

use std::any::type_name;
use std::fmt;
use std::panic::Location;

use kim_model::without_error_numbers;

/// Why a program cannot go on. It converts from every `std::error::Error`, so `?` works on all of them; kim shows the
/// place of the `?` (or of [`Error::new`]) with it.
pub struct Error {
    text: String,
    place: Option<&'static Location<'static>>,
}

/// The result of a program's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with that message: what happened, where, why, what to do next.
    #[track_caller]
    pub fn new(message: impl Into<String>) -> Error {
        Error { text: message.into(), place: Some(Location::caller()) }
    }

    /// An error that no line of the program is to blame for.
    pub(crate) fn without_place(message: impl Into<String>) -> Error {
        Error { text: message.into(), place: None }
    }

    /// The message and the place.
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
    /// The text and the place: what `unwrap` in a test prints should be readable.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_place())
    }
}

impl<E: std::error::Error> From<E> for Error {
    /// The error's text, and those of its sources that it does not already say.
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
        let outside = [type_name::<std::io::Error>(), type_name::<std::env::VarError>()].contains(&type_name::<E>());
        if cfg!(target_family = "wasm") && outside {
            text = format!("{}; {HERMETIC}", without_error_numbers(text));
        }
        Error { text, place: Some(Location::caller()) }
    }
}

/// Why files, sockets and variables cannot be had, and what to do instead.
const HERMETIC: &str = "a program sees no files, network or environment: what it needs belongs into its configuration, \
                        or into the program itself (include_str!)";
