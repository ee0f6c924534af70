//! The types of values that are not known yet, and where they do not fit.
//!
//! Pure. An unknown has the type of the property that it will be read from. What a closure returns
//! or another stack exports has no known type, and passes.

use std::collections::BTreeMap;

use kim_model::schema::{Property, Type};
use kim_model::{Declarations, Expr, OutputId, Path, Step, Value};

use super::origin::{Origin, describe, origin};
use crate::providers::Providers;
use crate::schema::check::{Problem, expected, type_name};

/// The type of an output, as far as schemas have it.
#[derive(Clone, Copy)]
enum Known<'s> {
    /// That of a property.
    Property(&'s Property),
    /// An object with these properties.
    Object(&'s BTreeMap<String, Property>),
    /// Text.
    Text,
}

/// Finds the unknown values that can never fit.
pub(crate) struct UnknownTypes<'s> {
    pub(crate) declarations: &'s Declarations,
    pub(crate) providers: &'s Providers,
}

impl<'s> UnknownTypes<'s> {
    /// Adds a problem for each unknown value whose type is not that of its property.
    ///
    /// `declared` are the values as the program gave them, `resolved` as far as they are known.
    pub(crate) fn check(
        &self,
        properties: &BTreeMap<String, Property>,
        declared: &Value,
        resolved: &Value,
        problems: &mut Vec<Problem>,
    ) {
        if !resolved.has_unknown() {
            return;
        }
        for (name, value) in declared.as_map().into_iter().flatten() {
            let resolved = resolved.get(name).unwrap_or(&Value::Null);
            if let Some(property) = properties.get(name).filter(|property| property.is_input()) {
                self.walk(property, value, resolved, &Path::key(name), problems);
            }
        }
    }

    fn walk(
        &self,
        property: &Property,
        declared: &Value,
        resolved: &Value,
        path: &Path,
        problems: &mut Vec<Problem>,
    ) {
        if !resolved.has_unknown() {
            return;
        }
        match (&property.ty, declared.revealed(), resolved.revealed()) {
            (_, Value::Output(output), Value::Unknown) => {
                self.unknown(property, *output, path, problems);
            }
            (_, Value::Output(output), resolved) => {
                if let Some(Expr::Value(value)) = self.declarations.expression(*output) {
                    self.walk(property, value, resolved, path, problems);
                }
            }
            (Type::List(inner), Value::List(declared), Value::List(resolved)) => {
                for (at, (declared, resolved)) in declared.iter().zip(resolved).enumerate() {
                    self.walk(inner, declared, resolved, &path.item(at), problems);
                }
            }
            (Type::Map(inner), Value::Map(declared), Value::Map(resolved)) => {
                for (key, declared) in declared {
                    let resolved = resolved.get(key).unwrap_or(&Value::Null);
                    self.walk(inner, declared, resolved, &path.join(key), problems);
                }
            }
            (Type::Object(object), Value::Map(declared), Value::Map(resolved)) => {
                for (key, declared) in declared {
                    let resolved = resolved.get(key).unwrap_or(&Value::Null);
                    if let Some(inner) = object.properties.get(key) {
                        self.walk(inner, declared, resolved, &path.join(key), problems);
                    }
                }
            }
            _ => {}
        }
    }

    /// Checks the type of one unknown value.
    fn unknown(
        &self,
        property: &Property,
        output: OutputId,
        path: &Path,
        problems: &mut Vec<Problem>,
    ) {
        let Some(known) = self.type_of(output) else { return };
        let Some(misfit) = misfit(property, known, path) else { return };
        let origin = describe(self.declarations, output, &[]);
        let (is, be) = if misfit.inside { ("holds", "hold") } else { ("is", "be") };
        let message =
            format!("{is} {}, from {origin}, but must {be} {}", misfit.found, misfit.expected);
        problems.push(Problem { path: misfit.path, message });
    }

    /// Returns the type of an output.
    ///
    /// `None` also for what may be absent: a property that neither the program nor the plugin sets.
    fn type_of(&self, output: OutputId) -> Option<Known<'s>> {
        let Origin { expression, path } = origin(self.declarations, output)?;
        let whole = match expression {
            Expr::Resource(index) => {
                let declaration = &self.declarations.resources[*index];
                let kind = self.providers.kind(&declaration.kind)?;
                if let Some(name) = path.first_key() {
                    let is_set = declaration.inputs.get(name).is_some();
                    let property = kind.properties.get(name)?;
                    if !property.computed && !is_set && property.default.is_none() {
                        return None;
                    }
                }
                Known::Object(&kind.properties)
            }
            Expr::Lookup(index) => {
                let lookup = self.providers.lookup(&self.declarations.lookups[*index].name)?;
                Known::Object(&lookup.results.properties)
            }
            Expr::Concat(_) => Known::Text,
            _ => return None,
        };
        path.steps().iter().try_fold(whole, |known, step| part(known, step))
    }
}

/// Returns the type of a part.
fn part<'s>(of: Known<'s>, step: &Step) -> Option<Known<'s>> {
    match (of, step) {
        (Known::Object(properties), Step::Key(key)) => properties.get(key).map(Known::Property),
        (Known::Property(property), step) => match (&property.ty, step) {
            (Type::Object(object), Step::Key(key)) => {
                object.properties.get(key).map(Known::Property)
            }
            (Type::Map(inner), Step::Key(_)) | (Type::List(inner), Step::Index(_)) => {
                Some(Known::Property(inner))
            }
            _ => None,
        },
        _ => None,
    }
}

/// A type that does not fit.
struct Misfit {
    path: Path,
    found: &'static str,
    expected: String,
    /// True if it is the type of the items of a list or the values of a map.
    inside: bool,
}

/// Returns how a type does not fit a property, as deep as lists and objects go.
///
/// It fits if a value of the type may pass the property's check.
fn misfit(property: &Property, known: Known<'_>, path: &Path) -> Option<Misfit> {
    let here = |found: &'static str| {
        Some(Misfit { path: path.clone(), found, expected: expected(property), inside: false })
    };
    let ty = match known {
        Known::Property(source) => &source.ty,
        Known::Text => &Type::Text,
        Known::Object(properties) => {
            return match &property.ty {
                Type::Any | Type::Json => None,
                Type::Object(object) => objects(&object.properties, properties, path),
                Type::Map(_) => None,
                _ => here("an object"),
            };
        }
    };
    match (&property.ty, ty) {
        (Type::Any, _) | (_, Type::Any) => None,
        (Type::List(inner), Type::List(source)) | (Type::Map(inner), Type::Map(source)) => {
            let inner = misfit(inner, Known::Property(source), path)?;
            Some(Misfit { inside: true, ..inner })
        }
        (Type::Object(object), Type::Object(source)) => {
            objects(&object.properties, &source.properties, path)
        }
        (Type::Bool, Type::Bool)
        | (Type::Int | Type::Float, Type::Int | Type::Float)
        | (Type::Text | Type::Bytes, Type::Text | Type::Json)
        | (Type::Bytes, Type::Bytes)
        | (Type::Json, Type::Json | Type::Text | Type::List(_) | Type::Map(_) | Type::Object(_))
        | (Type::Map(_), Type::Object(_) | Type::Json)
        | (Type::Object(_), Type::Map(_) | Type::Json)
        | (Type::List(_), Type::Json) => None,
        (_, found) => here(type_name(found)),
    }
}

/// Returns how the properties that two objects share do not fit.
fn objects(
    properties: &BTreeMap<String, Property>,
    source: &BTreeMap<String, Property>,
    path: &Path,
) -> Option<Misfit> {
    properties.iter().find_map(|(name, property)| {
        misfit(property, Known::Property(source.get(name)?), &path.join(name))
    })
}
