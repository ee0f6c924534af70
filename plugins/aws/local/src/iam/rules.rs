//! The rules that IAM's actions share.
//!
//! They are about names, paths, documents, pages, and IAM's refusals.

use crate::error::{Answer, AwsError, refuse};
use crate::iam::document::{Document, Purpose, counted_length};
use crate::node::Node;
use crate::reading::Page;
use crate::service::Call;
use crate::world::{GLOBAL, Resource, World};

/// Returns what comes after the last slash.
pub(crate) fn last_segment(reference: &str) -> &str {
    reference.rsplit_once('/').map_or(reference, |(_, name)| name)
}

/// Returns `NoSuchEntity` in IAM's words.
pub(crate) fn no_such(noun: &str, name: &str) -> AwsError {
    AwsError::new("NoSuchEntity", format!("The {noun} with name {name} cannot be found."))
        .status(404)
}

/// Refuses with `EntityAlreadyExists`.
fn already_exists<T>(noun: &str, name: &str) -> Result<T, AwsError> {
    Err(AwsError::new("EntityAlreadyExists", format!("{noun} with name {name} already exists."))
        .status(409))
}

/// Refuses with `DeleteConflict`; `what` must be done first.
pub(crate) fn delete_conflict<T>(what: &str) -> Result<T, AwsError> {
    Err(AwsError::new("DeleteConflict", format!("Cannot delete entity, must {what} first."))
        .status(409))
}

/// Refuses with `LimitExceeded`.
pub(crate) fn limit_exceeded<T>(message: String) -> Result<T, AwsError> {
    Err(AwsError::new("LimitExceeded", message).status(409))
}

/// Refuses a value in IAM's words.
pub(crate) fn invalid_member<T>(name: &str, value: &str, wanted: &str) -> Result<T, AwsError> {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {wanted}"
    );
    refuse("ValidationError", message)
}

/// Returns the name in a parameter; rejects one that IAM does not allow.
///
/// A name has 1 to `longest` characters of `[\w+=,.@-]`.
pub(crate) fn check_name<'a>(
    call: &Call<'a>,
    parameter: &str,
    longest: usize,
) -> Result<&'a str, AwsError> {
    let name = call.text(parameter);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if name.is_empty() || name.len() > longest || !name.bytes().all(allowed) {
        let wanted = format!(
            "Member must satisfy regular expression pattern: [\\w+=,.@-]+ and have 1 to {longest} characters"
        );
        return invalid_member(parameter, name, &wanted);
    }
    Ok(name)
}

/// Returns the request's `Path`, which is `/` when absent.
///
/// Others are `/…/` of visible ASCII, at most 512 characters.
pub(crate) fn check_path(call: &Call) -> Result<String, AwsError> {
    let path = call.params().text("Path").unwrap_or("/");
    let visible = path.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    if !path.starts_with('/')
        || !path.ends_with('/')
        || path.len() > 512
        || !visible
        || path == "//"
    {
        let wanted = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.";
        return invalid_member("path", path, wanted);
    }
    Ok(path.to_owned())
}

/// Returns the request's `Description`.
///
/// It has at most 1,000 characters of Latin-1. Of control characters, only tabs and line breaks are
/// allowed.
pub(crate) fn check_description(call: &Call) -> Result<Option<String>, AwsError> {
    let Some(text) = call.params().text("Description") else { return Ok(None) };
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}');
    if text.chars().count() > 1000 || !text.chars().all(allowed) {
        return invalid_member(
            "description",
            text,
            "Member must have at most 1000 characters of Latin-1 text",
        );
    }
    Ok(Some(text.to_owned()))
}

/// Rejects a name that another row has; letter case does not count.
pub(crate) fn check_unique<R: Resource>(
    world: &World,
    noun: &str,
    name: &str,
    of: impl Fn(&R) -> &str,
) -> Result<(), AwsError> {
    if world.list::<R>(GLOBAL).iter().any(|row| of(row).eq_ignore_ascii_case(name)) {
        return already_exists(noun, name);
    }
    Ok(())
}

/// Returns a new id: a prefix for the kind, then 17 characters.
pub(crate) fn fresh_id(call: &Call, prefix: &str) -> String {
    format!("{prefix}{}", call.world.fresh_hex(17).to_uppercase())
}

/// Returns `arn:aws:iam::<account>:<rest>`.
pub(crate) fn iam_arn(call: &Call, rest: &str) -> String {
    format!("arn:aws:iam::{}:{rest}", call.settings.account)
}

/// Returns one page of a list as an answer, in the member `member`.
///
/// `MaxItems` is 1 to 1,000, and 100 when absent.
pub(crate) fn entity_page<T>(
    call: &Call,
    member: &'static str,
    items: Vec<(String, T)>,
    show: impl Fn(T) -> Node,
) -> Answer {
    let wanted = call.params().number("MaxItems").unwrap_or(100);
    if !(1..=1000).contains(&wanted) {
        return invalid_member(
            "maxItems",
            &wanted.to_string(),
            "Member must have value between 1 and 1000",
        );
    }
    let size = usize::try_from(wanted).unwrap_or(usize::MAX);
    let page = Page::cut(call, items, size, &["Marker", "MaxItems"], show);
    let page = page.map_err(|_| AwsError::new("ValidationError", "Invalid Marker."))?;
    let truncated = page.next.is_some();
    Ok(
        crate::node! { member => Node::List(page.items), "IsTruncated" => truncated, "Marker" => page.next },
    )
}

/// Returns true for a path under the request's `PathPrefix`.
pub(crate) fn under_prefix(call: &Call, path: &str) -> Result<bool, AwsError> {
    let prefix = call.params().text("PathPrefix").unwrap_or("/");
    if !prefix.starts_with('/') || prefix.len() > 512 {
        return invalid_member(
            "pathPrefix",
            prefix,
            "Member must begin with / and have at most 512 characters",
        );
    }
    Ok(path.starts_with(prefix))
}

/// The most characters of a managed policy, white space apart.
const DOCUMENT_LIMIT: usize = 6144;

/// Rejects text that is not the ARN of a policy.
pub(crate) fn check_policy_arn(arn: &str) -> Result<(), AwsError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let well_formed =
        matches!(parts[..], ["arn", "aws", "iam", "", _, rest] if rest.starts_with("policy/"));
    if !well_formed || !(20..=2048).contains(&arn.len()) {
        return refuse("InvalidInput", format!("ARN {arn} is not valid."));
    }
    Ok(())
}

/// Rejects text that is not a policy document, or is too long for one.
///
/// The limit is that of a managed policy.
pub(crate) fn check_managed_document(text: &str) -> Result<(), AwsError> {
    check_identity_document(text)?;
    if counted_length(text) > DOCUMENT_LIMIT {
        return limit_exceeded(format!("Cannot exceed quota for PolicySize: {DOCUMENT_LIMIT}"));
    }
    Ok(())
}

/// Rejects text that is not an identity policy.
pub(crate) fn check_identity_document(text: &str) -> Result<(), AwsError> {
    let parsed = Document::parse(text, Purpose::Identity);
    parsed.map(|_| ()).map_err(|message| AwsError::new("MalformedPolicyDocument", message))
}
