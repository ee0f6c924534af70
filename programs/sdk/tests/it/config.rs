//! Typed configuration and its errors.

use insta::assert_snapshot;
use kim::Path;

use kim::{Secret, Value, from_value, json};

#[kim::config]
struct Config {
    name: String,
    nodes: u8,
    #[serde(default)]
    zones: Vec<String>,
    #[serde(default)]
    size: Option<Size>,
    #[serde(default)]
    password: Option<Secret<String>>,
    #[serde(default)]
    disk: Disk,
}

#[kim::config]
#[derive(PartialEq)]
enum Size {
    ExtraSmall,
    Large,
    Explicit { instance_type: String },
}

#[kim::config]
#[derive(Default)]
struct Disk {
    #[serde(default)]
    iops: u32,
}

fn read(value: Value) -> Result<Config, String> {
    from_value(&value, Path::key("config")).map_err(|error| error.to_string())
}

#[track_caller]
fn refused(value: Value) -> String {
    match read(value) {
        Ok(config) => panic!("accepted as {config:?}"),
        Err(message) => message,
    }
}

#[test]
fn reads_what_fits() {
    let password = Value::secret("hunter2".into());
    let config = read(json!({
        "name": "db", "nodes": 3, "zones": ["a", "b"], "size": "extra-small",
        "password": password, "disk": { "iops": 3000 },
    }))
    .expect("it fits");
    assert_eq!((config.name.as_str(), config.nodes, config.zones.len()), ("db", 3, 2));
    assert_eq!((config.size, config.disk.iops), (Some(Size::ExtraSmall), 3000));
    assert_eq!(config.password.as_ref().map(|secret| secret.reveal().as_str()), Some("hunter2"));
    assert_eq!(format!("{:?}", config.password), "Some([secret])");
    let config =
        read(json!({ "name": "db", "nodes": 3, "size": { "explicit": { "instance_type": "x" } } }));
    assert_eq!(config.expect("it fits").size, Some(Size::Explicit { instance_type: "x".into() }));
}

#[test]
fn a_plain_value_may_become_a_secret() {
    let config = read(json!({ "name": "db", "nodes": 3, "password": "plain" })).expect("it fits");
    assert_eq!(config.password, Some(Secret::new("plain".to_owned())));
}

#[test]
fn errors_name_the_key_and_what_is_wrong() {
    assert_snapshot!(refused(json!({ "name": "db" })), @"config: the key 'nodes' is missing");
    assert_snapshot!(
        refused(json!({ "name": "db", "nodes": "three" })),
        @r#"config.nodes: expected a whole number from 0 to 255, found the text "three""#);
    assert_snapshot!(
        refused(json!({ "name": "db", "nodes": 300 })),
        @"config.nodes: expected a whole number from 0 to 255, found 300");
    assert_snapshot!(refused(json!({ "name": "db", "nodes": -1 })), @"config.nodes: expected a whole number from 0 to 255, found -1");
    assert_snapshot!(
        refused(json!({ "name": "db", "nodes": 3, "zones": ["a", 7] })),
        @"config.zones[1]: expected a text, found 7");
    assert_snapshot!(refused(json!({ "name": "db", "nodes": 3, "zones": "a" })), @r#"config.zones: expected a list, found the text "a""#);
    assert_snapshot!(
        refused(json!({ "name": "db", "nodes": 3, "disk": { "isop": 1 } })),
        @"config.disk: unknown key 'isop'; did you mean 'iops'? (known: 'iops')");
    assert_snapshot!(
        refused(json!({ "name": "db", "nodes": 3, "size": "huge" })),
        @"config.size: unknown value 'huge' (known: 'extra-small', 'large', 'explicit')");
    assert_snapshot!(refused(json!({ "name": "db", "nodes": 3, "size": "larg" })), @"config.size: unknown value 'larg'; did you mean 'large'? (known: 'extra-small', 'large', 'explicit')");
    assert_snapshot!(refused(json!({ "name": "db", "nodes": 3, "size": "explicit" })), @"config.size: 'explicit' needs settings: write it as a table");
    assert_snapshot!(refused(json!({ "name": "db", "nodes": 3, "size": { "explicit": {} } })), @"config.size.explicit: the key 'instance_type' is missing");
    assert_snapshot!(refused("text".into()), @r#"config: expected a table, found the text "text""#);
}

#[test]
fn secrets_go_only_into_secrets_and_never_into_a_message() {
    let secret = || Value::secret("hunter2".into());
    assert_snapshot!(
        refused(json!({ "name": secret(), "nodes": 3 })),
        @"config.name: the value is a secret, but the program does not take one here; its author can declare the key as kim::Secret, or set the value without --secret");
    let number = Value::secret(4711.into());
    let message = refused(json!({ "name": "db", "nodes": 3, "password": number }));
    assert_snapshot!(message, @"config.password: expected a text, found a whole number (a secret)");
}
