//! Ctrl-C, SIGTERM, SIGHUP and the deadline.
//!
//! The first interrupt stops gently, the second leaves what is in flight to the next run, the third
//! ends the process.

use std::sync::Arc;
use std::time::Duration;

use kim_engine::Interrupt;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;

use crate::error::{Error, Result};
use crate::screen::value::duration;

/// Starts to listen for signals, and interrupts when the deadline passes.
///
/// After [`Interrupt::GRACE`] the deadline interrupts again.
///
/// `say` prints what an interrupt does. The deadline counts from this call.
pub(crate) fn listen(
    deadline: Option<Duration>,
    say: impl Fn(&str) + Send + Sync + 'static,
) -> Result<Interrupt> {
    let failed = |error| Error::failed(format!("cannot listen for signals: {error}"));
    let mut ctrl_c = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    // Under nohup(1) the terminal may close.
    let mut hangup =
        (!ignores_hangup()).then(|| signal(SignalKind::hangup())).transpose().map_err(failed)?;
    let interrupt = Interrupt::default();
    let asked = interrupt.clone();
    let say = Arc::new(say);
    tokio::spawn(async move {
        let (start, mut passes) = (Instant::now(), deadline.into_iter().collect::<Vec<_>>());
        // The request that a deadline makes next: the second follows the first after the grace.
        passes.extend(deadline.map(|deadline| deadline + Interrupt::GRACE));
        let mut passes = passes.into_iter().zip(0u8..).peekable();
        loop {
            let why = tokio::select! {
                _ = ctrl_c.recv() => "interrupted".to_owned(),
                _ = terminate.recv() => "interrupted".to_owned(),
                () = next_signal(&mut hangup) => {
                    // A shell that exits sends SIGHUP a second time. That is not a second request.
                    hangup = None;
                    "interrupted because the terminal closed".to_owned()
                }
                () = passed(start, passes.peek().map(|(after, _)| *after)) => {
                    let level = passes.next().map_or(0, |(_, level)| level);
                    // A signal made this request already.
                    if asked.level() > level {
                        continue;
                    }
                    let after = deadline.unwrap_or_default().as_millis();
                    format!("interrupted by the deadline of {}", duration(after.try_into().unwrap_or(u64::MAX)))
                }
            };
            let text = match asked.level() {
                0 => format!(
                    "{why}: nothing new begins, and what is in flight is awaited; interrupt again to leave it to the next run"
                ),
                1 => "interrupted again: the next run settles what is in flight".to_owned(),
                // Everything in flight is journaled, so the next run settles it.
                _ => std::process::exit(1),
            };
            // Printed before the interrupt, which may end the process at once. The timeout is for a
            // screen that nobody reads.
            let say = Arc::clone(&say);
            let said = tokio::task::spawn_blocking(move || say(&text));
            let _ = tokio::time::timeout(SCREEN_TIMEOUT, said).await;
            asked.interrupt();
        }
    });
    Ok(interrupt)
}

/// How long an interrupt waits for a screen that nobody reads.
const SCREEN_TIMEOUT: Duration = Duration::from_millis(100);

async fn next_signal(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// Waits until a time has passed since the start; for ever without one.
async fn passed(start: Instant, after: Option<Duration>) {
    match after {
        Some(after) => tokio::time::sleep_until(start + after).await,
        None => std::future::pending().await,
    }
}

/// Returns true if this process ignored SIGHUP when it started.
///
/// `/proc` says so.
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    ignored & (1 << (SignalKind::hangup().as_raw_value() - 1)) != 0
}

/// Runs work that changes nothing, until it is interrupted.
pub(crate) async fn unless_interrupted<T>(
    interrupt: &Interrupt,
    work: impl std::future::Future<Output = Result<T>>,
) -> Result<T> {
    tokio::select! {
        result = work => result,
        () = interrupt.reached(1) => Err(Error::failed("interrupted; nothing was changed")),
    }
}
