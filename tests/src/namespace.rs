//! A mount namespace of one's own, so that file systems can be mounted for a process and its children alone.

use std::process::{Command, Stdio};
use std::sync::LazyLock;

use crate::left_out::left_out;

static WAY: LazyLock<Option<&'static [&'static str]>> = LazyLock::new(|| {
    let ways: [&[&str]; 2] = [&["unshare", "--mount"], &["unshare", "--map-root-user", "--mount"]];
    let works = |way: &&[&str]| {
        let mut probe = Command::new(way[0]);
        probe.args(&way[1..]).args(["sh", "-c", "mount -t tmpfs none /mnt && chroot / true"]).stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    };
    ways.into_iter().find(works)
});

/// Returns the words that a command begins with to run in a namespace of its own; `None` (and a note) on a machine that does
/// not allow that.
#[track_caller]
pub(crate) fn way() -> Option<&'static [&'static str]> {
    if WAY.is_none() {
        left_out("this machine lets nobody mount file systems in a namespace of their own (unshare(1), Linux)");
    }
    *WAY
}
