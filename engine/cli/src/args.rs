//! The flags and commands: one definition feeds parser, help, completions, man pages and `docs/reference/cli.md`.

// The comments are the words of `--help`, where `Kim.<stack>.toml` and `[config]` are no markup.
#![allow(rustdoc::broken_intra_doc_links, rustdoc::invalid_html_tags)]

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

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

/// What every command takes.
#[derive(Args, Debug)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// The stack to work on [default: the one chosen with `kim stack select`, or the only one]
    #[arg(short, long, global = true, value_name = "NAME", env = "KIM_STACK", hide_env_values = true)]
    pub stack: Option<String>,
    /// Work as if started in this folder
    #[arg(short = 'C', long, global = true, value_name = "DIR")]
    pub cwd: Option<PathBuf>,
    /// The state's file, instead of what Kim.toml says
    #[arg(long, global = true, value_name = "FILE", env = "KIM_STATE", hide_env_values = true)]
    pub state: Option<PathBuf>,
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

/// The commands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make a new project: a folder with a program, its settings and a test
    New(NewArgs),
    /// Show what `up` would do
    Preview(PreviewArgs),
    /// Make the cloud what the program declares
    Up(UpArgs),
    /// Delete everything that the stack holds
    Destroy(DestroyArgs),
    /// Record what the cloud holds
    Refresh(RefreshArgs),
    /// List, make, choose and look into stacks
    #[command(subcommand)]
    Stack(StackCommand),
    /// Read and change the stack's configuration, Kim.<stack>.toml
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Make plugins, test them, look into them, install them
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Serve the local AWS until interrupted
    Local(LocalArgs),
    /// Print what the program declares, or the plan, as a graph in DOT
    Graph(GraphArgs),
    /// List the runs of a stack
    History(HistoryArgs),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write those of all commands
    Man {
        /// Write kim.1, kim-up.1 and so on into this folder
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// `kim new`.
#[derive(Args, Debug)]
pub struct NewArgs {
    /// The folder to make
    pub dir: PathBuf,
    /// The project's name [default: the folder's]
    #[arg(long)]
    pub name: Option<String>,
    /// The folder of kim's sources [default: KIM_SDK, or those that this binary was built from]
    #[arg(long, value_name = "DIR")]
    pub sdk: Option<PathBuf>,
}

/// How to get at the cloud and at the program.
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

/// What is shown, and how.
#[derive(Args, Debug, Default)]
pub struct Shown {
    /// Print one JSON event a line, the last of them a summary
    #[arg(long)]
    pub json: bool,
    /// Show every property of what is created and deleted, and whole texts
    #[arg(long)]
    pub diff: bool,
}

/// What is planned.
#[derive(Args, Debug, Default)]
pub struct Selected {
    /// Only this resource (a URN, a name like main/node-1, or a glob of either)
    #[arg(long, value_name = "RESOURCE")]
    pub target: Vec<String>,
    /// The most steps at a time
    #[arg(long, value_name = "N", default_value = "16", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub parallel: u16,
    /// Stop as after Ctrl-C once this time has passed: 90s, 15m, 2h
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub deadline: Option<Duration>,
}

/// A time on the command line: a whole number and its unit.
fn time(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        _ => None,
    };
    let time = seconds.and_then(|seconds| number.parse::<u64>().ok()?.checked_mul(seconds)).map(Duration::from_secs);
    time.ok_or_else(|| "write a whole number and its unit: 90s, 15m or 2h".to_owned())
}

/// `kim preview`.
#[derive(Args, Debug, Default)]
pub struct PreviewArgs {
    /// The cloud and the program.
    #[command(flatten)]
    pub against: Against,
    /// What is shown.
    #[command(flatten)]
    pub shown: Shown,
    /// What is planned.
    #[command(flatten)]
    pub selected: Selected,
    /// Replace this resource although nothing differs
    #[arg(long, value_name = "RESOURCE")]
    pub replace: Vec<String>,
    /// End with exit code 3 if anything would change
    #[arg(long)]
    pub expect_no_changes: bool,
}

/// `kim up`.
#[derive(Args, Debug, Default)]
pub struct UpArgs {
    /// The same as for a preview.
    #[command(flatten)]
    pub preview: PreviewArgs,
    /// Do it without asking
    #[arg(short, long)]
    pub yes: bool,
}

/// `kim destroy`.
#[derive(Args, Debug)]
pub struct DestroyArgs {
    /// Trust recorded state, do not read the cloud first
    #[arg(long)]
    pub offline: bool,
    /// Use the local AWS, run inside this command, instead of the cloud
    #[arg(long, conflicts_with = "offline")]
    pub local: bool,
    /// What is shown.
    #[command(flatten)]
    pub shown: Shown,
    /// What is planned.
    #[command(flatten)]
    pub selected: Selected,
    /// Do it without asking
    #[arg(short, long)]
    pub yes: bool,
}

/// `kim refresh`.
#[derive(Args, Debug)]
pub struct RefreshArgs {
    /// Use the local AWS, run inside this command, instead of the cloud
    #[arg(long)]
    pub local: bool,
    /// What is shown.
    #[command(flatten)]
    pub shown: Shown,
    /// What is planned.
    #[command(flatten)]
    pub selected: Selected,
    /// Record it without asking
    #[arg(short, long)]
    pub yes: bool,
    /// End with exit code 3, and record nothing, if the cloud differs from what is recorded
    #[arg(long)]
    pub expect_no_changes: bool,
}

/// `kim stack …`.
#[derive(Subcommand, Debug)]
pub enum StackCommand {
    /// List the project's stacks
    Ls {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Make a stack and choose it
    Init {
        /// Its name [default: what --stack says]
        name: Option<String>,
    },
    /// Choose the stack that commands work on
    Select {
        /// Its name [default: what --stack says]
        name: Option<String>,
    },
    /// Remove a stack and its history
    Rm {
        /// Its name [default: the chosen one]
        name: Option<String>,
        /// Forget resources that it still holds; they stay in the cloud
        #[arg(long)]
        force: bool,
        /// Do it without asking
        #[arg(short, long)]
        yes: bool,
    },
    /// Print the stack's outputs
    Output {
        /// Only this one, bare
        name: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Show secrets
        #[arg(long)]
        show_secrets: bool,
    },
    /// Print the stack's state as JSON
    Export {
        /// Show secrets
        #[arg(long)]
        show_secrets: bool,
    },
    /// Release the lock of a run whose machine is gone
    Unlock {
        /// Do it without asking
        #[arg(short, long)]
        yes: bool,
    },
}

/// `kim config …`.
#[derive(Subcommand, Debug)]
pub enum ConfigCommand {
    /// Set a value of [config]; `aws.region` and the like go to the table of that name
    Set {
        /// The key: `size`, `zones[0]`, `tags.Team`, `aws.region`
        key: String,
        /// The value: true, 12, 1.5, [..] and {..} are read as TOML, anything else is text [default: asked for, or stdin]
        value: Option<String>,
        /// Seal it with the stack's key
        #[arg(long)]
        secret: bool,
        /// Take the value as text, whatever it looks like
        #[arg(long, conflicts_with = "secret")]
        text: bool,
    },
    /// Print one value
    Get {
        /// The key
        key: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove a value from the stack's file
    Rm {
        /// The key
        key: String,
    },
    /// List the values: the stack's over the project's
    Ls {
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Show secrets
        #[arg(long)]
        show_secrets: bool,
    },
}

/// `kim plugin …`.
#[derive(Subcommand, Debug)]
pub enum PluginCommand {
    /// List the project's plugins
    Ls {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print what a plugin offers: its kinds and their properties
    Schema {
        /// The plugin's name in Kim.toml, a folder or a file [default: all of the project]
        plugin: Option<String>,
        /// Print the schema itself, as JSON
        #[arg(long)]
        json: bool,
        /// Print the reference of the plugin, as Markdown
        #[arg(long, conflicts_with = "json")]
        markdown: bool,
    },
    /// Make a folder with a plugin for a small REST service, to begin from
    New {
        /// The folder, which must be new or empty
        dir: PathBuf,
        /// The plugin's name [default: the folder's]
        #[arg(long)]
        name: Option<String>,
        /// Where kim's sources are
        #[arg(long, value_name = "DIR")]
        sdk: Option<PathBuf>,
    },
    /// Write typed builders for what a plugin offers, as a crate that programs depend on
    Sdk {
        /// The plugin's name in Kim.toml, a folder or a file
        plugin: String,
        /// The crate's folder
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Only say whether the crate is stale (exit code 1)
        #[arg(long)]
        check: bool,
        /// Where kim's sources are
        #[arg(long, value_name = "DIR")]
        sdk: Option<PathBuf>,
    },
    /// Compile plugins to components
    Build {
        /// The plugins' folders [default: all of the project; outside of one, this folder]
        dirs: Vec<PathBuf>,
    },
    /// Test a plugin against its service: a resource's whole life and the lookups, and again for each request that can fail
    Test(PluginTestArgs),
    /// Install plugins: Kim.toml names their version, kim.lock their digest
    Install {
        /// One that comes with kim (aws-ec2), a crate's folder, or a .wasm file; the name of a plugin of the project
        /// accepts another component than the locked one [default: those of the project that are not installed]
        #[arg(value_name = "NAME|DIR|FILE.wasm")]
        plugins: Vec<String>,
        /// Where kim's sources are, for the plugins that come with it
        #[arg(long, value_name = "DIR")]
        sdk: Option<PathBuf>,
    },
}

/// `kim plugin test`.
#[derive(Args, Debug)]
pub struct PluginTestArgs {
    /// The plugin's folder, or its .wasm file [default: this folder]
    #[arg(value_name = "DIR|FILE.wasm")]
    pub plugin: Option<PathBuf>,
    /// What it is tested with [default: kim-test.toml in the plugin's folder]
    #[arg(long, value_name = "FILE")]
    pub samples: Option<PathBuf>,
    /// Print one JSON object a line, the last of them a summary
    #[arg(long)]
    pub json: bool,
    /// Go ahead where the plugin works on AWS: resources are made and deleted in the account of the environment
    #[arg(short, long)]
    pub yes: bool,
}

/// `kim local`.
#[derive(Args, Debug)]
pub struct LocalArgs {
    /// The port on 127.0.0.1; 0 lets the system choose
    #[arg(long, default_value_t = 4566)]
    pub port: u16,
    /// The world's file [default: local-aws.db beside the state]
    #[arg(long, value_name = "FILE")]
    pub world: Option<PathBuf>,
    /// Keep the world in memory alone
    #[arg(long, conflicts_with = "world")]
    pub memory: bool,
}

/// `kim graph`.
#[derive(Args, Debug)]
pub struct GraphArgs {
    /// The steps that `up` would take, in their order, instead of the declarations
    #[arg(long)]
    pub plan: bool,
    /// The cloud and the program.
    #[command(flatten)]
    pub against: Against,
}

/// `kim history`.
#[derive(Args, Debug)]
pub struct HistoryArgs {
    /// How many runs
    #[arg(short = 'n', long, default_value_t = 20, value_name = "N")]
    pub limit: usize,
    /// Print JSON, with every step
    #[arg(long)]
    pub json: bool,
}
