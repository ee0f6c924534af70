//! The host functions that every plugin may use: its log and configuration.

use kim_model::{Failure, Value};

pub use crate::types::Level;

use crate::field::Object;

/// Reads the plugin's configuration: the table of its name in the stack's file.
///
/// # Errors
/// Returns [`Failure::Invalid`] with the path of what is absent or does not fit.
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

/// The log. A line must never contain a secret.
pub mod log {
    use super::Level;

    /// Logs a line for debugging the plugin.
    pub fn debug(message: impl AsRef<str>) {
        write(Level::Debug, message.as_ref());
    }

    /// Logs a line that is good to know.
    pub fn info(message: impl AsRef<str>) {
        write(Level::Info, message.as_ref());
    }

    /// Logs that something may be wrong.
    pub fn warn(message: impl AsRef<str>) {
        write(Level::Warn, message.as_ref());
    }

    /// Logs that something failed.
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
