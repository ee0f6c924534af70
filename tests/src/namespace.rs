//! Mount namespaces: file systems that only a process and its children see.

use std::process::{Command, Stdio};
use std::sync::LazyLock;

use crate::left_out::left_out;

static WAY: LazyLock<Option<&'static [&'static str]>> = LazyLock::new(|| {
    let ways: [&[&str]; 2] = [&["unshare", "--mount"], &["unshare", "--map-root-user", "--mount"]];
    let works = |way: &&[&str]| {
        let mut probe = Command::new(way[0]);
        probe
            .args(&way[1..])
            .args(["sh", "-c", "mount -t tmpfs none /mnt && chroot / true"])
            .stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    };
    ways.into_iter().find(works)
});

/// Returns the prefix of a command that runs in a namespace of its own.
///
/// Returns `None` (and reports it) on a machine that does not allow that.
#[track_caller]
pub(crate) fn way() -> Option<&'static [&'static str]> {
    if WAY.is_none() {
        left_out(
            "this machine lets nobody mount file systems in a namespace of their own (unshare(1), Linux)",
        );
    }
    *WAY
}
