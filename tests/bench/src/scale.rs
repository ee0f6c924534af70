//! The growth of costs with the number of resources. The plugin does nothing, so these are the
//! costs of kim itself.

use crate::child::{measure, median};
use crate::project::Project;
use crate::table::{Table, count, megabytes, time};
use crate::{Bench, Result};

/// Measures previews of stacks in which nothing changed.
pub(crate) fn previews(bench: &Bench) -> Result<Vec<Table>> {
    let mut table = Table::new(
        "Preview, nothing changed",
        &[
            "resources",
            "offline",
            "memory",
            "in small pages",
            "live",
            "memory, live",
            "offline, each",
        ],
    );
    for &size in bench.sizes(&[10, 1_000, 10_000, 100_000]) {
        let project = Project::of_things(bench, "Thing", "chains", size)?;
        project.run(&["up", "--yes", "--parallel", "256"])?;
        let times = if size > 10_000 { 3 } else { bench.repetitions() };
        let offline = median(times, || measure(&project.kim(&["preview", "--offline"])))?;
        let small = measure(project.kim(&["preview", "--offline"]).env("MIMALLOC_ALLOW_THP", "0"))?;
        let live = median(times, || measure(&project.kim(&["preview"])))?;
        table.row(vec![
            count(size),
            time(offline.millis),
            megabytes(offline.megabytes),
            megabytes(small.megabytes),
            time(live.millis),
            megabytes(live.megabytes),
            time(offline.millis / f64::from(size)),
        ]);
    }
    table.note("Chains of ten. Live: the plugin reads each resource, 1,000 a call. Budget: 300 ms and 100 MB at 10,000, offline. The allocator asks for huge pages (2 MB), which Linux counts whole: the memory in small pages is that of the same command with `MIMALLOC_ALLOW_THP=0`, which took 16 % longer at 10,000.");
    Ok(vec![table])
}

/// Measures applies of new stacks.
pub(crate) fn applies(bench: &Bench) -> Result<Vec<Table>> {
    let mut table = Table::new(
        "Apply, everything new",
        &["resources", "shape", "time", "a step", "memory", "state"],
    );
    for (kind, shape, shown) in [
        ("Thing", "chains", "chains of ten"),
        ("Thing", "wide", "one layer"),
        ("Thing", "chain", "one chain"),
        ("SlowThing", "chains", "chains of ten, asked to settle"),
    ] {
        for &size in bench.sizes(&[100, 1_000, 10_000, 100_000]) {
            let times = if size > 1_000 { 1 } else { 3 };
            let (mut took, mut state) = (Vec::new(), 0.0);
            for _ in 0..times {
                let project = Project::of_things(bench, kind, shape, size)?;
                took.push(measure(&project.kim(&["up", "--yes"]))?);
                state = project.state_megabytes();
            }
            took.sort_by(|left, right| left.millis.total_cmp(&right.millis));
            let took = &took[took.len() / 2];
            table.row(vec![
                count(size),
                shown.to_owned(),
                time(took.millis),
                time(took.millis / f64::from(size)),
                megabytes(took.megabytes),
                megabytes(state),
            ]);
        }
    }
    table.note(
        "16 steps at a time, the default. A create of a `Thing` is complete when it returns (`ready`): one call a step, and one commit, of its outcome and of the intent of the next step. A kind that has to settle, as most kinds do, takes two calls and two commits. Every intent is durable (fsync) before its call, and every outcome before the calls that depend on it. Budget: flat, under 0.3 ms a step.",
    );
    Ok(vec![table])
}
