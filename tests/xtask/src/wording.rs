//! Checks that the engine's texts know no command line.
//!
//! The texts of its crates name no flag, no command of kim and no file of a project. The words for
//! what a user may do are in `engine/cli/src/hints.rs`.
//!
//! Invariant: only string literals are checked, so comments may name what explains the code. Tests
//! may, too.

use std::path::Path;

/// The folders whose texts carry facts alone.
const FOLDERS: [&str; 3] = ["engine/src", "engine/model/src", "engine/sandbox/src"];

/// The folder with a file or folder for each command of kim.
///
/// `kim` before any other word is only its name.
const COMMANDS: &str = "engine/cli/src/commands";

/// Rejects texts that name what only the command line knows.
///
/// # Errors
/// Each of them, with file and line.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let commands = commands(&root.join(COMMANDS))?;
    let mut problems = Vec::new();
    for folder in FOLDERS {
        for file in crate::direction::files(&root.join(folder))? {
            let inside = file.strip_prefix(root.join(folder)).unwrap_or(&file);
            if inside.iter().any(|part| part == "tests" || part == "tests.rs") {
                continue;
            }
            let shown = file.strip_prefix(root).unwrap_or(&file).display().to_string();
            let found = of_the_command_line(&crate::direction::read(&file)?, &commands).into_iter();
            problems.extend(found.map(|(line, what)| format!("{shown}:{line}: '{what}'")));
        }
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "a text of the engine says what happened; flags, commands and files are added by engine/cli/src/hints.rs:\n{}",
            problems.join("\n")
        )),
    }
}

/// Returns the names of the files and folders in the commands' folder.
fn commands(folder: &Path) -> Result<Vec<String>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    let names = entries.map(|entry| {
        let file = entry.map_err(failed)?.path();
        Ok(file.file_stem().unwrap_or_default().to_string_lossy().into_owned())
    });
    names.collect()
}

/// Returns what the texts of a file name of the command line.
///
/// Each has the line where its text begins.
fn of_the_command_line(source: &str, commands: &[String]) -> Vec<(usize, String)> {
    let code = source.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default();
    let named = |(line, text): (usize, String)| Some((line, named(&text, commands)?));
    literals(code).into_iter().filter_map(named).collect()
}

/// Returns the flag, command or file that a text names, if it names one.
fn named(text: &str, commands: &[String]) -> Option<String> {
    if let Some(at) = text.find("--") {
        let flag: String =
            text[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        return Some(flag);
    }
    if text.contains("Kim.toml") {
        return Some("Kim.toml".to_owned());
    }
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != ' ').flat_map(|part| {
        let words: Vec<&str> = part.split(' ').collect();
        words.windows(2).map(|pair| (pair[0].to_owned(), pair[1].to_owned())).collect::<Vec<_>>()
    });
    let command = words.find(|(kim, command)| kim == "kim" && commands.contains(command));
    command.map(|(kim, command)| format!("{kim} {command}"))
}

/// Returns the string literals of Rust code.
///
/// Each has the line where it begins. Escapes stay as they are written.
fn literals(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let (mut rest, mut line) = (code, 1);
    while let Some(c) = rest.chars().next() {
        let (length, text) = token(rest, c);
        found.extend(text.map(|text| (line, text)));
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    found
}

/// Returns the length of the token that code begins with.
///
/// If the token is a string literal, returns its text too.
fn token(code: &str, first: char) -> (usize, Option<String>) {
    let up_to = |end: Option<usize>| end.unwrap_or(code.len());
    if code.starts_with("//") {
        return (up_to(code.find('\n')), None);
    }
    if code.starts_with("/*") {
        return (up_to(code.find("*/").map(|at| at + 2)), None);
    }
    if let Some((start, end)) = raw(code) {
        let length = up_to(code[start..].find(&end).map(|at| start + at));
        return ((length + end.len()).min(code.len()), Some(code[start..length].to_owned()));
    }
    match first {
        '"' => {
            let end = up_to(end_of_text(code));
            (end, Some(code[1..end - 1].to_owned()))
        }
        // A character. A lifetime has no second quote so near.
        '\'' => (character(code).unwrap_or(1), None),
        _ => (first.len_utf8(), None),
    }
}

/// Returns where the text of a raw literal begins, and what ends it.
///
/// Returns `None` if code does not begin with a raw literal.
fn raw(code: &str) -> Option<(usize, String)> {
    let hashes = code.strip_prefix('r')?.bytes().take_while(|byte| *byte == b'#').count();
    code[1 + hashes..].starts_with('"').then(|| (2 + hashes, format!("\"{}", "#".repeat(hashes))))
}

/// Returns the length of the literal that code begins with, quotes included.
fn end_of_text(code: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in code.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Returns the length of the character literal that code begins with.
///
/// Returns `None` if code does not begin with one.
fn character(code: &str) -> Option<usize> {
    let mut chars = code.char_indices().skip(1);
    let (_, first) = chars.next()?;
    let escape = usize::from(first == '\\');
    // After a backslash any character is part of the literal, a quote too.
    let (end, _) = chars.skip(escape).take(8).find(|(_, c)| *c == '\'' || *c == '\n')?;
    let one = escape == 1 || end == 1 + first.len_utf8();
    (one && code[end..].starts_with('\'')).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::of_the_command_line;

    fn found(code: &str) -> Vec<(usize, String)> {
        of_the_command_line(code, &["stack".to_owned(), "up".to_owned()])
    }

    #[test]
    fn texts_name_no_flag_command_or_file() {
        let code = "fn a() {\n    say(\"pass --offline to compare\");\n    say(\"in \\\"Kim.toml\\\"\");\n}\n";
        assert_eq!(found(code), [(2, "--offline".to_owned()), (3, "Kim.toml".to_owned())]);
        assert_eq!(
            found("#[error(\"{0}; run `kim stack unlock`\")]"),
            [(1, "kim stack".to_owned())]
        );
        assert_eq!(found("let a = r#\"say \"--force\" twice\"#;"), [(1, "--force".to_owned())]);
        assert_eq!(found("let a = \"one \\\n    --two\";\n"), [(1, "--two".to_owned())]);
    }

    #[test]
    fn comments_code_and_tests_may() {
        let code = "//! `kim up --json`\n/* Kim.toml */\nlet quote = '\"'; // --offline\nlet other = b'\\'';\nfn f<'a>(n: &'a i8) { n - -1 }\n";
        assert_eq!(found(code), []);
        assert_eq!(
            found(
                "const A: u8 = 1;\n\n#[cfg(test)]\nmod tests {\n    const B: &str = \"--b\";\n}\n"
            ),
            []
        );
    }

    #[test]
    fn the_name_of_kim_is_no_command() {
        let code = "let tag = \"kim:token\"; let a = \"a version that kim does not know, as kim wants it; kim update\";";
        assert_eq!(found(code), []);
    }
}
