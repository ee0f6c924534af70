//! The command line of kim: it parses flags and writes to the screen.
//!
//! `kim_engine::Stack` decides and acts.
//!
//! Invariants: this is the only crate that knows clap and the terminal. [`error`] gives each error
//! an exit code, a cause and a hint. Commands that need no plugin load none. A module uses only the
//! modules above it in the list in `ARCHITECTURE.md`.

pub mod args;
pub mod commands;
mod consent;
pub mod context;
pub mod environment;
pub mod error;
pub mod hints;
pub mod load;
pub mod project;
pub mod screen;
mod session;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use commands::Cli;
use context::Context;
use environment::Environment;
use error::Error;

/// Parses the command line, runs the command and returns the exit code.
///
/// It is all that the process does: it is called once, while there is one thread.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe is not an error. clap knows the code: 0 for help, 2 for usage.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let environment = Environment::from_process();
    // What AWS's code starts (`credential_process`) inherits the environment, as AWS documents. No
    // process needs kim's passphrase.
    // SAFETY: no other thread of this process runs yet, so none reads the environment.
    unsafe { std::env::remove_var("KIM_PASSPHRASE") };
    let colors = screen::colors_on_stderr(cli.global.color, &environment);
    let context = Context::new(&cli.global, environment);
    match context.trusted_uids() {
        Ok(uids) => kim_files::owner::trust(uids),
        Err(error) => return end(&error, colors),
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return end(&Error::failed(format!("cannot start: {error}")), colors),
    };
    let result = runtime.block_on(commands::run(cli.command, &context));
    // A thread may still be blocked on the terminal.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => end(&error, colors),
    }
}

/// Prints an error, unless the screen already did, and returns its exit code.
fn end(error: &Error, colors: bool) -> ExitCode {
    if !error.shown {
        screen::error(&error.to_string(), colors);
    }
    ExitCode::from(error.exit.code())
}
