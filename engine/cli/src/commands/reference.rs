//! The reference of the command line as Markdown: `docs/reference/cli.md`.
//!
//! It is generated from the definition of the flags.
//!
//! Invariant: none of it is written by hand, so it cannot differ from `--help`.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, Command};

/// Returns the page of a command line: the global flags, then each command.
pub fn markdown(mut kim: Command) -> String {
    kim.build();
    let mut text = String::from(
        "# kim\n\nGenerated from the definition of the flags. [cli.md](../cli.md) says the rest.\n",
    );
    paragraph(&mut text, &words(&kim));
    let _ = write!(text, "\n```text\n{}\n```\n", usage(&mut kim));
    kim.get_after_help().iter().for_each(|rest| paragraph(&mut text, &rest.to_string()));
    text.push_str("\n## Options of every command\n\n");
    kim.get_arguments().filter(|arg| arg.is_global_set()).for_each(|arg| argument(&mut text, arg));
    kim.get_subcommands_mut().for_each(|command| section(&mut text, command));
    text
}

/// Appends the section of a command.
///
/// If the command only groups subcommands, appends their sections instead.
fn section(text: &mut String, command: &mut Command) {
    if command.is_hide_set() || command.get_name() == "help" {
        return;
    }
    if command.has_subcommands() {
        command.get_subcommands_mut().for_each(|inner| section(text, inner));
        return;
    }
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let _ = write!(text, "\n## {name}\n");
    paragraph(text, &words(command));
    let _ = write!(text, "\n```text\n{}\n```\n", usage(command));
    let mut own = command.get_arguments().filter(|arg| is_own(arg)).peekable();
    if own.peek().is_some() {
        text.push('\n');
    }
    // Positional arguments first, as on the command line.
    let (positional, flags): (Vec<&Arg>, Vec<&Arg>) = own.partition(|arg| arg.is_positional());
    positional.into_iter().chain(flags).for_each(|arg| argument(text, arg));
}

fn is_own(arg: &Arg) -> bool {
    !arg.is_hide_set()
        && !arg.is_global_set()
        && !matches!(arg.get_id().as_str(), "help" | "version")
}

fn words(command: &Command) -> String {
    let words = command.get_long_about().or(command.get_about());
    words.map_or(String::new(), |words| words.to_string())
}

fn usage(command: &mut Command) -> String {
    let usage = command.render_usage().to_string();
    usage.trim_start_matches("Usage:").trim().to_owned()
}

fn paragraph(text: &mut String, words: &str) {
    if !words.is_empty() {
        let _ = write!(
            text,
            "\n{}{}\n",
            escaped(words),
            if words.ends_with(['.', '!']) { "" } else { "." }
        );
    }
}

/// Appends the line of a flag or an argument.
fn argument(text: &mut String, arg: &Arg) {
    let _ = writeln!(text, "- `{}`: {}", spelled(arg), sentences(arg).join(" "));
}

/// Returns a flag as it is written: `-s, --stack <NAME>`.
fn spelled(arg: &Arg) -> String {
    if arg.is_positional() {
        return arg.to_string();
    }
    let names = [
        arg.get_short().map(|short| format!("-{short}")),
        arg.get_long().map(|long| format!("--{long}")),
    ];
    let names: Vec<String> = names.into_iter().flatten().collect();
    let takes = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    let value = arg.get_value_names().and_then(|names| names.first()).filter(|_| takes);
    value.map_or_else(|| names.join(", "), |value| format!("{} <{value}>", names.join(", ")))
}

/// Returns the help of a flag, and what else clap knows about it.
fn sentences(arg: &Arg) -> Vec<String> {
    let help =
        arg.get_long_help().or(arg.get_help()).map_or(String::new(), |help| help.to_string());
    // A default described in words stands in brackets, in clap's own format.
    let (help, default) =
        match help.strip_suffix(']').and_then(|help| help.split_once(" [default: ")) {
            Some((help, default)) => (help, Some(default)),
            None => (help.as_str(), None),
        };
    let mut sentences = vec![format!("{}.", escaped(help.trim_end_matches('.')))];
    sentences.extend(default.map(|default| format!("Default: {}.", escaped(default))));
    let takes = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    let values: Vec<String> = arg
        .get_possible_values()
        .iter()
        .filter(|value| takes && !value.is_hide_set())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if !values.is_empty() {
        sentences.push(format!("One of {}.", values.join(", ")));
    }
    let defaults: Vec<String> =
        arg.get_default_values().iter().map(|value| format!("`{}`", value.display())).collect();
    if takes && !defaults.is_empty() {
        sentences.push(format!("Default: {}.", defaults.join(", ")));
    }
    sentences
        .extend(arg.get_env().map(|name| format!("Also by the variable `{}`.", name.display())));
    if matches!(arg.get_action(), ArgAction::Append) {
        sentences.push("May be given several times.".to_owned());
    }
    sentences
}

/// Escapes text for Markdown.
///
/// `Kim.<stack>.toml` is not HTML, and a glob is not emphasis.
fn escaped(words: &str) -> String {
    let mut text = String::new();
    let mut code = false;
    for letter in words.chars() {
        code ^= letter == '`';
        if !code && matches!(letter, '<' | '*' | '[') {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}
