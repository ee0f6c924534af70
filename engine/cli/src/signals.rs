//! Ctrl-C, SIGTERM, a terminal that goes away, and a deadline: the first stops gently, the second leaves what is in flight
//! to the next run, the third ends the process.

use std::time::Duration;

use kim_engine::Interrupt;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::{Error, Result};
use crate::screen::value::duration;

/// Listens from now on, and stops by itself when the deadline has passed; `say` tells what an interrupt does.
pub(crate) fn listen(deadline: Option<Duration>, say: impl Fn(&str) + Send + 'static) -> Result<Interrupt> {
    let failed = |error| Error::failed(format!("cannot listen for signals: {error}"));
    let mut ctrl_c = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    // Under nohup(1) a terminal may go away.
    let mut hangup = (!ignores_hangup()).then(|| signal(SignalKind::hangup())).transpose().map_err(failed)?;
    let interrupt = Interrupt::default();
    let asked = interrupt.clone();
    tokio::spawn(async move {
        let mut deadline = deadline;
        loop {
            let why = tokio::select! {
                _ = ctrl_c.recv() => "interrupted".to_owned(),
                _ = terminate.recv() => "interrupted".to_owned(),
                () = next(&mut hangup) => "interrupted by a terminal that went away".to_owned(),
                after = passed(deadline) => {
                    deadline = None;
                    format!("interrupted by the deadline of {}", duration(after.as_millis().try_into().unwrap_or(u64::MAX)))
                }
            };
            // Said first: what is interrupted may end the process at once.
            match asked.level() {
                0 => say(&format!(
                    "{why}: nothing new is begun, what is in flight is awaited; again to leave it to the next run"
                )),
                1 => say("interrupted again: what is in flight is left to the next run"),
                // Everything in flight is journaled, so the next run settles it.
                _ => std::process::exit(1),
            }
            asked.interrupt();
        }
    });
    Ok(interrupt)
}

async fn next(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

async fn passed(deadline: Option<Duration>) -> Duration {
    match deadline {
        Some(deadline) => {
            tokio::time::sleep(deadline).await;
            deadline
        }
        None => std::future::pending().await,
    }
}

/// Whether this process was started so that SIGHUP does nothing, as far as the system tells.
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    ignored & (1 << (SignalKind::hangup().as_raw_value() - 1)) != 0
}

/// Runs something that changes nothing until it is interrupted.
pub(crate) async fn unless_interrupted<T>(
    interrupt: &Interrupt,
    work: impl std::future::Future<Output = Result<T>>,
) -> Result<T> {
    tokio::select! {
        result = work => result,
        () = interrupt.reached(1) => Err(Error::failed("interrupted; nothing was changed")),
    }
}
