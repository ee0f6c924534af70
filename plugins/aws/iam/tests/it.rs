//! The schema, and the rules across properties.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use kim_plugin::prelude::*;
use kim_plugin_aws_iam::plugin;

fn check(kind: &str, inputs: &[(&str, Value)]) -> Vec<String> {
    let inputs: Value =
        inputs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let shown = |v: Violation| {
        format!("{}{}: {}", if v.warning { "warning " } else { "" }, v.path, v.message)
    };
    plugin().check(kind, inputs).unwrap().into_iter().map(shown).collect()
}

#[test]
fn the_schema() {
    insta::assert_json_snapshot!(plugin().schema());
}

#[test]
fn a_trust_policy_has_a_principal_and_no_resource() {
    let trust = |statement: &str| {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
        check("aws:iam:Role", &[("assume_role_policy_document", Value::text(text))])
    };
    let ec2 = r#""Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole""#;
    assert_eq!(trust(&format!(r#"{{"Effect":"Allow",{ec2}}}"#)), [""; 0]);
    let at = "assume_role_policy_document: statement 1:";
    assert_eq!(
        trust(r#"{"Effect":"Allow","Action":"sts:AssumeRole"}"#),
        [format!("{at} a trust policy needs a Principal")]
    );
    assert_eq!(
        trust(&format!(r#"{{"Effect":"Allow",{ec2},"Resource":"*"}}"#)),
        [format!("{at} a trust policy has no Resource: it is about the role itself")]
    );
    assert_eq!(trust(&format!(r#"{{{ec2}}}"#)), [format!("{at} needs an Effect, Allow or Deny")]);
    assert_eq!(check("aws:iam:Role", &[("assume_role_policy_document", Value::Unknown)]), [""; 0]);
}

#[test]
fn a_permission_policy_has_a_resource_and_no_principal() {
    let policy =
        |text: &str| check("aws:iam:RolePolicy", &[("policy_document", Value::text(text))]);
    let fine = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}}"#;
    assert_eq!(policy(fine), [""; 0]);
    assert!(policy(&fine.replace("2012-10-17", "2020-01-01"))[0].contains("Version"));
    assert!(policy(&fine.replace(r#","Resource":"*""#, ""))[0].contains("needs either a Resource"));
    assert!(
        policy(&fine.replace(r#""Effect""#, r#""Principal":"*","Effect""#))[0]
            .contains("has no Principal")
    );
    let long = fine.replace("ec2:Describe*", &"x".repeat(10_240));
    assert!(policy(&long)[0].contains("IAM accepts 10240"), "{:?}", policy(&long));
}

#[test]
fn tags_have_the_characters_that_iam_accepts() {
    let tags: Value = [("Team", "db & co"), ("Cost/Center", "a@b")].into_iter().collect();
    let found = check("aws:iam:InstanceProfile", &[("tags", tags)]);
    assert_eq!(
        found,
        ["tags.Team: IAM's tags have letters, digits, spaces and _ . : / = + - @ only"]
    );
}
