//! Prompts the person at the terminal.

use std::io::IsTerminal;

use kim_engine::Interrupt;

use crate::error::{Error, Result};
use crate::screen::prompt;

/// Returns true if stdin and stderr are a terminal, so that a person can answer.
pub(crate) fn is_interactive() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Prompts for confirmation of an action that cannot be undone.
///
/// `yes` is the flag that confirms in advance.
///
/// # Errors
/// Stdin or stderr is not a terminal, or the answer is not yes.
pub(crate) async fn confirm(question: &str, yes: bool, interrupt: &Interrupt) -> Result<()> {
    if yes {
        return Ok(());
    }
    if !is_interactive() {
        return Err(Error::usage(format!("cannot ask \"{question}\": this is not a terminal"))
            .hint("pass --yes to proceed without confirmation"));
    }
    if agrees(question, interrupt).await {
        return Ok(());
    }
    Err(Error::failed("not confirmed, so nothing was changed"))
}

/// Asks a question, and returns true if the answer is yes.
///
/// The caller has checked that somebody can answer. An interrupt is a no.
pub(crate) async fn agrees(question: &str, interrupt: &Interrupt) -> bool {
    prompt(&format!("{question} [y/N] "));
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line)
    });
    let line = tokio::select! {
        line = answer => line.ok().and_then(std::io::Result::ok).unwrap_or_default(),
        () = interrupt.reached(1) => String::new(),
    };
    matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}
