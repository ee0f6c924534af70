//! `cargo xtask bench`: measures the real binary, prints a table for each subject, and writes
//! `docs/performance.md`.
//!
//! Invariants: nothing is asserted, only reported. Whole processes are measured from outside, each
//! alone. Another tool that kim is compared with runs in the same session on the same graph.

mod child;
mod live;
mod machine;
mod project;
mod sandbox;
mod scale;
mod start;
mod table;
mod terraform;

use std::path::PathBuf;
use std::process::ExitCode;

use table::Table;

/// The result of a measurement. The error is a sentence.
pub(crate) type Result<T> = std::result::Result<T, String>;

/// The binaries and components to measure, and the size of the measurement.
pub(crate) struct Bench {
    /// The path of the binary `kim`, built for release.
    pub(crate) kim: PathBuf,
    /// The folder with the components of `tests/programs`.
    pub(crate) programs: PathBuf,
    /// The folder with the components of the AWS plugins.
    pub(crate) plugins: PathBuf,
    /// If true, sizes are smaller and repetitions fewer, to see that everything runs.
    pub(crate) quick: bool,
}

impl Bench {
    /// Returns the sizes to measure. A quick run has only the first two.
    pub(crate) fn sizes(&self, sizes: &'static [u32]) -> &'static [u32] {
        if self.quick { &sizes[..sizes.len().min(2)] } else { sizes }
    }

    /// Returns how often a short command is measured. The median counts.
    pub(crate) fn repetitions(&self) -> usize {
        if self.quick { 3 } else { 11 }
    }
}

type Section = fn(&Bench) -> Result<Vec<Table>>;
const SECTIONS: [(&str, Section); 6] = [
    ("start", start::run),
    ("preview", scale::previews),
    ("apply", scale::applies),
    ("sandbox", sandbox::run),
    ("live", live::run),
    ("terraform", terraform::run),
];

const USAGE: &str = "usage: kim-bench --kim FILE --programs DIR --plugins DIR [--quick] [--write FILE] [start|preview|apply|sandbox|live|terraform]...";

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == child::COMMAND) {
        return child::main(arguments.split_off(1));
    }
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kim-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Vec<String>) -> Result<()> {
    let (mut kim, mut programs, mut plugins, mut write) = (None, None, None, None);
    let (mut quick, mut wanted) = (false, Vec::new());
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let mut file = || arguments.next().map(PathBuf::from).ok_or(USAGE);
        match argument.as_str() {
            "--kim" => kim = Some(file()?),
            "--programs" => programs = Some(file()?),
            "--plugins" => plugins = Some(file()?),
            "--write" => write = Some(file()?),
            "--quick" => quick = true,
            name if SECTIONS.iter().any(|(known, _)| *known == name) => wanted.push(argument),
            _ => return Err(format!("unknown argument {argument}\n{USAGE}")),
        }
    }
    let bench = Bench {
        kim: kim.ok_or(USAGE)?,
        programs: programs.ok_or(USAGE)?,
        plugins: plugins.ok_or(USAGE)?,
        quick,
    };
    let mut tables = Vec::new();
    for (name, section) in SECTIONS {
        if wanted.is_empty() || wanted.iter().any(|part| part == name) {
            eprintln!("── {name}");
            for table in section(&bench)? {
                println!("{table}");
                tables.push(table);
            }
        }
    }
    match write {
        None => Ok(()),
        Some(file) => {
            let text = machine::page(&tables);
            std::fs::write(&file, text)
                .map_err(|error| format!("cannot write {}: {error}", file.display()))
        }
    }
}
