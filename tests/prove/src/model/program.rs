//! What a program declares, as the model reads it: the part of the fixture language that random
//! lives use.

use std::collections::{BTreeMap, BTreeSet};

/// A value that a program writes.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Expression {
    /// A number or a text.
    Plain(String),
    /// The id of a resource, by its URN.
    Id(String),
    /// The id of a resource in capitals, by its URN.
    Upper(String),
    /// The `size` of a resource, by its URN.
    Size(String),
}

impl Expression {
    /// Returns the URN of the resource that it refers to.
    pub(super) fn target(&self) -> Option<&String> {
        match self {
            Expression::Plain(_) => None,
            Expression::Id(urn) | Expression::Upper(urn) | Expression::Size(urn) => Some(urn),
        }
    }
}

/// A resource that a program declares.
#[derive(Clone, Debug, Default)]
pub(super) struct Declared {
    /// Kind and name: a resource of another kind is another one.
    pub(super) urn: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) inputs: BTreeMap<String, Expression>,
    /// The URNs that it refers to, waits for or is contained in.
    pub(super) dependencies: BTreeSet<String>,
    pub(super) container: Option<String>,
    pub(super) protect: bool,
    pub(super) retain: bool,
    pub(super) deletes_first: bool,
    /// True if the program itself says that a new copy comes first: that is never turned around.
    pub(super) creates_first: bool,
    pub(super) ignored: Vec<String>,
    pub(super) replacing: Vec<String>,
    /// The URNs that it had.
    pub(super) aliases: Vec<String>,
}

/// What a program declares.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    pub(super) resources: Vec<Declared>,
    pub(super) exports: BTreeMap<String, Expression>,
}

impl Program {
    /// Reads a program.
    pub(super) fn parse(lines: &[String]) -> Program {
        let mut program = Program::default();
        let mut urns: BTreeMap<String, String> = BTreeMap::new();
        for line in lines {
            let (name, rest) = line.split_once(": ").unwrap_or_else(|| panic!("no line: {line}"));
            if name == "export" {
                let (key, value) = rest.split_once('=').unwrap();
                program.exports.insert(key.to_owned(), expression(value, &urns));
                continue;
            }
            let resource = declared(name, rest, &urns);
            urns.insert(name.to_owned(), resource.urn.clone());
            program.resources.push(resource);
        }
        program
    }

    /// Returns the resource of a URN.
    pub(super) fn find(&self, urn: &str) -> Option<&Declared> {
        self.resources.iter().find(|resource| resource.urn == urn)
    }
}

fn declared(name: &str, rest: &str, urns: &BTreeMap<String, String>) -> Declared {
    let mut words = rest.split_whitespace();
    let kind = words.next().unwrap_or_default();
    let mut resource = Declared {
        urn: format!("{kind}/{name}"),
        name: name.to_owned(),
        kind: kind.to_owned(),
        deletes_first: kind == "Unique",
        ..Declared::default()
    };
    for word in words {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        match key {
            "!protect" => resource.protect = true,
            "!retain" => resource.retain = true,
            "!dbr" => (resource.deletes_first, resource.creates_first) = (true, false),
            "!cbd" => (resource.deletes_first, resource.creates_first) = (false, true),
            "!after" => drop(resource.dependencies.insert(urns[value].clone())),
            "!with" => {
                resource.dependencies.insert(urns[value].clone());
                resource.container = Some(urns[value].clone());
            }
            "!ignore" => resource.ignored.push(value.to_owned()),
            "!replaces" => resource.replacing.push(value.to_owned()),
            "!alias" => resource.aliases.push(format!("{kind}/{value}")),
            option if option.starts_with('!') => panic!("the model knows no option {option}"),
            input => {
                let value = expression(value, urns);
                resource.dependencies.extend(value.target().cloned());
                resource.inputs.insert(input.to_owned(), value);
            }
        }
    }
    resource
}

fn expression(text: &str, urns: &BTreeMap<String, String>) -> Expression {
    let id = |text: &str| text.strip_suffix(".id").and_then(|name| urns.get(name)).cloned();
    if let Some(inner) = text.strip_prefix("up(").and_then(|rest| rest.strip_suffix(')')) {
        return id(inner).map_or(Expression::Plain(inner.to_uppercase()), Expression::Upper);
    }
    if let Some(urn) = text.strip_suffix(".size").and_then(|name| urns.get(name)) {
        return Expression::Size(urn.clone());
    }
    id(text).map_or(Expression::Plain(text.to_owned()), Expression::Id)
}
