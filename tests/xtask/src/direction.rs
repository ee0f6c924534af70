//! Checks that each module of a crate uses only those before it.
//!
//! It also rejects files that use each other in a circle.
//!
//! The orders stand in ARCHITECTURE.md, in blocks ` ```text direction `. A crate has a line with
//! its folder and its top-level modules. A folder of a crate that has stages too has a line of its
//! own.
//!
//! Invariant: the page and the imports agree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::paths;

/// The modules at the root of a crate, which may use all others.
const ROOTS: [&str; 3] = ["lib", "main", "tests"];

/// The crates in which no files use each other in a circle; the others follow.
const WITHOUT_CIRCLES: [&str; 17] = [
    "engine/model/src",
    "engine/src",
    "engine/sandbox/src",
    "engine/cli/src",
    "state/src",
    "plugins/sdk/src",
    "plugins/sdk/derive/src",
    "plugins/aws/core/src",
    "plugins/aws/kms/src",
    "plugins/aws/iam/src",
    "plugins/aws/dlm/src",
    "plugins/aws/local/src",
    "programs/sdk/generate/src",
    "tests/bench/src",
    "tests/fuzz/src",
    "tests/prove/src",
    "tests/xtask/src",
];

/// The comment at a use that must stay although it closes a circle of files.
///
/// It stands on the line of the use, or on the line above. The reason follows it.
const CIRCLE: &str = "// circle: ";

/// Checks every crate and folder that ARCHITECTURE.md lists.
///
/// # Errors
/// Each use that points backwards, each module that the list omits or that does not exist, and each
/// circle of files, with file and line.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let page = read(&root.join("ARCHITECTURE.md"))?;
    let mut problems = Vec::new();
    for line in listed(&page) {
        let (folder, modules) =
            line.split_once(':').ok_or_else(|| format!("'{line}' is not a list of modules"))?;
        let order: Vec<&str> = modules.split_whitespace().collect();
        let (source, inside) = crate_of(folder);
        problems.extend(of_folder(&Sources::read(&root.join(source))?, source, &inside, &order));
    }
    for folder in WITHOUT_CIRCLES {
        problems.extend(Sources::read(&root.join(folder))?.circles(folder));
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "the direction of modules, as ARCHITECTURE.md lists it:\n{}",
            problems.join("\n")
        )),
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

/// Returns the folder of a crate's sources, and a path of modules.
///
/// The path leads from that folder to the listed one.
fn crate_of(folder: &str) -> (&str, Vec<&str>) {
    match folder.find("/src/") {
        Some(at) => (&folder[..at + 4], folder[at + 5..].split('/').collect()),
        None => (folder, Vec::new()),
    }
}

/// A file of a crate.
struct Source {
    /// Its path below `src`.
    file: PathBuf,
    /// The path of its module from the root of the crate; empty for the root.
    module: Vec<String>,
    text: String,
}

/// The files of a crate.
struct Sources(Vec<Source>);

/// Returns the problems of one list.
///
/// The list is that of a crate, or that of the folder `inside` it.
fn of_folder(sources: &Sources, name: &str, inside: &[&str], order: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    let stage = |path: &[String]| {
        let below =
            path.iter().map(String::as_str).zip(inside).all(|(part, folder)| part == *folder);
        path.get(inside.len()).filter(|_| below).cloned()
    };
    for source in &sources.0 {
        let Some(module) = stage(&source.module) else { continue };
        if ROOTS.contains(&module.as_str()) {
            continue;
        }
        let file = source.file.display();
        let Some(at) = order.iter().position(|listed| *listed == module) else {
            problems.push(format!("{name}/{file}: the list leaves '{module}' out"));
            continue;
        };
        seen.insert(module);
        for (line, path) in paths::used(&source.text, &source.module) {
            let Some(used) = stage(&path) else { continue };
            if order.iter().position(|listed| *listed == used).is_some_and(|other| other > at) {
                problems.push(format!("{name}/{file}:{line}: uses '{used}', which comes after it"));
            }
        }
    }
    let folder = [&[name], inside].concat().join("/");
    let made_up = order.iter().filter(|listed| !seen.contains(**listed));
    problems.extend(made_up.map(|it| format!("{folder}: there is no '{it}'")));
    problems
}

impl Sources {
    fn read(folder: &Path) -> Result<Sources, String> {
        let sources = files(folder)?.into_iter().map(|path| {
            let file = path.strip_prefix(folder).unwrap_or(&path).to_owned();
            let parts = file.with_extension("");
            let mut module: Vec<String> =
                parts.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            module.pop_if(|last| last == "mod");
            Ok(Source { text: read(&path)?, module, file })
        });
        sources.collect::<Result<_, String>>().map(Sources)
    }

    /// Returns the circles of files, each with the uses that close it.
    ///
    /// A file that only declares and re-exports modules is in no circle: a use through it is a use
    /// of what it re-exports. The same holds for the root of the crate.
    fn circles(&self, name: &str) -> Vec<String> {
        let through: Vec<bool> =
            self.0.iter().map(|source| is_root(source) || only_declares(&source.text)).collect();
        let edges: Vec<BTreeMap<usize, usize>> =
            (0..self.0.len()).map(|at| self.edges(at, &through)).collect();
        let reached: Vec<BTreeSet<usize>> =
            (0..self.0.len()).map(|at| reachable(at, &edges)).collect();
        let mut reported = BTreeSet::new();
        let mut circles = Vec::new();
        for (at, from_here) in reached.iter().enumerate() {
            let circle: Vec<usize> =
                from_here.iter().copied().filter(|other| reached[*other].contains(&at)).collect();
            if circle.is_empty() || !reported.insert(circle.clone()) {
                continue;
            }
            let uses = circle
                .iter()
                .flat_map(|from| edges[*from].iter().map(move |(to, line)| (*from, *to, *line)));
            let uses = uses.filter(|(_, to, _)| circle.contains(to)).map(|(from, to, line)| {
                format!(
                    "  {name}/{}:{line} uses {}",
                    self.0[from].file.display(),
                    self.0[to].file.display()
                )
            });
            let uses: Vec<String> = uses.collect();
            circles.push(format!(
                "{} files use each other in a circle:\n{}",
                circle.len(),
                uses.join("\n")
            ));
        }
        circles
    }

    /// Returns the files that a file uses, each with the first line that uses it.
    fn edges(&self, at: usize, through: &[bool]) -> BTreeMap<usize, usize> {
        let source = &self.0[at];
        let mut edges = BTreeMap::new();
        if through[at] {
            return edges;
        }
        let excused: Vec<bool> = source.text.lines().map(|line| line.contains(CIRCLE)).collect();
        let children = self
            .0
            .iter()
            .filter(|other| other.module.split_last().is_some_and(|(_, up)| up == source.module));
        let children: Vec<&str> =
            children.filter_map(|child| child.module.last().map(String::as_str)).collect();
        let mut used = paths::used(&source.text, &source.module);
        used.extend(paths::used_children(&source.text, &source.module, &children));
        used.sort();
        for (line, path) in used {
            let is_excused = excused.get(line - 1) == Some(&true)
                || line > 1 && excused.get(line - 2) == Some(&true);
            let found = self.file_of(&path, through, 8).filter(|other| *other != at && !is_excused);
            if let Some(other) = found {
                edges.entry(other).or_insert(line);
            }
        }
        edges
    }

    /// Returns the file in which a path ends, through at most `hops` re-exports.
    fn file_of(&self, path: &[String], through: &[bool], hops: usize) -> Option<usize> {
        let holds = |module: &[String]| path.starts_with(module);
        let files = self
            .0
            .iter()
            .enumerate()
            .filter(|(_, source)| !is_root(source) && holds(&source.module));
        let deepest = files.max_by_key(|(_, source)| source.module.len()).map(|(at, _)| at);
        let at = match deepest {
            Some(at) if !through[at] => return Some(at),
            Some(at) => at,
            None => self.0.iter().position(is_root)?,
        };
        let module: &[String] = if is_root(&self.0[at]) { &[] } else { &self.0[at].module };
        let name = path.get(module.len())?;
        let exported = paths::exported(&self.0[at].text, module)
            .into_iter()
            .find(|path| path.last() == Some(name))?;
        self.file_of(&exported, through, hops.checked_sub(1)?)
    }
}

fn is_root(source: &Source) -> bool {
    matches!(source.module.as_slice(), [only] if ROOTS.contains(&only.as_str()))
}

/// Returns true if a file holds only declarations of modules and re-exports.
fn only_declares(text: &str) -> bool {
    let mut inside_use = false;
    text.lines().map(str::trim).all(|line| {
        let item = line
            .trim_start_matches("pub ")
            .trim_start_matches("pub(crate) ")
            .trim_start_matches("pub(super) ");
        let declares = item.starts_with("mod ") && item.ends_with(';');
        let begins = item.starts_with("use ") && item.len() < line.len();
        let fine = line.is_empty()
            || line.starts_with("//")
            || line.starts_with("#[")
            || declares
            || begins
            || inside_use;
        inside_use = (begins || inside_use) && !line.ends_with(';');
        fine
    })
}

/// Returns all files that a file reaches by one use or more.
fn reachable(from: usize, edges: &[BTreeMap<usize, usize>]) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        open.extend(edges[at].keys().copied().filter(|to| reached.insert(*to)));
    }
    reached
}

/// Returns the Rust files below a folder, in order.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let entries =
        std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
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

    fn sources(files: &[(&str, &str)]) -> Sources {
        let source = |(file, text): &(&str, &str)| {
            let mut module: Vec<String> =
                file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            module.pop_if(|last| last == "mod");
            Source { file: PathBuf::from(file), module, text: (*text).to_owned() }
        };
        Sources(files.iter().map(source).collect())
    }

    #[test]
    fn a_use_of_what_comes_later_is_a_problem() {
        let sources = sources(&[
            ("early.rs", "use crate::late::Thing;\n"),
            ("late/mod.rs", "use crate::early::Other;\n"),
            ("lib.rs", "mod early;\nmod late;\n"),
        ]);
        let problems = of_folder(&sources, "x", &[], &["early", "late"]);
        assert_eq!(problems, ["x/early.rs:1: uses 'late', which comes after it"]);
        let problems = of_folder(&sources, "x", &[], &["late", "early", "gone"]);
        assert_eq!(
            problems,
            ["x/late/mod.rs:1: uses 'early', which comes after it", "x: there is no 'gone'"]
        );
        assert_eq!(
            of_folder(&sources, "x", &[], &["late"])[0],
            "x/early.rs: the list leaves 'early' out"
        );
    }

    #[test]
    fn the_stages_of_a_folder_have_an_order_too() {
        let sources = sources(&[
            ("ec2/mod.rs", "mod rows;\nmod views;\nuse views::show;\n"),
            ("ec2/rows.rs", "use super::views::show;\nuse crate::ec2::rows::Row;\n"),
            ("ec2/views.rs", "use crate::ec2::rows::Row;\nuse crate::iam::views::other;\n"),
            ("iam.rs", "use crate::ec2::views::show;\n"),
        ]);
        let problems = of_folder(&sources, "x", &["ec2"], &["rows", "views"]);
        assert_eq!(problems, ["x/ec2/rows.rs:1: uses 'views', which comes after it"]);
        let problems = of_folder(&sources, "x", &["ec2"], &["views", "rows", "gone"]);
        assert_eq!(
            problems,
            ["x/ec2/views.rs:1: uses 'rows', which comes after it", "x/ec2: there is no 'gone'"]
        );
        assert_eq!(crate_of("a/src/ec2/rows"), ("a/src", vec!["ec2", "rows"]));
        assert_eq!(crate_of("a/src"), ("a/src", vec![]));
    }

    #[test]
    fn files_in_a_circle_are_a_problem() {
        let one_way = [
            ("a/mod.rs", "mod one;\nmod two;\npub(crate) use two::Two;\n"),
            ("a/two.rs", "struct Two;\n"),
        ];
        let back = sources(&[one_way[0], one_way[1], ("a/one.rs", "use crate::a::Two;\n")]);
        assert_eq!(back.circles("x"), [""; 0]);
        let circle = sources(&[
            one_way[0],
            ("a/two.rs", "use super::one::f;\n"),
            ("a/one.rs", "use crate::a::Two;\n"),
        ]);
        let reported = "2 files use each other in a circle:\n  x/a/two.rs:1 uses a/one.rs\n  x/a/one.rs:1 uses a/two.rs";
        assert_eq!(circle.circles("x"), [reported]);
        let why = ("a/two.rs", "// circle: both are one machine.\nuse super::one::f;\n");
        assert_eq!(
            sources(&[one_way[0], why, ("a/one.rs", "use crate::a::Two;\n")]).circles("x"),
            [""; 0]
        );
    }

    #[test]
    fn a_parent_with_items_may_be_in_a_circle_with_its_child() {
        let parent = ("a/mod.rs", "mod child;\nuse child::f;\npub(crate) struct A;\n");
        assert_eq!(sources(&[parent, ("a/child.rs", "use super::A;\n")]).circles("x").len(), 1);
        assert_eq!(
            sources(&[parent, ("a/child.rs", "use crate::b::B;\n"), ("b.rs", "")]).circles("x"),
            [""; 0]
        );
        let through_root = [
            ("lib.rs", "mod b;\npub use b::B;\n"),
            ("a.rs", "use crate::B;\n"),
            ("b.rs", "use crate::a::f;\n"),
        ];
        assert_eq!(sources(&through_root).circles("x").len(), 1);
    }
}
