//! The same graph with `terraform` (its built-in `terraform_data`, no network), where there is one.

use std::fmt::Write;
use std::process::Command;

use crate::child::{Measured, measure};
use crate::project::Project;
use crate::table::{Table, count, time};
use crate::{Bench, Result};

/// Plans and applies of chains of ten, side by side.
pub(crate) fn run(bench: &Bench) -> Result<Vec<Table>> {
    let mut table = Table::new("Beside Terraform", &["resources", "operation", "terraform", "kim", "ratio"]);
    let Some(version) = version() else {
        table.note("There is no `terraform` on PATH here: not compared.");
        return Ok(vec![table]);
    };
    for &size in bench.sizes(&[100, 1_000, 2_000]) {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        std::fs::write(folder.path().join("main.tf"), chains(size)).map_err(|error| error.to_string())?;
        let terraform = |arguments: &[&str]| {
            let mut terraform = Command::new("terraform");
            terraform.args(arguments).current_dir(folder.path()).env("CHECKPOINT_DISABLE", "1");
            measure(&terraform)
        };
        let project = Project::of_things(bench, "Thing", "chains", size)?;
        terraform(&["init", "-no-color"])?;
        let apply = ["apply", "-auto-approve", "-no-color"];
        let mut add = |operation: &str, theirs: Measured, ours: Measured| {
            let ratio = format!("{:.0} ×", theirs.millis / ours.millis);
            table.row(vec![count(size), operation.to_owned(), time(theirs.millis), time(ours.millis), ratio]);
        };
        add("plan, everything new", terraform(&["plan", "-no-color"])?, measure(&project.kim(&["preview"]))?);
        add("apply, everything new", terraform(&apply)?, measure(&project.kim(&["up", "--yes"]))?);
        add("plan, nothing changed", terraform(&["plan", "-no-color"])?, measure(&project.kim(&["preview"]))?);
        add("apply, nothing changed", terraform(&apply)?, measure(&project.kim(&["up", "--yes"]))?);
    }
    table.note(format!(
        "{version}, with `terraform_data` in chains of ten, one file, local state; kim with the plugin that does nothing, each resource through the sandbox and each step durable. Goal: a hundredth of its time at 1,000."
    ));
    Ok(vec![table])
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
        // Writing to a text does not fail.
        let _ = writeln!(
            text,
            "resource \"terraform_data\" \"thing_{index}\" {{\n  input = {{ label = \"one\", after = {after} }}\n}}"
        );
    }
    text
}
