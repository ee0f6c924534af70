//! Edits of a stack's file, as `kim config` makes them: comments and layout stay.

use kim_cli::project::config_file::{key_path, remove, sealed, set, typed};
use toml_edit::DocumentMut;

const FILE: &str = "\
# The stage where things break first.
[aws]
region = \"eu-central-1\"   # close to home

[config]
size = \"small\" # enough
zones = [\"a\", \"b\"]
";

fn edited(edits: &[(&str, &str)]) -> String {
    let mut document: DocumentMut = FILE.parse().expect("it is TOML");
    for (key, value) in edits {
        let path = key_path(key, ["config", "aws"]).expect("a path");
        set(&mut document, &path, typed(value)).expect("it is set");
    }
    document.to_string()
}

#[test]
fn values_are_set_where_they_belong() {
    insta::assert_snapshot!(edited(&[
        ("size", "large"),
        ("nodes", "5"),
        ("encrypt", "true"),
        ("zones[1]", "c"),
        ("zones[2]", "d"),
        ("tags.Team", "db"),
        ("cidrs", "[\"10.0.0.0/8\"]"),
        ("aws.region", "eu-west-1"),
        ("aws.profile", "work"),
    ]));
}

#[test]
fn an_empty_file_gets_its_tables() {
    let mut document = DocumentMut::new();
    for (key, value) in [("aws.region", "eu-west-1"), ("size", "large")] {
        set(&mut document, &key_path(key, ["config", "aws"]).expect("a path"), typed(value))
            .expect("it is set");
    }
    set(
        &mut document,
        &key_path("password", ["config"]).expect("a path"),
        sealed("kim1.x".to_owned()),
    )
    .expect("it is set");
    insta::assert_snapshot!(document.to_string());
}

#[test]
fn a_value_is_what_was_typed() {
    let texts = [
        "true",
        " true",
        "True",
        "12",
        " 12 ",
        "007",
        "+5",
        "-5",
        "-0",
        "1_000",
        "0x10",
        "1.5",
        "-1.5",
        "1.50",
        "1e3",
        "12e45",
        "nan",
        "inf",
        "99999999999999999999",
        "[1, 2]",
        "[1,",
        "{ a = 1 }",
        "{\"a\": 1}",
        "\"12\"",
        "'x'",
        "large",
        " x ",
        "10.0.0.0/16",
        "2024-01-01",
        "--",
        "-x",
        "",
        "a\nb\n",
    ];
    let typed = texts.map(|text| format!("{text:?}: {} {}", typed(text).type_name(), typed(text)));
    insta::assert_snapshot!(typed.join("\n"));
}

#[test]
fn what_cannot_be_set_says_why() {
    let mut document: DocumentMut = FILE.parse().expect("it is TOML");
    let mut message = |key: &str| {
        let path = key_path(key, ["config", "aws"]).expect("a path");
        set(&mut document, &path, typed("1")).expect_err("refused").to_string()
    };
    assert_eq!(message("size.x"), "cannot set 'x' in config.size: that is not a table");
    assert_eq!(message("size[0]"), "config.size is not a list");
    assert_eq!(message("zones[7]"), "config.zones has 2 items; the next one is config.zones[2]");
    assert!(key_path("[0]", []).is_err());
    assert!(key_path("", []).is_err());
    assert!(key_path("a..b", []).is_err());
}

#[test]
fn values_are_removed() {
    let mut document: DocumentMut = FILE.parse().expect("it is TOML");
    let path = |key: &str| key_path(key, ["config", "aws"]).expect("a path");
    assert!(remove(&mut document, &path("zones[0]")));
    assert!(remove(&mut document, &path("size")));
    assert!(!remove(&mut document, &path("size")));
    assert!(!remove(&mut document, &path("no.such.thing")));
    assert!(!document.to_string().contains("size"), "{document}");
    assert!(
        document.to_string().contains("[\"b\"]") || document.to_string().contains("[ \"b\"]"),
        "{document}"
    );
}
