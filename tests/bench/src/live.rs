//! A live preview of many volumes: calls and time.

use kim_aws_local::{ACCESS_KEY, LocalAws, Options, SECRET_KEY};
use serde_json::Value as Json;

use crate::child::{Measured, measure, median};
use crate::project::Project;
use crate::table::{Table, count, megabytes, time};
use crate::{Bench, Result};

/// Measures volumes on the strict local AWS, which runs in this process.
pub(crate) fn run(bench: &Bench) -> Result<Vec<Table>> {
    let mut table = Table::new(
        "Live preview of volumes",
        &["volumes", "calls", "reading", "whole process", "memory", "created in"],
    );
    let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("no runtime: {error}"))?;
    for &size in bench.sizes(&[10, 100, 1_000]) {
        let aws = runtime
            .block_on(LocalAws::start(Options::default()))
            .map_err(|error| error.to_string())?;
        let variables = [
            ("AWS_ENDPOINT_URL", aws.endpoint()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ];
        let plugin = |name: &str| bench.plugins.join(format!("kim_plugin_aws_{name}.wasm"));
        let (ec2, kms) = (plugin("ec2"), plugin("kms"));
        let plugins = [("aws-ec2", ec2.as_path()), ("aws-kms", kms.as_path())];
        let project = Project::new(bench, &bench.programs.join("small.wasm"), &plugins)?
            .with(variables.map(|(name, value)| (name.to_owned(), value)));
        project.write(
            "Kim.dev.toml",
            &format!("[aws]\nregion = \"eu-central-1\"\n[config]\nvolumes = {size}\n"),
        )?;
        project.run(&["stack", "init", "dev"])?;
        let created = measure(&project.kim(&["up", "--yes"]))?;
        let arguments = ["preview", "--json", "--expect-no-changes"];
        let previewed = median(bench.repetitions().min(5), || measure(&project.kim(&arguments)))?;
        let (calls, reading) = read(&previewed);
        table.row(vec![
            count(size),
            calls.to_string(),
            time(reading),
            time(previewed.millis),
            megabytes(previewed.megabytes),
            time(created.millis),
        ]);
        runtime.block_on(aws.stop());
    }
    table.note("In addition to the volumes there are a VPC, a subnet, a group with a rule, a key and an alias. The local AWS returns 1,000 volumes a page, as AWS does. It runs on the same cores.");
    Ok(vec![table])
}

/// Returns the calls and milliseconds of the event `live_read`.
fn read(preview: &Measured) -> (u64, f64) {
    let events = preview.stdout.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
    let read = events.into_iter().find(|event| event["type"] == "live_read").unwrap_or_default();
    (read["requests"].as_u64().unwrap_or_default(), read["millis"].as_f64().unwrap_or_default())
}
