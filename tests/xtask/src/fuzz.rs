//! `cargo xtask prove fuzz`: libFuzzer over the readers of bytes that come from outside.
//!
//! The targets, their corpus and what has to hold are in `tests/fuzz`. Only the workspace's own
//! crates get counters, so dependencies are not compiled again. That still takes minutes, so
//! `cargo xtask test` only replays the corpus, with the native tests. What the fuzzer finds goes to
//! `target/fuzz/TARGET`: the inputs that reach new code in `corpus`, one that fails beside it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::phases::Phases;
use crate::tools::{self, Tools};

/// The bounds of one input: seconds, and MB of the whole process.
///
/// What Rust allocates is bounded more tightly, by `tests/fuzz/src/heap.rs`.
const BOUNDS: [&str; 2] = ["-timeout=10", "-rss_limit_mb=1024"];

/// The options of `cargo xtask prove fuzz`.
#[derive(Debug, PartialEq)]
struct Request {
    /// The only target; `None`: all, one after the other.
    target: Option<String>,
    /// The time of each target.
    seconds: u64,
    /// The seed of libFuzzer.
    seed: u64,
}

/// Fuzzes one target or all, as the arguments after `fuzz` say.
pub(crate) fn run(tools: &Tools, phases: &mut Phases, arguments: &[String]) -> Result<(), String> {
    let request = parse(arguments)?;
    if !has_compiler() {
        return Err(
            "there is no C++ compiler, of which libFuzzer is built: install one (c++), or set CXX"
                .to_owned(),
        );
    }
    fuzz(tools, phases, &request)
}

fn has_compiler() -> bool {
    let compiler = std::env::var_os("CXX").unwrap_or_else(|| "c++".into());
    let mut command = Command::new(compiler);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn parse(arguments: &[String]) -> Result<Request, String> {
    let mut request = Request { target: None, seconds: 60, seed: 1 };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut number = || {
            let value = arguments.next().and_then(|value| value.parse::<u64>().ok());
            value.ok_or_else(|| format!("{argument} takes a whole number"))
        };
        match argument.as_str() {
            // For libFuzzer no time is no end.
            "--minutes" => request.seconds = number()?.max(1).saturating_mul(60),
            "--seed" => request.seed = number()?,
            name if !name.starts_with('-') && request.target.is_none() => {
                request.target = Some(name.to_owned());
            }
            other => {
                return Err(format!(
                    "'{other}' is not an option of prove fuzz: [TARGET] --minutes N --seed N"
                ));
            }
        }
    }
    Ok(request)
}

fn fuzz(tools: &Tools, phases: &mut Phases, request: &Request) -> Result<(), String> {
    let known = targets(&tools.root)?;
    let chosen = match &request.target {
        None => known,
        Some(name) if known.contains(name) => vec![name.clone()],
        Some(name) => {
            return Err(format!("there is no target '{name}'; there are: {}", known.join(", ")));
        }
    };
    let binary =
        phases.run("the fuzzer (this workspace once more, with counters)", || build(tools))?;
    for target in chosen {
        phases.run(&format!("fuzz: {target}"), || run_target(tools, &binary, &target, request))?;
    }
    Ok(())
}

/// Returns the names of the targets: each has a folder in the corpus.
fn targets(root: &Path) -> Result<Vec<String>, String> {
    let folder = root.join("tests/fuzz/corpus");
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Builds the fuzzer and returns its path.
fn build(tools: &Tools) -> Result<PathBuf, String> {
    // The whole workspace chooses the features of shared dependencies, as in every other phase.
    tools::run(&mut tools.cargo(&["build", "--workspace", "--bin", "kim-fuzz-rustc"]))?;
    let of =
        |name: &str| tools.target.join(format!("debug/{name}{}", std::env::consts::EXE_SUFFIX));
    let arguments = ["build", "--workspace", "--bin", "kim-fuzz", "--features", "kim-fuzz/guided"];
    let mut cargo = tools.cargo(&arguments);
    tools::run(cargo.env("RUSTC_WORKSPACE_WRAPPER", of("kim-fuzz-rustc")))?;
    Ok(of("kim-fuzz"))
}

fn run_target(tools: &Tools, binary: &Path, target: &str, request: &Request) -> Result<(), String> {
    let folder = tools.target.join("fuzz").join(target);
    let grown = folder.join("corpus");
    std::fs::create_dir_all(&grown).map_err(|error| format!("{}: {error}", grown.display()))?;
    let mut fuzzer = Command::new(binary);
    fuzzer.env("KIM_FUZZ_TARGET", target).current_dir(&tools.root);
    fuzzer.args(BOUNDS).args(["-print_final_stats=1", "-max_len=4096"]);
    fuzzer.arg(format!("-max_total_time={}", request.seconds));
    fuzzer.arg(format!("-seed={}", request.seed));
    fuzzer.arg(format!("-artifact_prefix={}/", folder.display()));
    let words = tools.root.join("tests/fuzz/words").join(target);
    if words.is_file() {
        fuzzer.arg(format!("-dict={}", words.display()));
    }
    fuzzer.arg(grown).arg(tools.root.join("tests/fuzz/corpus").join(target));
    tools::run(&mut fuzzer).map_err(|error| {
        format!(
            "{error}\nThe input is in {}; put it into tests/fuzz/corpus/{target} with the mend",
            folder.display()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_of_fuzz() {
        let parsed = |text: &str| {
            parse(&text.split_whitespace().map(str::to_owned).collect::<Vec<String>>())
        };
        let all = Request { target: None, seconds: 60, seed: 1 };
        assert_eq!(parsed(""), Ok(all));
        let one = Request { target: Some("text".to_owned()), seconds: 600, seed: 7 };
        assert_eq!(parsed("text --minutes 10 --seed 7"), Ok(one));
        assert!(parsed("text policy").is_err());
        assert!(parsed("--minutes").is_err());
        assert!(parsed("--runs 3").is_err());
    }
}
