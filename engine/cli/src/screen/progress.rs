//! The progress of a run.
//!
//! It has a row for each resource with a step, and the frame that shows them.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use kim_engine::event::StepResult;
use kim_engine::plan::Plan;
use kim_engine::state::Action;
use kim_model::Urn;

use super::action;
use super::line::{Line, Style};
use super::look::NARROW;
use super::silence::{LongestStep, Wait};
use super::tree;
use super::value::{duration, unescaped};

/// The state of a resource's step.
#[derive(Clone, PartialEq, Debug)]
enum StepState {
    Waiting,
    Running { action: Action, since: Instant, status: String },
    Done { action: Action, millis: u64 },
    Unchanged,
    Failed { action: Action },
    Skipped,
}

struct ProgressRow {
    urn: Urn,
    branch: String,
    label: (String, String),
    /// `None` for a component, or if the resource has no step.
    state: Option<StepState>,
}

/// The progress of a run.
pub struct Progress {
    rows: Vec<ProgressRow>,
    index: HashMap<Urn, usize>,
    began: Instant,
    steps: usize,
    done: usize,
}

impl Progress {
    /// Creates the progress of a run of `plan` that begins at `now`.
    pub fn new(plan: &Plan, now: Instant) -> Progress {
        let busy: std::collections::HashSet<&Urn> =
            plan.steps.node_weights().map(|step| &step.urn).collect();
        let tree_rows = tree::rows(&plan.resources, |resource| busy.contains(&resource.urn));
        let mut index = HashMap::new();
        let mut rows = Vec::new();
        for tree_row in tree_rows {
            let urn = &plan.resources[tree_row.index].urn;
            index.insert(urn.clone(), rows.len());
            let waits = busy.contains(urn) && !tree_row.component;
            rows.push(ProgressRow {
                urn: urn.clone(),
                branch: tree_row.branch,
                label: (urn.kind().to_owned(), unescaped(urn.name())),
                state: waits.then_some(StepState::Waiting),
            });
        }
        Progress { rows, index, began: now, steps: plan.steps.node_count(), done: 0 }
    }

    fn set_state(&mut self, urn: &Urn, state: StepState) {
        let next = self.rows.len();
        let row = *self.index.entry(urn.clone()).or_insert(next);
        if row == next {
            let label = (urn.kind().to_owned(), unescaped(urn.name()));
            let urn = urn.clone();
            self.rows.push(ProgressRow { urn, branch: String::new(), label, state: None });
        }
        self.rows[row].state = Some(state);
    }

    /// Notes that a step began.
    pub fn started(&mut self, urn: &Urn, action: Action, now: Instant) {
        self.set_state(urn, StepState::Running { action, since: now, status: String::new() });
    }

    /// Notes what a running step waits for.
    pub fn waits(&mut self, urn: &Urn, text: &str) {
        let row = self.index.get(urn).and_then(|row| self.rows.get_mut(*row));
        if let Some(ProgressRow { state: Some(StepState::Running { status, .. }), .. }) = row {
            *status = text.to_owned();
        }
    }

    /// Notes that a step ended.
    pub fn finished(&mut self, urn: &Urn, action: Action, result: &StepResult, millis: u64) {
        self.done += 1;
        self.set_state(
            urn,
            match result {
                StepResult::Succeeded => StepState::Done { action, millis },
                StepResult::Unchanged => StepState::Unchanged,
                StepResult::Failed { .. } => StepState::Failed { action },
                StepResult::Skipped { .. } => StepState::Skipped,
            },
        );
    }

    /// Returns what the run waits for longest.
    pub(super) fn wait(&self, now: Instant) -> Wait {
        let running = self.rows.iter().filter_map(|row| match &row.state {
            Some(StepState::Running { action, since, status }) => {
                Some((row, *action, since, status))
            }
            _ => None,
        });
        let in_progress = running.clone().count();
        match running.min_by_key(|(_, _, since, _)| *since) {
            Some((row, action, since, status)) => {
                let (urn, status) = (row.urn.clone(), status.clone());
                let step = LongestStep { urn, action, status, in_progress };
                Wait::of_step(step, now.duration_since(*since))
            }
            None => {
                let done = format!("{} of {} steps done", self.done, self.steps);
                Wait::of(&done, now.duration_since(self.began))
            }
        }
    }

    /// Returns the lines to show.
    ///
    /// These are all rows if they fit into the terminal, else only running and failed ones.
    /// `terminal` is its width and height. `None` shows all rows.
    pub fn frame(&self, now: Instant, terminal: Option<(usize, usize)>) -> Vec<Line> {
        let room = terminal.map_or(usize::MAX, |(_, height)| height.saturating_sub(3));
        let narrow = terminal.is_some_and(|(width, _)| width < NARROW);
        let mut lines: Vec<Line> = if self.rows.len() <= room && !narrow {
            self.rows.iter().map(|row| row.line(now)).collect()
        } else {
            let is_busy = |row: &&ProgressRow| {
                matches!(row.state, Some(StepState::Running { .. } | StepState::Failed { .. }))
            };
            let line =
                |row: &ProgressRow| if narrow { row.short_line(now) } else { row.flat_line(now) };
            self.rows.iter().filter(is_busy).map(line).take(room).collect()
        };
        let elapsed = now.duration_since(self.began);
        lines.push(Line::new());
        let steps = format!("     {} of {} steps", self.done, self.steps);
        lines.push(
            Line::new()
                .add(Style::Dim, steps)
                .draw(Style::Dim, " · ")
                .add(Style::Dim, spent(elapsed)),
        );
        lines
    }
}

fn spent(elapsed: Duration) -> String {
    duration(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
}

impl ProgressRow {
    /// Returns the line with the row's branch of the tree.
    fn line(&self, now: Instant) -> Line {
        self.line_with(now, &self.branch)
    }

    /// Returns the line without the tree.
    fn flat_line(&self, now: Instant) -> Line {
        self.line_with(now, "")
    }

    /// Returns a line for a few columns, with the name first.
    fn short_line(&self, now: Instant) -> Line {
        let (sign, style, note) = self.state(now);
        Line::new().draw(style, sign).text(" ").add(Style::Bold, &self.label.1).text(" ").join(note)
    }

    fn line_with(&self, now: Instant, branch: &str) -> Line {
        let (sign, style, note) = self.state(now);
        let left = Line::new()
            .text("  ")
            .draw(style, sign)
            .text("  ")
            .draw(Style::Dim, branch)
            .text(&self.label.0)
            .text(" ")
            .add(Style::Bold, &self.label.1);
        if note.width() == 0 { left } else { left.text("  ").pad(52).join(note) }
    }

    /// Returns the sign, the colour and the text of the state.
    fn state(&self, now: Instant) -> (&'static str, Style, Line) {
        let (sign, style, note) = match &self.state {
            None => (" ", Style::Plain, String::new()),
            Some(StepState::Waiting) => ("·", Style::Dim, String::new()),
            Some(StepState::Running { action, since, .. }) => (
                action::sign(*action),
                Style::Yellow,
                format!("{} {}", action::running(*action), spent(now.duration_since(*since))),
            ),
            Some(StepState::Done { action, millis }) => (
                "✓",
                Style::Green,
                format!("{} in {}", action::finished(*action), duration(*millis)),
            ),
            Some(StepState::Unchanged) => ("✓", Style::Green, "unchanged after all".to_owned()),
            Some(StepState::Failed { action }) => {
                ("✗", Style::Red, format!("not {}", action::finished(*action)))
            }
            Some(StepState::Skipped) => ("○", Style::Dim, "skipped".to_owned()),
        };
        let note = if note.is_empty() { Line::new() } else { Line::new().add(style, note) };
        match &self.state {
            Some(StepState::Running { status, .. }) if !status.is_empty() => {
                (sign, style, note.draw(style, " · ").add(style, status))
            }
            _ => (sign, style, note),
        }
    }
}
