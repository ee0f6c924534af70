//! Words for people: too many, too long, for a terminal, or with a secret.

use crate::exports::kim::plugin::provider::{Cost, Failure, Partial, Violation};
use crate::kim::plugin::host::{self, Level};
use crate::kim::plugin::values::{Node, Value};

/// What a terminal must not receive: a title, a cleared screen, a bell, colours, and other directions of writing.
pub(crate) const DIRTY: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[31mred\u{0}\nerror: forged\n::add-mask::x\r\
                                safe\u{202e}txt.exe\u{200b}\u{2066}";

/// Logs, panics or fails with words.
pub(crate) fn say(act: &str, secret: &str) -> Result<(), Failure> {
    let it = format!("it is {secret}");
    match act {
        "log lines" => (0..200_000).for_each(|n| host::log(Level::Warn, &format!("line {n}"))),
        "print lines" => (0..200_000).for_each(|n| println!("line {n}")),
        "log 130 MB" => host::log(Level::Warn, &"x".repeat(130 << 20)),
        "log 5 MB" => host::log(Level::Warn, &"loud ".repeat(1 << 20)),
        "dirty log" => host::log(Level::Warn, DIRTY),
        "dirty failure" => return Err(Failure::Other(DIRTY.to_owned())),
        "dirty denied" => return Err(Failure::Denied(DIRTY.to_owned())),
        "dirty invalid" => return Err(Failure::Invalid((DIRTY.to_owned(), DIRTY.to_owned()))),
        "dirty panic" => panic!("{DIRTY}"),
        "dirty partial" => return Err(partial("thing-partial", DIRTY)),
        "fail at length" => return Err(Failure::Other("no ".repeat(1 << 20))),
        "panic at length" => panic!("{}", "no ".repeat(1 << 20)),
        "long partial" => return Err(partial(&"x".repeat(100 << 20), "half")),
        "partial of 3 KB" => return Err(partial(&"x".repeat(3 << 10), "half")),
        "partial without an id" => return Err(partial("", "half")),
        "secret log" => host::log(Level::Warn, &it),
        "secret print" => println!("{it}"),
        "secret failure" => return Err(Failure::Other(it)),
        "secret denied" => return Err(Failure::Denied(it)),
        "secret conflict" => return Err(Failure::Conflict(it)),
        "secret throttled" => return Err(Failure::Throttled(it)),
        "secret invalid" => return Err(Failure::Invalid(("title".to_owned(), it))),
        "secret panic" => panic!("{it}"),
        "secret partial" => return Err(partial("thing-partial", &it)),
        "secret id" => return Err(partial(&it, "half")),
        "secret with escapes" => return Err(Failure::Other(format!("{secret:?}"))),
        "secret in a URL" => return Err(Failure::Other(format!("GET /?p={}", encoded(secret)))),
        "secret in lower case" => return Err(Failure::Other(secret.to_lowercase())),
        _ => {}
    }
    Ok(())
}

fn encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

fn partial(id: &str, message: &str) -> Failure {
    let outputs = Value { nodes: vec![Node::Map(vec![])], root: 0 };
    Failure::Partial(Partial { id: id.to_owned(), outputs, message: message.to_owned() })
}

/// Returns the pause and the status of an operation that goes on; `None`: it is done.
pub(crate) fn again(act: &str, secret: &str) -> Option<(u32, String)> {
    Some(match act {
        "again at once" => (0, "pending".to_owned()),
        "again at the end of time" => (u32::MAX, "pending".to_owned()),
        "again at length" => (0, "pending ".repeat(7 << 20)),
        "dirty again" => (0, DIRTY.to_owned()),
        "secret again" => (0, format!("it is {secret}")),
        "again with another status" => (0, format!("pending {:?}", std::time::SystemTime::now())),
        _ => return None,
    })
}

/// Returns the text of a failure.
pub(crate) fn of(failure: Failure) -> String {
    match failure {
        Failure::Denied(text) | Failure::Other(text) | Failure::Transient(text) => text,
        _ => "cannot be checked".to_owned(),
    }
}

pub(crate) fn violation(path: &str, message: String) -> Violation {
    Violation { path: path.to_owned(), message, warning: false }
}

/// Returns what a check answers.
pub(crate) fn violations(act: &str, secret: &str) -> Vec<Violation> {
    match act {
        "violations" => (0..500_000).map(|_| violation("title", "is too short".to_owned())).collect(),
        "violation at length" => vec![violation("title", "no ".repeat(10 << 20))],
        "violation at a long path" => vec![violation(&"a.".repeat(5 << 20), "is wrong".to_owned())],
        "violation at a bad path" => vec![violation("title[", "is wrong".to_owned())],
        "dirty violation" => vec![violation("title", DIRTY.to_owned())],
        "secret violation" => vec![violation("title", format!("it is {secret}"))],
        "secret warning" => vec![Violation { warning: true, ..violation("title", format!("it is {secret}")) }],
        _ => vec![],
    }
}

/// Returns what a price answers.
pub(crate) fn price(act: &str, secret: &str) -> Option<Cost> {
    let (micros_a_month, basis) = match act {
        "without end" => (u64::MAX, "all".to_owned()),
        "basis at length" => (1, "a ".repeat(10 << 20)),
        "dirty basis" => (1, DIRTY.to_owned()),
        "secret basis" => (1, format!("it is {secret}")),
        _ => return None,
    };
    Some(Cost { micros_a_month, basis })
}
