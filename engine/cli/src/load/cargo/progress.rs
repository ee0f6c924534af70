//! The progress of a build that takes minutes.
//!
//! It shows the crates that are done and those being compiled.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::screen::notice;

/// A build whose progress is counted.
pub(super) struct BuildProgress {
    counts: Arc<Mutex<Counts>>,
    began: Instant,
    /// The ticker. Dropping the sender stops it.
    ticker: Option<(mpsc::Sender<()>, std::thread::JoinHandle<()>)>,
}

/// The crates that a build finished and those that it is compiling.
#[derive(Default)]
pub(super) struct Counts {
    compiled: usize,
    fresh: usize,
    /// The crates being compiled, in the order in which they began.
    running: Vec<String>,
}

impl BuildProgress {
    /// Starts to count. With `aloud`, also prints the progress at intervals.
    pub(super) fn begin(aloud: bool) -> BuildProgress {
        let (counts, began) = (Arc::<Mutex<Counts>>::default(), Instant::now());
        let ticker = aloud.then(|| {
            let (stop, stopped) = mpsc::channel();
            let counts = counts.clone();
            (stop, std::thread::spawn(move || tick(&counts, began, &stopped)))
        });
        BuildProgress { counts, began, ticker }
    }

    /// Returns the counts, which also take cargo's "Compiling" lines.
    pub(super) fn counts(&self) -> Arc<Mutex<Counts>> {
        self.counts.clone()
    }

    /// Counts cargo's message that a part of a crate is done.
    pub(super) fn done(&self, message: &Json) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if message["fresh"] == Json::Bool(true) {
            counts.fresh += 1;
        } else {
            counts.compiled += 1;
        }
        let name = plain(message["target"]["name"].as_str().unwrap_or_default());
        counts.running.retain(|running| plain(running) != name);
    }

    /// Stops the progress, and prints the totals if the progress was printed.
    pub(super) fn end(self) {
        let aloud = self.ticker.is_some();
        if let Some((stop, thread)) = self.ticker {
            drop(stop);
            // The thread only prints. A panic in it does not harm the build.
            let _ = thread.join();
        }
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if aloud {
            notice(&format!(
                "{:>6} s  {} crates compiled, {} were up to date",
                self.began.elapsed().as_secs(),
                counts.compiled,
                counts.fresh
            ));
        }
    }
}

impl Counts {
    /// Notes that a crate began to compile.
    pub(super) fn begun(&mut self, name: &str) {
        self.running.push(name.to_owned());
    }

    fn shown(&self, began: Instant) -> String {
        let mut names = self.running.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        if self.running.len() > 3 {
            names.push_str(" and others");
        }
        let done = self.compiled + self.fresh;
        format!("{:>6} s  {done} crates done, compiling {names}", began.elapsed().as_secs())
    }
}

/// Returns the same name for a package and its library.
fn plain(name: &str) -> String {
    name.replace('-', "_")
}

/// Prints the progress.
///
/// On a terminal it is updated in place every second. Elsewhere a line is printed every ten
/// seconds.
fn tick(counts: &Mutex<Counts>, began: Instant, stopped: &mpsc::Receiver<()>) {
    let terminal = std::io::stderr().is_terminal();
    let pause = Duration::from_secs(if terminal { 1 } else { 10 });
    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(pause) {
        let shown = counts.lock().unwrap_or_else(PoisonError::into_inner).shown(began);
        if terminal {
            // A closed pipe is not an error.
            let _ = write!(std::io::stderr(), "\r\x1b[K{shown}");
        } else {
            notice(&shown);
        }
    }
    if terminal {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
}
