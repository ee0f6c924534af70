//! Shapes: whether a plugin's schema is valid, and whether its answers match its schema.

use kim_engine::shape::{faults, misfits};
use kim_model::{Value, schema};
use serde_json::{Value as Json, json};

fn plugin(thing: Json) -> schema::Plugin {
    let id = json!({ "type": "text", "computed": true });
    let mut kind = json!({ "name": "test:Thing", "id": "id", "properties": { "id": id } });
    kind["properties"].as_object_mut().unwrap().extend(thing.as_object().unwrap().clone());
    serde_json::from_value(json!({ "name": "test", "version": "1", "kinds": [kind] })).unwrap()
}

fn properties() -> schema::Plugin {
    plugin(json!({
        "size": { "type": "int" },
        "share": { "type": "float" },
        "tags": { "type": { "map": { "type": "text" } } },
        "rules": { "type": { "list": { "type": { "object": { "properties": { "port": { "type": "int" } } } } } } },
        "anything": { "type": "any" },
    }))
}

fn fits(answer: Json) -> String {
    misfits(&properties().kinds[0].properties, &kim_model::json::from_json(&answer)).join("\n")
}

#[test]
fn the_faults_of_a_schema_are_named() {
    assert_eq!(faults(&properties()), Vec::<String>::new());
    let one = |thing: Json| faults(&plugin(thing)).join("\n");
    assert_eq!(
        one(json!({ "size": { "type": "int", "min": 3, "max": 2 } })),
        "size of test:Thing must be at least 3 and at most 2, which no value is"
    );
    assert_eq!(
        one(json!({ "tags": { "type": { "map": { "type": "text", "pattern": "(" } } } })),
        "the pattern of tags of test:Thing is not a regular expression: ("
    );
    assert_eq!(
        one(json!({ "size": { "type": "int", "default": "big" } })),
        "the default of test:Thing: size is text, but must be a whole number"
    );
    let mut twice = properties();
    twice.kinds.push(schema::Kind { id: "nothing".to_owned(), ..twice.kinds[0].clone() });
    twice.name = String::new();
    assert_eq!(
        faults(&twice).join("\n"),
        "it has no name\nit has the kind 'test:Thing' twice\n'nothing', the id of the kind 'test:Thing', is not one of its properties"
    );
}

#[test]
fn a_kind_whose_name_a_urn_escapes_is_a_fault() {
    for name in ["test:a/b", "test:50%"] {
        let mut plugin = properties();
        plugin.kinds[0].name = name.to_owned();
        let expected = format!(
            "the name of the kind '{name}' may have only letters, digits, and ':', '_', '.', '-'"
        );
        assert_eq!(faults(&plugin), [expected]);
    }
}

/// A comparison of two names takes time in proportion to the product of their lengths, and a
/// plugin's names have no bound.
#[test]
fn names_that_are_very_long_are_not_compared() {
    let hint = |length: usize| {
        let known = "a".repeat(length);
        let properties =
            plugin(json!({ known.as_str(): { "type": "int" } })).kinds.remove(0).properties;
        let wrong = "a".repeat(length - 1) + "b";
        let said =
            misfits(&properties, &Value::from_iter([(wrong.as_str(), Value::Int(1))])).join("\n");
        said.contains(&format!("(did you mean '{known}'?)"))
    };
    assert_eq!([hint(100), hint(101)], [true, false]);
}

#[test]
fn an_answer_has_to_fit_the_schema() {
    assert_eq!(
        fits(
            json!({ "size": 1, "share": 2, "tags": { "a": "b" }, "rules": [{ "port": 80 }], "anything": [1] })
        ),
        ""
    );
    assert_eq!(fits(json!({ "size": null, "rules": [{}] })), "", "what is absent fits");
    assert_eq!(fits(json!({ "siez": 1 })), "there is no property siez (did you mean 'size'?)");
    assert_eq!(fits(json!({ "size": 1.5 })), "size is a number, but must be a whole number");
    assert_eq!(fits(json!({ "tags": { "a": 1 } })), "tags.a is a whole number, but must be text");
    assert_eq!(
        fits(json!({ "rules": [{}, { "prot": 1 }] })),
        "there is no property rules[1].prot (did you mean 'port'?)"
    );
    assert_eq!(fits(json!("done")), "the whole is text, but must be a map");
    let many: serde_json::Map<String, Json> =
        (0..100).map(|n| (format!("extra{n}"), json!(n))).collect();
    assert_eq!(fits(Json::Object(many)).lines().count(), 5, "nobody reads a hundred");
}

// Rule 15.
#[test]
fn a_secret_that_does_not_fit_is_reported_without_its_value() {
    let answer: Value = [("size", Value::secret("hunter2".into()))].into_iter().collect();
    assert_eq!(
        misfits(&properties().kinds[0].properties, &answer),
        ["size is text, but must be a whole number"]
    );
    let unknown: Value = [("size", Value::Unknown)].into_iter().collect();
    assert_eq!(misfits(&properties().kinds[0].properties, &unknown), Vec::<String>::new());
}

// Rule 50.
#[test]
fn what_is_shown_of_a_schema_is_seen() {
    let mut dirty = plugin(json!({ "a": { "type": "text", "enum": ["x", "y\n::add-mask::z"] } }));
    dirty.version = "1\u{1b}[2J".to_owned();
    dirty.capabilities.http = vec!["a.example\u{202e}".to_owned()];
    insta::assert_snapshot!(faults(&dirty).join("\n"), @r"
    its version '1\u{1b}[2J' may have only letters, digits, and of '-.+', and at most 200 bytes
    its HTTP host 'a.example\u{202e}' may have only letters, digits, and of '-_.:[]', and at most 200 bytes
    a value that a of test:Thing may have, 'y\n::add-mask::z', may have only characters that are seen
    ");
    let clean = json!({ "a": { "type": "text", "enum": ["\"größer\"", "a b", "漢"] } });
    assert_eq!(faults(&plugin(clean)), Vec::<String>::new());
}

// Rule 43.
#[test]
fn names_of_a_schema_are_short_and_plain() {
    let long = "test:".to_owned() + &"x".repeat(196);
    for (name, fault) in [
        (String::new(), "a kind has no name".to_owned()),
        (
            "test:\u{1b}[2J".to_owned(),
            r"the name of the kind 'test:\u{1b}[2J' may have only letters, digits, and ':', '_', '.', '-'".to_owned(),
        ),
        (
            long.clone(),
            format!("the name of the kind '{}…' has 201 bytes; at most 200 bytes are allowed", &long[..200]),
        ),
    ] {
        let mut plugin = properties();
        plugin.kinds[0].name = name;
        assert_eq!(faults(&plugin), [fault]);
    }
    let one = faults(&plugin(json!({ "a\nb": { "type": "int" } }))).join("\n");
    assert_eq!(
        one,
        r"the name of the property 'a\nb' may have only letters, digits, and ':', '_', '.', '-'"
    );
    let deep = json!({ "rules": { "type": { "object": { "properties": { "\u{202e}": { "type": "int" } } } } } });
    assert_eq!(faults(&plugin(deep)).len(), 1, "inside objects too");
    let mut lookup = properties();
    let found = json!({ "name": "test:find me", "arguments": {}, "results": {} });
    lookup.lookups.push(serde_json::from_value(found).unwrap());
    assert_eq!(faults(&lookup).len(), 1, "of lookups too: {:?}", faults(&lookup));
}

// Rule 43.
#[test]
fn patterns_of_a_schema_are_bounded_one_by_one_and_in_all() {
    let with = |pattern: &str, count: usize| {
        let property = |n| json!({ "type": "text", "pattern": format!("{pattern}|{n}") });
        let all: serde_json::Map<String, Json> =
            (0..count).map(|n| (format!("p{n:05}"), property(n))).collect();
        faults(&plugin(Json::Object(all)))
    };
    assert_eq!(with(r"[A-Za-z0-9_+=,.@-]{1,128}", 300), Vec::<String>::new());
    assert_eq!(
        with(r"\w{1000}", 1),
        ["the pattern of p00000 of test:Thing takes more than 4 MB once it is compiled"]
    );
    let all = with(r"(\w{20}){1,3}", 5_000);
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(
        all[0].starts_with(
            "its patterns take more than 32 MB once they are compiled, up to that of p000"
        ),
        "{all:?}"
    );
}

// Rule 43.
#[test]
fn a_schema_has_a_bounded_number_of_kinds_and_properties() {
    let mut many = properties();
    many.kinds = vec![many.kinds[0].clone(); 10_001];
    assert_eq!(faults(&many), ["it has 10001 kinds and lookups; at most 10,000 kinds are allowed"]);
    let property = json!({ "type": "int" });
    let wide: serde_json::Map<String, Json> =
        (0..100_001).map(|n| (format!("p{n}"), property.clone())).collect();
    assert_eq!(faults(&plugin(Json::Object(wide))), ["it has more than 100,000 properties"]);
    assert!(faults(&plugin(json!({ "a": property }))).is_empty());
}

#[test]
fn what_a_plugin_calls_itself_and_asks_for_is_short_and_plain() {
    let mut plugin = properties();
    plugin.version = "1.0.0-rc.1+build".to_owned();
    plugin.capabilities.aws = vec!["ec2".to_owned(), "cognito-identity".to_owned()];
    plugin.capabilities.http = vec!["config:the_host".to_owned(), "[::1]:80".to_owned()];
    assert_eq!(faults(&plugin), Vec::<String>::new());
    plugin.name = "shop\nGrant it?".to_owned();
    plugin.version = "1.0.0 (from kim)".to_owned();
    plugin.capabilities.aws.push("s3\u{202e}".to_owned());
    plugin.capabilities.http.push("a.example\u{1b}[2K".to_owned());
    plugin.capabilities.http.push("a".repeat(201));
    let faults = faults(&plugin);
    for (fault, begin) in faults.iter().zip([
        r"its name 'shop\nGrant it?' may have only",
        "its version '1.0.0 (from kim)' may have only",
        r"its AWS service 's3\u{202e}' may have only",
        r"its HTTP host 'a.example\u{1b}[2K' may have only",
        "its HTTP host 'aaaa",
    ]) {
        assert!(fault.starts_with(begin), "{fault}");
    }
    assert_eq!(faults.len(), 5, "{faults:?}");
}

#[test]
fn words_that_do_not_fit_their_property_are_faults() {
    let mut plugin = plugin(json!({
        "size": { "type": "int", "form": "cidr", "holds": ["test:Thing"], "guard": true, "grows": true },
        "block": { "type": "text", "form": "cidr", "holds": ["test:Thing"], "guard": true, "grows": true },
        "id": { "type": "text", "computed": true },
        "list": { "type": { "list": { "type": "text", "holds": ["test:Thing", "test:Thong", "other:Thong"] } } },
    }));
    let path = |text: &str| text.parse().unwrap();
    plugin.kinds[0].unique = vec![vec![path("block"), path("size")], vec![path("id")]];
    plugin.kinds[0].unique.push(vec![path("list[0]"), path("none")]);
    insta::assert_snapshot!(faults(&plugin).join("\n"));
}
