//! A plugin that misbehaves as its configuration says, in the operations that it names: `create: loop, find: talk`. It
//! has no cloud: what is recorded exists. If it is to send a request, it sends it to a host of its configuration.
//!
//! It is written against the contract itself, because the SDK prevents most of this.

wit_bindgen::generate!({ path: "../../../engine/wit/plugin-0.1", world: "plugin" });

use exports::kim::plugin::provider::*;
use kim::plugin::values::{Node, Value};
use kim::plugin::{aws, host, http};

struct Plugin;
export!(Plugin);

const SCHEMA: &str = r#"{
    "name": "naughty", "version": "0.1.0", "docs": "Misbehaves where it is told to.",
    "capabilities": { "http": ["config:cloud"] },
    "config": { "properties": { "cloud": { "type": "text", "required": true }, "does": { "type": "text" } } },
    "kinds": [{
        "name": "naughty:Thing", "docs": "Something with a title.", "id": "thing_id", "read_batch": 100,
        "properties": {
            "title": { "type": "text", "required": true, "pattern": "[a-z ]+" },
            "size": { "type": "int", "min": 1, "max": 100 },
            "after": { "type": "text" },
            "thing_id": { "type": "text", "computed": true }
        }
    }],
    "lookups": [{
        "name": "naughty:found", "docs": "A title.",
        "arguments": { "properties": {} },
        "results": { "properties": { "title": { "type": "text" } } }
    }]
}"#;

/// Tests overwrite the last word in the component: `schema` has no configuration.
static SCHEMA_IS: [u8; 14] = *b"schema is well";

fn schema_is() -> &'static [u8] {
    std::hint::black_box(&SCHEMA_IS).rsplit(|byte| *byte == b' ').next().unwrap_or_default()
}

/// Returns a property of a map.
fn property<'v>(value: &'v Value, name: &str) -> Option<&'v Node> {
    let Node::Map(pairs) = value.nodes.get(value.root as usize)? else { return None };
    let (_, at) = pairs.iter().find(|(key, _)| key == name)?;
    value.nodes.get(*at as usize)
}

fn configured(name: &str) -> String {
    match property(&host::config(), name) {
        Some(Node::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

/// Returns how to misbehave in an operation; empty: not at all.
fn trouble(operation: &str) -> String {
    let of_operation = |wrong: &str| Some(wrong.strip_prefix(operation)?.strip_prefix(": ")?.to_owned());
    configured("does").split(", ").find_map(of_operation).unwrap_or_default()
}

/// Misbehaves in a way that does not depend on the operation's result.
fn misbehave(what: &str) -> Result<(), Failure> {
    match what {
        "loop" => loop {
            std::hint::black_box(what);
        },
        "panic" => panic!("no thing is called that"),
        "exit" => std::process::exit(3),
        "recurse" => _ = recurse(1),
        "hoard" => {
            let mut all: Vec<Vec<u8>> = Vec::new();
            loop {
                all.push(vec![1; 1 << 20]);
                std::hint::black_box(&all);
            }
        }
        "chatter" => (0..2_000).for_each(|n| println!("line {n}")),
        "shout" => host::log(host::Level::Warn, &"loud ".repeat(1 << 20)),
        "talk" => _ = fetch(&format!("http://{}/", configured("cloud")))?,
        "talk to a stranger" => _ = fetch("https://example.com/")?,
        "talk to aws" => _ = send()?,
        "fail at length" => return Err(Failure::Other("no ".repeat(1 << 20))),
        _ => {}
    }
    Ok(())
}

fn recurse(n: u64) -> u64 {
    let space = std::hint::black_box([n; 64]);
    if space[3] == 0 { 0 } else { space[7] + recurse(n + 1) }
}

fn fetch(url: &str) -> Result<u16, Failure> {
    let request = http::Request { method: "GET".to_owned(), url: url.to_owned(), headers: vec![], body: vec![] };
    match http::send(&request) {
        Ok(answer) => Ok(answer.status),
        Err(http::Failure::Forbidden(why)) => Err(Failure::Denied(why)),
        Err(http::Failure::Unreachable(why) | http::Failure::NoAnswer(why)) => Err(Failure::Transient(why)),
    }
}

fn send() -> Result<u16, Failure> {
    let request = aws::Request {
        service: "s3".to_owned(),
        region: None,
        method: "GET".to_owned(),
        path_and_query: "/".to_owned(),
        headers: vec![],
        body: vec![],
    };
    match aws::send(&request) {
        Ok(answer) => Ok(answer.status),
        Err(aws::Failure::Forbidden(why) | aws::Failure::NoCredentials(why)) => Err(Failure::Denied(why)),
        Err(aws::Failure::Unreachable(why) | aws::Failure::NoAnswer(why)) => Err(Failure::Transient(why)),
    }
}

/// Returns a map with one more property.
fn with(mut value: Value, name: &str, node: Node) -> Value {
    let mut pairs = match value.nodes.get(value.root as usize) {
        Some(Node::Map(pairs)) => pairs.clone(),
        _ => vec![],
    };
    value.nodes.push(node);
    pairs.retain(|(key, _)| key != name);
    pairs.push((name.to_owned(), value.nodes.len() as u32 - 1));
    value.nodes.push(Node::Map(pairs));
    Value { root: value.nodes.len() as u32 - 1, nodes: value.nodes }
}

/// Returns nested lists.
fn nested(levels: u32) -> Value {
    let mut nodes = vec![Node::Null];
    nodes.extend((0..levels - 1).map(|inner| Node::List(vec![inner])));
    Value { root: levels - 1, nodes }
}

/// Returns the state that an operation returns, valid or not.
fn answer(operation: &str, id: &str, properties: Value) -> Result<State, Failure> {
    let what = trouble(operation);
    misbehave(&what)?;
    let mut state = State { id: id.to_owned(), properties: with(properties, "thing_id", Node::Text(id.to_owned())) };
    match what.as_str() {
        "empty id" => state.id = String::new(),
        "long id" => state.id = "x".repeat(1 << 20),
        "unknown property" => state.properties = with(state.properties, "titel", Node::Boolean(true)),
        "wrong type" => state.properties = with(state.properties, "size", Node::Text("eight".to_owned())),
        "text" => state.properties = Value { nodes: vec![Node::Text("done".to_owned())], root: 0 },
        "deep" => state.properties = nested(65),
        "cycle" => state.properties = Value { nodes: vec![Node::List(vec![0])], root: 0 },
        "million" => {
            let mut nodes = vec![Node::Null; 1_000_000];
            nodes.push(Node::List((0..1_000_000).collect()));
            state.properties = Value { root: 1_000_000, nodes };
        }
        "bulk" => {
            let nodes = (0..70).map(|_| Node::Text("x".repeat(1 << 20))).collect();
            state.properties = Value { root: 0, nodes };
        }
        _ => {}
    }
    Ok(state)
}

impl Guest for Plugin {
    fn schema() -> String {
        match schema_is() {
            b"loop" => loop {
                std::hint::black_box(SCHEMA);
            },
            b"trap" => panic!("the schema is not written yet"),
            b"huge" => " ".repeat(17 << 20),
            b"html" => "<html><body>Not found</body></html>".to_owned(),
            b"list" => "[]".to_owned(),
            b"bare" => r#"{ "name": "naughty" }"#.to_owned(),
            b"noid" => SCHEMA.replace(r#""id": "thing_id""#, r#""id": "nothing""#),
            b"bent" => SCHEMA.replace("[a-z ]+", "[a-z").replace(r#""min": 1"#, r#""min": 1000"#),
            b"type" => SCHEMA.replace(r#""type": "int""#, r#""type": "number of people""#),
            _ => SCHEMA.to_owned(),
        }
    }

    fn check(_: String, _: Value) -> Vec<Violation> {
        let what = trouble("check");
        match (misbehave(&what), what.as_str()) {
            (Err(_), _) => {
                vec![Violation { path: "title".to_owned(), message: "cannot be checked".to_owned(), warning: false }]
            }
            (Ok(()), "bad path") => {
                vec![Violation { path: "title[".to_owned(), message: "is too short".to_owned(), warning: false }]
            }
            (Ok(()), "refuse") => {
                vec![Violation { path: "title".to_owned(), message: "is too short".to_owned(), warning: false }]
            }
            _ => vec![],
        }
    }

    fn create(_: String, inputs: Value, token: String) -> Result<State, Failure> {
        answer("create", &format!("thing-{}", &token[..17]), inputs)
    }

    fn settle(_: String, id: String, _: Value, properties: Value) -> Result<Progress, Failure> {
        answer("settle", &id, properties).map(Progress::Done)
    }

    fn read(_: String, resources: Vec<Live>) -> Result<Vec<Option<State>>, Failure> {
        if trouble("read") == "short" {
            return Ok(vec![]);
        }
        resources.into_iter().map(|live| answer("read", &live.id, live.properties).map(Some)).collect()
    }

    fn update(_: String, id: String, inputs: Value, _: Value) -> Result<Progress, Failure> {
        answer("update", &id, inputs).map(Progress::Done)
    }

    fn delete(_: String, _: String, _: Value) -> Result<Deletion, Failure> {
        misbehave(&trouble("delete"))?;
        Ok(Deletion::Gone)
    }

    fn find(_: String, _: String, _: Value) -> Result<Option<State>, Failure> {
        misbehave(&trouble("find"))?;
        Ok(None)
    }

    fn look_up(_: String, _: Value) -> Result<Value, Failure> {
        let what = trouble("look-up");
        misbehave(&what)?;
        let title = if what == "wrong type" { Node::Boolean(true) } else { Node::Text("quiet".to_owned()) };
        Ok(with(Value { nodes: vec![Node::Map(vec![])], root: 0 }, "title", title))
    }

    fn price(_: String, _: Value) -> Option<Cost> {
        None
    }
}
