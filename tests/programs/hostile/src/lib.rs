//! A program that does the hostile act that its configuration names: `does`, `times`, `text`.
//!
//! It is written against the contract itself, because the SDK prevents most of this. Its resources are those of
//! `tests/programs/hostile-plugin`.

mod declare;
mod evaluate;
mod reach;
mod speak;
mod values;

wit_bindgen::generate!({ path: "../../../engine/wit/program-0.1", world: "program" });

use exports::kim::program::deployment::Guest;
use kim::program::stack;
use kim::program::values::{Node, Value};

struct Program;
export!(Program);

impl Guest for Program {
    fn run() -> Result<(), String> {
        let does = configured("does");
        let known = speak::act(&does)? || values::act(&does) || declare::act(&does) || evaluate::act(&does);
        match known || reach::act(&does)? {
            true => Ok(()),
            false => Err(format!("no act of this program is called '{does}'")),
        }
    }

    fn transform(callback: u32, arguments: Vec<Value>) -> Result<Value, String> {
        evaluate::transform(callback, arguments)
    }
}

/// Returns a text of the configuration; empty if there is none.
fn configured(name: &str) -> String {
    match setting(name) {
        Some(Node::Text(text)) => text,
        _ => String::new(),
    }
}

/// Returns the number `times` of the configuration; 1 if there is none.
fn times() -> u32 {
    match setting("times") {
        Some(Node::Integer(times)) => times as u32,
        _ => 1,
    }
}

/// Returns a value of the configuration, revealed if it is secret.
fn setting(name: &str) -> Option<Node> {
    let settings = stack::settings();
    let config = property(&settings, settings.root, "config")?;
    let at = property(&settings, config, name)?;
    match settings.nodes.get(at as usize)? {
        Node::Secret(inner) => settings.nodes.get(*inner as usize).cloned(),
        node => Some(node.clone()),
    }
}

fn property(value: &Value, of: u32, name: &str) -> Option<u32> {
    let Node::Map(pairs) = value.nodes.get(of as usize)? else { return None };
    pairs.iter().find(|(key, _)| key == name).map(|(_, at)| *at)
}

/// Returns a value of one node.
fn single(node: Node) -> Value {
    Value { nodes: vec![node], root: 0 }
}

fn text(text: &str) -> Value {
    single(Node::Text(text.to_owned()))
}

fn output(id: u32) -> Value {
    single(Node::Output(id))
}

/// Returns a list of references to these outputs.
fn outputs(ids: &[u32]) -> Value {
    let mut nodes: Vec<Node> = ids.iter().map(|id| Node::Output(*id)).collect();
    nodes.push(Node::List((0..ids.len() as u32).collect()));
    Value { root: ids.len() as u32, nodes }
}

/// Returns a map with these entries.
fn map(entries: Vec<(&str, Node)>) -> Value {
    let keys: Vec<String> = entries.iter().map(|(key, _)| (*key).to_owned()).collect();
    let mut nodes: Vec<Node> = entries.into_iter().map(|(_, node)| node).collect();
    nodes.push(Node::Map(keys.into_iter().zip(0..).collect()));
    Value { root: nodes.len() as u32 - 1, nodes }
}

/// Returns options that ask for nothing.
fn no_options() -> stack::Options {
    stack::Options {
        protect: None,
        retain_on_delete: None,
        delete_before_replace: None,
        depends_on: vec![],
        ignore_changes: vec![],
        replace_on_changes: vec![],
        aliases: vec![],
        deleted_with: None,
        replace_with: vec![],
        timeouts: stack::Timeouts { create_seconds: None, update_seconds: None, delete_seconds: None },
        secret_outputs: vec![],
    }
}

/// Returns the declaration of a thing with this title.
fn thing(name: &str, title: Node) -> stack::Declaration {
    stack::Declaration {
        kind: "hostile:Thing".to_owned(),
        name: name.to_owned(),
        component: false,
        parent: None,
        inputs: map(vec![("title", title)]),
        options: no_options(),
        source: Some(stack::Source { file: "src/lib.rs".to_owned(), line: 1 }),
    }
}

/// Returns the declaration of a component.
fn component(name: &str, parent: Option<u32>) -> stack::Declaration {
    let inputs = map(vec![]);
    let declaration = thing(name, Node::Null);
    stack::Declaration { kind: "hostile:Group".to_owned(), component: true, parent, inputs, ..declaration }
}

/// Declares a thing whose title is known in the plan.
fn plain(name: &str) -> u32 {
    stack::register(&thing(name, Node::Text("quiet".to_owned())))
}
