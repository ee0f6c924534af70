//! The declarations of one run of a program: resources, lookups, exports, and the expressions that
//! connect them.
//!
//! Invariants: a program only appends, and nothing here is evaluated. An expression refers to
//! earlier expressions alone, so the expression graph has no cycle. Resources can form a cycle only
//! through a `depends_on` that the engine itself added; the engine reports it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::path::Path;
use crate::value::{OutputId, Value};

/// A position in the program's source.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Source {
    /// The file's path, as the compiler writes it.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A former name of a resource or component.
///
/// That of a component reaches everything inside it: what a former URN of the component is to its
/// URN, those of its children are to theirs, at any depth, combined with their own aliases.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alias {
    /// The whole former URN.
    Urn(String),
    /// The former name, in the same component.
    Name(String),
    /// What was different of the URN; all else is as it is now.
    Former(Former),
}

/// The parts of a former URN that differ from the present ones.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Former {
    /// The former name.
    pub name: Option<String>,
    /// The former kind.
    pub kind: Option<String>,
    /// The component that contained it.
    pub parent: FormerParent,
    /// The former name of the project.
    pub project: Option<String>,
}

/// The component that formerly contained a resource.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormerParent {
    /// The one that contains it now, also under the former names of that one.
    #[default]
    Same,
    /// None: it was outside of any component.
    Outside,
    /// This one, by its qualified name at that time: `main/storage`.
    ///
    /// A slash in a name is written as in a URN.
    Component(String),
}

/// The longest times that operations on a resource may take, in seconds.
///
/// Each counts from the start of its step, with all its waiting. `None`: the engine's own limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Timeouts {
    /// Of a create, until the resource is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_seconds: Option<u32>,
    /// Of an update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_seconds: Option<u32>,
    /// Of a delete, until the resource is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_seconds: Option<u32>,
}

/// What a program asks of the engine for one resource.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Options {
    /// If true, the engine refuses to delete or replace the resource.
    ///
    /// `None` is as the component around it says; false without one.
    pub protect: Option<bool>,
    /// If true, a delete leaves the resource in the cloud.
    ///
    /// The resource is then removed from the state alone. `None` is as the component around it
    /// says; false without one.
    pub retain_on_delete: Option<bool>,
    /// The order of a replacement: if true, the old resource is deleted first.
    ///
    /// If `Some(false)`, the new resource is created first.
    ///
    /// `None` leaves the choice to
    /// [`Kind::delete_before_replace`](crate::schema::Kind::delete_before_replace) and
    /// [`Kind::unique`](crate::schema::Kind::unique).
    pub delete_before_replace: Option<bool>,
    /// The outputs that the resource waits for although no input refers to them.
    ///
    /// Each may come from a resource, a lookup, or an expression.
    pub depends_on: Vec<OutputId>,
    /// The inputs whose changes are ignored.
    pub ignore_changes: Vec<Path>,
    /// The inputs whose changes replace the resource.
    ///
    /// They do so even if the plugin could update the resource in place.
    pub replace_on_changes: Vec<Path>,
    /// The former names of the resource.
    pub aliases: Vec<Alias>,
    /// The resource whose deletion deletes this one too.
    ///
    /// If that one is deleted, the engine makes no call for this one.
    pub deleted_with: Option<OutputId>,
    /// The resources whose replacement replaces this one too.
    ///
    /// Of a component, everything inside it counts.
    pub replace_with: Vec<OutputId>,
    /// The longest times that its operations may take.
    pub timeouts: Timeouts,
    /// The properties that are secret although neither the schema nor an input says so.
    pub secret_outputs: Vec<Path>,
}

/// A declared resource or component.
#[derive(Clone, PartialEq, Debug)]
pub struct Declaration {
    /// The kind, such as `aws:ec2:Volume`.
    ///
    /// For a component it is the component's type, such as `kimberlite:Cluster`.
    pub kind: String,
    /// The name that the program gave.
    ///
    /// It is unique among resources of this kind in the same component.
    pub name: String,
    /// True for a component. A component only groups resources: no plugin knows it.
    pub component: bool,
    /// The component that contains it: an output of [`Declarations::register`].
    ///
    /// `None` outside of any component.
    pub parent: Option<OutputId>,
    /// The inputs, a map. Its values may refer to outputs.
    pub inputs: Value,
    /// The resource's options.
    pub options: Options,
    /// The position of the declaration in the program's source.
    pub source: Option<Source>,
}

impl Declaration {
    /// Returns a resource with these inputs, which are a map.
    ///
    /// It is outside of any component and has no options.
    pub fn new(kind: impl Into<String>, name: impl Into<String>, inputs: Value) -> Declaration {
        Declaration {
            kind: kind.into(),
            name: name.into(),
            component: false,
            parent: None,
            inputs,
            options: Options::default(),
            source: None,
        }
    }
}

/// A declared lookup.
#[derive(Clone, PartialEq, Debug)]
pub struct LookupCall {
    /// The lookup's name, such as `aws:ec2:ami`.
    pub name: String,
    /// The arguments, a map. Its values may refer to outputs.
    pub arguments: Value,
    /// The position of the lookup in the program's source.
    pub source: Option<Source>,
}

/// A call of one of the program's closures.
///
/// The engine makes it once the arguments are known.
#[derive(Clone, PartialEq, Debug)]
pub struct Transform {
    /// The number of the closure, unique in one run of the program.
    pub callback: u32,
    /// The arguments. They may refer to outputs.
    pub arguments: Vec<Value>,
}

/// An expression, from which the value of one output is computed.
#[derive(Clone, PartialEq, Debug)]
pub enum Expr {
    /// All properties of a resource: an index into [`Declarations::resources`].
    Resource(usize),
    /// The results of a lookup: an index into [`Declarations::lookups`].
    Lookup(usize),
    /// The exports, as a map, of another stack in the same state.
    ///
    /// The text is `stack` or `project/stack`.
    StackReference(String),
    /// The value at a path inside another output.
    Get(OutputId, Path),
    /// Values joined to one text.
    ///
    /// A null adds nothing. A list or map is written as JSON.
    Concat(Vec<Value>),
    /// The result of a closure.
    Transform(Transform),
    /// A value that may refer to other outputs.
    ///
    /// A plain value or a secret becomes an output this way.
    Value(Value),
}

/// A cost, or a possible saving, beside the prices of the resources.
///
/// Examples are traffic, snapshots and a commitment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Estimate {
    /// What costs, in a word or two: `data transfer`.
    pub label: String,
    /// How the figure is computed: `1,000 GB a month to the internet`.
    pub detail: String,
    /// True for a possible saving, which no total includes; false for a cost.
    pub saving: bool,
    /// The range of the figure in millionths of a US dollar a month, lower bound first.
    ///
    /// The bounds may be equal. `None` if the figure is not known.
    pub micros_a_month: Option<(u64, u64)>,
    /// The source of the figure, with its date; may be empty.
    pub source: String,
}

/// A line that the program logged.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Log {
    /// The level: `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// The line's text.
    pub message: String,
}

/// All declarations of one run of a program.
///
/// ```
/// use kim_model::{Declaration, Declarations, Expr, Path, Value};
///
/// let mut declarations = Declarations::default();
/// let inputs = [("cidr_block", "10.0.0.0/16")].into_iter().collect();
/// let vpc = declarations.register(Declaration::new("aws:ec2:Vpc", "main", inputs));
/// let id = declarations.express(Expr::Get(vpc, Path::key("vpc_id")));
/// let inputs = [("vpc_id", Value::Output(id)), ("cidr_block", "10.0.1.0/24".into())];
/// declarations.register(Declaration::new("aws:ec2:Subnet", "a", inputs.into_iter().collect()));
/// declarations.exports.insert("vpc".to_owned(), Value::Output(id));
/// assert_eq!(declarations.resource_of(vpc), Some(0));
/// ```
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Declarations {
    /// The resources and components, in the order of their declaration.
    pub resources: Vec<Declaration>,
    /// The lookups, in the order of their declaration.
    pub lookups: Vec<LookupCall>,
    /// The expressions, in the order in which the program created them.
    ///
    /// An [`OutputId`] is an index into them.
    pub expressions: Vec<Expr>,
    /// The outputs of the stack, by name.
    pub exports: BTreeMap<String, Value>,
    /// The estimates of costs and savings, in the order of their declaration.
    pub estimates: Vec<Estimate>,
    /// The lines that the program logged, in order.
    pub logs: Vec<Log>,
}

impl Declarations {
    /// Adds an expression and returns its output.
    pub fn express(&mut self, expr: Expr) -> OutputId {
        self.expressions.push(expr);
        OutputId((self.expressions.len() - 1) as u32)
    }

    /// Adds a resource or component.
    ///
    /// Returns the output that stands for all of its properties.
    pub fn register(&mut self, declaration: Declaration) -> OutputId {
        self.resources.push(declaration);
        self.express(Expr::Resource(self.resources.len() - 1))
    }

    /// Adds a lookup and returns the output that stands for all of its results.
    pub fn look_up(&mut self, lookup: LookupCall) -> OutputId {
        self.lookups.push(lookup);
        self.express(Expr::Lookup(self.lookups.len() - 1))
    }

    /// Returns the expression of an output, or `None` if the id is not of this run.
    pub fn expression(&self, OutputId(id): OutputId) -> Option<&Expr> {
        self.expressions.get(id as usize)
    }

    /// Returns the index of the resource that an output stands for.
    ///
    /// Returns `None` if the output stands for something else.
    pub fn resource_of(&self, output: OutputId) -> Option<usize> {
        match self.expression(output)? {
            Expr::Resource(index) => Some(*index),
            _ => None,
        }
    }
}
