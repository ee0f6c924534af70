//! The values that the dependents of a resource are resolved with.

use std::collections::BTreeMap;
use std::sync::Arc;

use kim_model::{Path, Value};

/// The values that the dependents of a resource are resolved with.
///
/// They are the inputs as the program gave them, whatever the cloud's spelling of them, and all
/// else as the cloud holds it. So a dependent gets the same value in the run that creates and in
/// every later run.
#[derive(Clone, Debug)]
pub(crate) struct ResourceOutputs {
    /// The inputs as the program gave them.
    pub(crate) inputs: Arc<Value>,
    /// The properties as the cloud holds them.
    pub(crate) properties: Arc<Value>,
}

impl ResourceOutputs {
    /// Returns outputs of which nothing is known yet.
    pub(crate) fn unknown() -> ResourceOutputs {
        ResourceOutputs { inputs: Arc::new(Value::map()), properties: Arc::new(Value::Unknown) }
    }

    /// Returns the value at a path; `None` if it leads nowhere.
    pub(crate) fn at(&self, path: &Path) -> Option<Value> {
        let given =
            |map: &BTreeMap<_, _>| path.first_key().is_some_and(|key| map.contains_key(key));
        match (&*self.inputs, &*self.properties) {
            _ if path.is_root() => Some(self.to_value()),
            (Value::Map(inputs), Value::Map(_)) if given(inputs) => self.inputs.at(path),
            _ => self.properties.at(path),
        }
    }

    /// Returns all properties as one value.
    pub(crate) fn to_value(&self) -> Value {
        match (&*self.inputs, &*self.properties) {
            (Value::Map(inputs), Value::Map(properties)) => {
                let mut told = properties.clone();
                told.extend(inputs.iter().map(|(name, value)| (name.clone(), value.clone())));
                Value::Map(told)
            }
            (_, properties) => properties.clone(),
        }
    }
}
