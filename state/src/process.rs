//! Which process this is, so that another one can tell later whether it still lives.

use std::sync::LazyLock;

/// A process, unmistakable among all machines, boots and reused process ids.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Process {
    /// This boot of this machine (and its process namespace); empty where that cannot be told.
    pub(crate) machine: String,
    pub(crate) pid: u32,
    /// When it started, in whatever unit the system counts.
    pub(crate) started: String,
}

/// This process.
pub(crate) fn this() -> &'static Process {
    static THIS: LazyLock<Process> = LazyLock::new(|| {
        let pid = std::process::id();
        // A system that does not say when a process started leaves only heartbeats to go by.
        match started(pid) {
            Some(started) => Process { machine: machine(), pid, started },
            None => Process { machine: String::new(), pid, started: String::new() },
        }
    });
    &THIS
}

/// When a process of this machine started; `None` where there is none, or only its remains.
#[cfg(target_os = "linux")]
pub(crate) fn started(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything; the state follows it, and the start is the 20th field after it.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X" | "x") { None } else { fields.nth(18).map(str::to_owned) }
}

#[cfg(target_os = "linux")]
fn machine() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let namespace = std::fs::read_link("/proc/self/ns/pid");
    match (boot, namespace) {
        (Ok(boot), Ok(namespace)) => format!("{} {}", boot.trim(), namespace.display()),
        _ => String::new(),
    }
}

/// When a process of this machine started; `None` where there is none, or only its remains.
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) fn started(pid: u32) -> Option<String> {
    let listed = said("ps", &["-o", "stat=,lstart=", "-p", &pid.to_string()])?;
    let (state, started) = listed.split_once(char::is_whitespace)?;
    (!state.starts_with('Z')).then(|| started.trim().to_owned())
}

#[cfg(all(unix, not(target_os = "linux")))]
fn machine() -> String {
    match (said("hostname", &[]), started(1)) {
        (Some(host), Some(boot)) => format!("{host} {boot}"),
        _ => String::new(),
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
fn said(command: &str, arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new(command).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

/// Not known here: heartbeats decide.
#[cfg(not(unix))]
pub(crate) fn started(_pid: u32) -> Option<String> {
    None
}

#[cfg(not(unix))]
fn machine() -> String {
    String::new()
}
