//! `kim completions`.

use clap::{Args, Command};

use crate::error::Result;
use crate::screen::print;

/// Print completions for a shell
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// Prints completions of a command line for a shell.
pub(super) fn run(args: CompletionsArgs, mut kim: Command) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut kim, "kim", &mut script);
    print(&String::from_utf8_lossy(&script));
    Ok(())
}
