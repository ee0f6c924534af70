//! Schemas: the one of this plugin, and those that nobody can work with.

use crate::kim::plugin::{aws, host, http};
use crate::words::DIRTY;

const SCHEMA: &str = r#"{
    "name": "hostile", "version": "0.1.0", "docs": "Does hostile acts.",
    "capabilities": { "aws": ["ec2"], "http": ["config:cloud"] },
    "config": { "properties": {
        "cloud": { "type": "text", "required": true }, "does": { "type": "text" }, "size": { "type": "int" },
        "key": { "type": "text", "secret": true }
    } },
    "kinds": [{
        "name": "hostile:Thing", "docs": "Something with a title.", "id": "thing_id", "read_batch": 100, "priced": true,
        "properties": {
            "title": { "type": "text", "required": true },
            "size": { "type": "int", "min": 1, "max": 100 },
            "ratio": { "type": "float" },
            "password": { "type": "text" },
            "tree": { "type": "json" },
            "after": { "type": "text" },
            "echo": { "type": "text", "computed": true },
            "thing_id": { "type": "text", "computed": true }
        }
    }],
    "lookups": [{
        "name": "hostile:found", "docs": "A title.",
        "arguments": { "properties": { "text": { "type": "text" } } },
        "results": { "properties": { "title": { "type": "text" } } }
    }]
}"#;

/// The harness overwrites the end in the component: `schema` has no configuration.
static SCHEMA_IS: [u8; 32] = *b"schema is well                  ";

/// Returns the schema, or what stands for it.
pub(crate) fn schema() -> String {
    let is = String::from_utf8_lossy(std::hint::black_box(&SCHEMA_IS)).into_owned();
    let thing = |name: &str| SCHEMA.replace("\"hostile:Thing\"", &quoted(name));
    match is.strip_prefix("schema is ").unwrap_or_default().trim_end() {
        "endless" => loop {
            std::hint::black_box(SCHEMA);
        },
        "panicking" => panic!("the schema is not written yet"),
        "a dirty panic" => panic!("{DIRTY}"),
        "17 MB" => " ".repeat(17 << 20),
        "130 MB" => " ".repeat(130 << 20),
        "HTML" => "<html><body>Not found</body></html>".to_owned(),
        "a list" => "[]".to_owned(),
        "bare" => r#"{ "name": "hostile" }"#.to_owned(),
        "20,000 levels" => format!("{}{}", "[".repeat(20_000), "]".repeat(20_000)),
        "levels of types" => {
            let list = r#"{ "type": "list", "items": "#.repeat(5_000);
            let deep = format!("{list}{{ \"type\": \"text\" }}{}", " }".repeat(5_000));
            SCHEMA.replace(r#"{ "type": "json" }"#, &deep)
        }
        "200,000 kinds" => {
            let kind = |n: u32| {
                format!(r#"{{ "name": "hostile:T{n}", "id": "a", "properties": {{ "a": {{ "type": "text", "computed": true }} }} }},"#)
            };
            SCHEMA.replace("\"kinds\": [", &format!("\"kinds\": [{}", (0..200_000).map(kind).collect::<String>()))
        }
        "patterns" => {
            let property =
                |n: u32| format!(r#""p{n}": {{ "type": "text", "pattern": "(\\w{{90}}){{1,3}}{n}" }},"#);
            let all: String = (0..2_000).map(property).collect();
            SCHEMA.replace(r#""tree":"#, &format!("{all}\"tree\":"))
        }
        "a large pattern" => {
            SCHEMA.replace(r#""title": { "#, r#""title": { "pattern": "(((\\w{100}){100}){100}){100}", "#)
        }
        "a bad pattern" => SCHEMA.replace(r#""title": { "#, r#""title": { "pattern": "[a-z", "#),
        "a kind with a slash" => thing("hostile:a/b"),
        "a kind with a percent" => thing("hostile:a%2f"),
        "a dirty kind" => thing(&format!("hostile:{DIRTY}")),
        "a long kind" => thing(&format!("hostile:{}", "x".repeat(20_000))),
        "a dirty name" => SCHEMA.replace("\"name\": \"hostile\"", &format!("\"name\": {}", quoted(DIRTY))),
        "a climbing name" => SCHEMA.replace("\"name\": \"hostile\"", "\"name\": \"../../evil\""),
        "another name" => SCHEMA.replace("\"name\": \"hostile\"", "\"name\": \"aws-ec2\""),
        "a dirty version" => SCHEMA.replace("0.1.0", &quoted(DIRTY).replace('"', "")),
        "a climbing version" => SCHEMA.replace("0.1.0", "../../evil"),
        "dirty docs" => SCHEMA.replace("Does hostile acts.", quoted(DIRTY).trim_matches('"')),
        "talking" => {
            host::log(host::Level::Warn, DIRTY);
            SCHEMA.to_owned()
        }
        "asking" => {
            let request = http::Request {
                method: "GET".to_owned(),
                url: "http://127.0.0.1:1/".to_owned(),
                headers: vec![],
                body: vec![],
            };
            let (fetched, account) = (http::send(&request), aws::account());
            panic!("out of reach: {fetched:?} {account:?}")
        }
        _ => SCHEMA.to_owned(),
    }
}

/// Returns a text as JSON.
fn quoted(text: &str) -> String {
    let escape = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if (c as u32) < 32 => format!("\\u{:04x}", c as u32),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}
