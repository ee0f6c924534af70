//! `kim history`.

use clap::Args;
use kim_engine::ports::{RunEntry, Store};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::screen::line::{Line, Style};
use crate::screen::value::{duration, utc_time};
use crate::screen::{print, print_json};
use crate::session::Session;

/// List the runs of a stack
#[derive(Args, Debug)]
pub struct HistoryArgs {
    /// How many runs
    #[arg(short = 'n', long, default_value_t = 20, value_name = "N")]
    pub limit: usize,
    /// Print JSON, with every step
    #[arg(long)]
    pub json: bool,
}

/// Lists the runs of a stack, newest first.
pub(super) async fn run(context: &Context, args: HistoryArgs) -> Result<()> {
    let (stack, store) = Session::open(context)?.stack().await?;
    let runs = store.history(&stack, args.limit).await?;
    if args.json {
        let json = serde_json::to_string_pretty(&runs)
            .map_err(|error| Error::failed(format!("cannot write JSON: {error}")))?;
        print_json(&json);
        return Ok(());
    }
    if runs.is_empty() {
        print(&format!("stack '{stack}' has no runs yet\n"));
    }
    // Only the newest run can hold the lock.
    let stacks = store.stacks(&stack.project).await?;
    let is_locked = stacks.iter().any(|one| one.id == stack && one.locked_by.is_some());
    let newest = runs.first().map(|run| run.id).filter(|_| is_locked);
    let lines: Vec<Line> =
        runs.iter().flat_map(|run| run_lines(run, newest == Some(run.id))).collect();
    context.look.print(&lines);
    Ok(())
}

/// Returns the lines of a run. Those of its message follow the first.
///
/// `is_running`: of a run without an end, that it still holds the lock.
fn run_lines(run: &RunEntry, is_running: bool) -> Vec<Line> {
    let (style, how) = match &run.end {
        Some(end) if end.succeeded => (Style::Green, "succeeded"),
        Some(end) if end.interrupted => (Style::Yellow, "interrupted"),
        Some(_) => (Style::Red, "failed"),
        None if is_running => (Style::Plain, "is running"),
        None => (Style::Yellow, "did not end"),
    };
    let took = run.ended_at.map(|ended| duration(ended.abs_diff(run.started_at)));
    let mut line = Line::new()
        .add(Style::Dim, format!("#{:<4} ", run.id.0))
        .text(utc_time(run.started_at))
        .text("  ")
        .add(Style::Bold, format!("{:<8} ", run.start.operation))
        .add(style, format!("{how:<11} "))
        .text(format!("{:<11} ", took.unwrap_or_default()))
        .text(&run.start.who);
    let end = run.end.as_ref();
    let counts: Vec<String> = end
        .iter()
        .flat_map(|end| &end.changes)
        .filter(|(name, count)| **count > 0 && name.as_str() != "same")
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    if !counts.is_empty() {
        line = line.add(Style::Dim, format!("  {}", counts.join(", ")));
    }
    let mut lines = vec![line];
    let message = end.map(|end| end.message.as_str()).unwrap_or_default();
    lines.extend(message.lines().map(|text| Line::new().text("      ").add(Style::Red, text)));
    lines
}
