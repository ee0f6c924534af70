//! The wall clock, as the tables store it.

use std::time::SystemTime;

/// Returns the milliseconds since 1970-01-01 00:00 UTC.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
