//! Checks a provider's answers: what cannot be recorded never is.
//!
//! That is an id that is wrong, and a value that is nested too deep, unknown, or too large beside
//! the other answers of the run.
//!
//! Invariant: every id and every value that a provider answers passes here before anything of it is
//! kept.

use kim_model::bounds::{ANSWERS, SHARE};
use kim_model::{Failure, Urn, Value};

use crate::gate::{first_invisible, inline};
use crate::ports::{LONGEST_ID, LiveState, MOST_LEVELS};
use crate::providers::Providers;

/// A call whose answer is checked.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    providers: &'a Providers,
    operation: &'static str,
    /// The kind or the lookup.
    of: &'a str,
}

impl<'a> Asked<'a> {
    /// Creates the check of the answers to an operation on a kind or a lookup.
    pub(crate) fn new(providers: &'a Providers, operation: &'static str, of: &'a str) -> Asked<'a> {
        Asked { providers, operation, of }
    }

    /// Returns the answer about something new.
    ///
    /// # Errors
    /// It has no id, or one that cannot be recorded. If a value cannot be recorded, the failure has
    /// the id: something exists.
    pub(crate) fn about_new(self, live: LiveState) -> Result<LiveState, Failure> {
        if let Some(failure) = self.bad_id(&live.id) {
            return Err(failure);
        }
        match self.bad_value(&live.properties) {
            Some(message) => Err(Failure::Partial { id: live.id, outputs: Value::map(), message }),
            None => Ok(live),
        }
    }

    /// Returns the answer about a resource whose id is known.
    ///
    /// # Errors
    /// It has another id, or none, or a value that cannot be recorded.
    pub(crate) fn about(self, id: &str, live: LiveState) -> Result<LiveState, Failure> {
        if live.id != id {
            let other = || {
                let (other, id) = (inline(&live.id), inline(id));
                Failure::Other(self.said(&format!("returned the id '{other}' instead of '{id}'")))
            };
            return Err(self.bad_id(&live.id).unwrap_or_else(other));
        }
        self.bad_value(&live.properties).map_or(Ok(live), |message| Err(Failure::Other(message)))
    }

    /// Returns the result of a lookup.
    ///
    /// # Errors
    /// It cannot be used.
    pub(crate) fn result(self, value: Value) -> Result<Value, Failure> {
        self.bad_value(&value).map_or(Ok(value), |message| Err(Failure::Other(message)))
    }

    /// Returns the properties of what was created in part, and why it is incomplete.
    ///
    /// If they cannot be recorded, there are none: what counts is the id.
    pub(crate) fn of_part(self, outputs: Value, message: String) -> (Value, String) {
        match self.bad_value(&outputs) {
            Some(why) => (Value::map(), format!("{message} (and {why})")),
            None => (outputs, message),
        }
    }

    /// Returns the failure for an id that is empty, too long, or not seen in part.
    ///
    /// The token still tells what exists: it is looked for by it.
    pub(crate) fn bad_id(self, id: &str) -> Option<Failure> {
        let what = match id.len() {
            0 => "returned an empty id".to_owned(),
            1..=LONGEST_ID => {
                let c = first_invisible(id)?;
                format!("returned an id with the character {c}, which is not seen")
            }
            length => {
                format!("returned an id of {length} bytes; at most {LONGEST_ID} are allowed")
            }
        };
        Some(Failure::Other(self.said(&what)))
    }

    /// Returns the failure for an id that another copy has.
    pub(crate) fn of_another(self, id: &str, holder: &Urn) -> Failure {
        let id = inline(id);
        Failure::Other(self.said(&format!("returned the id '{id}', which is that of {holder}")))
    }

    /// Returns why a value cannot be recorded.
    ///
    /// Otherwise, counts it among the answers of the run.
    fn bad_value(self, value: &Value) -> Option<String> {
        let what = match memory(value, MOST_LEVELS) {
            Err(Unfit::TooDeep) => {
                format!("returned a value that is nested more than {MOST_LEVELS} levels deep")
            }
            Err(Unfit::Unknown) => "returned a value that is not known".to_owned(),
            Ok(bytes) => match self.providers.count_answer(bytes.saturating_sub(SHARE)) {
                sum if ANSWERS.is_exceeded_by(sum) => format!(
                    "returned {} KB, with which the large answers of this run take {} MB; at most {ANSWERS} are allowed",
                    bytes.div_ceil(1 << 10),
                    sum.div_ceil(1 << 20)
                ),
                _ => return None,
            },
        };
        Some(self.said(&what))
    }

    /// Returns a sentence that names the plugin, the operation and the kind.
    ///
    /// It has no full stop.
    fn said(self, what: &str) -> String {
        let Asked { providers, operation, of } = self;
        let provider = providers.of_kind(of).or_else(|| providers.of_lookup(of));
        let plugin = provider.map_or("?", |provider| provider.schema().name.as_str());
        format!("the plugin '{plugin}' {what} ({operation} of {of})")
    }
}

/// Why a value cannot be recorded.
#[derive(Debug, PartialEq)]
enum Unfit {
    TooDeep,
    Unknown,
}

/// About the memory of an entry of a map without its key and value, in bytes.
const ENTRY: usize = 80;

/// Returns about the memory that a recorded value takes, in bytes.
pub(crate) fn recorded_memory(value: &Value) -> u64 {
    // What is recorded passed here before.
    memory(value, MOST_LEVELS).unwrap_or(u64::MAX)
}

/// Returns about the memory that a value takes, in bytes.
fn memory(value: &Value, levels: usize) -> Result<u64, Unfit> {
    let below = levels.checked_sub(1).ok_or(Unfit::TooDeep)?;
    let inner = match value {
        Value::Unknown | Value::Output(_) => return Err(Unfit::Unknown),
        Value::Text(text) => text.len() as u64,
        Value::Bytes(bytes) => bytes.len() as u64,
        Value::Secret(inner) => memory(inner, below)?,
        Value::List(items) => {
            items.iter().try_fold(0, |sum, item| Ok(sum + memory(item, below)?))?
        }
        Value::Map(map) => map.iter().try_fold(0, |sum, (key, item)| {
            Ok(sum + (ENTRY + key.len()) as u64 + memory(item, below)?)
        })?,
        _ => 0,
    };
    Ok(inner + size_of::<Value>() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_recorded_is_found_at_any_depth() {
        let nested = |levels: usize, leaf: Value| {
            (1..levels).fold(leaf, |inner, _| Value::List(vec![inner]))
        };
        assert_eq!(memory(&nested(MOST_LEVELS + 1, Value::Null), MOST_LEVELS), Err(Unfit::TooDeep));
        let unknown = Value::secret(nested(MOST_LEVELS - 1, Value::Unknown));
        assert_eq!(memory(&unknown, MOST_LEVELS), Err(Unfit::Unknown));
        let whole = nested(MOST_LEVELS, "x".repeat(1000).into());
        let least = (1000 + MOST_LEVELS * size_of::<Value>()) as u64;
        assert_eq!(memory(&whole, MOST_LEVELS), Ok(least));
    }
}
