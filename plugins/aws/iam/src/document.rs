//! The rules of IAM on policy documents, as far as the document's text shows, and on tags.

use kim_plugin::prelude::*;
use kim_plugin_aws::{policy, tags};
use serde_json::Value as Json;

/// The purpose of a policy document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Use {
    /// It names the principals that may assume a role.
    Trust,
    /// It names the actions that are permitted.
    Permissions,
}

/// Returns the violations of the rules on the document at `path`.
pub(crate) fn rules(inputs: &Inputs, path: &str, purpose: Use) -> Vec<Violation> {
    let Known(document) = inputs.get::<String>(path) else { return Vec::new() };
    match policy::statements(&document) {
        Err(why) => vec![Violation::error(path, why)],
        Ok(statements) => {
            let version = version(&document).map(|why| Violation::error(path, why));
            let wrong = statements.iter().enumerate().filter_map(|(at, statement)| {
                let why = statement_rule(statement, purpose)?;
                Some(Violation::error(path, format!("statement {}: {why}", at + 1)))
            });
            version.into_iter().chain(wrong).collect()
        }
    }
}

fn version(document: &str) -> Option<String> {
    let json: Json = serde_json::from_str(document).ok()?;
    match json.get("Version")?.as_str() {
        Some("2012-10-17" | "2008-10-17") => None,
        _ => Some("the Version of a policy is 2012-10-17".to_owned()),
    }
}

fn statement_rule(statement: &Json, purpose: Use) -> Option<&'static str> {
    let has = |name: &str| statement.get(name).is_some();
    let has_principal = has("Principal") || has("NotPrincipal");
    if !statement.is_object() {
        return Some("is not an object");
    }
    if !matches!(statement.get("Effect").and_then(Json::as_str), Some("Allow" | "Deny")) {
        return Some("needs an Effect, Allow or Deny");
    }
    if has("Action") == has("NotAction") {
        return Some("needs either an Action or a NotAction");
    }
    match purpose {
        Use::Trust if !has_principal => Some("a trust policy needs a Principal"),
        Use::Trust if has("Resource") || has("NotResource") => {
            Some("a trust policy has no Resource: it is about the role itself")
        }
        Use::Permissions if has_principal => {
            Some("has no Principal: it applies to the role that has the policy")
        }
        Use::Permissions if has("Resource") == has("NotResource") => {
            Some("needs either a Resource or a NotResource")
        }
        _ => None,
    }
}

/// Returns the number of characters of a document without white space.
///
/// IAM's limits count those.
pub(crate) fn size(inputs: &Inputs, path: &str) -> Option<usize> {
    let document = inputs.get::<String>(path).known()?;
    Some(document.chars().filter(|c| !c.is_whitespace()).count())
}

/// Returns the violation if the document at `path` exceeds `most` characters.
pub(crate) fn size_rule(inputs: &Inputs, path: &str, most: usize) -> Option<Violation> {
    let size = size(inputs, path).filter(|size| *size > most)?;
    let message = format!("has {size} characters without white space; IAM accepts {most}");
    Some(Violation::error(path, message))
}

/// Returns the violations of the rules on tags.
///
/// The rules are AWS's own, and IAM's narrower set of characters.
pub(crate) fn tag_rules(inputs: &Inputs) -> Vec<Violation> {
    let mut found = tags::check(inputs, "tags");
    let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    for (key, value) in inputs.value().get("tags").and_then(Value::as_map).into_iter().flatten() {
        if !key.chars().all(allowed) || !value.as_text().unwrap_or_default().chars().all(allowed) {
            let message =
                "IAM's tags have letters, digits, spaces and _ . : / = + - @ only".to_owned();
            found.push(Violation { path: Path::key("tags").join(key), message, warning: false });
        }
    }
    found
}
