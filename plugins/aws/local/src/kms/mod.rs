//! KMS: keys with real material, their policies, aliases, and the cryptography with them.
//!
//! `key` holds the row of a key and its states; what a state forbids is checked by `Key::changeable` and
//! `Key::usable`. The material is a row of its own, read only by `cipher`.

mod alias;
mod cipher;
mod key;
mod key_policy;
mod rotation;
mod tags;

use std::sync::Arc;

use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::protocol::Protocol;
use crate::reading::Page;
use crate::service::{Call, Service};
use crate::world::World;

use alias::Alias;
pub use key::Key;

/// The service.
pub const SERVICE: Service = Service {
    name: "kms",
    protocol: Protocol::Json { target: "TrentService" },
    global: false,
    actions: &[alias::ACTIONS, cipher::ACTIONS, key::ACTIONS, key_policy::ACTIONS, rotation::ACTIONS, tags::ACTIONS],
};

/// The key that a key id, key ARN, alias name or alias ARN means, as other services look it up.
pub fn find_key(world: &World, region: &str, reference: &str) -> Option<Arc<Key>> {
    let name = if reference.starts_with("arn:") { reference.splitn(6, ':').nth(5)? } else { reference };
    let name = name.strip_prefix("key/").unwrap_or(name);
    let alias: Option<Arc<Alias>> = world.get(region, name);
    let key: Arc<Key> = world.get(region, alias.as_ref().map_or(name, |alias| &alias.key_id))?;
    let arn = alias.as_ref().map_or(&key.arn, |alias| &alias.arn);
    let is_meant = reference == name || reference == arn;
    (is_meant && key.exists(world.now())).then_some(key)
}

/// The key of the request's `KeyId`: a key id or key ARN, and with `aliases` an alias name or alias ARN too.
fn need(call: &Call, reference: &str, aliases: bool) -> Result<Arc<Key>, AwsError> {
    if reference.is_empty() || reference.len() > 2048 {
        return invalid("keyId", reference, "Member must have 1 to 2048 characters");
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
            _ => return refuse("InvalidArnException", format!("{reference} is not the ARN of a key")),
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

/// A UUID, or `mrk-` and 32 hexadecimal digits.
fn is_key_id(text: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    match text.strip_prefix("mrk-") {
        Some(digits) => digits.len() == 32 && hex(digits),
        None => {
            let parts: Vec<&str> = text.split('-').collect();
            parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(|part| hex(part))
        }
    }
}

fn invalid<T>(name: &str, value: &str, wanted: &str) -> Result<T, AwsError> {
    let message =
        format!("1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {wanted}");
    refuse("ValidationException", message)
}

/// A time as KMS writes it: seconds since 1970, with a fraction.
#[allow(clippy::cast_precision_loss, reason = "times are far below 2^52 milliseconds")]
fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}

/// One page of a list as an answer; `Limit` at most `most`, `usual` when absent.
fn listed(call: &Call, member: &'static str, items: Vec<(String, Node)>, usual: i64, most: i64) -> Answer {
    let wanted = call.params().number("Limit").unwrap_or(usual);
    if !(1..=most).contains(&wanted) {
        return invalid("limit", &wanted.to_string(), &format!("Member must have value between 1 and {most}"));
    }
    let size = usize::try_from(wanted).unwrap_or(usize::MAX);
    let page = Page::cut(call, items, size, &["Marker", "Limit"]);
    let page = page
        .map_err(|_| AwsError::new("InvalidMarkerException", "The marker is not one that this request got before"))?;
    let truncated = page.next.is_some();
    Ok(node! { member => Node::List(page.items), "Truncated" => truncated, "NextMarker" => page.next })
}
