//! Checks the licences, owners and sources of the dependencies.
//!
//! `deny.toml` says what is allowed. The check runs only where cargo-deny is installed.
//!
//! Invariant: advisories are not checked, so no newly published one makes the check fail.

use std::process::Stdio;

use crate::phases::Phases;
use crate::tools::{self, Tools};

/// The workspaces, and what is checked in each.
///
/// The owners in `deny.toml` are those of the first one.
const WORKSPACES: [(&str, &[&str]); 4] = [
    ("Cargo.toml", &["bans", "licenses", "sources"]),
    ("tests/programs/Cargo.toml", &["licenses", "sources"]),
    ("tests/kimberlite/Cargo.toml", &["licenses", "sources"]),
    ("engine/sandbox/tests/guests/Cargo.toml", &["licenses", "sources"]),
];

/// Checks every workspace. Without cargo-deny, it only adds a note.
///
/// # Errors
/// The dependencies of a workspace are not what `deny.toml` allows. cargo-deny prints which.
pub(crate) fn check(tools: &Tools, phases: &mut Phases) -> Result<(), String> {
    if !is_installed(tools) {
        phases.note("cargo-deny is not installed: licences, owners and sources of dependencies are not checked");
        return Ok(());
    }
    phases.run("licences, owners and sources of dependencies", || {
        WORKSPACES.iter().try_for_each(|(manifest, what)| {
            let mut deny = tools.cargo(&[
                "deny",
                "--config",
                "deny.toml",
                "--manifest-path",
                manifest,
                "check",
            ]);
            tools::run(deny.args(*what))
        })
    })
}

fn is_installed(tools: &Tools) -> bool {
    let mut version = tools.cargo(&["deny", "--version"]);
    let status = version.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
