//! Values that a guest passes, as nodes.

use kim_model::json::{from_marked, to_marked};
use kim_model::wire::{self, Limits, Node, lift, lower};
use kim_model::{Value, json};

use crate::input::{Taken, Unstructured};

/// The limits of the sandbox, a fiftieth of each.
///
/// So an input that takes more memory than a value may has to take fifty times too much to be found.
const LIMITS: Limits = Limits { nodes: 20_000, depth: 64, bytes: 1 << 20 };

/// Lifts the nodes of an input. What is a value crosses each way and comes back.
pub(super) fn run(bytes: &[u8]) {
    let Ok(wire) = nodes(&mut Unstructured::new(bytes)) else { return };
    let Ok((value, size)) = lift(wire, &LIMITS) else { return };
    assert!(size.memory <= LIMITS.nodes * 700 + LIMITS.bytes, "a lifted value is too large");
    let lowered: (Vec<Node>, u32) = lower(&value);
    let again = wire::lift(lowered, &LIMITS);
    assert_eq!(again.as_ref().map(|(value, _)| value), Ok(&value), "lowered and lifted");
    assert_eq!(from_marked(&to_marked(&value)), Some(without_outputs(&value)), "marked");
    let text = serde_json::to_string(&value).expect("a value is JSON");
    let read: Value = serde_json::from_str(&text).expect("what was written is read");
    assert_eq!(read, without_outputs(&value), "as text");
    let _ = (json::redacted(&value), json::revealed(&value), format!("{value:?}"));
}

/// Returns nodes, of which few bytes make many.
fn nodes(input: &mut Unstructured<'_>) -> Taken<(Vec<Node>, u32)> {
    let mut nodes = Vec::new();
    while nodes.len() < 5_000 && !input.is_empty() {
        let before = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
        let node = node(input, before)?;
        let times = if input.ratio(1, 8)? { input.int_in_range(1..=1000)? } else { 1 };
        nodes.extend(std::iter::repeat_n(node, times));
    }
    let last = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
    Ok((nodes, input.int_in_range(0..=last).unwrap_or_default()))
}

fn node(input: &mut Unstructured<'_>, before: u32) -> Taken<Node> {
    let count = if input.ratio(1, 8)? { 1000 } else { 3 };
    Ok(match input.int_in_range(0..=10)? {
        0 => Node::Null,
        1 => Node::Boolean(input.arbitrary()?),
        2 => Node::Integer(input.arbitrary()?),
        3 => Node::Float(input.arbitrary()?),
        4 => Node::Text(input.arbitrary::<String>()?.repeat(count)),
        5 => Node::Bytes(input.arbitrary::<Vec<u8>>()?.repeat(count)),
        6 => Node::List(vec![input.int_in_range(0..=before)?; input.int_in_range(0..=count)?]),
        7 => {
            let count = input.int_in_range(0..=3)?;
            let entry = |_| Ok((input.arbitrary()?, input.int_in_range(0..=before)?));
            Node::Map((0..count).map(entry).collect::<Taken<_>>()?)
        }
        8 => Node::Secret(input.int_in_range(0..=before)?),
        9 => Node::Unknown,
        _ => Node::Output(input.arbitrary()?),
    })
}

/// Returns a value whose outputs are unknown, as text has them.
fn without_outputs(value: &Value) -> Value {
    match value {
        Value::Output(_) => Value::Unknown,
        Value::List(items) => Value::List(items.iter().map(without_outputs).collect()),
        Value::Map(map) => {
            Value::Map(map.iter().map(|(key, item)| (key.clone(), without_outputs(item))).collect())
        }
        Value::Secret(inner) => Value::secret(without_outputs(inner)),
        other => other.clone(),
    }
}
