//! The text of the handle and the builder of a kind or lookup.

use kim_model::schema::{Kind, Lookup};

use crate::names;
use crate::property::{Store, accessor, comment, setters};

const STORE: Store = Store { set: "input", set_json: "input_json", entry: Some("entry") };
const ARGUMENTS: Store = Store { set: "argument", set_json: "argument_json", entry: None };

/// Returns the text of a kind's handle and builder.
pub(crate) fn kind(name: &str, kind: &Kind) -> String {
    let name = names::type_name(name);
    let accessors: Vec<String> =
        kind.properties.iter().map(|(name, property)| accessor(name, property)).collect();
    let taken: Vec<String> = kind.properties.keys().map(|name| names::method(name)).collect();
    let inputs = kind.properties.iter().filter(|(_, property)| property.is_input());
    let setters: Vec<String> =
        inputs.map(|(name, property)| setters(name, property, &STORE, &taken)).collect();
    let id = if kind.properties.contains_key("id") || !kind.properties.contains_key(&kind.id) {
        String::new()
    } else {
        format!(
            "\n    /// Returns the id: [`Self::{id}`].\n    pub fn id(&self) -> kim::Output<String> {{\n        \
             self.0.get({id:?})\n    }}\n",
            id = kind.id
        )
    };
    format!(
        "{docs}#[derive(Clone, Copy, Debug)]\n\
         pub struct {name}(kim::Declared);\n\n\
         /// The builder of [`{name}`].\n\
         #[derive(Clone, Debug)]\n\
         #[must_use = \"a resource exists only once it is declared\"]\n\
         pub struct {name}Builder(kim::Resource);\n\n\
         impl {name} {{\n\
         \x20   /// The kind's name.\n\
         \x20   pub const KIND: &'static str = {kind_name:?};\n\n\
         \x20   /// Creates a builder. The name is unique among resources of the kind in a component.\n\
         \x20   #[allow(clippy::new_ret_no_self)]\n\
         \x20   pub fn new(name: impl Into<String>) -> {name}Builder {{\n\
         \x20       {name}Builder(kim::Resource::new(Self::KIND, name))\n    }}\n\n\
         {accessors}{id}}}\n\n\
         impl kim::Dependency for {name} {{\n\
         \x20   fn output_id(&self) -> kim::OutputId {{\n        self.0.output_id()\n    }}\n}}\n\n\
         impl {name}Builder {{\n\
         {setters}\n\
         \x20   /// Changes the options: `.options(|o| o.protect())`.\n\
         \x20   pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {{\n\
         \x20       Self(self.0.options(change))\n    }}\n\n\
         \x20   /// Declares the resource in a stack or component.\n\
         \x20   #[track_caller]\n\
         \x20   pub fn declare(self, stack: &kim::Stack) -> {name} {{\n\
         \x20       {name}(self.0.declare(stack))\n    }}\n}}\n",
        docs = comment(if kind.docs.is_empty() { &kind.name } else { &kind.docs }, 0),
        kind_name = kind.name,
        accessors = accessors.join("\n"),
        setters = setters.join("\n"),
    )
}

/// Returns the text of a lookup's results and builder.
pub(crate) fn lookup(name: &str, lookup: &Lookup) -> String {
    let name = names::type_name(name);
    let results: Vec<String> = lookup
        .results
        .properties
        .iter()
        .map(|(name, property)| accessor(name, &as_computed(property)))
        .collect();
    let arguments = lookup.arguments.properties.iter();
    let setters: Vec<String> =
        arguments.map(|(name, property)| setters(name, property, &ARGUMENTS, &[])).collect();
    format!(
        "{docs}#[derive(Clone, Copy, Debug)]\n\
         pub struct {name}Lookup(kim::Output<kim::Any>);\n\n\
         /// The builder of [`{name}Lookup`].\n\
         #[derive(Clone, Debug)]\n\
         #[must_use = \"nothing is looked up before `look_up`\"]\n\
         pub struct {name}LookupBuilder(kim::Lookup);\n\n\
         impl {name}Lookup {{\n\
         \x20   /// The lookup's name.\n\
         \x20   pub const NAME: &'static str = {lookup_name:?};\n\n\
         \x20   /// Creates a builder.\n\
         \x20   #[allow(clippy::new_ret_no_self)]\n\
         \x20   pub fn new() -> {name}LookupBuilder {{\n\
         \x20       {name}LookupBuilder(kim::Lookup::new(Self::NAME))\n    }}\n\n\
         {results}}}\n\n\
         impl kim::Dependency for {name}Lookup {{\n\
         \x20   fn output_id(&self) -> kim::OutputId {{\n        self.0.output_id()\n    }}\n}}\n\n\
         impl {name}LookupBuilder {{\n\
         {setters}\n\
         \x20   /// Declares the lookup.\n\
         \x20   #[track_caller]\n\
         \x20   pub fn look_up(self, stack: &kim::Stack) -> {name}Lookup {{\n\
         \x20       {name}Lookup(self.0.look_up(stack))\n    }}\n}}\n",
        docs = comment(if lookup.docs.is_empty() { &lookup.name } else { &lookup.docs }, 0),
        lookup_name = lookup.name,
        results = results.join("\n"),
        setters = setters.join("\n"),
    )
}

/// Returns a result's property as computed: its output is never optional.
fn as_computed(property: &kim_model::schema::Property) -> kim_model::schema::Property {
    kim_model::schema::Property { computed: true, ..property.clone() }
}
