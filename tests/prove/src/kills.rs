//! Proves recovery: a run that is killed at any moment is made good by the next one.
//!
//! A life is played up to a run. That run is killed before or after a call to the cloud or a
//! commit: its futures are dropped, and what still runs never passes another moment. Then a run
//! without a fault has to come to exactly what the program says. Every run of a life is killed at
//! each of its moments in turn. The cloud ignores tokens, so a create that is repeated shows.

use std::cell::Cell;
use std::sync::{Arc, Mutex};

use kim_engine::plan::Operation;

use crate::attempt::{Broken, attempt};
use crate::fixture::Case;
use crate::life::{Taste, expect_made_good, play, prepare, random_life};
use crate::random::Random;
use crate::script::{Run, Script};
use crate::watched::{Process, WatchedStore};

/// What the lives contain. Something that is retained would count as an orphan.
const TASTE: Taste =
    Taste { faults: 25, targets: 0, keeping: 0, groups: 15, paths: 10, aliases: 25, slow: 15 };

/// Returns the life of a seed.
pub(crate) fn life(random: &mut Random) -> Script {
    random_life(random, &TASTE)
}

/// Kills every run of a life at each of its moments, and returns how many kills there were.
pub(crate) fn prove(script: &Script) -> Result<usize, Broken> {
    let mut kills = 0;
    for run in 0..script.runs.len() {
        for moment in 0.. {
            let killed = Cell::new(None);
            let outcome = attempt(killed_at(script, run, moment, &killed));
            let killed = killed.take();
            if let Err(broken) = outcome {
                let when = killed.unwrap_or_else(|| "not killed at all".to_owned());
                let detail =
                    format!("run {} killed {when} (moment {moment})\n{}", run + 1, broken.detail);
                return Err(Broken { detail, ..broken });
            }
            if killed.is_none() {
                break;
            }
            kills += 1;
        }
    }
    Ok(kills)
}

/// Plays a life up to a run, kills that at a moment, and expects that the next run makes it good.
///
/// Sets `killed` to what the run was about; it stays empty if the run ended before.
async fn killed_at(
    script: &Script,
    number: usize,
    moment: usize,
    killed: &Cell<Option<String>>,
) -> Result<(), Broken> {
    let mut case = Case::new().await;
    case.options.parallel = 4;
    case.cloud().ignores_tokens = true;
    // The last program that was not rejected.
    let mut program = String::new();
    for run in &script.runs[..number] {
        if play(&mut case, run).await.is_ok() && run.operation() == Operation::Up {
            program = run.text();
        }
    }
    let run = &script.runs[number];
    prepare(&mut case, run).await;
    killed.set(kill(&case, run, moment).await?);
    case.cloud().faults.clear();
    case.options.replace.clear();
    // What looked renamed was refused; from here on it is meant.
    case.options.delete_renamed = true;
    case.expect_valid_state().await;
    // The run that would make it good is killed as well, half of the time.
    if moment % 2 == 1 && case.preview(&run.text()).await.is_ok() {
        let again = kill(&case, run, moment / 2 % 16).await?;
        let first = killed.take();
        killed.set(first.map(|first| match again {
            Some(again) => format!("{first}, and the run after it {again}"),
            None => first,
        }));
        case.expect_valid_state().await;
    }
    expect_made_good(&case, run, &program).await;
    Ok(())
}

/// Carries out a run and kills it at a moment. Returns what it was about, unless it ended before.
async fn kill(case: &Case, run: &Run, moment: usize) -> Result<Option<String>, Broken> {
    let process = Process::new(moment);
    let store = Arc::new(WatchedStore {
        inner: Arc::clone(&case.store),
        process: Arc::clone(&process),
        run: Mutex::default(),
    });
    // A run that is rejected or fails is one that ended.
    let _ = process.play(case, run, case.stack(&run.text()).with_store(store.clone())).await;
    store.release().await.map_err(|error| Broken::new("a lock is freed", error.to_string()))?;
    Ok(process.last())
}
