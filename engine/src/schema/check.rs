//! Checks inputs against a kind's schema, and fills defaults in.
//!
//! Every fault names the path of its input.
//!
//! Pure. Unknown values pass: they are checked again once they are known. A message never shows a
//! secret value.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use kim_model::bounds::PATTERN;
use kim_model::schema::{Kind, Object, Property, Type};
use kim_model::{Path, Step, Value, json};

use super::suggest::nearest;

/// A fault of an input.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Problem {
    /// The path of the input.
    pub(crate) path: Path,
    /// What is wrong and what would be right.
    pub(crate) message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_root() {
            write!(f, "{} ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// Checks a map of inputs against properties.
///
/// Returns the inputs with defaults, without nulls, and each value in the type of its property.
/// What is secret by the schema is marked as secret.
pub(crate) fn check(
    what: &str,
    properties: &BTreeMap<String, Property>,
    inputs: &Value,
) -> (Value, Vec<Problem>) {
    let mut problems = Vec::new();
    let checked = object(what, properties, inputs, &Path::root(), &mut problems);
    (checked, problems)
}

fn object(
    what: &str,
    properties: &BTreeMap<String, Property>,
    inputs: &Value,
    path: &Path,
    problems: &mut Vec<Problem>,
) -> Value {
    let given = match inputs {
        Value::Map(given) => given,
        Value::Unknown | Value::Output(_) => return inputs.clone(),
        other => {
            let message = format!("must be a map, but {what} was given {}", other.kind_name());
            problems.push(Problem { path: path.clone(), message });
            return inputs.clone();
        }
    };
    let mut checked = BTreeMap::new();
    for (name, value) in given.iter().filter(|(_, value)| *value.revealed() != Value::Null) {
        let here = path.join(name);
        match properties.get(name) {
            Some(property) if property.is_input() => {
                checked.insert(name.clone(), one(property, value, &here, problems));
            }
            Some(_) => problems.push(Problem {
                path: here,
                message: "is set by the plugin; a program cannot set it".to_owned(),
            }),
            None => {
                let known = || {
                    properties
                        .iter()
                        .filter(|(_, one)| one.is_input())
                        .map(|(name, _)| name.as_str())
                };
                let hint = match nearest(name, known()) {
                    Some(near) => format!("did you mean '{near}'?"),
                    None if known().next().is_none() => "there are none".to_owned(),
                    None => format!("there are: {}", known().collect::<Vec<_>>().join(", ")),
                };
                problems.push(Problem {
                    path: here,
                    message: format!("is not a property of {what}; {hint}"),
                });
            }
        }
    }
    for (name, property) in properties {
        if property.is_input() && !checked.contains_key(name) {
            if let Some(default) = &property.default {
                checked.insert(name.clone(), default.clone());
            } else if property.required {
                let message = format!("is required{}", first_sentence(&property.docs));
                problems.push(Problem { path: path.join(name), message });
            }
        }
    }
    Value::Map(checked)
}

/// Returns the fault of a path that an option names and the kind does not have.
///
/// The keys of a map are free, and so is what is below a value of any type.
pub(crate) fn path(kind: &Kind, path: &Path, option: &str) -> Option<Problem> {
    if kind.properties_to(path).is_some() {
        return None;
    }
    let steps = path.steps();
    let is_known = |depth: &usize| kind.properties_to(&part(&steps[..*depth])).is_some();
    let depth = (1..steps.len()).rev().find(is_known).unwrap_or_default();
    let above = part(&steps[..depth]);
    let way = kind.properties_to(&above).unwrap_or_default();
    let why = match (way.last().map(|property| &property.ty), steps.get(depth)) {
        (None, Some(Step::Key(name))) => no_such(name, &above, &kind.properties),
        (Some(Type::Object(object)), Some(Step::Key(name))) => {
            no_such(name, &above, &object.properties)
        }
        (Some(ty), _) => format!("; {above} is {}", type_name(ty)),
        (None, _) => "; write the name of a property".to_owned(),
    };
    let message = format!("is named by {option}, but {} has no such property{why}", kind.name);
    Some(Problem { path: path.clone(), message })
}

fn part(steps: &[Step]) -> Path {
    steps.iter().cloned().collect()
}

/// Returns the known property that is most like an unknown one, in words.
fn no_such(name: &str, above: &Path, known: &BTreeMap<String, Property>) -> String {
    let known = || known.keys().map(String::as_str);
    match nearest(name, known()) {
        Some(near) => format!("; did you mean '{}'?", above.join(near)),
        None => format!("; there are: {}", known().collect::<Vec<_>>().join(", ")),
    }
}

fn first_sentence(docs: &str) -> String {
    let line = docs.lines().next().unwrap_or_default();
    let sentence = line.split_once(". ").map_or(line, |(first, _)| first).trim_end_matches('.');
    if sentence.is_empty() { String::new() } else { format!(": {sentence}") }
}

fn one(property: &Property, value: &Value, path: &Path, problems: &mut Vec<Problem>) -> Value {
    if matches!(value, Value::Unknown | Value::Output(_)) {
        return Value::Unknown;
    }
    let before = problems.len();
    let clear = value.revealed();
    let checked = match clear {
        Value::Unknown | Value::Output(_) => Value::Unknown,
        _ => typed(property, clear, path, problems),
    };
    limits(property, &checked, path, problems);
    // The program or the schema says what is secret.
    if !property.secret && !matches!(value, Value::Secret(_)) {
        return checked;
    }
    // A fault of a secret is reported without the secret.
    for problem in &mut problems[before..] {
        problem.message =
            format!("is a secret that does not fit: it must be {}", expected(property));
    }
    Value::secret(checked)
}

fn typed(property: &Property, value: &Value, path: &Path, problems: &mut Vec<Problem>) -> Value {
    match (&property.ty, value) {
        (Type::Any, _)
        | (Type::Bool, Value::Bool(_))
        | (Type::Int, Value::Int(_))
        | (Type::Float, Value::Float(_))
        | (Type::Text, Value::Text(_))
        | (Type::Bytes, Value::Bytes(_)) => value.clone(),
        (Type::Float, Value::Int(n)) => Value::Float(*n as f64),
        (Type::Int, Value::Float(n)) if n.fract() == 0.0 && n.abs() < 9e15 => Value::Int(*n as i64),
        (Type::Bytes, Value::Text(text)) => Value::Bytes(text.clone().into_bytes()),
        (Type::Json, Value::Text(text)) => {
            if let Err(error) = serde_json::from_str::<serde_json::Value>(text) {
                problems.push(Problem {
                    path: path.clone(),
                    message: format!("is not valid JSON: {error}"),
                });
            }
            value.clone()
        }
        (Type::Json, Value::Map(_) | Value::List(_)) if value.has_unknown() => Value::Unknown,
        (Type::Json, Value::Map(_) | Value::List(_)) => {
            let text = Value::Text(json::revealed(value).to_string());
            if value.has_secret() { Value::secret(text) } else { text }
        }
        (Type::List(item), Value::List(items)) => Value::List(
            items
                .iter()
                .enumerate()
                .map(|(index, value)| one(item, value, &path.item(index), problems))
                .collect(),
        ),
        (Type::Map(item), Value::Map(map)) => Value::Map(
            map.iter()
                .filter(|(_, value)| *value.revealed() != Value::Null)
                .map(|(key, value)| (key.clone(), one(item, value, &path.join(key), problems)))
                .collect(),
        ),
        (Type::Object(Object { properties, name }), Value::Map(_)) => {
            let what = if name.is_empty() { "it" } else { name };
            object(what, properties, value, path, problems)
        }
        _ => {
            let message = format!("is {}, but must be {}", shown(value), expected(property));
            problems.push(Problem { path: path.clone(), message });
            value.clone()
        }
    }
}

/// Returns a value as a message shows it.
///
/// Short values are shown in full, others by their type.
fn shown(value: &Value) -> String {
    match value {
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => format!("{value:?}"),
        Value::Text(text) if text.chars().count() <= 60 => format!("{text:?}"),
        other => other.kind_name().to_owned(),
    }
}

/// Returns the name of a type, in words.
pub(crate) fn type_name(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "true or false",
        Type::Int => "a whole number",
        Type::Float => "a number",
        Type::Text => "text",
        Type::Json => "a JSON document",
        Type::Bytes => "bytes",
        Type::List(_) => "a list",
        Type::Map(_) => "a map",
        Type::Object(_) => "an object",
        Type::Any => "anything",
    }
}

/// Returns what a property accepts, in words.
pub(crate) fn expected(property: &Property) -> String {
    if !property.one_of.is_empty() {
        return format!("one of {}", property.one_of.join(", "));
    }
    let measure = match property.ty {
        Type::Text | Type::Json => " characters",
        Type::Bytes => " bytes",
        Type::List(_) | Type::Map(_) => " items",
        _ => "",
    };
    let range = match (property.min, property.max) {
        (Some(min), Some(max)) if min == max => format!(" of {min}{measure}"),
        (Some(min), Some(max)) => format!(" of {min} to {max}{measure}"),
        (Some(min), None) => format!(" of at least {min}{measure}"),
        (None, Some(max)) => format!(" of at most {max}{measure}"),
        (None, None) => String::new(),
    };
    let pattern = property
        .pattern
        .as_ref()
        .map_or(String::new(), |pattern| format!(" that matches {pattern}"));
    format!("{}{range}{pattern}", type_name(&property.ty))
}

fn limits(property: &Property, value: &Value, path: &Path, problems: &mut Vec<Problem>) {
    let measure = match value {
        Value::Int(n) => Some(*n as f64),
        Value::Float(n) => Some(*n),
        Value::Text(text) => Some(text.chars().count() as f64),
        Value::Bytes(bytes) => Some(bytes.len() as f64),
        Value::List(items) => Some(items.len() as f64),
        Value::Map(map) => Some(map.len() as f64),
        _ => None,
    };
    let out_of_range = measure.is_some_and(|n| {
        property.min.is_some_and(|min| n < min) || property.max.is_some_and(|max| n > max)
    });
    let wrong_text = value.as_text().is_some_and(|text| {
        let listed = property.one_of.is_empty() || property.one_of.iter().any(|one| one == text);
        !listed || property.pattern.as_ref().is_some_and(|pattern| !matches(pattern, text))
    });
    if out_of_range || wrong_text {
        let near = value
            .as_text()
            .and_then(|text| nearest(text, property.one_of.iter().map(String::as_str)));
        let hint = near.map_or(String::new(), |near| format!("; did you mean '{near}'?"));
        let message = format!("is {}, but must be {}{hint}", shown(value), expected(property));
        problems.push(Problem { path: path.clone(), message });
    }
}

/// Why a schema cannot have a pattern.
pub(crate) enum BadPattern {
    /// It is not a regular expression.
    Wrong,
    /// It is larger than this, in bytes, once it is compiled.
    TooLarge(usize),
}

/// Returns the memory of a compiled pattern in bytes, rounded up to a power of two.
///
/// # Errors
/// It is not a regular expression, or takes more than `most` bytes. That takes no longer to find
/// out than what `most` allows takes to compile.
pub(crate) fn pattern_size(text: &str, most: usize) -> Result<usize, BadPattern> {
    let mut size = SMALLEST_PATTERN.min(most);
    loop {
        match compiled(text, size) {
            Ok(_) => return Ok(size),
            Err(regex::Error::CompiledTooBig(_)) if size < most => size = most.min(2 * size),
            Err(regex::Error::CompiledTooBig(_)) => return Err(BadPattern::TooLarge(most)),
            Err(_) => return Err(BadPattern::Wrong),
        }
    }
}

/// The smallest size that a pattern counts with, in bytes.
const SMALLEST_PATTERN: usize = 4 << 10;

/// Compiles a pattern that the whole text has to match.
///
/// It takes at most `most` bytes.
fn compiled(pattern: &str, most: usize) -> Result<regex::Regex, regex::Error> {
    let whole = format!("^(?:{pattern})$");
    regex::RegexBuilder::new(&whole).size_limit(most).dfa_size_limit(most).build()
}

/// Returns true if the whole text matches a pattern.
///
/// Patterns come from schemas, so there are few: each is compiled once. A pattern that is no
/// regular expression matches everything: plugins with one are not loaded (`conform`).
fn matches(pattern: &str, text: &str) -> bool {
    static COMPILED: OnceLock<Mutex<HashMap<String, Option<Arc<regex::Regex>>>>> = OnceLock::new();
    let regex = {
        let mut known = match COMPILED.get_or_init(Mutex::default).lock() {
            Ok(known) => known,
            Err(poisoned) => poisoned.into_inner(),
        };
        let compile = || compiled(pattern, PATTERN.most()).ok().map(Arc::new);
        known.entry(pattern.to_owned()).or_insert_with(compile).clone()
    };
    regex.is_none_or(|regex| regex.is_match(text))
}
