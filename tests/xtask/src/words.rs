//! Checks the form of comments (`docs/contributing/style.md`).
//!
//! A function's doc comment begins with a verb in the third person. The first paragraph is one
//! short line. No line of a comment is too long: rustfmt leaves them as they are.
//!
//! Invariant: a folder that is listed here keeps the form.

use std::path::{Path, PathBuf};

/// The folders in which comments have the form.
const FOLDERS: &[&str] = &[
    "engine/model/src",
    "engine/src",
    "engine/sandbox/src",
    "engine/cli/src",
    "state/src",
    "plugins/sdk/src",
    "plugins/sdk/derive/src",
    "plugins/aws/core/src",
    "plugins/aws/ec2/src",
    "plugins/aws/kms/src",
    "plugins/aws/iam/src",
    "plugins/aws/dlm/src",
    "plugins/aws/local/src",
    "programs/sdk/src",
    "programs/sdk/macros/src",
    "programs/sdk/generate/src",
    "programs/kimberlite/src",
    "tests/src",
    "tests/xtask/src",
    "tests/bench/src",
];

/// The most characters of a first line, after `/// `.
const COLUMNS: usize = 80;

/// The most columns of a line, as in `rustfmt.toml`.
const MAX_WIDTH: usize = 100;

/// Words that end like a verb in the third person, but are not verbs.
const NO_VERBS: [&str; 5] = ["This", "Its", "Always", "Whose", "Others"];

/// Rejects comments that do not have the form.
///
/// # Errors
/// The error lists each of them, with file, line and what is wrong.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let mut problems = Vec::new();
    for folder in FOLDERS {
        for file in crate::direction::files(&root.join(folder))? {
            let text = crate::direction::read(&file)?;
            let shown: PathBuf = file.strip_prefix(root).unwrap_or(&file).to_owned();
            let found = problems_of(&text).into_iter().chain(too_long(&text));
            problems.extend(
                found.map(|(line, problem)| format!("{}:{line}: {problem}", shown.display())),
            );
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!("the form of comments (docs/contributing/style.md):\n{}", problems.join("\n")))
}

/// Returns the problems of one file, each with its line.
fn problems_of(text: &str) -> Vec<(usize, String)> {
    let not_verbs = not_verbs(text).into_iter();
    let mut problems: Vec<(usize, String)> = not_verbs
        .map(|(line, word)| {
            (line, format!("'{word}' is not a verb in the third person (\"Returns\")"))
        })
        .collect();
    problems.extend(not_short(text));
    problems
}

/// Returns the first words of functions' doc comments that are not verbs.
///
/// Each has its line.
fn not_verbs(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut first: Option<(usize, &str)> = None;
    for (number, line) in text.lines().enumerate() {
        let code = line.trim_start();
        match code.strip_prefix("///") {
            Some(comment) => first = first.or(Some((number + 1, comment.trim_start()))),
            // Attributes are between a comment and its item.
            None if code.starts_with("#[") => {}
            None => {
                if let Some((at, comment)) = first.take().filter(|_| is_function(code)) {
                    let word =
                        comment.split(' ').next().unwrap_or_default().trim_end_matches([',', ';']);
                    if !is_verb(word) {
                        found.push((at, word.to_owned()));
                    }
                }
            }
        }
    }
    found
}

/// Returns what is wrong with the first paragraphs of doc comments.
///
/// Each problem has its line.
fn not_short(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut before: Option<&str> = None;
    let mut lines = text.lines().enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        let comment = line.trim_start().strip_prefix("///").map(str::trim);
        if let (None, Some(first)) = (before, comment) {
            let columns = first.chars().count();
            let next = lines.peek().and_then(|(_, line)| line.trim_start().strip_prefix("///"));
            if columns > COLUMNS {
                found.push((
                    number + 1,
                    format!("the first line has {columns} columns, more than {COLUMNS}"),
                ));
            } else if next.is_some_and(|next| !next.trim().is_empty()) {
                found.push((number + 1, "an empty line has to follow the first line".to_owned()));
            }
        }
        before = comment;
    }
    found
}

/// Returns the lines of comments that are too long, and how many columns they have.
///
/// Does not cover tables: they cannot be wrapped.
fn too_long(text: &str) -> Vec<(usize, String)> {
    let lines = text.lines().enumerate();
    let is_prose = |line: &str| {
        let comment = line.trim_start().strip_prefix("//");
        comment.is_some_and(|text| !text.trim_start_matches(['/', '!', ' ']).starts_with('|'))
    };
    lines
        .map(|(at, line)| (at + 1, line, line.chars().count()))
        .filter(|(_, line, columns)| *columns > MAX_WIDTH && is_prose(line))
        .map(|(at, _, columns)| {
            (at, format!("the comment has {columns} columns, more than {MAX_WIDTH}"))
        })
        .collect()
}

fn is_function(code: &str) -> bool {
    let words = code.split(' ').filter(|word| !word.is_empty());
    let mut words = words.skip_while(|word| {
        let visibility = *word == "pub" || word.starts_with("pub(") || word.ends_with(')');
        visibility || ["const", "async", "unsafe", "in"].contains(word)
    });
    words.next() == Some("fn")
}

fn is_verb(word: &str) -> bool {
    let letters = word.chars().all(|c| c.is_ascii_alphabetic());
    let shape =
        word.starts_with(|c: char| c.is_ascii_uppercase()) && word.ends_with('s') && word.len() > 2;
    letters && shape && !NO_VERBS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::{not_short, not_verbs, too_long};

    #[test]
    fn a_function_begins_with_a_verb() {
        let text = "/// Returns 1.\npub fn first() {}\n\n/// The 2.\n#[must_use]\npub(crate) async fn second() {}\n";
        assert_eq!(not_verbs(text), [(4, "The".to_owned())]);
    }

    #[test]
    fn types_and_fields_need_no_verb() {
        let text = "/// A thing.\npub struct Thing {\n    /// Its size, in bytes.\n    pub size: u64,\n}\n";
        assert_eq!(not_verbs(text), []);
    }

    #[test]
    fn a_comment_is_no_wider_than_code() {
        let lines =
            |text: &str| too_long(text).into_iter().map(|(line, _)| line).collect::<Vec<_>>();
        let (fits, long) = ("ß".repeat(97), "ß".repeat(98));
        for text in [format!("// {fits}"), format!("//! | {long} |"), format!("let a = {long};")] {
            assert_eq!(lines(&text), [0; 0], "{text}");
        }
        assert_eq!(lines(&format!("// a\n// {long}\n")), [2]);
        for mark in ["    ///", "//!", "///", "  //"] {
            assert_eq!(lines(&format!("{mark} {long}")), [1]);
        }
    }

    #[test]
    fn a_first_line_is_short_and_stands_alone() {
        let fits = format!("/// {}\n///\n/// {}\nfn f() {{}}\n", "x".repeat(80), "y".repeat(100));
        assert_eq!(not_short(&fits), []);
        let lines =
            |text: &str| not_short(text).into_iter().map(|(line, _)| line).collect::<Vec<_>>();
        assert_eq!(lines(&format!("fn f() {{}}\n\n/// {}\nstruct Long;\n", "x".repeat(81))), [3]);
        assert_eq!(
            lines("struct S {\n    /// Two lines\n    /// of text.\n    field: u8,\n}\n"),
            [2]
        );
    }
}
