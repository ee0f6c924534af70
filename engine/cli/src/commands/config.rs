//! `kim config`: reads and changes the settings of a stack.

use std::io::{IsTerminal, Read};

use clap::Subcommand;
use kim_engine::ports::StoreError;
use kim_engine::state::StackId;
use kim_engine::suggest::nearest;
use kim_model::bounds::SETTINGS_FILE;
use kim_model::{Path, Value, json};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::project::config_file;
use crate::project::settings::Settings;
use crate::screen::line::{Line, Style};
use crate::screen::value::one_line;
use crate::screen::{notice, print_json, print_value};
use crate::session::Session;
use crate::terminal::ask;

/// Read and change the stack's configuration, Kim.<stack>.toml
// The doc comments are the text of `--help`, where `[config]` is not markup.
#[allow(rustdoc::broken_intra_doc_links, rustdoc::invalid_html_tags)]
#[derive(Subcommand, Debug)]
pub enum ConfigCommand {
    /// Set a value of [config]; `aws.region` and the like go to the table of that name
    Set {
        /// The key: `size`, `zones[0]`, `tags.Team`, `aws.region`
        key: String,
        /// The value: true, 12, 1.5, TOML's list or table, or text [default: prompt, stdin]
        #[arg(allow_hyphen_values = true)]
        value: Option<String>,
        /// Seal it with the stack's key
        #[arg(long)]
        secret: bool,
        /// Take the value as text, even if it reads as TOML
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
    let session = Session::open(context)?;
    let stack = stack_with_settings(&session).await?;
    match command {
        ConfigCommand::Set { key, value, secret, text } => {
            let path = config_file::key_path(&key, session.project.setting_tables())?;
            let value = match value {
                Some(value) => value,
                None => read_value(&path, secret)?,
            };
            let value = match (secret, text) {
                (true, _) => seal(&session, &stack, &path, &value).await?,
                (false, true) => value.into(),
                (false, false) => typed(&path, &value),
            };
            set_value(&session, &stack, &path, value)
        }
        ConfigCommand::Get { key, json } => get(&session, &stack, &key, json).await,
        ConfigCommand::Rm { key } => remove_value(&session, &stack, &key),
        ConfigCommand::Ls { json, show_secrets } => {
            list_values(&session, &stack, json, show_secrets).await
        }
    }
}

/// Returns the stack of the settings. A named one need not exist yet.
async fn stack_with_settings(session: &Session<'_>) -> Result<StackId> {
    if let Some(stack) = session.named_stack()? {
        return Ok(stack);
    }
    let store = session.store(false).await?;
    session.existing_stack(&store).await
}

/// Parses a value from the command line.
///
/// Says if it only begins like a list or table.
fn typed(path: &Path, text: &str) -> toml_edit::Value {
    let value = config_file::typed(text);
    if value.is_str() && text.trim_start().starts_with(['[', '{']) {
        notice(&format!("notice: {path} is set to text, because it is no list or table in TOML"));
    }
    value
}

/// Writes a value into the stack's file.
fn set_value(
    session: &Session<'_>,
    stack: &StackId,
    path: &Path,
    value: toml_edit::Value,
) -> Result<()> {
    let file = session.project.stack_file(&stack.name);
    let mut document = config_file::read(&file)?;
    config_file::set(&mut document, path, value)?;
    config_file::write(&file, &document)
}

/// Seals a value with the stack's key.
async fn seal(
    session: &Session<'_>,
    stack: &StackId,
    path: &Path,
    value: &str,
) -> Result<toml_edit::Value> {
    match session.store(true).await?.seal_text(stack, &path.to_string(), value).await {
        Ok(text) => Ok(config_file::sealed(text)),
        Err(StoreError::NoSuchStack { .. }) => Err(Error::usage(format!(
            "stack '{stack}' does not exist yet, so it has no key to seal with"
        ))
        .hint(format!("`kim stack init {}` creates it", stack.name))),
        Err(other) => Err(other.into()),
    }
}

/// Reads a value from the terminal (without echo if secret) or from stdin.
///
/// Stdin is read whole. One line end at its end belongs to the command that wrote it.
fn read_value(path: &Path, secret: bool) -> Result<String> {
    let failed =
        |error: std::io::Error| Error::failed(format!("cannot read the value of {path}: {error}"));
    if secret && ask::is_interactive() {
        return rpassword::prompt_password(format!("{path}: ")).map_err(failed);
    }
    if std::io::stdin().is_terminal() {
        return Err(Error::usage(format!("the value of {path} is missing")));
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(SETTINGS_FILE.most + 1).read_to_end(&mut bytes).map_err(failed)?;
    if SETTINGS_FILE.is_exceeded_by(bytes.len() as u64) {
        return Err(Error::usage(format!(
            "the value of {path} is too long: a settings file holds at most {SETTINGS_FILE}"
        )));
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::usage(format!("the value of {path} is not text in UTF-8")))?;
    let value = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n'));
    Ok(value.unwrap_or(&text).to_owned())
}

async fn get(session: &Session<'_>, stack: &StackId, key: &str, as_json: bool) -> Result<()> {
    let path = config_file::key_path(key, session.project.setting_tables())?;
    let settings = session.settings(stack)?;
    let sealed = settings.redacted()?;
    let Some(found) = sealed.at(&path).filter(|value| *value != Value::Null) else {
        return Err(not_set_error(&sealed, stack, &path));
    };
    let value = if found.has_secret() {
        let store = session.store(true).await?;
        let opened = settings.decrypted(stack, &store).await?;
        opened.at(&path).unwrap_or_default().without_secrets()
    } else {
        found
    };
    match (as_json, &value) {
        (false, Value::Text(text)) => print_value(text),
        _ => print_json(&json::revealed(&value).to_string()),
    }
    Ok(())
}

fn not_set_error(settings: &Value, stack: &StackId, path: &Path) -> Error {
    let error = Error::usage(format!("{path} is not set for stack '{stack}'"));
    let all: Vec<String> = leaves(settings).into_iter().map(|(path, _)| path.to_string()).collect();
    match nearest(&path.to_string(), all.iter().map(String::as_str)) {
        Some(meant) => error.hint(format!("did you mean {meant}?")),
        None => error.hint("`kim config ls` lists what is set"),
    }
}

fn remove_value(Session { project, .. }: &Session<'_>, stack: &StackId, key: &str) -> Result<()> {
    let path = config_file::key_path(key, project.setting_tables())?;
    let file = project.stack_file(&stack.name);
    let mut document = config_file::read(&file)?;
    if config_file::remove(&mut document, &path) {
        return config_file::write(&file, &document);
    }
    let error = Error::usage(format!("{path} is not set in {}", file.display()));
    let inherited = Settings::of_project(project)
        .redacted()?
        .at(&path)
        .is_some_and(|value| value != Value::Null);
    Err(if inherited {
        error.hint(format!("it is set in {} for every stack", crate::project::PROJECT_FILE))
    } else {
        error
    })
}

async fn list_values(
    session: &Session<'_>,
    stack: &StackId,
    as_json: bool,
    show_secrets: bool,
) -> Result<()> {
    let settings = session.settings(stack)?;
    let values = if show_secrets && settings.has_secrets() {
        let store = session.store(true).await?;
        settings.decrypted(stack, &store).await?.without_secrets()
    } else {
        settings.redacted()?
    };
    if as_json {
        print_json(&format!("{:#}", json::redacted(&values)));
        return Ok(());
    }
    let rows = leaves(&values);
    let width = rows.iter().map(|(path, _)| path.to_string().chars().count()).max().unwrap_or(0);
    let lines: Vec<Line> = rows
        .iter()
        .map(|(path, value)| {
            Line::new()
                .add(Style::Bold, path.to_string())
                .pad(width)
                .text("  ")
                .text(one_line(value))
        })
        .collect();
    session.context.look.print(&lines);
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
