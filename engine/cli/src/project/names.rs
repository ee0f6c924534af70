//! What projects, stacks, plugins and their versions can be called: each of the names is also that of a file or folder.

/// What is wrong with the name of a project, stack or plugin.
///
/// # Errors
/// The end of a sentence that begins with the place of the name.
pub fn check_name(what: &str, name: &str) -> Result<(), String> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty()
        || name.len() > 100
        || !name.chars().all(fine)
        || !name.starts_with(|c: char| c.is_ascii_alphanumeric())
    {
        return Err(format!(
            "'{name}' cannot be the name of a {what}: it takes 1 to 100 letters, digits, '-', '_' and '.', and begins with a letter or digit"
        ));
    }
    if what == "plugin" && TABLES.contains(&name) {
        return Err(format!(
            "'{name}' cannot be the name of a plugin: it is a name that Kim.toml uses for something else"
        ));
    }
    Ok(())
}

/// What Kim.toml and the stacks' files use themselves, where a plugin's name would stand.
const TABLES: [&str; 6] = ["aws", "config", "name", "plugins", "program", "state"];

/// What is wrong with a version, as the end of a sentence.
///
/// # Errors
/// It is none that a folder can have.
pub fn check_version(version: &str) -> Result<(), String> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
    match version.starts_with(|c: char| c.is_ascii_digit()) && version.len() <= 100 && version.chars().all(fine) {
        true => Ok(()),
        false => Err(format!("must be written like 0.1.0, but is '{version}'")),
    }
}
