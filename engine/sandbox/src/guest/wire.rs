//! Values across the boundary: a list of nodes in the contract, a [`Value`] in the host.
//!
//! Invariants:
//! - A guest cannot make the host build a value of more than [`NODES`] nodes, [`DEPTH`] levels or [`MAX_VALUE_BYTES`].
//!   A node may be referenced more than once, so a short list can stand for a huge tree.
//! - Building does not recurse, so no value overflows the host's stack.
//! - The memory that a value takes is known, so that the sum of many can be bounded.

use kim_model::{OutputId, Value};

use super::log::shortened;

/// The most nodes of one value. A node that is referenced twice counts twice.
pub(crate) const NODES: usize = 1_000_000;
/// The most levels of one value.
pub(crate) const DEPTH: usize = 64;
/// The most bytes of text, keys and byte strings in one value.
pub(crate) const MAX_VALUE_BYTES: usize = 64 << 20;

/// A node of either contract. A `u32` is the index of an earlier node, except in `Output`.
pub(crate) enum Node {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<u32>),
    Map(Vec<(String, u32)>),
    Secret(u32),
    Unknown,
    Output(u32),
}

/// About the memory of a map per six entries, in bytes. A node of its tree holds eleven and is at least half full.
const SIX_ENTRIES: usize = 640;

/// The size of a value in the host.
#[derive(Clone, Copy, Default)]
pub(crate) struct Size {
    nodes: usize,
    /// The bytes of text, keys and byte strings.
    bytes: usize,
    /// About how much memory all of it takes, in bytes.
    pub(crate) memory: usize,
    depth: usize,
}

/// The size of a node without its content.
const ONE: Size = Size { nodes: 1, bytes: 0, memory: size_of::<Value>(), depth: 1 };

/// A node whose value is built.
struct Built {
    /// Moved out by the last reference to it.
    value: Option<Value>,
    /// How many references to it are left.
    mentions: usize,
    size: Size,
}

/// Builds the value that a guest passed, and returns it with its size.
///
/// # Errors
/// A bound is exceeded, a reference does not lead to an earlier node, a map has a key twice, or a number is NaN. The
/// message is for the guest's author.
pub(crate) fn lift(nodes: Vec<Node>, root: u32) -> Result<(Value, Size), String> {
    if nodes.len() > NODES {
        return Err(format!("a value has {} nodes; at most {NODES} are allowed", nodes.len()));
    }
    let mut built: Vec<Built> = Vec::with_capacity(nodes.len());
    let mentions = mentions(&nodes, root)?;
    for (node, mentions) in nodes.into_iter().zip(mentions) {
        let (value, size) = Builder { built: &mut built, size: ONE }.build(node)?;
        built.push(Built { value: Some(value), mentions, size });
    }
    let mut builder = Builder { built: &mut built, size: Size::default() };
    let value = builder.take(root)?;
    Ok((value, builder.size))
}

/// Counts the references to each node. Rejects a reference that does not lead to an earlier node.
fn mentions(nodes: &[Node], root: u32) -> Result<Vec<usize>, String> {
    let mut counts = vec![0; nodes.len()];
    let mut mention = |index: u32, before: usize| match counts.get_mut(index as usize) {
        Some(count) if (index as usize) < before => {
            *count += 1;
            Ok(())
        }
        _ => Err(format!("a value refers to its node {index}, which does not come before the node that refers to it")),
    };
    for (at, node) in nodes.iter().enumerate() {
        match node {
            Node::List(items) => items.iter().try_for_each(|item| mention(*item, at))?,
            Node::Map(pairs) => pairs.iter().try_for_each(|(_, item)| mention(*item, at))?,
            Node::Secret(inner) => mention(*inner, at)?,
            _ => {}
        }
    }
    mention(root, nodes.len())?;
    Ok(counts)
}

/// Builds the value of one node from those of earlier nodes.
struct Builder<'a> {
    built: &'a mut Vec<Built>,
    size: Size,
}

impl Builder<'_> {
    fn build(mut self, node: Node) -> Result<(Value, Size), String> {
        let value = match node {
            Node::Null => Value::Null,
            Node::Boolean(value) => Value::Bool(value),
            Node::Integer(value) => Value::Int(value),
            Node::Float(value) if value.is_nan() => return Err("a number of a value is NaN".to_owned()),
            Node::Float(value) => Value::Float(value),
            Node::Text(text) => {
                self.add_bytes(text.len())?;
                Value::Text(text)
            }
            Node::Bytes(bytes) => {
                self.add_bytes(bytes.len())?;
                Value::Bytes(bytes)
            }
            Node::List(items) => Value::List(items.into_iter().map(|item| self.take(item)).collect::<Result<_, _>>()?),
            Node::Map(pairs) => {
                let mut map = std::collections::BTreeMap::new();
                self.size.memory += SIX_ENTRIES * pairs.len().div_ceil(6);
                for (key, item) in pairs {
                    self.add_bytes(key.len())?;
                    let value = self.take(item)?;
                    if map.contains_key(&key) {
                        return Err(format!("a map of a value has the key '{}' twice", shortened(key)));
                    }
                    map.insert(key, value);
                }
                Value::Map(map)
            }
            Node::Secret(inner) => Value::secret(self.take(inner)?),
            Node::Unknown => Value::Unknown,
            Node::Output(id) => Value::Output(OutputId(id)),
        };
        Ok((value, self.size))
    }

    /// Returns the value of an earlier node: a copy, if there are more references to it.
    fn take(&mut self, index: u32) -> Result<Value, String> {
        // `mentions` has rejected every index that is not in the list.
        let inner = &mut self.built[index as usize];
        self.size.nodes += inner.size.nodes;
        // Its bytes of text are added below, with those of this node.
        self.size.memory += inner.size.memory - inner.size.bytes;
        self.size.depth = self.size.depth.max(inner.size.depth + 1);
        if self.size.nodes > NODES {
            return Err(format!("a value has more than {NODES} nodes"));
        }
        // The root is taken by no node, one level above it.
        if inner.size.depth > DEPTH {
            return Err(format!("a value is nested more than {DEPTH} levels deep"));
        }
        let bytes = inner.size.bytes;
        inner.mentions -= 1;
        let last = inner.mentions == 0;
        self.add_bytes(bytes)?;
        let inner = &mut self.built[index as usize];
        let value = if last { inner.value.take() } else { inner.value.clone() };
        Ok(value.unwrap_or_default())
    }

    /// Adds bytes of text, keys or byte strings to the size. Rejects too many.
    fn add_bytes(&mut self, bytes: usize) -> Result<(), String> {
        self.size.bytes += bytes;
        self.size.memory += bytes;
        if self.size.bytes > MAX_VALUE_BYTES {
            return Err(format!("a value holds more than {} MB of text and bytes", MAX_VALUE_BYTES >> 20));
        }
        Ok(())
    }
}

/// Returns the nodes of a value, its root last. Recurses as deep as the value is nested.
pub(crate) fn lower(value: &Value) -> Vec<Node> {
    fn add(value: &Value, nodes: &mut Vec<Node>) -> u32 {
        let node = match value {
            Value::Null => Node::Null,
            Value::Bool(value) => Node::Boolean(*value),
            Value::Int(value) => Node::Integer(*value),
            Value::Float(value) => Node::Float(*value),
            Value::Text(text) => Node::Text(text.clone()),
            Value::Bytes(bytes) => Node::Bytes(bytes.clone()),
            Value::List(items) => Node::List(items.iter().map(|item| add(item, nodes)).collect()),
            Value::Map(map) => Node::Map(map.iter().map(|(key, item)| (key.clone(), add(item, nodes))).collect()),
            Value::Secret(inner) => Node::Secret(add(inner, nodes)),
            Value::Unknown => Node::Unknown,
            Value::Output(OutputId(id)) => Node::Output(*id),
        };
        nodes.push(node);
        (nodes.len() - 1) as u32
    }
    let mut nodes = Vec::new();
    add(value, &mut nodes);
    nodes
}

/// Defines `lift` and `lower` for one contract's bindings. `$output` is the match arm for outputs, if it has them.
macro_rules! bridge {
    ($bindings:ident, $($output:tt)*) => {
        /// Builds the value that the guest passed, and returns it with its size.
        pub(crate) fn lift(
            value: $bindings::Value,
        ) -> Result<(kim_model::Value, $crate::guest::wire::Size), String> {
            use $bindings::Node as Wire;
            use $crate::guest::wire::Node;
            let nodes = value.nodes.into_iter().map(|node| match node {
                Wire::Null => Node::Null,
                Wire::Boolean(value) => Node::Boolean(value),
                Wire::Integer(value) => Node::Integer(value),
                Wire::Float(value) => Node::Float(value),
                Wire::Text(text) => Node::Text(text),
                Wire::Bytes(bytes) => Node::Bytes(bytes),
                Wire::List(items) => Node::List(items),
                Wire::Map(pairs) => Node::Map(pairs),
                Wire::Secret(inner) => Node::Secret(inner),
                Wire::Unknown => Node::Unknown,
                $($output)*
            });
            $crate::guest::wire::lift(nodes.collect(), value.root)
        }

        /// Returns the value in the contract's form. An output, which no value for a guest has, becomes unknown.
        pub(crate) fn lower(value: &kim_model::Value) -> $bindings::Value {
            use $bindings::Node as Wire;
            use $crate::guest::wire::Node;
            let nodes: Vec<Wire> = $crate::guest::wire::lower(value).into_iter().map(|node| match node {
                Node::Null => Wire::Null,
                Node::Boolean(value) => Wire::Boolean(value),
                Node::Integer(value) => Wire::Integer(value),
                Node::Float(value) => Wire::Float(value),
                Node::Text(text) => Wire::Text(text),
                Node::Bytes(bytes) => Wire::Bytes(bytes),
                Node::List(items) => Wire::List(items),
                Node::Map(pairs) => Wire::Map(pairs),
                Node::Secret(inner) => Wire::Secret(inner),
                Node::Unknown | Node::Output(_) => Wire::Unknown,
            }).collect();
            $bindings::Value { root: (nodes.len() - 1) as u32, nodes }
        }
    };
}
pub(crate) use bridge;
