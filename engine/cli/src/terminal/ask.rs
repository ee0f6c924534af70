//! Prompts the person at the terminal.

use std::io::IsTerminal;

use kim_engine::{Interrupt, gate};

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
        let question = gate::inline(question);
        return Err(Error::usage(format!("cannot ask \"{question}\": this is not a terminal"))
            .hint("pass --yes to proceed without confirmation"));
    }
    if agrees(&[question.to_owned()], interrupt).await {
        return Ok(());
    }
    Err(Error::failed("not confirmed, so nothing was changed"))
}

/// Asks a question of some lines, and returns true if the answer is yes.
///
/// The caller has checked that somebody can answer. An interrupt is a no.
pub(crate) async fn agrees(lines: &[String], interrupt: &Interrupt) -> bool {
    prompt(&format!("{} [y/N] ", in_lines(lines)));
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

/// Returns a text of these lines, as they may stand in a question or an error.
///
/// A line may quote what a project or a plugin says. It stays one line, and steers no terminal: so
/// nothing in it can look like a line of kim's own.
pub(crate) fn in_lines(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| gate::inline(line)).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::in_lines;

    #[test]
    fn a_line_of_a_question_stays_one_line() {
        let forged = "http://a\u{1b}[2K\r\nAWS was asked.\u{202e} Allow it?".to_owned();
        let lines = ["The project chose:".to_owned(), forged];
        assert_eq!(in_lines(&lines), "The project chose:\nhttp://a[2K AWS was asked. Allow it?");
    }
}
