//! The first word of doc comments: a function's is a verb in the third person (`docs/contributing/style.md`).
//!
//! Invariant: a crate that is listed here stays as it is written.

use std::path::{Path, PathBuf};

/// The folders that are written this way; the others follow.
const FOLDERS: [&str; 9] = [
    "engine/model/src",
    "engine/src",
    "engine/sandbox/src",
    "engine/cli/src",
    "state/src",
    "plugins/sdk/src",
    "plugins/aws/local/src",
    "programs/sdk/src",
    "programs/kimberlite/src",
];

/// Words that end like a verb in the third person, and are none.
const NO_VERBS: [&str; 5] = ["This", "Its", "Always", "Whose", "Others"];

/// Rejects doc comments of functions that begin with another word.
///
/// # Errors
/// Each of them, with file, line and word.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let mut problems = Vec::new();
    for folder in FOLDERS {
        for file in crate::direction::files(&root.join(folder))? {
            let text = crate::direction::read(&file)?;
            let shown: PathBuf = file.strip_prefix(root).unwrap_or(&file).to_owned();
            let found = not_verbs(&text).into_iter();
            problems.extend(found.map(|(line, word)| format!("{}:{line}: '{word}'", shown.display())));
        }
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "a function's doc comment begins with a verb in the third person (\"Returns\", \"Rejects\"):\n{}",
            problems.join("\n")
        )),
    }
}

/// Returns the first words of functions' doc comments that are no verbs, with their lines.
fn not_verbs(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut first: Option<(usize, &str)> = None;
    for (number, line) in text.lines().enumerate() {
        let code = line.trim_start();
        match code.strip_prefix("///") {
            Some(comment) => first = first.or(Some((number + 1, comment.trim_start()))),
            // Attributes stand between a comment and what it is about.
            None if code.starts_with("#[") => {}
            None => {
                if let Some((at, comment)) = first.take().filter(|_| is_function(code)) {
                    let word = comment.split(' ').next().unwrap_or_default().trim_end_matches([',', ';']);
                    if !is_verb(word) {
                        found.push((at, word.to_owned()));
                    }
                }
            }
        }
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
    let shape = word.starts_with(|c: char| c.is_ascii_uppercase()) && word.ends_with('s') && word.len() > 2;
    letters && shape && !NO_VERBS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::not_verbs;

    #[test]
    fn a_function_begins_with_a_verb() {
        let text = "/// Returns it.\npub fn one() {}\n\n/// The other.\n#[must_use]\npub(crate) async fn other() {}\n";
        assert_eq!(not_verbs(text), [(4, "The".to_owned())]);
    }

    #[test]
    fn types_and_fields_say_what_they_are() {
        let text = "/// A thing.\npub struct Thing {\n    /// Its size, in bytes.\n    pub size: u64,\n}\n";
        assert_eq!(not_verbs(text), []);
    }
}
