//! Builds the graph from declarations, or reports everything that is wrong.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use kim_model::bounds::{COMPONENTS, URN, URNS};
use kim_model::{
    Alias, Declaration, Declarations, Expr, Former, FormerParent, OutputId, Source, Urn, Value,
};
use petgraph::graph::{DiGraph, NodeIndex};

use super::diagnose::{are_enough, error, listed};
use super::follow::{Followed, TooMany, Union};
use super::graph::{Desired, Node, References};
use super::inherit::inherit;
use super::names::Names;
use crate::event::Diagnostic;
use crate::gate::inline;
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
    let parents = parents(&declarations);
    let urns = match name(&declarations, &parents, stack, &mut errors) {
        Ok(urns) => urns,
        Err(beyond) => {
            errors.push(*beyond);
            return Err(listed(errors));
        }
    };
    let by_urn = unique(&declarations, &urns, &mut errors);
    known_kinds(&declarations, &urns, providers, &mut errors);
    known_options(&declarations, &urns, &mut errors);
    let mut followed = Followed::default();
    let reaches = reach(&declarations, providers, &mut followed, &mut errors);
    if !errors.is_empty() {
        return Err(listed(errors));
    }
    let names = Names::new(&declarations, providers);
    let connector = Connector { declarations: &declarations, parents, reaches, names, followed };
    let nodes = connector.connect(urns).map_err(|beyond| vec![*beyond])?;
    match sort(&nodes) {
        Ok(order) => Ok(Desired { declarations: Arc::new(declarations), nodes, order, by_urn }),
        Err(cycle) => Err(vec![cycle_error(&declarations, &nodes, &cycle)]),
    }
}

/// Returns the component that contains each declaration, by index.
fn parents(declarations: &Declarations) -> Vec<Option<usize>> {
    let declared = declarations.resources.iter();
    declared
        .map(|declaration| declaration.parent.and_then(|parent| declarations.resource_of(parent)))
        .collect()
}

/// Gives every declaration its URN.
///
/// An error is a name beyond a bound: nothing is made of the others then.
fn name(
    declarations: &Declarations,
    parents: &[Option<usize>],
    stack: &StackId,
    errors: &mut Vec<Diagnostic>,
) -> Result<Vec<Urn>, Box<Diagnostic>> {
    let mut urns: Vec<Urn> = Vec::with_capacity(declarations.resources.len());
    let mut depths: Vec<u64> = Vec::with_capacity(declarations.resources.len());
    let mut total = 0;
    for (index, declaration) in declarations.resources.iter().enumerate() {
        let beyond = |message| Box::new(error(message, None, [declaration.source.clone()]));
        let parent = parents[index].filter(|parent| *parent < index);
        let depth = parent.map_or(0, |parent| depths[parent] + 1);
        if COMPONENTS.is_exceeded_by(depth) {
            return Err(beyond(format!(
                "{} is inside {depth} components; at most {COMPONENTS} may be inside each other",
                named(declaration)
            )));
        }
        depths.push(depth);
        let mut above: Vec<&str> =
            std::iter::successors(parent, |at| parents[*at].filter(|next| next < at))
                .map(|at| declarations.resources[at].name.as_str())
                .collect();
        above.reverse();
        let length = declaration.name.len() + above.iter().map(|name| name.len()).sum::<usize>();
        // Escaped and put together, it is longer.
        let is_long = length > URN.most() || declaration.kind.len() > URN.most();
        let urn = (!is_long)
            .then(|| {
                Urn::new(&stack.project, &stack.name, &declaration.kind, &above, &declaration.name)
            })
            .filter(|urn| urn.as_str().len() <= URN.most());
        let Some(urn) = urn else {
            return Err(beyond(format!(
                "the URN of {} would be longer than the {URN} that are allowed; give it, or the components around it, a shorter name",
                named(declaration)
            )));
        };
        total += urn.as_str().len() as u64;
        if URNS.is_exceeded_by(total) {
            return Err(beyond(format!(
                "the URNs of the resources are longer than the {URNS} that are allowed together, at {}, number {}; give the resources, or the components around them, shorter names",
                named(declaration),
                index + 1
            )));
        }
        if declaration.name.is_empty() || declaration.kind.is_empty() {
            let message =
                format!("a resource of kind '{}' has no name; give it one", declaration.kind);
            errors.push(error(message, None, [declaration.source.clone()]));
        }
        if declaration.parent.is_some() && parent.is_none() {
            let message = format!("{urn} has a parent that is not a component declared before it");
            errors.push(error(message, Some(&urn), [declaration.source.clone()]));
        }
        urns.push(urn);
    }
    Ok(urns)
}

/// Returns kind and name of a declaration, cut to a length that fits a message.
fn named(declaration: &Declaration) -> String {
    let cut = |text: &str| match text.char_indices().nth(NAMED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    };
    format!("{} '{}'", cut(&declaration.kind), cut(&declaration.name))
}

/// The most characters of a name in a message about names that are too long.
const NAMED: usize = 60;

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
                Alias::Urn(text) => {
                    text.parse::<Urn>().err().map(|error| inline(&error.to_string()))
                }
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
    followed: &mut Followed,
    errors: &mut Vec<Diagnostic>,
) -> Vec<Arc<References>> {
    let nothing = Arc::new(References::default());
    let mut reaches: Vec<Arc<References>> = Vec::with_capacity(declarations.expressions.len());
    for expression in &declarations.expressions {
        if are_enough(errors) {
            break;
        }
        let mut union = Union::default();
        let mut outputs = BTreeSet::new();
        let mut mention = |value: &Value| {
            value.each_output(&mut |output| {
                outputs.insert(output);
            });
        };
        match expression {
            Expr::Resource(_) | Expr::StackReference(_) => {}
            Expr::Lookup(index) => mention(&declarations.lookups[*index].arguments),
            Expr::Get(of, path) => {
                outputs.insert(*of);
                if let Some(message) =
                    no_such_property(declarations, providers, *of, path.first_key())
                {
                    errors.push(message);
                }
            }
            Expr::Concat(values) => values.iter().for_each(mention),
            Expr::Transform(transform) => transform.arguments.iter().for_each(mention),
            Expr::Value(value) => mention(value),
        }
        let mut gather = || -> Result<(), TooMany> {
            for OutputId(id) in &outputs {
                match reaches.get(*id as usize) {
                    Some(known) => union.add(known, followed)?,
                    None => errors.push(error(
                        format!("an expression refers to output {id}, which does not exist yet"),
                        None,
                        [],
                    )),
                }
            }
            match expression {
                Expr::Resource(index) => _ = union.own(followed)?.resources.insert(*index),
                Expr::Lookup(index) => _ = union.own(followed)?.lookups.insert(*index),
                Expr::Transform(_) => union.own(followed)?.closures = true,
                _ => {}
            }
            Ok(())
        };
        if let Err(too_many) = gather() {
            // The last resource that it refers to is the nearest that has a place.
            let last = outputs.iter().rev().find_map(|OutputId(id)| {
                reaches.get(*id as usize)?.resources.last().map(|at| &declarations.resources[*at])
            });
            let source = last.and_then(|declaration| declaration.source.clone());
            errors.push(error(too_many.message(), None, [source]));
            return reaches;
        }
        reaches.push(union.finish().unwrap_or_else(|| Arc::clone(&nothing)));
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

/// What the edges of the graph are made of.
struct Connector<'d> {
    declarations: &'d Declarations,
    /// The component that contains each declaration.
    parents: Vec<Option<usize>>,
    /// What each expression refers to.
    reaches: Vec<Arc<References>>,
    names: Names<'d>,
    followed: Followed,
}

impl Connector<'_> {
    /// Makes the nodes, with what they depend on.
    ///
    /// An error is a declaration that refers to too much.
    fn connect(mut self, urns: Vec<Urn>) -> Result<Vec<Node>, Box<Diagnostic>> {
        let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
        for (index, parent) in self.parents.iter().enumerate() {
            if let Some(parent) = parent {
                children.entry(*parent).or_default().push(index);
            }
        }
        let mut nodes = Vec::with_capacity(urns.len());
        for (index, urn) in urns.into_iter().enumerate() {
            let node = self.node(index, urn, &children).map_err(|too_many: TooMany| {
                let declaration = &self.declarations.resources[index];
                let message = format!("{}: {}", named(declaration), too_many.message());
                Box::new(error(message, None, [declaration.source.clone()]))
            })?;
            nodes.push(node);
        }
        Ok(nodes)
    }

    fn node(
        &mut self,
        index: usize,
        urn: Urn,
        children: &HashMap<usize, Vec<usize>>,
    ) -> Result<Node, TooMany> {
        let declaration = &self.declarations.resources[index];
        let mut inputs = Vec::new();
        let mut dependencies = BTreeSet::new();
        for (name, value) in declaration.inputs.as_map().into_iter().flatten() {
            let mut union = Union::default();
            for OutputId(id) in value.outputs() {
                if let Some(reach) = self.reaches.get(id as usize) {
                    union.add(reach, &mut self.followed)?;
                }
            }
            if let Some(reach) = union.finish() {
                self.followed.count(reach.resources.len())?;
                dependencies.extend(reach.resources.iter().copied());
                inputs.push((name.clone(), reach));
            }
        }
        dependencies.extend(self.names.held_by(index));
        self.inside(&declaration.options.depends_on, children, &mut dependencies)?;
        let deleted_with = declaration
            .options
            .deleted_with
            .and_then(|output| self.declarations.resource_of(output));
        dependencies.extend(deleted_with);
        let mut replace_with = BTreeSet::new();
        self.inside(&declaration.options.replace_with, children, &mut replace_with)?;
        replace_with.remove(&index);
        dependencies.extend(&replace_with);
        dependencies.remove(&index);
        let parent = self.parents[index];
        Ok(Node { urn, parent, dependencies, inputs, deleted_with, replace_with })
    }

    /// Adds what outputs refer to and, of components, everything inside them.
    ///
    /// A dependency on a component is one on all that it contains.
    fn inside(
        &mut self,
        outputs: &[OutputId],
        children: &HashMap<usize, Vec<usize>>,
        found: &mut BTreeSet<usize>,
    ) -> Result<(), TooMany> {
        for OutputId(id) in outputs {
            let Some(reach) = self.reaches.get(*id as usize) else { continue };
            self.followed.count(reach.resources.len())?;
            let mut open: Vec<usize> = reach.resources.iter().copied().collect();
            while let Some(resource) = open.pop() {
                if found.insert(resource)
                    && let Some(children) = children.get(&resource)
                {
                    self.followed.count(children.len())?;
                    open.extend(children);
                }
            }
        }
        Ok(())
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
    let parts = petgraph::algo::kosaraju_scc(&graph);
    let inside: BTreeSet<usize> = parts
        .into_iter()
        .find(|part| part.len() > 1)
        .into_iter()
        .flatten()
        .map(|at| graph[at])
        .collect();
    let Some(start) = inside.first().copied() else { return Vec::new() };
    let mut path = vec![start];
    let mut places = HashMap::from([(start, 0)]);
    let mut here = start;
    // Each node of a strongly connected part has a successor in it; the first repetition closes a
    // cycle.
    while let Some(next) =
        nodes[here].dependencies.iter().copied().find(|next| inside.contains(next))
    {
        if let Some(at) = places.insert(next, path.len()) {
            return path.split_off(at);
        }
        path.push(next);
        here = next;
    }
    path
}

/// The most resources of a circle that a message names.
const CYCLE: usize = 50;

fn cycle_error(declarations: &Declarations, nodes: &[Node], cycle: &[usize]) -> Diagnostic {
    let name = |index: &usize| nodes[*index].urn.qualified_name();
    let mut names: Vec<&str> = cycle.iter().take(CYCLE).map(name).collect();
    names.extend((cycle.len() > CYCLE).then_some("…"));
    names.extend(cycle.first().map(name));
    let message = format!(
        "these resources depend on each other in a circle: {}; remove one of the references",
        names.join(" -> ")
    );
    let sources =
        cycle.iter().take(CYCLE).map(|index| declarations.resources[*index].source.clone());
    error(message, cycle.first().map(|index| &nodes[*index].urn), sources)
}
