//! Resources and lookups by the name of their kind. Generated builders (`kim-aws`) are a typed surface of these.

use std::collections::BTreeMap;
use std::panic::Location;

use kim_model::{Declaration, OutputId, Source, Value};

use crate::{Any, IntoValue, Options, Output, Stack, host};

/// Something that a resource can wait for: a declared resource, or any output.
pub trait Dependency {
    /// The number of the output that stands for it.
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
    /// A resource of a kind (`aws:ec2:Volume`), by a name that is unique among that kind in its component.
    pub fn new(kind: impl Into<String>, name: impl Into<String>) -> Resource {
        Resource { kind: kind.into(), name: name.into(), inputs: BTreeMap::new(), options: Options::default() }
    }

    /// Sets an input property. The engine checks it against the schema of the kind.
    pub fn input(mut self, property: &str, value: impl IntoValue) -> Resource {
        self.inputs.insert(property.to_owned(), value.into_value());
        self
    }

    /// Sets an input property that holds a JSON document: text, or a value (see [`crate::json!`]) to be written as JSON.
    #[track_caller]
    pub fn input_json(self, property: &str, document: impl IntoValue) -> Resource {
        let document = json_text(document.into_value());
        self.input(property, document)
    }

    /// Sets one entry of an input property that is a map, and keeps the others.
    pub fn entry(mut self, property: &str, key: impl Into<String>, value: impl IntoValue) -> Resource {
        let slot = self.inputs.entry(property.to_owned()).or_insert_with(Value::map);
        if !matches!(slot, Value::Map(_)) {
            *slot = Value::map();
        }
        if let Value::Map(map) = slot {
            map.insert(key.into(), value.into_value());
        }
        self
    }

    /// Says what the engine is asked to do with it.
    pub fn options(mut self, change: impl FnOnce(Options) -> Options) -> Resource {
        self.options = change(self.options);
        self
    }

    /// Declares it as part of a stack or component. The place of the call goes along, for messages.
    #[track_caller]
    pub fn declare(self, stack: &Stack) -> Declared {
        let id = host::register(Declaration {
            kind: self.kind,
            name: self.name,
            component: false,
            parent: stack.parent(),
            inputs: given(self.inputs),
            options: self.options.0,
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
    /// A property, by path, as an output.
    ///
    /// # Panics
    /// If the text is no property path: a mistake in the program.
    #[track_caller]
    pub fn get<T>(&self, path: &str) -> Output<T> {
        self.output().get(path)
    }

    /// All of its properties.
    pub fn output(&self) -> Output<Any> {
        Output::from_id(self.id)
    }
}

impl Dependency for Declared {
    fn output_id(&self) -> OutputId {
        self.id
    }
}

/// Something to look up that the program does not own. It never changes anything.
#[derive(Clone, Debug)]
#[must_use = "nothing is looked up before `look_up`"]
pub struct Lookup {
    name: String,
    arguments: BTreeMap<String, Value>,
}

impl Lookup {
    /// A lookup by its name, `aws:ec2:ami`.
    pub fn new(name: impl Into<String>) -> Lookup {
        Lookup { name: name.into(), arguments: BTreeMap::new() }
    }

    /// Sets an argument.
    pub fn argument(mut self, name: &str, value: impl IntoValue) -> Lookup {
        self.arguments.insert(name.to_owned(), value.into_value());
        self
    }

    /// Sets an argument that holds a JSON document: text, or a value to be written as JSON.
    #[track_caller]
    pub fn argument_json(self, name: &str, document: impl IntoValue) -> Lookup {
        let document = json_text(document.into_value());
        self.argument(name, document)
    }

    /// Makes the lookup; the output stands for all results.
    #[track_caller]
    pub fn look_up(self, _stack: &Stack) -> Output<Any> {
        Output::from_id(host::look_up(kim_model::Lookup {
            name: self.name,
            arguments: given(self.arguments),
            source: source(Location::caller()),
        }))
    }
}

/// An object inside an input: what generated builders of nested objects are made of.
#[derive(Clone, Debug, Default)]
pub struct Object(BTreeMap<String, Value>);

impl Object {
    /// Sets a property.
    pub fn set(mut self, property: &str, value: impl IntoValue) -> Object {
        self.0.insert(property.to_owned(), value.into_value());
        self
    }

    /// Sets a property that holds a JSON document: text, or a value to be written as JSON.
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

/// Properties that are null are not given at all.
fn given(mut properties: BTreeMap<String, Value>) -> Value {
    properties.retain(|_, value| *value != Value::Null);
    Value::Map(properties)
}

pub(crate) fn source(place: &Location<'_>) -> Option<Source> {
    Some(Source { file: place.file().to_owned(), line: place.line() })
}

/// JSON text of a document. Text and outputs (of text) are taken as they are.
#[track_caller]
fn json_text(document: Value) -> Value {
    match document {
        Value::Map(_) | Value::List(_) if document.has_unknown() => Output::json(document).into_value(),
        Value::Secret(inner) => Value::secret(json_text(*inner)),
        Value::Map(_) | Value::List(_) if document.has_secret() => {
            Value::secret(Value::text(kim_model::json::revealed(&document).to_string()))
        }
        Value::Map(_) | Value::List(_) => Value::text(kim_model::json::revealed(&document).to_string()),
        other => other,
    }
}
