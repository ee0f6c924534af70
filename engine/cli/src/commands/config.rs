//! `kim config`: reads and changes the settings of a stack.

use std::io::{BufRead, IsTerminal};

use clap::Subcommand;
use kim_engine::ports::StoreError;
use kim_engine::state::StackId;
use kim_model::{Path, Value, json};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::project::settings::Settings;
use crate::project::{Project, config_file, selection};
use crate::screen::line::{Line, Style};
use crate::screen::print;
use crate::screen::value::one_line;
use crate::terminal::ask;
use kim_engine::suggest::nearest;

/// `kim config …`.
// The doc comments are the text of `--help`, where `[config]` is not markup.
#[allow(rustdoc::broken_intra_doc_links, rustdoc::invalid_html_tags)]
#[derive(Subcommand, Debug)]
pub enum ConfigCommand {
    /// Set a value of [config]; `aws.region` and the like go to the table of that name
    Set {
        /// The key: `size`, `zones[0]`, `tags.Team`, `aws.region`
        key: String,
        /// The value: true, 12, 1.5, [..] and {..} are read as TOML, anything else is text [default: asked for, or stdin]
        value: Option<String>,
        /// Seal it with the stack's key
        #[arg(long)]
        secret: bool,
        /// Take the value as text, whatever it looks like
        #[arg(long, conflicts_with = "secret")]
        text: bool,
    },
    /// Print one value
    Get {
        /// The key
        key: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove a value from the stack's file
    Rm {
        /// The key
        key: String,
    },
    /// List the values: the stack's over the project's
    Ls {
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Show secrets
        #[arg(long)]
        show_secrets: bool,
    },
}

/// Runs `kim config …`.
pub(super) async fn run(context: &Context, command: ConfigCommand) -> Result<()> {
    let project = context.project()?;
    let stack = stack(context, &project).await?;
    match command {
        ConfigCommand::Set { key, value, secret, text } => {
            set(context, &project, &stack, &key, value, secret, text).await
        }
        ConfigCommand::Get { key, json } => get(context, &project, &stack, &key, json).await,
        ConfigCommand::Rm { key } => remove(&project, &stack, &key),
        ConfigCommand::Ls { json, show_secrets } => list(context, &project, &stack, json, show_secrets).await,
    }
}

/// Returns the stack whose settings are meant. A named one need not exist yet.
async fn stack(context: &Context, project: &Project) -> Result<StackId> {
    if let Some(stack) = selection::named(project, context.stack.as_deref())? {
        return Ok(stack);
    }
    selection::existing(project, None, &*context.store(project, false)?).await
}

async fn set(
    context: &Context,
    project: &Project,
    stack: &StackId,
    key: &str,
    value: Option<String>,
    secret: bool,
    text: bool,
) -> Result<()> {
    let path = config_file::key_path(key, project.setting_tables())?;
    let value = match value {
        Some(value) => value,
        None => asked(&path, secret)?,
    };
    let value = match (secret, text) {
        (true, _) => {
            let store = context.store(project, true)?;
            let sealed = store.seal_text(stack, &path.to_string(), &value).await;
            config_file::sealed(sealed.map_err(|error| {
                match error {
                    StoreError::NoSuchStack { .. } => {
                        Error::usage(format!("stack '{stack}' does not exist yet, so it has no key to seal with"))
                            .hint(format!("`kim stack init {}` makes it", stack.name))
                    }
                    other => other.into(),
                }
            })?)
        }
        (false, true) => value.into(),
        (false, false) => config_file::typed(&value),
    };
    let file = project.stack_file(&stack.name);
    let mut document = config_file::read(&file)?;
    config_file::set(&mut document, &path, value)?;
    config_file::write(&file, &document)
}

/// Reads a value from the terminal (without echo if secret) or from stdin.
fn asked(path: &Path, secret: bool) -> Result<String> {
    let failed = |error: std::io::Error| Error::failed(format!("cannot read the value of {path}: {error}"));
    if secret && ask::is_interactive() {
        return rpassword::prompt_password(format!("{path}: ")).map_err(failed);
    }
    if std::io::stdin().is_terminal() {
        return Err(Error::usage(format!("the value of {path} is missing")));
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(failed)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

async fn get(context: &Context, project: &Project, stack: &StackId, key: &str, as_json: bool) -> Result<()> {
    let path = config_file::key_path(key, project.setting_tables())?;
    let settings = Settings::load(project, &stack.name)?;
    let sealed = settings.redacted()?;
    let Some(found) = sealed.at(&path).filter(|value| *value != Value::Null) else {
        return Err(not_set(&sealed, stack, &path));
    };
    let value = match found.has_secret() {
        true => {
            let store = context.store(project, true)?;
            let opened = settings.decrypted(stack, &store).await?;
            opened.at(&path).unwrap_or_default().without_secrets()
        }
        false => found,
    };
    match (as_json, &value) {
        (false, Value::Text(text)) => print(&format!("{text}\n")),
        _ => print(&format!("{}\n", json::revealed(&value))),
    }
    Ok(())
}

fn not_set(settings: &Value, stack: &StackId, path: &Path) -> Error {
    let error = Error::usage(format!("{path} is not set for stack '{stack}'"));
    let all: Vec<String> = leaves(settings).into_iter().map(|(path, _)| path.to_string()).collect();
    match nearest(&path.to_string(), all.iter().map(String::as_str)) {
        Some(meant) => error.hint(format!("did you mean {meant}?")),
        None => error.hint("`kim config ls` shows what is"),
    }
}

fn remove(project: &Project, stack: &StackId, key: &str) -> Result<()> {
    let path = config_file::key_path(key, project.setting_tables())?;
    let file = project.stack_file(&stack.name);
    let mut document = config_file::read(&file)?;
    if config_file::remove(&mut document, &path) {
        return config_file::write(&file, &document);
    }
    let error = Error::usage(format!("{path} is not set in {}", file.display()));
    let inherited = Settings::of_project(project).redacted()?.at(&path).is_some_and(|value| value != Value::Null);
    Err(if inherited { error.hint(format!("it is set in {} for every stack", crate::project::PROJECT_FILE)) } else { error })
}

async fn list(context: &Context, project: &Project, stack: &StackId, as_json: bool, show_secrets: bool) -> Result<()> {
    let settings = Settings::load(project, &stack.name)?;
    let values = match show_secrets && settings.has_secrets() {
        true => {
            let store = context.store(project, true)?;
            settings.decrypted(stack, &store).await?.without_secrets()
        }
        false => settings.redacted()?,
    };
    if as_json {
        print(&format!("{:#}\n", json::redacted(&values)));
        return Ok(());
    }
    let rows = leaves(&values);
    let width = rows.iter().map(|(path, _)| path.to_string().chars().count()).max().unwrap_or(0);
    let lines: Vec<Line> = rows
        .iter()
        .map(|(path, value)| Line::new().add(Style::Bold, path.to_string()).pad(width).text("  ").text(one_line(value)))
        .collect();
    context.look.print(&lines);
    Ok(())
}

/// Returns the innermost values of maps, with their paths. An empty map is one.
fn leaves(value: &Value) -> Vec<(Path, Value)> {
    fn walk(value: &Value, path: &Path, found: &mut Vec<(Path, Value)>) {
        match value {
            Value::Map(map) if !map.is_empty() => {
                map.iter().for_each(|(key, value)| walk(value, &path.join(key), found))
            }
            other => found.push((path.clone(), other.clone())),
        }
    }
    let mut found = Vec::new();
    walk(value, &Path::root(), &mut found);
    found.retain(|(path, _)| !path.is_root());
    found
}
