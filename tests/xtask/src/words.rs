//! Checks the form of doc comments (`docs/contributing/style.md`).
//!
//! A function's begins with a verb in the third person. The first paragraph is one short line.
//!
//! Invariant: a folder that is listed here keeps the form.

use std::path::{Path, PathBuf};

/// The folders in which doc comments have the form.
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

/// Words that end like a verb in the third person, but are not verbs.
const NO_VERBS: [&str; 5] = ["This", "Its", "Always", "Whose", "Others"];

/// Rejects doc comments that do not have the form.
///
/// # Errors
/// The error lists each of them, with file, line and what is wrong.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let mut problems = Vec::new();
    for folder in FOLDERS {
        for file in crate::direction::files(&root.join(folder))? {
            let text = crate::direction::read(&file)?;
            let shown: PathBuf = file.strip_prefix(root).unwrap_or(&file).to_owned();
            let found = problems_of(&text).into_iter();
            problems.extend(
                found.map(|(line, problem)| format!("{}:{line}: {problem}", shown.display())),
            );
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!("the form of doc comments (docs/contributing/style.md):\n{}", problems.join("\n")))
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
    use super::{not_short, not_verbs};

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
