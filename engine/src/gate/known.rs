//! What a run knows to be secret, and what is done with a text and a value by it.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use kim_model::schema::{Property, Type};
use kim_model::{Path, Value, bounds, json};

use super::needles::Needles;
use super::words::{begin, cut, indented, is_invisible, legible};

/// The least number of characters of a secret that is searched for in every text.
pub const LEAST: usize = 6;

/// What stands in the place of a secret.
const MASK: &str = "[secret]";

/// What stands in the place of a text once too many secrets are known.
///
/// They are more than can be searched for.
const WITHHELD: &str = "[not shown: the run has more secrets than can be searched for]";

/// The gate for words of a stack. Clones share what is known.
///
/// ```
/// use kim_engine::Gate;
/// use kim_model::Value;
///
/// let gate = Gate::default();
/// gate.learn(&Value::secret("hunter2".into()));
/// assert_eq!(gate.clean("no user with HUNTER2"), "no user with [secret]");
/// assert_eq!(gate.clean("GET /?password=aHVudGVyMg=="), "GET /?password=[secret]==");
///
/// let mut answer: Value = [("url", "db://app:hunter2@host")].into_iter().collect();
/// gate.mark(&mut answer);
/// assert_eq!(format!("{answer:?}"), r#"{"url": [secret]}"#);
/// ```
#[derive(Clone, Default)]
pub struct Gate {
    known: Arc<RwLock<Known>>,
}

/// The secrets that are known.
#[derive(Default)]
struct Known {
    /// A hash of each text, so that each is added once.
    texts: HashSet<u64>,
    hasher: RandomState,
    needles: Needles,
    /// The names of properties.
    ///
    /// They are said as they are, also if a secret map has one as a key.
    names: HashSet<String>,
    /// Texts that are known and not searched for yet: most runs say nothing.
    waiting: Vec<(Vec<u8>, bool)>,
    /// True once more are known than can be searched for.
    is_full: bool,
}

impl Gate {
    /// Learns every secret in a value.
    ///
    /// Lists and maps in a secret are secret part by part.
    pub fn learn(&self, value: &Value) {
        self.learn_in(value, true);
    }

    /// Learns every secret in properties that are recorded, for words alone.
    ///
    /// What they were secret by may be gone: another answer is not secret by them.
    pub(crate) fn learn_recorded(&self, properties: &Value) {
        self.learn_in(properties, false);
    }

    fn learn_in(&self, value: &Value, marks: bool) {
        match value {
            Value::Secret(secret) => self.learn_parts(secret, marks),
            Value::List(items) => items.iter().for_each(|item| self.learn_in(item, marks)),
            Value::Map(map) => map.values().for_each(|item| self.learn_in(item, marks)),
            _ => {}
        }
    }

    /// Learns a secret text, whole and line by line.
    pub fn learn_text(&self, text: &str) {
        self.learn_lines(text, true);
    }

    fn learn_lines(&self, text: &str, marks: bool) {
        self.add(text.as_bytes(), marks);
        let clean = legible(text);
        if clean != text {
            self.add(clean.as_bytes(), marks);
        }
        if clean.contains('\n') {
            clean.lines().for_each(|line| self.add(line.trim().as_bytes(), false));
        }
    }

    fn learn_parts(&self, secret: &Value, marks: bool) {
        match secret {
            Value::Text(text) => self.learn_lines(text, marks),
            Value::Int(_) | Value::Float(_) => {
                self.learn_lines(&json::revealed(secret).to_string(), marks);
            }
            Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => self.learn_lines(text, marks),
                Err(_) => self.add(bytes, marks),
            },
            Value::List(items) => items.iter().for_each(|item| self.learn_parts(item, marks)),
            Value::Map(map) => {
                for (key, item) in map {
                    self.learn_key(key);
                    self.learn_parts(item, marks);
                }
            }
            Value::Secret(inner) => self.learn_parts(inner, marks),
            Value::Null | Value::Bool(_) | Value::Unknown | Value::Output(_) => {}
        }
    }

    /// Learns a key of a secret map, for words alone: others have it as well.
    fn learn_key(&self, key: &str) {
        let is_name = || {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            known.names.contains(key)
        };
        if key.len() >= LEAST && !is_name() {
            self.learn_lines(key, false);
        }
    }

    /// Keeps the names of properties in a schema: what kim says of one names it.
    pub(super) fn keep_names(&self, properties: &BTreeMap<String, Property>) {
        let mut names = HashSet::new();
        names_in(properties, &mut names);
        let mut known = self.write();
        for name in names {
            if !known.names.contains(name) {
                known.names.insert(name.to_owned());
            }
        }
    }

    fn add(&self, text: &[u8], marks: bool) {
        // A text in UTF-8 has at least as many bytes as characters.
        if text.len() < LEAST || String::from_utf8_lossy(text).chars().count() < LEAST {
            return;
        }
        let hash = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            let hash = known.hasher.hash_one((text, marks));
            if known.texts.contains(&hash) {
                return;
            }
            hash
        };
        let mut known = self.write();
        if bounds::SECRETS.is_exceeded_by(known.texts.len() as u64 + 1) {
            known.is_full = true;
        } else if known.texts.insert(hash) {
            known.waiting.push((text.to_owned(), marks));
        }
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers with what is known, all of it ready to be searched for.
    fn ask<T>(&self, question: impl FnOnce(&Known) -> T) -> T {
        loop {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            if known.waiting.is_empty() {
                return question(&known);
            }
            drop(known);
            let known = &mut *self.write();
            for (text, marks) in known.waiting.drain(..) {
                known.needles.add(&text, marks);
            }
        }
    }

    /// Returns a text of a guest or a cloud as it may be shown, sent and kept.
    ///
    /// Secrets in it are masked, also where they are written in base64, in hexadecimal or escaped,
    /// and in either case. Control and format characters are removed, line breaks are indented, and
    /// what is too long is cut.
    pub fn clean(&self, text: &str) -> String {
        indented(cut(self.mask(&legible(begin(text)))))
    }

    /// Returns a text about a part of some inputs as [`Gate::clean`] does.
    ///
    /// Every secret at that path is masked in it, however short.
    pub(super) fn clean_about(&self, text: &str, inputs: &Value, path: &Path) -> String {
        let mut clean = self.mask(&legible(begin(text)));
        let about = inputs.at(path).filter(|_| !path.is_root());
        for short in about.iter().flat_map(short_secrets) {
            clean = clean.replace(&short, MASK);
        }
        indented(cut(clean))
    }

    /// Returns a text with the secrets in it masked, and otherwise as it is.
    pub fn mask(&self, text: &str) -> String {
        let (found, is_full) = self.ask(|known| {
            let found =
                if known.needles.is_empty() { Vec::new() } else { known.needles.find(text) };
            (found, known.is_full)
        });
        if is_full {
            return WITHHELD.to_owned();
        }
        let mut masked = String::with_capacity(text.len());
        let mut from = 0;
        for range in found {
            masked.push_str(&text[from..range.start]);
            masked.push_str(MASK);
            from = range.end;
        }
        masked.push_str(&text[from..]);
        masked
    }

    /// Returns a text of kim's own without secrets, and with what is seen alone.
    ///
    /// Its lines stay as they are.
    pub(crate) fn own(&self, text: &str) -> String {
        self.mask(&legible(text))
    }

    /// Returns true if a secret stands in a text.
    pub fn has_secret(&self, text: &str) -> bool {
        self.ask(|known| known.holds(text))
    }

    /// Marks as secret each text of a value that a secret stands in.
    ///
    /// A map is secret as a marks if a secret stands in a key of it. The names of the entries of
    /// the value itself are properties: they stay.
    pub fn mark(&self, value: &mut Value) {
        match value {
            Value::Map(map) => map.values_mut().for_each(|item| self.mark_all(item)),
            other => self.mark_all(other),
        }
    }

    /// Marks as [`Gate::mark`] does, also names of entries.
    pub(super) fn mark_all(&self, value: &mut Value) {
        self.ask(|known| {
            if !known.needles.is_empty() || known.is_full {
                known.mark(value);
            }
        });
    }

    /// Cleans a text in its place. One that is clean costs nothing but the search.
    pub(super) fn clean_in_place(&self, text: &mut String) {
        if text.len() > bounds::TEXT.most()
            || text.chars().any(is_invisible)
            || self.ask(|known| known.is_full || known.holds_any(text))
        {
            *text = self.clean(text);
        }
    }
}

impl Known {
    /// Returns true if a secret stands in a text, or a part of one.
    fn holds_any(&self, text: &str) -> bool {
        !self.needles.is_empty() && !self.needles.find(text).is_empty()
    }

    fn holds(&self, text: &str) -> bool {
        !self.needles.is_empty() && self.needles.stand_in(legible(text).as_bytes())
    }

    fn mark(&self, value: &mut Value) {
        let is_secret = match value {
            Value::Text(text) => self.is_full || self.holds(text),
            Value::Bytes(bytes) => self.is_full || self.needles.stand_in(bytes),
            // One with fewer characters than a secret needs no look.
            Value::Int(-9_999..=99_999) => false,
            Value::Int(_) | Value::Float(_) => {
                self.is_full || self.holds(&json::revealed(value).to_string())
            }
            Value::Map(map) if map.keys().any(|key| self.holds(key)) => true,
            Value::Map(map) => return map.values_mut().for_each(|item| self.mark(item)),
            Value::List(items) => return items.iter_mut().for_each(|item| self.mark(item)),
            _ => return,
        };
        if is_secret {
            *value = Value::secret(std::mem::take(value).without_secrets());
        }
    }
}

/// Collects the names of properties at every depth.
fn names_in<'s>(properties: &'s BTreeMap<String, Property>, names: &mut HashSet<&'s str>) {
    for (name, property) in properties {
        names.insert(name);
        let mut inner = &property.ty;
        while let Type::List(item) | Type::Map(item) = inner {
            inner = &item.ty;
        }
        if let Type::Object(object) = inner {
            names_in(&object.properties, names);
        }
    }
}

/// Returns the secrets in a value that are too short to be searched for everywhere.
///
/// The longest first: one may stand in another.
fn short_secrets(value: &Value) -> Vec<String> {
    fn walk(value: &Value, is_secret: bool, found: &mut Vec<String>) {
        match value {
            Value::Secret(inner) => walk(inner, true, found),
            Value::List(items) => items.iter().for_each(|item| walk(item, is_secret, found)),
            Value::Map(map) => map.values().for_each(|item| walk(item, is_secret, found)),
            Value::Text(text) if is_secret => found.push(text.clone()),
            Value::Int(_) | Value::Float(_) | Value::Bool(_) if is_secret => {
                found.push(json::revealed(value).to_string());
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(value, false, &mut found);
    found.retain(|text| !text.is_empty() && text.chars().count() < LEAST);
    found.sort_by_key(|text| std::cmp::Reverse(text.len()));
    found
}
