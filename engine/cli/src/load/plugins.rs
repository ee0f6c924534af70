//! The plugins of a project.
//!
//! Finds their components, checks them against `kim.lock` and loads them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kim_engine::OfferedTwice;
use kim_engine::event::{Diagnostic, Event, Severity};
use kim_engine::ports::Provider;
use kim_model::{Value, schema};
use kim_sandbox::{Limits, LoadError, PluginComponent, PluginOptions, Wasm};

use super::aws::CloudAccess;
use super::cargo::Guest;
use super::grants::{expect_granted, expect_not_moved, granted};
use super::installed::Installed;
use super::loader::{Loader, overridden_limits, unusable};
use super::lock::{Found, LOCK_FILE, Lock, LockMode};
use crate::error::{Error, Result};
use crate::project::consents::Consents;
use crate::project::{Plugin, Project, Source};

impl Loader {
    /// Returns the file of a plugin's component.
    ///
    /// # Errors
    /// The plugin is not built or not installed yet, or its path does not exist.
    fn plugin_file(&self, plugin: &Plugin, lock: &Lock, mode: LockMode) -> Result<PathBuf> {
        let name = &plugin.name;
        let path = match &plugin.source {
            Source::Path(path) => path,
            Source::Installed(version) => {
                let locked = lock.entry(plugin).filter(|_| mode != LockMode::Update);
                let digest = locked.and_then(|locked| locked.digest());
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
    /// There is no such component, or it has another digest than the locked one.
    pub(crate) fn plugin_wasm(&self, plugin: &Plugin, lock: &Lock) -> Result<(PathBuf, Wasm)> {
        let (file, wasm) = self.component(plugin, lock, LockMode::default())?;
        lock.check_digest(plugin, &wasm.digest())?;
        Ok((file, wasm))
    }

    /// Returns a plugin's component with its file, whatever its digest is.
    fn component(&self, plugin: &Plugin, lock: &Lock, mode: LockMode) -> Result<(PathBuf, Wasm)> {
        let file = self.plugin_file(plugin, lock, mode)?;
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
        Ok((file, wasm))
    }

    /// Loads the project's plugins concurrently.
    ///
    /// Writes the project's first lock. `settings` are decrypted. Each plugin sees only its own
    /// table.
    ///
    /// # Errors
    /// A plugin does not fit the lock, or asks for more than it is granted.
    pub(crate) async fn plugins(
        &self,
        project: &Project,
        settings: &Value,
        access: &CloudAccess,
        mode: LockMode,
    ) -> Result<Vec<PluginComponent>> {
        if project.plugins.is_empty() {
            return Ok(Vec::new());
        }
        let mut consents = Consents::of_user(&self.environment);
        let lock = Lock::read(project)?;
        lock.expect_whole(mode, consents.had_lock(&project.dir))?;
        let loaded = self.load_locked(project, settings, access, &lock, mode).await?;
        // By the names in Kim.toml, because a plugin may call itself as another does.
        for (plugin, loaded) in project.plugins.iter().zip(&loaded) {
            self.expect_offered(plugin, loaded.schema())?;
        }
        let schemas = project.plugins.iter().zip(&loaded);
        let schemas = schemas.map(|(plugin, loaded)| (plugin.name.as_str(), loaded.schema()));
        if let Some(twice) = OfferedTwice::among(schemas) {
            return Err(kim_engine::Error::from(twice).into());
        }
        for (plugin, loaded) in project.plugins.iter().zip(&loaded) {
            let asks = &loaded.schema().capabilities;
            expect_granted(plugin, asks, loaded.not_granted(), &lock, mode)?;
            if mode == LockMode::Update {
                expect_not_moved(plugin, asks, &loaded.digest(), &lock)?;
            }
        }
        self.lock_loaded(project, &loaded, lock, mode)?;
        consents.remember_lock(&project.dir);
        Ok(loaded)
    }

    /// Loads plugins that fit the lock.
    async fn load_locked(
        &self,
        project: &Project,
        settings: &Value,
        access: &CloudAccess,
        lock: &Lock,
        mode: LockMode,
    ) -> Result<Vec<PluginComponent>> {
        let mut loading = Vec::new();
        for plugin in &project.plugins {
            let (file, wasm) = self.component(plugin, lock, mode)?;
            lock.check(plugin, &wasm.digest(), mode)?;
            let options = self.plugin_options(plugin, settings, access);
            let (sandbox, name) = (self.sandbox.clone(), plugin.name.clone());
            loading.push(tokio::spawn(async move {
                PluginComponent::load(&sandbox, &wasm, options)
                    .await
                    .map_err(|error| not_loaded(error, &name, &file))
            }));
        }
        let mut loaded = Vec::new();
        for task in loading {
            let plugin = task.await.map_err(|error| {
                Error::failed(format!("loading a plugin was cut off: {error}"))
            })??;
            loaded.push(plugin);
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

    /// Locks the plugins that were loaded, unless the lock has them already.
    fn lock_loaded(
        &self,
        project: &Project,
        loaded: &[PluginComponent],
        mut lock: Lock,
        mode: LockMode,
    ) -> Result<()> {
        for (plugin, loaded) in project.plugins.iter().zip(loaded) {
            let (schema, digest) = (loaded.schema(), loaded.digest());
            let (version, asks) = (&schema.version, &schema.capabilities);
            let found = Found { version, digest: &digest, asks };
            if let Some(message) = lock.difference(plugin, found) {
                let notice = Diagnostic::new(Severity::Notice, message);
                self.events.emit(Event::Diagnostic(notice));
            }
            lock.set(plugin, found, None);
        }
        lock.drop_unknown();
        if mode == LockMode::Locked && lock.is_changed() {
            let message = format!("{LOCK_FILE} is not up to date, and --locked writes none");
            return Err(Error::failed(message)
                .hint("run `kim preview` without --locked, and keep kim.lock in version control"));
        }
        let first = lock.save().map_err(|error| {
            error.hint("a project that cannot be written needs its kim.lock in version control")
        })?;
        if first {
            let plugins: Vec<&str> =
                project.plugins.iter().map(|plugin| plugin.name.as_str()).collect();
            let message = format!(
                "{LOCK_FILE} is new: from now on {} may only be what this run loaded; keep it in version control",
                plugins.join(", ")
            );
            self.events.emit(Event::Diagnostic(Diagnostic::new(Severity::Notice, message)));
        }
        Ok(())
    }

    fn plugin_options(
        &self,
        plugin: &Plugin,
        settings: &Value,
        access: &CloudAccess,
    ) -> PluginOptions {
        PluginOptions {
            limits: overridden_limits(Limits::plugin(), plugin.limits),
            grants: granted(plugin),
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
