//! The phases of a command. Each has a headline with the elapsed time; a summary follows the last
//! one.

use std::time::{Duration, Instant};

/// The phases that were run so far, and notes.
pub(crate) struct Phases {
    began: Instant,
    done: Vec<(String, Duration, bool)>,
    notes: Vec<String>,
}

impl Phases {
    /// Starts the clock.
    pub(crate) fn begin() -> Phases {
        Phases { began: Instant::now(), done: Vec::new(), notes: Vec::new() }
    }

    /// Runs a phase below its headline. An error names the phase.
    pub(crate) fn run<T>(
        &mut self,
        name: &str,
        work: impl FnOnce() -> Result<T, String>,
    ) -> Result<T, String> {
        eprintln!("\n━━ [{}] {name}", clock(self.began.elapsed()));
        let began = Instant::now();
        let result = work();
        self.done.push((name.to_owned(), began.elapsed(), result.is_ok()));
        result.map_err(|error| format!("\"{name}\" failed: {error}"))
    }

    /// Prints a note, which the summary repeats.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        eprintln!("note: {note}");
        self.notes.push(note);
    }

    /// Prints the result and duration of each phase, and the notes.
    pub(crate) fn summarize(&self) {
        eprintln!("\n━━ [{}] summary", clock(self.began.elapsed()));
        for (name, took, succeeded) in &self.done {
            eprintln!(
                "  {}  {}  {name}",
                if *succeeded { "ok    " } else { "FAILED" },
                clock(*took)
            );
        }
        self.notes.iter().for_each(|note| eprintln!("  note    {note}"));
    }
}

/// Returns a duration as minutes and seconds.
fn clock(time: Duration) -> String {
    format!("{:>3}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}
