//! The keys that no two resources of a kind share, as [`Kind::unique`] has them.
//!
//! Pure. Two have the same key if each part of it means the same (see `meaning`). A part that is
//! not known is not the same as anything, with one exception: the id of one resource is the same
//! wherever it is referred to, also before it exists. So what is claimed here is certain.
//!
//! Invariant: the time grows with the number of resources, not with its square. A key is found by a
//! hash of its parts, and compared with at most [`CANDIDATES`] others.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use kim_model::schema::{Kind, Property, Type};
use kim_model::{Expr, OutputId, Path, Value, bounds};

use super::meaning::{Sides, content, same};
use crate::desired::Desired;
use crate::event::Diagnostic;
use crate::providers::Providers;
use crate::state::Record;

/// The most others that one key is compared with.
const CANDIDATES: usize = bounds::RENAMES.most();

/// A key with the values of one resource.
#[derive(Clone)]
pub(super) struct Claim<'k> {
    kind: &'k Kind,
    /// The paths of its parts.
    pub(super) key: &'k [Path],
    parts: Vec<Part<'k>>,
}

/// The value of a part of a key.
#[derive(Clone)]
enum Part<'k> {
    /// A value that is known.
    Known(&'k Value),
    /// The id of a declared resource, which does not exist yet.
    IdOf(usize),
}

impl<'k> Claim<'k> {
    /// Returns the keys of a copy as the cloud holds it.
    ///
    /// What the cloud does not tell is as it was applied.
    pub(super) fn of_copy(kind: &'k Kind, record: &'k Record, live: &'k Value) -> Vec<Claim<'k>> {
        let value = |path: &Path| match live.find(path) {
            Some((value, _)) => Some(Part::Known(value)),
            None if record.properties.find(path).is_some() => None,
            None => record.inputs.find(path).map(|(value, _)| Part::Known(value)),
        };
        claims(kind, value)
    }

    /// Returns the keys of a declared resource that will have these properties.
    pub(super) fn of_declared(
        kind: &'k Kind,
        desired: &Desired,
        providers: &Providers,
        index: usize,
        properties: &'k Value,
    ) -> Vec<Claim<'k>> {
        let inputs = &desired.declaration(index).inputs;
        claims(kind, |path| match properties.find(path)?.0.revealed() {
            Value::Unknown => match inputs.find(path)?.0.revealed() {
                Value::Output(output) => id_of(desired, providers, *output).map(Part::IdOf),
                _ => None,
            },
            value => Some(Part::Known(value)),
        })
    }

    /// Returns true if another key is the same.
    pub(super) fn equals(&self, other: &Claim<'_>) -> bool {
        self.kind.name == other.kind.name
            && self.key == other.key
            && self.key.iter().zip(self.parts.iter().zip(&other.parts)).all(|(path, parts)| match (
                parts,
                property(self.kind, path),
            ) {
                ((Part::Known(one), Part::Known(other)), Some(property)) => {
                    same(property, Some(one), Some(other), Sides::Programs)
                }
                ((Part::IdOf(one), Part::IdOf(other)), _) => one == other,
                _ => false,
            })
    }

    /// Returns a hash that equal keys share.
    fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.kind.name, self.key.len()).hash(&mut hasher);
        for (path, part) in self.key.iter().zip(&self.parts) {
            path.to_string().hash(&mut hasher);
            match part {
                Part::Known(value) => hash_value(property(self.kind, path), value, &mut hasher),
                Part::IdOf(index) => index.hash(&mut hasher),
            }
        }
        hasher.finish()
    }
}

/// Returns the keys of which each part has a value that is known.
fn claims<'k>(kind: &'k Kind, value: impl Fn(&Path) -> Option<Part<'k>>) -> Vec<Claim<'k>> {
    let is_set = |part: &Part<'_>| match part {
        Part::Known(value) => content(Some(value)).is_some() && !value.has_unknown(),
        Part::IdOf(_) => true,
    };
    let keys = kind.unique.iter().filter(|key| !key.is_empty());
    let claims = keys.filter_map(|key| {
        let parts = key.iter().map(|path| value(path).filter(is_set)).collect::<Option<_>>()?;
        Some(Claim { kind, key, parts })
    });
    claims.collect()
}

/// Returns the resource whose id an output is.
fn id_of(desired: &Desired, providers: &Providers, output: OutputId) -> Option<usize> {
    let Expr::Get(of, path) = desired.declarations.expression(output)? else { return None };
    let index = desired.declarations.resource_of(*of)?;
    let kind = providers.kind(&desired.declaration(index).kind)?;
    (*path == Path::key(&kind.id)).then_some(index)
}

fn property<'k>(kind: &'k Kind, path: &Path) -> Option<&'k Property> {
    kind.properties_to(path)?.pop()
}

/// Adds what all spellings of a value share.
fn hash_value(property: Option<&Property>, value: &Value, hasher: &mut DefaultHasher) {
    let Some(property) = property.filter(|property| property.form.is_none()) else { return };
    match (&property.ty, value.revealed()) {
        (Type::Text, Value::Text(text)) => text.to_ascii_lowercase().hash(hasher),
        (Type::Int | Type::Float, Value::Int(number)) => (*number as f64).to_bits().hash(hasher),
        (Type::Int | Type::Float, Value::Float(number)) => number.to_bits().hash(hasher),
        (Type::Bool, Value::Bool(flag)) => flag.hash(hasher),
        _ => {}
    }
}

/// Keys, and who has them.
pub(super) struct Claims<'k, T> {
    by_hash: HashMap<u64, Vec<(Claim<'k>, T)>>,
}

impl<'k, T> Claims<'k, T> {
    /// Returns keys that nobody has yet.
    pub(super) fn new() -> Claims<'k, T> {
        Claims { by_hash: HashMap::new() }
    }

    /// Adds a key of a resource.
    pub(super) fn add(&mut self, claim: Claim<'k>, of: T) {
        self.by_hash.entry(claim.hash()).or_default().push((claim, of));
    }

    /// Returns who has the same key.
    pub(super) fn of(&self, claim: &Claim<'_>) -> impl Iterator<Item = &T> {
        let found = self.by_hash.get(&claim.hash()).into_iter().flatten().take(CANDIDATES);
        found.filter(|(other, _)| other.equals(claim)).map(|(_, of)| of)
    }

    /// Returns true if nobody has a key.
    pub(super) fn is_empty(&self) -> bool {
        self.by_hash.is_empty()
    }
}

/// Returns the first key of a copy that a replacement keeps.
pub(super) fn kept<'k>(
    kind: &'k Kind,
    record: &'k Record,
    held: &'k Value,
    properties: &'k Value,
) -> Option<&'k [Path]> {
    let before = Claim::of_copy(kind, record, held);
    let after = claims(kind, |path| properties.find(path).map(|(value, _)| Part::Known(value)));
    after.iter().find(|claim| before.iter().any(|old| old.equals(claim))).map(|claim| claim.key)
}

/// Returns an error for each declaration that has a key of one before it.
///
/// `properties` are those that a resource will have, as far as they are known.
pub(crate) fn shared<'v>(
    desired: &'v Desired,
    providers: &'v Providers,
    properties: impl Fn(usize) -> Option<&'v Value>,
) -> Vec<Diagnostic> {
    let mut claimed: Claims<'_, usize> = Claims::new();
    let mut errors = Vec::new();
    for (index, node) in desired.nodes.iter().enumerate() {
        let kind = providers.kind(&desired.declaration(index).kind);
        let Some(kind) = kind.filter(|kind| !kind.unique.is_empty()) else { continue };
        let Some(properties) = properties(index) else { continue };
        let claims = Claim::of_declared(kind, desired, providers, index, properties);
        let other = claims.iter().find_map(|claim| Some((*claimed.of(claim).next()?, claim.key)));
        if let Some((first, key)) = other {
            let message = format!(
                "{} and {} have the same {}, which no two have; give one of them another, or declare it once",
                desired.nodes[first].urn,
                node.urn,
                names(key)
            );
            let sources = [index, first].map(|at| desired.declaration(at).source.clone());
            let error = Diagnostic::error(message).about(node.urn.clone());
            errors.push(error.declared_at(sources.into_iter().flatten()));
        }
        claims.into_iter().for_each(|claim| claimed.add(claim, index));
    }
    errors
}

/// Returns the parts of a key in words.
pub(crate) fn names(key: &[Path]) -> String {
    let names: Vec<String> = key.iter().map(Path::to_string).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}
