//! The measurement of a process: its time, the time to its first byte, its peak memory, its output.
//!
//! The system reports one peak memory for all children of a process. So each is run by a process of
//! its own: this binary, started again.

use std::io::Read;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use serde_json::{Value as Json, json};

use crate::Result;

/// The first argument of the binary if it measures one process.
pub(crate) const COMMAND: &str = "measure-one";

/// The most bytes of output that are kept: the end of it.
const KEPT: usize = 1 << 20;

/// The result of one measured process.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    /// The time from its start to its end, in milliseconds.
    pub(crate) millis: f64,
    /// The time from its start to the first byte on stdout, in milliseconds.
    ///
    /// `None` if it wrote nothing.
    pub(crate) first: Option<f64>,
    /// Its peak memory (resident set), in megabytes.
    pub(crate) megabytes: f64,
    /// The end of its stdout.
    pub(crate) stdout: String,
}

/// Runs a command and measures it.
///
/// # Errors
/// It does not start, or does not succeed. The error has its output.
pub(crate) fn measure(command: &Command) -> Result<Measured> {
    let myself =
        std::env::current_exe().map_err(|error| format!("cannot find this binary: {error}"))?;
    let mut measuring = Command::new(myself);
    measuring.arg(COMMAND).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => measuring.env(name, value),
            None => measuring.env_remove(name),
        };
    }
    measuring.current_dir(command.get_current_dir().unwrap_or(Path::new("."))).stdin(Stdio::null());
    let output = measuring.output().map_err(|error| format!("cannot measure: {error}"))?;
    let failed = || {
        let text =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        format!("{command:?} failed\n{text}")
    };
    let measured: Json = serde_json::from_slice(&output.stdout).map_err(|_| failed())?;
    if measured["code"] != 0 {
        return Err(failed());
    }
    let number = |name: &str| measured[name].as_f64();
    Ok(Measured {
        millis: number("millis").unwrap_or_default(),
        first: number("first"),
        megabytes: number("kilobytes").unwrap_or_default() / 1000.0,
        stdout: measured["stdout"].as_str().unwrap_or_default().to_owned(),
    })
}

/// Measures several times and returns the run of the median time.
pub(crate) fn median(times: usize, mut run: impl FnMut() -> Result<Measured>) -> Result<Measured> {
    let mut runs = (0..times.max(1)).map(|_| run()).collect::<Result<Vec<_>>>()?;
    runs.sort_by(|left, right| left.millis.total_cmp(&right.millis));
    Ok(runs.swap_remove(runs.len() / 2))
}

/// Runs the command of the arguments, and prints its measurement as JSON.
pub(crate) fn main(arguments: Vec<String>) -> ExitCode {
    match measure_one(&arguments) {
        Ok(measured) => {
            println!("{measured}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure_one(arguments: &[String]) -> std::result::Result<Json, String> {
    let (program, arguments) = arguments.split_first().ok_or("nothing to measure")?;
    let began = Instant::now();
    let mut process = Command::new(program)
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start {program}: {error}"))?;
    let (mut first, mut kept, mut buffer) = (None, Vec::new(), vec![0; 1 << 16]);
    if let Some(mut stdout) = process.stdout.take() {
        while let Ok(read @ 1..) = stdout.read(&mut buffer) {
            first.get_or_insert_with(|| began.elapsed());
            kept.extend_from_slice(&buffer[..read]);
            if kept.len() > 2 * KEPT {
                kept.drain(..kept.len() - KEPT);
            }
        }
    }
    let status = process.wait().map_err(|error| format!("cannot wait for {program}: {error}"))?;
    let took = began.elapsed();
    let usage =
        getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| format!("getrusage: {error}"))?;
    let millis = |time: std::time::Duration| time.as_secs_f64() * 1000.0;
    Ok(json!({
        "millis": millis(took), "first": first.map(millis), "kilobytes": usage.max_rss(),
        "code": status.code(), "stdout": String::from_utf8_lossy(&kept),
    }))
}
