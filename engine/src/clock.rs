//! The wall clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the present time, in milliseconds since 1970; 0 before that.
pub(crate) fn unix_millis() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as i64)
}
