//! WASI for guests: no access to anything outside.
//!
//! It is enough for Rust's standard library to start.
//!
//! Invariants:
//! - No guest has a file, an environment variable, an argument or a socket.
//! - A program's clock stands still, and its random numbers are a function of the names of project
//!   and stack. Those of a plugin are real.
//! - What a guest writes to stdout and stderr becomes log lines. Stderr is also searched for the
//!   message of a panic.

use std::time::Duration;

use kim_model::bounds;
use rand_core::{Infallible, TryRng};
use sha2::{Digest, Sha256};
use wasmtime::component::{Linker, ResourceTable};
use wasmtime_wasi::{
    HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView,
};

use super::limits::Limits;
use super::lines::Lines;
use super::log::{Level, OnLine, shortened};
use super::meter::Meter;
use super::room::Room;
use super::stop::{self, Reason, panic_in};

/// The part of a store that programs and plugins share.
pub(crate) struct Guest {
    wasi: WasiCtx,
    table: ResourceTable,
    pub(crate) meter: Meter,
    stdout: Lines,
    stderr: Lines,
}

impl Guest {
    /// Creates the state for a program.
    ///
    /// Nothing in it differs between two runs with the same seed.
    pub(crate) fn frozen(limits: &Limits, seed: &[u8], on_line: &OnLine) -> Guest {
        Guest::new(Meter::new(limits, None), on_line, [Level::Info, Level::Warn], |wasi| {
            wasi.wall_clock(Still).monotonic_clock(Still);
            wasi.secure_random(Seeded::new(seed, b"secure"))
                .insecure_random(Seeded::new(seed, b"insecure"));
            wasi.insecure_random_seed(u128::from_le_bytes(Seeded::new(seed, b"seed").block()));
        })
    }

    /// Creates the state for a plugin: its clock and random numbers are real.
    ///
    /// If it gets large, it waits for room.
    pub(crate) fn closed(limits: &Limits, room: Room, on_line: &OnLine) -> Guest {
        let meter = Meter::new(limits, Some(room));
        Guest::new(meter, on_line, [Level::Debug, Level::Debug], |_| {})
    }

    fn new(
        meter: Meter,
        on_line: &OnLine,
        [stdout, stderr]: [Level; 2],
        set: impl FnOnce(&mut WasiCtxBuilder),
    ) -> Guest {
        let [stdout, stderr] = [stdout, stderr].map(|level| Lines::new(level, on_line));
        let mut wasi = WasiCtxBuilder::new();
        wasi.stdout(stdout.clone()).stderr(stderr.clone());
        wasi.allow_tcp(false).allow_udp(false).max_random_size(bounds::RANDOM.most);
        set(&mut wasi);
        Guest { wasi: wasi.build(), table: ResourceTable::new(), meter, stdout, stderr }
    }

    /// Returns why the guest stopped. See [`stop::reason`].
    ///
    /// The text has a bounded length.
    pub(crate) fn reason(&self, error: &wasmtime::Error) -> Reason {
        let panic = panic_in(&self.stderr.buffer().tail);
        let Reason { cause, text } = stop::reason(error, panic, self.meter.memory_refused());
        Reason { cause, text: shortened(text) }
    }

    pub(crate) fn view(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }

    /// Passes on unterminated last lines of stdout and stderr.
    pub(crate) fn flush(&self) {
        self.stdout.flush_line();
        self.stderr.flush_line();
    }
}

/// Adds WASI 0.2 to a linker. [`Guest`] closes what it offers.
pub(crate) fn link<T: WasiView>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)
}

/// A clock that stands still at the start of 1970.
struct Still;

impl HostWallClock for Still {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

impl HostMonotonicClock for Still {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        0
    }
}

/// Random numbers that are the same in every run and in every version of kim.
///
/// They are SHA-256 of a seed and a counter.
struct Seeded {
    seed: Sha256,
    counter: u64,
}

impl Seeded {
    fn new(seed: &[u8], purpose: &[u8]) -> Seeded {
        Seeded { seed: Sha256::new().chain_update(purpose).chain_update(seed), counter: 0 }
    }

    /// Returns the next bytes. More than 32 would repeat.
    fn block<const N: usize>(&mut self) -> [u8; N] {
        let digest = self.seed.clone().chain_update(self.counter.to_le_bytes()).finalize();
        self.counter += 1;
        std::array::from_fn(|at| digest[at % 32])
    }
}

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.block()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.block()))
    }

    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Infallible> {
        for chunk in into.chunks_mut(32) {
            let block: [u8; 32] = self.block();
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
        Ok(())
    }
}
