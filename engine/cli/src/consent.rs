//! The questions before what a project chooses is used: an endpoint, a profile, a state file.
//!
//! Invariant: such a choice is used only after the person at the terminal said so once, or a flag
//! or a variable did. A project that somebody else wrote may choose where signed requests go, and
//! whose resources are changed.

use std::path::{Path, PathBuf};

use kim_engine::Interrupt;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::project::consents::{Choice, Consents};
use crate::project::settings::Settings;
use crate::project::{PROJECT_FILE, Project};
use crate::terminal::ask;

/// Something that a project chose.
struct Chosen {
    choice: Choice,
    value: String,
    /// The setting, in words: `aws.endpoint in …/Kim.toml`.
    setting: String,
    /// What it is for, and what it means to allow it.
    meaning: String,
}

/// Waits for the user's word on the endpoint and the profile that a project chose.
///
/// # Errors
/// The user does not allow one, or cannot be asked.
pub(crate) async fn expect_aws_allowed(
    context: &Context,
    project: &Project,
    settings: &Settings,
    interrupt: &Interrupt,
) -> Result<()> {
    let table = settings.aws()?;
    let chosen = [
        (Choice::Endpoint, "endpoint", table.endpoint, "AWS_ENDPOINT_URL"),
        (Choice::Profile, "profile", table.profile, "AWS_PROFILE"),
    ];
    for (choice, key, value, variable) in chosen {
        let Some(value) = value else { continue };
        // The user's own environment says the same.
        if context.environment.text(variable) == Some(value.as_str()) {
            continue;
        }
        let meaning = match choice {
            Choice::Endpoint => format!(
                "sends the requests to AWS to {value}, signed with your credentials and with your session token"
            ),
            _ => {
                format!("signs the requests to AWS with the credentials of your profile '{value}'")
            }
        };
        let setting = format!("aws.{key} in {}", settings.file_of_aws(key).display());
        expect_allowed(context, project, Chosen { choice, value, setting, meaning }, interrupt)
            .await?;
    }
    Ok(())
}

/// Waits for the user's word on a state file outside of the project's folder.
///
/// # Errors
/// The user does not allow it, or cannot be asked.
pub(crate) async fn expect_state_allowed(context: &Context, project: &Project) -> Result<()> {
    if context.names_state() || context.trusts_project {
        return Ok(());
    }
    let state = std::path::absolute(&project.state).unwrap_or_else(|_| project.state.clone());
    // What links lead to is what is written, so the consent is for that.
    let file = without_links(&state);
    if file.as_deref().is_some_and(|file| is_own(project, file)) {
        return Ok(());
    }
    let Some(value) = file.as_deref().and_then(Path::to_str).map(str::to_owned) else {
        return Err(Error::failed(format!(
            "it cannot be found out which file state.path in {} means, so nothing was done: {} \
             leads to nothing, through a folder that is not there, or to a name that is not text",
            project.dir.join(PROJECT_FILE).display(),
            state.display()
        ))
        .hint("name the file without links, or set KIM_STATE to it"));
    };
    let chosen = Chosen {
        choice: Choice::State,
        setting: format!("state.path in {}", project.dir.join(PROJECT_FILE).display()),
        meaning: format!(
            "reads and changes the state in {value}, which may be that of another project"
        ),
        value,
    };
    expect_allowed(context, project, chosen, &Interrupt::default()).await
}

async fn expect_allowed(
    context: &Context,
    project: &Project,
    Chosen { choice, value, setting, meaning }: Chosen,
    interrupt: &Interrupt,
) -> Result<()> {
    let mut consents = Consents::of_user(&context.environment);
    if context.trusts_project || consents.allows(&project.dir, choice, &value)? {
        return Ok(());
    }
    let refused = Error::failed(ask::in_lines(&[
        "the project chose something that you did not allow yet, so nothing was done".to_owned(),
        format!("  {setting}"),
        format!("  kim then {meaning}"),
    ]));
    if !ask::is_interactive() {
        return Err(refused.hint(
            "if you trust the project, pass --trust-project or set KIM_TRUST_PROJECT=1; at a terminal kim asks once",
        ));
    }
    let question = [
        format!("The project chose {setting}."),
        format!("kim then {meaning}."),
        "Allow it from now on?".to_owned(),
    ];
    if !ask::agrees(&question, interrupt).await {
        return Err(refused);
    }
    consents.allow(&project.dir, choice, &value)
}

/// Returns true if a state file lies in its own project, and in none below.
///
/// `file` is free of links.
fn is_own(project: &Project, file: &Path) -> bool {
    let Ok(dir) = project.dir.canonicalize() else { return false };
    let below = file.ancestors().skip(1).take_while(|folder| *folder != dir);
    file.starts_with(&dir) && below.into_iter().all(|folder| !folder.join(PROJECT_FILE).exists())
}

/// Returns a path free of links. Its end need not exist yet.
///
/// Returns `None` if a link leads to nothing, or a folder above is not there to be entered.
fn without_links(path: &Path) -> Option<PathBuf> {
    match path.canonicalize() {
        Ok(path) => Some(path),
        Err(_) if path.symlink_metadata().is_ok() => None,
        Err(_) => Some(without_links(path.parent()?)?.join(path.file_name()?)),
    }
}
