//! Proves plans and outcomes: a slow model of the engine, written from the rules, has to agree.
//!
//! Each run of a life is planned by both. The fates must be the same, and what the model says comes
//! first must come first in the engine's graph. Then the engine applies, one step at a time, and
//! the model carries out the same steps in the engine's order, with the same faults. In the end
//! both must hold the same records, the same items with the same inputs, and the same outputs.
//!
//! | file | what it owns |
//! |---|---|
//! | `program.rs` | what a program declares |
//! | `world.rs` | what the model holds true of state and cloud |
//! | `plan.rs` | fates, and which step comes before which |
//! | `walk.rs` | what steps come to |
//! | `compare.rs` | both compared |
//!
//! Where the rules do not say what happens, the model takes the engine's word (`Perhaps::Maybe`) or
//! ends the life (`Plan::open`).

mod compare;
mod plan;
mod program;
mod walk;
mod world;

use kim_engine::plan::Operation;

use crate::attempt::{Broken, attempt};
use crate::fixture::Case;
use crate::life::{Taste, random_life};
use crate::random::Random;
use crate::script::{Run, Script};

use compare::Compared;
use world::World;

/// What the lives contain.
const TASTE: Taste =
    Taste { faults: 20, targets: 15, keeping: 12, groups: 0, paths: 12, aliases: 20, slow: 0 };

/// Returns the life of a seed.
pub(crate) fn life(random: &mut Random) -> Script {
    random_life(random, &TASTE)
}

/// How far the model followed the engine.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Followed {
    /// How many runs they agree on.
    pub(crate) runs: usize,
    /// Why the model ended the life early.
    pub(crate) open: Option<&'static str>,
}

/// Plays a life with the engine and with the model.
pub(crate) fn prove(script: &Script) -> Result<Followed, Broken> {
    let mut followed = Followed::default();
    attempt(async {
        let mut case = Case::new().await;
        let mut world = World::default();
        for (number, run) in script.runs.iter().enumerate() {
            let compared = compared(&mut case, &mut world, run).await;
            let compared = compared.map_err(|broken| {
                let detail = format!("in run {}: {}", number + 1, broken.detail);
                Broken { detail, ..broken }
            })?;
            if let Compared::Open(why) = compared {
                followed.open = Some(why);
                break;
            }
            followed.runs += 1;
        }
        Ok(())
    })?;
    Ok(followed)
}

async fn compared(case: &mut Case, world: &mut World, run: &Run) -> Result<Compared, Broken> {
    match run.operation() {
        Operation::Refresh => compare::refresh(case, world, run).await,
        _ => compare::run(case, world, run).await,
    }
}
