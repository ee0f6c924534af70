//! The program as a value: its desired graph, its messages, and the text that its nodes boot with.

mod config;
mod first_boot;
mod graph;
mod reference;

use kim::testing::{self, Run};
use kim::{Value, json};

/// Runs the program with a table `config`.
fn run(config: Value) -> kim::Result<Run> {
    testing::run_as(
        "kimberlite",
        "dev",
        kimberlite::deploy,
        json!({ "aws": { "region": "eu-central-1" }, "config": config }),
    )
}

fn deployed(config: Value) -> Run {
    run(config).expect("the configuration is fine")
}
