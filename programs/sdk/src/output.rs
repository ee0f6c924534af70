//! Outputs: values that become known when the engine has created something.

use std::fmt;
use std::marker::PhantomData;

use kim_model::{OutputId, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{IntoValue, Result, host, transforms};

/// A value of type `T` that the engine will know.
///
/// It holds the id of an expression in the engine's graph. It is `Copy`, and valid only in the run
/// of the program that created it.
pub struct Output<T> {
    id: OutputId,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Output<T> {
    fn clone(&self) -> Output<T> {
        *self
    }
}

impl<T> Copy for Output<T> {}

impl<T> fmt::Debug for Output<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[output {}]", self.id.0)
    }
}

impl<T> Output<T> {
    pub(crate) fn from_id(id: OutputId) -> Output<T> {
        Output { id, of: PhantomData }
    }

    /// Returns the id of its expression, unique in one run.
    pub fn id(&self) -> OutputId {
        self.id
    }

    /// Returns an input as an output, for functions that return either.
    pub fn of(value: impl crate::Input<T>) -> Output<T> {
        Output::from_id(host::wrap(value.into_value()))
    }

    /// Returns an input as a secret output.
    ///
    /// It is never shown, logged or stored in clear, and neither is anything derived from it.
    pub fn secret(value: impl crate::Input<T>) -> Output<T> {
        Output::from_id(host::wrap(Value::secret(value.into_value())))
    }

    /// Returns the part of this output at a property path: `tags.Team`, `zones[0]`.
    ///
    /// # Panics
    /// If the text is not a property path, which is a mistake in the program.
    #[track_caller]
    pub fn get<U>(&self, path: &str) -> Output<U> {
        match path.parse::<kim_model::Path>() {
            Ok(parsed) => Output::from_id(host::get(self.id, &parsed)),
            Err(error) => panic!("{error}"),
        }
    }

    /// Returns an output of both values, known once both are.
    pub fn zip<U>(&self, other: Output<U>) -> Output<(T, U)> {
        Output::from_id(host::wrap(Value::List(vec![self.into_value(), other.into_value()])))
    }

    /// Returns an output of the list of all values, known once all are.
    pub fn all(outputs: impl IntoIterator<Item = Output<T>>) -> Output<Vec<T>> {
        Output::from_id(host::wrap(Value::List(
            outputs.into_iter().map(IntoValue::into_value).collect(),
        )))
    }
}

impl<T: DeserializeOwned + 'static> Output<T> {
    /// Returns an output of what the closure computes from the value.
    ///
    /// The engine calls the closure once the value is known. The closure must depend only on its
    /// argument and on what it captured. What it derives from a secret is secret.
    ///
    /// ```
    /// # use kim::prelude::*;
    /// # fn deploy(stack: &Stack) -> Result<()> {
    /// let volume = Resource::new("aws:ec2:Volume", "data").input("size", 10).declare(stack);
    /// stack.export("megabytes", volume.get::<i64>("size").map(|gigabytes| gigabytes * 1024));
    /// # Ok(())
    /// # }
    /// # let run = kim::testing::run(deploy, kim::json!({})).unwrap();
    /// # let resolved = run.resolve(|question, inputs| question.echo(inputs)).unwrap();
    /// # assert_eq!(resolved.exports["megabytes"], kim::Value::from(10240i64));
    /// ```
    #[track_caller]
    pub fn map<U: Serialize>(&self, f: impl Fn(T) -> U + 'static) -> Output<U> {
        self.try_map(move |value| Ok(f(value)))
    }

    /// Returns an output as [`Output::map`] does, from a closure that can fail.
    ///
    /// Its error stops all that depends on the result.
    #[track_caller]
    pub fn try_map<U: Serialize>(&self, f: impl Fn(T) -> Result<U> + 'static) -> Output<U> {
        Output::from_id(transforms::express(vec![self.into_value()], move |[value]: [Value; 1]| {
            let result = f(crate::config::decode(&value)?)?;
            Ok(kim_model::json::from_json(&serde_json::to_value(result)?))
        }))
    }
}

impl Output<String> {
    /// Returns an output of texts, numbers and outputs, joined to one text.
    ///
    /// [`crate::concat!`] is the short form.
    pub fn concat(parts: impl IntoIterator<Item = Value>) -> Output<String> {
        Output::from_id(host::concat(parts.into_iter().collect()))
    }

    /// Returns an output of a value as JSON text, known once the value is.
    ///
    /// The value may contain outputs at any depth.
    #[track_caller]
    pub fn json(value: impl IntoValue) -> Output<String> {
        let value = value.into_value();
        Output::from_id(transforms::express(vec![value], |[value]: [Value; 1]| {
            Ok(Value::text(kim_model::json::revealed(&value).to_string()))
        }))
    }
}
