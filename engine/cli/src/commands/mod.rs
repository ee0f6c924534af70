//! One module a command; each gets the [`Context`] and its own flags.

mod completions;
mod config;
mod graph;
mod history;
mod local;
mod man;
mod new;
mod plugin;
mod run;
mod stack;

use kim_engine::event::{Event, Events};

use crate::args::Command;
use crate::context::Context;
use crate::error::Result;
use crate::screen::{diagnostic_text, notice};

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

/// Events of a command that is no run: what takes a while and what plugins say goes to stderr.
struct OnStderr;

impl Events for OnStderr {
    fn emit(&self, event: Event) {
        match event {
            Event::Phase { message } => notice(&message),
            Event::PluginLog { plugin, log } => notice(&format!("{plugin}: {}", log.message)),
            Event::Diagnostic(diagnostic) => notice(&diagnostic_text(&diagnostic)),
            _ => {}
        }
    }
}

/// A time in milliseconds since 1970, for people: to the second, UTC.
fn moment(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis)
        .map_or_else(|_| "at an unknown time".to_owned(), |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}
