//! How far a build is: which crates are done, which are being compiled, for builds that take minutes.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::screen::notice;

/// A build that is watched.
pub(super) struct Progress {
    counts: Arc<Mutex<Counts>>,
    began: Instant,
    /// Dropped to stop the ticker.
    ticker: Option<(mpsc::Sender<()>, std::thread::JoinHandle<()>)>,
}

/// What a build has done so far.
#[derive(Default)]
pub(super) struct Counts {
    compiled: usize,
    fresh: usize,
    /// The crates that are being compiled, the first one begun first.
    running: Vec<String>,
}

impl Progress {
    /// Begins to watch; with `aloud` it says now and then how far the build is.
    pub(super) fn begin(aloud: bool) -> Progress {
        let (counts, began) = (Arc::<Mutex<Counts>>::default(), Instant::now());
        let ticker = aloud.then(|| {
            let (stop, stopped) = mpsc::channel();
            let counts = counts.clone();
            (stop, std::thread::spawn(move || tick(&counts, began, &stopped)))
        });
        Progress { counts, began, ticker }
    }

    /// Where cargo's lines go that begin with "Compiling".
    pub(super) fn counts(&self) -> Arc<Mutex<Counts>> {
        self.counts.clone()
    }

    /// Takes cargo's message that a part of a crate is done.
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

    /// Ends; says how much there was to do.
    pub(super) fn end(self) {
        let aloud = self.ticker.is_some();
        if let Some((stop, thread)) = self.ticker {
            drop(stop);
            // It only writes; should it have panicked, the build is none the worse.
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
    /// A crate has begun to be compiled.
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

/// The same name whether it is a package's or a library's.
fn plain(name: &str) -> String {
    name.replace('-', "_")
}

/// Every second in place on a terminal; every ten seconds a line elsewhere.
fn tick(counts: &Mutex<Counts>, began: Instant, stopped: &mpsc::Receiver<()>) {
    let terminal = std::io::stderr().is_terminal();
    let pause = Duration::from_secs(if terminal { 1 } else { 10 });
    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(pause) {
        let shown = counts.lock().unwrap_or_else(PoisonError::into_inner).shown(began);
        match terminal {
            // Nobody may be listening.
            true => drop(write!(std::io::stderr(), "\r\x1b[K{shown}")),
            false => notice(&shown),
        }
    }
    if terminal {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
}
