//! Checks a provider's answers: what cannot be recorded never is.
//!
//! That is an id that is wrong, and a value that is nested too deep.

use kim_model::{Failure, Urn, Value};

use crate::ports::{LONGEST_ID, LiveState, MOST_LEVELS};

/// Returns the answer about something new.
///
/// # Errors
/// It has no id, or one that is too long. If a value is nested too deep, the failure has the id:
/// something exists.
pub(crate) fn with_id(live: LiveState) -> Result<LiveState, Failure> {
    if let Some(failure) = bad_id(&live.id) {
        return Err(failure);
    }
    match too_deep(&live) {
        Some(message) => Err(Failure::Partial { id: live.id, outputs: Value::map(), message }),
        None => Ok(live),
    }
}

fn too_deep(live: &LiveState) -> Option<String> {
    live.properties.is_deeper_than(MOST_LEVELS).then(|| {
        format!("the plugin returned a value that is nested more than {MOST_LEVELS} levels deep")
    })
}

/// Returns the answer about a resource whose id is known.
///
/// # Errors
/// It has another id, or none, or a value that is nested too deep.
pub(crate) fn about(id: &str, live: LiveState) -> Result<LiveState, Failure> {
    if let Some(failure) = bad_id(&live.id) {
        return Err(failure);
    }
    if live.id != id {
        let message = format!("the plugin returned the id '{}' instead of '{id}'", live.id);
        return Err(Failure::Other(message));
    }
    too_deep(&live).map_or(Ok(live), |message| Err(Failure::Other(message)))
}

/// Returns the failure for an id that another copy has.
pub(crate) fn of_another(id: &str, holder: &Urn) -> Failure {
    Failure::Other(format!("the plugin returned the id '{id}', which is that of {holder}"))
}

/// Returns the failure for an id that is empty or too long.
pub(crate) fn bad_id(id: &str) -> Option<Failure> {
    match id.len() {
        0 => Some(Failure::Other("the plugin returned an empty id".to_owned())),
        1..=LONGEST_ID => None,
        length => Some(Failure::Other(format!(
            "the plugin returned an id of {length} bytes; at most {LONGEST_ID} are allowed"
        ))),
    }
}
