//! The characters that kim itself draws with, and what stands for them where a terminal cannot show more than ASCII.
//!
//! Invariant: only what kim draws itself is replaced ([`Line::draw`](super::line::Line::draw)); what others named stays as they
//! wrote it.

use std::sync::LazyLock;

/// Whether only ASCII can be shown: the locale says so. One that says nothing is taken for UTF-8, as terminals are.
pub fn ascii_only() -> bool {
    static ONLY: LazyLock<bool> = LazyLock::new(|| is_ascii_locale(|name| std::env::var(name).ok()));
    *ONLY
}

/// The same for any environment: the first variable that is set decides, as it does for the C library.
pub fn is_ascii_locale(variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
    set.is_some_and(|locale| !locale.to_lowercase().replace('-', "").contains("utf8"))
}

/// What kim draws, in ASCII.
pub fn in_ascii(drawn: &str) -> String {
    let mut ascii = String::with_capacity(drawn.len());
    for c in drawn.chars() {
        match c {
            '│' | '├' => ascii.push('|'),
            '└' => ascii.push('`'),
            '─' | '·' | '–' => ascii.push('-'),
            '±' | '∓' => ascii.push('R'),
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
