//! Acts that take time or memory, and words for the screen.

use super::kim::program::stack::{self, Level};
use super::{configured, plain, single, times};
use crate::kim::program::values::Node;

/// What a terminal must not receive: a title, a cleared screen, a bell, colours, and other directions of writing.
pub(crate) const DIRTY: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[31mred\u{0}\nerror: forged\n::add-mask::x\r\
                                safe\u{202e}txt.exe\u{200b}\u{2066}";

/// Returns false if there is no such act here.
pub(crate) fn act(does: &str) -> Result<bool, String> {
    match does {
        "nothing" => {}
        "loop" => spin(),
        "sleep" => std::thread::sleep(std::time::Duration::from_secs(3600)),
        "sleep often" => loop {
            std::thread::sleep(std::time::Duration::from_nanos(1));
        },
        "hoard" => {
            let mut all: Vec<Vec<u8>> = Vec::new();
            loop {
                all.push(vec![1; 1 << 20]);
                std::hint::black_box(&all);
            }
        }
        "recurse" => println!("{}", recurse(1)),
        "recurse with locals" => println!("{}", recurse_with_locals(1)),
        "random" => loop {
            std::hint::black_box(std::collections::hash_map::RandomState::new());
            std::thread::sleep(std::time::Duration::from_nanos(1));
        },
        "exit" => std::process::exit(0),
        "panic" => panic!("no preset is called 'huge'"),
        "abort" => std::process::abort(),
        "lines" => loop {
            println!("still here");
        },
        "a line without end" => loop {
            print!("{}", "and so on ".repeat(1000));
        },
        "a call of 130 MB" => stack::log(Level::Info, &"x".repeat(130 << 20)),
        "an error of 20 MB" => return Err("no ".repeat(7 << 20)),
        "a panic of 20 MB" => panic!("{}", "no ".repeat(7 << 20)),
        "dirty error" => return Err(DIRTY.to_owned()),
        "dirty panic" => panic!("{DIRTY}"),
        "dirty log" => stack::log(Level::Warn, DIRTY),
        "dirty print" => println!("{DIRTY}"),
        "dirty name" => _ = plain(DIRTY),
        "dirty export" => stack::export(DIRTY, &single(Node::Text(DIRTY.to_owned()))),
        "dirty estimate" => stack::declare_estimate(&estimate(DIRTY, None)),
        "estimates" => (0..times()).for_each(|_| stack::declare_estimate(&estimate("traffic", None))),
        "estimate backwards" => stack::declare_estimate(&estimate("traffic", Some((2, 1)))),
        "estimate without end" => {
            (0..2).for_each(|_| stack::declare_estimate(&estimate("traffic", Some((u64::MAX, u64::MAX)))));
        }
        "log of a secret" => stack::log(Level::Warn, &format!("it is {}", configured("password"))),
        "print of a secret" => println!("it is {}", configured("password")),
        "error with a secret" => return Err(format!("it is {}", configured("password"))),
        "panic with a secret" => panic!("it is {}", configured("password")),
        "name with a secret" => _ = plain(&format!("it-is-{}", configured("password"))),
        "secret as base64" => stack::log(Level::Warn, &base64(configured("password").as_bytes())),
        "secret in capitals" => stack::log(Level::Warn, &configured("password").to_uppercase()),
        "secret in the estimate" => stack::declare_estimate(&estimate(&configured("password"), None)),
        _ => return Ok(false),
    }
    Ok(true)
}

fn estimate(text: &str, micros_a_month: Option<(u64, u64)>) -> stack::Estimate {
    let (label, detail, source) = (text.to_owned(), text.to_owned(), text.to_owned());
    stack::Estimate { label, detail, saving: false, micros_a_month, source }
}

pub(crate) fn spin() -> ! {
    let mut n = 0u64;
    loop {
        n = std::hint::black_box(n.wrapping_add(1));
    }
}

fn recurse(n: u64) -> u64 {
    if std::hint::black_box(n) == 0 { 0 } else { 1 + recurse(n + 1) }
}

fn recurse_with_locals(n: u64) -> u64 {
    let space = std::hint::black_box([n; 64]);
    if space[3] == 0 { 0 } else { space[7] + recurse_with_locals(n + 1) }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0u32, |bits, byte| (bits << 8) | u32::from(*byte)) << (8 * (3 - three.len()));
        let digit = |at: usize| char::from(DIGITS[(bits >> (18 - 6 * at)) as usize & 63]);
        (0..4).for_each(|at| text.push(if at <= three.len() { digit(at) } else { '=' }));
    }
    text
}
