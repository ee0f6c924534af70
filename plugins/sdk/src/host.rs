//! What every plugin may use of its host: the log and its own configuration.

use kim_model::{Failure, Value};

use crate::Object;

/// How much a log line matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    /// For whoever debugs the plugin.
    Debug,
    /// Worth knowing.
    Info,
    /// Something is odd.
    Warn,
    /// Something failed.
    Error,
}

/// The plugin's configuration: the table of its name in the stack's file.
///
/// # Errors
/// [`Failure::Invalid`] with the path of what is absent or does not fit.
pub fn config<T: Object>() -> Result<T, Failure> {
    T::from_value(&configuration())
}

#[cfg(target_arch = "wasm32")]
fn configuration() -> Value {
    crate::component::configuration()
}

#[cfg(not(target_arch = "wasm32"))]
fn configuration() -> Value {
    crate::testing::on_host(|host| host.config()).unwrap_or_else(Value::map)
}

/// The log. Never a secret.
pub mod log {
    use super::Level;

    /// For whoever debugs the plugin.
    pub fn debug(message: impl AsRef<str>) {
        write(Level::Debug, message.as_ref());
    }

    /// Worth knowing.
    pub fn info(message: impl AsRef<str>) {
        write(Level::Info, message.as_ref());
    }

    /// Something is odd.
    pub fn warn(message: impl AsRef<str>) {
        write(Level::Warn, message.as_ref());
    }

    /// Something failed.
    pub fn error(message: impl AsRef<str>) {
        write(Level::Error, message.as_ref());
    }

    fn write(level: Level, message: &str) {
        #[cfg(target_arch = "wasm32")]
        crate::component::log(level, message);
        #[cfg(not(target_arch = "wasm32"))]
        crate::testing::on_host(|host| host.log(level, message));
    }
}
