//! How large an answer of a plugin is, before anything of it is built.
//!
//! A node may be referenced more than once, so a few nodes can stand for a huge tree.
//!
//! Invariant: the values of an answer are within its bounds together, and those that are not small
//! have room.

use kim_model::bounds::{ANSWER_BYTES, ANSWER_NODES, SMALL_ANSWER};

use super::bindings::exports::kim::plugin::provider as guest;
use super::bindings::wire;

/// An answer of a plugin, as the sum of its values.
pub(super) trait Answer {
    /// Adds the size of all values of the answer.
    fn add_to(&self, size: &mut Size);
}

impl Answer for wire::Value {
    fn add_to(&self, size: &mut Size) {
        size.add(self);
    }
}

impl Answer for guest::State {
    fn add_to(&self, size: &mut Size) {
        size.add(&self.properties);
    }
}

impl<A: Answer> Answer for Option<A> {
    fn add_to(&self, size: &mut Size) {
        self.iter().for_each(|answer| answer.add_to(size));
    }
}

impl<A: Answer> Answer for Vec<A> {
    fn add_to(&self, size: &mut Size) {
        self.iter().for_each(|answer| answer.add_to(size));
    }
}

impl Answer for guest::Progress {
    fn add_to(&self, size: &mut Size) {
        if let guest::Progress::Done(state) = self {
            state.add_to(size);
        }
    }
}

impl Answer for guest::Deletion {
    fn add_to(&self, _: &mut Size) {}
}

impl<A: Answer> Answer for Result<A, guest::Failure> {
    fn add_to(&self, size: &mut Size) {
        match self {
            Ok(answer) => answer.add_to(size),
            Err(guest::Failure::Partial(partial)) => size.add(&partial.outputs),
            Err(_) => {}
        }
    }
}

/// The size of an answer, each node counted as often as it is referenced.
#[derive(Default)]
pub(super) struct Size {
    nodes: u64,
    /// The bytes of text, keys and byte strings.
    bytes: u64,
    /// The sizes of the nodes of the value that is added: nodes and bytes.
    each: Vec<(u64, u64)>,
}

impl Size {
    /// Returns the size of an answer.
    pub(super) fn of(answer: &impl Answer) -> Size {
        let mut size = Size::default();
        answer.add_to(&mut size);
        size
    }

    /// Adds a value.
    ///
    /// A reference that does not lead to an earlier node counts nothing: the value is rejected when
    /// it is built.
    fn add(&mut self, value: &wire::Value) {
        self.each.clear();
        for node in &value.nodes {
            let size = self.of_node(node);
            self.each.push(size);
        }
        let (nodes, bytes) = self.earlier(value.root);
        self.nodes = self.nodes.saturating_add(nodes);
        self.bytes = self.bytes.saturating_add(bytes);
    }

    fn earlier(&self, index: u32) -> (u64, u64) {
        self.each.get(index as usize).copied().unwrap_or_default()
    }

    fn of_node(&self, node: &wire::Node) -> (u64, u64) {
        let plus = |(nodes, bytes): (u64, u64), item: u32, key: usize| {
            let (more_nodes, more_bytes) = self.earlier(item);
            let bytes = bytes.saturating_add(more_bytes).saturating_add(key as u64);
            (nodes.saturating_add(more_nodes), bytes)
        };
        let one = (1, 0);
        match node {
            wire::Node::Text(text) => (1, text.len() as u64),
            wire::Node::Bytes(bytes) => (1, bytes.len() as u64),
            wire::Node::List(items) => items.iter().fold(one, |sum, item| plus(sum, *item, 0)),
            wire::Node::Map(entries) => {
                entries.iter().fold(one, |sum, (key, item)| plus(sum, *item, key.len()))
            }
            wire::Node::Secret(inner) => plus(one, *inner, 0),
            _ => one,
        }
    }

    /// Returns true if its values are built beside those of other answers.
    pub(super) fn is_small(&self) -> bool {
        let memory = self.nodes.saturating_mul(size_of::<kim_model::Value>() as u64);
        !SMALL_ANSWER.is_exceeded_by(memory.saturating_add(self.bytes))
    }

    /// Returns what is too large, as the end of a sentence.
    pub(super) fn excess(&self) -> Option<String> {
        if ANSWER_NODES.is_exceeded_by(self.nodes) {
            let nodes = self.nodes;
            return Some(format!(
                "returned values of {nodes} nodes in one answer; at most {ANSWER_NODES} are allowed"
            ));
        }
        let megabytes = self.bytes.div_ceil(1 << 20);
        ANSWER_BYTES.is_exceeded_by(self.bytes).then(|| {
            format!(
                "returned {megabytes} MB of text and bytes in one answer; at most {ANSWER_BYTES} are allowed"
            )
        })
    }
}
