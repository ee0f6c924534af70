//! What a value means counts, and not its spelling: in every comparison.

use std::net::Ipv4Addr;

use kim_engine::model::Value;
use kim_engine::model::schema::{Form, Property, Type};
use kim_engine::plan::Operation;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::fixture::{Case, check};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"Bool":{"aws:MultiFactorAuthPresent":true}}}]}"#;
const SAME_TRUST: &str = r#"{"Statement":{"Action":["sts:TagSession","STS:assumerole"],"Condition":{"Bool":{"aws:multifactorauthpresent":["true"]}},"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root"]}},"Version":"2012-10-17"}"#;
const OTHER_TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"999922223333"},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"Bool":{"aws:MultiFactorAuthPresent":true}}}]}"#;
const KEY_ARN: &str = "arn:aws:kms:eu-north-1:111122223333:key/1234";

/// Each property with two spellings of one value, and a spelling of another value.
fn spellings() -> Vec<(&'static str, String, String, String)> {
    let row = |property, one: &str, same: &str, other: &str| {
        (property, one.to_owned(), same.to_owned(), other.to_owned())
    };
    vec![
        row("policy", TRUST, SAME_TRUST, OTHER_TRUST),
        row("document", r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, r#"{"a":2,"b":2}"#),
        row("block", "10.0.0.1/16", "10.0.0.0/16", "10.1.0.0/16"),
        row("block", "2001:db8::/32", "2001:DB8:0::/32", "2001:db9::/32"),
        row("key", "ssh-rsa AAAA me", "ssh-rsa  AAAA name", "ssh-rsa AAAB me"),
        row("protocol", "tcp", "6", "udp"),
        row("protocol", "-1", "all", "6"),
        row("arn", KEY_ARN, "1234", "5678"),
    ]
}

fn written(text: &str) -> String {
    match text.parse::<i64>() {
        Ok(_) => format!("join({text})"),
        Err(_) => text.replace(' ', "␣"),
    }
}

// Rule 47.
#[tokio::test]
async fn another_spelling_in_the_program_changes_nothing() {
    for (property, one, same, other) in spellings() {
        let program = |text: &str| {
            format!(
                r"
                    a: Spelled {property}={}
                    b: Thing ref=a.{property}
                ",
                written(text)
            )
        };
        let case = check(&program(&one), &program(&same), "").await;
        case.up(&program(&same)).await;
        assert_eq!(case.calls(), [""; 0], "{property}");
        case.expect_empty_plan(&program(&one)).await;
        assert_ne!(case.preview(&program(&other)).await.unwrap(), "", "{property}");
    }
}

// Rule 47.
#[tokio::test]
async fn another_spelling_in_the_cloud_is_no_drift() {
    for (property, one, same, other) in spellings() {
        let program = format!("a: Spelled {property}={}", written(&one));
        let case = check(&program, &program, "").await;
        case.tamper("id-1", property, same.as_str());
        case.expect_empty_plan(&program).await;
        assert_eq!(case.refresh().await.changes.get("drifted"), None, "{property}");
        case.tamper("id-1", property, other.as_str());
        assert!(case.preview(&program).await.unwrap().contains("(drift)"), "{property}");
    }
}

// Rule 47.
#[tokio::test]
async fn an_update_of_something_else_sends_what_was_sent_before() {
    let before = "a: Spelled protocol=tcp block=10.0.0.1/16 size=1";
    let program = "a: Spelled protocol=join(6) block=10.0.0.0/16 size=2";
    let case = check(before, program, "~ a size: 1 → 2").await;
    case.up(program).await;
    assert_eq!(case.cloud_property("id-1", "protocol"), Value::text("tcp"));
    assert_eq!(case.cloud_property("id-1", "block"), Value::text("10.0.0.1/16"));
    let other = "a: Spelled protocol=join(6) block=10.1.0.0/16 size=2";
    case.expect_plan(other, r#"± a block: "10.0.0.1/16" → "10.1.0.0/16""#).await;
}

// Rule 47.
#[tokio::test]
async fn what_refers_to_a_respelled_property_of_the_cloud_is_left_alone() {
    let program = r"
        a: Spelled size=1
        b: Thing ref=a.found
    ";
    let case = Case::new().await;
    case.cloud().rewrites.insert("found".to_owned(), Value::text("10.0.0.1/16"));
    case.up(program).await;
    case.expect_empty_plan(program).await;
    case.tamper("id-1", "found", "10.0.0.0/16");
    case.expect_empty_plan(program).await;
    // The plan told it in the old spelling, and the apply finds another one.
    case.cloud().rewrites.insert("found".to_owned(), Value::text("10.0.1.0/16"));
    let updated = r"
        a: Spelled size=2
        b: Thing ref=a.found size=2
    ";
    case.expect_convergence(updated).await;
    assert_eq!(case.cloud_property("id-2", "ref"), Value::text("10.0.0.1/16"));
}

// Rule 47.
#[tokio::test]
async fn a_replacement_turns_out_to_be_needless_if_the_value_means_the_same() {
    let program = |size: u32| {
        format!(
            r"
                a: Spelled size={size}
                b: Spelled block=a.seen
            "
        )
    };
    let case = Case::new().await;
    case.cloud().rewrites.insert("seen".to_owned(), Value::text("10.0.0.1/16"));
    case.up(&program(1)).await;
    case.cloud().rewrites.insert("seen".to_owned(), Value::text("10.0.0.0/16"));
    case.clear_calls();
    case.up(&program(2)).await;
    assert_eq!(case.calls(), ["update id-1"]);
}

// Rules 44, 47.
#[tokio::test]
async fn what_the_apply_finds_in_another_spelling_is_what_the_plan_told() {
    // Offline, what an earlier lookup found counts as unchanged, and only the apply makes it.
    let program = |size: u32| {
        format!(
            r"
                x: Thing size={size}
                a: Spelled protocol=look(one) fixed=join(x.version)
                b: Thing ref=a.protocol
            "
        )
    };
    let mut case = Case::new().await;
    case.cloud().found = Some("tcp".to_owned());
    case.up(&program(1)).await;
    case.options.offline = true;
    case.cloud().found = Some("6".to_owned());
    case.clear_calls();
    case.up(&program(2)).await;
    assert_eq!(case.calls(), ["update id-1", "create 2", "settle id-4", "delete id-2"]);
    assert_eq!(case.cloud_property("id-4", "protocol"), Value::text("tcp"));
}

// Rule 47.
#[tokio::test]
async fn a_set_in_another_order_and_spelling_changes_nothing() {
    let before = r"
        a: Spelled blocks=[10.0.0.1/16,10.1.0.0/16]
        b: Thing words=a.blocks
    ";
    let program = r"
        a: Spelled blocks=[10.1.0.1/16,10.0.0.0/16]
        b: Thing words=a.blocks
    ";
    let case = check(before, program, "").await;
    case.tamper("id-1", "blocks", Value::List(vec!["10.1.0.7/16".into(), "10.0.0.9/16".into()]));
    case.expect_empty_plan(program).await;
}

// Rule 47.
#[tokio::test]
async fn a_change_touches_only_the_items_that_mean_something_else() {
    let before = "a: Spelled blocks=[10.0.0.1/16,10.1.0.0/16]";
    let plan = |sign: char| {
        format!(
            r#"{sign} a blocks: ["10.0.0.1/16", "10.1.0.0/16"] → ["10.0.0.0/16", "10.2.0.0/16"]"#
        )
    };
    let program = "a: Spelled blocks=[10.0.0.0/16,10.2.0.0/16]";
    let case = check(before, &format!("{program} !replaces=blocks[0]"), &plan('~')).await;
    case.expect_plan(&format!("{program} !replaces=blocks[1]"), &plan('±')).await;
}

// Rules 41, 47.
#[tokio::test]
async fn a_rename_is_recognised_by_what_the_inputs_mean() {
    let case = Case::new().await;
    case.up(&format!("a: Spelled arn={KEY_ARN} block=10.0.0.1/16")).await;
    let renamed = "b: Spelled arn=join(1234) block=10.0.0.0/16";
    let refused = case.run_error(Operation::Up, renamed).await;
    assert!(refused.contains("looks like a rename"), "{refused}");
}

// Rule 47.
#[tokio::test]
async fn a_change_of_a_document_says_where_the_documents_differ() {
    let shown = |plan: &kim_engine::plan::Plan| -> Vec<String> {
        let inside = plan.resources[0].changes[0].inside.iter();
        inside.map(|part| format!("{}: {:?} → {:?}", part.path, part.old, part.new)).collect()
    };
    let account = |id| format!(r#"Some({{"AWS": "{id}"}})"#);
    let (own, other) = (account("111122223333"), account("999922223333"));
    let program = format!("a: Spelled policy={TRUST}");
    let case = Case::new().await;
    case.up(&program).await;
    let changed = case.prepare(&format!("a: Spelled policy={OTHER_TRUST}")).await.unwrap();
    assert_eq!(shown(&changed.plan), [format!("Statement[0].Principal: {own} → {other}")]);
    case.tamper("id-1", "policy", OTHER_TRUST);
    let drifted = case.prepare(&program).await.unwrap();
    assert_eq!(shown(&drifted.plan), [format!("Statement[0].Principal: {other} → {own}")]);
    let hidden = case.prepare(&format!("a: Spelled policy=secret:{TRUST}")).await.unwrap();
    assert_eq!(shown(&hidden.plan), [""; 0]);
}

/// A policy and another spelling of it, by random choices.
fn respelled() -> impl Strategy<Value = (Json, Json)> {
    let lists = proptest::collection::vec((0..4_u8, 0..3_u8, any::<bool>()), 1..4);
    (lists, any::<u64>()).prop_map(|(statements, seed)| {
        let mut seed = seed;
        let mut toss = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            seed >> 63 == 1
        };
        let written = statements
            .iter()
            .map(|(action, principal, allow)| statement(*action, *principal, *allow));
        let policy = json!({ "Version": "2012-10-17", "Statement": written.collect::<Vec<_>>() });
        let other = respell(&policy, &mut toss);
        (policy, other)
    })
}

fn statement(action: u8, principal: u8, allow: bool) -> Json {
    let actions = ["a:One", "b:Two", "c:Three", "d:Four"];
    let principals = ["111122223333", "arn:aws:iam::111122223333:role/r", "*"];
    json!({
        "Effect": if allow { "Allow" } else { "Deny" },
        "Action": actions[..=usize::from(action)],
        "Principal": { "AWS": [principals[usize::from(principal)], "444455556666"] },
        "Condition": { "Bool": { "aws:SecureTransport": [allow] } },
    })
}

/// Spells a policy in another way wherever a toss says so.
fn respell(value: &Json, toss: &mut impl FnMut() -> bool) -> Json {
    match value {
        Json::Object(map) => {
            map.iter().map(|(name, value)| (name.clone(), respell(value, toss))).collect()
        }
        Json::Array(items) => {
            let mut items: Vec<Json> = items.iter().map(|item| respell(item, toss)).collect();
            if toss() {
                items.reverse();
            }
            if toss() {
                items.extend(items.first().cloned());
            }
            match <[Json; 1]>::try_from(items) {
                Ok([single]) if toss() => single,
                Ok(single) => single.to_vec().into(),
                Err(items) => items.into(),
            }
        }
        Json::Bool(value) if toss() => value.to_string().into(),
        Json::String(account) if account.len() == 12 && toss() => {
            format!("arn:aws:iam::{account}:root").into()
        }
        Json::String(action) if action.get(1..2) == Some(":") && toss() => {
            action.to_uppercase().into()
        }
        other => other.clone(),
    }
}

proptest! {
    // Rule 47.
    #[test]
    fn a_respelled_policy_has_the_same_normal_form((policy, other) in respelled()) {
        let (policy, other) = (policy.to_string(), other.to_string());
        let normal = Form::Policy.normal(&policy);
        prop_assert_eq!(&normal, &Form::Policy.normal(&other));
        prop_assert_eq!(&normal, &Form::Policy.normal(&normal));
        let property = Property { form: Some(Form::Policy), ..Property::new(Type::Json) };
        prop_assert_eq!(property.differences(&policy, &other), vec![]);
    }

    // Rule 47.
    #[test]
    fn two_accounts_and_two_actions_stay_different(one in statement_of(), other in statement_of()) {
        let policy = |(action, principal, allow)| {
            json!({ "Statement": statement(action, principal, allow) }).to_string()
        };
        prop_assert_eq!(one == other, Form::Policy.same(&policy(one), &policy(other)));
    }

    // Rule 47.
    #[test]
    fn a_block_is_known_by_its_network(address: u32, length in 0..=32_u32, host: u32) {
        let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
        let block = |address: u32| format!("{}/{length}", Ipv4Addr::from(address));
        let respelled = block((address & mask) | (host & !mask));
        prop_assert!(Form::Cidr.same(&block(address), &respelled));
        let normal = Form::Cidr.normal(&respelled).into_owned();
        prop_assert_eq!(&normal, &block(address & mask));
        prop_assert_eq!((host & mask) == (address & mask), Form::Cidr.same(&block(host), &normal));
    }
}

fn statement_of() -> impl Strategy<Value = (u8, u8, bool)> {
    (0..4_u8, 0..3_u8, any::<bool>())
}
