//! Writes a new folder from templates, for `kim new` and `kim plugin new`. The templates are real files, below
//! `engine/cli/templates`.
//!
//! Invariants: what somebody has is never written over: the folder must be new or empty, but for git's own; nothing is
//! written before everything has been checked.

use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::load::sdk::Sdk;
use crate::project::check_name;
use crate::screen::print;

/// A file to write.
#[derive(Clone, Copy, Debug)]
pub(super) struct Template<'t> {
    /// Its path in the new folder, with `/`.
    pub(super) path: &'t str,
    /// Its text, in which `{{word}}` stands for what [`write()`] is told.
    pub(super) text: &'t str,
}

/// The folder to make.
#[derive(Clone, Copy, Debug)]
pub(super) struct Folder<'f> {
    /// Where, as it was written.
    pub(super) dir: &'f Path,
    /// The name of what it becomes; `None`: the folder's.
    pub(super) name: Option<&'f str>,
    /// The folder of kim's sources, where one is named.
    pub(super) sdk: Option<&'f Path>,
}

/// Makes a new folder from templates, and says what is in it. `what` it becomes, for messages; `words` are filled in
/// beside `name` and `crate`. The crates in it are locked to the versions that kim is built with: nothing else has to be
/// fetched, and they are known to go together.
///
/// # Errors
/// As for [`crate_name`] and [`write()`], or kim's sources are not to be found.
pub(super) fn make(
    context: &Context,
    what: &str,
    folder: &Folder<'_>,
    templates: &[Template<'_>],
    words: impl FnOnce(&Sdk) -> Vec<(&'static str, String)>,
) -> Result<()> {
    let dir = context.resolve(folder.dir);
    let name = crate_name(folder.name, &dir, what)?;
    let sdk = Sdk::find(folder.sdk.map(|dir| context.resolve(dir)).as_deref())?;
    let locked = sdk.locked()?;
    let own = [("name", name.clone()), ("crate", name.replace('-', "_"))];
    let words: Vec<(&str, String)> = own.into_iter().chain(words(&sdk)).collect();
    let words: Vec<(&str, &str)> = words.iter().map(|(word, meaning)| (*word, meaning.as_str())).collect();
    let lock = Template { path: "Cargo.lock", text: &locked };
    let written = write(&dir, &[templates, &[lock]].concat(), &words)?;
    print(&format!("made {what} '{name}' in {}\n\n", folder.dir.display()));
    written.iter().for_each(|file| print(&format!("  {}\n", file.display())));
    Ok(())
}

/// Writes the templates into a new folder, with the words filled in, and answers with the paths below it, in order.
///
/// # Errors
/// The folder is not empty or is no folder, or a file cannot be written.
fn write(dir: &Path, templates: &[Template<'_>], words: &[(&str, &str)]) -> Result<Vec<PathBuf>> {
    refuse_used(dir)?;
    for template in templates {
        let file = dir.join(template.path);
        let folder = file.parent().unwrap_or(dir);
        std::fs::create_dir_all(folder).map_err(|error| Error::file("make the folder", folder, &error))?;
        std::fs::write(&file, fill(template.text, words)).map_err(|error| Error::file("write", &file, &error))?;
    }
    Ok(templates.iter().map(|template| PathBuf::from(template.path)).collect())
}

fn fill(text: &str, words: &[(&str, &str)]) -> String {
    words.iter().fold(text.to_owned(), |text, (word, meaning)| text.replace(&format!("{{{{{word}}}}}"), meaning))
}

/// What to do where something is in the way.
const ANOTHER: &str = "name a folder that does not exist yet; nothing was written";

/// Refuses a folder in which there is something; a fresh `git init` is nothing.
fn refuse_used(dir: &Path) -> Result<()> {
    if dir.exists() && !dir.is_dir() {
        return Err(Error::usage(format!("{} is there already, and is no folder", dir.display())).hint(ANOTHER));
    }
    if !dir.exists() {
        return Ok(());
    }
    let entries = std::fs::read_dir(dir).map_err(|error| Error::file("look into the folder", dir, &error))?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name != ".git").collect();
    names.sort_unstable();
    let Some(first) = names.first() else { return Ok(()) };
    let more = if names.len() > 1 { format!(" and {} more", names.len() - 1) } else { String::new() };
    Err(Error::usage(format!("the folder {} is not empty: there is {first}{more}", dir.display())).hint(ANOTHER))
}

/// The name of a new crate: the one that is given, else that of its folder.
///
/// # Errors
/// Neither can be a crate's name.
fn crate_name(given: Option<&str>, dir: &Path, what: &str) -> Result<String> {
    let of_folder = || {
        // `.` has a name of its own only where it is looked at.
        let dir = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
        dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let name = given.map_or_else(of_folder, str::to_owned);
    match check_crate_name(&name) {
        Ok(()) => check_name(what, &name).map(|()| name).map_err(Error::usage),
        Err(why) => {
            let hint = if given.is_some() { "choose another name" } else { "choose another with --name" };
            Err(Error::usage(format!("'{name}' cannot be the name of a {what}: {why}")).hint(hint))
        }
    }
}

fn check_crate_name(name: &str) -> Result<(), &'static str> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.len() > 64 || !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(fine) {
        return Err("it takes 1 to 64 letters, digits, '-' and '_', and begins with a letter");
    }
    let name = name.replace('-', "_");
    match (KEYWORDS.contains(&name.as_str()), TAKEN.contains(&name.as_str())) {
        (true, _) => Err("it is a keyword of Rust"),
        (_, true) => Err("a crate that it needs has that name"),
        _ => Ok(()),
    }
}

/// Rust's words, which no crate can be called.
const KEYWORDS: [&str; 51] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super",
    "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while",
];

/// Names of crates that a new crate stands on.
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
