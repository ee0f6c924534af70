//! The text of a service's module. Invariant: every name in it is unique.

use std::collections::BTreeMap;

use kim_model::schema::{Kind, Lookup, Object, Plugin, Property, Type};

use crate::{GenerateError, names, object, resource};

/// The kinds and lookups of a service.
#[derive(Default)]
pub(crate) struct Service<'p> {
    docs: Option<&'p str>,
    kinds: BTreeMap<&'p str, &'p Kind>,
    lookups: BTreeMap<&'p str, &'p Lookup>,
}

impl<'p> Service<'p> {
    pub(crate) fn add_kind(&mut self, name: &'p str, kind: &'p Kind, plugin: &'p Plugin) {
        self.docs.get_or_insert(&plugin.docs);
        self.kinds.insert(name, kind);
    }

    pub(crate) fn add_lookup(&mut self, name: &'p str, lookup: &'p Lookup, plugin: &'p Plugin) {
        self.docs.get_or_insert(&plugin.docs);
        self.lookups.insert(name, lookup);
    }

    /// Returns the module's text.
    pub(crate) fn text(&self, module: &str) -> Result<String, GenerateError> {
        let mut items: BTreeMap<String, Item> = BTreeMap::new();
        let mut add = |name: String, item: Item| match items.get(&name) {
            Some(known) if *known == item => Ok(()),
            Some(known) => Err(GenerateError::Collision {
                service: module.to_owned(),
                name,
                first: known.used_by.clone(),
                second: item.used_by,
            }),
            None => {
                items.insert(name, item);
                Ok(())
            }
        };
        for (name, kind) in &self.kinds {
            let handle = names::type_name(name);
            add(
                handle.clone(),
                Item { text: resource::kind(name, kind), used_by: kind.name.clone(), object: None },
            )?;
            for object in kind.properties.values().flat_map(objects) {
                add(names::type_name(&object.name), Item::object(object, &handle))?;
            }
        }
        for (name, lookup) in &self.lookups {
            let handle = format!("{}Lookup", names::type_name(name));
            let text = resource::lookup(name, lookup);
            add(handle.clone(), Item { text, used_by: lookup.name.clone(), object: None })?;
            let properties =
                lookup.arguments.properties.values().chain(lookup.results.properties.values());
            for object in properties.flat_map(objects) {
                add(names::type_name(&object.name), Item::object(object, &handle))?;
            }
        }
        let docs = self.docs.filter(|docs| !docs.is_empty()).unwrap_or("The kinds of one service.");
        let docs: String = docs.lines().map(|line| format!("//! {line}\n")).collect();
        let body: Vec<String> = items.into_values().map(|item| item.text).collect();
        let body = body.join("\n");
        let imports =
            if body.contains("BTreeMap<") { "\nuse std::collections::BTreeMap;\n" } else { "" };
        Ok(format!(
            "{docs}//!\n//! Generated from the plugin's schema; do not edit.\n{imports}\n{body}"
        ))
    }
}

/// An item of the module. Two uses of an object are the same item.
struct Item {
    text: String,
    used_by: String,
    object: Option<Object>,
}

impl Item {
    fn object(object: &Object, handle: &str) -> Item {
        Item {
            text: object::text(object, handle),
            used_by: format!("{} of {handle}", object.name),
            object: Some(object.clone()),
        }
    }
}

impl PartialEq for Item {
    fn eq(&self, other: &Item) -> bool {
        self.object.is_some() && self.object == other.object
    }
}

/// Returns the named objects in a property's type, at any depth.
fn objects(property: &Property) -> Vec<&Object> {
    match &property.ty {
        Type::List(item) | Type::Map(item) => objects(item),
        Type::Object(object) => {
            let inner = object.properties.values().flat_map(objects);
            (!object.name.is_empty()).then_some(object).into_iter().chain(inner).collect()
        }
        _ => Vec::new(),
    }
}
