//! Proves that the binary survives SIGKILL at any instant.
//!
//! Lives of a stack are played with real components, real SQLite and real HTTP. After each kill a
//! run without trouble has to succeed, the cloud has to hold exactly what the state says, and the
//! next preview has to find nothing to change. In the end a destroy has to leave nothing.

mod life;
mod play;
mod program;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use self::play::{Player, Tally};
use crate::Budget;
use crate::attempt::{Broken, caught};
use crate::random::Random;

/// Plays the lives of the seeds. Prints each violation, and what was counted.
pub(crate) fn prove(budget: Budget) -> Result<(), String> {
    let (mut tally, mut lives, mut broken) = (Tally::default(), 0, 0);
    for seed in budget.seeds() {
        lives += 1;
        if let Err(violation) = prove_life(seed, &mut tally)? {
            broken += 1;
            println!("{violation}");
        }
        if lives % 10 == 0 {
            println!("{}", counted(lives, &tally));
        }
    }
    println!("{}", counted(lives, &tally));
    if broken > 0 { Err(format!("{broken} of {lives} lives broke a rule")) } else { Ok(()) }
}

/// Plays the life of a seed. Returns the report of what it broke.
fn prove_life(seed: u64, tally: &mut Tally) -> Result<Result<(), String>, String> {
    let life = life::life(&mut Random::new(seed));
    let mut player = Player::new(&life, tally)?;
    let outcome = caught(AssertUnwindSafe(|| player.play(&life)));
    Ok(outcome.map_err(|Broken { rule, detail }| {
        let kept = player.keep();
        format!(
            "seed {seed}: {rule}\n{detail}\nwhat happened: {}\n",
            kept.join("life.txt").display()
        )
    }))
}

/// Returns what was counted, as text.
fn counted(lives: usize, tally: &Tally) -> String {
    let kills: usize = tally.kills.values().sum();
    let mut text = format!(
        "{lives} lives, {} runs, {kills} of them killed; {} ended before their moment",
        tally.runs, tally.spared
    );
    for (moment, times) in &tally.kills {
        text += &format!("\n  {times:5} {moment}");
    }
    let mut healing = tally.healing.clone();
    healing.sort_unstable();
    if let Some(longest) = healing.last() {
        text += &format!(
            "\n  the run after them took {:.1?} (median), {:.1?} (p99), {longest:.1?} (most)",
            percentile(&healing, 50),
            percentile(&healing, 99)
        );
    }
    text
}

/// Returns a percentile of times that are sorted and not empty.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}
