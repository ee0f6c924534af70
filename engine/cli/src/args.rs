//! The flags that several or all commands take.
//!
//! Other flags stand beside their commands.

// The doc comments are the text of `--help`, where `[default: …]` is not markup.
#![allow(rustdoc::broken_intra_doc_links)]

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};

/// The flags of every command.
#[derive(Args, Debug)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// The stack [default: the one selected with `kim stack select`, or the only one]
    #[arg(
        short,
        long,
        global = true,
        value_name = "NAME",
        env = "KIM_STACK",
        hide_env_values = true
    )]
    pub stack: Option<String>,
    /// Work as if started in this folder
    #[arg(short = 'C', long, global = true, value_name = "DIR")]
    pub cwd: Option<PathBuf>,
    /// The state's file, instead of what Kim.toml says
    #[arg(long, global = true, value_name = "FILE", env = "KIM_STATE", hide_env_values = true)]
    pub state: Option<PathBuf>,
    /// Write no kim.lock, and fail if it is missing or would change
    #[arg(long, global = true, env = "KIM_LOCKED", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub locked: bool,
    /// Lock the plugins that Kim.toml names now, and write kim.lock anew
    #[arg(long, global = true, conflicts_with = "locked")]
    pub update: bool,
    /// Use the endpoint, profile and state file that the project chose, without asking
    #[arg(long, global = true, env = "KIM_TRUST_PROJECT", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub trust_project: bool,
    /// Use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
}

/// When to use colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The flags that choose the cloud and the program.
#[derive(Args, Debug, Default)]
pub struct Against {
    /// Compare with recorded state alone, not with the cloud
    #[arg(long)]
    pub offline: bool,
    /// Use the local AWS, run inside this command, instead of the cloud
    #[arg(long, conflicts_with = "offline")]
    pub local: bool,
    /// Run this compiled program instead of compiling the project's
    #[arg(long, value_name = "FILE.wasm")]
    pub program: Option<PathBuf>,
}

/// The flags for what is shown, and how.
#[derive(Args, Debug, Default)]
pub struct Shown {
    /// Print one JSON event per line; the last one is a summary
    #[arg(long)]
    pub json: bool,
    /// Show every property of what is created and deleted, and whole texts
    #[arg(long)]
    pub diff: bool,
}

/// The flags for what is planned.
#[derive(Args, Debug, Default)]
pub struct Selected {
    /// Only this resource (a URN, a name like main/node-1, or a glob of either)
    #[arg(long, value_name = "RESOURCE")]
    pub target: Vec<String>,
    /// Not this resource, written as for --target; the two may be combined
    #[arg(long, value_name = "RESOURCE")]
    pub exclude: Vec<String>,
    /// The maximum number of steps at a time
    #[arg(long, value_name = "N", default_value = "16", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub parallel: u16,
    /// Stop as after Ctrl-C once this time has passed: 90s, 15m, 2h
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub deadline: Option<Duration>,
}

/// Parses a duration on the command line: a whole number and its unit.
fn parse_duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        _ => None,
    };
    let time = seconds
        .and_then(|seconds| number.parse::<u64>().ok()?.checked_mul(seconds))
        .map(Duration::from_secs);
    time.ok_or_else(|| "write a whole number and its unit: 90s, 15m or 2h".to_owned())
}
