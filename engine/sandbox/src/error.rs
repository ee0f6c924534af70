//! Why a component cannot be used, as a message for users.
//!
//! Invariants: a message names the component, what is wrong with it, and what to do next. It has no
//! character that is not seen, and what a component says begins no line.

use kim_engine::gate::foreign;
use kim_model::Remedy;

/// Why a component cannot be used.
///
/// Errors of what components run in (the cache's folder, the WebAssembly engine) have this type
/// too.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct LoadError {
    /// What is wrong, with which component, and what to do next.
    pub message: String,
    /// What else the user may do about it.
    pub remedy: Option<Remedy>,
    /// True if not the component is wrong, but its configuration.
    pub of_configuration: bool,
}

impl LoadError {
    /// Creates an error.
    ///
    /// A component's words in its message are cleaned here, and nowhere else.
    pub(crate) fn new(message: impl Into<String>) -> LoadError {
        LoadError { message: foreign(&message.into()), remedy: None, of_configuration: false }
    }

    /// Creates the error for a configuration that is wrong.
    pub(crate) fn of_configuration(message: impl Into<String>) -> LoadError {
        LoadError { of_configuration: true, ..LoadError::new(message) }
    }

    /// Returns this error with something that the user may do about it.
    pub(crate) fn cured_by(self, remedy: Remedy) -> LoadError {
        LoadError { remedy: Some(remedy), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::LoadError;

    #[test]
    fn what_a_component_says_of_itself_begins_no_line_and_steers_no_terminal() {
        let error = LoadError::new("it panicked: a\x1b[2J\r\nerror: forged\n::add-mask::x");
        let said = "it panicked: a[2J\n  error: forged\n  │ ::add-mask::x";
        assert_eq!(error.message, said);
        assert_eq!(LoadError::of_configuration("\u{202e}a").message, "a");
    }
}
