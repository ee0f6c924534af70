//! A plugin that does the hostile acts that its configuration names, each in an operation: `create: loop, read: panic`.
//!
//! It has no cloud: what is recorded exists. A request goes to the host `cloud` of its configuration. What a request
//! came to is a failure that says so, so that a person, or a test, reads it. It is written against the contract itself.

mod answers;
mod requests;
mod schemas;
mod words;

wit_bindgen::generate!({ path: "../../../engine/wit/plugin-0.1", world: "plugin" });

use exports::kim::plugin::provider::*;
use kim::plugin::host;
use kim::plugin::values::{Node, Value};

struct Plugin;
export!(Plugin);

/// Returns a property of a map.
fn property<'v>(value: &'v Value, name: &str) -> Option<&'v Node> {
    let Node::Map(pairs) = value.nodes.get(value.root as usize)? else { return None };
    let (_, at) = pairs.iter().find(|(key, _)| key == name)?;
    match value.nodes.get(*at as usize)? {
        Node::Secret(inner) => value.nodes.get(*inner as usize),
        node => Some(node),
    }
}

/// Returns a text of a map; empty if there is none.
fn text_of(value: &Value, name: &str) -> String {
    match property(value, name) {
        Some(Node::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

fn configured(name: &str) -> String {
    text_of(&host::config(), name)
}

/// Returns the act of an operation; empty: none.
fn act(operation: &str) -> String {
    let of_operation = |act: &str| Some(act.strip_prefix(operation)?.strip_prefix(": ")?.to_owned());
    configured("does").split(", ").find_map(of_operation).unwrap_or_default()
}

/// Does what does not depend on the operation's result.
fn behave(act: &str, inputs: &Value) -> Result<(), Failure> {
    let secret = text_of(inputs, "password");
    match act {
        "loop" => loop {
            std::hint::black_box(act);
        },
        "sleep" => std::thread::sleep(std::time::Duration::from_secs(3600)),
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
        _ => {
            words::say(act, &secret)?;
            requests::ask(act)?;
        }
    }
    Ok(())
}

fn recurse(n: u64) -> u64 {
    let space = std::hint::black_box([n; 64]);
    if space[3] == 0 { 0 } else { space[7] + recurse(n + 1) }
}

fn progress(operation: &str, id: &str, inputs: Value) -> Result<Progress, Failure> {
    let act = act(operation);
    match words::again(&act, &text_of(&inputs, "password")) {
        Some((pause, status)) => Ok(Progress::Again((pause, status))),
        None => answers::state(&act, id, inputs).map(Progress::Done),
    }
}

impl Guest for Plugin {
    fn schema() -> String {
        schemas::schema()
    }

    fn check(_: String, inputs: Value) -> Vec<Violation> {
        let act = act("check");
        match behave(&act, &inputs) {
            Err(failure) => vec![words::violation("title", words::of(failure))],
            Ok(()) => words::violations(&act, &text_of(&inputs, "password")),
        }
    }

    fn create(_: String, inputs: Value, token: String) -> Result<State, Failure> {
        answers::state(&act("create"), &format!("thing-{}", &token[..17]), inputs)
    }

    fn settle(_: String, id: String, inputs: Value, properties: Value) -> Result<Progress, Failure> {
        behave(&act("settle"), &inputs)?;
        progress("settle", &id, properties)
    }

    fn read(_: String, resources: Vec<Live>) -> Result<Vec<Option<State>>, Failure> {
        answers::read(&act("read"), resources)
    }

    fn update(_: String, id: String, inputs: Value, _: Value) -> Result<Progress, Failure> {
        progress("update", &id, inputs)
    }

    fn delete(_: String, _: String, properties: Value) -> Result<Deletion, Failure> {
        let act = act("delete");
        match words::again(&act, &text_of(&properties, "password")) {
            Some((pause, status)) => Ok(Deletion::Again((pause, status))),
            None => behave(&act, &properties).map(|()| Deletion::Gone),
        }
    }

    fn find(_: String, token: String, inputs: Value) -> Result<Option<State>, Failure> {
        match act("find").as_str() {
            "" => Ok(None),
            act => answers::state(act, &format!("thing-{}", &token[..17]), inputs).map(Some),
        }
    }

    fn look_up(_: String, arguments: Value) -> Result<Value, Failure> {
        answers::look_up(&act("look-up"), arguments)
    }

    fn price(_: String, inputs: Value) -> Option<Cost> {
        let act = act("price");
        behave(&act, &inputs).ok()?;
        words::price(&act, &text_of(&inputs, "password"))
    }
}
