//! IAM: roles, their policies, instance profiles. One world for all regions.
//!
//! Each module holds one kind: its row, its rules, its actions. `document` is the policy language, which KMS's key
//! policies speak too. Rows refer to each other by name or ARN, and whoever removes one makes sure first that
//! nothing refers to it (`DeleteConflict`).

pub(crate) mod document;
mod managed;
mod policy;
mod policy_version;
pub(crate) mod principal;
mod profile;
mod role;
mod role_policy;
mod tags;
mod user;

use std::sync::Arc;

use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::protocol::Protocol;
use crate::reading::{self, Page};
use crate::service::{Call, Service};
use crate::world::{GLOBAL, Resource, World};

pub use profile::InstanceProfile;
pub use role::Role;

/// The service. Its resources live in [`GLOBAL`].
pub const SERVICE: Service = Service {
    name: "iam",
    protocol: Protocol::Query { version: "2010-05-08", namespace: "https://iam.amazonaws.com/doc/2010-05-08/" },
    global: true,
    actions: &[
        policy::ACTIONS,
        policy_version::ACTIONS,
        profile::ACTIONS,
        role::ACTIONS,
        role_policy::ACTIONS,
        user::ACTIONS,
    ],
};

/// The role of an ARN, once it is old enough for other services to see it.
pub fn visible_role(call: &Call, arn: &str) -> Option<Arc<Role>> {
    seen_role(call, last_segment(arn)).filter(|role| role.arn == arn)
}

/// The role of a name, once it is old enough for readers to see it.
fn seen_role(call: &Call, name: &str) -> Option<Arc<Role>> {
    reading::seen(call, GLOBAL, name)
}

fn last_segment(reference: &str) -> &str {
    reference.rsplit_once('/').map_or(reference, |(_, name)| name)
}

/// `NoSuchEntity` in IAM's words.
fn no_such(noun: &str, name: &str) -> AwsError {
    AwsError::new("NoSuchEntity", format!("The {noun} with name {name} cannot be found.")).status(404)
}

fn exists<T>(noun: &str, name: &str) -> Result<T, AwsError> {
    Err(AwsError::new("EntityAlreadyExists", format!("{noun} with name {name} already exists.")).status(409))
}

fn in_use<T>(what: &str) -> Result<T, AwsError> {
    Err(AwsError::new("DeleteConflict", format!("Cannot delete entity, must {what} first.")).status(409))
}

fn limit<T>(message: String) -> Result<T, AwsError> {
    Err(AwsError::new("LimitExceeded", message).status(409))
}

fn invalid<T>(name: &str, value: &str, wanted: &str) -> Result<T, AwsError> {
    let message =
        format!("1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {wanted}");
    refuse("ValidationError", message)
}

/// Refuses names that IAM would not take: `[\w+=,.@-]`, 1 to `longest` characters.
fn check_name<'a>(call: &Call<'a>, parameter: &str, longest: usize) -> Result<&'a str, AwsError> {
    let name = call.text(parameter);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if name.is_empty() || name.len() > longest || !name.bytes().all(allowed) {
        let wanted =
            format!("Member must satisfy regular expression pattern: [\\w+=,.@-]+ and have 1 to {longest} characters");
        return invalid(parameter, name, &wanted);
    }
    Ok(name)
}

/// The request's `Path`: `/`, or `/…/` of visible ASCII, at most 512 characters.
fn check_path(call: &Call) -> Result<String, AwsError> {
    let path = call.params().text("Path").unwrap_or("/");
    let visible = path.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    if !path.starts_with('/') || !path.ends_with('/') || path.len() > 512 || !visible || path == "//" {
        let wanted = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.";
        return invalid("path", path, wanted);
    }
    Ok(path.to_owned())
}

/// The request's `Description`, at most 1,000 characters without control characters.
fn check_description(call: &Call) -> Result<Option<String>, AwsError> {
    let Some(text) = call.params().text("Description") else { return Ok(None) };
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}');
    if text.chars().count() > 1000 || !text.chars().all(allowed) {
        return invalid("description", text, "Member must have at most 1000 characters of Latin-1 text");
    }
    Ok(Some(text.to_owned()))
}

/// Refuses a name that another row has, in whatever case.
fn check_unique<R: Resource>(world: &World, noun: &str, name: &str, of: impl Fn(&R) -> &str) -> Result<(), AwsError> {
    if world.list::<R>(GLOBAL).iter().any(|row| of(row).eq_ignore_ascii_case(name)) {
        return exists(noun, name);
    }
    Ok(())
}

/// An id as IAM makes them: a prefix that tells the kind, then 17 characters.
fn fresh_id(call: &Call, prefix: &str) -> String {
    format!("{prefix}{}", call.world.fresh_hex(17).to_uppercase())
}

fn arn(call: &Call, rest: &str) -> String {
    format!("arn:aws:iam::{}:{rest}", call.rules.account)
}

/// One page of a list as an answer, in a member of that name; `MaxItems` 1 to 1,000, 100 when absent.
fn listed(call: &Call, member: &'static str, items: Vec<(String, Node)>) -> Answer {
    let wanted = call.params().number("MaxItems").unwrap_or(100);
    if !(1..=1000).contains(&wanted) {
        return invalid("maxItems", &wanted.to_string(), "Member must have value between 1 and 1000");
    }
    let size = usize::try_from(wanted).unwrap_or(usize::MAX);
    let page = Page::cut(call, items, size, &["Marker", "MaxItems"]);
    let page = page.map_err(|_| AwsError::new("ValidationError", "Invalid Marker."))?;
    let truncated = page.next.is_some();
    Ok(crate::node! { member => Node::List(page.items), "IsTruncated" => truncated, "Marker" => page.next })
}

/// Keeps what is under the request's `PathPrefix`.
fn under_prefix(call: &Call, path: &str) -> Result<bool, AwsError> {
    let prefix = call.params().text("PathPrefix").unwrap_or("/");
    if !prefix.starts_with('/') || prefix.len() > 512 {
        return invalid("pathPrefix", prefix, "Member must begin with / and have at most 512 characters");
    }
    Ok(path.starts_with(prefix))
}
