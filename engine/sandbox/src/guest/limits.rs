//! What a guest may use: memory, time, and room in the host.
//!
//! `meter` counts its use, `enforce` applies the limits.
//!
//! Invariant: every limit holds for a guest's whole life, also while it starts and while it waits
//! for the host.

use std::time::Duration;

use kim_model::bounds;

/// How often a running guest yields to other tasks.
///
/// It is then also checked against [`Limits::computing`].
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// The most bytes that a guest may pass to the host in one call.
///
/// Bounds what the host copies before it checks it.
pub(crate) const MAX_CALL_BYTES: usize = bounds::CALL.most();

/// The most entries of one WebAssembly table.
///
/// The largest guests have some ten thousand.
pub(super) const MAX_TABLE_ENTRIES: usize = bounds::TABLE.most();

/// The most memory of an entry of a WebAssembly table, in bytes.
pub(super) const TABLE_ENTRY: usize = 16;

/// Bounds for one instance of a guest.
///
/// ```
/// use kim_sandbox::Limits;
///
/// let small = Limits { memory: 64 << 20, ..Limits::plugin() };
/// assert!(small.waiting > small.computing);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// The most memory of an instance, in bytes.
    ///
    /// It is the sum over its linear memories and tables.
    pub memory: usize,
    /// The most time that one call may compute.
    ///
    /// Time in which it waits for the host does not count. It is measured in steps of 10 ms of
    /// wall-clock time while the guest runs. For a plugin's operation and a program's `run` it
    /// counts from the start of the instance.
    pub computing: Duration,
    /// The most wall-clock time that one call may take, all waiting included.
    ///
    /// A call waits for the network above all. For a plugin's operation and a program's `run` it
    /// counts from the start of the instance.
    pub waiting: Duration,
}

impl Limits {
    /// Returns the defaults for a program.
    ///
    /// They are 512 MiB of memory, 30 s of computing, 2 min in all. The times hold for `run` and
    /// for each call of a closure. A program has nothing to wait for. The longer time is for a busy
    /// machine, which may take longer over 30 s of computing.
    pub fn program() -> Limits {
        Limits {
            memory: bounds::PROGRAM_MEMORY.most(),
            computing: bounds::PROGRAM_COMPUTING.time(),
            waiting: bounds::PROGRAM_WAITING.time(),
        }
    }

    /// Returns the defaults for a plugin.
    ///
    /// They are 256 MiB of memory; for each call 10 s of computing, 2 min in all.
    pub fn plugin() -> Limits {
        Limits {
            memory: bounds::PLUGIN_MEMORY.most(),
            computing: bounds::PLUGIN_COMPUTING.time(),
            waiting: bounds::PLUGIN_WAITING.time(),
        }
    }
}
