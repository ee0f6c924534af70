//! `kim stack`: lists, creates, selects and inspects stacks.

use clap::Subcommand;
use kim_engine::Interrupt;
use kim_engine::ports::{StackSummary, Store};
use kim_engine::state::StackId;
use kim_engine::suggest::nearest;
use kim_model::{Value, json};
use serde_json::json;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::project::{check_name, selection};
use crate::screen::json::outputs;
use crate::screen::line::{Line, Style};
use crate::screen::value::{one_line, utc_time};
use crate::screen::{print, print_json, print_value};
use crate::session::Session;
use crate::terminal::ask;

/// List, create, select and inspect stacks
#[derive(Subcommand, Debug)]
pub enum StackCommand {
    /// List the project's stacks
    Ls {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Create a stack and select it
    Init {
        /// Its name [default: the value of --stack]
        name: Option<String>,
    },
    /// Select the stack that commands work on
    Select {
        /// Its name [default: the value of --stack]
        name: Option<String>,
    },
    /// Remove a stack and its history
    Rm {
        /// Its name [default: the selected one]
        name: Option<String>,
        /// Forget resources that it still holds; they stay in the cloud
        #[arg(long)]
        force: bool,
        /// Proceed without confirmation
        #[arg(short, long)]
        yes: bool,
    },
    /// Print the stack's outputs
    Output {
        /// Print only this one, without its name
        name: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Show secrets
        #[arg(long)]
        show_secrets: bool,
    },
    /// Print the stack's state as JSON
    Export {
        /// Show secrets
        #[arg(long)]
        show_secrets: bool,
    },
    /// Release the lock of a run whose machine is gone
    Unlock {
        /// Proceed without confirmation
        #[arg(short, long)]
        yes: bool,
    },
}

/// Runs `kim stack …`.
pub(super) async fn run(context: &Context, command: StackCommand) -> Result<()> {
    let session = Session::open(context)?;
    match command {
        StackCommand::Ls { json } => list_stacks(&session, json).await,
        StackCommand::Init { name } => init_stack(&session, name).await,
        StackCommand::Select { name } => select_stack(&session, name).await,
        StackCommand::Rm { name, force, yes } => remove_stack(&session, name, force, yes).await,
        StackCommand::Output { name, json, show_secrets } => {
            output(&session, name, json, show_secrets).await
        }
        StackCommand::Export { show_secrets } => export(&session, show_secrets).await,
        StackCommand::Unlock { yes } => unlock(&session, yes).await,
    }
}

async fn list_stacks(session: &Session<'_>, as_json: bool) -> Result<()> {
    let project = &session.project;
    let stacks = session.store(false).await?.stacks(&project.name).await?;
    let chosen = session.named_stack()?.map(|stack| stack.name);
    let is_chosen = |stack: &StackSummary| chosen.as_ref() == Some(&stack.id.name);
    if as_json {
        let rows: Vec<serde_json::Value> = stacks
            .iter()
            .map(|stack| {
                json!({
                    "name": stack.id.name, "chosen": is_chosen(stack), "resources": stack.resources,
                    "last_run_at": stack.last_run_at, "locked_by": stack.locked_by,
                })
            })
            .collect();
        print_json(&serde_json::Value::from(rows).to_string());
        return Ok(());
    }
    if stacks.is_empty() {
        print(&format!(
            "project '{}' has no stack yet; `kim stack init dev` creates one\n",
            project.name
        ));
    }
    let width = stacks.iter().map(|stack| stack.id.name.len()).max().unwrap_or(0);
    let lines: Vec<Line> = stacks
        .iter()
        .map(|stack| {
            let line = Line::new()
                .add(Style::Green, if is_chosen(stack) { "* " } else { "  " })
                .add(Style::Bold, format!("{:width$}", stack.id.name))
                .text(format!("  {:>5} resources  ", stack.resources))
                .add(
                    Style::Dim,
                    stack.last_run_at.map_or_else(|| "never run".to_owned(), utc_time),
                );
            match &stack.locked_by {
                Some(holder) => line.add(Style::Yellow, format!("  locked by {holder}")),
                None => line,
            }
        })
        .collect();
    session.context.look.print(&lines);
    Ok(())
}

/// Returns the stack that a command names. Checks only the form of the name.
fn stack_id(session: &Session<'_>, name: Option<String>) -> Result<StackId> {
    let name = name
        .or_else(|| session.context.stack.clone())
        .ok_or_else(|| Error::usage("name the stack"))?;
    check_name("stack", &name).map_err(Error::usage)?;
    Ok(StackId { project: session.project.name.clone(), name })
}

async fn init_stack(session: &Session<'_>, name: Option<String>) -> Result<()> {
    let stack = stack_id(session, name)?;
    session.store(false).await?.create_stack(&stack).await?;
    selection::select(&session.project, &stack.name)?;
    let file = session.project.stack_file(&stack.name);
    print(&format!(
        "created and selected stack '{stack}'; its settings go to {}\n",
        file.display()
    ));
    Ok(())
}

async fn select_stack(session: &Session<'_>, name: Option<String>) -> Result<()> {
    let project = &session.project;
    let stack = stack_id(session, name)?;
    let stack =
        selection::existing(project, Some(&stack.name), &*session.store(false).await?).await?;
    selection::select(project, &stack.name)?;
    print(&format!("selected stack '{stack}'\n"));
    Ok(())
}

async fn remove_stack(
    session: &Session<'_>,
    name: Option<String>,
    force: bool,
    yes: bool,
) -> Result<()> {
    let (project, store) = (&session.project, session.store(false).await?);
    let name = name.as_deref().or(session.context.stack.as_deref());
    let stack = selection::existing(project, name, &*store).await?;
    let question = format!("Remove stack '{stack}' and its history?");
    ask::confirm(&question, yes, &Interrupt::default()).await?;
    store.remove_stack(&stack, force).await?;
    selection::deselect(project, &stack.name)?;
    print(&format!("removed stack '{stack}'\n"));
    Ok(())
}

async fn output(
    session: &Session<'_>,
    name: Option<String>,
    as_json: bool,
    show: bool,
) -> Result<()> {
    let (stack, store) = session.stack().await?;
    let exports = store.load(&stack).await?.exports;
    let Some(name) = name else {
        if as_json {
            print_json(&format!("{:#}", outputs(&exports, show)));
            return Ok(());
        }
        if exports.is_empty() {
            print(&format!("stack '{stack}' has no outputs\n"));
        }
        let width = exports.keys().map(|name| name.chars().count()).max().unwrap_or(0);
        let lines: Vec<Line> = exports
            .iter()
            .flat_map(|(name, value)| {
                output_lines(
                    name,
                    width,
                    &if show { value.without_secrets() } else { value.clone() },
                )
            })
            .collect();
        session.context.look.print(&lines);
        return Ok(());
    };
    let value = exports
        .get(&name)
        .ok_or_else(|| no_output_error(&stack, &name, exports.keys().map(String::as_str)))?;
    let value = if show { value.without_secrets() } else { value.clone() };
    match (as_json, &value) {
        (false, Value::Text(text)) => print_value(text),
        (false, Value::Secret(_)) => print("[secret]\n"),
        _ => print_json(&json::redacted(&value).to_string()),
    }
    Ok(())
}

/// Returns the lines of an output. Lists and maps take a line per item.
fn output_lines(name: &str, width: usize, value: &Value) -> Vec<Line> {
    let label = |text: &str| Line::new().add(Style::Bold, text).pad(width).text("  ");
    let items: Vec<String> = match value {
        Value::Text(text) => vec![text.clone()],
        Value::List(items) if !items.is_empty() => items.iter().map(unquoted).collect(),
        Value::Map(map) if !map.is_empty() => {
            map.iter().map(|(key, item)| format!("{key}: {}", unquoted(item))).collect()
        }
        other => vec![one_line(other)],
    };
    items
        .iter()
        .enumerate()
        .map(|(at, item)| label(if at == 0 { name } else { "" }).text(item))
        .collect()
}

/// Returns a value on one line. A text has no quotes.
fn unquoted(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => one_line(other),
    }
}

fn no_output_error<'n>(
    stack: &StackId,
    name: &str,
    names: impl Iterator<Item = &'n str> + Clone,
) -> Error {
    let meant = nearest(name, names.clone()).map(|name| format!("did you mean '{name}'?"));
    let known: Vec<&str> = names.collect();
    let hint = meant.unwrap_or_else(|| match known.as_slice() {
        [] => "it has none; a program creates one with stack.export".to_owned(),
        _ => format!("it has: {}", known.join(", ")),
    });
    Error::usage(format!("stack '{stack}' has no output '{name}'")).hint(hint)
}

async fn export(session: &Session<'_>, show_secrets: bool) -> Result<()> {
    let (stack, store) = session.stack().await?;
    let state = store.load(&stack).await?;
    print_json(&format!("{:#}", kim_state::to_json(&state, show_secrets)));
    Ok(())
}

async fn unlock(session: &Session<'_>, yes: bool) -> Result<()> {
    let store = session.store(false).await?;
    let stack = session.existing_stack(&store).await?;
    let question = format!(
        "Release the lock of stack '{stack}'? Do so only if the run that holds it has died."
    );
    ask::confirm(&question, yes, &Interrupt::default()).await?;
    match store.unlock(&stack).await? {
        Some(holder) => print(&format!("released the lock of stack '{stack}', held by {holder}\n")),
        None => print(&format!("stack '{stack}' was not locked\n")),
    }
    Ok(())
}
