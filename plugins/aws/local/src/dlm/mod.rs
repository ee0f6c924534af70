//! DLM: policies that say which volumes are backed up when, and for how long their snapshots stay. Policies are kept
//! and checked; nobody here carries them out.
//!
//! `policy` holds the row and the actions, `details` and `schedule` the rules for what a policy may say.

mod details;
mod policy;
mod schedule;
mod tags;

use crate::error::{AwsError, refuse};
use crate::params::Params;
use crate::protocol::Protocol;
use crate::service::Service;

pub use policy::LifecyclePolicy;

/// The service.
pub const SERVICE: Service =
    Service { name: "dlm", protocol: Protocol::Rest, global: false, actions: &[policy::ACTIONS, tags::ACTIONS] };

/// Refuses in DLM's only word for a wrong request.
fn wrong<T>(message: impl Into<String>) -> Result<T, AwsError> {
    refuse("InvalidRequestException", message)
}

/// Keys and values of a list of tags, of which the key must not be empty.
fn pairs(list: &Params, name: &str) -> Result<Vec<(String, String)>, AwsError> {
    let mut pairs = Vec::new();
    for tag in list.list(name) {
        let (key, value) = (tag.text("Key").unwrap_or_default(), tag.text("Value").unwrap_or_default());
        if key.is_empty() || key.chars().count() > 500 || value.chars().count() > 500 {
            return wrong(format!("{name}: keys have 1 to 500 characters and values at most 500, not '{key}'"));
        }
        let pair = (key.to_owned(), value.to_owned());
        if pairs.contains(&pair) {
            return wrong(format!("{name}: the tag {key}={value} is given twice"));
        }
        pairs.push(pair);
    }
    Ok(pairs)
}
