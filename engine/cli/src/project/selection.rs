//! The stack that a command works on.
//!
//! It is named by `-s`, else by `KIM_STACK`, else it is the selected one (`.kim/stack`), else the
//! only one.

use std::path::PathBuf;

use kim_engine::ports::{Store, StoreError};
use kim_engine::state::StackId;

use super::Project;
use super::names::check_name;
use super::tables::settings_text;
use crate::error::{Error, Result};

fn selection_file(project: &Project) -> PathBuf {
    project.dot_kim().join("stack")
}

/// Returns the stack that `kim stack select` selected, if any.
pub fn selected(project: &Project) -> Option<String> {
    let name = settings_text(&selection_file(project)).ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// Selects a stack.
pub fn select(project: &Project, name: &str) -> Result<()> {
    let (folder, file) = (project.dot_kim(), selection_file(project));
    kim_files::write::create_private_folder(&folder)
        .map_err(|error| Error::file("create the folder", &folder, &error))?;
    kim_files::write::replace(&file, format!("{name}\n").as_bytes())
        .map_err(|error| Error::file("write", &file, &error))
}

/// Clears the selection if it is this stack.
pub fn deselect(project: &Project, name: &str) -> Result<()> {
    if selected(project).as_deref() != Some(name) {
        return Ok(());
    }
    let file = selection_file(project);
    std::fs::remove_file(&file).map_err(|error| Error::file("remove", &file, &error))
}

/// Returns the stack that was requested or else selected, or `None`.
///
/// It is requested with `-s` or `KIM_STACK`. Checks only the form of the name.
pub fn named(project: &Project, asked: Option<&str>) -> Result<Option<StackId>> {
    let Some(name) = asked.map(str::to_owned).or_else(|| selected(project)) else {
        return Ok(None);
    };
    check_name("stack", &name).map_err(Error::usage)?;
    Ok(Some(StackId { project: project.name.clone(), name }))
}

/// Returns the stack to work on, which exists.
///
/// # Errors
/// The named stack does not exist. Or none is named, and the project does not have exactly one. The
/// error lists the existing stacks.
pub async fn existing(
    project: &Project,
    asked: Option<&str>,
    store: &dyn Store,
) -> Result<StackId> {
    let there = store.stacks(&project.name).await?;
    let names: Vec<String> = there.iter().map(|stack| stack.id.name.clone()).collect();
    match named(project, asked)? {
        Some(stack) if names.contains(&stack.name) => Ok(stack),
        Some(stack) => {
            Err(StoreError::NoSuchStack { project: stack.project, stack: stack.name, known: names }
                .into())
        }
        None => match there.as_slice() {
            [only] => Ok(only.id.clone()),
            [] => Err(Error::usage(format!("project '{}' has no stack yet", project.name))
                .hint("`kim stack init dev` creates one")),
            _ => Err(Error::usage(format!(
                "which stack of project '{}'? There are: {}",
                project.name,
                names.join(", ")
            ))
            .hint("name one with -s, or select one with `kim stack select`")),
        },
    }
}
