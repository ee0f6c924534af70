//! A plugin whose kinds are named for what they do.

wit_bindgen::generate!({ path: "../../../../wit/plugin-0.1", world: "plugin" });

use std::sync::atomic::{AtomicU32, Ordering};

use exports::kim::plugin::provider::*;
use kim::plugin::values::{Node, Value};
use kim::plugin::{aws, host, http};

mod stored;

struct Plugin;
export!(Plugin);

const SCHEMA: &str = r#"{
    "name": "test", "version": "1.2.3",
    "capabilities": { "aws": ["ec2", "kms"], "http": ["config:host"] },
    "config": { "properties": {
        "host": { "type": "text" }, "size": { "type": "int", "min": 1, "max": 9 },
        "key": { "type": "text", "secret": true } } },
    "kinds": [
        { "name": "typed", "id": "id", "properties": { "id": { "type": "text" }, "size": { "type": "int" } } },
        { "name": "stored", "id": "id", "read_batch": 2, "properties": {
            "id": { "type": "text", "computed": true }, "text": { "type": "text" } } }
    ]
}"#;

static CALLS: AtomicU32 = AtomicU32::new(0);

fn text(text: impl Into<String>) -> Value {
    Value { nodes: vec![Node::Text(text.into())], root: 0 }
}

fn words(value: &Value) -> String {
    match value.nodes.get(value.root as usize) {
        Some(Node::Text(text)) => text.clone(),
        other => format!("{other:?}"),
    }
}

/// Lists of lists, each twice in the next: a tree of twice two to the power of `levels` nodes.
fn doubled(levels: u32) -> Value {
    let mut nodes = vec![Node::Null];
    nodes.extend((0..levels).map(|inner| Node::List(vec![inner, inner])));
    Value { nodes, root: levels }
}

fn state(id: impl Into<String>, properties: Value) -> State {
    State { id: id.into(), properties }
}

impl Guest for Plugin {
    fn schema() -> String {
        println!("the schema is asked for");
        SCHEMA.to_owned()
    }

    fn check(kind: String, inputs: Value) -> Vec<Violation> {
        match kind.as_str() {
            "network" => vec![Violation { path: String::new(), message: send(&inputs), warning: true }],
            "violations" => {
                let one = |n| Violation { path: String::new(), message: format!("{n}"), warning: true };
                (0..101).map(one).collect()
            }
            "bad" => vec![
                Violation { path: "size".to_owned(), message: "is odd".to_owned(), warning: false },
                Violation { path: "[".to_owned(), message: "is no path".to_owned(), warning: true },
            ],
            _ => vec![],
        }
    }

    fn create(kind: String, inputs: Value, token: String) -> Result<State, Failure> {
        match kind.as_str() {
            "echo" | "typed" => Ok(state(token, inputs)),
            stored::KIND => stored::put(&token, &inputs),
            "count" => Ok(state(format!("{}", CALLS.fetch_add(1, Ordering::Relaxed)), inputs)),
            "config" => Ok(state("config", host::config())),
            "send" => Ok(state("sent", text(send(&inputs)))),
            "fetch" => Ok(state("fetched", text(fetch(&words(&inputs))))),
            "account" => Ok(state("account", text(format!("{:?} {:?}", aws::region(), aws::account())))),
            "panic" => panic!("no volume has no size"),
            "loop" => loop {
                CALLS.fetch_add(1, Ordering::Relaxed);
            },
            "memory" => {
                let mut all = vec![];
                loop {
                    all.push(vec![1u8; 1 << 20]);
                    std::hint::black_box(&all);
                }
            }
            "large" => {
                let all = vec![1u8; 40 << 20];
                Ok(state("large", text(std::hint::black_box(&all).len().to_string())))
            }
            "laughs" => Ok(state("laughs", doubled(20))),
            "partial-laughs" => {
                let (id, message) = ("p-1".to_owned(), "half".to_owned());
                Err(Failure::Partial(Partial { id, outputs: doubled(60), message }))
            }
            "many" => Ok(state("many", doubled(17))),
            "empty" => Ok(state("", inputs)),
            "cycle" => Ok(state("x", Value { nodes: vec![Node::List(vec![0])], root: 0 })),
            "partial" => {
                Err(Failure::Partial(Partial { id: "p-1".to_owned(), outputs: inputs, message: "half".to_owned() }))
            }
            "partial-bad" => {
                let outputs = Value { nodes: vec![], root: 3 };
                Err(Failure::Partial(Partial { id: "p-1".to_owned(), outputs, message: "half".to_owned() }))
            }
            "invalid" => Err(Failure::Invalid(("rules[0].port".to_owned(), "is no port".to_owned()))),
            "refused" => Err(Failure::Denied(send(&inputs))),
            "lost" => Err(Failure::Transient(send(&inputs))),
            "number" => Err(Failure::Other("cannot read it: broken pipe (os error 32)".to_owned())),
            "log" => {
                host::log(host::Level::Warn, "from the plugin");
                println!("printed");
                Ok(state("logged", inputs))
            }
            "flood" => {
                (0..20_000).for_each(|n| println!("{n}"));
                Ok(state("flood", inputs))
            }
            other => Err(Failure::Other(format!("no kind {other}"))),
        }
    }

    fn settle(_: String, id: String, _: Value, properties: Value) -> Result<Progress, Failure> {
        match id.as_str() {
            "pending" => Ok(Progress::Again((250, "pending".to_owned()))),
            _ => Ok(Progress::Done(state(id, properties))),
        }
    }

    fn read(kind: String, resources: Vec<Live>) -> Result<Vec<Option<State>>, Failure> {
        match kind.as_str() {
            "short" => return Ok(vec![]),
            "laughs" => {
                let laughs = |live: Live| Some(state(live.id, doubled(14)));
                return Ok(resources.into_iter().map(laughs).collect());
            }
            stored::KIND => return resources.iter().map(|live| stored::get(&live.id)).collect(),
            _ => {}
        }
        let read = |live: Live| (live.id != "gone").then(|| state(live.id, live.properties));
        Ok(resources.into_iter().map(read).collect())
    }

    fn update(kind: String, id: String, inputs: Value, _: Value) -> Result<Progress, Failure> {
        if kind == stored::KIND {
            return stored::put(&id, &inputs).map(Progress::Done);
        }
        Ok(Progress::Done(state(id, inputs)))
    }

    fn delete(kind: String, id: String, _: Value) -> Result<Deletion, Failure> {
        if kind == stored::KIND {
            return stored::delete(&id).map(|()| Deletion::Gone);
        }
        match id.as_str() {
            "busy" => Ok(Deletion::Again((100, "stopping".to_owned()))),
            "missing" => Err(Failure::NotFound("it is gone".to_owned())),
            _ => Ok(Deletion::Gone),
        }
    }

    fn find(kind: String, token: String, inputs: Value) -> Result<Option<State>, Failure> {
        if kind == stored::KIND {
            return stored::get(&token);
        }
        Ok((token == "known").then(|| state("found", inputs)))
    }

    fn look_up(_: String, arguments: Value) -> Result<Value, Failure> {
        Ok(arguments)
    }

    fn price(kind: String, _: Value) -> Option<Cost> {
        (kind == "echo").then(|| Cost { micros_a_month: 1_500_000, basis: "1.5 a month".to_owned() })
    }
}

/// Sends `service|region|method|path|body` and tells what came of it. A guest that tries to sign for itself.
fn send(inputs: &Value) -> String {
    let words = words(inputs);
    let parts: Vec<&str> = words.split('|').collect();
    let [service, region, method, path, body] = parts[..] else { return "five parts, please".to_owned() };
    let mut headers: Vec<(String, String)> = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Authorization", "AWS4-HMAC-SHA256 Credential=stolen"),
        ("X-Amz-Date", "20000101T000000Z"),
        ("X-Amz-Security-Token", "stolen"),
        ("Host", "evil.example"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    if let Some(target) = body.strip_prefix("target:") {
        headers.push(("X-Amz-Target".to_owned(), target.to_owned()));
    }
    let answer = aws::send(&aws::Request {
        service: service.to_owned(),
        region: (!region.is_empty()).then(|| region.to_owned()),
        method: method.to_owned(),
        path_and_query: path.to_owned(),
        headers,
        body: body.as_bytes().to_vec(),
    });
    match answer {
        Ok(answer) => format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body)),
        Err(failure) => format!("{failure:?}"),
    }
}

fn fetch(url: &str) -> String {
    let request = http::Request { method: "GET".to_owned(), url: url.to_owned(), headers: vec![], body: vec![] };
    match http::send(&request) {
        Ok(answer) => format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body)),
        Err(failure) => format!("{failure:?}"),
    }
}
