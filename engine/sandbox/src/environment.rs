//! The environment variables that this crate may look at, as a value.
//!
//! Invariant: nothing in this crate reads the process's own environment; who embeds it says what it is.

use std::collections::HashMap;

/// A snapshot of environment variables.
///
/// ```
/// use kim_sandbox::Environment;
///
/// let environment: Environment = [("AWS_REGION", "eu-central-1"), ("AWS_PROFILE", "")].into_iter().collect();
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
    /// Those of this process. Variables that are no Unicode are left out.
    pub fn of_process() -> Environment {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Environment { variables: std::env::vars_os().filter_map(text).collect() }
    }

    /// The value of a variable; `None` where it is missing or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The first of several names that has a value.
    pub(crate) fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// The same with one variable set.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Environment {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// As AWS's own code takes it.
    pub(crate) fn for_aws(&self) -> aws_types::os_shim_internal::Env {
        self.variables.clone().into()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Environment {
        Environment { variables: pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }
}

impl std::fmt::Debug for Environment {
    /// Names alone: values may be credentials.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut names: Vec<_> = self.variables.keys().collect();
        names.sort();
        f.debug_list().entries(names).finish()
    }
}
