//! The order of a crate's modules: each uses only those before it.
//!
//! The orders stand in ARCHITECTURE.md, in blocks ` ```text direction `: a line for each crate, its folder and its top-level
//! modules. Invariant: what the page says is what the imports are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The modules at the root of a crate, which may use all others.
const ROOTS: [&str; 3] = ["lib", "main", "tests"];

/// Checks every crate that ARCHITECTURE.md lists.
///
/// # Errors
/// The error lists each use of a later module, each module that is not listed, and each listed module that does not
/// exist.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let page = read(&root.join("ARCHITECTURE.md"))?;
    let mut problems = Vec::new();
    for line in listed(&page) {
        let (folder, modules) = line.split_once(':').ok_or_else(|| format!("'{line}' is not a list of modules"))?;
        let order: Vec<&str> = modules.split_whitespace().collect();
        problems.extend(of_crate(&root.join(folder), folder, &order)?);
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(format!("the direction of modules, as ARCHITECTURE.md lists it:\n{}", problems.join("\n"))),
    }
}

/// Returns the lines of the blocks that list directions.
fn listed(page: &str) -> Vec<&str> {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in page.lines() {
        match line {
            "```text direction" => inside = true,
            "```" => inside = false,
            line if inside => lines.push(line),
            _ => {}
        }
    }
    lines
}

fn of_crate(folder: &Path, name: &str, order: &[&str]) -> Result<Vec<String>, String> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for file in files(folder)? {
        let inside = file.strip_prefix(folder).unwrap_or(&file).with_extension("");
        let path: Vec<String> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let module = path.first().cloned().unwrap_or_default();
        if ROOTS.contains(&module.as_str()) {
            continue;
        }
        let Some(at) = order.iter().position(|listed| *listed == module) else {
            problems.push(format!("{name}/{}: '{module}' is not listed", inside.display()));
            continue;
        };
        seen.insert(module);
        let depth = path.len() - usize::from(path.last().is_some_and(|last| last == "mod"));
        for (line, used) in uses(&read(&file)?, depth) {
            if order.iter().position(|listed| *listed == used).is_some_and(|position| position > at) {
                problems.push(format!("{name}/{}.rs:{line}: uses '{used}', which comes after it", inside.display()));
            }
        }
    }
    problems.extend(
        order.iter().filter(|listed| !seen.contains(**listed)).map(|listed| format!("{name}: there is no '{listed}'")),
    );
    Ok(problems)
}

/// Returns the top-level modules that a file uses, with line numbers.
///
/// They follow `crate::`, or as many `super::` as lead to the root from a module of that depth. Code of tests is
/// ignored: it may use anything.
fn uses(text: &str, depth: usize) -> Vec<(usize, String)> {
    let supers = "super::".repeat(depth);
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("#[cfg(test)]") {
            break;
        }
        let code = line.split("//").next().unwrap_or_default();
        for prefix in ["crate::", supers.as_str()] {
            for (at, _) in code.match_indices(prefix) {
                // `super::super::x` contains `super::x`, which leads elsewhere.
                let longer = prefix != "crate::" && code[..at].ends_with("super::");
                let rest = if longer { "" } else { &code[at + prefix.len()..] };
                found.extend(names(rest, text, number).into_iter().map(|name| (number + 1, name)));
            }
        }
    }
    found
}

/// Returns the names after a path: one, or those of a group.
///
/// A group may extend over several lines.
fn names(rest: &str, text: &str, line: usize) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = rest.strip_prefix('{') else { return vec![word(rest)] };
    let following = text.lines().skip(line + 1).collect::<Vec<_>>().join("\n");
    let group = format!("{group}\n{following}");
    let (mut depth, mut names, mut fresh) = (1, Vec::new(), true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => fresh = true,
            c if fresh && depth == 1 && (c.is_alphabetic() || c == '_') => {
                names.push(word(&group[at..]));
                fresh = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// Returns the Rust files below a folder, in order.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Returns the content of a file. An error names the file.
pub(crate) fn read(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, depth: usize) -> Vec<(usize, String)> {
        uses(text, depth)
    }

    fn used(line: usize, name: &str) -> (usize, String) {
        (line, name.to_owned())
    }

    #[test]
    fn paths_and_groups_are_found() {
        assert_eq!(of("use crate::state::Record;", 1), [used(1, "state")]);
        assert_eq!(of("fn f() -> crate::plan::Plan {}", 1), [used(1, "plan")]);
        let group = "use crate::{\n    plan::{Plan, Step},\n    state,\n};";
        assert_eq!(of(group, 1), [used(1, "plan"), used(1, "state")]);
        assert_eq!(of("// crate::state is named only", 1), []);
    }

    #[test]
    fn supers_lead_to_the_root_from_their_depth() {
        assert_eq!(of("use super::state::Record;", 1), [used(1, "state")]);
        assert_eq!(of("use super::sibling::Thing;", 2), []);
        assert_eq!(of("use super::super::state::Record;", 2), [used(1, "state")]);
    }

    #[test]
    fn tests_may_look_anywhere() {
        assert_eq!(of("#[cfg(test)]\nmod tests { use crate::plan::Plan; }", 1), []);
    }

    #[test]
    fn a_use_of_what_comes_later_is_a_problem() {
        let folder = std::env::temp_dir().join(format!("kim-direction-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("late")).expect("a scratch folder");
        std::fs::write(folder.join("early.rs"), "use crate::late::Thing;\n").expect("written");
        std::fs::write(folder.join("late/mod.rs"), "use crate::early::Other;\n").expect("written");
        std::fs::write(folder.join("lib.rs"), "mod early;\nmod late;\n").expect("written");
        let problems = of_crate(&folder, "x", &["early", "late"]).expect("it can be read");
        assert_eq!(problems, ["x/early.rs:1: uses 'late', which comes after it"]);
        let problems = of_crate(&folder, "x", &["late", "early", "gone"]).expect("it can be read");
        assert_eq!(problems, ["x/late/mod.rs:1: uses 'early', which comes after it", "x: there is no 'gone'"]);
        std::fs::remove_dir_all(folder).expect("a scratch folder");
    }
}
