//! IAM policies.
//!
//! Invariant: nothing here judges what a policy permits. Two policies with one normal form permit
//! the same.
//!
//! The sources are pages of the IAM User Guide
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/>). An element that lists several things may
//! have one without a list, and no order matters (`reference_policies_grammar.html`).

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

/// Returns a policy in its normal form; a text that is not a JSON object stays.
pub(super) fn normal(text: &str) -> Cow<'_, str> {
    match serde_json::from_str::<Map<String, Json>>(text) {
        Ok(policy) => document(policy).to_string().into(),
        Err(_) => text.into(),
    }
}

fn document(policy: Map<String, Json>) -> Json {
    let mut elements: Map<String, Json> = policy.into_iter().map(named).collect();
    // "If you do not include a Version element, the value defaults to 2008-10-17."
    // (reference_policies_elements_version.html)
    elements.entry("Version").or_insert_with(|| "2008-10-17".into());
    elements.into()
}

fn named((name, value): (String, Json)) -> (String, Json) {
    let value = element(&name, value);
    (name, value)
}

/// Returns an element of a policy or of a statement in its normal form.
pub(super) fn element(name: &str, value: Json) -> Json {
    match name {
        "Statement" => each(value, &statement),
        // "The prefix and the action name are case insensitive."
        // (reference_policies_elements_action.html)
        "Action" | "NotAction" => each(value, &lower),
        "Resource" | "NotResource" => each(value, &|one| one),
        "Principal" | "NotPrincipal" => principals(value),
        "Condition" => conditions(value),
        _ => value,
    }
}

fn statement(statement: Json) -> Json {
    match statement {
        Json::Object(map) => map.into_iter().map(named).collect(),
        other => other,
    }
}

/// Returns one thing, or a list of several as a set, each changed.
fn each(value: Json, change: &impl Fn(Json) -> Json) -> Json {
    let Json::Array(items) = value else { return change(value) };
    let mut items: Vec<Json> = items.into_iter().map(change).collect();
    items.sort_by_cached_key(Json::to_string);
    items.dedup();
    match <[Json; 1]>::try_from(items) {
        // A list in a list is no policy, and has one normal form all the same.
        Ok([single]) if single.is_array() => each(single, change),
        Ok([single]) => single,
        Err(items) => items.into(),
    }
}

fn lower(value: Json) -> Json {
    match value {
        Json::String(text) => text.to_ascii_lowercase().into(),
        other => other,
    }
}

/// Returns principals by their kind; everybody is `{"AWS":"*"}`.
///
/// "Principal": "*" and {"AWS": "*"} are the same (`reference_policies_elements_principal.html`).
fn principals(value: Json) -> Json {
    match value {
        Json::String(text) if text == "*" => serde_json::json!({ "AWS": "*" }),
        Json::Object(map) => {
            let of_kind = |(kind, value): (String, Json)| {
                let value = each(value, &|one| if kind == "AWS" { principal(one) } else { one });
                (kind, value)
            };
            map.into_iter().map(of_kind).collect()
        }
        other => other,
    }
}

/// Returns the id of an account for the ARN of its root user.
///
/// "The account ARN and the shortened account ID behave the same way."
/// (`reference_policies_elements_principal.html`)
fn principal(value: Json) -> Json {
    let Json::String(arn) = &value else { return value };
    let parts: Vec<&str> = arn.split(':').collect();
    match parts[..] {
        ["arn", _, "iam", "", account, "root"] if is_account(account) => account.into(),
        _ => value,
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns conditions with keys in lower case, and their values as texts.
///
/// "Condition key names are not case-sensitive." (`reference_policies_elements_condition.html`) A
/// value is a string, a number or a boolean, and may be quoted (`reference_policies_grammar.html`).
fn conditions(value: Json) -> Json {
    let Json::Object(operators) = value else { return value };
    let of_operator = |(operator, keys): (String, Json)| {
        let Json::Object(keys) = keys else { return (operator, keys) };
        let lower: Map<String, Json> = keys
            .iter()
            .map(|(key, value)| (key.to_ascii_lowercase(), each(value.clone(), &quoted)))
            .collect();
        // Two spellings of one key: AWS refuses that, and here neither may be lost.
        (operator, if lower.len() == keys.len() { lower.into() } else { keys.into() })
    };
    operators.into_iter().map(of_operator).collect()
}

fn quoted(value: Json) -> Json {
    match value {
        Json::Bool(_) | Json::Number(_) => value.to_string().into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::normal;
    use serde_json::{Value as Json, json};

    fn role(statement: Json) -> String {
        json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
    }

    fn expect_same(one: Json, other: Json) {
        assert_eq!(normal(&role(one)), normal(&role(other)));
    }

    fn expect_different(one: Json, other: Json) {
        assert_ne!(normal(&role(one)), normal(&role(other)));
    }

    #[test]
    fn one_thing_is_a_list_of_it_and_order_does_not_matter() {
        expect_same(
            json!([{ "Effect": "Allow", "Action": ["b:Y", "a:X"], "Resource": ["*"] }]),
            json!({ "Resource": "*", "Action": ["a:X", "b:Y", "a:X"], "Effect": "Allow" }),
        );
        expect_same(
            json!([{ "Sid": "1" }, { "Sid": "2" }]),
            json!([{ "Sid": "2" }, { "Sid": "1" }]),
        );
        expect_same(json!({ "Action": "S3:getobject" }), json!({ "Action": "s3:GetObject" }));
        expect_different(json!({ "Resource": "A" }), json!({ "Resource": "a" }));
        expect_different(json!({ "Effect": "Allow" }), json!({ "Effect": "Deny" }));
        expect_different(json!({ "Action": "a:X" }), json!({ "NotAction": "a:X" }));
        expect_different(json!({ "Sid": "a" }), json!({ "Sid": "A" }));
    }

    #[test]
    fn an_account_is_its_root_user_and_nobody_else() {
        let aws = |principal: &str| json!({ "Principal": { "AWS": principal } });
        expect_same(aws("111122223333"), aws("arn:aws:iam::111122223333:root"));
        expect_same(aws("111122223333"), aws("arn:aws-cn:iam::111122223333:root"));
        expect_same(aws("*"), json!({ "Principal": "*" }));
        expect_same(aws("*"), json!({ "Principal": { "AWS": ["*"] } }));
        expect_different(aws("111122223333"), aws("arn:aws:iam::999922223333:root"));
        expect_different(aws("111122223333"), aws("arn:aws:iam::111122223333:role/root"));
        expect_different(aws("111122223333"), aws("arn:aws:iam::111122223333:user/me"));
        expect_different(aws("111122223333"), aws("arn:aws:sts::111122223333:root"));
        expect_different(
            aws("111122223333"),
            json!({ "Principal": { "Federated": "111122223333" } }),
        );
        expect_different(
            json!({ "Resource": "111122223333" }),
            json!({ "Resource": "arn:aws:iam::111122223333:root" }),
        );
    }

    #[test]
    fn values_of_conditions_are_texts_and_their_keys_have_no_case() {
        let condition = |condition: Json| json!({ "Condition": condition });
        expect_same(
            condition(json!({ "Bool": { "aws:SecureTransport": true } })),
            condition(json!({ "Bool": { "AWS:securetransport": ["true"] } })),
        );
        expect_same(
            condition(json!({ "NumericLessThan": { "a:b": [3, 1] } })),
            condition(json!({ "NumericLessThan": { "a:b": ["1", "3"] } })),
        );
        expect_different(
            condition(json!({ "StringEquals": { "a:b": "x" } })),
            condition(json!({ "StringEquals": { "a:b": "X" } })),
        );
        expect_different(
            condition(json!({ "StringEquals": { "a:b": "x", "A:B": "y" } })),
            condition(json!({ "StringEquals": { "a:b": "x" } })),
        );
    }

    #[test]
    fn a_normal_form_has_no_other_one() {
        for statement in [json!([[{ "Sid": "1" }]]), json!([{ "Action": [["a:B"], ["a:B"]] }])] {
            let normal_form = normal(&role(statement)).into_owned();
            assert_eq!(normal(&normal_form), normal_form);
        }
    }

    #[test]
    fn a_policy_without_a_version_has_the_first() {
        let first = r#"{"Statement":[],"Version":"2008-10-17"}"#;
        assert_eq!(normal(r#"{ "Statement": [] }"#), first);
        assert_eq!(normal("{"), "{");
        assert_eq!(normal("[ ]"), "[ ]");
        assert_eq!(normal("{\"Statement\": 3}"), r#"{"Statement":3,"Version":"2008-10-17"}"#);
    }
}
