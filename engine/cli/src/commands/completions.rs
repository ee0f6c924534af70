//! `kim completions`.

use clap::CommandFactory;

use crate::args::Cli;
use crate::error::Result;
use crate::screen::print;

/// Prints completions for a shell.
pub(super) fn run(shell: clap_complete::Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "kim", &mut script);
    print(&String::from_utf8_lossy(&script));
    Ok(())
}
