//! What a guest may use: memory, time, and room in the host. `meter` counts it, `enforce` puts a guest under it.
//!
//! Invariant: every one of them holds for all of a guest's life, also while it starts and while it waits for the host.

use std::time::Duration;

/// How often a running guest looks whether it has used up its time, and lets others run.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// The most octets that a guest passes to the host in one call: bounds what the host keeps before it looks at it.
pub(crate) const CALL: usize = 128 << 20;

/// The most entries of one table; the largest guests have some ten thousand.
pub(super) const TABLE: usize = 1 << 20;

/// Bounds for one guest.
///
/// ```
/// use kim_sandbox::Limits;
///
/// let small = Limits { memory: 64 << 20, ..Limits::plugin() };
/// assert!(small.waiting > small.computing);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Memory of the guest, in octets.
    pub memory: usize,
    /// Time in which it computes, a call.
    pub computing: Duration,
    /// Time that a call may take with all waiting, for the network above all.
    pub waiting: Duration,
}

impl Limits {
    /// The defaults for a program: 512 MB; `run` and each call of a closure compute for at most 30 s and take at most
    /// 2 min. (A program has nothing to wait for; a busy machine may take longer over 30 s of computing.)
    pub fn program() -> Limits {
        Limits { memory: 512 << 20, computing: Duration::from_secs(30), waiting: Duration::from_secs(120) }
    }

    /// The defaults for a plugin: 256 MB; a call computes for at most 10 s and takes at most 2 min.
    pub fn plugin() -> Limits {
        Limits { memory: 256 << 20, computing: Duration::from_secs(10), waiting: Duration::from_secs(120) }
    }
}
