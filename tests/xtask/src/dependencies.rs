//! Licences, owners and sources of the dependencies, as `deny.toml` allows them: checked where cargo-deny is installed.
//!
//! Invariant: advisories are not asked for, so nothing fails by what was published meanwhile.

use std::process::Stdio;

use crate::phases::Phases;
use crate::tools::{self, Tools};

/// The workspaces, and what is checked of each. The owners in `deny.toml` are those of the first.
const WORKSPACES: [(&str, &[&str]); 4] = [
    ("Cargo.toml", &["bans", "licenses", "sources"]),
    ("tests/programs/Cargo.toml", &["licenses", "sources"]),
    ("tests/kimberlite/Cargo.toml", &["licenses", "sources"]),
    ("engine/sandbox/tests/guests/Cargo.toml", &["licenses", "sources"]),
];

/// Checks every workspace; without cargo-deny a note says that it was left out.
///
/// # Errors
/// The workspace whose dependencies are not what `deny.toml` allows; cargo-deny prints which.
pub(crate) fn check(tools: &Tools, phases: &mut Phases) -> Result<(), String> {
    if !is_installed(tools) {
        phases.note("cargo-deny is not installed: licences, owners and sources of dependencies are not checked");
        return Ok(());
    }
    phases.run("licences, owners and sources of dependencies", || {
        WORKSPACES.iter().try_for_each(|(manifest, what)| {
            let mut deny = tools.cargo(&["deny", "--config", "deny.toml", "--manifest-path", manifest, "check"]);
            tools::run(deny.args(*what))
        })
    })
}

fn is_installed(tools: &Tools) -> bool {
    let mut version = tools.cargo(&["deny", "--version"]);
    let status = version.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
