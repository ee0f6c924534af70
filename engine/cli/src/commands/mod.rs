//! The commands: one file or folder each, with the flags beside the function that runs it.
//!
//! One definition of the flags feeds the parser, help, completions, man pages and `docs/reference/cli.md`. A command
//! does not depend on this module: it gets the [`Context`] and its own flags.

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
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
// The doc comments are the text of `--help`, where `Kim.<stack>.toml` is not markup.
#[allow(rustdoc::invalid_html_tags)]
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make a new project: a folder with a program, its settings and a test
    New(new::NewArgs),
    /// Show what `up` would do
    Preview(preview::PreviewArgs),
    /// Make the cloud what the program declares
    Up(up::UpArgs),
    /// Delete everything that the stack holds
    Destroy(destroy::DestroyArgs),
    /// Record what the cloud holds
    Refresh(refresh::RefreshArgs),
    /// List, make, choose and look into stacks
    #[command(subcommand)]
    Stack(stack::StackCommand),
    /// Read and change the stack's configuration, Kim.<stack>.toml
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Make plugins, test them, look into them, install them
    #[command(subcommand)]
    Plugin(plugin::PluginCommand),
    /// Serve the local AWS until interrupted
    Local(local::LocalArgs),
    /// Print what the program declares, or the plan, as a graph in DOT
    Graph(graph::GraphArgs),
    /// List the runs of a stack
    History(history::HistoryArgs),
    /// Print completions for a shell
    Completions(completions::CompletionsArgs),
    /// Print the manual page, or write those of all commands
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
