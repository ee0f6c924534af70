//! What is said off a terminal while nothing else is printed.
//!
//! A log in which nothing happens looks like a run that hangs. On a terminal the part in place has
//! a clock.

use std::time::Duration;

use kim_engine::event::counted;
use kim_engine::state::Action;
use kim_model::Urn;
use serde::Serialize;

use super::action::running;
use super::line::{Line, Style};
use super::value::{duration, kind_and_name};

/// How long nothing is printed before the wait is reported, and reported again.
pub const SILENCE: Duration = Duration::from_secs(30);

/// What a run waits for longest.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Wait {
    /// Always `progress`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// What it waits for, in words for people.
    message: String,
    /// Milliseconds since that began.
    millis: u64,
    /// The step that began first of those in progress; `None` while planning.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(super) step: Option<LongestStep>,
}

/// The step that began first of those in progress.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(super) struct LongestStep {
    /// The resource.
    pub(super) urn: Urn,
    /// What is done.
    pub(super) action: Action,
    /// What it waits for; empty while its first call is in flight.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) status: String,
    /// How many steps are in progress, this one included.
    pub(super) in_progress: usize,
}

impl Wait {
    /// Returns the wait for something that began so long ago.
    pub(super) fn of(what: &str, elapsed: Duration) -> Wait {
        let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let message = format!("{what}, {}", duration(millis));
        Wait { kind: "progress", message, millis, step: None }
    }

    /// Returns the wait for steps, of which this one began first.
    pub(super) fn of_step(step: LongestStep, elapsed: Duration) -> Wait {
        let LongestStep { urn, action, status, in_progress } = &step;
        let what = format!(
            "{} in progress, the longest: {} {}",
            counted(*in_progress, "step"),
            running(*action),
            kind_and_name(urn)
        );
        let mut wait = Wait::of(&what, elapsed);
        if !status.is_empty() {
            wait.message.push_str(&format!(", waiting for: {status}"));
        }
        Wait { step: Some(step), ..wait }
    }

    /// Returns the line for people.
    pub fn line(&self) -> Line {
        Line::new().draw(Style::Dim, "  ·  ").add(Style::Dim, self.message.replace('\n', " "))
    }

    /// Returns the event for tools.
    pub fn json(&self) -> String {
        // Serializing texts and numbers cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}
