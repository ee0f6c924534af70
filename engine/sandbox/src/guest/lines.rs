//! Stdout and stderr of a guest, as WASI streams that pass on whole lines.
//!
//! Invariants: an unterminated line is passed on when the stream ends; if stderr is long, the
//! panic's message is kept.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use super::log::{LONGEST, Level, OnLine};
use super::stop::PANIC;

/// A stream of a guest that passes on whole lines. All clones share one buffer.
#[derive(Clone)]
pub(super) struct Lines {
    level: Level,
    on_line: OnLine,
    buffer: Arc<Mutex<Buffer>>,
}

/// The part of a stream's output that is kept.
#[derive(Default)]
pub(super) struct Buffer {
    /// The bytes of the unfinished line, at most [`LONGEST`].
    line: Vec<u8>,
    /// The last finished lines: some or all of what was written.
    pub(super) tail: String,
}

impl Buffer {
    /// Adds a line to the tail. Drops the older lines if it gets too long.
    ///
    /// After a panic it drops the new line instead: the panic's first line says where it happened.
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
    pub(super) fn new(level: Level, on_line: &OnLine) -> Lines {
        Lines { level, on_line: on_line.clone(), buffer: Arc::default() }
    }

    pub(super) fn buffer(&self) -> std::sync::MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes bytes, and passes on each line that they finish.
    ///
    /// Drops the part of a line beyond [`LONGEST`] bytes.
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

    /// Passes on the unfinished line, unless it is empty.
    fn end_line(&self, buffer: &mut Buffer) {
        let line = std::mem::take(&mut buffer.line);
        let line = String::from_utf8_lossy(&line);
        buffer.remember(&line);
        if !line.is_empty() {
            (self.on_line)(self.level, &line);
        }
    }

    /// Passes on an unterminated last line.
    pub(super) fn flush_line(&self) {
        let mut buffer = self.buffer();
        if !buffer.line.is_empty() {
            self.end_line(&mut buffer);
        }
    }
}

impl Drop for Lines {
    /// Passes on an unterminated last line, if this is the last clone of the stream.
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
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
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
