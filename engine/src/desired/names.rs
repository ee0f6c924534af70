//! References by a name: a program may write out the id of what it declares itself.
//!
//! Only a kind whose id is an input has such ids, and only a property that holds what it refers to
//! says of which kind the name is.

use std::collections::{BTreeSet, HashMap};

use kim_model::schema::{Property, Type};
use kim_model::{Declarations, Expr, Value};

use crate::providers::Providers;

/// The declared resources whose ids the program gives.
pub(super) struct Names<'d> {
    declarations: &'d Declarations,
    providers: &'d Providers,
    by_id: HashMap<(&'d str, &'d str), usize>,
}

impl<'d> Names<'d> {
    /// Finds the names that the declarations give.
    pub(super) fn new(declarations: &'d Declarations, providers: &'d Providers) -> Names<'d> {
        let named = declarations.resources.iter().enumerate().filter_map(|(index, declaration)| {
            let kind = providers.kind(&declaration.kind).filter(|_| !declaration.component)?;
            kind.properties.get(&kind.id).filter(|property| property.is_input())?;
            let id = text(declarations, declaration.inputs.get(&kind.id)?)?;
            Some(((declaration.kind.as_str(), id), index))
        });
        Names { declarations, providers, by_id: named.collect() }
    }

    /// Returns the resources that a resource holds by their names.
    pub(super) fn held_by(&self, index: usize) -> BTreeSet<usize> {
        let (mut found, declaration) = (BTreeSet::new(), &self.declarations.resources[index]);
        let Some(kind) = self.providers.kind(&declaration.kind).filter(|_| !self.by_id.is_empty())
        else {
            return found;
        };
        for (name, value) in declaration.inputs.as_map().into_iter().flatten() {
            if let Some(property) = kind.properties.get(name) {
                self.collect(property, value, &mut found);
            }
        }
        found
    }

    fn collect(&self, property: &Property, value: &Value, found: &mut BTreeSet<usize>) {
        match (&property.ty, value.revealed()) {
            (Type::Object(object), Value::Map(map)) => {
                for (name, value) in map {
                    if let Some(inner) = object.properties.get(name) {
                        self.collect(inner, value, found);
                    }
                }
            }
            (Type::Map(inner), Value::Map(map)) => {
                map.values().for_each(|value| self.collect(inner, value, found));
            }
            (Type::List(inner), Value::List(items)) => {
                items.iter().for_each(|value| self.collect(inner, value, found));
            }
            _ => {
                let id = text(self.declarations, value).filter(|_| !property.holds.is_empty());
                let kinds = property.holds.iter();
                found.extend(kinds.filter_map(|kind| self.by_id.get(&(kind.as_str(), id?))));
            }
        }
    }
}

/// Returns the text of a value that needs nothing to be resolved.
fn text<'v>(declarations: &'v Declarations, value: &'v Value) -> Option<&'v str> {
    match value.revealed() {
        Value::Text(text) => Some(text),
        Value::Output(output) => match declarations.expression(*output)? {
            Expr::Value(value) => value.revealed().as_text(),
            _ => None,
        },
        _ => None,
    }
}
