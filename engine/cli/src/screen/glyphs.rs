//! The characters that kim draws, and their substitutes in ASCII.
//!
//! A terminal that shows only ASCII gets the substitutes.
//!
//! Invariant: only what kim itself draws is replaced ([`Line::draw`](super::line::Line::draw)).
//! Names stay as they were written.

use crate::environment::Environment;

/// Returns true if the locale allows only ASCII.
///
/// The first variable that is set decides, as in the C library. Without a locale the terminal is
/// assumed to show UTF-8.
pub fn is_ascii_locale(environment: &Environment) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| environment.text(name));
    locale.is_some_and(|locale| !locale.to_lowercase().replace('-', "").contains("utf8"))
}

/// Returns what kim draws in ASCII.
pub fn in_ascii(drawn: &str) -> String {
    let mut ascii = String::with_capacity(drawn.len());
    for c in drawn.chars() {
        match c {
            '│' | '├' => ascii.push('|'),
            '└' => ascii.push('`'),
            '─' | '·' | '–' => ascii.push('-'),
            '±' => ascii.push('R'),
            '∓' => ascii.push('r'),
            '×' | '✗' => ascii.push('x'),
            '✓' => ascii.push('v'),
            '○' => ascii.push('o'),
            '→' => ascii.push_str("->"),
            '…' => ascii.push_str("..."),
            other => ascii.push(other),
        }
    }
    ascii
}
