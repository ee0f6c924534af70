//! The costs of the sandbox: a call into a plugin, the compilation of a component, its load from
//! the cache.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use kim_engine::ports::{Live, Provider};
use kim_model::Value;
use kim_sandbox::{
    Aws, AwsSettings, Cache, Environment, Grants, Http, Limits, PluginComponent, PluginOptions,
    Sandbox, Wasm,
};

use crate::table::{Table, time};
use crate::{Bench, Result};

/// Measures calls, compilations and loads.
pub(crate) fn run(bench: &Bench) -> Result<Vec<Table>> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("no runtime: {error}"))?;
    runtime.block_on(async { Ok(vec![calls(bench).await?, loads(bench).await?]) })
}

async fn calls(bench: &Bench) -> Result<Table> {
    let mut table = Table::new("A call into a plugin and back", &["call", "time"]);
    let cache = tempfile::tempdir().map_err(|error| error.to_string())?;
    let plugin = load(&bench.programs.join("nothing.wasm"), cache.path()).await?;
    let inputs: Value = [("label", "one")].into_iter().collect();
    let calls: u32 = if bench.quick { 200 } else { 5_000 };
    let began = Instant::now();
    for _ in 0..calls {
        plugin
            .create("nothing:Thing", &inputs, "token")
            .await
            .map_err(|failure| failure.to_string())?;
    }
    table.row(vec![
        "create of the plugin that does nothing, an instance each".into(),
        each(began, calls),
    ]);
    let ec2 = load(&bench.plugins.join("kim_plugin_aws_ec2.wasm"), cache.path()).await?;
    let volume: Value =
        [("size", Value::Int(100)), ("volume_type", "gp3".into())].into_iter().collect();
    let began = Instant::now();
    for _ in 0..calls {
        ec2.price("aws:ec2:Volume", &volume).await.map_err(|failure| failure.to_string())?;
    }
    table.row(vec![
        "price of a volume by the EC2 plugin, an instance each".into(),
        each(began, calls),
    ]);
    let things: Vec<Live> = (0..1000)
        .map(|at| Live { id: format!("thing-{at}"), properties: inputs.clone() })
        .collect();
    let began = Instant::now();
    for _ in 0..calls.div_ceil(100) {
        plugin.read("nothing:Thing", &things).await.map_err(|failure| failure.to_string())?;
    }
    table.row(vec!["read of 1,000 resources in one call".into(), each(began, calls.div_ceil(100))]);
    table.note("Without network. Budget: 50 µs for the first line.");
    Ok(table)
}

async fn loads(bench: &Bench) -> Result<Table> {
    let mut table =
        Table::new("Loading a plugin", &["component", "size", "first compile", "from the cache"]);
    for (name, file) in [
        ("nothing", bench.programs.join("nothing.wasm")),
        ("aws-dlm", bench.plugins.join("kim_plugin_aws_dlm.wasm")),
        ("aws-ec2", bench.plugins.join("kim_plugin_aws_ec2.wasm")),
    ] {
        let cache = tempfile::tempdir().map_err(|error| error.to_string())?;
        let began = Instant::now();
        load(&file, cache.path()).await?;
        let compiled = began.elapsed();
        let mut loads = Vec::new();
        for _ in 0..bench.repetitions() {
            let began = Instant::now();
            load(&file, cache.path()).await?;
            loads.push(began.elapsed());
        }
        loads.sort_unstable();
        let millis = |time: std::time::Duration| time.as_secs_f64() * 1000.0;
        let size = std::fs::metadata(&file).map_or(0, |meta| meta.len());
        table.row(vec![
            name.to_owned(),
            format!("{:.1} MB", size as f64 / 1e6),
            time(millis(compiled)),
            time(millis(loads[loads.len() / 2])),
        ]);
    }
    table.note(
        "The time includes reading and digesting the file, in a new sandbox each time. A component is compiled once on a machine, with progress on the screen.",
    );
    Ok(table)
}

fn each(began: Instant, calls: u32) -> String {
    let micros = began.elapsed().as_secs_f64() * 1e6 / f64::from(calls);
    if micros < 1000.0 { format!("{micros:.0} µs") } else { time(micros / 1000.0) }
}

async fn load(file: &Path, cache: &Path) -> Result<PluginComponent> {
    let environment = Environment::default();
    let cache = Cache::open(cache).map_err(|error| error.message)?;
    let sandbox = Sandbox::new(Some(cache), Arc::new(|_| {})).map_err(|error| error.message)?;
    let options = PluginOptions {
        limits: Limits::plugin(),
        grants: Grants::AsAsked,
        config: Value::map(),
        aws: Aws::new(AwsSettings::default(), environment.clone()),
        http: Http::new(&environment),
        on_log: Arc::new(|_| {}),
    };
    let wasm = Wasm::read(file).map_err(|error| error.message)?;
    PluginComponent::load(&sandbox, &wasm, options).await.map_err(|error| error.message)
}
