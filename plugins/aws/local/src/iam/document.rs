//! The language of policies.
//!
//! A document has the form of a trust policy, an identity policy or a key policy. This module
//! checks the form, and whether a key policy allows its account an action.
//!
//! Conditions are checked for their form and never evaluated: a statement with one grants and
//! denies nothing here.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// What a document is for.
///
/// Each use has elements of its own that must or must not be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A trust policy lets principals assume a role.
    ///
    /// It has principals and STS actions, and no resources.
    Trust,
    /// An identity policy says what a role may do.
    ///
    /// It has actions on resources, and no principals.
    Identity,
    /// A key policy says what principals may do with a key.
    ///
    /// It has principals, actions and resources.
    Key,
}

/// A document whose form was checked.
#[derive(Debug)]
pub(crate) struct Document {
    statements: Vec<Statement>,
}

#[derive(Debug)]
struct Statement {
    allow: bool,
    conditional: bool,
    /// Principals as (kind, name), such as ("AWS", "arn:…").
    ///
    /// `negated` is true if they come from `NotPrincipal`, and false if in `Principal`.
    principals: Vec<(String, String)>,
    negated: bool,
    actions: Vec<String>,
    actions_negated: bool,
}

impl Document {
    /// Reads a document and checks its form.
    ///
    /// The error is a sentence for people.
    pub(crate) fn parse(text: &str, purpose: Purpose) -> Result<Document, String> {
        let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}');
        if !text.chars().all(allowed) {
            return Err("The policy has characters outside of Latin-1.".to_owned());
        }
        let json: Value = serde_json::from_str(text)
            .map_err(|error| format!("This policy contains invalid Json: {error}"))?;
        let Value::Object(members) = json else {
            return Err("Syntax errors in policy: not a JSON object.".to_owned());
        };
        known(&members, &["Version", "Id", "Statement"])?;
        match members.get("Version") {
            None => {}
            Some(Value::String(version))
                if matches!(version.as_str(), "2012-10-17" | "2008-10-17") => {}
            Some(_) => {
                return Err(
                    "The policy must contain a valid version string: 2012-10-17 or 2008-10-17."
                        .to_owned(),
                );
            }
        }
        if members.get("Id").is_some_and(|id| !id.is_string()) {
            return Err("Syntax errors in policy: Id must be text.".to_owned());
        }
        let statements = match members.get("Statement") {
            Some(Value::Array(items)) if !items.is_empty() => items.clone(),
            Some(statement @ Value::Object(_)) => vec![statement.clone()],
            _ => {
                return Err("Syntax errors in policy: missing required field Statement.".to_owned());
            }
        };
        let mut sids = BTreeSet::new();
        let statements: Result<Vec<Statement>, String> = statements
            .iter()
            .map(|statement| Statement::parse(statement, purpose, &mut sids))
            .collect();
        Ok(Document { statements: statements? })
    }

    /// Returns the values of `Principal` and `NotPrincipal`, as (kind, name).
    pub(crate) fn principals(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.statements.iter().flat_map(|statement| &statement.principals);
        all.map(|(kind, name)| (kind.as_str(), name.as_str()))
    }

    /// Returns true if the account's root user may do `action`.
    ///
    /// A statement without a condition has to allow it, and none may deny it.
    pub(crate) fn lets_root(&self, account: &str, action: &str) -> bool {
        let concerns = |statement: &&Statement| {
            !statement.conditional && statement.is_for_root(account) && statement.covers(action)
        };
        let mut concerning = self.statements.iter().filter(concerns).peekable();
        concerning.peek().is_some() && concerning.all(|statement| statement.allow)
    }
}

impl Statement {
    fn parse(
        json: &Value,
        purpose: Purpose,
        sids: &mut BTreeSet<String>,
    ) -> Result<Statement, String> {
        let Value::Object(members) = json else {
            return Err("Syntax errors in policy: a statement is not an object.".to_owned());
        };
        let elements = [
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ];
        known(members, &elements)?;
        check_sid(members, purpose, sids)?;
        let allow = match members.get("Effect").and_then(Value::as_str) {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err("Syntax errors in policy: Effect must be Allow or Deny.".to_owned()),
        };
        let principals = one_of(members, "Principal")?;
        let resources = one_of(members, "Resource")?;
        let (actions_negated, actions) = one_of(members, "Action")?
            .ok_or("Syntax errors in policy: missing required field Action.")?;
        let actions = texts(actions, "Action")?;
        check_actions(&actions, purpose)?;
        check_resources(resources.map(|(_, value)| value), purpose)?;
        let (negated, principals) = check_principals(principals, purpose)?;
        let conditional = check_condition(members.get("Condition"))?;
        Ok(Statement { allow, conditional, principals, negated, actions, actions_negated })
    }

    fn is_for_root(&self, account: &str) -> bool {
        let root = format!("arn:aws:iam::{account}:root");
        let named = |(kind, name): &(String, String)| {
            (kind == "AWS" || kind == "*") && (name == "*" || *name == root || name == account)
        };
        self.principals.iter().any(named) != self.negated
    }

    fn covers(&self, action: &str) -> bool {
        let covers =
            |pattern: &String| matches_action(&pattern.to_lowercase(), &action.to_lowercase());
        self.actions.iter().any(covers) != self.actions_negated
    }
}

fn known(members: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
    let unknown = members.keys().find(|name| !known.contains(&name.as_str()));
    unknown.map_or(Ok(()), |name| {
        Err(format!("Syntax errors in policy: {name} is not an element of a policy here."))
    })
}

/// Returns the value of an element or of its `Not…`.
///
/// The flag is true for the latter. Having both is an error.
fn one_of<'a>(
    members: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<(bool, &'a Value)>, String> {
    match (members.get(name), members.get(&format!("Not{name}"))) {
        (Some(_), Some(_)) => {
            Err(format!("Syntax errors in policy: {name} and Not{name} are both there."))
        }
        (Some(value), None) => Ok(Some((false, value))),
        (None, Some(value)) => Ok(Some((true, value))),
        (None, None) => Ok(None),
    }
}

/// Returns one text, or a list of texts that is not empty.
fn texts(value: &Value, name: &str) -> Result<Vec<String>, String> {
    let wrong = || format!("Syntax errors in policy: {name} must be text or a list of texts.");
    let items = match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) if !items.is_empty() => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong))
            .collect::<Result<_, _>>()?,
        _ => return Err(wrong()),
    };
    Ok(items)
}

fn check_sid(
    members: &Map<String, Value>,
    purpose: Purpose,
    sids: &mut BTreeSet<String>,
) -> Result<(), String> {
    let Some(sid) = members.get("Sid") else { return Ok(()) };
    let sid = sid.as_str().ok_or("Syntax errors in policy: Sid must be text.")?;
    // The ids of key policies may have other characters too, such as spaces; IAM's may not.
    let allowed = |c: char| c.is_ascii_alphanumeric() || purpose == Purpose::Key;
    if !sid.chars().all(allowed) {
        return Err(format!("Statement IDs (SID) must be alpha-numeric: {sid}"));
    }
    if !sid.is_empty() && !sids.insert(sid.to_owned()) {
        return Err(format!("Statement IDs (SID) in a single policy must be unique: {sid}"));
    }
    Ok(())
}

fn check_actions(actions: &[String], purpose: Purpose) -> Result<(), String> {
    let named = |part: &str| {
        (1..=128).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-*?".contains(&byte))
    };
    for action in actions {
        let vendor = action.split_once(':').filter(|(vendor, name)| named(vendor) && named(name));
        let vendor = vendor.map(|(vendor, _)| vendor);
        match (purpose, vendor) {
            (Purpose::Trust, Some("sts")) => {}
            (Purpose::Trust, _) => {
                return Err(format!(
                    "AssumeRole policy may only specify STS AssumeRole actions, not {action}."
                ));
            }
            (_, Some(_)) => {}
            (_, None) if action == "*" => {}
            (_, None) => {
                return Err(format!(
                    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.: {action}"
                ));
            }
        }
    }
    Ok(())
}

fn check_resources(resources: Option<&Value>, purpose: Purpose) -> Result<(), String> {
    let Some(resources) = resources else {
        return if purpose == Purpose::Trust {
            Ok(())
        } else {
            Err("Policy statement must contain resources.".to_owned())
        };
    };
    if purpose == Purpose::Trust {
        return Err("Has prohibited field Resource.".to_owned());
    }
    let wrong = |text: &&String| {
        *text != "*" && !(text.starts_with("arn:") && text.split(':').count() >= 6)
    };
    let texts = texts(resources, "Resource")?;
    texts
        .iter()
        .find(wrong)
        .map_or(Ok(()), |text| Err(format!("Resource {text} must be in ARN format or \"*\".")))
}

type Principals = (bool, Vec<(String, String)>);

fn check_principals(found: Option<(bool, &Value)>, purpose: Purpose) -> Result<Principals, String> {
    let (negated, value) = match (found, purpose) {
        (None, Purpose::Identity) => return Ok((false, Vec::new())),
        (Some(_), Purpose::Identity) => {
            return Err("Policy document should not specify a principal.".to_owned());
        }
        (None, _) => return Err("Missing required field Principal.".to_owned()),
        (Some((true, _)), Purpose::Trust) => {
            return Err("Has prohibited field NotPrincipal.".to_owned());
        }
        (Some(found), _) => found,
    };
    let kinds = match value {
        Value::String(text) if text == "*" => {
            return Ok((negated, vec![("*".to_owned(), "*".to_owned())]));
        }
        Value::Object(kinds) if !kinds.is_empty() => kinds,
        _ => {
            return Err(
                "Invalid principal in policy: Principal must be \"*\" or an object.".to_owned()
            );
        }
    };
    let mut principals = Vec::new();
    for (kind, names) in kinds {
        if !matches!(kind.as_str(), "AWS" | "Service" | "Federated" | "CanonicalUser") {
            return Err(format!(
                "Invalid principal in policy: \"{kind}\" is no kind of principal."
            ));
        }
        for name in texts(names, "Principal")? {
            principals.push((kind.clone(), name));
        }
    }
    Ok((negated, principals))
}

/// Checks the form of a condition, and returns true if there is one.
fn check_condition(condition: Option<&Value>) -> Result<bool, String> {
    let Some(condition) = condition else { return Ok(false) };
    let operators =
        condition.as_object().ok_or("Syntax errors in policy: Condition must be an object.")?;
    for (operator, keys) in operators {
        if !is_operator(operator) {
            return Err(format!("Invalid Condition type : {operator}."));
        }
        let keys = keys.as_object();
        let keys = keys.ok_or_else(|| {
            format!("Syntax errors in policy: {operator} must hold an object of keys.")
        })?;
        if keys.values().any(|value| value.is_object() || value.is_null()) {
            return Err(format!(
                "Syntax errors in policy: a key of {operator} has neither a value nor a list."
            ));
        }
    }
    Ok(!operators.is_empty())
}

/// The operators of conditions. (IAM user guide, "Condition operators")
const OPERATORS: &[&str] = &[
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
];

/// Returns true for an operator of conditions.
///
/// It may have a quantifier before it, and `IfExists` after it:
/// "You can add IfExists to the end of any condition operator name except the Null condition."
/// Letter case does not count.
fn is_operator(text: &str) -> bool {
    let is_known = |text: &str| OPERATORS.iter().any(|known| known.eq_ignore_ascii_case(text));
    let text = text.to_ascii_lowercase();
    let plain = ["foranyvalue:", "forallvalues:"]
        .iter()
        .find_map(|quantifier| text.strip_prefix(quantifier))
        .unwrap_or(&text);
    match plain.strip_suffix("ifexists") {
        Some(operator) => operator != "null" && is_known(operator),
        None => is_known(plain),
    }
}

/// Returns true if a pattern with `*` and `?` matches a text.
fn matches_action(pattern: &str, text: &str) -> bool {
    let mut chars = pattern.chars();
    match chars.next() {
        None => text.is_empty(),
        Some('*') => {
            // Stars in a row count as one: each star leaves less text, so no pattern takes long.
            let rest = chars.as_str().trim_start_matches('*');
            (0..=text.len())
                .filter(|at| text.is_char_boundary(*at))
                .any(|at| matches_action(rest, &text[at..]))
        }
        Some(wanted) => {
            let mut text = text.chars();
            text.next().is_some_and(|found| wanted == '?' || wanted == found)
                && matches_action(chars.as_str(), text.as_str())
        }
    }
}

/// Returns the length that counts for quotas, in characters.
///
/// White space does not count.
pub(crate) fn counted_length(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "123456789012";

    fn lets_root(statements: &str) -> bool {
        let text = format!(r#"{{"Statement": [{statements}]}}"#);
        Document::parse(&text, Purpose::Key).unwrap().lets_root(ACCOUNT, "kms:PutKeyPolicy")
    }

    fn statement(effect: &str, principal: &str, action: &str) -> String {
        format!(r#"{{"Effect": "{effect}", {principal}, {action}, "Resource": "*"}}"#)
    }

    #[test]
    fn who_is_let_in() {
        let (all, root) =
            (r#""Action": "kms:*""#, r#""Principal": {"AWS": "arn:aws:iam::123456789012:root"}"#);
        let (other, not_root) =
            (root.replace(":root", ":role/x"), root.replace("Principal", "NotPrincipal"));
        for principal in [root, r#""Principal": "*""#, r#""Principal": {"AWS": ["123456789012"]}"#]
        {
            assert!(lets_root(&statement("Allow", principal, all)), "{principal}");
        }
        for action in
            [r#""Action": ["kms:Get*", "KMS:Put?eyPolicy"]"#, r#""NotAction": "kms:Decrypt""#]
        {
            assert!(lets_root(&statement("Allow", root, action)), "{action}");
        }
        assert!(!lets_root(&statement("Allow", &other, all)));
        assert!(!lets_root(&statement("Allow", root, r#""NotAction": "kms:*""#)));
        let denied = |other: &str| format!("{}, {other}", statement("Allow", root, all));
        assert!(!lets_root(&denied(&statement("Deny", root, all))));
        assert!(!lets_root(&denied(&statement(
            "Deny",
            &other.replace("Principal", "NotPrincipal"),
            all
        ))));
        assert!(lets_root(&denied(&statement("Deny", &not_root, all))));
        assert!(lets_root(&denied(&statement("Deny", root, r#""Action": "kms:Decrypt""#))));
    }

    #[test]
    fn operators_are_those_of_iam() {
        for known in ["StringEquals", "stringlike", "ForAllValues:ArnLikeIfExists", "Null"] {
            assert!(is_operator(known), "{known}");
        }
        for unknown in ["StringEqual", "NullIfExists", "ForSomeValues:Bool", "IfExists", ""] {
            assert!(!is_operator(unknown), "{unknown}");
        }
    }

    #[test]
    fn patterns_end_soon() {
        assert!(matches_action("kms:put*policy", "kms:putkeypolicy"));
        assert!(!matches_action(&format!("kms:{}x", "*".repeat(120)), "kms:putkeypolicy"));
        assert!(!matches_action(&format!("{}x", "*?".repeat(60)), "kms:putkeypolicy"));
    }
}
