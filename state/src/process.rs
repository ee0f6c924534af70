//! The identity of this process.
//!
//! Another process can determine by it later whether this one is still alive.

use std::sync::LazyLock;

/// The identity of a process.
///
/// It is unique among all machines, boots and reused process ids.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Process {
    /// This boot of this machine; empty if it cannot be determined.
    ///
    /// It includes the process namespace.
    pub(crate) machine: String,
    pub(crate) pid: u32,
    /// The time when the process started, in the system's own format.
    ///
    /// Only equality matters.
    pub(crate) started: String,
}

/// Returns this process.
pub(crate) fn current() -> &'static Process {
    static THIS: LazyLock<Process> = LazyLock::new(|| {
        let pid = std::process::id();
        // If the system does not report when a process started, only heartbeats can decide.
        match start_time(pid) {
            Some(started) => Process { machine: machine_id(), pid, started },
            None => Process { machine: String::new(), pid, started: String::new() },
        }
    });
    &THIS
}

/// Returns when a process of this machine started.
///
/// Returns `None` if the process does not exist or is a zombie.
#[cfg(target_os = "linux")]
pub(crate) fn start_time(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may contain anything. The state follows it, and the start is the
    // 20th field after it.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X" | "x") { None } else { fields.nth(18).map(str::to_owned) }
}

#[cfg(target_os = "linux")]
fn machine_id() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let namespace = std::fs::read_link("/proc/self/ns/pid");
    match (boot, namespace) {
        (Ok(boot), Ok(namespace)) => format!("{} {}", boot.trim(), namespace.display()),
        _ => String::new(),
    }
}

/// Returns when a process of this machine started.
///
/// Returns `None` if the process does not exist or is a zombie.
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) fn start_time(pid: u32) -> Option<String> {
    let listed = output_of("ps", &["-o", "stat=,lstart=", "-p", &pid.to_string()])?;
    let (state, started) = listed.split_once(char::is_whitespace)?;
    (!state.starts_with('Z')).then(|| started.trim().to_owned())
}

#[cfg(all(unix, not(target_os = "linux")))]
fn machine_id() -> String {
    match (output_of("hostname", &[]), start_time(1)) {
        (Some(host), Some(boot)) => format!("{host} {boot}"),
        _ => String::new(),
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
fn output_of(command: &str, arguments: &[&str]) -> Option<String> {
    // Without an environment: it gets no secret, and prints in no language.
    let mut command = std::process::Command::new(command);
    let output = command.args(arguments).env_clear().output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

/// Returns `None`: this system does not report it, so heartbeats decide.
#[cfg(not(unix))]
pub(crate) fn start_time(_pid: u32) -> Option<String> {
    None
}

#[cfg(not(unix))]
fn machine_id() -> String {
    String::new()
}
