//! Lookups of keys, their material, and the one way to change a key.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::{Answer, AwsError, refuse};
use crate::kms::rows::alias::Alias;
use crate::kms::rows::key::Key;
use crate::kms::rows::material::Material;
use crate::kms::rules::invalid_value;
use crate::service::Call;
use crate::world::World;

/// Returns the key of a reference, as other services find it.
///
/// A reference is a key id, key ARN, alias name or alias ARN.
pub fn find_key(world: &World, region: &str, reference: &str) -> Option<Arc<Key>> {
    let name =
        if reference.starts_with("arn:") { reference.splitn(6, ':').nth(5)? } else { reference };
    let name = name.strip_prefix("key/").unwrap_or(name);
    let alias: Option<Arc<Alias>> = world.get(region, name);
    let key: Arc<Key> = world.get(region, alias.as_ref().map_or(name, |alias| &alias.key_id))?;
    let arn = alias.as_ref().map_or(&key.arn, |alias| &alias.arn);
    let is_meant = reference == name || reference == arn;
    (is_meant && key.exists(world.now())).then_some(key)
}

/// Returns the key of the request's `KeyId`.
///
/// That is a key id or key ARN, and with `aliases` an alias name or alias ARN too.
pub(crate) fn need_key(call: &Call, reference: &str, aliases: bool) -> Result<Arc<Key>, AwsError> {
    if reference.is_empty() || reference.len() > 2048 {
        return invalid_value("keyId", reference, "Member must have 1 to 2048 characters");
    }
    // There are no grants here, so no token is one of a grant.
    if !call.params().texts("GrantTokens").is_empty() {
        return refuse("InvalidGrantTokenException", "The grant token is not valid.");
    }
    let mut name = reference;
    if reference.starts_with("arn:") {
        let parts: Vec<&str> = reference.splitn(6, ':').collect();
        let ["arn", "aws", "kms", region, _, rest] = parts[..] else {
            return refuse("InvalidArnException", format!("{reference} is not a valid KMS ARN"));
        };
        if region != call.region() {
            return refuse("NotFoundException", format!("Invalid arn {region}"));
        }
        match (rest.starts_with("alias/"), rest.strip_prefix("key/")) {
            (true, _) if aliases => name = rest,
            (false, Some(id)) => name = id,
            _ => {
                return refuse(
                    "InvalidArnException",
                    format!("{reference} is not the ARN of a key"),
                );
            }
        }
    }
    let is_alias = name.starts_with("alias/");
    if !is_alias && !is_key_id(name) || is_alias && !aliases {
        return refuse("NotFoundException", format!("Invalid keyId '{name}'"));
    }
    find_key(call.world, call.region(), reference).ok_or_else(|| {
        let kind = if is_alias { "Alias" } else { "Key" };
        let path = if is_alias { name.to_owned() } else { format!("key/{name}") };
        let verb = if is_alias { "is not found." } else { "does not exist" };
        AwsError::new("NotFoundException", format!("{kind} '{}' {verb}", call.arn(&path)))
    })
}

/// Returns true for a UUID, or `mrk-` and 32 hexadecimal digits.
fn is_key_id(text: &str) -> bool {
    let hex = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    match text.strip_prefix("mrk-") {
        Some(digits) => digits.len() == 32 && hex(digits),
        None => {
            let parts: Vec<&str> = text.split('-').collect();
            parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
                && parts.iter().all(|part| hex(part))
        }
    }
}

/// Changes the key that a request names by id or ARN.
///
/// Rejects a key that is pending deletion.
pub(crate) fn change_key(call: &mut Call, change: impl FnOnce(&mut Key)) -> Answer {
    let key = need_key(call, call.text("KeyId"), false)?;
    key.changeable()?;
    let mut key = Key::clone(&key);
    change(&mut key);
    call.world.put(call.request.region.as_str(), key);
    Ok(node! {})
}

/// Gives a new key its material.
pub(crate) fn insert_material(call: &mut Call, key_id: &str) -> Result<(), AwsError> {
    let secret = STANDARD.encode(random_bytes(32)?);
    call.world.put(call.request.region.as_str(), Material { key_id: key_id.to_owned(), secret });
    Ok(())
}

/// Returns a fault of this server in KMS's words.
pub(crate) fn internal(message: &str) -> AwsError {
    AwsError::new("KMSInternalException", message).status(500)
}

/// Returns bytes that nobody can foresee.
pub(crate) fn random_bytes(count: usize) -> Result<Vec<u8>, AwsError> {
    let mut bytes = vec![0; count];
    getrandom::fill(&mut bytes).map_err(|_| internal("the system gives no random bytes"))?;
    Ok(bytes)
}
