//! Values that are none, or too large.

use super::kim::program::stack;
use super::kim::program::values::{Node, Value};
use super::{map, output, plain, single, text, thing};

/// Returns false if there is no such act here.
pub(crate) fn act(does: &str) -> bool {
    let Some(value) = value(does) else { return inputs(does) };
    stack::export("it", &value);
    true
}

fn value(does: &str) -> Option<Value> {
    let list = |nodes: Vec<Node>| Value { root: nodes.len() as u32 - 1, nodes };
    Some(match does {
        "NaN" => single(Node::Float(f64::NAN)),
        "infinity" => single(Node::Float(f64::INFINITY)),
        "minus infinity" => single(Node::Float(f64::NEG_INFINITY)),
        "index" => list(vec![Node::Null, Node::List(vec![7])]),
        "root" => Value { nodes: vec![Node::Null], root: 7 },
        "no nodes" => Value { nodes: vec![], root: 0 },
        "circle" => single(Node::List(vec![0])),
        "later node" => Value { nodes: vec![Node::Secret(1), Node::Null], root: 0 },
        "key twice" => list(vec![Node::Null, Node::Map(vec![("a".to_owned(), 0), ("a".to_owned(), 0)])]),
        "long key twice" => {
            list(vec![Node::Null, Node::Map(vec![("a".repeat(9 << 20), 0), ("a".repeat(9 << 20), 0)])])
        }
        "2^40 nodes" => {
            let mut nodes = vec![Node::Null];
            nodes.extend((0..40).map(|inner| Node::List(vec![inner, inner])));
            list(nodes)
        }
        "65 levels" => nested(65),
        "a million levels" => nested(900_000),
        "a million nodes" => {
            let mut nodes = vec![Node::Null; 1_000_000];
            nodes.push(Node::List((0..1_000_000).collect()));
            list(nodes)
        }
        "65 MB" => text(&"x".repeat(65 << 20)),
        "secrets in secrets" => {
            let mut nodes = vec![Node::Null];
            nodes.extend((0..70).map(Node::Secret));
            list(nodes)
        }
        "unknown" => single(Node::Unknown),
        "made-up output" => output(4000),
        "made-up output inside" => list(vec![Node::Output(u32::MAX), Node::List(vec![0])]),
        _ => return None,
    })
}

fn nested(levels: u32) -> Value {
    let mut nodes = vec![Node::Null];
    nodes.extend((0..levels - 1).map(|inner| Node::List(vec![inner])));
    Value { root: levels - 1, nodes }
}

/// Declarations whose inputs, arguments or references are none.
fn inputs(does: &str) -> bool {
    match does {
        "inputs that are a text" => {
            stack::register(&stack::Declaration { inputs: text("all"), ..thing("a", Node::Null) });
        }
        "inputs that are a list" => {
            let inputs = single(Node::List(vec![]));
            stack::register(&stack::Declaration { inputs, ..thing("a", Node::Null) });
        }
        "inputs that are null" => {
            stack::register(&stack::Declaration { inputs: single(Node::Null), ..thing("a", Node::Null) });
        }
        "infinite input" => {
            let inputs = map(vec![("title", Node::Text("quiet".to_owned())), ("ratio", Node::Float(f64::INFINITY))]);
            stack::register(&stack::Declaration { inputs, ..thing("a", Node::Null) });
        }
        "arguments that are a text" => _ = stack::look_up("hostile:found", &text("all"), None),
        "get of nothing" => _ = stack::get(4000, "a"),
        "a bad path" => _ = stack::get(plain("a"), "a[b"),
        "a path of 20 MB" => _ = stack::get(plain("a"), &"a.".repeat(10 << 20)),
        "a path of a million steps" => _ = stack::get(plain("a"), &"[0]".repeat(1_000_000)),
        "concat of nothing" => _ = stack::concat(&[output(4000)]),
        "wrap of itself" => _ = stack::wrap(&output(0)),
        _ => return false,
    }
    true
}
