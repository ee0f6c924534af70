//! Answers that do not fit, or are larger than they look.

use crate::exports::kim::plugin::provider::{Failure, Live, State};
use crate::kim::plugin::values::{Node, Value};
use crate::{behave, text_of};

/// Returns the state that an operation returns.
pub(crate) fn state(act: &str, id: &str, inputs: Value) -> Result<State, Failure> {
    behave(act, &inputs)?;
    let secret = text_of(&inputs, "password");
    let mut state = State { id: id.to_owned(), properties: with(inputs, "thing_id", Node::Text(id.to_owned())) };
    let mut put = |name: &str, node: Node| {
        let properties = std::mem::replace(&mut state.properties, Value { nodes: vec![], root: 0 });
        state.properties = with(properties, name, node);
    };
    match act {
        "no id" => state.id = String::new(),
        "id of 100 MB" => state.id = "x".repeat(100 << 20),
        "id of 3 KB" => state.id = "x".repeat(3 << 10),
        "another id" => state.id = "thing-of-somebody-else".to_owned(),
        "unknown property" => put("titel", Node::Boolean(true)),
        "wrong type" => put("size", Node::Text("eight".to_owned())),
        "infinity" => put("ratio", Node::Float(f64::INFINITY)),
        "NaN" => put("ratio", Node::Float(f64::NAN)),
        "unknown" => put("echo", Node::Unknown),
        "echo" => put("echo", Node::Text(secret)),
        "echo in a text" => put("echo", Node::Text(format!("it is {secret}!"))),
        "60 MB" => put("echo", Node::Text("x".repeat(60 << 20))),
        "a text" => state.properties = single(Node::Text("done".to_owned())),
        "null" => state.properties = single(Node::Null),
        "65 levels" => state.properties = nested(65),
        "a million levels" => state.properties = nested(900_000),
        "circle" => state.properties = single(Node::List(vec![0])),
        "no nodes" => state.properties = Value { nodes: vec![], root: 0 },
        "key twice" => {
            let nodes = vec![Node::Null, Node::Map(vec![("title".to_owned(), 0), ("title".to_owned(), 0)])];
            state.properties = Value { nodes, root: 1 };
        }
        "a million nodes" => {
            let mut nodes = vec![Node::Null; 1_000_000];
            nodes.push(Node::List((0..1_000_000).collect()));
            state.properties = Value { root: 1_000_000, nodes };
        }
        "70 MB" => {
            let nodes = (0..70).map(|_| Node::Text("x".repeat(1 << 20))).collect();
            state.properties = Value { root: 0, nodes };
        }
        "few nodes for many" => state.properties = expanding(state.properties),
        _ => {}
    }
    Ok(state)
}

/// Returns the states that a read returns.
pub(crate) fn read(act: &str, resources: Vec<Live>) -> Result<Vec<Option<State>>, Failure> {
    match act {
        "short" => return Ok(vec![]),
        "long" => return Ok(resources.iter().chain(&resources).map(|_| None).collect()),
        "exchanged" => {
            let mut ids: Vec<String> = resources.iter().map(|live| live.id.clone()).collect();
            ids.reverse();
            let states = resources.into_iter().zip(ids);
            return states.map(|(live, id)| state("", &id, live.properties).map(Some)).collect();
        }
        _ => {}
    }
    resources.into_iter().map(|live| state(act, &live.id, live.properties).map(Some)).collect()
}

/// Returns the results that a lookup returns.
pub(crate) fn look_up(act: &str, arguments: Value) -> Result<Value, Failure> {
    behave(act, &arguments)?;
    let title = match act {
        "wrong type" => Node::Boolean(true),
        "echo" => Node::Text(text_of(&arguments, "text")),
        "a text" => return Ok(single(Node::Text("done".to_owned()))),
        "unknown" => Node::Unknown,
        "secret failure" => return Err(Failure::Other(format!("it is {}", text_of(&arguments, "text")))),
        _ => Node::Text("quiet".to_owned()),
    };
    Ok(with(single(Node::Map(vec![])), "title", title))
}

fn single(node: Node) -> Value {
    Value { nodes: vec![node], root: 0 }
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

/// Returns some twenty nodes more, which come to half a million: each list names the one before twice.
fn expanding(value: Value) -> Value {
    let mut nodes = vec![Node::Text("x".to_owned())];
    nodes.extend((0..18).map(|inner| Node::List(vec![inner, inner])));
    let at = nodes.len() as u32;
    let offset = |index: &u32| index + at;
    nodes.extend(value.nodes.iter().map(|node| match node {
        Node::List(items) => Node::List(items.iter().map(offset).collect()),
        Node::Map(pairs) => Node::Map(pairs.iter().map(|(key, item)| (key.clone(), offset(item))).collect()),
        Node::Secret(inner) => Node::Secret(offset(inner)),
        node => node.clone(),
    }));
    let mut value = Value { root: value.root + at, nodes };
    if let Some(Node::Map(pairs)) = value.nodes.get_mut(value.root as usize) {
        pairs.retain(|(key, _)| key != "tree");
        pairs.push(("tree".to_owned(), at - 1));
    }
    value
}
