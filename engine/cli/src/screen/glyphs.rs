//! The characters that kim itself draws with, and what stands for them where a terminal cannot show more than ASCII.
//!
//! Invariant: only kim's own signs are replaced; what others named stays as they wrote it.

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

/// A text in ASCII, as far as it is kim's own.
pub fn in_ascii(text: &str) -> String {
    let mut ascii = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '│' | '├' => ascii.push('|'),
            '└' => ascii.push('`'),
            '─' => ascii.push('-'),
            '·' => ascii.push('-'),
            '±' | '∓' => ascii.push('R'),
            '×' | '✗' => ascii.push('x'),
            '✓' => ascii.push('v'),
            '○' => ascii.push('o'),
            '\u{fffd}' => ascii.push('?'),
            '→' => ascii.push_str("->"),
            '…' => ascii.push_str("..."),
            other => ascii.push(other),
        }
    }
    ascii
}
