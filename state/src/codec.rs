//! Values as text columns.
//!
//! One column holds JSON, and one beside it a list of marks for what JSON cannot express.
//!
//! Invariants: the content of a secret is in neither column in clear. It is cut out of the JSON,
//! where `null` stays, and its mark contains it in sealed form. A sealed secret opens only in the
//! context that it was sealed for.
//!
//! The marks column is NULL if there are none, else JSON: `[[path, "secret", sealed], [path,
//! "bytes"], …]`. A path is a list of keys and indices.

use std::cell::OnceCell;
use std::fmt;
use std::sync::Arc;

use kim_engine::ports::StoreError;
use kim_model::json::{Mark, Marked, from_marked, to_marked};
use kim_model::{Path, Step, Urn, Value};
use rusqlite::Connection;
use serde::Serialize;
use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, Error as _, IntoDeserializer, MapAccess,
    SeqAccess, Visitor,
};
use serde_json::{Value as Json, json};
use zeroize::Zeroizing;

use crate::error::{Fault, Result};
use crate::stack_row::StackRow;
use crate::vault::{DataKey, Vault, from_base64, secrets_error, to_base64};

/// A value as its two columns.
pub(crate) struct Columns {
    pub(crate) json: String,
    pub(crate) marks: Option<String>,
}

/// Returns the name of an enum's variant, as serde writes it.
pub(crate) fn name_of(case: &impl Serialize) -> Result<String> {
    match serde_json::to_value(case) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        _ => Err(Fault::damaged("a name is not text")),
    }
}

/// Returns an enum's variant from its name.
pub(crate) fn from_name<T: DeserializeOwned>(name: &str) -> Result<T> {
    let read: std::result::Result<T, serde::de::value::Error> =
        T::deserialize(name.into_deserializer());
    read.map_err(|_| Fault::damaged(format_args!("'{name}' is not known")))
}

/// Reads a URN from its text.
pub(crate) fn parse_urn(text: &str) -> Result<Urn> {
    text.parse().map_err(Fault::damaged)
}

/// The place of a value in a stack.
///
/// A secret is bound to it when it is sealed, and opens in no other place.
#[derive(Clone, Copy)]
pub(crate) struct SealContext<'p> {
    /// A URN, or `exports`.
    owner: &'p str,
    /// The generation of the copy; 0 for exports.
    generation: u64,
    /// The column, such as `inputs` or `properties`; for an export its name.
    slot: &'p str,
}

impl SealContext<'_> {
    /// Returns the context of a column of a copy.
    pub(crate) fn of_copy<'p>(urn: &'p Urn, generation: u64, slot: &'p str) -> SealContext<'p> {
        SealContext { owner: urn.as_str(), generation, slot }
    }

    /// Returns the context of an export.
    ///
    /// It contains the export's name, so that no export can replace another.
    pub(crate) fn of_export(name: &str) -> SealContext<'_> {
        SealContext { owner: "exports", generation: 0, slot: name }
    }

    /// Returns the error for a value with more than [`LEVELS`] levels.
    fn too_deep(self) -> Fault {
        let SealContext { owner, slot, .. } = self;
        StoreError::Unusable(format!(
            "the {slot} of {owner} cannot be recorded: they are nested more than {LEVELS} levels deep"
        ))
        .into()
    }

    /// Returns the error for a column that cannot be decoded.
    fn unreadable(self) -> Fault {
        Fault::damaged(format_args!("the {} of {} cannot be read", self.slot, self.owner))
    }
}

/// Seals and opens the secrets of one stack.
///
/// It reads or creates the key at the first secret.
pub(crate) struct Sealer<'c> {
    conn: &'c Connection,
    vault: &'c Vault,
    stack: &'c StackRow,
    key: OnceCell<Arc<DataKey>>,
}

impl<'c> Sealer<'c> {
    pub(crate) fn new(conn: &'c Connection, vault: &'c Vault, stack: &'c StackRow) -> Sealer<'c> {
        Sealer { conn, vault, stack, key: OnceCell::new() }
    }

    fn key_to_seal(&self) -> Result<&DataKey> {
        if self.key.get().is_none() {
            let (_, key) = self.stack.data_key_or_new(self.conn, self.vault)?;
            return Ok(self.key.get_or_init(|| key));
        }
        self.key_to_open()
    }

    fn key_to_open(&self) -> Result<&DataKey> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let (_, key) = self.stack.data_key(self.conn, self.vault)?.ok_or_else(|| {
            secrets_error(
                &self.stack.label(),
                "their key is missing: the state file was changed behind kim's back",
            )
        })?;
        Ok(self.key.get_or_init(|| key))
    }

    /// Returns what the cipher binds a secret to, as JSON.
    ///
    /// That is the stack, the context and the path inside the value.
    fn associated_data(&self, context: SealContext<'_>, path: &Json) -> Vec<u8> {
        json!([self.stack.uid, context.owner, context.generation, context.slot, path])
            .to_string()
            .into_bytes()
    }

    fn seal_secret(&self, context: SealContext<'_>, path: &Json, clear: &[u8]) -> Result<String> {
        Ok(to_base64(&self.key_to_seal()?.seal(&self.associated_data(context, path), clear)?))
    }

    fn open_secret(
        &self,
        context: SealContext<'_>,
        path: &Json,
        sealed: &str,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let sealed = from_base64(sealed).ok_or_else(|| context.unreadable())?;
        let clear = self.key_to_open()?.open(&self.associated_data(context, path), &sealed);
        Ok(clear.ok_or_else(|| {
            let why = format!(
                "the secret {path} in {} of {} was changed behind kim's back",
                context.slot, context.owner
            );
            secrets_error(&self.stack.label(), &why)
        })?)
    }

    /// Returns a value as columns. Seals its secrets for `context`.
    ///
    /// # Errors
    /// The value has more than [`LEVELS`] levels, so that it could not be read back.
    pub(crate) fn encode(&self, value: &Value, context: SealContext<'_>) -> Result<Columns> {
        if value.is_deeper_than(LEVELS) {
            return Err(context.too_deep());
        }
        let Marked { mut json, marks } = to_marked(value);
        let mut stored = Vec::new();
        let mut rest = marks.as_slice();
        while let Some(((path, mark), after)) = rest.split_first() {
            rest = after;
            let steps = steps_to_json(path.steps());
            if *mark == Mark::Secret {
                // The marks inside a secret follow it directly. They go into what is sealed.
                let inside = rest.iter().take_while(|(inner, _)| inner.is_within(path)).count();
                let inner: Vec<Json> = rest[..inside]
                    .iter()
                    .map(|(inner, mark)| {
                        json!([steps_to_json(&inner.steps()[path.steps().len()..]), mark])
                    })
                    .collect();
                rest = &rest[inside..];
                let content =
                    take_at(&mut json, path.steps()).ok_or_else(|| context.unreadable())?;
                let clear = Zeroizing::new(
                    serde_json::to_vec(&(content, inner)).map_err(|_| context.unreadable())?,
                );
                stored.push(json!([steps, mark, self.seal_secret(context, &steps, &clear)?]));
            } else {
                stored.push(json!([steps, mark]));
            }
        }
        let marks = (!stored.is_empty()).then(|| Json::Array(stored).to_string());
        Ok(Columns { json: json.to_string(), marks })
    }

    /// Returns the value of columns that [`Sealer::encode`] wrote for the same context.
    pub(crate) fn decode(
        &self,
        json: &str,
        marks: Option<&str>,
        context: SealContext<'_>,
    ) -> Result<Value> {
        let PlainJson(mut value) = parse_json(json.as_bytes()).map_err(|_| context.unreadable())?;
        for mark in marks.map(|marks| parse_marks(marks, context)).transpose()?.unwrap_or_default()
        {
            let steps = steps_to_json(mark.path.steps());
            let slot =
                value_at(&mut value, mark.path.steps()).ok_or_else(|| context.unreadable())?;
            *slot = match (mark.mark, &mark.sealed) {
                (Mark::Secret, Some(sealed)) => Value::secret(
                    decode_content(&self.open_secret(context, &steps, sealed)?)
                        .ok_or_else(|| context.unreadable())?,
                ),
                (Mark::Secret, None) => return Err(context.unreadable()),
                (leaf, _) => {
                    let text = slot.as_text().map_or(Json::Null, Json::from);
                    from_marked(&Marked { json: text, marks: vec![(Path::root(), leaf)] })
                        .ok_or_else(|| context.unreadable())?
                }
            };
        }
        Ok(value)
    }

    /// Returns marks whose secrets are sealed for another context.
    pub(crate) fn reseal(
        &self,
        marks: &str,
        from: SealContext<'_>,
        to: SealContext<'_>,
    ) -> Result<String> {
        let mut resealed = Vec::new();
        for mark in parse_marks(marks, from)? {
            let steps = steps_to_json(mark.path.steps());
            resealed.push(match &mark.sealed {
                Some(sealed) => {
                    let clear = self.open_secret(from, &steps, sealed)?;
                    json!([steps, mark.mark, self.seal_secret(to, &steps, &clear)?])
                }
                None => json!([steps, mark.mark]),
            });
        }
        Ok(Json::Array(resealed).to_string())
    }
}

/// The most levels of a value.
///
/// More exhaust the stack of a thread that reads them. The engine lets fewer pass
/// ([`MOST_LEVELS`](kim_engine::ports::MOST_LEVELS)).
pub(crate) const LEVELS: usize = 256;

/// Returns the most lists and objects of JSON that are open at once.
fn nesting(json: &[u8]) -> usize {
    let (mut open, mut most, mut inside_text, mut escaped) = (0_usize, 0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = inside_text,
            b'"' => inside_text = !inside_text,
            _ if inside_text => {}
            b'[' | b'{' => {
                open += 1;
                most = most.max(open);
            }
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// Reads JSON of at most [`LEVELS`] levels.
///
/// What this module wrote must never be rejected when it is read. A secret is inside one list more.
fn parse_json<'j, T: Deserialize<'j>>(json: &'j [u8]) -> serde_json::Result<T> {
    if nesting(json) > LEVELS + 1 {
        return Err(serde_json::Error::custom("it is nested too deep"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    deserializer.disable_recursion_limit();
    let read = T::deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(read)
}

/// One entry of the marks column.
struct StoredMark {
    path: Path,
    mark: Mark,
    sealed: Option<String>,
}

fn parse_marks(text: &str, context: SealContext<'_>) -> Result<Vec<StoredMark>> {
    let list: Vec<Vec<Json>> = serde_json::from_str(text).map_err(|_| context.unreadable())?;
    list.into_iter().map(|entry| parse_mark(entry).ok_or_else(|| context.unreadable())).collect()
}

fn parse_mark(entry: Vec<Json>) -> Option<StoredMark> {
    let mut parts = entry.into_iter();
    let path = steps_from_json(parts.next()?)?;
    let mark = serde_json::from_value(parts.next()?).ok()?;
    let sealed =
        parts.next().map(|sealed| sealed.as_str().map(str::to_owned).ok_or(())).transpose().ok()?;
    Some(StoredMark { path, mark, sealed })
}

/// Returns the value inside a secret, from its JSON and the marks inside it.
fn decode_content(clear: &[u8]) -> Option<Value> {
    let (json, inner): (Json, Vec<Vec<Json>>) = parse_json(clear).ok()?;
    let marks = inner.into_iter().map(|entry| parse_mark(entry).map(|mark| (mark.path, mark.mark)));
    from_marked(&Marked { json, marks: marks.collect::<Option<_>>()? })
}

fn steps_to_json(steps: &[Step]) -> Json {
    let step = |step: &Step| match step {
        Step::Key(key) => Json::from(key.as_str()),
        Step::Index(index) => Json::from(*index),
    };
    Json::Array(steps.iter().map(step).collect())
}

fn steps_from_json(json: Json) -> Option<Path> {
    let Json::Array(steps) = json else { return None };
    let step = |step| match step {
        Json::String(key) => Some(Step::Key(key)),
        Json::Number(index) => {
            index.as_u64().and_then(|index| usize::try_from(index).ok()).map(Step::Index)
        }
        _ => None,
    };
    steps.into_iter().map(step).collect()
}

/// Takes the value at a path out of JSON, and leaves `null`.
///
/// Returns `None` if the path does not exist.
fn take_at(json: &mut Json, steps: &[Step]) -> Option<Json> {
    let mut here = json;
    for step in steps {
        here = match step {
            Step::Key(key) => here.get_mut(key)?,
            Step::Index(index) => here.get_mut(index)?,
        };
    }
    Some(here.take())
}

fn value_at<'v>(value: &'v mut Value, steps: &[Step]) -> Option<&'v mut Value> {
    let Some((step, rest)) = steps.split_first() else { return Some(value) };
    match (value, step) {
        (Value::Map(map), Step::Key(key)) => value_at(map.get_mut(key)?, rest),
        (Value::List(items), Step::Index(index)) => value_at(items.get_mut(*index)?, rest),
        _ => None,
    }
}

/// A value read from plain JSON, without an intermediate tree.
///
/// Loading a large stack consists mostly of this.
struct PlainJson(Value);

impl<'de> Deserialize<'de> for PlainJson {
    fn deserialize<D: Deserializer<'de>>(
        deserializer: D,
    ) -> std::result::Result<PlainJson, D::Error> {
        deserializer.deserialize_any(PlainJsonVisitor).map(PlainJson)
    }
}

struct PlainJsonVisitor;

impl<'de> Visitor<'de> for PlainJsonVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, b: bool) -> std::result::Result<Value, E> {
        Ok(Value::Bool(b))
    }

    fn visit_i64<E>(self, n: i64) -> std::result::Result<Value, E> {
        Ok(Value::Int(n))
    }

    fn visit_u64<E: serde::de::Error>(self, n: u64) -> std::result::Result<Value, E> {
        i64::try_from(n).map(Value::Int).map_err(|_| E::custom("a number too large"))
    }

    fn visit_f64<E>(self, n: f64) -> std::result::Result<Value, E> {
        Ok(Value::Float(n))
    }

    fn visit_str<E>(self, text: &str) -> std::result::Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(PlainJson(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> std::result::Result<Value, A::Error> {
        let mut map = std::collections::BTreeMap::new();
        while let Some((key, PlainJson(item))) = entries.next_entry::<String, PlainJson>()? {
            if map.insert(key, item).is_some() {
                return Err(A::Error::custom("a key stands there twice"));
            }
        }
        Ok(Value::Map(map))
    }
}
