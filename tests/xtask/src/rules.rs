//! Checks that the page of rules and the tests that prove them name each other.
//!
//! The page has a heading with the number of each rule, and under it the tests, by folder and path:
//! ``- `engine/tests/it` `planning::reads_are_batched` ``. A test that proves a rule says so in a
//! comment above it: `// Rule 31.`.
//!
//! Invariant: both are the same. A rule without a test says why: a line that begins with
//! `Not held:`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::direction::{files, read};

/// The page.
const PAGE: &str = "docs/rules.md";
/// The folders whose tests may say which rule they prove.
const FOLDERS: [&str; 7] = [
    "engine/tests/it",
    "engine/src/testing",
    "engine/sandbox/src/tests",
    "engine/cli/tests/it",
    "state/src/tests",
    "state/tests/it",
    "tests/it",
];
/// How many rules there are.
const RULES: u32 = 53;

/// The rules that each test proves, by its folder and path.
type Proofs = BTreeMap<(String, String), BTreeSet<u32>>;

/// Compares the page with the tests.
///
/// # Errors
/// Each rule and each test that one of them has and the other has not.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let (listed, mut problems) = of_page(&read(&root.join(PAGE))?);
    let (mut found, mut all) = (Proofs::new(), BTreeSet::new());
    for folder in FOLDERS {
        for file in files(&root.join(folder))? {
            let inside = file.strip_prefix(root.join(folder)).unwrap_or(&file).with_extension("");
            let module: Vec<String> =
                inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            for (name, rules) in of_source(&read(&file)?) {
                let test = (folder.to_owned(), format!("{}::{name}", module.join("::")));
                all.insert(test.clone());
                if !rules.is_empty() {
                    found.insert(test, rules);
                }
            }
        }
    }
    problems.extend(differences(&listed, &found, &all));
    match problems.is_empty() {
        true => Ok(()),
        false => Err(format!("{PAGE} is not what the tests say:\n{}", problems.join("\n"))),
    }
}

/// Returns the tests that the page lists, and what is wrong with the page itself.
fn of_page(text: &str) -> (Proofs, Vec<String>) {
    let (mut proofs, mut problems) = (Proofs::new(), Vec::new());
    let sections: Vec<&str> = text.split("\n## ").skip(1).collect();
    let numbers = sections
        .iter()
        .map(|section| section.split_once('.').and_then(|(number, _)| number.parse::<u32>().ok()));
    let numbers: Vec<Option<u32>> = numbers.collect();
    for rule in 1..=RULES {
        match numbers.iter().filter(|number| **number == Some(rule)).count() {
            1 => {}
            count => problems.push(format!("rule {rule} stands there {count} times")),
        }
    }
    for (number, section) in numbers.iter().zip(sections) {
        let Some(rule) = number.filter(|rule| (1..=RULES).contains(rule)) else {
            let title = section.lines().next().unwrap_or_default();
            problems.push(format!("'{title}' is the heading of no rule"));
            continue;
        };
        let tests: Vec<(String, String)> = section.lines().filter_map(listed).collect();
        let is_held = !section.lines().any(|line| line.starts_with("Not held: "));
        match (is_held, tests.is_empty()) {
            (true, true) => problems.push(format!("rule {rule} holds, but no test proves it")),
            (false, false) => problems.push(format!("rule {rule} does not hold, but has tests")),
            _ => {}
        }
        for test in tests {
            proofs.entry(test).or_default().insert(rule);
        }
    }
    (proofs, problems)
}

/// Returns the folder and path of the test that a line lists.
fn listed(line: &str) -> Option<(String, String)> {
    let (folder, path) = line.strip_prefix("- `")?.strip_suffix('`')?.split_once("` `")?;
    Some((folder.to_owned(), path.to_owned()))
}

/// Returns the functions of a file, with the rules in the comment above each.
fn of_source(text: &str) -> Vec<(String, BTreeSet<u32>)> {
    let (mut functions, mut rules) = (Vec::new(), BTreeSet::new());
    for line in text.lines().map(str::trim) {
        if let Some(numbers) = line.strip_prefix("// Rule") {
            let numbers = numbers.split(|c: char| !c.is_ascii_digit());
            rules = numbers.filter_map(|number| number.parse().ok()).collect();
        } else if let Some(name) = function(line) {
            functions.push((name.to_owned(), std::mem::take(&mut rules)));
        } else if !line.starts_with("#[") && !line.starts_with("///") {
            rules.clear();
        }
    }
    functions
}

/// Returns the name of the function that a line begins.
fn function(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let line = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
    line.split(['(', '<']).next()
}

/// Returns what only the page or only a test says.
fn differences(listed: &Proofs, found: &Proofs, all: &BTreeSet<(String, String)>) -> Vec<String> {
    let nothing = BTreeSet::new();
    let tests: BTreeSet<&(String, String)> = listed.keys().chain(found.keys()).collect();
    let mut problems = Vec::new();
    for test in tests {
        let (folder, path) = test;
        if !all.contains(test) {
            problems.push(format!("there is no test {path} in {folder}"));
            continue;
        }
        let (here, there) =
            (listed.get(test).unwrap_or(&nothing), found.get(test).unwrap_or(&nothing));
        for rule in here.difference(there) {
            problems.push(format!("{folder} {path} has no comment '// Rule {rule}.'"));
        }
        for rule in there.difference(here) {
            problems.push(format!("{folder} {path} is not listed under rule {rule}"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a page on which all rules are dropped but one, whose section is given.
    fn page(rule: u32, section: &str) -> String {
        let of = |number: u32| match number == rule {
            true => format!("\n## {number}. It\n\n{section}\n"),
            false => format!("\n## {number}. It\n\nNot held: dropped.\n"),
        };
        format!("# Rules\n{}", (1..=RULES).map(of).collect::<String>())
    }

    /// Compares a page with one file, `engine/tests/it/planning.rs`.
    fn compared(page: &str, source: &str) -> Vec<String> {
        let (listed, mut problems) = of_page(page);
        let test = |name: &str| ("engine/tests/it".to_owned(), format!("planning::{name}"));
        let functions = of_source(source);
        let all = functions.iter().map(|(name, _)| test(name)).collect();
        let proofs = functions.into_iter().filter(|(_, rules)| !rules.is_empty());
        let found = proofs.map(|(name, rules)| (test(&name), rules)).collect();
        problems.extend(differences(&listed, &found, &all));
        problems
    }

    const LISTED: &str = "- `engine/tests/it` `planning::it_holds`";
    const TEST: &str = "// Rules 7, 12.\n#[tokio::test]\nasync fn it_holds() {\n}\n";
    const SEVEN: &str = "// Rule 7.\n#[test]\nfn it_holds() {\n}\n";

    #[test]
    fn a_page_that_is_what_the_tests_say_is_right() {
        assert_eq!(compared(&page(7, LISTED), SEVEN), [""; 0]);
    }

    #[test]
    fn each_kind_of_wrong_row_is_a_problem() {
        let gone = "- `engine/tests/it` `planning::it_held`";
        for (page, source, problem) in [
            (
                page(7, gone),
                "fn it_holds() {\n}\n",
                "there is no test planning::it_held in engine/tests/it",
            ),
            (
                page(7, LISTED),
                "fn it_holds() {\n}\n",
                "engine/tests/it planning::it_holds has no comment '// Rule 7.'",
            ),
            (
                page(7, LISTED),
                TEST,
                "engine/tests/it planning::it_holds is not listed under rule 12",
            ),
            (page(7, "It holds."), "", "rule 7 holds, but no test proves it"),
            (
                page(7, &format!("{LISTED}\n\nNot held: not built.")),
                SEVEN,
                "rule 7 does not hold, but has tests",
            ),
            (page(99, ""), "", ""),
            (page(99, "").replace("\n## 53. It", "\n## 5. It"), "", "rule 5 stands there 2 times"),
            (page(99, "").replace("\n## 53. It", "\n## It"), "", "rule 53 stands there 0 times"),
        ] {
            let problems = compared(&page, source);
            assert_eq!(problems.first().map_or("", String::as_str), problem);
        }
    }

    #[test]
    fn a_comment_belongs_to_the_test_below_it() {
        let source = "// Rule 1.\n/// It is so.\n#[tokio::test]\nasync fn one() {\n    // Rule 2.\n    let a = 1;\n}\n\npub async fn two<T>() {}\n";
        let of = |numbers: &[u32]| numbers.iter().copied().collect::<BTreeSet<u32>>();
        assert_eq!(of_source(source), [("one".to_owned(), of(&[1])), ("two".to_owned(), of(&[]))]);
    }
}
