//! The time until a person sees something.

use crate::child::{measure, median};
use crate::project::Project;
use crate::table::{Table, megabytes, time};
use crate::{Bench, Result};

/// Measures starts of the whole process, with compiled components.
pub(crate) fn run(bench: &Bench) -> Result<Vec<Table>> {
    let mut table = Table::new("Start", &["command", "whole process", "first line", "memory"]);
    let project = Project::of_things(bench, "Thing", "chains", 10)?;
    project.run(&["up", "--yes"])?;
    for (shown, arguments) in [
        ("kim --version", &["--version"] as &[&str]),
        ("kim stack ls", &["stack", "ls"]),
        ("kim preview --offline, 10 resources, nothing changed", &["preview", "--offline"]),
        ("kim preview, 10 resources, nothing changed", &["preview"]),
    ] {
        let took = median(bench.repetitions(), || measure(&project.kim(arguments)))?;
        let first = took.first.map_or("-".to_owned(), time);
        table.row(vec![shown.to_owned(), time(took.millis), first, megabytes(took.megabytes)]);
    }
    table.note(
        "Components are in the cache. Budget: 30 ms for the third row. The first line of a run's output is the whole plan.",
    );
    Ok(vec![table])
}
