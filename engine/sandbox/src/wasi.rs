//! WASI for guests: enough that Rust's standard library starts, and nothing that leads out.
//!
//! Invariants: no file, environment variable, argument or socket for any guest. For a program the clock stands still and
//! randomness follows from the stack's name; for a plugin both are real. What a guest writes to stdout becomes log
//! lines; what it writes to stderr does too, and is searched for the message of a panic.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use rand_core::{Infallible, TryRng};
use sha2::{Digest, Sha256};
use wasmtime::component::{Linker, ResourceTable};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use crate::error::{PANIC, Reason, panic_in};
use crate::limits::{Limits, Meter};

/// Where the lines of a guest go. Called from any thread.
pub(crate) type OnLine = Arc<dyn Fn(Level, &str) + Send + Sync>;

/// How much a log line matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// For whoever writes the guest.
    Debug,
    /// Worth saying.
    Info,
    /// Probably not meant.
    Warn,
    /// Something failed.
    Error,
}

impl Level {
    /// `debug`, `info`, `warn` or `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        }
    }
}

/// What every store holds for its guest.
pub(crate) struct Guest {
    wasi: WasiCtx,
    table: ResourceTable,
    pub(crate) meter: Meter,
    stdout: Lines,
    stderr: Lines,
}

impl Guest {
    /// For a program: nothing that could differ between two runs. The seed stands for the stack.
    pub(crate) fn frozen(limits: &Limits, seed: &[u8], on_line: &OnLine) -> Guest {
        Guest::new(limits, on_line, [Level::Info, Level::Warn], |wasi| {
            wasi.wall_clock(Still).monotonic_clock(Still);
            wasi.secure_random(Seeded::new(seed, b"secure")).insecure_random(Seeded::new(seed, b"insecure"));
            wasi.insecure_random_seed(u128::from_le_bytes(Seeded::new(seed, b"seed").block()));
        })
    }

    /// For a plugin: the clock and randomness are real.
    pub(crate) fn closed(limits: &Limits, on_line: &OnLine) -> Guest {
        Guest::new(limits, on_line, [Level::Debug, Level::Debug], |_| {})
    }

    fn new(
        limits: &Limits,
        on_line: &OnLine,
        [stdout, stderr]: [Level; 2],
        set: impl FnOnce(&mut WasiCtxBuilder),
    ) -> Guest {
        let [stdout, stderr] = [stdout, stderr].map(|level| Lines::new(level, on_line));
        let mut wasi = WasiCtxBuilder::new();
        wasi.stdout(stdout.clone()).stderr(stderr.clone());
        wasi.allow_tcp(false).allow_udp(false).max_random_size(1 << 20);
        set(&mut wasi);
        Guest { wasi: wasi.build(), table: ResourceTable::new(), meter: Meter::new(limits), stdout, stderr }
    }

    /// Why the guest stopped, in words: see [`crate::error::reason`].
    pub(crate) fn reason(&self, error: &wasmtime::Error) -> Reason {
        let panic = panic_in(&self.stderr.buffer().tail);
        let Reason { cause, text } = crate::error::reason(error, panic, self.meter.memory_refused());
        Reason { cause, text: shortened(text) }
    }

    pub(crate) fn view(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }

    /// Passes on last lines without an end.
    pub(crate) fn flush(&self) {
        self.stdout.flush_line();
        self.stderr.flush_line();
    }
}

/// Offers WASI 0.2 to components of a linker. What it offers is closed by [`Guest`].
pub(crate) fn link<T: WasiView>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)
}

/// A clock that stands still, at the beginning of 1970.
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

/// Randomness that is the same in every run and in every version of kim: SHA-256 of a seed and a counter.
struct Seeded {
    seed: Sha256,
    counter: u64,
}

impl Seeded {
    fn new(seed: &[u8], purpose: &[u8]) -> Seeded {
        Seeded { seed: Sha256::new().chain_update(purpose).chain_update(seed), counter: 0 }
    }

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

/// A text that a guest wants to be shown, cut where it is too long to be.
pub(crate) fn shortened(mut text: String) -> String {
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('…');
    }
    text
}

/// The longest line that is passed on, and how much of the end of stderr is kept to find a panic's message in.
const LONGEST: usize = 16 << 10;

/// A stream of a guest that passes on whole lines.
#[derive(Clone)]
struct Lines {
    level: Level,
    on_line: OnLine,
    buffer: Arc<Mutex<Buffer>>,
}

#[derive(Default)]
struct Buffer {
    /// The line that is being written.
    line: Vec<u8>,
    /// The end of all that was written.
    tail: String,
}

impl Buffer {
    /// Keeps the end of what was written; of a panic its beginning, which says where, rather than its end.
    fn remember(&mut self, line: &str) {
        if self.tail.len() + line.len() > 2 * LONGEST {
            if self.tail.contains(PANIC) && !line.contains(PANIC) {
                return;
            }
            self.tail.clear();
        }
        self.tail.push_str(line);
        self.tail.push('\n');
    }
}

impl Lines {
    fn new(level: Level, on_line: &OnLine) -> Lines {
        Lines { level, on_line: on_line.clone(), buffer: Arc::default() }
    }

    fn buffer(&self) -> std::sync::MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, bytes: &[u8]) {
        let mut buffer = self.buffer();
        for byte in bytes {
            if *byte == b'\n' {
                self.end_line(&mut buffer);
            } else if buffer.line.len() < LONGEST {
                buffer.line.push(*byte);
            }
        }
    }

    fn end_line(&self, buffer: &mut Buffer) {
        let line = std::mem::take(&mut buffer.line);
        let line = String::from_utf8_lossy(&line);
        buffer.remember(&line);
        if !line.is_empty() {
            (self.on_line)(self.level, &line);
        }
    }

    fn flush_line(&self) {
        let mut buffer = self.buffer();
        if !buffer.line.is_empty() {
            self.end_line(&mut buffer);
        }
    }
}

impl Drop for Lines {
    /// The last handle of a stream passes on a line that has no end.
    fn drop(&mut self) {
        if Arc::strong_count(&self.buffer) == 1 {
            self.flush_line();
        }
    }
}

impl IsTerminal for Lines {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Lines {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

#[async_trait::async_trait]
impl Pollable for Lines {
    async fn ready(&mut self) {}
}

impl OutputStream for Lines {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        Lines::write(self, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(64 << 10)
    }
}

impl tokio::io::AsyncWrite for Lines {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Lines::write(&self, bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
