//! The data of the desired graph, and what it can be asked.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use kim_model::{Declaration, Declarations, Urn};
use petgraph::graph::{DiGraph, NodeIndex};

/// What an expression draws on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Reach {
    /// Resources, by index.
    pub(crate) resources: BTreeSet<usize>,
    /// Lookups, by index.
    pub(crate) lookups: BTreeSet<usize>,
    /// Whether closures of the program are called for it.
    pub(crate) closures: bool,
}

impl Reach {
    pub(super) fn add(&mut self, other: &Reach) {
        self.resources.extend(&other.resources);
        self.lookups.extend(&other.lookups);
        self.closures |= other.closures;
    }
}

/// A declared resource or component in the graph; its index is that of its declaration.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Node {
    /// Its name.
    pub(crate) urn: Urn,
    /// Its component.
    pub(crate) parent: Option<usize>,
    /// Everything that it has to wait for: through inputs, `depends_on`, or its lookups' arguments.
    pub(crate) dependencies: BTreeSet<usize>,
    /// What the inputs that draw on anything draw on, by name.
    pub(crate) inputs: Vec<(String, Reach)>,
    /// The resource whose deletion takes it along.
    pub(crate) deleted_with: Option<usize>,
}

/// The desired graph.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desired {
    /// What the program said.
    pub(crate) declarations: Arc<Declarations>,
    /// A node for each declared resource, in the order of declaration.
    pub(crate) nodes: Vec<Node>,
    /// Indexes of nodes, dependencies first.
    pub(crate) order: Vec<usize>,
    pub(super) by_urn: HashMap<Urn, usize>,
}

impl Desired {
    /// The index of a URN.
    pub(crate) fn index(&self, urn: &Urn) -> Option<usize> {
        self.by_urn.get(urn).copied()
    }

    /// The declaration of a node.
    pub(crate) fn declaration(&self, index: usize) -> &Declaration {
        &self.declarations.resources[index]
    }

    /// Everything that a node depends on, through any number of others.
    pub(crate) fn ancestors(&self, index: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut open = vec![index];
        while let Some(here) = open.pop() {
            open.extend(self.nodes[here].dependencies.iter().filter(|next| found.insert(**next)));
        }
        found
    }

    /// The graph in the DOT language: an edge leads from a resource to what it depends on.
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
