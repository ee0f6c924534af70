//! Checks a plugin: faults of its schema, and answers that do not fit it.
//!
//! Pure. A message never shows a value: it may be a secret.

use std::collections::{BTreeMap, BTreeSet};

use kim_model::bounds::{KINDS, NAME_IN_SCHEMA, PATTERN, PATTERNS, PROPERTIES};
use kim_model::schema::{self, Property, Type};
use kim_model::{Path, Value, bounds};

use super::check::{BadPattern, Problem, check, pattern_size, type_name};
use super::suggest::nearest;

/// The largest number of misfits that are reported for one answer.
const MOST: usize = bounds::MISFITS.most();

/// The largest number of faults that are reported for one schema.
const MOST_FAULTS: usize = bounds::SCHEMA_FAULTS.most();

/// Returns the faults of a schema, at most twenty; empty if it is sound.
///
/// Each is a sentence for the plugin's author. A schema is sound only within the bounds of
/// [`kim_model::bounds`], so that checking it takes a bounded time.
pub fn faults(schema: &schema::Plugin) -> Vec<String> {
    let mut faults = Faults::default();
    let kinds = schema.kinds.len() + schema.lookups.len();
    if KINDS.is_exceeded_by(kinds as u64) {
        faults.add(format!("it has {kinds} kinds and lookups; at most {KINDS} are allowed"));
        return faults.list;
    }
    if schema.name.is_empty() {
        faults.add("it has no name".to_owned());
    }
    faults.of_plugin(schema);
    faults.kinds = schema.kinds.iter().map(|kind| kind.name.as_str()).collect();
    faults.spaces = faults.kinds.iter().filter_map(|kind| space(kind)).collect();
    let mut seen = BTreeSet::new();
    for kind in &schema.kinds {
        let name = &kind.name;
        faults.of_name("kind", name);
        if !seen.insert(name) {
            faults.add(format!("it has the kind '{}' twice", shown(name)));
        }
        if !kind.properties.contains_key(&kind.id) {
            faults.add(format!(
                "'{}', the id of the kind '{}', is not one of its properties",
                shown(&kind.id),
                shown(name)
            ));
        }
        faults.of_properties(&kind.properties, shown(name), &Path::root());
        faults.of_keys(kind);
    }
    let mut seen = BTreeSet::new();
    for lookup in &schema.lookups {
        let name = shown(&lookup.name);
        faults.of_name("lookup", &lookup.name);
        if !seen.insert(&lookup.name) {
            faults.add(format!("it has the lookup '{name}' twice"));
        }
        for object in [&lookup.arguments, &lookup.results] {
            faults.of_properties(&object.properties, name, &Path::root());
        }
    }
    faults.of_properties(&schema.config.properties, "the configuration", &Path::root());
    faults.list
}

/// Returns a name as a message shows it. What is too long is not shown in full.
fn shown(name: &str) -> &str {
    &name[..name.floor_char_boundary(NAME_IN_SCHEMA.most())]
}

/// Returns what the name of a kind begins with, up to the last colon.
fn space(kind: &str) -> Option<&str> {
    kind.rsplit_once(':').map(|(space, _)| space)
}

/// The faults of a schema, and what it has used of its bounds.
#[derive(Default)]
struct Faults<'s> {
    list: Vec<String>,
    /// The names of its kinds.
    kinds: BTreeSet<&'s str>,
    /// What its kinds' names begin with, up to the last colon.
    spaces: BTreeSet<&'s str>,
    properties: u64,
    /// The patterns that were compiled. Those that are equal are compiled once.
    seen: BTreeSet<&'s str>,
    /// The memory of its patterns once they are compiled, in bytes.
    patterns: usize,
    /// True once there was no room for a pattern: no further one is compiled.
    full: bool,
}

impl<'s> Faults<'s> {
    fn add(&mut self, fault: String) {
        if self.list.len() < MOST_FAULTS {
            self.list.push(fault);
        }
    }

    /// Adds the faults of what a plugin calls itself and asks for.
    ///
    /// These are lines of questions, keys of files and names of folders.
    fn of_plugin(&mut self, schema: &schema::Plugin) {
        let capabilities = &schema.capabilities;
        let named = |what, words| (what, words, "-_.");
        let one = std::slice::from_ref;
        for (what, words, more) in [
            named("name", one(&schema.name)),
            ("version", one(&schema.version), "-.+"),
            named("AWS service", &capabilities.aws),
            ("HTTP host", &capabilities.http, "-_.:[]"),
        ] {
            let fits = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
            let is_wrong = |word: &&String| {
                NAME_IN_SCHEMA.is_exceeded_by(word.len() as u64) || !word.chars().all(fits)
            };
            for word in words.iter().filter(is_wrong) {
                let word = shown(word).escape_debug();
                self.add(format!(
                    "its {what} '{word}' may have only letters, digits, and of '{more}', and at most {NAME_IN_SCHEMA}"
                ));
            }
        }
    }

    /// Adds the fault of the name of a kind, a lookup or a property.
    ///
    /// Names are parts of URNs, paths, lines of a screen and words of programs.
    fn of_name(&mut self, what: &str, name: &str) {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '_' | '.' | '-');
        let length = name.len();
        if name.is_empty() {
            self.add(format!("a {what} has no name"));
        } else if NAME_IN_SCHEMA.is_exceeded_by(length as u64) {
            let name = shown(name).escape_debug();
            self.add(format!(
                "the name of the {what} '{name}…' has {length} bytes; at most {NAME_IN_SCHEMA} are allowed"
            ));
        } else if !name.chars().all(fits) {
            let name = name.escape_debug();
            self.add(format!(
                "the name of the {what} '{name}' may have only letters, digits, and ':', '_', '.', '-'"
            ));
        }
    }

    /// Adds the fault of another text that is shown.
    ///
    /// Every character in it has to be seen.
    fn of_text(&mut self, what: &str, text: &str) {
        let is_seen = |c: char| matches!(c, '"' | '\'' | '\\') || c.escape_debug().len() == 1;
        if !text.chars().all(is_seen) {
            let text = shown(text).escape_debug();
            self.add(format!("{what}, '{text}', may have only characters that are seen"));
        }
    }

    fn of_properties(&mut self, properties: &'s BTreeMap<String, Property>, of: &str, path: &Path) {
        let before = self.properties;
        self.properties = self.properties.saturating_add(properties.len() as u64);
        if PROPERTIES.is_exceeded_by(self.properties) {
            if !PROPERTIES.is_exceeded_by(before) {
                self.add(format!("it has more than {PROPERTIES}"));
            }
            return;
        }
        for (name, property) in properties {
            self.of_name("property", name);
            self.of_property(property, of, &path.join(name));
        }
    }

    /// Adds the faults of keys that no two resources of a kind share.
    fn of_keys(&mut self, kind: &schema::Kind) {
        for path in kind.unique.iter().flatten() {
            let way = kind.properties_to(path).unwrap_or_default();
            if !way.first().is_some_and(|property| property.is_input()) {
                let (path, name) = (path.to_string(), shown(&kind.name));
                let path = shown(&path).escape_debug();
                self.add(format!("a key of the kind '{name}' has '{path}', which is no input"));
            }
        }
    }

    /// Adds the kinds that a property holds and that its plugin does not offer.
    ///
    /// What another plugin offers is not known here.
    fn of_held(&mut self, property: &Property, of: &str, path: &Path) {
        let pins = property.pins.iter().filter_map(|pin| pin.rsplit_once('.'));
        for held in property.holds.iter().map(String::as_str).chain(pins.map(|(kind, _)| kind)) {
            let is_own = space(held).is_some_and(|space| self.spaces.contains(space));
            if is_own && !self.kinds.contains(held) {
                let held = shown(held).escape_debug();
                self.add(format!("{path} of {of} holds '{held}', which the plugin does not offer"));
            }
        }
    }

    /// Adds the faults of what the engine plans with.
    fn of_words(&mut self, property: &Property, of: &str, path: &Path) {
        let text = matches!(property.ty, Type::Text | Type::Json);
        let number = matches!(property.ty, Type::Int | Type::Float);
        let words = [
            ("form", property.form.is_some(), text, "text"),
            ("holds", !property.holds.is_empty(), text, "text"),
            ("guard", property.guard, property.ty == Type::Bool, "a boolean"),
            ("grows", property.grows, number, "a number"),
        ];
        for (word, _, _, needed) in words.into_iter().filter(|(_, has, fits, _)| *has && !fits) {
            self.add(format!("{path} of {of} has `{word}`, and is not {needed}"));
        }
    }

    fn of_property(&mut self, property: &'s Property, of: &str, path: &Path) {
        self.of_words(property, of, path);
        self.of_held(property, of, path);
        if let (Some(min), Some(max)) = (property.min, property.max)
            && min > max
        {
            self.add(format!(
                "{path} of {of} must be at least {min} and at most {max}, which no value is"
            ));
        }
        for one in &property.one_of {
            self.of_text(&format!("a value that {path} of {of} may have"), one);
        }
        if let Some(pattern) = &property.pattern {
            self.of_pattern(pattern, of, path);
        }
        if let Some(default) = &property.default {
            let mut misfits = Vec::new();
            fits(&property.ty, default, path, &mut misfits);
            for misfit in misfits {
                self.add(format!("the default of {of}: {misfit}"));
            }
        }
        match &property.ty {
            Type::List(item) | Type::Map(item) => self.of_property(item, of, path),
            Type::Object(object) => {
                self.of_text(&format!("the name of the type of {path} of {of}"), &object.name);
                self.of_properties(&object.properties, of, path);
            }
            _ => {}
        }
    }

    /// Compiles a pattern within what is left of the schema's bound.
    fn of_pattern(&mut self, pattern: &'s str, of: &str, path: &Path) {
        if self.full || !self.seen.insert(pattern) {
            return;
        }
        let room = PATTERNS.most() - self.patterns;
        match pattern_size(pattern, room.min(PATTERN.most())) {
            Ok(size) => self.patterns += size,
            Err(BadPattern::Wrong) => self.add(format!(
                "the pattern of {path} of {of} is not a regular expression: {}",
                shown(pattern)
            )),
            Err(BadPattern::TooLarge(most)) if most == PATTERN.most() => self.add(format!(
                "the pattern of {path} of {of} takes more than {PATTERN} once it is compiled"
            )),
            Err(BadPattern::TooLarge(_)) => {
                self.full = true;
                self.add(format!(
                    "its patterns take more than {PATTERNS} once they are compiled, up to that of {path} of {of}"
                ));
            }
        }
    }
}

/// A fault of a plugin's configuration.
#[derive(Clone, PartialEq, Debug)]
pub struct ConfigFault {
    /// The path of the property.
    pub path: Path,
    /// The path, and what is wrong with it. A secret is never shown.
    pub message: String,
}

/// Returns a plugin's configuration as its schema says it is.
///
/// It has the defaults, and what is secret by the schema is marked as secret.
///
/// # Errors
/// A property is unknown, required and missing, of another type or out of its range.
pub fn configured(schema: &schema::Plugin, config: &Value) -> Result<Value, Vec<ConfigFault>> {
    let (config, problems) = check("the configuration", &schema.config.properties, config);
    let fault = |problem: Problem| ConfigFault { message: problem.to_string(), path: problem.path };
    if problems.is_empty() { Ok(config) } else { Err(problems.into_iter().map(fault).collect()) }
}

/// Returns what does not fit the schema in a plugin's answer.
///
/// Reports at most five misfits: undeclared properties, values of another type. Absent and unknown
/// values fit.
pub fn misfits(properties: &BTreeMap<String, Property>, answer: &Value) -> Vec<String> {
    let mut misfits = Vec::new();
    object(properties, answer, &Path::root(), &mut misfits);
    misfits
}

fn object(
    properties: &BTreeMap<String, Property>,
    value: &Value,
    path: &Path,
    misfits: &mut Vec<String>,
) {
    let Value::Map(map) = value.revealed() else {
        let what = if path.is_root() { "the whole".to_owned() } else { path.to_string() };
        misfits.push(format!("{what} is {}, but must be a map", value.kind_name()));
        return;
    };
    for (name, value) in map {
        if misfits.len() >= MOST {
            return;
        }
        let here = path.join(name);
        match properties.get(name) {
            Some(property) => fits(&property.ty, value, &here, misfits),
            None => {
                let near = nearest(name, properties.keys().map(String::as_str));
                let hint = near.map_or(String::new(), |near| format!(" (did you mean '{near}'?)"));
                misfits.push(format!("there is no property {here}{hint}"));
            }
        }
    }
}

fn fits(ty: &Type, value: &Value, path: &Path, misfits: &mut Vec<String>) {
    if misfits.len() >= MOST {
        return;
    }
    match (ty, value.revealed()) {
        (Type::Any, _)
        | (_, Value::Null | Value::Unknown | Value::Output(_))
        | (Type::Bool, Value::Bool(_))
        | (Type::Int, Value::Int(_))
        | (Type::Float, Value::Float(_) | Value::Int(_))
        | (Type::Text, Value::Text(_))
        | (Type::Json, Value::Text(_) | Value::Map(_) | Value::List(_))
        | (Type::Bytes, Value::Bytes(_)) => {}
        (Type::List(item), Value::List(items)) => {
            for (at, value) in items.iter().enumerate() {
                fits(&item.ty, value, &path.item(at), misfits);
            }
        }
        (Type::Map(item), Value::Map(map)) => {
            for (key, value) in map {
                fits(&item.ty, value, &path.join(key), misfits);
            }
        }
        (Type::Object(known), value @ Value::Map(_)) => {
            object(&known.properties, value, path, misfits)
        }
        (ty, value) => {
            misfits.push(format!("{path} is {}, but must be {}", value.kind_name(), type_name(ty)))
        }
    }
}
