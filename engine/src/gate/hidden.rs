//! Which parts of the properties of a kind or a lookup are secret by the schema.

use std::collections::BTreeMap;

use kim_model::Value;
use kim_model::schema::{Property, Type};

/// The parts of a value that are secret by the schema.
pub(super) enum Hidden {
    /// The whole value.
    Whole,
    /// These parts of each item of a list, or of each value of a map.
    Each(Box<Hidden>),
    /// These parts of the properties of an object.
    Parts(Vec<(String, Hidden)>),
}

impl Hidden {
    /// Returns what is secret in properties, or `None` if nothing is.
    pub(super) fn in_properties(properties: &BTreeMap<String, Property>) -> Option<Hidden> {
        let parts = properties
            .iter()
            .filter_map(|(name, property)| Some((name.clone(), Hidden::in_property(property)?)));
        let parts: Vec<_> = parts.collect();
        (!parts.is_empty()).then_some(Hidden::Parts(parts))
    }

    fn in_property(property: &Property) -> Option<Hidden> {
        if property.secret {
            return Some(Hidden::Whole);
        }
        match &property.ty {
            Type::List(item) | Type::Map(item) => {
                Some(Hidden::Each(Box::new(Hidden::in_property(item)?)))
            }
            Type::Object(object) => Hidden::in_properties(&object.properties),
            _ => None,
        }
    }

    /// Calls a function with each part of a value that is secret.
    pub(super) fn each_in(&self, value: &Value, found: &mut impl FnMut(&Value)) {
        match (self, value) {
            (Hidden::Whole, value) => found(value),
            (Hidden::Each(part), Value::List(items)) => {
                items.iter().for_each(|item| part.each_in(item, found));
            }
            (Hidden::Each(part), Value::Map(map)) => {
                map.values().for_each(|item| part.each_in(item, found));
            }
            (Hidden::Parts(parts), Value::Map(map)) => {
                for (name, part) in parts {
                    map.get(name).iter().for_each(|item| part.each_in(item, found));
                }
            }
            // What is marked as secret is learnt as a whole.
            _ => {}
        }
    }
}
