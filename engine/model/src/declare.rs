//! What a program said when it ran: resources, lookups, exports, and the expressions that connect them.
//!
//! A program only appends; nothing here is evaluated. Expressions refer to earlier expressions alone, so the expression
//! graph cannot have a cycle. (Resources can form one only through `depends_on` of an engine's own making; the engine
//! reports it.)

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::path::Path;
use crate::value::{OutputId, Value};

/// A place in the program's source.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Source {
    /// The file, as the compiler names it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Another name that a resource had before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alias {
    /// Its whole old URN.
    Urn(String),
    /// Its old name, below the same component.
    Name(String),
}

/// What a program wants of the engine for one resource.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Options {
    /// Refuse to delete or replace it.
    pub protect: bool,
    /// On delete, forget it and leave it in the cloud.
    pub retain_on_delete: bool,
    /// In a replacement, delete the old one before the new one is created; `None`: as the kind says.
    pub delete_before_replace: Option<bool>,
    /// Outputs (of resources, lookups or anything derived) that it has to wait for although no input mentions them.
    pub depends_on: Vec<OutputId>,
    /// Inputs whose changes are ignored.
    pub ignore_changes: Vec<Path>,
    /// Inputs whose changes replace it.
    pub replace_on_changes: Vec<Path>,
    /// Names that it had before.
    pub aliases: Vec<Alias>,
    /// The resource whose deletion takes this one along.
    pub deleted_with: Option<OutputId>,
}

/// A declared resource or component.
#[derive(Clone, PartialEq, Debug)]
pub struct Declaration {
    /// `aws:ec2:Volume`; for a component its type, `kimberlite:Cluster`.
    pub kind: String,
    /// The name that the program gave.
    pub name: String,
    /// A component only groups: no plugin knows it.
    pub component: bool,
    /// The component that it belongs to: an output made by [`Declarations::register`].
    pub parent: Option<OutputId>,
    /// Its inputs, a map; values may mention outputs.
    pub inputs: Value,
    /// What the engine is asked to do with it.
    pub options: Options,
    /// Where it was declared.
    pub source: Option<Source>,
}

impl Declaration {
    /// A resource with inputs (a map), outside of any component, without options.
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
pub struct Lookup {
    /// `aws:ec2:ami`.
    pub name: String,
    /// Its arguments, a map; values may mention outputs.
    pub arguments: Value,
    /// Where it was made.
    pub source: Option<Source>,
}

/// A call of a closure of the program, once its arguments are known.
#[derive(Clone, PartialEq, Debug)]
pub struct Transform {
    /// The number by which the program knows the closure.
    pub callback: u32,
    /// Its arguments; values may mention outputs.
    pub arguments: Vec<Value>,
}

/// An expression: how an output comes to its value.
#[derive(Clone, PartialEq, Debug)]
pub enum Expr {
    /// All properties of a declared resource: an index into [`Declarations::resources`].
    Resource(usize),
    /// The results of a lookup: an index into [`Declarations::lookups`].
    Lookup(usize),
    /// The exports of another stack of the same state, as a map.
    StackReference(String),
    /// A part of another output.
    Get(OutputId, Path),
    /// Texts and numbers, joined to one text.
    Concat(Vec<Value>),
    /// A closure's result.
    Transform(Transform),
    /// A value that mentions other outputs (also how a plain value or a secret becomes an output).
    Value(Value),
}

/// A cost, or a possible saving, that no resource's own price tells: traffic, snapshots, a commitment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Estimate {
    /// What costs, in a word or two: `data transfer`.
    pub label: String,
    /// How the figure comes about: `1,000 GB a month to the internet`.
    pub detail: String,
    /// It is not a cost but what could be saved; it is no part of a total.
    pub saving: bool,
    /// Millionths of a US dollar a month, from and to, `from` no more than `to`; `None`: not known.
    pub micros_a_month: Option<(u64, u64)>,
    /// Where the figure comes from, with its date; may be empty.
    pub source: String,
}

/// A line that the program wrote.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Log {
    /// `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// The text.
    pub message: String,
}

/// Everything that a program said in one run.
///
/// ```
/// use kim_model::{Declaration, Declarations, Expr, Path, Value};
///
/// let mut said = Declarations::default();
/// let vpc = said.register(Declaration::new("aws:ec2:Vpc", "main", [("cidr_block", "10.0.0.0/16")].into_iter().collect()));
/// let id = said.express(Expr::Get(vpc, Path::key("vpc_id")));
/// let inputs = [("vpc_id", Value::Output(id)), ("cidr_block", "10.0.1.0/24".into())];
/// said.register(Declaration::new("aws:ec2:Subnet", "a", inputs.into_iter().collect()));
/// said.exports.insert("vpc".to_owned(), Value::Output(id));
/// assert_eq!(said.resource_of(vpc), Some(0));
/// ```
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Declarations {
    /// Resources and components in the order of their declaration.
    pub resources: Vec<Declaration>,
    /// Lookups.
    pub lookups: Vec<Lookup>,
    /// Expressions; an [`OutputId`] is an index.
    pub expressions: Vec<Expr>,
    /// The stack's outputs.
    pub exports: BTreeMap<String, Value>,
    /// Costs and savings beside the prices of its resources, in the order of their declaration.
    pub estimates: Vec<Estimate>,
    /// What it logged.
    pub logs: Vec<Log>,
}

impl Declarations {
    /// Adds an expression.
    pub fn express(&mut self, expr: Expr) -> OutputId {
        self.expressions.push(expr);
        OutputId((self.expressions.len() - 1) as u32)
    }

    /// Adds a resource; the output stands for all of its properties.
    pub fn register(&mut self, declaration: Declaration) -> OutputId {
        self.resources.push(declaration);
        self.express(Expr::Resource(self.resources.len() - 1))
    }

    /// Adds a lookup; the output stands for all of its results.
    pub fn look_up(&mut self, lookup: Lookup) -> OutputId {
        self.lookups.push(lookup);
        self.express(Expr::Lookup(self.lookups.len() - 1))
    }

    /// The expression behind an output; `None` where a program made the number up.
    pub fn expression(&self, OutputId(id): OutputId) -> Option<&Expr> {
        self.expressions.get(id as usize)
    }

    /// The index of the resource that an output stands for, where it stands for one.
    pub fn resource_of(&self, output: OutputId) -> Option<usize> {
        match self.expression(output)? {
            Expr::Resource(index) => Some(*index),
            _ => None,
        }
    }
}
