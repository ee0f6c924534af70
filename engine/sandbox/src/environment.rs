//! The environment variables that this crate may read, as a value.
//!
//! Invariant: this crate reads the process's environment only in [`Environment::of_process`], which
//! the embedder calls.

use std::collections::HashMap;

/// A snapshot of environment variables.
///
/// Later changes of the process's environment do not show in it.
///
/// ```
/// use kim_sandbox::Environment;
///
/// let variables = [("AWS_REGION", "eu-central-1"), ("AWS_PROFILE", "")];
/// let environment: Environment = variables.into_iter().collect();
/// assert_eq!(environment.get("AWS_REGION"), Some("eu-central-1"));
/// assert_eq!(environment.get("AWS_PROFILE"), None);
/// // Values may be credentials: only names are shown.
/// assert_eq!(format!("{environment:?}"), r#"["AWS_PROFILE", "AWS_REGION"]"#);
/// ```
#[derive(Clone, Default)]
pub struct Environment {
    variables: HashMap<String, String>,
}

impl Environment {
    /// Returns the variables that this process has now.
    ///
    /// Leaves out those whose name or value is not valid Unicode.
    pub fn of_process() -> Environment {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Environment { variables: std::env::vars_os().filter_map(text).collect() }
    }

    /// Returns the value of a variable, or `None` if it is missing or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns the value of the first name that has one.
    pub(crate) fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// Returns this environment with one variable set or replaced.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Environment {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Returns a copy in the type that AWS's crates take.
    pub(crate) fn for_aws(&self) -> aws_types::os_shim_internal::Env {
        self.variables.clone().into()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Environment {
        Environment {
            variables: pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        }
    }
}

impl std::fmt::Debug for Environment {
    /// Writes the names alone, sorted: values may be credentials.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut names: Vec<_> = self.variables.keys().collect();
        names.sort();
        f.debug_list().entries(names).finish()
    }
}
