//! Ctrl-C and SIGTERM: the first stops gently, the second leaves what is in flight to the next run, the third ends the
//! process.

use kim_engine::Interrupt;
use tokio::signal::unix::{SignalKind, signal};

use crate::error::{Error, Result};

/// Listens from now on; `say` tells what an interrupt does.
pub(crate) fn listen(say: impl Fn(&str) + Send + 'static) -> Result<Interrupt> {
    let failed = |error| Error::failed(format!("cannot listen for signals: {error}"));
    let mut ctrl_c = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let interrupt = Interrupt::default();
    let asked = interrupt.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = ctrl_c.recv() => {}
                _ = terminate.recv() => {}
            }
            asked.interrupt();
            match asked.level() {
                1 => say(
                    "interrupted: nothing new is begun, what is in flight is awaited; again to leave it to the next run",
                ),
                2 => say("interrupted again: what is in flight is left to the next run"),
                // Everything in flight is journaled, so the next run settles it.
                _ => std::process::exit(1),
            }
        }
    });
    Ok(interrupt)
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
