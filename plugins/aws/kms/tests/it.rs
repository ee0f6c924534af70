//! The schema, and the rules across properties.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use kim_plugin::prelude::*;
use kim_plugin_aws_kms::{Key, plugin};

fn check(kind: &str, inputs: &[(&str, Value)]) -> Vec<String> {
    let inputs: Value =
        inputs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let shown = |v: Violation| {
        format!("{}{}: {}", if v.warning { "warning " } else { "" }, v.path, v.message)
    };
    plugin().check(kind, inputs).unwrap().into_iter().map(shown).collect()
}

fn policy(principal: &str, actions: &str) -> Value {
    Value::text(format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":{actions},"Resource":"*"}}]}}"#
    ))
}

#[test]
fn the_schema() {
    insta::assert_json_snapshot!(plugin().schema());
}

#[test]
fn a_policy_that_locks_out_is_caught_in_the_preview() {
    let node = "arn:aws:iam::123456789012:role/node";
    let found = check(
        "aws:kms:Key",
        &[("policy", policy(node, r#"["kms:Decrypt","kms:GenerateDataKey"]"#))],
    );
    assert!(found[0].starts_with("policy: locks everybody out"), "{found:?}");
    let found = check("aws:kms:Key", &[("policy", policy(node, r#""kms:*""#))]);
    assert!(found[0].starts_with("warning policy: no statement gives the account"), "{found:?}");
    assert_eq!(
        check("aws:kms:Key", &[("policy", policy("arn:aws:iam::123456789012:root", r#""kms:*""#))]),
        [""; 0]
    );
    assert_eq!(check("aws:kms:Key", &[("policy", Value::Unknown)]), [""; 0]);
    let found = check("aws:kms:Key", &[("policy", Value::text("{"))]);
    assert!(found[0].starts_with("policy: is not JSON"), "{found:?}");
}

#[test]
fn use_and_rotation_fit_the_spec() {
    let spec = |spec: &str, usage: &str| {
        [("key_spec", Value::text(spec)), ("key_usage", Value::text(usage))]
    };
    assert_eq!(check("aws:kms:Key", &spec("HMAC_256", "GENERATE_VERIFY_MAC")), [""; 0]);
    let found = check("aws:kms:Key", &spec("RSA_2048", "KEY_AGREEMENT"));
    assert_eq!(
        found,
        [
            "key_usage: a key of RSA_2048 cannot be used for KEY_AGREEMENT; it can be used for ENCRYPT_DECRYPT or SIGN_VERIFY"
        ]
    );
    let rotating =
        [("key_spec", Value::text("HMAC_256")), ("enable_key_rotation", Value::Bool(true))];
    assert_eq!(
        check("aws:kms:Key", &rotating),
        ["enable_key_rotation: AWS rotates keys of SYMMETRIC_DEFAULT only"]
    );
}

#[test]
fn aliases_of_aws_and_of_aliases_are_refused() {
    let alias = |name: &str, target: &str| {
        [("alias_name", Value::text(name)), ("target_key_id", Value::text(target))]
    };
    assert_eq!(check("aws:kms:Alias", &alias("alias/log", "1234abcd")), [""; 0]);
    assert_eq!(check("aws:kms:Alias", &alias("alias/aws/ebs", "alias/log")).len(), 2);
}

#[test]
fn operations_say_that_they_need_a_component() {
    let key = Key::from_value(&Value::map()).unwrap().to_value();
    let failure = plugin().create("aws:kms:Key", &key, "token").unwrap_err();
    assert!(failure.to_string().contains("only inside a component"), "{failure}");
    assert_eq!(plugin().price("aws:kms:Key", key).unwrap().micros_a_month, 1_000_000);
}
