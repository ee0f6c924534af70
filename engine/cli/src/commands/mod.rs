//! The commands.
//!
//! Each has one file or folder, with the flags beside the function that runs it.
//!
//! One definition of the flags feeds the parser, help, completions, man pages and
//! `docs/reference/cli.md`. A command does not depend on this module: it gets the [`Context`] and
//! its own flags.

mod completions;
mod config;
mod destroy;
mod graph;
mod history;
mod local;
mod man;
mod new;
mod plugin;
mod preview;
pub mod reference;
mod refresh;
mod run;
mod scaffold;
mod stack;
mod taint;
mod up;

use clap::{CommandFactory, Parser, Subcommand};

use crate::args::Global;
use crate::context::Context;
use crate::error::Result;

/// kim deploys what a Rust program declares.
#[derive(Parser, Debug)]
#[command(
    name = "kim",
    version,
    about = "Infrastructure as a Rust program: kim compares what it declares with the cloud, and makes them the same.",
    after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 changes where none were expected.",
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Cli {
    /// The flags of every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
// The help of a command is the doc comment of its flags. A doc comment here would replace it.
#[allow(missing_docs)]
#[derive(Subcommand, Debug)]
pub enum Command {
    New(new::NewArgs),
    Preview(preview::PreviewArgs),
    Up(up::UpArgs),
    Destroy(destroy::DestroyArgs),
    Refresh(refresh::RefreshArgs),
    Taint(taint::TaintArgs),
    Untaint(taint::UntaintArgs),
    #[command(subcommand)]
    Stack(stack::StackCommand),
    #[command(subcommand)]
    Config(config::ConfigCommand),
    #[command(subcommand)]
    Plugin(plugin::PluginCommand),
    Local(local::LocalArgs),
    Graph(graph::GraphArgs),
    History(history::HistoryArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

/// Runs a command.
pub(crate) async fn run(command: Command, context: &Context) -> Result<()> {
    match command {
        Command::New(args) => new::run(context, args),
        Command::Preview(args) => preview::run(context, args).await,
        Command::Up(args) => up::run(context, args).await,
        Command::Destroy(args) => destroy::run(context, args).await,
        Command::Refresh(args) => refresh::run(context, args).await,
        Command::Taint(args) => taint::taint(context, args).await,
        Command::Untaint(args) => taint::untaint(context, args).await,
        Command::Stack(command) => stack::run(context, command).await,
        Command::Config(command) => config::run(context, command).await,
        Command::Plugin(command) => plugin::run(context, command).await,
        Command::Local(args) => local::run(context, args).await,
        Command::Graph(args) => graph::run(context, args).await,
        Command::History(args) => history::run(context, args).await,
        Command::Completions(args) => completions::run(args, Cli::command()),
        Command::Man(args) => man::run(context, args, Cli::command()),
    }
}
