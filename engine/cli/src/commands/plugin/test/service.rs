//! The service that `kim-test.toml` starts.
//!
//! Invariant: it does not outlive the test: it is told to end by the end of its standard input.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use super::sample;
use crate::error::{Error, Result};
use crate::screen::notice;

/// How long it may take to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// A service that runs.
pub(super) struct Running {
    process: Child,
    /// It ends when this is closed.
    stdin: Option<ChildStdin>,
    /// Where it listens.
    pub(super) address: String,
}

impl Running {
    /// Starts it, and awaits the line that says where it listens.
    ///
    /// # Errors
    /// It does not start, or ends without having said it.
    pub(super) async fn start(service: &sample::Service, dir: &Path) -> Result<Running> {
        let [program, arguments @ ..] = &service.start[..] else {
            return Err(Error::usage("kim-test.toml: service.start is empty; it is a program and its arguments"));
        };
        let said = service.start.join(" ");
        let mut command = Command::new(program);
        command.args(arguments).current_dir(dir).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process =
            command.spawn().map_err(|error| Error::failed(format!("cannot start the service (`{said}`): {error}")))?;
        let (stdin, stdout) = (process.stdin.take(), process.stdout.take());
        let (says, hears) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let mut pipe = stdout.map(BufReader::new);
            let mut line = String::new();
            let _ = pipe.as_mut().map(|pipe| pipe.read_line(&mut line));
            let _ = says.send(line);
            // What else it says is for whoever looks after it.
            let _ = pipe.map(|mut pipe| std::io::copy(&mut pipe, &mut std::io::stderr()));
        });
        let mut running = Running { process, stdin, address: String::new() };
        // `listening on 127.0.0.1:4001`, or the address alone.
        let line = hears.await.unwrap_or_default();
        running.address = line.split_whitespace().last().unwrap_or_default().to_owned();
        match running.address.contains(':') {
            true => Ok(running),
            false => Err(Error::failed(format!(
                "the service (`{said}`) did not say where it listens: the last word of its first line must be an \
                 address like 127.0.0.1:4001, but the line was '{}'",
                line.trim()
            ))),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // One that was told to end does so by itself; cargo ends with what it runs.
        let began = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) {
            if began.elapsed() > PATIENCE {
                notice("the service did not end with its standard input, so it was killed");
                let _ = self.process.kill();
                let _ = self.process.wait();
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
