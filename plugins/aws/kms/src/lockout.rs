//! The principals that keep control of a key under a policy, as far as the policy's text says.

use kim_plugin_aws::policy::texts;
use serde_json::Value as Json;

/// The principals that may change the policy afterwards.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Access {
    /// The account itself. It can restore the access of all others.
    Account,
    /// Some principal, but not the account.
    Some,
    /// No principal. AWS refuses such a policy.
    None,
}

/// Returns the principals that may call `kms:PutKeyPolicy`.
pub(crate) fn access(statements: &[Json]) -> Access {
    let allowing =
        statements.iter().filter(|s| s.get("Effect").and_then(Json::as_str) == Some("Allow"));
    let controlling: Vec<&Json> = allowing.filter(|s| covers_put_key_policy(s)).collect();
    if controlling.iter().any(|s| names_account(s)) {
        Access::Account
    } else if controlling.is_empty() {
        Access::None
    } else {
        Access::Some
    }
}

fn covers_put_key_policy(statement: &Json) -> bool {
    // NotAction is rare and hard to judge. A missing warning is better than a wrong error.
    statement.get("NotAction").is_some()
        || texts(statement.get("Action"))
            .iter()
            .any(|action| matches(&action.to_lowercase(), "kms:putkeypolicy"))
}

fn names_account(statement: &Json) -> bool {
    let Some(principal) = statement.get("Principal") else {
        return statement.get("NotPrincipal").is_some();
    };
    if principal.as_str() == Some("*") {
        return true;
    }
    let is_account = |text: &&str| {
        **text == *"*"
            || (text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()))
            || text.ends_with(":root")
    };
    texts(principal.get("AWS")).iter().any(is_account)
}

/// Returns true if an action's pattern covers a name.
///
/// `*` stands for any text, `?` for one character.
fn matches(pattern: &str, name: &str) -> bool {
    match (pattern.chars().next(), name.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => {
            matches(&pattern[1..], name) || (!name.is_empty() && matches(pattern, &name[1..]))
        }
        (Some('?'), Some(_)) => matches(&pattern[1..], &name[1..]),
        (Some(p), Some(n)) if p == n => matches(&pattern[p.len_utf8()..], &name[n.len_utf8()..]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(principal: &str, action: &str) -> Access {
        let text = format!(
            r#"[{{"Effect":"Allow","Principal":{principal},"Action":{action},"Resource":"*"}}]"#
        );
        access(&serde_json::from_str::<Vec<Json>>(&text).unwrap())
    }

    #[test]
    fn the_account_keeps_control_or_does_not() {
        let root = r#"{"AWS":"arn:aws:iam::123456789012:root"}"#;
        let role = r#"{"AWS":["arn:aws:iam::123456789012:role/node"]}"#;
        assert_eq!(of(root, r#""kms:*""#), Access::Account);
        assert_eq!(of(r#"{"AWS":"123456789012"}"#, r#"["kms:Put*"]"#), Access::Account);
        assert_eq!(of(r#""*""#, r#""*""#), Access::Account);
        assert_eq!(of(role, r#""kms:PutKeyPolicy""#), Access::Some);
        assert_eq!(of(root, r#"["kms:Decrypt","kms:Put?eyPolicies"]"#), Access::None);
        assert_eq!(of(role, r#"["kms:Decrypt"]"#), Access::None);
    }
}
