//! Writes a new folder from templates, for `kim new` and `kim plugin new`.
//!
//! The templates are files below `engine/cli/templates`.
//!
//! Invariants: existing files are never overwritten: the folder must be new, or empty except for
//! `.git`. Nothing is written before all checks passed.

use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::load::sdk::Sdk;
use crate::project::check_name;
use crate::screen::print;

/// A file to write.
#[derive(Clone, Copy, Debug)]
pub(super) struct Template<'t> {
    /// The file's path in the new folder, with `/`.
    pub(super) path: &'t str,
    /// The file's text. [`write_templates()`] replaces each `{{word}}`.
    pub(super) text: &'t str,
}

/// The folder to create.
#[derive(Clone, Copy, Debug)]
pub(super) struct Folder<'f> {
    /// The folder's path, as on the command line.
    pub(super) dir: &'f Path,
    /// The name of the project or plugin. If `None`, the folder's name.
    pub(super) name: Option<&'f str>,
    /// The folder of kim's sources, if one is named.
    pub(super) sdk: Option<&'f Path>,
}

/// Creates a new folder from templates, and prints the files in it.
///
/// `what` is the thing created, for messages. `words` are replaced in addition to `name` and
/// `crate`. The new `Cargo.lock` has the versions that kim is built with: nothing else must be
/// downloaded, and these versions work together.
///
/// # Errors
/// As for [`crate_name`] and [`write_templates()`], or kim's sources are not found.
pub(super) fn create_folder(
    context: &Context,
    what: &str,
    folder: &Folder<'_>,
    templates: &[Template<'_>],
    words: impl FnOnce(&Sdk) -> Vec<(&'static str, String)>,
) -> Result<()> {
    let dir = context.resolve(folder.dir);
    let name = crate_name(folder.name, &dir, what)?;
    let sdk =
        Sdk::find(folder.sdk.map(|dir| context.resolve(dir)).as_deref(), &context.environment)?;
    let locked = sdk.locked()?;
    let own = [("name", name.clone()), ("crate", name.replace('-', "_"))];
    let words: Vec<(&str, String)> = own.into_iter().chain(words(&sdk)).collect();
    let words: Vec<(&str, &str)> =
        words.iter().map(|(word, meaning)| (*word, meaning.as_str())).collect();
    let lock = Template { path: "Cargo.lock", text: &locked };
    let written = write_templates(&dir, &[templates, &[lock]].concat(), &words)?;
    print(&format!("created {what} '{name}' in {}\n\n", folder.dir.display()));
    written.iter().for_each(|file| print(&format!("  {}\n", file.display())));
    Ok(())
}

/// Writes the templates into a new folder, with the words replaced.
///
/// Returns the paths in the folder, in order.
///
/// # Errors
/// The folder is not empty or is not a folder, or a file cannot be written.
fn write_templates(
    dir: &Path,
    templates: &[Template<'_>],
    words: &[(&str, &str)],
) -> Result<Vec<PathBuf>> {
    check_empty(dir)?;
    for template in templates {
        let file = dir.join(template.path);
        let folder = file.parent().unwrap_or(dir);
        std::fs::create_dir_all(folder)
            .map_err(|error| Error::file("create the folder", folder, &error))?;
        kim_files::write::replace(&file, fill(template.text, words).as_bytes())
            .map_err(|error| Error::file("write", &file, &error))?;
    }
    Ok(templates.iter().map(|template| PathBuf::from(template.path)).collect())
}

fn fill(text: &str, words: &[(&str, &str)]) -> String {
    words.iter().fold(text.to_owned(), |text, (word, meaning)| {
        text.replace(&format!("{{{{{word}}}}}"), meaning)
    })
}

/// The hint if the folder cannot be used.
const EMPTY_FOLDER_HINT: &str = "name a folder that does not exist yet; nothing was written";

/// Rejects a folder that is not empty. `.git` does not count.
fn check_empty(dir: &Path) -> Result<()> {
    if dir.exists() && !dir.is_dir() {
        return Err(Error::usage(format!("{} exists and is not a folder", dir.display()))
            .hint(EMPTY_FOLDER_HINT));
    }
    if !dir.exists() {
        return Ok(());
    }
    let entries =
        std::fs::read_dir(dir).map_err(|error| Error::file("read the folder", dir, &error))?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name != ".git").collect();
    names.sort_unstable();
    let Some(first) = names.first() else { return Ok(()) };
    let more =
        if names.len() > 1 { format!(" and {} more", names.len() - 1) } else { String::new() };
    Err(Error::usage(format!(
        "the folder {} is not empty: it contains {first}{more}",
        dir.display()
    ))
    .hint(EMPTY_FOLDER_HINT))
}

/// Returns the name of a new crate: the given one, else that of its folder.
///
/// # Errors
/// The name cannot be that of a crate.
fn crate_name(given: Option<&str>, dir: &Path, what: &str) -> Result<String> {
    let of_folder = || {
        // `.` has a name only in its canonical path.
        let dir = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
        dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let name = given.map_or_else(of_folder, str::to_owned);
    match check_crate_name(&name) {
        Ok(()) => check_name(what, &name).map(|()| name).map_err(Error::usage),
        Err(why) => {
            let hint =
                if given.is_some() { "choose another name" } else { "choose another with --name" };
            Err(Error::usage(format!("'{name}' cannot be the name of a {what}: {why}")).hint(hint))
        }
    }
}

fn check_crate_name(name: &str) -> Result<(), &'static str> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.len() > 64
        || !name.starts_with(|c: char| c.is_ascii_alphabetic())
        || !name.chars().all(fine)
    {
        return Err("a name has 1 to 64 letters, digits, '-' and '_', and begins with a letter");
    }
    let name = name.replace('-', "_");
    match (KEYWORDS.contains(&name.as_str()), TAKEN.contains(&name.as_str())) {
        (true, _) => Err("it is a keyword of Rust"),
        (_, true) => Err("a crate that it needs has that name"),
        _ => Ok(()),
    }
}

/// Rust's keywords, which cannot be the name of a crate.
const KEYWORDS: [&str; 51] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while",
];

/// The names of the crates that a new crate depends on.
const TAKEN: [&str; 12] = [
    "alloc",
    "core",
    "insta",
    "kim",
    "kim_aws",
    "kim_model",
    "kim_plugin",
    "proc_macro",
    "serde",
    "serde_json",
    "std",
    "test",
];
