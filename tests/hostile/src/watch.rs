//! Runs a command under watch: its memory, its time, and what it says.
//!
//! Invariant: what it starts ends with it: a command that takes too long or too much memory is
//! killed.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How often the command is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// The memory at which a command is killed, so that the machine lives on.
const KILLED_AT: u64 = 2 << 30;
/// The most of an output that is read.
const READ: u64 = 64 << 20;

/// What a command came to.
#[derive(Debug, Default)]
pub struct Seen {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// The beginning of its standard output and of its standard error.
    pub said: [String; 2],
    /// The most memory that it had in use, in bytes.
    pub peak: u64,
    /// How long it took.
    pub took: Duration,
    /// Why it was killed.
    pub killed: Option<&'static str>,
}

impl Seen {
    /// Returns both outputs as one text.
    pub fn text(&self) -> String {
        self.said.concat()
    }
}

/// How long a command may take, and when it is interrupted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// After this time it counts as held up, and is killed.
    pub most: Duration,
    /// How many interrupts it gets, two seconds apart.
    pub interrupts: u32,
}

/// Runs a command to its end. `folder` is where its output is kept.
///
/// # Errors
/// The command does not start, or its output cannot be kept.
pub(crate) fn run(
    command: &mut Command,
    folder: &Path,
    patience: Patience,
) -> std::io::Result<Seen> {
    let files = ["stdout", "stderr"].map(|name| folder.join(name));
    command.stdin(Stdio::null()).stdout(File::create(&files[0])?).stderr(File::create(&files[1])?);
    let began = Instant::now();
    let mut child = command.spawn()?;
    let mut seen = Seen::default();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        seen.peak = seen.peak.max(peak(&child));
        interrupt(&child, began, patience, &mut seen);
        seen.killed = seen.killed.or(excess(began, patience, seen.peak));
        if seen.killed.is_some() {
            child.kill()?;
        }
        std::thread::sleep(LOOK);
    };
    (seen.took, seen.code) = (began.elapsed(), status.code());
    for (said, file) in seen.said.iter_mut().zip(files) {
        let mut bytes = Vec::new();
        File::open(file)?.take(READ).read_to_end(&mut bytes)?;
        *said = String::from_utf8_lossy(&bytes).into_owned();
    }
    Ok(seen)
}

fn excess(began: Instant, patience: Patience, peak: u64) -> Option<&'static str> {
    match (peak > KILLED_AT, began.elapsed() > patience.most) {
        (true, _) => Some("it took too much memory"),
        (_, true) => Some("it was held up"),
        _ => None,
    }
}

/// Sends the interrupts that are due: the n-th after 2n seconds.
fn interrupt(child: &Child, began: Instant, patience: Patience, seen: &mut Seen) {
    let due = |n: u32| Duration::from_secs(2 * u64::from(n));
    let now = began.elapsed();
    let sent = (1..=patience.interrupts).filter(|n| due(*n) + LOOK + LOOK >= now && due(*n) <= now);
    if sent.count() > 0 && seen.killed.is_none() {
        // It may have ended meanwhile.
        let _ = kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT);
    }
}

/// Returns the most memory that a process has had in use, in bytes, as Linux counts it.
fn peak(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
    let status = status.unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    kilobytes.map_or(0, |kilobytes: u64| kilobytes << 10)
}
