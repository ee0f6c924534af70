//! Builds the graph from declarations, or reports everything that is wrong.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use kim_model::{Alias, Declarations, Expr, Former, FormerParent, OutputId, Source, Urn, Value};
use petgraph::graph::{DiGraph, NodeIndex};

use super::diagnose::error;
use super::graph::{Desired, Node, References};
use super::inherit::inherit;
use crate::event::Diagnostic;
use crate::providers::Providers;
use crate::schema::nearest;
use crate::state::StackId;

/// Builds the desired graph.
///
/// # Errors
/// Every fault of the declarations.
pub(crate) fn build(
    mut declarations: Declarations,
    stack: &StackId,
    providers: &Providers,
) -> Result<Desired, Vec<Diagnostic>> {
    let mut errors = Vec::new();
    inherit(&mut declarations);
    let urns = name(&declarations, stack, &mut errors);
    let by_urn = unique(&declarations, &urns, &mut errors);
    known_kinds(&declarations, &urns, providers, &mut errors);
    known_options(&declarations, &urns, &mut errors);
    let reaches = reach(&declarations, providers, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let nodes = connect(&declarations, urns, &reaches);
    match sort(&nodes) {
        Ok(order) => Ok(Desired { declarations: Arc::new(declarations), nodes, order, by_urn }),
        Err(cycle) => Err(vec![cycle_error(&declarations, &nodes, &cycle)]),
    }
}

/// Gives every declaration its URN.
fn name(declarations: &Declarations, stack: &StackId, errors: &mut Vec<Diagnostic>) -> Vec<Urn> {
    let mut urns: Vec<Urn> = Vec::with_capacity(declarations.resources.len());
    let mut paths: Vec<Vec<&str>> = Vec::with_capacity(declarations.resources.len());
    for (index, declaration) in declarations.resources.iter().enumerate() {
        let parent = declaration.parent.and_then(|parent| declarations.resource_of(parent));
        let above = match parent {
            Some(parent) if parent < index => paths[parent].clone(),
            _ => Vec::new(),
        };
        let urn =
            Urn::new(&stack.project, &stack.name, &declaration.kind, &above, &declaration.name);
        if declaration.name.is_empty() || declaration.kind.is_empty() {
            let message =
                format!("a resource of kind '{}' has no name; give it one", declaration.kind);
            errors.push(error(message, None, [declaration.source.clone()]));
        }
        if declaration.parent.is_some() && parent.is_none_or(|parent| parent >= index) {
            let message = format!("{urn} has a parent that is not a component declared before it");
            errors.push(error(message, Some(&urn), [declaration.source.clone()]));
        }
        paths.push(above.into_iter().chain([declaration.name.as_str()]).collect());
        urns.push(urn);
    }
    urns
}

fn unique(
    declarations: &Declarations,
    urns: &[Urn],
    errors: &mut Vec<Diagnostic>,
) -> HashMap<Urn, usize> {
    let mut by_urn = HashMap::with_capacity(urns.len());
    for (index, urn) in urns.iter().enumerate() {
        if let Some(first) = by_urn.insert(urn.clone(), index) {
            let (one, two) = (&declarations.resources[first], &declarations.resources[index]);
            let place = |source: &Option<Source>| {
                source.as_ref().map_or("?".to_owned(), ToString::to_string)
            };
            let message = format!(
                "{} '{}' is declared twice, at {} and at {}; give one of them another name",
                two.kind,
                two.name,
                place(&one.source),
                place(&two.source)
            );
            errors.push(error(message, Some(urn), [two.source.clone(), one.source.clone()]));
        }
    }
    by_urn
}

fn known_kinds(
    declarations: &Declarations,
    urns: &[Urn],
    providers: &Providers,
    errors: &mut Vec<Diagnostic>,
) {
    for (declaration, urn) in declarations.resources.iter().zip(urns) {
        if !declaration.component && providers.kind(&declaration.kind).is_none() {
            let unknown = providers.unknown_kind(&declaration.kind);
            let fault = error(unknown.to_string(), Some(urn), [declaration.source.clone()]);
            errors.push(fault.cured_by(unknown.remedy()));
        } else if Urn::escape(&declaration.kind) != declaration.kind {
            // The URN would have another kind than the plugin offers.
            let message = format!(
                "the kind '{}' has a '/' or a '%' in its name; its plugin has to give it another one",
                declaration.kind
            );
            errors.push(error(message, Some(urn), [declaration.source.clone()]));
        }
    }
    for lookup in &declarations.lookups {
        if providers.lookup(&lookup.name).is_none() {
            let unknown = providers.unknown_lookup(&lookup.name);
            errors.push(
                error(unknown.to_string(), None, [lookup.source.clone()])
                    .cured_by(unknown.remedy()),
            );
        }
    }
}

/// Rejects options that name something that is not there.
///
/// Dropped silently, such an option would be noticed when it is too late.
fn known_options(declarations: &Declarations, urns: &[Urn], errors: &mut Vec<Diagnostic>) {
    for (index, (declaration, urn)) in declarations.resources.iter().zip(urns).enumerate() {
        let options = &declaration.options;
        let mut wrong = |message: String| {
            errors.push(error(message, Some(urn), [declaration.source.clone()]));
        };
        let named = options.depends_on.iter().chain(&options.deleted_with);
        let named = named.chain(&options.replace_with);
        for OutputId(id) in named.filter(|id| declarations.expression(**id).is_none()) {
            wrong(format!("{urn} refers to output {id}, which does not exist"));
        }
        let container = options.deleted_with.filter(|id| declarations.expression(*id).is_some());
        match container.map(|container| declarations.resource_of(container)) {
            Some(None) => wrong(format!(
                "{urn} is to be deleted with an output that is not a resource; give deleted_with the resource itself"
            )),
            Some(Some(at)) if at == index => wrong(format!(
                "{urn} is to be deleted with itself; give deleted_with another resource"
            )),
            _ => {}
        }
        for alias in &options.aliases {
            let fault = match alias {
                Alias::Urn(text) => text.parse::<Urn>().err().map(|error| error.to_string()),
                Alias::Name(name) => name.is_empty().then(|| "it is empty".to_owned()),
                Alias::Former(former) => empty_part(former).map(|part| format!("{part} is empty")),
            };
            if let Some(fault) = fault {
                wrong(format!("{urn} has a former name that is not valid: {fault}"));
            }
        }
    }
}

/// Returns the part of a former URN that is given and empty, if any is.
fn empty_part(former: &Former) -> Option<&'static str> {
    let is_empty = |part: &Option<String>| part.as_deref() == Some("");
    let path_is_empty = match &former.parent {
        FormerParent::Same | FormerParent::Outside => false,
        FormerParent::Component(path) => path.split('/').any(str::is_empty),
    };
    let parts = [
        (is_empty(&former.name), "its name"),
        (is_empty(&former.kind), "its kind"),
        (is_empty(&former.project), "its project"),
        (path_is_empty, "a name of its component"),
    ];
    parts.into_iter().find_map(|(is_empty, part)| is_empty.then_some(part))
}

/// Returns what each expression refers to.
///
/// Expressions refer to earlier ones only. A number that does not exist, or a property that its
/// kind does not have, is an error.
fn reach(
    declarations: &Declarations,
    providers: &Providers,
    errors: &mut Vec<Diagnostic>,
) -> Vec<References> {
    let mut reaches: Vec<References> = Vec::with_capacity(declarations.expressions.len());
    for expression in &declarations.expressions {
        let mut reach = References::default();
        let mut follow = |OutputId(id): OutputId| match reaches.get(id as usize) {
            Some(known) => reach.add(known),
            None => errors.push(error(
                format!("an expression refers to output {id}, which does not exist yet"),
                None,
                [],
            )),
        };
        match expression {
            Expr::Resource(index) => {
                reach.resources.insert(*index);
            }
            Expr::Lookup(index) => {
                declarations.lookups[*index].arguments.outputs().into_iter().for_each(&mut follow);
                reach.lookups.insert(*index);
            }
            Expr::StackReference(_) => {}
            Expr::Get(of, path) => {
                follow(*of);
                if let Some(message) =
                    no_such_property(declarations, providers, *of, path.first_key())
                {
                    errors.push(message);
                }
            }
            Expr::Concat(values) => values.iter().flat_map(Value::outputs).for_each(follow),
            Expr::Transform(transform) => {
                transform.arguments.iter().flat_map(Value::outputs).for_each(&mut follow);
                reach.closures = true;
            }
            Expr::Value(value) => value.outputs().into_iter().for_each(follow),
        }
        reaches.push(reach);
    }
    reaches
}

fn no_such_property(
    declarations: &Declarations,
    providers: &Providers,
    of: OutputId,
    property: Option<&str>,
) -> Option<Diagnostic> {
    let declaration = &declarations.resources[declarations.resource_of(of)?];
    let (kind, property) = (providers.kind(&declaration.kind)?, property?);
    if kind.properties.contains_key(property) {
        return None;
    }
    let near = nearest(property, kind.properties.keys().map(String::as_str));
    let hint = near.map_or(String::new(), |near| format!("; did you mean '{near}'?"));
    let message = format!(
        "{} '{}' is asked for its property '{property}', which the kind does not have{hint}",
        kind.name, declaration.name
    );
    Some(error(message, None, [declaration.source.clone()]))
}

fn connect(declarations: &Declarations, urns: Vec<Urn>, reaches: &[References]) -> Vec<Node> {
    let nothing = References::default();
    let of = |OutputId(id): OutputId| reaches.get(id as usize).unwrap_or(&nothing);
    let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
    let parents: Vec<Option<usize>> = declarations
        .resources
        .iter()
        .map(|declaration| declaration.parent.and_then(|parent| declarations.resource_of(parent)))
        .collect();
    for (index, parent) in parents.iter().enumerate() {
        if let Some(parent) = parent {
            children.entry(*parent).or_default().push(index);
        }
    }
    let mut nodes = Vec::with_capacity(urns.len());
    for (index, (declaration, urn)) in declarations.resources.iter().zip(urns).enumerate() {
        let mut inputs = Vec::new();
        let mut dependencies = BTreeSet::new();
        for (name, value) in declaration.inputs.as_map().into_iter().flatten() {
            let mut reach = References::default();
            for output in value.outputs() {
                reach.add(of(output));
            }
            if reach != nothing {
                dependencies.extend(reach.resources.iter().copied());
                inputs.push((name.clone(), reach));
            }
        }
        for output in &declaration.options.depends_on {
            for resource in &of(*output).resources {
                within(*resource, &children, &mut dependencies);
            }
        }
        let deleted_with =
            declaration.options.deleted_with.and_then(|output| declarations.resource_of(output));
        dependencies.extend(deleted_with);
        let mut replace_with = BTreeSet::new();
        for output in &declaration.options.replace_with {
            for resource in &of(*output).resources {
                within(*resource, &children, &mut replace_with);
            }
        }
        replace_with.remove(&index);
        dependencies.extend(&replace_with);
        dependencies.remove(&index);
        let parent = parents[index];
        nodes.push(Node { urn, parent, dependencies, inputs, deleted_with, replace_with });
    }
    nodes
}

/// Adds a resource and, if it is a component, everything inside it.
///
/// A dependency on a component is one on all that it contains.
fn within(resource: usize, children: &HashMap<usize, Vec<usize>>, found: &mut BTreeSet<usize>) {
    if found.insert(resource) {
        for child in children.get(&resource).into_iter().flatten() {
            within(*child, children, found);
        }
    }
}

/// Orders the nodes: dependencies first, otherwise in the order of declaration.
///
/// An error holds the nodes of a cycle.
fn sort(nodes: &[Node]) -> Result<Vec<usize>, Vec<usize>> {
    let mut waiting: Vec<usize> = nodes.iter().map(|node| node.dependencies.len()).collect();
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        for dependency in &node.dependencies {
            dependents[*dependency].push(index);
        }
    }
    let mut ready: BTreeSet<usize> =
        (0..nodes.len()).filter(|index| waiting[*index] == 0).collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(next) = ready.pop_first() {
        order.push(next);
        for dependent in &dependents[next] {
            waiting[*dependent] -= 1;
            if waiting[*dependent] == 0 {
                ready.insert(*dependent);
            }
        }
    }
    if order.len() == nodes.len() { Ok(order) } else { Err(cycle(nodes)) }
}

/// Returns the nodes of the first cycle, each depending on the next.
fn cycle(nodes: &[Node]) -> Vec<usize> {
    let mut graph = DiGraph::<usize, ()>::with_capacity(nodes.len(), nodes.len());
    let indexes: Vec<NodeIndex> = (0..nodes.len()).map(|index| graph.add_node(index)).collect();
    for (index, node) in nodes.iter().enumerate() {
        for dependency in &node.dependencies {
            graph.add_edge(indexes[index], indexes[*dependency], ());
        }
    }
    let parts = petgraph::algo::tarjan_scc(&graph);
    let inside: BTreeSet<usize> = parts
        .into_iter()
        .find(|part| part.len() > 1)
        .into_iter()
        .flatten()
        .map(|at| graph[at])
        .collect();
    let Some(start) = inside.first().copied() else { return Vec::new() };
    let mut path = vec![start];
    let mut here = start;
    // Each node of a strongly connected part has a successor in it; the first repetition closes a
    // cycle.
    while let Some(next) =
        nodes[here].dependencies.iter().copied().find(|next| inside.contains(next))
    {
        if let Some(at) = path.iter().position(|seen| *seen == next) {
            return path.split_off(at);
        }
        path.push(next);
        here = next;
    }
    path
}

fn cycle_error(declarations: &Declarations, nodes: &[Node], cycle: &[usize]) -> Diagnostic {
    let names: Vec<&str> =
        cycle.iter().chain(cycle.first()).map(|index| nodes[*index].urn.qualified_name()).collect();
    let message = format!(
        "these resources depend on each other in a circle: {}; remove one of the references",
        names.join(" -> ")
    );
    let sources = cycle.iter().map(|index| declarations.resources[*index].source.clone());
    error(message, cycle.first().map(|index| &nodes[*index].urn), sources)
}
