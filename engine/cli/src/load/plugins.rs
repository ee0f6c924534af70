//! The plugins of a project: finds their components, checks them against `kim.lock` and loads them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kim_engine::event::{Diagnostic, Event, Severity};
use kim_engine::ports::Provider;
use kim_model::{Value, schema};
use kim_sandbox::{Grants, Limits, PluginComponent, PluginOptions, Sandbox, Wasm};

use super::aws::CloudAccess;
use super::cargo::Guest;
use super::installed::Installed;
use super::lock::Lock;
use super::sandbox::{Sink, overridden_limits, unusable};
use crate::error::{Error, Result};
use crate::project::{Plugin, Project, Source};

/// Returns the compiled component of a plugin.
///
/// # Errors
/// The plugin is not built or not installed yet, or its path does not exist.
pub(crate) fn plugin_component(plugin: &Plugin, lock: &Lock, events: &Sink) -> Result<PathBuf> {
    let name = &plugin.name;
    let path = match &plugin.source {
        Source::Path(path) => path,
        Source::Installed(version) => {
            let digest = lock.entry(plugin).map(|locked| locked.digest.as_str());
            return Installed::from_process()?.find(name, version, digest);
        }
    };
    if path.is_file() {
        return Ok(path.to_owned());
    }
    if !path.exists() {
        return Err(Error::usage(format!(
            "the plugin '{name}' is not where Kim.toml says: there is no {}",
            path.display()
        )));
    }
    let guest = Guest::read(path)?;
    let component = guest.component();
    if !component.is_file() {
        return Err(Error::usage(format!("the plugin '{name}' is not built yet: there is no {}", component.display()))
            .hint("run `kim plugin build`"));
    }
    if let Some(source) = guest.newer_source() {
        let message = format!("plugin '{name}' is older than {}; `kim plugin build` builds it anew", source.display());
        let severity = Severity::Warning;
        events.emit(Event::Diagnostic(Diagnostic::new(severity, message)));
    }
    Ok(component)
}

/// Returns a plugin's component, under the name that the project gives it. Rejects one that is not the locked one.
pub(crate) fn plugin_wasm(sandbox: &Sandbox, plugin: &Plugin, lock: &Lock, events: &Sink) -> Result<(PathBuf, Wasm)> {
    let file = plugin_component(plugin, lock, events)?;
    let wasm = sandbox.wasm(&plugin.name, &file)?;
    if matches!(plugin.source, Source::Installed(_)) && file.file_stem() != Some(wasm.digest().as_ref()) {
        let message = format!("the installed plugin {} is damaged: it is not what it was", file.display());
        let hint = format!("remove that file; `kim plugin install {}` installs it again", plugin.name);
        return Err(Error::failed(message).hint(hint));
    }
    lock.check(plugin, &wasm.digest())?;
    Ok((file, wasm))
}

/// Loads the project's plugins concurrently, and locks those that are not locked yet.
///
/// `settings` are decrypted. Each plugin sees only its own table.
pub(crate) async fn plugins(
    sandbox: &Sandbox,
    project: &Project,
    settings: &Value,
    access: &CloudAccess,
    events: &Sink,
) -> Result<Vec<Arc<dyn Provider>>> {
    let mut lock = Lock::read(project)?;
    let mut loading = Vec::new();
    for plugin in &project.plugins {
        let (file, wasm) = plugin_wasm(sandbox, plugin, &lock, events)?;
        let options = PluginOptions {
            limits: overridden_limits(Limits::plugin(), plugin.limits),
            grants: match (&plugin.aws, &plugin.http) {
                (None, None) => Grants::AsAsked,
                (aws, http) => {
                    Grants::Only { aws: aws.clone().unwrap_or_default(), http: http.clone().unwrap_or_default() }
                }
            },
            config: settings.get(&plugin.name).cloned().unwrap_or_else(Value::map),
            aws: access.aws.clone(),
            http: access.http.clone(),
            on_log: on_log(events),
        };
        let sandbox = sandbox.clone();
        loading.push(tokio::spawn(async move {
            let loaded = PluginComponent::load(&sandbox, &wasm, options).await;
            loaded.map_err(|error| unusable(error, &file, "[plugins] in Kim.toml"))
        }));
    }
    let mut loaded: Vec<Arc<dyn Provider>> = Vec::new();
    for task in loading {
        let plugin = task.await.map_err(|error| Error::failed(format!("loading a plugin was cut off: {error}")))??;
        loaded.push(Arc::new(plugin));
    }
    for (plugin, loaded) in project.plugins.iter().zip(&loaded).filter(|(plugin, _)| plugin.is_component()) {
        lock.set(plugin, &loaded.schema().version, &loaded.digest());
    }
    if let Err(error) = lock.save() {
        // A read-only project can still be previewed.
        let message = format!("{error}; the plugins are not locked to what they are now");
        events.emit(Event::Diagnostic(Diagnostic::new(Severity::Warning, message)));
    }
    Ok(loaded)
}

/// Returns what a plugin offers. Calls nothing but its schema, so it needs no settings and no network.
pub(crate) async fn schema(sandbox: &Sandbox, file: &Path, wasm: &Wasm, events: &Sink) -> Result<schema::Plugin> {
    let described = PluginComponent::describe(sandbox, wasm, on_log(events)).await;
    described.map_err(|error| Error::from(error).at(file))
}

fn on_log(events: &Sink) -> kim_sandbox::OnLog {
    let events = events.clone();
    Arc::new(move |line| events.emit(line.into()))
}
