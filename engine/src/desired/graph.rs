//! The data of the desired graph, and the queries on it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use kim_model::{Declaration, Declarations, Expr, OutputId, Path, Urn, Value};
use petgraph::graph::{DiGraph, NodeIndex};

/// What an expression refers to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct References {
    /// Resources, by index.
    pub(crate) resources: BTreeSet<usize>,
    /// Lookups, by index.
    pub(crate) lookups: BTreeSet<usize>,
    /// True if its value needs a call of a closure of the program.
    pub(crate) closures: bool,
}

impl References {
    /// Returns how many resources and lookups there are.
    pub(super) fn len(&self) -> usize {
        self.resources.len() + self.lookups.len()
    }

    pub(super) fn add(&mut self, other: &References) {
        self.resources.extend(&other.resources);
        self.lookups.extend(&other.lookups);
        self.closures |= other.closures;
    }
}

/// A declared resource or component in the graph.
///
/// Its index is that of its declaration.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Node {
    /// Its URN, unique in the graph.
    pub(crate) urn: Urn,
    /// The component that it is in.
    pub(crate) parent: Option<usize>,
    /// The nodes that it has to wait for.
    ///
    /// They come from its inputs, `depends_on`, `deleted_with`, and its lookups' arguments.
    pub(crate) dependencies: BTreeSet<usize>,
    /// For each input that refers to other values: its name and those references.
    pub(crate) inputs: Vec<(String, Arc<References>)>,
    /// The container whose deletion also deletes it.
    pub(crate) deleted_with: Option<usize>,
    /// The nodes whose replacement replaces it too.
    ///
    /// Of a component, everything inside it is among them.
    pub(crate) replace_with: BTreeSet<usize>,
}

impl Node {
    /// Returns the lookups that its inputs refer to, by index.
    pub(crate) fn lookups(&self) -> BTreeSet<usize> {
        self.inputs.iter().flat_map(|(_, references)| references.lookups.iter().copied()).collect()
    }
}

/// The desired graph.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desired {
    /// The declarations of the program.
    pub(crate) declarations: Arc<Declarations>,
    /// A node for each declared resource, in the order of declaration.
    pub(crate) nodes: Vec<Node>,
    /// Indexes of nodes, dependencies first.
    pub(crate) order: Vec<usize>,
    pub(super) by_urn: HashMap<Urn, usize>,
}

impl Desired {
    /// Returns the index of a URN.
    pub(crate) fn index(&self, urn: &Urn) -> Option<usize> {
        self.by_urn.get(urn).copied()
    }

    /// Returns the declaration of a node.
    pub(crate) fn declaration(&self, index: usize) -> &Declaration {
        &self.declarations.resources[index]
    }

    /// Returns true if anything refers to a path in a resource, or to a part of it.
    ///
    /// Searches all expressions: for what happens rarely.
    pub(crate) fn refers_to(&self, index: usize, path: &Path) -> bool {
        let declarations = &self.declarations;
        let is_whole = |output: &OutputId| declarations.resource_of(*output) == Some(index);
        let has_whole = |value: &Value| value.outputs().iter().any(is_whole);
        let by_expression = |expression: &Expr| match expression {
            Expr::Resource(_) | Expr::Lookup(_) | Expr::StackReference(_) => false,
            Expr::Get(of, at) => is_whole(of) && (at.is_within(path) || path.is_within(at)),
            Expr::Concat(values) => values.iter().any(has_whole),
            Expr::Transform(transform) => transform.arguments.iter().any(has_whole),
            Expr::Value(value) => has_whole(value),
        };
        declarations.expressions.iter().any(by_expression)
            || declarations.resources.iter().any(|resource| has_whole(&resource.inputs))
            || declarations.lookups.iter().any(|lookup| has_whole(&lookup.arguments))
            || declarations.exports.values().any(has_whole)
    }

    /// Returns the lookups that the outputs of the stack draw on, by index.
    pub(crate) fn lookups_of_exports(&self) -> BTreeSet<usize> {
        let (mut lookups, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let exports = self.declarations.exports.values();
        let mut open: Vec<OutputId> = exports.flat_map(Value::outputs).collect();
        while let Some(output) = open.pop() {
            let Some(expression) = self.declarations.expression(output) else { continue };
            if !seen.insert(output) {
                continue;
            }
            match expression {
                Expr::Resource(_) | Expr::StackReference(_) => {}
                Expr::Lookup(index) => {
                    lookups.insert(*index);
                    open.extend(self.declarations.lookups[*index].arguments.outputs());
                }
                Expr::Get(of, _) => open.push(*of),
                Expr::Concat(values) => open.extend(values.iter().flat_map(Value::outputs)),
                Expr::Transform(of) => open.extend(of.arguments.iter().flat_map(Value::outputs)),
                Expr::Value(value) => open.extend(value.outputs()),
            }
        }
        lookups
    }

    /// Returns every node that a node depends on, also through others.
    pub(crate) fn ancestors(&self, index: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut open = vec![index];
        while let Some(here) = open.pop() {
            open.extend(self.nodes[here].dependencies.iter().filter(|next| found.insert(**next)));
        }
        found
    }

    /// Returns the graph in the DOT language.
    ///
    /// An edge leads from a resource to one that it depends on.
    pub(crate) fn to_dot(&self) -> String {
        let mut graph = DiGraph::<&str, &str>::new();
        let indexes: Vec<NodeIndex> = self
            .nodes
            .iter()
            .map(|node| graph.add_node(node.urn.as_str().splitn(3, '/').nth(2).unwrap_or_default()))
            .collect();
        for (index, node) in self.nodes.iter().enumerate() {
            for dependency in &node.dependencies {
                graph.add_edge(indexes[index], indexes[*dependency], "");
            }
        }
        let config = [petgraph::dot::Config::EdgeNoLabel];
        format!("{}", petgraph::dot::Dot::with_config(&graph, &config))
    }
}
