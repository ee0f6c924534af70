//! Declarations: too many, too long, too deep, or of what is not there.

use super::kim::program::stack::{self, Alias, Declaration};
use super::kim::program::values::Node;
use super::speak::DIRTY;
use super::{component, configured, map, no_options, output, plain, text, thing, times};

/// Returns false if there is no such act here.
pub(crate) fn act(does: &str) -> bool {
    if let Some(declaration) = declaration(does) {
        stack::register(&declaration);
        return true;
    }
    many(does) || apart(does)
}

fn quiet() -> Node {
    Node::Text("quiet".to_owned())
}

fn declaration(does: &str) -> Option<Declaration> {
    let named = |name: &str| thing(name, quiet());
    let long = || "x".repeat(20 << 20);
    let with_alias = |alias| {
        let options = stack::Options { aliases: vec![alias], ..no_options() };
        Declaration { options, ..named("a") }
    };
    Some(match does {
        "name of 20 MB" => named(&long()),
        "name of 2 KB" => named(&"x".repeat(2 << 10)),
        "no name" => named(""),
        "name that climbs" => named("../../../../etc/passwd"),
        "name of a format" => named("%s%n%00"),
        "name that is a graph" => named("a\"]; evil [label=\"b"),
        "kind of 20 MB" => Declaration { kind: long(), ..named("a") },
        "kind that climbs" => Declaration { kind: "hostile:../../Thing".to_owned(), ..named("a") },
        "kind of nobody" => Declaration { kind: "hostile:Nothing".to_owned(), ..named("a") },
        "dirty kind" => Declaration { kind: DIRTY.to_owned(), ..named("a") },
        "dirty kind of a component" => Declaration { kind: DIRTY.to_owned(), ..component("a", None) },
        "source of 20 MB" => {
            Declaration { source: Some(stack::Source { file: long(), line: 1 }), ..thing("a", Node::Integer(1)) }
        }
        "dirty source" => {
            let source = Some(stack::Source { file: DIRTY.to_owned(), line: 1 });
            Declaration { source, ..thing("a", Node::Integer(1)) }
        }
        "inside a resource" => Declaration { parent: Some(plain("a")), ..named("b") },
        "inside nothing" => Declaration { parent: Some(4000), ..named("a") },
        "alias of 20 MB" => with_alias(Alias::Name(long())),
        "alias that is no URN" => with_alias(Alias::Urn(DIRTY.to_owned())),
        "alias of another project" => with_alias(Alias::Urn("kim:victim/dev/hostile:Thing/a".to_owned())),
        "depends on nothing" => {
            Declaration { options: stack::Options { depends_on: vec![4000], ..no_options() }, ..named("a") }
        }
        "a bad path to ignore" => {
            let options = stack::Options { ignore_changes: vec!["a[b".to_owned()], ..no_options() };
            Declaration { options, ..named("a") }
        }
        "property of 20 MB" => Declaration { inputs: map(vec![(&long(), quiet())]), ..named("a") },
        "wrong type" => thing("a", Node::Integer(7)),
        "wrong type of a secret" => {
            let mut inputs = map(vec![("size", Node::Text(configured("password"))), ("title", quiet())]);
            inputs.nodes.insert(1, Node::Secret(0));
            inputs.nodes[3] = Node::Map(vec![("size".to_owned(), 1), ("title".to_owned(), 2)]);
            Declaration { inputs: crate::Value { root: 3, nodes: inputs.nodes }, ..named("a") }
        }
        _ => return None,
    })
}

fn many(does: &str) -> bool {
    match does {
        "resources" => (0..10_000_000).for_each(|n| _ = plain(&format!("a{n}"))),
        "outputs" => {
            let thing = plain("a");
            (0..10_000_000).for_each(|_| _ = stack::get(thing, "thing_id"));
        }
        "exports" => {
            let large = text(&"x".repeat(1 << 20));
            (0..10_000).for_each(|n| stack::export(&format!("large-{n}"), &large));
        }
        "dependencies" => {
            let one = plain("a");
            let options = || stack::Options { depends_on: vec![one; 1_000_000], ..no_options() };
            (0..30).for_each(|n| {
                let declaration = Declaration { options: options(), ..thing(&format!("b{n}"), quiet()) };
                stack::register(&declaration);
            });
        }
        "aliases" => {
            let aliases = || (0..100_000).map(|n| Alias::Name(format!("old{n}"))).collect();
            (0..100).for_each(|n| {
                let options = stack::Options { aliases: aliases(), ..no_options() };
                stack::register(&Declaration { options, ..thing(&format!("b{n}"), quiet()) });
            });
        }
        "errors" => (0..200_000).for_each(|n| _ = stack::register(&thing(&format!("a{n}"), Node::Integer(1)))),
        "components inside each other" => {
            let mut parent = None;
            (0..times()).for_each(|n| parent = Some(stack::register(&component(&format!("c{n}"), parent))));
        }
        "components and a chain" => {
            let mut last = plain("a");
            for n in 0..times() {
                let group = stack::register(&component(&format!("c{n}"), None));
                last = stack::wrap(&super::outputs(&[last, group]));
            }
            stack::export("it", &output(last));
        }
        "things" => {
            let title = text_of(&configured("text"));
            (0..times()).for_each(|n| _ = stack::register(&thing(&format!("t{n}"), Node::Text(title.clone()))));
        }
        "lookups" => (0..10_000_000).for_each(|_| _ = stack::look_up("hostile:found", &map(vec![]), None)),
        _ => return false,
    }
    true
}

fn text_of(text: &str) -> String {
    if text.is_empty() { "quiet".to_owned() } else { text.to_owned() }
}

fn apart(does: &str) -> bool {
    match does {
        "twice" => (0..2).for_each(|_| _ = plain("a")),
        "export twice" => (0..2).for_each(|_| stack::export("a", &text("b"))),
        "export without a name" => stack::export("", &text("b")),
        "export of 20 MB" => stack::export(&"x".repeat(20 << 20), &text("b")),
        "a lookup of nobody" => _ = stack::look_up("hostile:nothing", &map(vec![]), None),
        "a lookup" => {
            let secret = configured("password");
            let mut arguments = map(vec![("text", Node::Text(secret)), ("text", Node::Null)]);
            arguments.nodes = vec![arguments.nodes[0].clone(), Node::Secret(0), Node::Map(vec![("text".to_owned(), 1)])];
            let found = stack::look_up("hostile:found", &crate::Value { root: 2, nodes: arguments.nodes }, None);
            stack::export("found", &output(stack::get(found, "title")));
        }
        "another stack that climbs" => {
            let other = stack::stack_reference("../../etc/passwd");
            stack::export("other", &output(other));
        }
        "another stack that is not there" => {
            let other = stack::stack_reference("victim/dev");
            stack::export("other", &output(other));
        }
        "a secret thing" => {
            let nodes = vec![
                Node::Text(configured("password")),
                Node::Secret(0),
                quiet(),
                Node::Map(vec![("password".to_owned(), 1), ("title".to_owned(), 2)]),
            ];
            let inputs = crate::Value { root: 3, nodes };
            let id = stack::register(&Declaration { inputs, ..thing("a", Node::Null) });
            stack::export("echo", &output(stack::get(id, "echo")));
        }
        "all settings" => stack::export("settings", &stack::settings()),
        _ => return false,
    }
    true
}
