//! Checks the ids in a provider's answers: an id that is wrong is never recorded.

use kim_model::Failure;

use crate::ports::LiveState;

/// Returns the answer about something new.
///
/// # Errors
/// It has no id.
pub(crate) fn with_id(live: LiveState) -> Result<LiveState, Failure> {
    if live.id.is_empty() { Err(empty_id()) } else { Ok(live) }
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

/// Returns the failure of a call whose answer lacks an id.
pub(crate) fn empty_id() -> Failure {
    Failure::Other("the plugin returned an empty id".to_owned())
}
