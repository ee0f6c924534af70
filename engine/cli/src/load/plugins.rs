//! The plugins of a project.
//!
//! Finds their components, checks them against `kim.lock` and loads them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kim_engine::event::{Diagnostic, Event, Severity};
use kim_engine::ports::Provider;
use kim_model::{Value, schema};
use kim_sandbox::{Grants, Limits, LoadError, PluginComponent, PluginOptions, Wasm};

use super::aws::CloudAccess;
use super::cargo::Guest;
use super::installed::Installed;
use super::loader::{Loader, overridden_limits, unusable};
use super::lock::Lock;
use crate::error::{Error, Result};
use crate::project::{Plugin, Project, Source};

impl Loader {
    /// Returns the file of a plugin's component.
    ///
    /// # Errors
    /// The plugin is not built or not installed yet, or its path does not exist.
    fn plugin_file(&self, plugin: &Plugin, lock: &Lock) -> Result<PathBuf> {
        let name = &plugin.name;
        let path = match &plugin.source {
            Source::Path(path) => path,
            Source::Installed(version) => {
                let digest = lock.entry(plugin).map(|locked| locked.digest.as_str());
                return Installed::of_user(&self.environment)?.find(name, version, digest);
            }
        };
        if path.is_file() {
            return Ok(path.to_owned());
        }
        if !path.exists() {
            let there = path.display();
            return Err(Error::usage(format!(
                "the plugin '{name}' is not where Kim.toml says: there is no {there}"
            )));
        }
        let guest = Guest::read(path)?;
        let component = guest.component();
        if !component.is_file() {
            let missing = component.display();
            return Err(Error::usage(format!(
                "the plugin '{name}' is not built yet: there is no {missing}"
            ))
            .hint("run `kim plugin build`"));
        }
        if let Some(source) = guest.newer_source() {
            let newer = source.display();
            self.warn(format!(
                "plugin '{name}' is older than {newer}; `kim plugin build` rebuilds it"
            ));
        }
        Ok(component)
    }

    fn warn(&self, message: String) {
        self.events.emit(Event::Diagnostic(Diagnostic::new(Severity::Warning, message)));
    }

    /// Returns the file of a plugin's component, and the component.
    ///
    /// The component has the name that the project gives it.
    ///
    /// # Errors
    /// There is no such component, or it is not the locked one.
    pub(crate) fn plugin_wasm(&self, plugin: &Plugin, lock: &Lock) -> Result<(PathBuf, Wasm)> {
        let file = self.plugin_file(plugin, lock)?;
        let wasm = self.sandbox.wasm(&plugin.name, &file)?;
        if matches!(plugin.source, Source::Installed(_))
            && file.file_stem() != Some(wasm.digest().as_ref())
        {
            let message = format!(
                "the installed plugin {} is damaged: its content has changed",
                file.display()
            );
            let hint =
                format!("remove that file; `kim plugin install {}` installs it again", plugin.name);
            return Err(Error::failed(message).hint(hint));
        }
        lock.check(plugin, &wasm.digest())?;
        Ok((file, wasm))
    }

    /// Loads the project's plugins concurrently.
    ///
    /// Locks those that are not locked yet. `settings` are decrypted. Each plugin sees only its own
    /// table.
    pub(crate) async fn plugins(
        &self,
        project: &Project,
        settings: &Value,
        access: &CloudAccess,
    ) -> Result<Vec<Arc<dyn Provider>>> {
        let mut lock = Lock::read(project)?;
        let mut loading = Vec::new();
        for plugin in &project.plugins {
            let (file, wasm) = self.plugin_wasm(plugin, &lock)?;
            let options = self.plugin_options(plugin, settings, access);
            let (sandbox, name) = (self.sandbox.clone(), plugin.name.clone());
            loading.push(tokio::spawn(async move {
                PluginComponent::load(&sandbox, &wasm, options)
                    .await
                    .map_err(|error| not_loaded(error, &name, &file))
            }));
        }
        let mut loaded: Vec<Arc<dyn Provider>> = Vec::new();
        for task in loading {
            let plugin = task.await.map_err(|error| {
                Error::failed(format!("loading a plugin was cut off: {error}"))
            })??;
            loaded.push(Arc::new(plugin));
        }
        for (plugin, loaded) in project.plugins.iter().zip(&loaded) {
            self.expect_offered(plugin, loaded.schema())?;
        }
        for (plugin, loaded) in
            project.plugins.iter().zip(&loaded).filter(|(plugin, _)| plugin.is_component())
        {
            lock.set(plugin, &loaded.schema().version, &loaded.digest());
        }
        if let Err(error) = lock.save() {
            // A read-only project can still be previewed.
            self.warn(format!("{error}; the plugins that were loaded are not locked"));
        }
        Ok(loaded)
    }

    /// Compares what a plugin calls itself with its entry in the project.
    ///
    /// # Errors
    /// It is installed in a version, and says that it is another one.
    fn expect_offered(&self, plugin: &Plugin, schema: &schema::Plugin) -> Result<()> {
        let name = &plugin.name;
        if schema.name != *name {
            let other = schema.name.escape_debug();
            self.warn(format!("the plugin '{name}' of Kim.toml calls itself '{other}'"));
        }
        match &plugin.source {
            Source::Installed(version) if schema.version != *version => {
                let other = schema.version.escape_debug();
                let message = format!(
                    "the installed plugin {name} {version} says that its version is '{other}'"
                );
                Err(Error::failed(message)
                    .hint(format!("`kim plugin install {name}` installs it again")))
            }
            _ => Ok(()),
        }
    }

    fn plugin_options(
        &self,
        plugin: &Plugin,
        settings: &Value,
        access: &CloudAccess,
    ) -> PluginOptions {
        PluginOptions {
            limits: overridden_limits(Limits::plugin(), plugin.limits),
            grants: match (&plugin.aws, &plugin.http) {
                (None, None) => Grants::AsAsked,
                (aws, http) => Grants::Only {
                    aws: aws.clone().unwrap_or_default(),
                    http: http.clone().unwrap_or_default(),
                },
            },
            config: settings.get(&plugin.name).cloned().unwrap_or_else(Value::map),
            aws: access.aws.clone(),
            http: access.http.clone(),
            on_log: self.on_log(),
        }
    }

    /// Returns what a plugin offers.
    ///
    /// Calls nothing but its schema, so it needs no settings and no network.
    pub(crate) async fn schema(&self, file: &Path, wasm: &Wasm) -> Result<schema::Plugin> {
        PluginComponent::describe(&self.sandbox, wasm, self.on_log())
            .await
            .map_err(|error| Error::from(error).at(file))
    }

    fn on_log(&self) -> kim_sandbox::OnLog {
        let events = self.events.clone();
        Arc::new(move |line| events.emit(line.into()))
    }
}

/// Creates the error for a plugin that is not loaded.
fn not_loaded(error: LoadError, name: &str, file: &Path) -> Error {
    if error.of_configuration {
        let table =
            format!("the configuration is the table [{name}] of Kim.toml and of the stack's file");
        return Error::from(error).hint(table);
    }
    unusable(error, file, "[plugins] in Kim.toml")
}
