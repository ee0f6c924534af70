//! Valid names of projects, stacks, plugins and versions.
//!
//! Each is also the name of a file or a folder.

/// Checks the name of a project, stack or plugin.
///
/// # Errors
/// The error is the end of a sentence. The caller begins it with the place of the name.
pub fn check_name(what: &str, name: &str) -> Result<(), String> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty()
        || name.len() > 100
        || !name.chars().all(fine)
        || !name.starts_with(|c: char| c.is_ascii_alphanumeric())
    {
        return Err(format!(
            "'{name}' cannot be the name of a {what}: a name has 1 to 100 letters, digits, '-', '_' and '.', and begins with a letter or digit"
        ));
    }
    if what == "plugin" && TABLES.contains(&name) {
        return Err(format!(
            "'{name}' cannot be the name of a plugin: it is a name that Kim.toml uses for something else"
        ));
    }
    Ok(())
}

/// The tables that Kim.toml and the stacks' files use themselves.
///
/// No plugin can have such a name.
const TABLES: [&str; 6] = ["aws", "config", "name", "plugins", "program", "state"];

/// Checks a version.
///
/// # Errors
/// It cannot be the name of a folder. The error is the end of a sentence.
pub fn check_version(version: &str) -> Result<(), String> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
    if !version.starts_with(|c: char| c.is_ascii_digit())
        || version.len() > 100
        || !version.chars().all(fine)
    {
        return Err(format!("must be written like 0.1.0, but is '{version}'"));
    }
    Ok(())
}
