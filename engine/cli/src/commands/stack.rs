//! `kim stack`: list, make, choose and look into stacks.

use clap::Subcommand;
use kim_engine::Interrupt;
use kim_engine::ports::{StackSummary, Store};
use kim_engine::state::StackId;
use kim_model::{Value, json};
use serde_json::json;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::project::{Project, check_name, selection};
use crate::screen::json::outputs;
use crate::screen::line::{Line, Style};
use crate::screen::print;
use crate::screen::value::{utc_time, one_line};
use crate::terminal::ask;
use kim_engine::suggest::nearest;

/// `kim stack …`.
#[derive(Subcommand, Debug)]
pub enum StackCommand {
    /// List the project's stacks
    Ls {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Make a stack and choose it
    Init {
        /// Its name [default: what --stack says]
        name: Option<String>,
    },
    /// Choose the stack that commands work on
    Select {
        /// Its name [default: what --stack says]
        name: Option<String>,
    },
    /// Remove a stack and its history
    Rm {
        /// Its name [default: the chosen one]
        name: Option<String>,
        /// Forget resources that it still holds; they stay in the cloud
        #[arg(long)]
        force: bool,
        /// Do it without asking
        #[arg(short, long)]
        yes: bool,
    },
    /// Print the stack's outputs
    Output {
        /// Only this one, bare
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
        /// Do it without asking
        #[arg(short, long)]
        yes: bool,
    },
}

/// Runs `kim stack …`.
pub(super) async fn run(context: &Context, command: StackCommand) -> Result<()> {
    let project = context.project()?;
    match command {
        StackCommand::Ls { json } => list(context, &project, json).await,
        StackCommand::Init { name } => init(context, &project, name).await,
        StackCommand::Select { name } => select(context, &project, name).await,
        StackCommand::Rm { name, force, yes } => remove(context, &project, name, force, yes).await,
        StackCommand::Output { name, json, show_secrets } => output(context, &project, name, json, show_secrets).await,
        StackCommand::Export { show_secrets } => export(context, &project, show_secrets).await,
        StackCommand::Unlock { yes } => unlock(context, &project, yes).await,
    }
}

async fn list(context: &Context, project: &Project, as_json: bool) -> Result<()> {
    let stacks = context.store(project, false)?.stacks(&project.name).await?;
    let chosen = selection::named(project, context.stack.as_deref())?.map(|stack| stack.name);
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
        print(&format!("{}\n", serde_json::Value::from(rows)));
        return Ok(());
    }
    if stacks.is_empty() {
        print(&format!("project '{}' has no stack yet; `kim stack init dev` makes one\n", project.name));
    }
    let width = stacks.iter().map(|stack| stack.id.name.len()).max().unwrap_or(0);
    let lines: Vec<Line> = stacks
        .iter()
        .map(|stack| {
            let line = Line::new()
                .add(Style::Green, if is_chosen(stack) { "* " } else { "  " })
                .add(Style::Bold, format!("{:width$}", stack.id.name))
                .text(format!("  {:>5} resources  ", stack.resources))
                .add(Style::Dim, stack.last_run_at.map_or_else(|| "never run".to_owned(), utc_time));
            match &stack.locked_by {
                Some(holder) => line.add(Style::Yellow, format!("  locked by {holder}")),
                None => line,
            }
        })
        .collect();
    context.look.print(&lines);
    Ok(())
}

/// Returns the stack that a command names. Checks only the form of the name.
fn wanted(context: &Context, project: &Project, name: Option<String>) -> Result<StackId> {
    let name = name.or_else(|| context.stack.clone()).ok_or_else(|| Error::usage("name the stack"))?;
    check_name("stack", &name).map_err(Error::usage)?;
    Ok(StackId { project: project.name.clone(), name })
}

async fn init(context: &Context, project: &Project, name: Option<String>) -> Result<()> {
    let stack = wanted(context, project, name)?;
    context.store(project, false)?.create_stack(&stack).await?;
    selection::select(project, &stack.name)?;
    let file = project.stack_file(&stack.name);
    print(&format!("made stack '{stack}' and chose it; its settings go to {}\n", file.display()));
    Ok(())
}

async fn select(context: &Context, project: &Project, name: Option<String>) -> Result<()> {
    let stack = wanted(context, project, name)?;
    let store = context.store(project, false)?;
    let stack = selection::existing(project, Some(&stack.name), &*store).await?;
    selection::select(project, &stack.name)?;
    print(&format!("chose stack '{stack}'\n"));
    Ok(())
}

async fn remove(context: &Context, project: &Project, name: Option<String>, force: bool, yes: bool) -> Result<()> {
    let store = context.store(project, false)?;
    let stack = selection::existing(project, name.as_deref().or(context.stack.as_deref()), &*store).await?;
    let question = format!("Remove stack '{stack}' and its history?");
    ask::confirm(&question, yes, &Interrupt::default()).await?;
    store.remove_stack(&stack, force).await?;
    selection::deselect(project, &stack.name)?;
    print(&format!("removed stack '{stack}'\n"));
    Ok(())
}

async fn output(context: &Context, project: &Project, name: Option<String>, as_json: bool, show: bool) -> Result<()> {
    let (stack, store) = context.stack_in(project, false).await?;
    let exports = store.load(&stack).await?.exports;
    let Some(name) = name else {
        if as_json {
            let object = serde_json::to_string_pretty(&outputs(&exports, show));
            print(&(object.map_err(|error| Error::failed(format!("cannot write JSON: {error}")))? + "\n"));
            return Ok(());
        }
        if exports.is_empty() {
            print(&format!("stack '{stack}' has no outputs\n"));
        }
        let width = exports.keys().map(|name| name.chars().count()).max().unwrap_or(0);
        let lines: Vec<Line> = exports
            .iter()
            .flat_map(|(name, value)| rows(name, width, &if show { value.without_secrets() } else { value.clone() }))
            .collect();
        context.look.print(&lines);
        return Ok(());
    };
    let value = exports.get(&name).ok_or_else(|| no_output(&stack, &name, exports.keys().map(String::as_str)))?;
    let value = if show { value.without_secrets() } else { value.clone() };
    match (as_json, &value) {
        (false, Value::Text(text)) => print(&format!("{text}\n")),
        (false, Value::Secret(_)) => print("[secret]\n"),
        _ => print(&format!("{}\n", json::redacted(&value))),
    }
    Ok(())
}

/// Returns the lines of an output. Lists and maps take a line per item.
fn rows(name: &str, width: usize, value: &Value) -> Vec<Line> {
    let label = |text: &str| Line::new().add(Style::Bold, text).pad(width).text("  ");
    let items: Vec<String> = match value {
        Value::Text(text) => vec![text.clone()],
        Value::List(items) if !items.is_empty() => items.iter().map(bare).collect(),
        Value::Map(map) if !map.is_empty() => map.iter().map(|(key, item)| format!("{key}: {}", bare(item))).collect(),
        other => vec![one_line(other)],
    };
    items.iter().enumerate().map(|(at, item)| label(if at == 0 { name } else { "" }).text(item)).collect()
}

fn bare(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => one_line(other),
    }
}

fn no_output<'n>(stack: &StackId, name: &str, names: impl Iterator<Item = &'n str> + Clone) -> Error {
    let meant = nearest(name, names.clone()).map(|name| format!("did you mean '{name}'?"));
    let known: Vec<&str> = names.collect();
    let hint = meant.unwrap_or_else(|| match known.as_slice() {
        [] => "it has none; a program makes one with stack.export".to_owned(),
        _ => format!("it has: {}", known.join(", ")),
    });
    Error::usage(format!("stack '{stack}' has no output '{name}'")).hint(hint)
}

async fn export(context: &Context, project: &Project, show_secrets: bool) -> Result<()> {
    let (stack, store) = context.stack_in(project, false).await?;
    let state = store.load(&stack).await?;
    let text = serde_json::to_string_pretty(&kim_state::to_json(&state, show_secrets))
        .map_err(|error| Error::failed(format!("cannot write JSON: {error}")))?;
    print(&(text + "\n"));
    Ok(())
}

async fn unlock(context: &Context, project: &Project, yes: bool) -> Result<()> {
    let store = context.store(project, false)?;
    let stack = selection::existing(project, context.stack.as_deref(), &*store).await?;
    let question = format!("Release the lock of stack '{stack}'? Only if the run that holds it is gone for good.");
    ask::confirm(&question, yes, &Interrupt::default()).await?;
    match store.unlock(&stack).await? {
        Some(holder) => print(&format!("released the lock of stack '{stack}', held by {holder}\n")),
        None => print(&format!("stack '{stack}' was not locked\n")),
    }
    Ok(())
}
