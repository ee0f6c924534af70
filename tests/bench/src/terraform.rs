//! The same graph with `terraform` (its built-in `terraform_data`, no network), if it is installed.

use std::fmt::Write;
use std::process::Command;

use crate::child::measure;
use crate::project::Project;
use crate::table::{Table, count, time};
use crate::{Bench, Result};

/// The operations in their order: name, arguments of terraform, arguments of kim.
const OPERATIONS: [(&str, &[&str], &[&str]); 4] = [
    ("plan, everything new", &["plan"], &["preview"]),
    ("apply, everything new", &["apply", "-auto-approve"], &["up", "--yes"]),
    ("plan, nothing changed", &["plan"], &["preview"]),
    ("apply, nothing changed", &["apply", "-auto-approve"], &["up", "--yes"]),
];

/// Measures plans and applies of chains of ten with both tools.
pub(crate) fn run(bench: &Bench) -> Result<Vec<Table>> {
    let mut table =
        Table::new("Beside Terraform", &["resources", "operation", "terraform", "kim", "ratio"]);
    let Some(version) = version() else {
        table.note("There is no `terraform` on PATH here: not compared.");
        return Ok(vec![table]);
    };
    for &size in bench.sizes(&[100, 1_000, 2_000]) {
        let lives = if size > 1_000 { 1 } else { 3 };
        let lives = (0..lives).map(|_| life(bench, size)).collect::<Result<Vec<_>>>()?;
        for (index, (operation, ..)) in OPERATIONS.iter().enumerate() {
            let middle = |of: fn(&[f64; 2]) -> f64| {
                let mut times: Vec<f64> = lives.iter().map(|life| of(&life[index])).collect();
                times.sort_by(f64::total_cmp);
                times[times.len() / 2]
            };
            let (terraform, kim) = (middle(|times| times[0]), middle(|times| times[1]));
            let ratio = format!("{:.0} ×", terraform / kim);
            table.row(vec![
                count(size),
                (*operation).to_owned(),
                time(terraform),
                time(kim),
                ratio,
            ]);
        }
    }
    table.note(format!(
        "{version}, with `terraform_data` in chains of ten, one file, local state; kim with the plugin that does nothing, each resource through the sandbox and each step durable. Medians of three sequences each, in the same session; 2,000 once. Goal: a hundredth of Terraform's time at 1,000."
    ));
    Ok(vec![table])
}

/// Returns the time of each operation with Terraform and with kim.
///
/// The times are in milliseconds, and those of one sequence of all operations.
fn life(bench: &Bench, size: u32) -> Result<Vec<[f64; 2]>> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    std::fs::write(folder.path().join("main.tf"), chains(size))
        .map_err(|error| error.to_string())?;
    let terraform = |arguments: &[&str]| {
        let mut terraform = Command::new("terraform");
        terraform
            .args(arguments)
            .arg("-no-color")
            .current_dir(folder.path())
            .env("CHECKPOINT_DISABLE", "1");
        measure(&terraform)
    };
    let project = Project::of_things(bench, "Thing", "chains", size)?;
    terraform(&["init"])?;
    let mut times = Vec::new();
    for (_, terraform_arguments, kim_arguments) in OPERATIONS {
        times.push([
            terraform(terraform_arguments)?.millis,
            measure(&project.kim(kim_arguments))?.millis,
        ]);
    }
    Ok(times)
}

fn version() -> Option<String> {
    let output = Command::new("terraform").arg("version").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).lines().next()?.to_owned())
}

fn chains(size: u32) -> String {
    let mut text = String::new();
    for index in 0..size {
        let after = match index % 10 {
            0 => "\"\"".to_owned(),
            _ => format!("terraform_data.thing_{}.id", index - 1),
        };
        // A write to a text does not fail.
        let _ = writeln!(
            text,
            "resource \"terraform_data\" \"thing_{index}\" {{\n  input = {{ label = \"one\", after = {after} }}\n}}"
        );
    }
    text
}
