//! Checks that the paths and names in the pages for contributors exist in the tree.
//!
//! A page names a file or folder in backticks or in a link. A path counts from the workspace's
//! root, from `engine/src` (whose files may omit `.rs`), or from the page's folder. A bare file
//! name may also be in a folder that the page named before. `{a,b}` stands for both. In a table
//! with a column `look for`, the files of a row hold the names in that column.
//!
//! Invariant: code blocks are not checked. Nor is what is not a path: a command, a pattern, a
//! placeholder.

use std::path::{Path, PathBuf};

use crate::direction::read;

/// The pages at the root. The pages in [`FOLDER`] are checked too.
const PAGES: [&str; 2] = ["ARCHITECTURE.md", "CONTRIBUTING.md"];
/// The folder of the checklists.
const FOLDER: &str = "docs/contributing";
/// The file that every folder of modules has. Its bare name is not a path.
const EVERYWHERE: &str = "mod.rs";
/// The endings of files that are named without a folder.
const ENDINGS: [&str; 3] = [".rs", ".md", ".toml"];
/// The heading of the column with the names that the files of a row hold.
const COLUMN: &str = "look for";

/// Checks every page for contributors.
///
/// # Errors
/// Each path that does not exist, and each name that its file does not hold, with page and line.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let mut problems = Vec::new();
    for page in pages(root)? {
        let found = dangling(root, &page, &read(&root.join(&page))?).into_iter();
        problems.extend(found.map(|(line, what)| format!("{}:{line}: {what}", page.display())));
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "the pages for contributors name what does not exist:\n{}",
            problems.join("\n")
        )),
    }
}

/// Returns the pages, by their paths from the root.
fn pages(root: &Path) -> Result<Vec<PathBuf>, String> {
    let folder = root.join(FOLDER);
    let entries =
        std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let names = entries.flatten().map(|entry| Path::new(FOLDER).join(entry.file_name()));
    let mut pages: Vec<PathBuf> = PAGES.iter().map(PathBuf::from).chain(names).collect();
    pages.retain(|page| page.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    Ok(pages)
}

/// Returns what a page names and the tree does not have, with the lines.
fn dangling(root: &Path, page: &Path, text: &str) -> Vec<(usize, String)> {
    let folder = page.parent().unwrap_or(Path::new(""));
    let mut before = Vec::new();
    let mut column = None;
    let mut problems = Vec::new();
    for (number, line) in prose(text) {
        let mut here = Vec::new();
        for name in
            spans(line).into_iter().filter(|span| is_path(span)).flat_map(groups).chain(links(line))
        {
            match find(root, folder, &before, &name) {
                Some(path) => {
                    before.extend([path.clone(), path.parent().unwrap_or(root).to_owned()]);
                    here.push(path);
                }
                None => problems.push((number, format!("there is no '{name}'"))),
            }
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        column = if line.starts_with('|') {
            column.or_else(|| cells.iter().position(|it| *it == COLUMN))
        } else {
            None
        };
        let names = column.and_then(|at| cells.get(at)).map(|cell| spans(cell)).unwrap_or_default();
        let missing = names.into_iter().filter(|name| !here.iter().any(|file| holds(file, name)));
        problems.extend(
            missing.map(|name| (number, format!("the files of this line hold no '{name}'"))),
        );
    }
    problems
}

/// Returns the lines outside of code blocks, counted from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut inside = false;
    text.lines().enumerate().filter_map(move |(at, line)| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        (!inside && !fence).then_some((at + 1, line))
    })
}

/// Returns the texts in backticks.
fn spans(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

/// Returns the files that links lead to.
///
/// Links to other sites and within the same page are left out.
fn links(line: &str) -> Vec<String> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let files = targets.map(|(target, _)| target.split('#').next().unwrap_or_default());
    files.filter(|file| !file.is_empty() && !file.contains(':')).map(str::to_owned).collect()
}

/// Returns true if a text in backticks reads like a path of the tree.
///
/// A command, a pattern, and what a build creates are not such paths.
fn is_path(span: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || "_-./{},".contains(c);
    let elsewhere = ["/", "target/", ".kim/"].iter().any(|start| span.starts_with(start));
    let named = span.contains('/')
        || ENDINGS.iter().any(|ending| span.len() > ending.len() && span.ends_with(ending));
    named && !elsewhere && span != EVERYWHERE && span.chars().all(letters)
}

/// Returns the paths that a path with `{a,b}` stands for.
fn groups(path: &str) -> Vec<String> {
    let Some((start, rest)) = path.split_once('{') else { return vec![path.to_owned()] };
    let Some((group, end)) = rest.split_once('}') else { return vec![path.to_owned()] };
    group.split(',').flat_map(|one| groups(&format!("{start}{one}{end}"))).collect()
}

/// Returns the path that a name leads to, if it exists.
///
/// `before` are the files and folders that the page named before this name.
fn find(root: &Path, folder: &Path, before: &[PathBuf], name: &str) -> Option<PathBuf> {
    let engine = root.join("engine/src");
    let named = if name.contains('/') { &[] } else { before };
    let places = [
        root.join(name),
        root.join(folder).join(name),
        engine.join(name),
        engine.join(format!("{name}.rs")),
    ];
    places
        .into_iter()
        .chain(named.iter().rev().map(|folder| folder.join(name)))
        .find(|path| path.exists())
}

/// Returns true if a file holds the last part of a name as a word.
fn holds(file: &Path, name: &str) -> bool {
    let Ok(text) = std::fs::read_to_string(file) else { return false };
    let last = name.rsplit("::").next().unwrap_or(name);
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == last)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks a page against a small tree.
    ///
    /// The tree has `engine/src/plan.rs`, `state/src/{lib,lock}.rs` and
    /// `docs/contributing/store.md`.
    fn of(page: &str, text: &str) -> Vec<(usize, String)> {
        let unique = format!("kim-pages-{}-{:?}", std::process::id(), std::thread::current().id());
        let root = std::env::temp_dir().join(unique);
        for file in [
            "engine/src/plan.rs",
            "state/src/lib.rs",
            "state/src/lock.rs",
            "docs/contributing/store.md",
        ] {
            let file = root.join(file);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            std::fs::write(file, "pub fn take_lock() {}\n").expect("written");
        }
        let found = dangling(&root, Path::new(page), text);
        std::fs::remove_dir_all(root).expect("it is ours");
        found
    }

    #[test]
    fn a_path_that_does_not_exist_is_a_problem() {
        assert_eq!(
            of("A.md", "Open `state/src/lock.rs`.\nNot `state/src/locks.rs`."),
            [(2, "there is no 'state/src/locks.rs'".to_owned())]
        );
        assert_eq!(
            of("A.md", "[one](docs/contributing/store.md) [two](docs/none.md#top)"),
            [(1, "there is no 'docs/none.md'".to_owned())]
        );
    }

    #[test]
    fn groups_shorthands_and_siblings_are_understood() {
        assert_eq!(
            of(
                "A.md",
                "`plan.rs` of the engine, `state/src/{lib,lock}.rs`, and `lock.rs` once more"
            ),
            []
        );
        assert_eq!(
            of(
                "A.md",
                "`state/src`: `lock.rs`\nand in `docs/contributing/store.md`, `lib.rs` once more"
            ),
            []
        );
        assert_eq!(of("A.md", "`state/src/{lib,gone}.rs`").len(), 1);
        assert_eq!(
            of("A.md", "`state/src/lib.rs` and beside it `lock.rs`, but no `gone.rs`").len(),
            1
        );
        assert_eq!(
            of("docs/contributing/event.md", "[a store](store.md), [home](../../state/src)"),
            []
        );
    }

    #[test]
    fn what_is_no_path_is_left_alone() {
        let text = "`cargo xtask test`, `docs/*.md`, `/dev/null`, `target/none`, `x::y`, `Kim.<stack>.toml`, `.rs`\n";
        assert_eq!(of("A.md", text), []);
        assert_eq!(of("A.md", "```sh\ncat `no/such/file`\n```\n"), []);
    }

    #[test]
    fn the_names_to_look_for_stand_in_the_files_of_their_line() {
        let table = |name: &str| {
            format!(
                "| to see | open | look for |\n|---|---|---|\n| it | `state/src/lock.rs` | `{name}` |"
            )
        };
        assert_eq!(of("A.md", &table("Lock::take_lock")), []);
        assert_eq!(
            of("A.md", &table("take")),
            [(3, "the files of this line hold no 'take'".to_owned())]
        );
    }
}
