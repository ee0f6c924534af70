//! Values that cross the boundary between host and guest.
//!
//! In the contract a value is a list of nodes. On both sides it is a [`Value`].
//!
//! Each contract generates a node type of its own. [`wire_value!`](crate::wire_value!) converts it
//! to [`Node`].
//!
//! Invariants:
//! - What [`lift`] builds has at most the nodes, levels and bytes of its [`Limits`]. A node may be
//!   referenced more than once, so a short list can stand for a huge tree. What is built and is not
//!   part of the value counts too.
//! - Lifting does not recurse, so no value overflows the stack. It moves texts and bytes out of the
//!   nodes.
//! - The memory that a value takes is known, so the memory of many values can be bounded.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::value::{OutputId, Value};

/// A node of a value. A `u32` is the index of an earlier node, except in `Output`.
#[derive(Clone, PartialEq, Debug)]
pub enum Node {
    /// [`Value::Null`].
    Null,
    /// [`Value::Bool`].
    Boolean(bool),
    /// [`Value::Int`].
    Integer(i64),
    /// [`Value::Float`].
    Float(f64),
    /// [`Value::Text`].
    Text(String),
    /// [`Value::Bytes`].
    Bytes(Vec<u8>),
    /// [`Value::List`]: the items, in order.
    List(Vec<u32>),
    /// [`Value::Map`]: the entries.
    Map(Vec<(String, u32)>),
    /// [`Value::Secret`]: what is secret.
    Secret(u32),
    /// [`Value::Unknown`].
    Unknown,
    /// [`Value::Output`]: the output's id.
    Output(u32),
}

/// A value in the form of a contract: nodes and the index of the root.
///
/// Each node comes after those that it refers to.
pub trait Wire: Sized {
    /// A node of the contract.
    type Node: From<Node> + Into<Node>;

    /// Returns the value of these nodes.
    fn from_nodes(nodes: Vec<Self::Node>, root: u32) -> Self;

    /// Returns the nodes and the index of the root.
    fn into_nodes(self) -> (Vec<Self::Node>, u32);
}

impl Wire for (Vec<Node>, u32) {
    type Node = Node;

    fn from_nodes(nodes: Vec<Node>, root: u32) -> Self {
        (nodes, root)
    }

    fn into_nodes(self) -> (Vec<Node>, u32) {
        self
    }
}

/// Implements [`Wire`] for the types that a contract generated in a module.
///
/// The types are `Node` and `Value`. Add `with outputs` if the contract's nodes may be outputs.
/// Without it, an output becomes unknown.
#[macro_export]
macro_rules! wire_value {
    ($module:ident) => {
        $crate::wire_value!(@implement $module, _id => $module::Node::Unknown,);
    };
    ($module:ident with outputs) => {
        $crate::wire_value!(
            @implement $module,
            id => $module::Node::Output(id),
            $module::Node::Output(id) => $crate::wire::Node::Output(id)
        );
    };
    (@implement $module:ident, $id:pat => $lowered:expr, $($lifted:tt)*) => {
        impl From<$crate::wire::Node> for $module::Node {
            fn from(node: $crate::wire::Node) -> $module::Node {
                match node {
                    $crate::wire::Node::Null => $module::Node::Null,
                    $crate::wire::Node::Boolean(value) => $module::Node::Boolean(value),
                    $crate::wire::Node::Integer(value) => $module::Node::Integer(value),
                    $crate::wire::Node::Float(value) => $module::Node::Float(value),
                    $crate::wire::Node::Text(text) => $module::Node::Text(text),
                    $crate::wire::Node::Bytes(bytes) => $module::Node::Bytes(bytes),
                    $crate::wire::Node::List(items) => $module::Node::List(items),
                    $crate::wire::Node::Map(entries) => $module::Node::Map(entries),
                    $crate::wire::Node::Secret(inner) => $module::Node::Secret(inner),
                    $crate::wire::Node::Unknown => $module::Node::Unknown,
                    $crate::wire::Node::Output($id) => $lowered,
                }
            }
        }

        impl From<$module::Node> for $crate::wire::Node {
            fn from(node: $module::Node) -> $crate::wire::Node {
                match node {
                    $module::Node::Null => $crate::wire::Node::Null,
                    $module::Node::Boolean(value) => $crate::wire::Node::Boolean(value),
                    $module::Node::Integer(value) => $crate::wire::Node::Integer(value),
                    $module::Node::Float(value) => $crate::wire::Node::Float(value),
                    $module::Node::Text(text) => $crate::wire::Node::Text(text),
                    $module::Node::Bytes(bytes) => $crate::wire::Node::Bytes(bytes),
                    $module::Node::List(items) => $crate::wire::Node::List(items),
                    $module::Node::Map(entries) => $crate::wire::Node::Map(entries),
                    $module::Node::Secret(inner) => $crate::wire::Node::Secret(inner),
                    $module::Node::Unknown => $crate::wire::Node::Unknown,
                    $($lifted)*
                }
            }
        }

        impl $crate::wire::Wire for $module::Value {
            type Node = $module::Node;

            fn from_nodes(nodes: Vec<$module::Node>, root: u32) -> Self {
                $module::Value { nodes, root }
            }

            fn into_nodes(self) -> (Vec<$module::Node>, u32) {
                (self.nodes, self.root)
            }
        }
    };
}

/// Returns a value in the form of a contract.
///
/// Recurses as deep as the value is nested.
pub fn lower<W: Wire>(value: &Value) -> W {
    fn add<N: From<Node>>(value: &Value, nodes: &mut Vec<N>) -> u32 {
        let node = match value {
            Value::Null => Node::Null,
            Value::Bool(value) => Node::Boolean(*value),
            Value::Int(value) => Node::Integer(*value),
            Value::Float(value) => Node::Float(*value),
            Value::Text(text) => Node::Text(text.clone()),
            Value::Bytes(bytes) => Node::Bytes(bytes.clone()),
            Value::List(items) => Node::List(items.iter().map(|item| add(item, nodes)).collect()),
            Value::Map(map) => {
                Node::Map(map.iter().map(|(key, item)| (key.clone(), add(item, nodes))).collect())
            }
            Value::Secret(inner) => Node::Secret(add(inner, nodes)),
            Value::Unknown => Node::Unknown,
            Value::Output(OutputId(id)) => Node::Output(*id),
        };
        nodes.push(node.into());
        // No component's memory holds a value of 2^32 nodes.
        (nodes.len() - 1) as u32
    }
    let mut nodes = Vec::new();
    let root = add(value, &mut nodes);
    W::from_nodes(nodes, root)
}

/// The bounds of a value that is lifted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// The most nodes. A node that is referenced twice counts twice.
    pub nodes: usize,
    /// The most levels.
    pub depth: usize,
    /// The most bytes of text, keys and byte strings.
    pub bytes: usize,
}

impl Limits {
    /// No bounds, for values from a trusted side.
    pub const NONE: Limits = Limits { nodes: usize::MAX, depth: usize::MAX, bytes: usize::MAX };
}

/// The error for nodes that are not a value, or for a value beyond the limits.
///
/// The messages are for the author of the side that passed the nodes.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WireError {
    /// The list of nodes is longer than the limit.
    #[error("a value has {count} nodes; at most {most} are allowed")]
    LongList {
        /// The number of nodes.
        count: usize,
        /// The largest number that is allowed.
        most: usize,
    },
    /// The value has more nodes than the limit: some are referenced more than once.
    #[error("a value has more than {0} nodes")]
    TooManyNodes(usize),
    /// The value has more levels than the limit.
    #[error("a value is nested more than {0} levels deep")]
    TooDeep(usize),
    /// The value has more bytes of text, keys and byte strings than the limit.
    #[error("a value holds more than {} MB of text and bytes", .0 >> 20)]
    TooManyBytes(usize),
    /// A reference does not lead to an earlier node.
    #[error(
        "a value refers to its node {0}, which does not come before the node that refers to it"
    )]
    NotEarlier(u32),
    /// A map has a key twice.
    #[error("a map of a value has the key '{0}' twice")]
    DuplicateKey(String),
    /// A number is infinite or NaN.
    #[error("a number of a value is not finite")]
    NotFinite,
}

/// The approximate memory of a map per six entries, in bytes.
///
/// A node of the map's tree holds eleven entries and is at least half full.
pub const SIX_ENTRIES: usize = 640;

/// The size of a lifted value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Size {
    nodes: usize,
    /// The bytes of text, keys and byte strings.
    pub bytes: usize,
    /// The approximate memory that the value takes, in bytes.
    pub memory: usize,
    depth: usize,
}

/// The size of a node without its content.
const ONE: Size = Size { nodes: 1, bytes: 0, memory: size_of::<Value>(), depth: 1 };

/// A node whose value is built.
struct Built {
    /// The value; `None` once the last reference to it has moved it out.
    value: Option<Value>,
    /// The number of references that are left.
    mentions: usize,
    size: Size,
}

/// Builds the value that the other side passed, and returns it with its size.
///
/// # Errors
/// A limit is exceeded, a reference does not lead to an earlier node, a map has a key twice, or a
/// number is not finite.
pub fn lift<W: Wire>(wire: W, limits: &Limits) -> Result<(Value, Size), WireError> {
    let (nodes, root) = wire.into_nodes();
    if nodes.len() > limits.nodes {
        return Err(WireError::LongList { count: nodes.len(), most: limits.nodes });
    }
    let nodes: Vec<Node> = nodes.into_iter().map(Into::into).collect();
    let mut built: Vec<Built> = Vec::with_capacity(nodes.len());
    let mut copied = Size::default();
    let mentions = mentions(&nodes, root)?;
    for (node, mentions) in nodes.into_iter().zip(mentions) {
        let builder = Builder { built: &mut built, copied: &mut copied, size: ONE, limits };
        let (value, size) = builder.build(node)?;
        built.push(Built { value: Some(value), mentions, size });
    }
    let size = Size::default();
    let mut builder = Builder { built: &mut built, copied: &mut copied, size, limits };
    let value = builder.take(root)?;
    Ok((value, builder.size))
}

/// Counts the references to each node.
///
/// Rejects a reference that does not lead to an earlier node.
fn mentions(nodes: &[Node], root: u32) -> Result<Vec<usize>, WireError> {
    let mut counts = vec![0; nodes.len()];
    let mut mention = |index: u32, before: usize| match counts.get_mut(index as usize) {
        Some(count) if (index as usize) < before => {
            *count += 1;
            Ok(())
        }
        _ => Err(WireError::NotEarlier(index)),
    };
    for (at, node) in nodes.iter().enumerate() {
        match node {
            Node::List(items) => items.iter().try_for_each(|item| mention(*item, at))?,
            Node::Map(entries) => entries.iter().try_for_each(|(_, item)| mention(*item, at))?,
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
    /// The sum of all copies so far, whether the value will hold them or not.
    copied: &'a mut Size,
    size: Size,
    limits: &'a Limits,
}

impl Builder<'_> {
    fn build(mut self, node: Node) -> Result<(Value, Size), WireError> {
        let value = match node {
            Node::Null => Value::Null,
            Node::Boolean(value) => Value::Bool(value),
            Node::Integer(value) => Value::Int(value),
            Node::Float(value) if !value.is_finite() => return Err(WireError::NotFinite),
            Node::Float(value) => Value::Float(value),
            Node::Text(text) => {
                self.add_bytes(text.len())?;
                Value::Text(text)
            }
            Node::Bytes(bytes) => {
                self.add_bytes(bytes.len())?;
                Value::Bytes(bytes)
            }
            Node::List(items) => Value::List(
                items.into_iter().map(|item| self.take(item)).collect::<Result<_, _>>()?,
            ),
            Node::Map(entries) => {
                let mut map = BTreeMap::new();
                self.size.memory += SIX_ENTRIES * entries.len().div_ceil(6);
                for (key, item) in entries {
                    self.add_bytes(key.len())?;
                    let value = self.take(item)?;
                    match map.entry(key) {
                        Entry::Vacant(place) => place.insert(value),
                        Entry::Occupied(place) => {
                            return Err(WireError::DuplicateKey(place.key().clone()));
                        }
                    };
                }
                Value::Map(map)
            }
            Node::Secret(inner) => Value::secret(self.take(inner)?),
            Node::Unknown => Value::Unknown,
            Node::Output(id) => Value::Output(OutputId(id)),
        };
        Ok((value, self.size))
    }

    /// Returns the value of an earlier node.
    ///
    /// If more references to the node are left, the value is a copy.
    fn take(&mut self, index: u32) -> Result<Value, WireError> {
        // `mentions` has rejected every index that is not in the list.
        let inner = &mut self.built[index as usize];
        self.size.nodes += inner.size.nodes;
        // Its bytes of text are added below, with those of this node.
        self.size.memory += inner.size.memory - inner.size.bytes;
        self.size.depth = self.size.depth.max(inner.size.depth + 1);
        if self.size.nodes > self.limits.nodes {
            return Err(WireError::TooManyNodes(self.limits.nodes));
        }
        // Compares the depth of the inner node, as no node is above the root when `lift` takes it.
        if inner.size.depth > self.limits.depth {
            return Err(WireError::TooDeep(self.limits.depth));
        }
        let Size { nodes, bytes, .. } = inner.size;
        inner.mentions -= 1;
        let last = inner.mentions == 0;
        self.add_bytes(bytes)?;
        if !last {
            self.count_copy(nodes, bytes)?;
        }
        let inner = &mut self.built[index as usize];
        let value = if last { inner.value.take() } else { inner.value.clone() };
        Ok(value.unwrap_or_default())
    }

    /// Counts a copy that is about to be made. Rejects too many.
    fn count_copy(&mut self, nodes: usize, bytes: usize) -> Result<(), WireError> {
        self.copied.nodes += nodes;
        self.copied.bytes += bytes;
        if self.copied.nodes > self.limits.nodes {
            return Err(WireError::TooManyNodes(self.limits.nodes));
        }
        if self.copied.bytes > self.limits.bytes {
            return Err(WireError::TooManyBytes(self.limits.bytes));
        }
        Ok(())
    }

    /// Adds bytes of text, keys or byte strings to the size. Rejects too many.
    fn add_bytes(&mut self, bytes: usize) -> Result<(), WireError> {
        self.size.bytes += bytes;
        self.size.memory += bytes;
        if self.size.bytes > self.limits.bytes {
            return Err(WireError::TooManyBytes(self.limits.bytes));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A contract without outputs, as its bindings would be generated.
    mod contract {
        #[derive(Debug)]
        pub(super) enum Node {
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
        }

        pub(super) struct Value {
            pub(super) nodes: Vec<Node>,
            pub(super) root: u32,
        }
    }

    crate::wire_value!(contract);

    fn everything() -> Value {
        let list = Value::List(vec![
            1_i64.into(),
            0.5.into(),
            true.into(),
            Value::Bytes(vec![1]),
            Value::Unknown,
        ]);
        [("list", list), ("nothing", Value::Null), ("word", Value::secret("hunter2".into()))]
            .into_iter()
            .collect()
    }

    #[test]
    fn a_value_survives_the_boundary() {
        let wire: contract::Value = lower(&everything());
        assert_eq!(lift(wire, &Limits::NONE).map(|(value, _)| value), Ok(everything()));
    }

    #[test]
    fn where_a_contract_has_no_outputs_they_are_unknown() {
        let output = Value::List(vec![OutputId(3).into()]);
        let wire: contract::Value = lower(&output);
        assert_eq!(
            lift(wire, &Limits::NONE).map(|(value, _)| value),
            Ok(Value::List(vec![Value::Unknown]))
        );
        let wire: (Vec<Node>, u32) = lower(&output);
        assert_eq!(lift(wire, &Limits::NONE).map(|(value, _)| value), Ok(output));
    }

    #[test]
    fn what_is_beyond_a_limit_is_refused() {
        let error = |limits: Limits| {
            lift(lower::<(Vec<Node>, u32)>(&everything()), &limits).unwrap_err().to_string()
        };
        assert_eq!(
            error(Limits { nodes: 9, ..Limits::NONE }),
            "a value has 10 nodes; at most 9 are allowed"
        );
        assert_eq!(
            error(Limits { depth: 2, ..Limits::NONE }),
            "a value is nested more than 2 levels deep"
        );
        assert_eq!(
            error(Limits { bytes: 16, ..Limits::NONE }),
            "a value holds more than 0 MB of text and bytes"
        );
        let shared = (vec![Node::Null, Node::List(vec![0; 9])], 1);
        let limits = Limits { nodes: 9, ..Limits::NONE };
        assert_eq!(lift(shared, &limits), Err(WireError::TooManyNodes(9)));
    }

    #[test]
    fn what_is_built_beside_the_value_counts_too() {
        let limits = Limits { nodes: 100, depth: 9, bytes: 1000 };
        // The root is the first node. The others would be built for nothing, each with a copy.
        let text = || vec![Node::Text("x".repeat(100))];
        let copies = std::iter::repeat_n(Node::Secret(0), 50);
        let texts = text().into_iter().chain(copies).collect::<Vec<_>>();
        assert_eq!(lift((texts, 0), &limits), Err(WireError::TooManyBytes(1000)));
        let many = [Node::Null, Node::List(vec![0; 30])];
        let lists = many.into_iter().chain(std::iter::repeat_n(Node::List(vec![1]), 9));
        assert_eq!(lift((lists.collect(), 0), &limits), Err(WireError::TooManyNodes(100)));
    }

    #[test]
    fn nodes_that_are_no_value_are_refused() {
        let error =
            |nodes: Vec<Node>, root| lift((nodes, root), &Limits::NONE).map(|_| ()).unwrap_err();
        assert_eq!(error(vec![Node::Null], 1), WireError::NotEarlier(1));
        assert_eq!(error(vec![Node::Secret(0)], 0), WireError::NotEarlier(0));
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(error(vec![Node::Float(number)], 0), WireError::NotFinite);
        }
        let twice = Node::Map(vec![("a".to_owned(), 0), ("a".to_owned(), 0)]);
        assert_eq!(error(vec![Node::Null, twice], 1), WireError::DuplicateKey("a".to_owned()));
    }
}
