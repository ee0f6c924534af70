//! The text of a named object type: a builder that is a value.

use kim_model::schema::Object;

use crate::names;
use crate::property::{Store, comment, setters};

const STORE: Store = Store { set: "set", set_json: "set_json", entry: None };

/// Returns the text of a named object type, such as `RootVolume`.
pub(crate) fn text(object: &Object, used_by: &str) -> String {
    let name = names::type_name(&object.name);
    let docs = comment(&format!("A part of [`{used_by}`]."), 0);
    let inputs: Vec<_> =
        object.properties.iter().filter(|(_, property)| property.is_input()).collect();
    let setters: Vec<String> =
        inputs.iter().map(|(name, property)| setters(name, property, &STORE, &[])).collect();
    format!(
        "{docs}#[derive(Clone, Debug, Default)]\n\
         pub struct {name}(kim::Object);\n\n\
         impl {name} {{\n\
         \x20   /// Returns an object without properties.\n\
         \x20   pub fn new() -> Self {{\n        Self::default()\n    }}\n\n\
         {}}}\n\n\
         impl kim::IntoValue for {name} {{\n\
         \x20   fn into_value(self) -> kim::Value {{\n        self.0.into_value()\n    }}\n}}\n\n\
         impl kim::Input<{name}> for {name} {{}}\n",
        setters.join("\n"),
    )
}
