//! What a person or a tool sees of a run.
//!
//! That is plain lines in a pipe, a tree updated in place on a terminal, or JSON lines.
//!
//! Invariant: with `--json` stdout holds nothing but events. The last event is a summary, however
//! the run ends.

mod action;
pub mod costs;
pub mod glyphs;
pub mod json;
pub mod line;
mod look;
mod on_stderr;
pub mod plan;
pub mod progress;
mod report;
pub mod silence;
mod tree;
pub mod value;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use kim_engine::event::{Diagnostic, Event, Events, StepResult, Summary};
use kim_engine::plan::{Operation, Plan};
use kim_model::{Log, Source, Urn};

use line::{Line, Style};
pub use look::{Look, colors_on_stderr, error, notice, print, print_json, print_value};
use look::{draw, size};
pub(crate) use look::{pass_on, prompt};
pub(crate) use on_stderr::OnStderr;
use progress::Progress;
pub use report::diagnostic_text;
use report::{step_line, style_of, summary_lines};
use silence::{SILENCE, Wait};

/// How often it is checked off a terminal if nothing was printed for long.
const SILENCE_CHECK: Duration = Duration::from_secs(1);

/// How often the part in place is redrawn.
const REDRAW_INTERVAL: Duration = Duration::from_millis(100);

/// How a run is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// One JSON event a line.
    Json,
    /// Plain lines.
    Lines,
    /// A tree that is updated in place.
    Terminal,
}

/// The screen of one run.
pub struct Screen {
    mode: Mode,
    look: Look,
    whole: bool,
    operation: Operation,
    began: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The number of lines on the terminal that the next frame replaces.
    drawn: usize,
    /// When something was printed last; `None`: nothing was.
    printed: Option<Instant>,
    /// The current phase, and when it began.
    phase: Option<(String, Instant)>,
    progress: Option<Progress>,
    /// The components. Their steps only keep records, so they get no lines.
    components: HashSet<Urn>,
    /// Where the program declares each resource.
    sources: HashMap<Urn, Source>,
    live: Option<(u64, u64)>,
    failed: Vec<(Urn, String)>,
    skipped: Vec<(Urn, String)>,
    said: HashSet<String>,
    summary: Option<Summary>,
}

impl Screen {
    /// Creates a screen for an operation. `whole` shows every property.
    pub fn new(operation: Operation, mode: Mode, look: Look, whole: bool) -> Screen {
        Screen { mode, look, whole, operation, began: Instant::now(), state: Mutex::default() }
    }

    /// Returns how the run is shown.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Returns how many requests read the live state, and how long they took.
    ///
    /// The time is in milliseconds. Returns `None` if the live state was not read.
    pub fn live(&self) -> Option<(u64, u64)> {
        self.state().live
    }

    /// Returns the summary, once there is one.
    pub fn summary(&self) -> Option<Summary> {
        self.state().summary.clone()
    }

    /// Shows a plan below a headline.
    pub fn plan(&self, headline: &Line, plan: &Plan, diagnostics: &[Diagnostic]) {
        let mut state = self.state();
        for diagnostic in diagnostics {
            self.diagnostic(&mut state, diagnostic);
        }
        state.phase = None;
        if self.mode == Mode::Json {
            state.printed = Some(Instant::now());
            let lines = json::resources(plan).into_iter().chain(json::costs(&plan.costs()));
            lines.for_each(|line| print_json(&line.to_string()));
            return;
        }
        let mut lines = vec![headline.clone(), Line::new()];
        lines.extend(plan::render(plan, self.whole));
        lines.extend(costs::render(&plan.costs(), self.look));
        self.print_above(&mut state, &lines);
    }

    /// Starts to redraw the part in place, on a terminal.
    ///
    /// Elsewhere, it reports long waits.
    ///
    /// Stops when the returned value is dropped.
    pub fn watch(self: &Arc<Self>) -> Watching {
        let screen = self.clone();
        let is_terminal = self.mode == Mode::Terminal;
        let ticker = tokio::spawn(async move {
            let pause = if is_terminal { REDRAW_INTERVAL } else { SILENCE_CHECK };
            let mut ticks = tokio::time::interval(pause);
            loop {
                ticks.tick().await;
                if is_terminal {
                    screen.print_above(&mut screen.state(), &[]);
                } else if let Some(wait) = screen.overdue(Instant::now()) {
                    screen.report(&wait);
                }
            }
        });
        Watching { screen: self.clone(), ticker }
    }

    /// Returns what to say of a wait if nothing was printed for [`SILENCE`].
    ///
    /// That counts as printed at `now`.
    pub fn overdue(&self, now: Instant) -> Option<Wait> {
        let mut state = self.state();
        if now.duration_since(state.printed.unwrap_or(self.began)) < SILENCE {
            return None;
        }
        let wait = match (&state.progress, &state.phase) {
            (Some(progress), _) => progress.wait(now),
            (None, Some((phase, since))) => Wait::of(phase, now.duration_since(*since)),
            (None, None) => return None,
        };
        state.printed = Some(now);
        Some(wait)
    }

    fn report(&self, wait: &Wait) {
        match self.mode {
            Mode::Json => print_json(&wait.json()),
            _ => self.print_above(&mut self.state(), &[wait.line()]),
        }
    }

    /// Begins the planning phase. Only a terminal shows it at once.
    pub fn planning(&self) {
        self.state().phase = Some(("planning".to_owned(), Instant::now()));
    }

    /// Begins to show the steps of a plan.
    pub fn applying(&self, plan: &Plan) {
        let mut state = self.state();
        state.progress = Some(Progress::new(plan, Instant::now()));
        let components = plan.resources.iter().filter(|resource| resource.component);
        state.components = components.map(|resource| resource.urn.clone()).collect();
        let placed =
            plan.resources.iter().filter_map(|one| Some((one.urn.clone(), one.source.clone()?)));
        state.sources = placed.collect();
    }

    /// Ends a run that failed before it had a summary.
    ///
    /// It may not even have begun. With JSON it emits a summary all the same.
    pub fn end_without_summary(&self, message: &str, hint: Option<&str>) {
        if self.summary().is_none() {
            let millis = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.end_early(json::failed(self.operation, message, millis), hint);
        }
    }

    /// Ends a plan that is not carried out.
    ///
    /// Only JSON shows the summary, because the plan itself contains the counts.
    pub fn end_of_preview(&self, summary: Summary) {
        self.end_early(summary, None);
    }

    fn end_early(&self, summary: Summary, hint: Option<&str>) {
        if self.mode == Mode::Json {
            self.json(&Event::Summary(summary.clone()), hint);
        }
        self.state().summary = Some(summary);
    }

    /// Prints a line above the progress lines. With JSON, prints it to stderr.
    pub fn say(&self, line: Line) {
        match self.mode {
            Mode::Json => notice(&line.render(false, None)),
            _ => self.print_above(&mut self.state(), &[line.whole()]),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prints lines above the progress lines, and redraws those.
    fn print_above(&self, state: &mut State, lines: &[Line]) {
        let mut text = erase(state);
        text.push_str(&self.look.render(lines));
        if !lines.is_empty() {
            state.printed = Some(Instant::now());
        }
        if self.mode == Mode::Terminal {
            let (width, height) = size().unwrap_or((80, 24));
            let frame = match (&state.progress, &state.phase) {
                (Some(progress), _) => progress.frame(Instant::now(), Some((width, height))),
                (None, Some((phase, since))) => vec![waiting(phase, since.elapsed())],
                (None, None) => Vec::new(),
            };
            state.drawn = frame.len();
            // One column less, because a full line wraps on some terminals.
            text.push_str(
                &Look { width: Some(width.saturating_sub(1)), ..self.look }.render(&frame),
            );
        }
        draw(&text);
    }

    fn diagnostic(&self, state: &mut State, diagnostic: &Diagnostic) {
        // The engine may both emit and return the same diagnostic.
        if !state.said.insert(format!("{diagnostic:?}")) {
            return;
        }
        match self.mode {
            Mode::Json => {
                self.json(&Event::Diagnostic(diagnostic.clone()), None);
                state.printed = Some(Instant::now());
            }
            _ => {
                let lines: Vec<Line> = diagnostic_text(diagnostic)
                    .lines()
                    .enumerate()
                    .map(|(at, text)| {
                        let style =
                            if at == 0 { style_of(diagnostic.severity) } else { Style::Plain };
                        Line::new().add(style, text).whole()
                    })
                    .collect();
                self.print_above(state, &lines);
            }
        }
    }

    fn json(&self, event: &Event, hint: Option<&str>) {
        print_json(&json::event(event, hint));
    }

    /// Prints an event, and keeps what it says of a wait.
    fn emit_json(&self, state: &mut State, event: Event) {
        self.json(&event, None);
        state.printed = Some(Instant::now());
        match event {
            Event::Phase { message } => self.phase(state, message),
            Event::Summary(summary) => self.end(state, summary),
            event => self.step(state, &event),
        }
    }

    fn log(&self, state: &mut State, who: &str, log: &Log) {
        let style = match log.level.as_str() {
            "error" => Style::Red,
            "warn" => Style::Yellow,
            "debug" if !self.whole => return,
            _ => Style::Plain,
        };
        let lines: Vec<Line> = log
            .message
            .lines()
            .map(|text| Line::new().add(Style::Dim, format!("{who}: ")).add(style, text).whole())
            .collect();
        self.print_above(state, &lines);
    }

    fn step(&self, state: &mut State, event: &Event) {
        let now = Instant::now();
        if let Some(progress) = &mut state.progress {
            match event {
                Event::StepStarted { urn, action } => progress.started(urn, *action, now),
                Event::StepStatus { urn, status } => progress.waits(urn, status),
                Event::StepFinished { urn, action, result, millis } => {
                    progress.finished(urn, *action, result, *millis)
                }
                _ => {}
            }
        }
        if let Event::StepFinished { urn, result, .. } = event {
            match result {
                StepResult::Failed { message, .. } => {
                    state.failed.push((urn.clone(), message.clone()))
                }
                StepResult::Skipped { because } => {
                    state.skipped.push((urn.clone(), because.clone()))
                }
                _ => {}
            }
        }
        if self.mode == Mode::Lines {
            let lines: Vec<Line> = step_line(event, &state.components).into_iter().collect();
            self.print_above(state, &lines);
        }
    }

    fn phase(&self, state: &mut State, message: String) {
        if self.mode == Mode::Lines {
            notice(&message);
            state.printed = Some(Instant::now());
        }
        state.phase = Some((message, Instant::now()));
        self.print_above(state, &[]);
    }

    fn end(&self, state: &mut State, summary: Summary) {
        let carried_out = state.progress.is_some();
        if let Some(progress) = state.progress.take().filter(|_| self.mode == Mode::Terminal) {
            // The whole tree stays on the terminal, even if it did not fit before.
            let text = erase(state) + &self.look.render(&progress.frame(Instant::now(), None));
            draw(&text);
        }
        if carried_out && self.mode != Mode::Json {
            let lines = summary_lines(&summary, &state.failed, &state.skipped, &state.sources);
            self.print_above(state, &lines);
        }
        state.summary = Some(summary);
    }
}

/// Returns the control sequence that erases the part in place.
fn erase(state: &mut State) -> String {
    match std::mem::take(&mut state.drawn) {
        0 => String::new(),
        drawn => format!("\x1b[{drawn}A\x1b[J"),
    }
}

impl Events for Screen {
    fn emit(&self, event: Event) {
        let mut state = self.state();
        if let Event::LiveRead { requests, millis } = event {
            state.live = Some((requests, millis));
            state.phase = Some(("planning".to_owned(), Instant::now()));
        }
        match event {
            // `plan` shows the resources.
            Event::Planned { .. } => {}
            Event::Diagnostic(diagnostic) => self.diagnostic(&mut state, &diagnostic),
            // Whether these changes were expected is not known yet: see `end_of_preview`.
            Event::Summary(_) if self.operation == Operation::Preview => {}
            event if self.mode == Mode::Json => self.emit_json(&mut state, event),
            Event::Phase { message } => self.phase(&mut state, message),
            Event::Log(log) => self.log(&mut state, "program", &log),
            Event::PluginLog { plugin, log } => self.log(&mut state, &plugin, &log),
            Event::LiveRead { .. } => {}
            Event::Summary(summary) => self.end(&mut state, summary),
            event => self.step(&mut state, &event),
        }
    }
}

/// Redraws the part in place, or reports long waits, until it is dropped.
pub struct Watching {
    screen: Arc<Screen>,
    ticker: tokio::task::JoinHandle<()>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.ticker.abort();
        let mut state = self.screen.state();
        // A run that ended without a summary leaves its tree on the terminal.
        if state.progress.take().is_some() {
            state.drawn = 0;
        } else if state.phase.take().is_some() {
            draw(&erase(&mut state));
        }
    }
}

/// Returns the line of a phase. From two seconds on it contains the elapsed time.
fn waiting(phase: &str, elapsed: Duration) -> Line {
    let line = Line::new().add(Style::Dim, phase).draw(Style::Dim, " …");
    match elapsed.as_secs() {
        0 | 1 => line,
        seconds => line.add(Style::Dim, format!(" {seconds} s")),
    }
}
