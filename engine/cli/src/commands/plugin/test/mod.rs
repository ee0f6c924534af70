//! `kim plugin test`: checks that a plugin does what the engine relies on.
//!
//! The real engine drives the real component in the real sandbox, against a real service. Only the
//! network fails on purpose.
//!
//! Invariant: faults are injected in front of the service. Neither the plugin nor the service knows
//! of the test.

mod faults;
mod late;
mod life;
mod lookups;
mod network;
mod report;
mod sample;
mod service;
mod subject;
mod trial;
mod watched;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clap::Args;
use kim_engine::Gate;
use kim_engine::event::Event;
use kim_engine::event::counted;
use kim_model::Value;
use kim_sandbox::{
    Aws, AwsSettings, Grants, Http, Limits, OnLog, PluginComponent, PluginOptions, Sandbox, Wasm,
};

use super::component::component_of;
use super::offer::{Offer, loader, plugin_at};
use crate::context::Context;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::load::lock::Lock;
use crate::screen::OnStderr;
use life::Life;
use network::Network;
use report::Report;
use sample::{Samples, Stage, table_values};
use service::RunningService;
use subject::Subject;
use watched::WatchedPlugin;

/// Test a plugin against its service.
///
/// It runs a resource's whole life and the lookups, and again for each request that can fail.
#[derive(Args, Debug)]
pub struct PluginTestArgs {
    /// The plugin's folder, or its .wasm file [default: this folder]
    #[arg(value_name = "DIR|FILE.wasm")]
    pub plugin: Option<PathBuf>,
    /// The samples to test with [default: kim-test.toml in the plugin's folder]
    #[arg(long, value_name = "FILE")]
    pub samples: Option<PathBuf>,
    /// Print one JSON object per line; the last one is a summary
    #[arg(long)]
    pub json: bool,
    /// Test on AWS: resources are created and deleted in the environment's account
    #[arg(short, long)]
    pub yes: bool,
}

/// The time limit of a call in which a request hangs.
const HANG_TIMEOUT: Duration = Duration::from_secs(1);

/// Tests a plugin.
pub(super) async fn run(context: &Context, args: PluginTestArgs) -> Result<()> {
    let path = context.resolve(args.plugin.as_deref().unwrap_or(Path::new(".")));
    // Removes the `.` that joining the default folder adds, which would show in messages.
    let path: PathBuf = path.components().collect();
    let component =
        if path.is_dir() { component_of(&path, &context.environment).await? } else { path.clone() };
    let loader = loader(context)?;
    let Offer { schema, wasm, .. } =
        Offer::of(&loader, plugin_at(&component)?, &Lock::none()).await?;
    if !schema.capabilities.aws.is_empty() && !args.yes {
        let what = format!(
            "{} works on AWS, where the test would create, change and delete resources",
            schema.name
        );
        return Err(Error::usage(what).hint("pass --yes to do that in the account of the environment, or let AWS_ENDPOINT_URL and the credentials be those that `kim local` prints"));
    }
    let folder =
        if path.is_dir() { path } else { path.parent().map(Path::to_owned).unwrap_or_default() };
    let file =
        args.samples.map_or_else(|| folder.join("kim-test.toml"), |file| context.resolve(&file));
    let mut samples = Samples::read(&file, &schema)?;
    let folder = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .map_or(PathBuf::from("."), Path::to_owned);
    let service = match samples.service.clone() {
        Some(service) => {
            let running = RunningService::start(&service, &folder, &context.environment).await?;
            samples.config.insert(service.address, running.address.clone().into());
            Some(running)
        }
        None => None,
    };
    let config = Value::Map(table_values(&samples.config));
    let gate = Gate::default();
    let access = watched_plugin(&loader.sandbox, &wasm, &config, &context.environment, &gate);
    let plugin = Arc::new(access.await?);
    let mut report = Report::new(context.look, args.json, gate.clone());
    let against = service
        .as_ref()
        .map(|service| format!(", against {}", service.address))
        .unwrap_or_default();
    let kinds = counted(samples.kinds.len(), "kind");
    report.about(&format!("{} {}", schema.name, schema.version), &format!("{kinds}{against}"));
    let settings = Value::Map(BTreeMap::from([(schema.name.clone(), config)]));
    Subject { plugin, samples: Arc::new(samples), settings, schema, gate }
        .test(&mut report)
        .await?;
    match report.end() {
        None => Ok(()),
        Some(message) => Err(Error::failed(message)),
    }
}

/// Loads the plugin behind a network that can fail.
async fn watched_plugin(
    sandbox: &Sandbox,
    wasm: &Wasm,
    config: &Value,
    environment: &Environment,
    gate: &Gate,
) -> Result<WatchedPlugin> {
    let (network, environment) = (Arc::new(Network::default()), environment.for_sandbox());
    let aws = Aws::with_faults(AwsSettings::default(), environment.clone(), network.clone());
    let http = Http::with_faults(&environment, network.clone());
    let learns = gate.clone();
    aws.on_secret(Arc::new(move |secret| learns.learn_text(secret)));
    // The whole log is printed, because the plugin's author reads it.
    let events = gate.events(Arc::new(OnStderr));
    let on_log: OnLog = Arc::new(move |line| events.emit(Event::from(line)));
    let load = |limits| {
        let (config, aws, http, on_log) =
            (config.clone(), aws.clone(), http.clone(), on_log.clone());
        let options = PluginOptions { limits, grants: Grants::AsAsked, config, aws, http, on_log };
        PluginComponent::load(sandbox, wasm, options)
    };
    let plugin = load(Limits::plugin()).await?;
    gate.learn(plugin.config());
    let impatient = load(Limits { waiting: HANG_TIMEOUT, ..Limits::plugin() }).await?;
    Ok(WatchedPlugin { plugin, impatient, network, created: Mutex::default() })
}

impl Subject {
    /// Tests kind after kind, then the lookups.
    async fn test(&self, report: &mut Report) -> Result<()> {
        let Subject { plugin, samples, schema, .. } = self;
        for kind in &schema.kinds {
            if !samples.has(&kind.name, Stage::Created) {
                report.about(&kind.name, "");
                report.skip("all of it", "the samples have none of this kind");
                continue;
            }
            report.about(&kind.name, "");
            let trial = self.trial(std::slice::from_ref(&kind.name)).await?;
            let life = Life { kind, trial: &trial, plugin, samples };
            let failed = report.failed();
            let lived = life.run(report).await;
            if lived && report.failed() == failed {
                report.about(&kind.name, "when a request fails");
                life.check_with_faults(report).await;
                life.check_late_creates(report).await;
            } else {
                report.skip(
                    "the same when a request fails",
                    "the test without faults failed; fix that first",
                );
                // The test deletes what it created.
                let _ = trial.destroy().await;
            }
        }
        self.lookups(report).await
    }
}
