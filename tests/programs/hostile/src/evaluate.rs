//! Expressions that come to more than they look like, and closures.

use super::kim::program::stack;
use super::kim::program::values::{Node, Value};
use super::{configured, map, output, outputs, plain, single, text, thing, times};

/// Returns false if there is no such act here.
pub(crate) fn act(does: &str) -> bool {
    let large = || stack::wrap(&text(&"x".repeat(60 << 20)));
    match does {
        "concat doubles" => export(doubled(stack::wrap(&text("xxxxxxxx")), |o| stack::concat(&[output(o), output(o)]))),
        "wrap doubles" => export(doubled(stack::wrap(&text("x")), |o| stack::wrap(&outputs(&[o, o])))),
        "an input doubles" => {
            let last = doubled(stack::wrap(&text("xxxxxxxx")), |o| stack::concat(&[output(o), output(o)]));
            stack::register(&thing("a", Node::Output(last)));
        }
        "an id doubles" => {
            let id = stack::get(plain("a"), "thing_id");
            let last = doubled(id, |o| stack::concat(&[output(o), output(o)]));
            stack::register(&thing("b", Node::Output(last)));
        }
        "levels" => export((0..times()).fold(stack::wrap(&text("x")), |o, _| stack::wrap(&outputs(&[o])))),
        "mentions" => {
            let large = large();
            let all: Vec<u32> = (0..200).map(|_| stack::wrap(&output(large))).collect();
            all.iter().enumerate().for_each(|(n, id)| stack::export(&format!("e{n}"), &output(*id)));
        }
        "parts" => {
            let value = map(vec![("a", Node::Text("x".repeat(60 << 20)))]);
            let large = stack::wrap(&value);
            (0..200).for_each(|n| stack::export(&format!("e{n}"), &output(stack::get(large, "a"))));
        }
        "a list of mentions" => export(stack::wrap(&outputs(&[large(); 200]))),
        "large closures" => {
            (0..200).for_each(|n| stack::export(&format!("e{n}"), &output(stack::transform(0, &[text("")]))));
        }
        "an output in a closure" => export(stack::transform(1, &[])),
        "a closure that declares" => export(stack::transform(2, &[])),
        "a closure that loops" => export(stack::transform(3, &[])),
        "slow closures" => {
            (0..times()).for_each(|n| stack::export(&format!("e{n}"), &output(stack::transform(4, &[]))));
        }
        "a closure that panics with a secret" => export(stack::transform(5, &[secret()])),
        "a closure that fails with a secret" => export(stack::transform(6, &[secret()])),
        "a closure that says a secret" => export(stack::transform(7, &[secret()])),
        "a closure that returns what is infinite" => export(stack::transform(8, &[])),
        "a closure that returns 65 levels" => export(stack::transform(9, &[])),
        "a closure of no number" => export(stack::transform(77, &[])),
        "a dirty closure" => export(stack::transform(10, &[])),
        "closures" => (0..1_000_000).for_each(|_| _ = stack::transform(1, &[text(&"x".repeat(1000))])),
        _ => return false,
    }
    true
}

/// Computes what a closure of this program returns.
pub(crate) fn transform(callback: u32, arguments: Vec<Value>) -> Result<Value, String> {
    let said = || match arguments.first().and_then(|value| value.nodes.get(value.root as usize)) {
        Some(Node::Text(text)) => text.clone(),
        _ => String::new(),
    };
    match callback {
        0 => Ok(text(&"x".repeat(60 << 20))),
        1 => Ok(output(0)),
        2 => Ok(output(plain("too late"))),
        3 => super::speak::spin(),
        4 => {
            let mut n = 0u64;
            (0..1_500_000_000u64).for_each(|_| n = std::hint::black_box(n.wrapping_add(1)));
            Ok(single(Node::Integer(n as i64)))
        }
        5 => panic!("it is {}", said()),
        6 => Err(format!("it is {}", said())),
        7 => {
            println!("it is {}", said());
            Ok(text("done"))
        }
        8 => Ok(single(Node::Float(f64::INFINITY))),
        9 => {
            let mut nodes = vec![Node::Null];
            nodes.extend((0..64).map(|inner| Node::List(vec![inner])));
            Ok(Value { root: 64, nodes })
        }
        10 => Err(super::speak::DIRTY.to_owned()),
        _ => Err(format!("there is no closure {callback}")),
    }
}

fn export(id: u32) {
    stack::export("it", &output(id));
}

fn doubled(first: u32, double: impl Fn(u32) -> u32) -> u32 {
    (0..times()).fold(first, |last, _| double(last))
}

fn secret() -> Value {
    Value { nodes: vec![Node::Text(configured("password")), Node::Secret(0)], root: 1 }
}
