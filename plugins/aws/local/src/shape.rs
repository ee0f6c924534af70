//! What an action reads, written down beside it.
//!
//! So nothing that a client sends is silently dropped.
//!
//! A shape is one line of text: members separated by spaces, each `Name` with these marks after it:
//! `!` required, `*` the idempotency token, `.N` a list, then its type: nothing for text, `:i` a
//! whole number, `:b` a boolean, `:t` a time, `:j` anything, `=a|b` one of these, `{…}` a
//! structure. For example `Size:i VolumeType=gp2|gp3 TagSpecification.N{ResourceType! Tag.N{Key!
//! Value}}`.

use crate::node::Node;
use crate::params::{Params, parse_flag};

/// The members that a structure may have.
#[derive(Debug, Default)]
pub struct Shape {
    members: Vec<Member>,
}

#[derive(Debug)]
struct Member {
    name: &'static str,
    required: bool,
    token: bool,
    list: bool,
    value_type: ValueType,
}

#[derive(Debug)]
enum ValueType {
    Text,
    Integer,
    Flag,
    Anything,
    OneOf(Vec<&'static str>),
    Structure(Shape),
}

/// How a request's parameters depart from their shape.
///
/// Each variant has the dotted path of the parameter.
#[derive(Debug, PartialEq, Eq)]
pub enum Flaw {
    /// AWS has no such parameter here, or this server does not read it.
    Unknown(String),
    /// A required parameter is absent or empty.
    Missing(String),
    /// A value has the wrong type or is not one of those allowed.
    Invalid {
        /// The dotted path.
        path: String,
        /// What was sent.
        value: String,
        /// What would have been right.
        wanted: String,
    },
}

impl Flaw {
    /// Returns the message for people.
    ///
    /// It says the path of the parameter and what is wrong with it.
    pub fn message(&self, action: &str) -> String {
        match self {
            Flaw::Unknown(path) => format!("The parameter {path} is not recognized in {action}"),
            Flaw::Missing(path) => format!("The request must contain the parameter {path}"),
            Flaw::Invalid { path, value, wanted } => {
                format!("Value ({value}) for parameter {path} is invalid. Expected: {wanted}")
            }
        }
    }
}

impl Shape {
    /// Reads the notation of this module.
    ///
    /// It is part of the program, so a mistake in it panics at start, with the text.
    pub fn parse(text: &'static str) -> Shape {
        let (shape, rest) = parse_members(text);
        assert!(rest.is_empty(), "the shape {text:?} has a stray '}}' before {rest:?}");
        shape
    }

    /// Returns the name of the idempotency token, if the action takes one.
    pub fn token(&self) -> Option<&'static str> {
        self.members.iter().find(|member| member.token).map(|member| member.name)
    }

    /// Returns parameters that match the shape, as an answer.
    ///
    /// Numbers and booleans have their types, and lists are in their order.
    pub fn typed(&self, params: &Params) -> Node {
        let given = params.members().filter_map(|(name, param)| {
            let member = self.members.iter().find(|member| member.name == name)?;
            let node = if member.list {
                Node::List(
                    params
                        .list(name)
                        .into_iter()
                        .map(|item| member.value_type.typed(item))
                        .collect(),
                )
            } else {
                member.value_type.typed(param)
            };
            Some((name.to_owned().into(), node))
        });
        Node::Object(given.collect())
    }

    /// Checks parameters against the shape.
    pub fn check(&self, params: &Params) -> Result<(), Flaw> {
        self.check_at(params, "")
    }

    fn check_at(&self, params: &Params, path: &str) -> Result<(), Flaw> {
        for (name, param) in params.members() {
            let path = join(path, name);
            match self.members.iter().find(|member| member.name == name) {
                None => return Err(Flaw::Unknown(path)),
                Some(member) if member.list => {
                    for (index, item) in param.members() {
                        let path = join(&path, index);
                        if !index.parse::<u64>().is_ok_and(|index| index > 0) {
                            return Err(Flaw::Unknown(path));
                        }
                        member.value_type.check(item, path)?;
                    }
                    if param.value().is_some_and(|value| !value.is_empty()) {
                        return Err(Flaw::Unknown(path));
                    }
                }
                Some(member) => member.value_type.check(param, path)?,
            }
        }
        let absent = |member: &&Member| member.required && params.get(member.name).is_none();
        self.members
            .iter()
            .find(absent)
            .map_or(Ok(()), |member| Err(Flaw::Missing(join(path, member.name))))
    }
}

impl ValueType {
    fn typed(&self, param: &Params) -> Node {
        let text = param.value().unwrap_or_default();
        match self {
            ValueType::Structure(shape) => shape.typed(param),
            ValueType::Integer => text.parse::<i64>().map_or(Node::Nothing, Node::from),
            ValueType::Flag => Node::from(parse_flag(text)),
            ValueType::Text | ValueType::Anything | ValueType::OneOf(_) => Node::from(text),
        }
    }

    fn check(&self, param: &Params, path: String) -> Result<(), Flaw> {
        let wanted = match (self, param.value()) {
            (ValueType::Anything, _) => return Ok(()),
            (ValueType::Structure(_), Some(_)) => "a structure".to_owned(),
            (ValueType::Structure(shape), None) => return shape.check_at(param, &path),
            (_, None) => {
                return Err(Flaw::Unknown(
                    param.members().next().map_or(path.clone(), |(name, _)| join(&path, name)),
                ));
            }
            (ValueType::Text, Some(_)) => return Ok(()),
            (ValueType::Integer, Some(value)) if value.parse::<i64>().is_ok() => return Ok(()),
            (ValueType::Integer, Some(_)) => "a whole number".to_owned(),
            (ValueType::Flag, Some(value)) if parse_flag(value).is_some() => return Ok(()),
            (ValueType::Flag, Some(_)) => "true or false".to_owned(),
            (ValueType::OneOf(allowed), Some(value)) if allowed.contains(&value) => return Ok(()),
            (ValueType::OneOf(allowed), Some(_)) => format!("one of {}", allowed.join(", ")),
        };
        Err(Flaw::Invalid { path, value: param.value().unwrap_or_default().to_owned(), wanted })
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Reads members up to the end or the `}` of this structure.
///
/// Returns them, and the text that follows.
fn parse_members(mut text: &'static str) -> (Shape, &'static str) {
    let mut shape = Shape::default();
    loop {
        text = text.trim_start();
        if text.is_empty() || text.starts_with('}') {
            return (shape, text.strip_prefix('}').unwrap_or(text));
        }
        let (member, rest) = parse_member(text);
        shape.members.push(member);
        text = rest;
    }
}

fn parse_member(text: &'static str) -> (Member, &'static str) {
    let (name, mut rest) = split(text, |c: char| !c.is_ascii_alphanumeric() && c != '-');
    assert!(!name.is_empty(), "a name is missing before {text:?}");
    let mut mark = |mark: &str| {
        let found = rest.strip_prefix(mark);
        rest = found.unwrap_or(rest);
        found.is_some()
    };
    let (required, token, list) = (mark("!"), mark("*"), mark(".N"));
    let (value_type, rest) = parse_value_type(rest);
    (Member { name, required, token, list, value_type }, rest)
}

fn parse_value_type(text: &'static str) -> (ValueType, &'static str) {
    let ends = |c: char| c.is_whitespace() || c == '}';
    match text.chars().next() {
        None | Some(' ' | '\n' | '}') => (ValueType::Text, text),
        Some('{') => {
            let (shape, rest) = parse_members(&text[1..]);
            (ValueType::Structure(shape), rest)
        }
        Some('=') => {
            let (values, rest) = split(&text[1..], ends);
            (ValueType::OneOf(values.split('|').collect()), rest)
        }
        Some(':') => {
            let (name, rest) = split(&text[1..], ends);
            let value_type = match name {
                "i" => ValueType::Integer,
                "b" => ValueType::Flag,
                "t" => ValueType::Text,
                "j" => ValueType::Anything,
                other => panic!("the shape has an unknown type {other:?}"),
            };
            (value_type, rest)
        }
        Some(other) => panic!("the shape has {other:?} before {text:?}"),
    }
}

fn split(text: &'static str, at: impl Fn(char) -> bool) -> (&'static str, &'static str) {
    text.split_at(text.find(at).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: &str = "Zone! Size:i Kind=a|b Token* Tag.N{Key! Value} Id.N Ebs{On:b} DryRun:b";

    fn check(form: &str) -> Result<(), Flaw> {
        Shape::parse(SHAPE).check(&Params::from_form(form).unwrap())
    }

    #[test]
    fn what_is_declared_passes() {
        assert_eq!(
            check("Zone=z&Size=-3&Kind=b&Tag.1.Key=k&Tag.2.Key=l&Tag.2.Value=&Id.1=x&Ebs.On=false"),
            Ok(())
        );
        assert_eq!(Shape::parse(SHAPE).token(), Some("Token"));
    }

    #[test]
    fn what_is_not_declared_is_named() {
        let unknown = |path: &str| Err(Flaw::Unknown(path.to_owned()));
        assert_eq!(check("Zone=z&Sise=1"), unknown("Sise"));
        assert_eq!(check("Zone=z&Tag.1.Key=k&Tag.1.Extra=1"), unknown("Tag.1.Extra"));
        assert_eq!(check("Zone=z&Id.x=1"), unknown("Id.x"));
        assert_eq!(check("Zone.Name=z"), unknown("Zone.Name"));
        assert_eq!(check("Size=1"), Err(Flaw::Missing("Zone".to_owned())));
        assert_eq!(check("Zone=z&Tag.1.Value=1"), Err(Flaw::Missing("Tag.1.Key".to_owned())));
        assert!(matches!(check("Zone=z&Size=1.5"), Err(Flaw::Invalid { .. })));
        assert!(matches!(check("Zone=z&Kind=c"), Err(Flaw::Invalid { .. })));
        assert!(matches!(check("Zone=z&Ebs.On=yes"), Err(Flaw::Invalid { .. })));
    }
}
