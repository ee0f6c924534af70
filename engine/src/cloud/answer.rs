//! Checks the ids in a provider's answers: an id that is wrong is never recorded.

use kim_model::{Failure, Urn};

use crate::ports::{LONGEST_ID, LiveState};

/// Returns the answer about something new.
///
/// # Errors
/// It has no id, or one that is too long.
pub(crate) fn with_id(live: LiveState) -> Result<LiveState, Failure> {
    bad_id(&live.id).map_or(Ok(live), Err)
}

/// Returns the answer about a resource whose id is known.
///
/// # Errors
/// It has another id, or none.
pub(crate) fn about(id: &str, live: LiveState) -> Result<LiveState, Failure> {
    let live = with_id(live)?;
    if live.id == id {
        return Ok(live);
    }
    let message = format!("the plugin returned the id '{}' instead of '{id}'", live.id);
    Err(Failure::Other(message))
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
