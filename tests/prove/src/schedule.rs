//! Measures the schedule: how long a run takes, over how long it has to take.
//!
//! Creates take as many seconds as their `size` says, on a clock that moves only when everything
//! waits, so that the run itself takes no time. No schedule is faster than the longest path, and
//! none is faster than all the work divided among the workers.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kim_engine::Interrupt;
use tokio::time::Instant;

use crate::attempt::{Broken, attempt};
use crate::fixture::{Case, Cloud};
use crate::random::Random;
use crate::watched::{Process, WatchedProvider};

/// How much longer than it has to a run may take, in percent.
const AIM: f64 = 5.0;

/// The resources of a run: how long each takes, and which it waits for.
struct Shape {
    name: &'static str,
    /// The number of workers.
    parallel: usize,
    /// By resource, its seconds and the numbers of those above it that it waits for.
    resources: Vec<(u64, Vec<usize>)>,
    /// True if the aim holds for it.
    is_bound: bool,
}

impl Shape {
    fn program(&self) -> String {
        let line = |(number, (seconds, after)): (usize, &(u64, Vec<usize>))| {
            let after: String = after.iter().map(|other| format!(" !after=r{other}")).collect();
            format!("r{number}: Ready size={seconds}{after}\n")
        };
        self.resources.iter().enumerate().map(line).collect()
    }

    /// Returns the seconds of the longest path.
    fn longest_path(&self) -> u64 {
        let mut ends: Vec<u64> = Vec::new();
        for (seconds, after) in &self.resources {
            let begin = after.iter().map(|other| ends[*other]).max().unwrap_or_default();
            ends.push(begin + seconds);
        }
        ends.into_iter().max().unwrap_or_default()
    }

    /// Returns the seconds below which no schedule comes.
    fn bound(&self) -> u64 {
        let work: u64 = self.resources.iter().map(|(seconds, _)| seconds).sum();
        self.longest_path().max(work.div_ceil(self.parallel as u64))
    }
}

/// A shape, and how long its run took.
pub(crate) struct Measured {
    name: &'static str,
    parallel: usize,
    steps: usize,
    bound: u64,
    took: f64,
    is_bound: bool,
}

impl Measured {
    /// Returns the time that it took over the time that it had to take.
    fn ratio(&self) -> f64 {
        self.took / self.bound as f64
    }

    /// Returns true if the run took no longer than the aim allows.
    pub(crate) fn is_within_aim(&self) -> bool {
        !self.is_bound || self.ratio() <= 1.0 + AIM / 100.0
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Measured { name, parallel, steps, bound, took, .. } = self;
        let verdict = match (self.is_within_aim(), self.is_bound) {
            (false, _) => "  MISSES THE AIM",
            (true, true) => "",
            (true, false) => "  (not an aim)",
        };
        write!(
            f,
            "{name:<30} {steps:>4} steps, {parallel:>2} workers: {took:>7.1} s of {bound:>5} s, ratio {:.3}{verdict}",
            self.ratio()
        )
    }
}

/// Measures all shapes; the random ones are of the seed.
pub(crate) fn measure(seed: u64) -> Result<Vec<Measured>, Broken> {
    shapes(&mut Random::new(seed)).iter().map(run).collect()
}

fn shapes(random: &mut Random) -> Vec<Shape> {
    let shape = |name, parallel, resources| Shape { name, parallel, resources, is_bound: true };
    let wide = (0..400).map(|_| (1 + random.below(30) as u64, Vec::new())).collect();
    let chain = |from: usize, length: usize, seconds: u64| {
        let link =
            move |at: usize| (seconds, if at == 0 { Vec::new() } else { vec![from + at - 1] });
        (0..length).map(link).collect::<Vec<_>>()
    };
    let mut diamonds = vec![(5, Vec::new())];
    for _ in 0..10 {
        let top = diamonds.len() - 1;
        diamonds.extend((0..30).map(|_| (10, vec![top])));
        diamonds.push((5, (top + 1..top + 31).collect()));
    }
    // Much that is short is declared before the path that decides.
    let mut hidden: Vec<(u64, Vec<usize>)> = (0..240).map(|_| (5, Vec::new())).collect();
    hidden.extend(chain(240, 60, 5));
    // No step of the chain ends together with one of the crowd.
    let mut uneven: Vec<(u64, Vec<usize>)> = (0..240).map(|_| (7, Vec::new())).collect();
    uneven.extend(chain(240, 80, 5));
    let mut combs = Vec::new();
    for length in [10, 20, 30, 40, 50, 60, 70, 80] {
        combs.extend(chain(combs.len(), length, 5));
    }
    let mixed = (0..400)
        .map(|at: usize| {
            let after = (0..random.below(3)).filter(|_| at > 0).map(|_| random.below(at)).collect();
            (1 + random.below(20) as u64, after)
        })
        .collect();
    vec![
        shape("wide", 16, wide),
        shape("deep", 16, chain(0, 200, 7)),
        shape("diamonds, room for all", 32, diamonds),
        shape("a chain behind a crowd", 5, hidden),
        shape("a chain behind a slower crowd", 5, uneven),
        shape("chains of many lengths", 5, combs),
        // Lengths of steps are not known to the engine: it counts steps.
        Shape { is_bound: false, ..shape("mixed", 8, mixed) },
    ]
}

fn run(shape: &Shape) -> Result<Measured, Broken> {
    let took = AtomicU64::new(0);
    attempt(async {
        let mut case = Case::new().await;
        case.options.parallel = shape.parallel;
        let mut stack = case.stack(&shape.program());
        stack.providers = vec![Arc::new(WatchedProvider {
            inner: Arc::new(Cloud::new(Arc::clone(&case.world))),
            process: Process::new(usize::MAX),
            timed: true,
        })];
        let begin = Instant::now();
        let summary = stack.up(&case.options, Arc::new(()), Interrupt::default()).await;
        took.store(begin.elapsed().as_millis() as u64, Ordering::Relaxed);
        let message = summary.map_or_else(|error| Some(error.to_string()), |done| done.message);
        message
            .map_or(Ok(()), |message| Err(Broken::new("a run without a fault succeeds", message)))
    })?;
    Ok(Measured {
        name: shape.name,
        parallel: shape.parallel,
        steps: shape.resources.len(),
        bound: shape.bound(),
        took: took.into_inner() as f64 / 1000.0,
        is_bound: shape.is_bound,
    })
}
