//! The service that `kim-test.toml` starts.
//!
//! Invariant: it does not outlive the test. The end of its standard input tells it to exit.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::time::{Duration, Instant};

use super::sample;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::screen::notice;

/// How long the service may take to exit before it is killed.
const EXIT_TIMEOUT: Duration = Duration::from_secs(5);

/// A running service.
pub(super) struct RunningService {
    process: Child,
    /// The service's standard input. Closing it stops the service.
    stdin: Option<ChildStdin>,
    /// The address on which the service listens.
    pub(super) address: String,
}

impl RunningService {
    /// Starts the service, and waits for the line with its address.
    ///
    /// # Errors
    /// The service does not start, or its first line has no address.
    pub(super) async fn start(
        service: &sample::Service,
        dir: &Path,
        environment: &Environment,
    ) -> Result<RunningService> {
        let [program, arguments @ ..] = &service.start[..] else {
            return Err(Error::usage(
                "kim-test.toml: service.start is empty; it is a program and its arguments",
            ));
        };
        let said = service.start.join(" ");
        let mut command = environment.command(program.as_ref());
        command.args(arguments).current_dir(dir).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().map_err(|error| {
            Error::failed(format!("cannot start the service (`{said}`): {error}"))
        })?;
        let (stdin, stdout) = (process.stdin.take(), process.stdout.take());
        let (says, hears) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let mut pipe = stdout.map(BufReader::new);
            let mut line = String::new();
            let _ = pipe.as_mut().map(|pipe| pipe.read_line(&mut line));
            let _ = says.send(line);
            // All further output is passed on for the user.
            let _ = pipe.map(|mut pipe| std::io::copy(&mut pipe, &mut std::io::stderr()));
        });
        let mut running = RunningService { process, stdin, address: String::new() };
        // `listening on 127.0.0.1:4001`, or the address alone.
        let line = hears.await.unwrap_or_default();
        running.address = line.split_whitespace().last().unwrap_or_default().to_owned();
        if !running.address.contains(':') {
            return Err(Error::failed(format!(
                "the service (`{said}`) did not say where it listens: the last word of its first line must be an \
                 address like 127.0.0.1:4001, but the line was '{}'",
                line.trim()
            )));
        }
        Ok(running)
    }
}

impl Drop for RunningService {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // The service exits by itself. A `cargo run` exits with its child.
        let began = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) {
            if began.elapsed() > EXIT_TIMEOUT {
                notice(
                    "the service did not exit when its standard input was closed, so it was killed",
                );
                let _ = self.process.kill();
                let _ = self.process.wait();
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
