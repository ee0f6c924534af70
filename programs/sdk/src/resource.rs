//! Resources and lookups, by the name of their kind. The generated builders of `kim-aws` are a
//! typed layer above them.

use std::collections::BTreeMap;
use std::panic::Location;

use kim_model::{Declaration, OutputId, Source, Value};

use crate::{Any, IntoValue, Options, Output, Stack, children, host};

/// Something that a resource can wait for: a declared resource or an output.
pub trait Dependency {
    /// Returns the id of the output that stands for it.
    fn output_id(&self) -> OutputId;
}

impl<T> Dependency for Output<T> {
    fn output_id(&self) -> OutputId {
        self.id()
    }
}

/// A resource to declare. Nothing happens before [`Resource::declare`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct Resource {
    kind: String,
    name: String,
    inputs: BTreeMap<String, Value>,
    options: Options,
}

impl Resource {
    /// Creates a resource of a kind, such as `aws:ec2:Volume`.
    ///
    /// The name must be unique among resources of that kind in the same component.
    pub fn new(kind: impl Into<String>, name: impl Into<String>) -> Resource {
        Resource {
            kind: kind.into(),
            name: name.into(),
            inputs: BTreeMap::new(),
            options: Options::default(),
        }
    }

    /// Returns its kind, such as `aws:ec2:Volume`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns an input property as it is set so far; `None` if it is not set.
    pub fn get_input(&self, property: &str) -> Option<&Value> {
        self.inputs.get(property)
    }

    /// Sets an input property. `None` leaves it out.
    ///
    /// The engine checks it against the schema of the kind.
    pub fn input(mut self, property: &str, value: impl IntoValue) -> Resource {
        self.inputs.insert(property.to_owned(), value.into_value());
        self
    }

    /// Sets an input property that holds a JSON document.
    ///
    /// The document is a text, or a value (see [`crate::json!`]) that is written as JSON.
    #[track_caller]
    pub fn input_json(self, property: &str, document: impl IntoValue) -> Resource {
        let document = json_text(document.into_value());
        self.input(property, document)
    }

    /// Sets one entry of an input property that is a map. The other entries stay.
    pub fn entry(
        mut self,
        property: &str,
        key: impl Into<String>,
        value: impl IntoValue,
    ) -> Resource {
        let slot = self.inputs.entry(property.to_owned()).or_insert_with(Value::map);
        if !matches!(slot, Value::Map(_)) {
            *slot = Value::map();
        }
        if let Value::Map(map) = slot {
            map.insert(key.into(), value.into_value());
        }
        self
    }

    /// Changes the options of the resource. Earlier changes stay.
    pub fn options(mut self, change: impl FnOnce(Options) -> Options) -> Resource {
        self.options = change(self.options);
        self
    }

    /// Declares the resource in a stack or component.
    ///
    /// Messages name the place of the call.
    #[track_caller]
    pub fn declare(self, stack: &Stack) -> Declared {
        let Resource { kind, name, inputs, options } = children::transformed(self, stack.parent());
        let id = host::register(Declaration {
            kind,
            name,
            component: false,
            parent: stack.parent(),
            inputs: given(inputs),
            options: options.0,
            source: source(Location::caller()),
        });
        Declared { id }
    }
}

/// A declared resource.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    id: OutputId,
}

impl Declared {
    /// Returns an output of the property at a path.
    ///
    /// # Panics
    /// If the text is not a property path, which is a mistake in the program.
    #[track_caller]
    pub fn get<T>(&self, path: &str) -> Output<T> {
        self.output().get(path)
    }

    /// Returns an output of all properties.
    pub fn output(&self) -> Output<Any> {
        Output::from_id(self.id)
    }
}

impl Dependency for Declared {
    fn output_id(&self) -> OutputId {
        self.id
    }
}

/// A read of something that the program does not own.
///
/// It changes nothing. Nothing happens before [`Lookup::look_up`].
#[derive(Clone, Debug)]
#[must_use = "nothing is looked up before `look_up`"]
pub struct Lookup {
    name: String,
    arguments: BTreeMap<String, Value>,
}

impl Lookup {
    /// Creates a lookup by its name, such as `aws:ec2:ami`.
    pub fn new(name: impl Into<String>) -> Lookup {
        Lookup { name: name.into(), arguments: BTreeMap::new() }
    }

    /// Sets an argument. `None` leaves it out.
    pub fn argument(mut self, name: &str, value: impl IntoValue) -> Lookup {
        self.arguments.insert(name.to_owned(), value.into_value());
        self
    }

    /// Sets an argument that holds a JSON document.
    ///
    /// The document is a text, or a value that is written as JSON.
    #[track_caller]
    pub fn argument_json(self, name: &str, document: impl IntoValue) -> Lookup {
        let document = json_text(document.into_value());
        self.argument(name, document)
    }

    /// Declares the lookup and returns an output of all results.
    ///
    /// Messages name the place of the call.
    #[track_caller]
    pub fn look_up(self, _stack: &Stack) -> Output<Any> {
        Output::from_id(host::look_up(kim_model::LookupCall {
            name: self.name,
            arguments: given(self.arguments),
            source: source(Location::caller()),
        }))
    }
}

/// An object inside an input.
///
/// The generated builders of nested objects consist of it.
#[derive(Clone, Debug, Default)]
pub struct Object(BTreeMap<String, Value>);

impl Object {
    /// Sets a property. `None` leaves it out.
    pub fn set(mut self, property: &str, value: impl IntoValue) -> Object {
        self.0.insert(property.to_owned(), value.into_value());
        self
    }

    /// Sets a property that holds a JSON document.
    ///
    /// The document is a text, or a value that is written as JSON.
    #[track_caller]
    pub fn set_json(self, property: &str, document: impl IntoValue) -> Object {
        let document = json_text(document.into_value());
        self.set(property, document)
    }
}

impl IntoValue for Object {
    fn into_value(self) -> Value {
        given(self.0)
    }
}

/// Returns a map of the properties without those that are null.
fn given(mut properties: BTreeMap<String, Value>) -> Value {
    properties.retain(|_, value| *value != Value::Null);
    Value::Map(properties)
}

pub(crate) fn source(place: &Location<'_>) -> Option<Source> {
    Some(Source { file: place.file().to_owned(), line: place.line() })
}

/// Returns a document as JSON text. Leaves texts and outputs (of text) as they are.
#[track_caller]
fn json_text(document: Value) -> Value {
    match document {
        Value::Map(_) | Value::List(_) if document.has_unknown() => {
            Output::json(document).into_value()
        }
        Value::Secret(inner) => Value::secret(json_text(*inner)),
        Value::Map(_) | Value::List(_) if document.has_secret() => {
            Value::secret(Value::text(kim_model::json::revealed(&document).to_string()))
        }
        Value::Map(_) | Value::List(_) => {
            Value::text(kim_model::json::revealed(&document).to_string())
        }
        other => other,
    }
}
