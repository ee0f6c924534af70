//! `Kind`: what the kinds of EC2 resources have in common.
//!
//! A kind has a prefix of ids, a type for tags and codes for "not found". Rows of a kind are found
//! and written here. An action finds the resource that a request names with `need`.

use std::sync::Arc;

use crate::ec2::rows::tags::erase_tags;
use crate::error::{AwsError, refuse};
use crate::service::Call;
use crate::world::Resource;

/// One kind of EC2 resource.
pub(crate) trait Kind: Resource {
    /// What ids start with, such as `vol-`.
    const PREFIX: &'static str;
    /// The type as in tag specifications, such as `volume`.
    const TYPE: &'static str;
    /// The code for an id that does not exist.
    const MISSING: &'static str;
    /// The code for text that cannot be an id of this kind.
    const MALFORMED: &'static str = "InvalidParameterValue";
}

/// Returns a resource that a request names, or the kind's own refusal.
pub(crate) fn need<R: Kind>(call: &Call, id: &str) -> Result<Arc<R>, AwsError> {
    well_formed::<R>(id)?;
    let found = call.world.get::<R>(call.region(), id);
    found.ok_or_else(|| missing::<R>(&[id]))
}

/// Returns the kind's refusal for ids that do not exist.
pub(crate) fn missing<R: Kind>(ids: &[&str]) -> AwsError {
    let noun = R::TYPE.replace('-', " ");
    let message = match ids {
        [id] => format!("The {noun} ID '{id}' does not exist"),
        ids => format!("The {noun} IDs '{}' do not exist", ids.join(", ")),
    };
    AwsError::new(R::MISSING, message)
}

/// Rejects text that cannot be an id of the kind.
pub(crate) fn well_formed<R: Kind>(id: &str) -> Result<(), AwsError> {
    let digits = id.strip_prefix(R::PREFIX).unwrap_or_default();
    let hex = digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if hex && matches!(digits.len(), 8 | 17) {
        return Ok(());
    }
    refuse(R::MALFORMED, format!("Invalid id: \"{id}\" (expecting \"{}...\")", R::PREFIX))
}

/// Returns an id that is not in use.
pub(crate) fn fresh<R: Kind>(call: &Call) -> String {
    format!("{}{}", R::PREFIX, call.world.fresh_hex(17))
}

/// Writes a resource.
pub(crate) fn put<R: Kind>(call: &mut Call, resource: R) {
    call.world.put(call.request.region.as_str(), resource);
}

/// Writes a changed copy of a resource that exists.
pub(crate) fn change<R: Kind + Clone>(
    call: &mut Call,
    id: &str,
    change: impl FnOnce(&mut R),
) -> Result<(), AwsError> {
    let mut resource = R::clone(&*need::<R>(call, id)?);
    change(&mut resource);
    put(call, resource);
    Ok(())
}

/// Returns all resources of a kind in the region.
pub(crate) fn all<R: Kind>(call: &Call) -> Vec<Arc<R>> {
    call.world.list(call.region())
}

/// Removes a resource and its tags.
pub(crate) fn erase<R: Kind>(call: &mut Call, id: &str) {
    call.world.remove::<R>(call.request.region.as_str(), id);
    erase_tags(call, id);
}

/// Refuses with `DependencyViolation`: something still needs the resource.
pub(crate) fn in_use<T>(noun: &str, id: &str) -> Result<T, AwsError> {
    refuse(
        "DependencyViolation",
        format!("The {noun} '{id}' has dependencies and cannot be deleted."),
    )
}

/// Rejects one more resource if an account has `limit` of them already.
///
/// Nothing is rejected if quotas are lifted.
pub(crate) fn quota(
    call: &Call,
    count: usize,
    limit: usize,
    code: &str,
    noun: &str,
) -> Result<(), AwsError> {
    if !call.settings.quotas || count < limit {
        return Ok(());
    }
    refuse(code, format!("The maximum number of {noun} has been reached: {limit}."))
}

/// Refuses a value with the sentence that EC2 uses for nearly everything.
pub(crate) fn invalid<T>(
    name: &str,
    value: impl std::fmt::Display,
    why: &str,
) -> Result<T, AwsError> {
    refuse(
        "InvalidParameterValue",
        format!("Value ({value}) for parameter {name} is invalid. {why}"),
    )
}
