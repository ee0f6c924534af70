//! Rust names from the names of schemas.

/// The keywords: a method or module of such a name needs `r#`.
const KEYWORDS: [&str; 38] = [
    "as", "async", "await", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "match",
    "mod", "move", "mut", "pub", "ref", "return", "static", "struct", "trait", "true", "type",
    "unsafe", "use", "where", "while",
];

/// The names that a property's method cannot have.
///
/// They are keywords that do not accept `r#`, and methods of every builder or handle.
const TAKEN: [&str; 9] =
    ["crate", "self", "super", "new", "options", "declare", "look_up", "output", "clone"];

/// Returns the name of a property's method.
pub(crate) fn method(name: &str) -> String {
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if KEYWORDS.contains(&name.as_str()) {
        format!("r#{name}")
    } else if TAKEN.contains(&name.as_str()) || name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("{name}_")
    } else {
        name
    }
}

/// Returns the name of a service's module.
pub(crate) fn module(name: &str) -> String {
    method(name)
}

/// Returns the name of a type for `availability_zones` or `Volume`.
pub(crate) fn type_name(name: &str) -> String {
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or(String::new(), |first| {
                first.to_ascii_uppercase().to_string() + letters.as_str()
            })
        })
        .collect()
}

/// Returns the name of the method that adds an entry to a map: `tag` for `tags`.
pub(crate) fn entry(name: &str) -> String {
    match name.strip_suffix('s') {
        Some(singular) if !singular.is_empty() && !singular.ends_with('s') => method(singular),
        _ => format!("{name}_entry"),
    }
}
