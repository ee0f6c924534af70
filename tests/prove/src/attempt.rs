//! An attempt to prove something, of which a panic is a failure like any other.

use std::panic::{AssertUnwindSafe, UnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What the last panic said.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// A rule that does not hold.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Broken {
    /// The rule in a few words. A case is shrunk as long as it breaks the same one.
    pub(crate) rule: String,
    /// What was expected, and what was seen.
    pub(crate) detail: String,
}

impl Broken {
    /// Creates the failure of a rule.
    pub(crate) fn new(rule: &str, detail: impl Into<String>) -> Broken {
        Broken { rule: rule.to_owned(), detail: detail.into() }
    }
}

/// Keeps the text of each panic for [`attempt`] instead of printing it.
pub(crate) fn keep_panics() {
    std::panic::set_hook(Box::new(|panic| {
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = panic.to_string();
    }));
}

/// Carries out a proof on a clock that moves only when everything waits.
pub(crate) fn attempt(proof: impl Future<Output = Result<(), Broken>>) -> Result<(), Broken> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| Broken::new("there is a runtime", error.to_string()))?;
    let bounded = async {
        let day = Duration::from_secs(7 * 24 * 60 * 60);
        let ended = tokio::time::timeout(day, proof).await;
        ended.unwrap_or_else(|_| Err(Broken::new("a run ends", "it still ran after a week")))
    };
    caught(AssertUnwindSafe(|| runtime.block_on(bounded)))
}

/// Carries out a proof. A panic breaks a rule.
pub(crate) fn caught(
    proof: impl FnOnce() -> Result<(), Broken> + UnwindSafe,
) -> Result<(), Broken> {
    catch_unwind(proof).unwrap_or_else(|_| {
        let text = PANIC.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // The place of a panic is the rule: its text has ids that differ from case to case.
        let place = text.lines().next().unwrap_or_default().trim_end_matches(':');
        Err(Broken::new(&format!("nothing panics: {place}"), text.clone()))
    })
}
