//! A program that does what the stack's name says.

wit_bindgen::generate!({ path: "../../../../wit/program-0.1", world: "program" });

use exports::kim::program::deployment::Guest;
use kim::program::stack::{self, Alias, Declaration, Estimate, Former, FormerParent, Level, Options, Source, Timeouts};
use kim::program::values::{Node, Value};

struct Program;
export!(Program);

fn value(node: Node) -> Value {
    Value { nodes: vec![node], root: 0 }
}

fn text(text: &str) -> Value {
    value(Node::Text(text.to_owned()))
}

fn options() -> Options {
    Options {
        protect: Some(false),
        retain_on_delete: None,
        delete_before_replace: None,
        depends_on: vec![],
        ignore_changes: vec!["tags.Team".to_owned()],
        replace_on_changes: vec![],
        aliases: vec![
            Alias::Name("old".to_owned()),
            Alias::Former(Former {
                name: None,
                kind: Some("test:Thinj".to_owned()),
                parent: FormerParent::Component("g/h".to_owned()),
                project: Some("q".to_owned()),
            }),
        ],
        deleted_with: None,
        replace_with: vec![],
        timeouts: Timeouts { create_seconds: Some(60), update_seconds: None, delete_seconds: Some(0) },
        secret_outputs: vec!["endpoint.password".to_owned()],
    }
}

fn declare(kind: &str, name: &str, parent: Option<u32>, inputs: Value) -> u32 {
    stack::register(&Declaration {
        kind: kind.to_owned(),
        name: name.to_owned(),
        component: kind == "test:Group",
        parent,
        inputs,
        options: options(),
        source: Some(Source { file: "src/lib.rs".to_owned(), line: line!() }),
    })
}

/// Declares a thing with these options.
fn with(options: Options) {
    let (kind, name) = ("test:Thing".to_owned(), "a".to_owned());
    let inputs = value(Node::Map(vec![]));
    stack::register(&Declaration { kind, name, component: false, parent: None, inputs, options, source: None });
}

/// Returns a text that is longer than any name.
fn long() -> String {
    "x".repeat(20 << 20)
}

fn estimate(label: &str, micros_a_month: Option<(u64, u64)>) {
    let (detail, source) = ("900 GB".to_owned(), "list prices, 2026-01-15".to_owned());
    let saving = label == "saved";
    stack::declare_estimate(&Estimate { label: label.to_owned(), detail, saving, micros_a_month, source });
}

impl Guest for Program {
    fn run() -> Result<(), String> {
        match stack::name().as_str() {
            "good" => good(),
            "error" => return Err("no zones are configured".to_owned()),
            "panic" => panic!("no such preset: huge"),
            "exit" => std::process::exit(3),
            "error-after-a-panic" => {
                println!("a thread panicked at src/zones.rs:1, which is fine");
                return Err("no zones are configured".to_owned());
            }
            "loop" => spin(),
            "sleep" => std::thread::sleep(std::time::Duration::from_secs(3600)),
            "memory" => hoard(),
            "recursion" => println!("{}", recurse(1)),
            "made-up" => stack::export("x", &value(Node::Output(7))),
            "no-map" => _ = declare("test:Thing", "a", None, text("x")),
            "no-map-group" => _ = declare("test:Group", "g", None, value(Node::List(vec![]))),
            "made-up-parent" => _ = declare("test:Thing", "a", Some(9), text("x")),
            "forward" => stack::export("x", &Value { nodes: vec![Node::List(vec![1]), Node::Null], root: 0 }),
            "deep" => stack::export("x", &nested(65)),
            "deep-enough" => stack::export("x", &nested(64)),
            "laughs" => stack::export("x", &laughs()),
            "many" => stack::export("x", &flat(1_000_001)),
            "nan" => stack::export("x", &value(Node::Float(f64::NAN))),
            "twice" => (0..2).for_each(|_| stack::export("x", &value(Node::Null))),
            "twice-at-length" => (0..2).for_each(|_| stack::export(&"x".repeat(1 << 20), &value(Node::Null))),
            "key-twice-at-length" => {
                let key = "x".repeat(1 << 20);
                stack::export("x", &Value { nodes: vec![Node::Null, Node::Map(vec![(key.clone(), 0), (key, 0)])], root: 1 });
            }
            "part-at-length" => _ = stack::get(stack::wrap(&value(Node::Null)), &"[".repeat(1 << 20)),
            "panic-at-length" => panic!("{}", format!("{}\n", "x".repeat(1 << 10)).repeat(1 << 10)),
            "parts" => {
                let whole = stack::wrap(&value(Node::Null));
                let path = "a.".repeat(2_000) + "a";
                loop {
                    stack::get(whole, &path);
                }
            }
            "texts" => loop {
                stack::wrap(&text(&long().repeat(3)));
            },
            "name-at-length" => _ = declare("test:Thing", &long(), None, text("x")),
            "kind-at-length" => _ = declare(&long(), "x", None, text("x")),
            "file-at-length" => {
                let source = Some(Source { file: long(), line: 1 });
                _ = stack::look_up("test:find", &text("x"), source.as_ref());
            }
            "lookup-at-length" => _ = stack::look_up(&long(), &text("x"), None),
            "reference-at-length" => _ = stack::stack_reference(&long()),
            "key-at-length" => {
                let map = Node::Map(vec![(long(), 0)]);
                stack::wrap(&Value { nodes: vec![Node::Null, map], root: 1 });
            }
            "path-at-length" => with(Options { ignore_changes: vec![long()], ..options() }),
            "alias-at-length" => with(Options { aliases: vec![Alias::Urn(long())], ..options() }),
            "endless" => loop {
                stack::wrap(&value(Node::Null));
            },
            "estimates" => (0..1_000).for_each(|n| estimate(&format!("cost {n}"), Some((n, n)))),
            "estimates-without-end" => loop {
                estimate("cost", None);
            },
            "estimate-backwards" => estimate("traffic", Some((2, 1))),
            "estimate-at-length" => estimate(&"x".repeat(1 << 20), Some((2, 1))),
            "chatter" => (0..20_000).for_each(|n| println!("line {n}")),
            "outside" => outside(),
            "closures" => {}
            other => return Err(format!("no behaviour is called {other}")),
        }
        Ok(())
    }

    fn transform(callback: u32, arguments: Vec<Value>) -> Result<Value, String> {
        match callback {
            0 => Ok(arguments.into_iter().next().unwrap_or_else(|| value(Node::Null))),
            1 => Err("the list is empty".to_owned()),
            2 => spin(),
            3 => {
                stack::wrap(&value(Node::Null));
                Ok(value(Node::Null))
            }
            4 => Ok(value(Node::Output(0))),
            5 => {
                estimate("too late", None);
                Ok(value(Node::Null))
            }
            6 => {
                std::thread::sleep(std::time::Duration::from_secs(1));
                Ok(value(Node::Null))
            }
            _ => panic!("no closure has the number {callback}"),
        }
    }
}

fn good() {
    println!("hello from {}", stack::project());
    eprint!("no end of line");
    stack::log(Level::Warn, "careful");
    let group = declare("test:Group", "g", None, value(Node::Map(vec![])));
    let inputs = Value {
        nodes: vec![
            Node::Integer(8),
            Node::Text("s3cret".to_owned()),
            Node::Secret(1),
            Node::List(vec![0, 0]),
            Node::Map(vec![("size".to_owned(), 0), ("password".to_owned(), 2), ("twice".to_owned(), 3)]),
        ],
        root: 4,
    };
    let thing = declare("test:Thing", "t", Some(group), inputs);
    let id = stack::get(thing, "id");
    let found = stack::look_up("test:find", &text("x"), None);
    let joined = stack::concat(&[text("id="), value(Node::Output(id))]);
    let longer = stack::transform(0, &[value(Node::Output(joined)), value(Node::Output(found))]);
    stack::export("longer", &value(Node::Output(longer)));
    stack::export("settings", &stack::settings());
    let random = std::collections::hash_map::RandomState::new();
    stack::export("random", &text(&format!("{:x}", std::hash::BuildHasher::hash_one(&random, 1))));
    estimate("traffic", Some((1, 4)));
    estimate("saved", None);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    stack::export("now", &text(&format!("{now:?}")));
}

/// What the world outside looks like from in here.
fn outside() {
    let file = std::fs::read_to_string("/etc/hostname").is_ok();
    let written = std::fs::write("x", "x").is_ok();
    let variables = std::env::vars().count();
    let connected = std::net::TcpStream::connect("127.0.0.1:22").map_err(|error| error.kind());
    let listening = std::net::UdpSocket::bind("127.0.0.1:0").is_ok();
    stack::export("outside", &text(&format!("{file} {written} {variables} {} {listening}", connected.is_ok())));
}

fn spin() -> ! {
    let mut n = 0u64;
    loop {
        n = std::hint::black_box(n.wrapping_add(1));
    }
}

fn hoard() {
    let mut all: Vec<Vec<u8>> = Vec::new();
    loop {
        all.push(vec![1; 1 << 20]);
        std::hint::black_box(&all);
    }
}

fn recurse(n: u64) -> u64 {
    let space = std::hint::black_box([n; 64]);
    if space[3] == 0 { 0 } else { 1 + recurse(n + 1) }
}

/// Lists in lists, `levels` in all.
fn nested(levels: u32) -> Value {
    let mut nodes = vec![Node::Null];
    nodes.extend((0..levels - 1).map(|inner| Node::List(vec![inner])));
    Value { root: levels - 1, nodes }
}

/// Forty nodes that stand for a tree of 2^40.
fn laughs() -> Value {
    let mut nodes = vec![Node::Text("ha".to_owned())];
    nodes.extend((0..40).map(|inner| Node::List(vec![inner, inner])));
    Value { root: 40, nodes }
}

fn flat(count: u32) -> Value {
    let mut nodes = vec![Node::Null; count as usize - 1];
    nodes.push(Node::List((0..count - 1).collect()));
    Value { root: count - 1, nodes }
}
