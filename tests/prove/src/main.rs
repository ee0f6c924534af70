//! Proofs with random cases: `cargo xtask prove NAME [--seed N] [--runs N] [--minutes N]`.
//!
//! Those of the engine use the cloud and the language of its tests; `binary` uses what the tests end
//! to end use. `docs/reliability.md` says what each proves.
//!
//! Invariants: the same seed gives the same cases. A failure is printed as the smallest script that
//! still fails, and exits with 1.

// A proof that cannot go on has failed.
#![allow(clippy::unwrap_used, reason = "a proof that cannot go on has failed")]

mod attempt;
mod binary;
// One language, one cloud: those of the engine's tests.
#[allow(dead_code, unused_imports, unreachable_pub, missing_docs)]
#[path = "../../../engine/tests/it/fixture/mod.rs"]
mod fixture;
mod kills;
mod ledger;
mod life;
mod model;
mod power;
mod random;
mod schedule;
mod script;
mod watched;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use attempt::Broken;
use random::Random;
use script::{Script, parse_corpus, shrink};

/// How long a proof goes on.
#[derive(Clone, Copy, Debug)]
struct Budget {
    seed: u64,
    runs: u64,
    until: Option<Instant>,
}

impl Budget {
    /// Returns the budget that the arguments say; `runs` unless they say it.
    fn parse(arguments: &[String], runs: u64) -> Result<Budget, String> {
        let mut budget = Budget { seed: 1, runs, until: None };
        for pair in arguments.chunks(2) {
            let [name, value] = pair else { return Err(format!("{} needs a number", pair[0])) };
            let number: u64 =
                value.parse().map_err(|_| format!("{name} needs a number, not '{value}'"))?;
            match name.as_str() {
                "--seed" => budget.seed = number,
                "--runs" => budget.runs = number,
                "--minutes" => {
                    budget.until = Some(Instant::now() + Duration::from_secs(60 * number));
                    budget.runs = u64::MAX;
                }
                other => return Err(format!("there is no option {other}")),
            }
        }
        Ok(budget)
    }

    /// Returns the seeds of the cases, until the time is over.
    fn seeds(self) -> impl Iterator<Item = u64> {
        (0..self.runs)
            .map(move |run| self.seed.wrapping_add(run))
            .take_while(move |_| self.until.is_none_or(|until| Instant::now() < until))
    }
}

fn main() -> ExitCode {
    attempt::keep_panics();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (proof, rest) =
        arguments.split_first().map_or(("", [].as_slice()), |(first, rest)| (first.as_str(), rest));
    let outcome = match proof {
        "model" => model(rest),
        "kills" => kills(rest),
        "power" => power(rest),
        "schedule" => schedule(rest),
        "binary" => Budget::parse(rest, 10).and_then(binary::prove),
        _ => Err("there are the proofs model, kills, power, schedule and binary".to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Compares random lives with the model, those of the corpus first.
fn model(arguments: &[String]) -> Result<(), String> {
    let budget = Budget::parse(arguments, 400)?;
    let mut fails = |script: &Script| model::prove(script).map(|_| ());
    replay(include_str!("../corpus/model.txt"), &mut fails)?;
    let (mut lives, mut runs) = (0, 0);
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in budget.seeds() {
        let script = model::life(&mut Random::new(seed));
        match model::prove(&script) {
            Ok(followed) => {
                runs += followed.runs;
                followed.open.into_iter().for_each(|why| *open.entry(why).or_default() += 1);
            }
            Err(broken) => return Err(report(seed, script, broken, 4000, &mut fails)),
        }
        lives += 1;
    }
    println!("in {lives} lives the engine and the model agree on {runs} runs");
    open.iter().for_each(|(why, lives)| println!("{lives} lives were left early; {why}"));
    Ok(())
}

/// Kills random lives at every moment, those of the corpus first.
fn kills(arguments: &[String]) -> Result<(), String> {
    let budget = Budget::parse(arguments, 40)?;
    let mut fails = |script: &Script| kills::prove(script).map(|_| ());
    replay(include_str!("../corpus/kills.txt"), &mut fails)?;
    let (mut lives, mut kills) = (0, 0);
    for seed in budget.seeds() {
        let script = kills::life(&mut Random::new(seed));
        match kills::prove(&script) {
            Ok(killed) => kills += killed,
            Err(broken) => return Err(report(seed, script, broken, 400, &mut fails)),
        }
        lives += 1;
    }
    println!("{lives} lives were killed at {kills} moments, and the next run made each good");
    Ok(())
}

/// Lets operations on the disk of random lives go wrong: all, or each n-th.
fn power(arguments: &[String]) -> Result<(), String> {
    let (every, arguments): (Vec<_>, Vec<_>) =
        arguments.chunks(2).partition(|pair| pair[0] == "--every");
    let stride = match every.as_slice() {
        [[_, number]] => number.parse().ok().filter(|number| *number > 0),
        [] => Some(1),
        _ => None,
    };
    let stride = stride.ok_or("--every needs a number above 0")?;
    let budget = Budget::parse(&arguments.concat(), 4)?;
    let (mut lives, mut total) = (0, power::Count::default());
    for seed in budget.seeds() {
        let script = power::life(&mut Random::new(seed));
        let mut fails = |script: &Script| power::prove(script, seed, stride).map(|_| ());
        match power::prove(&script, seed, stride) {
            Ok(count) => {
                total.power += count.power;
                total.full += count.full;
                total.errors += count.errors;
            }
            Err(broken) => return Err(report(seed, script, broken, 40, &mut fails)),
        }
        lives += 1;
    }
    let power::Count { power, full, errors } = total;
    println!(
        "{lives} lives lost power {power} times, had a full disk {full} times and failing writes and syncs \
         {errors} times; nothing confirmed was lost, and the next run made each good"
    );
    Ok(())
}

/// Measures the schedule.
fn schedule(arguments: &[String]) -> Result<(), String> {
    let budget = Budget::parse(arguments, 1)?;
    for seed in budget.seeds() {
        let measured = schedule::measure(seed)
            .map_err(|broken| format!("{}: {}", broken.rule, broken.detail))?;
        measured.iter().for_each(|shape| println!("{shape}"));
        if !measured.iter().all(schedule::Measured::is_within_aim) {
            return Err("a run took more than 5 % longer than it had to".to_owned());
        }
    }
    Ok(())
}

/// Plays the scripts of a corpus.
fn replay(
    corpus: &str,
    prove: &mut dyn FnMut(&Script) -> Result<(), Broken>,
) -> Result<(), String> {
    for (name, script) in parse_corpus(corpus) {
        prove(&script).map_err(|Broken { rule, detail }| {
            format!("the corpus fails again: {name}\n{rule}\n{detail}\n\n{script}")
        })?;
    }
    Ok(())
}

/// Returns the report of a failure: the smallest script that breaks the same rule.
fn report(
    seed: u64,
    script: Script,
    broken: Broken,
    tries: usize,
    prove: &mut dyn FnMut(&Script) -> Result<(), Broken>,
) -> String {
    let smallest = shrink(script, tries, &mut |script| {
        prove(script).is_err_and(|other| other.rule == broken.rule)
    });
    let Broken { rule, detail } = prove(&smallest).err().unwrap_or(broken);
    format!("seed {seed}: {rule}\n{detail}\n\n== {rule}\n{smallest}")
}
