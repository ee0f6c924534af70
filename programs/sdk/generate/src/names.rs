//! Names of schemas as names of Rust.

/// Words that cannot be a method's or module's name as they are.
const KEYWORDS: [&str; 38] = [
    "as", "async", "await", "box", "break", "const", "continue", "do", "dyn", "else", "enum", "extern", "false",
    "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref",
    "return", "static", "struct", "trait", "true", "type", "unsafe", "use", "where", "while",
];

/// Words that not even `r#` makes a name, and methods that every builder or handle has.
const TAKEN: [&str; 9] = ["crate", "self", "super", "new", "options", "declare", "look_up", "output", "clone"];

/// A property's name as a method's.
pub(crate) fn method(name: &str) -> String {
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if KEYWORDS.contains(&name.as_str()) {
        format!("r#{name}")
    } else if TAKEN.contains(&name.as_str()) || name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("{name}_")
    } else {
        name
    }
}

/// A service's name as a module's.
pub(crate) fn module(name: &str) -> String {
    method(name)
}

/// `availability_zones` or `Volume` as a type's name.
pub(crate) fn type_name(name: &str) -> String {
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + letters.as_str())
        })
        .collect()
}

/// The name of the method that adds one entry to a map: `tag` for `tags`.
pub(crate) fn entry(name: &str) -> String {
    match name.strip_suffix('s') {
        Some(one) if !one.is_empty() && !one.ends_with('s') => method(one),
        _ => format!("{name}_entry"),
    }
}
