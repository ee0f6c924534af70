//! Finds the paths of modules that a Rust file names, from the root of its crate.
//!
//! It reads them from the text, as rustfmt writes it.

/// Returns the paths that a file names with `crate::` or `super::`.
///
/// Each has its line. Code of tests is left out: it may use any module.
pub(crate) fn used(text: &str, module: &[String]) -> Vec<(usize, Vec<String>)> {
    let code = code(text);
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::").filter(|(at, _)| begins(&code, *at)) {
        // `pub(in crate::x)` is a visibility, not a use.
        if !code[..at].ends_with("in ") {
            found.extend(with_line(&code, at, &[], at + "crate::".len()));
        }
    }
    let inline = inline_modules(&code);
    for (at, _) in code.match_indices("super::").filter(|(at, _)| begins(&code, *at)) {
        let mut rest = at;
        let here = [module, &inline[line_of(&code, at) - 1]].concat();
        let mut up = here.as_slice();
        while code[rest..].starts_with("super::") {
            rest += "super::".len();
            up = up.split_last().map_or(&[], |(_, up)| up);
        }
        found.extend(with_line(&code, at, up, rest));
    }
    found
}

/// Returns the paths that begin with a child of this module.
pub(crate) fn used_children(
    text: &str,
    module: &[String],
    children: &[&str],
) -> Vec<(usize, Vec<String>)> {
    let code = code(text);
    let mut found = Vec::new();
    for child in children {
        let begin = format!("{child}::");
        for (at, _) in code.match_indices(&begin).filter(|(at, _)| begins(&code, *at)) {
            found.extend(with_line(&code, at, module, at));
        }
    }
    found
}

/// Returns the paths that a file re-exports.
pub(crate) fn exported(text: &str, module: &[String]) -> Vec<Vec<String>> {
    let code = code(text);
    let uses = code
        .match_indices("use ")
        .filter(|(at, _)| code[..*at].ends_with("pub ") || code[..*at].ends_with(") "));
    let paths = uses.flat_map(|(at, _)| tree(code[at + "use ".len()..].trim_start()).0);
    let absolute = paths.map(|path| match path.split_first() {
        Some((first, rest)) if first == "crate" => rest.to_vec(),
        Some((first, rest)) if first == "self" => [module, rest].concat(),
        _ => [module, &path].concat(),
    });
    absolute.collect()
}

/// Returns the text up to its tests, without comments. Lines keep their numbers.
fn code(text: &str) -> String {
    let lines = text.lines().take_while(|line| !line.trim_start().starts_with("#[cfg(test)]"));
    lines.map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Returns true if a path begins at an index, rather than continues there.
fn begins(code: &str, at: usize) -> bool {
    !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
}

/// Returns, for each line, the modules inside the file that contain it.
fn inline_modules(code: &str) -> Vec<Vec<String>> {
    let mut open: Vec<(usize, String)> = Vec::new();
    let lines = code.lines().map(|line| {
        let indent = line.len() - line.trim_start().len();
        let name = line.strip_suffix(" {").and_then(|head| head.rsplit_once("mod ")).filter(
            |(before, _)| before.trim().is_empty() || before.trim_start().starts_with("pub"),
        );
        open.pop_if(|(at, _)| *at == indent && line.trim() == "}");
        let inside = open.iter().map(|(_, name)| name.clone()).collect();
        open.extend(name.map(|(_, name)| (indent, name.to_owned())));
        inside
    });
    lines.collect()
}

fn line_of(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}

fn with_line(code: &str, at: usize, start: &[String], rest: usize) -> Vec<(usize, Vec<String>)> {
    let line = line_of(code, at);
    tree(&code[rest..]).0.into_iter().map(|path| (line, [start, &path].concat())).collect()
}

/// Returns the paths that a tree of `a::{b, c::d}` holds, and what comes after it.
fn tree(code: &str) -> (Vec<Vec<String>>, &str) {
    let code = code.trim_start();
    let Some(mut rest) = code.strip_prefix('{') else {
        let end = code.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(code.len());
        let (name, rest) = code.split_at(end);
        let Some(rest) = rest.strip_prefix("::").filter(|_| !name.is_empty()) else {
            return (
                if name.is_empty() || name == "self" {
                    vec![vec![]]
                } else {
                    vec![vec![name.to_owned()]]
                },
                rest,
            );
        };
        let (below, rest) = tree(rest);
        return (
            below.into_iter().map(|path| [vec![name.to_owned()], path].concat()).collect(),
            rest,
        );
    };
    let mut paths = Vec::new();
    loop {
        rest = rest.trim_start().trim_start_matches(',').trim_start();
        if rest.is_empty() || rest.starts_with('}') {
            return (paths, rest.strip_prefix('}').unwrap_or(rest));
        }
        let (found, after) = tree(rest);
        paths.extend(found);
        // Skips another name (`as`), and anything else that is not a path, up to the next one.
        rest = &after[after.find([',', '}']).unwrap_or(after.len())..];
    }
}

#[cfg(test)]
mod tests {
    use super::{exported, used, used_children};

    fn module(path: &str) -> Vec<String> {
        path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    fn of(text: &str, from: &str) -> Vec<(usize, String)> {
        used(text, &module(from)).into_iter().map(|(line, path)| (line, path.join("::"))).collect()
    }

    fn at(line: usize, path: &str) -> (usize, String) {
        (line, path.to_owned())
    }

    #[test]
    fn paths_and_groups_are_found() {
        assert_eq!(of("use crate::state::Record;", "a"), [at(1, "state::Record")]);
        assert_eq!(of("fn f() -> crate::plan::Plan {}", "a"), [at(1, "plan::Plan")]);
        let group = "use crate::{\n    plan::{self, Plan as P, Step},\n    state,\n};";
        assert_eq!(
            of(group, "a"),
            [at(1, "plan"), at(1, "plan::Plan"), at(1, "plan::Step"), at(1, "state")]
        );
        assert_eq!(of("// crate::state is named only", "a"), []);
        assert_eq!(of("pub(in crate::state) fn f() {}", "a"), []);
        assert_eq!(of("fn f() {\n    other_crate::g();\n}", "a"), []);
    }

    #[test]
    fn supers_lead_upwards() {
        assert_eq!(of("use super::state::Record;", "a"), [at(1, "state::Record")]);
        assert_eq!(of("use super::sibling::Thing;", "a::b"), [at(1, "a::sibling::Thing")]);
        assert_eq!(of("\nuse super::super::state::Record;", "a::b"), [at(2, "state::Record")]);
        let inline = "pub(crate) mod host {\n    use super::Level;\n}\nuse super::state;\n";
        assert_eq!(of(inline, "a"), [at(2, "a::Level"), at(4, "state")]);
    }

    #[test]
    fn tests_may_look_anywhere() {
        assert_eq!(of("#[cfg(test)]\nmod tests { use crate::plan::Plan; }", "a"), []);
    }

    #[test]
    fn children_and_exports_are_found() {
        let text = "mod child;\npub use child::{One, Two};\npub(crate) use crate::b::Three;\nuse child::four;\n";
        let children = used_children(text, &module("a"), &["child"]);
        assert_eq!(
            children.iter().map(|(line, path)| (*line, path.join("::"))).collect::<Vec<_>>(),
            [at(2, "a::child::One"), at(2, "a::child::Two"), at(4, "a::child::four"),]
        );
        let exported: Vec<String> =
            exported(text, &module("a")).iter().map(|path| path.join("::")).collect();
        assert_eq!(exported, ["a::child::One", "a::child::Two", "b::Three"]);
    }
}
