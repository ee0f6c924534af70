//! One module a command; each gets the [`Context`] and its own flags.

mod completions;
mod config;
mod graph;
mod history;
mod local;
mod man;
mod new;
mod plugin;
pub mod reference;
mod run;
mod scaffold;
mod stack;

use crate::args::Command;
use crate::context::Context;
use crate::error::Result;

/// Runs a command.
pub(crate) async fn run(command: Command, context: &Context) -> Result<()> {
    match command {
        Command::New(args) => new::run(context, args),
        Command::Preview(args) => run::preview(context, args).await,
        Command::Up(args) => run::up(context, args).await,
        Command::Destroy(args) => run::destroy(context, args).await,
        Command::Refresh(args) => run::refresh(context, args).await,
        Command::Stack(command) => stack::run(context, command).await,
        Command::Config(command) => config::run(context, command).await,
        Command::Plugin(command) => plugin::run(context, command).await,
        Command::Local(args) => local::run(context, args).await,
        Command::Graph(args) => graph::run(context, args).await,
        Command::History(args) => history::run(context, args).await,
        Command::Completions { shell } => completions::run(shell),
        Command::Man { out } => man::run(context, out),
    }
}
