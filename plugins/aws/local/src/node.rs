//! The tree of an answer, whatever the protocol.
//!
//! The query protocols write a `Node` as XML and the others as JSON, so that an action says its
//! answer once. `Nothing` and `Hidden` are left out in both.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One node of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Node {
    /// An absent member.
    Nothing,
    /// Text, also ids and times.
    Text(Cow<'static, str>),
    /// A whole number.
    Number(i64),
    /// A number with a fraction, such as KMS's times.
    Float(f64),
    /// A boolean.
    Flag(bool),
    /// A list.
    ///
    /// In XML, each element has the protocol's element name (`item` or `member`).
    List(Vec<Node>),
    /// Members in the order in which they are written.
    Object(Vec<(Cow<'static, str>, Node)>),
    /// A member that filters compare and that no answer contains.
    Hidden(Box<Node>),
}

/// An object node.
///
/// Write it as `node! { "volumeId" => id, "iops" => Some(3000), "tagSet" => tags }`.
#[macro_export]
macro_rules! node {
    ($($name:expr => $value:expr),* $(,)?) => {
        $crate::node::Node::Object(vec![$((::std::borrow::Cow::from($name), $crate::node::Node::from($value))),*])
    };
}

impl Node {
    /// Returns a list of values that become nodes.
    pub fn list<T: Into<Node>>(items: impl IntoIterator<Item = T>) -> Node {
        Node::List(items.into_iter().map(Into::into).collect())
    }

    /// Returns a member that only filters see.
    pub fn hidden(value: impl Into<Node>) -> Node {
        Node::Hidden(Box::new(value.into()))
    }

    /// Returns true for what answers leave out.
    fn is_left_out(&self) -> bool {
        matches!(self, Node::Nothing | Node::Hidden(_))
    }

    /// Returns this object without the lists of these names that are empty.
    pub fn without_empty(mut self, names: &[&str]) -> Node {
        if let Node::Object(members) = &mut self {
            members.retain(|(name, node)| {
                !names.contains(&name.as_ref()) || *node != Node::List(Vec::new())
            });
        }
        self
    }

    /// Returns this object with one more member at its end.
    ///
    /// Anything but an object is returned as it is.
    pub fn with(mut self, name: &'static str, value: impl Into<Node>) -> Node {
        if let Node::Object(members) = &mut self {
            members.push((Cow::Borrowed(name), value.into()));
        }
        self
    }

    /// Returns all leaves under a dotted path as text, lists flattened.
    ///
    /// These are the values that a filter is compared with.
    pub fn leaves(&self, path: &str) -> Vec<String> {
        match self {
            Node::List(items) => items.iter().flat_map(|item| item.leaves(path)).collect(),
            Node::Object(members) => {
                let (head, rest) = path.split_once('.').unwrap_or((path, ""));
                members
                    .iter()
                    .filter(|(name, _)| name == head)
                    .flat_map(|(_, node)| node.leaves(rest))
                    .collect()
            }
            Node::Hidden(node) => node.leaves(path),
            Node::Nothing => Vec::new(),
            leaf => vec![leaf.text()],
        }
    }

    fn text(&self) -> String {
        match self {
            Node::Text(text) => text.to_string(),
            Node::Number(number) => number.to_string(),
            Node::Float(number) => number.to_string(),
            Node::Flag(flag) => flag.to_string(),
            Node::Nothing | Node::Hidden(_) | Node::List(_) | Node::Object(_) => String::new(),
        }
    }

    /// Writes the node as XML members; `element` names the elements of lists.
    pub fn write_xml(&self, element: &str, out: &mut String) {
        match self {
            Node::Object(members) => {
                for (name, node) in members.iter().filter(|(_, node)| !node.is_left_out()) {
                    write_element(name, node, element, out);
                }
            }
            Node::List(items) => {
                items.iter().for_each(|item| write_element(element, item, element, out))
            }
            leaf => escape(&leaf.text(), out),
        }
    }

    /// Returns the node as JSON; absent members are left out.
    pub fn to_json(&self) -> Value {
        match self {
            Node::Nothing | Node::Hidden(_) => Value::Null,
            Node::Text(text) => Value::from(text.as_ref()),
            Node::Number(number) => Value::from(*number),
            Node::Float(number) => Value::from(*number),
            Node::Flag(flag) => Value::from(*flag),
            Node::List(items) => items.iter().map(Node::to_json).collect(),
            Node::Object(members) => {
                let present = members.iter().filter(|(_, node)| !node.is_left_out());
                Value::Object(
                    present.map(|(name, node)| (name.to_string(), node.to_json())).collect(),
                )
            }
        }
    }
}

fn write_element(name: &str, node: &Node, element: &str, out: &mut String) {
    out.push('<');
    out.push_str(name);
    out.push('>');
    node.write_xml(element, out);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// Appends `text`, escaped for XML.
///
/// Special characters are escaped, and characters that XML cannot hold are replaced.
pub fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            // XML 1.0, production 2: these are the characters that a document may contain.
            '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => {
                out.push(character)
            }
            _ => out.push('\u{fffd}'),
        }
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Node {
        Node::Text(Cow::Owned(text.to_owned()))
    }
}
impl From<String> for Node {
    fn from(text: String) -> Node {
        Node::Text(Cow::Owned(text))
    }
}
impl From<&String> for Node {
    fn from(text: &String) -> Node {
        Node::from(text.as_str())
    }
}
impl From<i64> for Node {
    fn from(number: i64) -> Node {
        Node::Number(number)
    }
}
impl From<f64> for Node {
    fn from(number: f64) -> Node {
        Node::Float(number)
    }
}
impl From<bool> for Node {
    fn from(flag: bool) -> Node {
        Node::Flag(flag)
    }
}
impl<T: Into<Node>> From<Option<T>> for Node {
    fn from(value: Option<T>) -> Node {
        value.map_or(Node::Nothing, Into::into)
    }
}
impl<T: Into<Node>> From<Vec<T>> for Node {
    fn from(items: Vec<T>) -> Node {
        Node::list(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_compared_and_not_written() {
        let node =
            node! { "a" => 1, "b" => Node::hidden("x"), "c" => node! { "d" => Node::hidden(2) } };
        assert_eq!(node.leaves("b"), ["x"]);
        assert_eq!(node.leaves("c.d"), ["2"]);
        assert_eq!(node.to_json().to_string(), r#"{"a":1,"c":{}}"#);
        let mut xml = String::new();
        node.write_xml("item", &mut xml);
        assert_eq!(xml, "<a>1</a><c></c>");
    }

    #[test]
    fn xml_has_only_characters_that_xml_allows() {
        let mut xml = String::new();
        escape("a\u{0}b\u{1f}\u{7f}\u{d7ff}\u{e000}\u{fffe}\u{ffff}\u{1fffe}<\r\t\n", &mut xml);
        assert_eq!(
            xml,
            "a\u{fffd}b\u{fffd}\u{7f}\u{d7ff}\u{e000}\u{fffd}\u{fffd}\u{1fffe}&lt;&#13;\t\n"
        );
    }
}
