//! What a run is made of: the sandbox, the program, the plugins, and the way to AWS (or to the local one).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use kim_aws_local::LocalAws;
use kim_engine::event::{Diagnostic, Event, Events, Severity};
use kim_engine::ports::{Program, Provider};
use kim_model::{Value, schema};
use kim_sandbox::{
    Aws, AwsSettings, Environment, Grants, Http, Limits, LoadError, PluginComponent, PluginOptions, ProgramComponent,
    Sandbox, StaticCredentials, Wasm,
};

use crate::cargo::{self, Guest};
use crate::error::{Error, Result};
use crate::installed::Installed;
use crate::lock::Lock;
use crate::project::settings::Settings;
use crate::project::{self, Plugin, Project, Source};

impl From<kim_sandbox::LoadError> for Error {
    fn from(error: kim_sandbox::LoadError) -> Error {
        Error::failed(error.message)
    }
}

/// The region of the local AWS where none is configured.
const LOCAL_REGION: &str = "us-east-1";

/// Where events of loading go.
pub(crate) type Sink = Arc<dyn Events>;

/// The sandbox, with the user's cache of compiled components.
pub(crate) fn sandbox(events: &Sink) -> Result<Sandbox> {
    Ok(Sandbox::open(&Environment::of_process(), events.clone())?)
}

/// The file of the project's program, which is compiled where that is needed, or of another one that is compiled already.
pub(crate) async fn program_file(project: &Project, other: Option<&Path>) -> Result<PathBuf> {
    let wasm = match (other, &project.program) {
        (Some(file), _) => file.to_owned(),
        (None, project::Program::Component(file)) => file.clone(),
        (None, project::Program::Crate(dir)) => {
            let dir = dir.clone();
            let built = tokio::task::spawn_blocking(move || cargo::build_program(&dir)).await;
            built.map_err(|error| Error::failed(format!("the build was cut off: {error}")))??
        }
    };
    match wasm.is_file() {
        true => Ok(wasm),
        false => Err(Error::usage(format!("there is no program {}", wasm.display()))
            .hint("a program is a component, as `cargo build --target wasm32-wasip2` makes it")),
    }
}

/// Loads a program.
pub(crate) async fn program(sandbox: &Sandbox, wasm: &Path, limits: project::Limits) -> Result<Arc<dyn Program>> {
    let component = sandbox.wasm(Wasm::name_of(wasm), wasm)?;
    let program = ProgramComponent::load(sandbox, &component, within(Limits::program(), limits)).await;
    Ok(Arc::new(program.map_err(|error| unusable(&error, wasm, "--program, or [program] in Kim.toml,"))?))
}

/// Limits with what the project says about them.
fn within(default: Limits, project: project::Limits) -> Limits {
    let seconds = |number: Option<u32>, default| number.map_or(default, |number| Duration::from_secs(number.into()));
    Limits {
        memory: project.memory.map_or(default.memory, |megabytes| (megabytes as usize) << 20),
        computing: seconds(project.computing, default.computing),
        waiting: seconds(project.waiting, default.waiting),
    }
}

/// A component that cannot be used: why, which file it is, and who says so.
fn unusable(error: &LoadError, file: &Path, says: &str) -> Error {
    Error::failed(format!("{error}\n  at {}", file.display())).hint(format!("the file is the one that {says} names"))
}

/// The compiled component of a plugin.
///
/// # Errors
/// It is not built or installed yet, or there is nothing of that name.
pub(crate) fn plugin_component(plugin: &Plugin, lock: &Lock, events: &Sink) -> Result<PathBuf> {
    let name = &plugin.name;
    let path = match &plugin.source {
        Source::Path(path) => path,
        Source::Installed(version) => {
            let digest = lock.entry(plugin).map(|locked| locked.digest.as_str());
            return Installed::of_process()?.find(name, version, digest);
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
        events.emit(Event::Diagnostic(Diagnostic { severity, message, urn: None, path: None, sources: Vec::new() }));
    }
    Ok(component)
}

/// How plugins reach the outside.
pub(crate) struct Outside {
    /// AWS, signed and limited by the host.
    pub aws: Arc<Aws>,
    /// Other hosts.
    pub http: Arc<Http>,
    /// Whether AWS is the local one.
    pub is_local: bool,
    local: Option<LocalAws>,
}

impl Outside {
    /// The way to AWS as settings and environment say, or (with a world's file) to a local AWS that is started here.
    pub(crate) async fn open(settings: &Settings, world: Option<PathBuf>) -> Result<Outside> {
        let table = settings.aws()?;
        let mut aws = AwsSettings {
            region: table.region,
            profile: table.profile,
            endpoint: table.endpoint,
            ..AwsSettings::default()
        };
        let environment = Environment::of_process();
        let local = match world {
            None => None,
            Some(world) => {
                let options = kim_aws_local::Options { world: Some(world), ..kim_aws_local::Options::default() };
                let local = LocalAws::start(options).await?;
                point_at(&mut aws, &local, &environment);
                Some(local)
            }
        };
        let (aws, http) = (Aws::new(aws, environment.clone()), Http::new(&environment));
        Ok(Outside { aws, http, is_local: local.is_some(), local })
    }

    /// Stops the local AWS, if there is one, once it has answered what it was asked.
    pub(crate) async fn close(self) {
        if let Some(local) = self.local {
            local.stop().await;
        }
    }
}

/// Makes settings lead to a local AWS and nowhere else.
fn point_at(aws: &mut AwsSettings, local: &LocalAws, environment: &Environment) {
    aws.endpoint = Some(local.endpoint());
    aws.profile = None;
    aws.credentials = Some(StaticCredentials {
        access_key_id: kim_aws_local::ACCESS_KEY.to_owned(),
        secret_access_key: kim_aws_local::SECRET_KEY.to_owned(),
        session_token: None,
    });
    let configured = ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().any(|name| environment.get(name).is_some());
    if aws.region.is_none() && !configured {
        aws.region = Some(LOCAL_REGION.to_owned());
    }
}

/// Where the local AWS of a project keeps its world: beside the state.
pub(crate) fn world(project: &Project) -> Result<PathBuf> {
    let folder = project.state.parent().unwrap_or(&project.dir);
    std::fs::create_dir_all(folder).map_err(|error| Error::file("make the folder", folder, &error))?;
    Ok(folder.join("local-aws.db"))
}

/// A plugin's component, under the name that the project gives it; another one than the locked one is refused.
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

/// Loads the project's plugins, all at the same time, and locks those that were not yet. `settings` are the opened
/// ones: each plugin sees its own table.
pub(crate) async fn plugins(
    sandbox: &Sandbox,
    project: &Project,
    settings: &Value,
    outside: &Outside,
    events: &Sink,
) -> Result<Vec<Arc<dyn Provider>>> {
    let mut lock = Lock::read(project)?;
    let mut loading = Vec::new();
    for plugin in &project.plugins {
        let (file, wasm) = plugin_wasm(sandbox, plugin, &lock, events)?;
        let options = PluginOptions {
            limits: within(Limits::plugin(), plugin.limits),
            grants: match (&plugin.aws, &plugin.http) {
                (None, None) => Grants::AsAsked,
                (aws, http) => {
                    Grants::Only { aws: aws.clone().unwrap_or_default(), http: http.clone().unwrap_or_default() }
                }
            },
            config: settings.get(&plugin.name).cloned().unwrap_or_else(Value::map),
            aws: outside.aws.clone(),
            http: outside.http.clone(),
            on_log: on_log(events),
        };
        let sandbox = sandbox.clone();
        loading.push(tokio::spawn(async move {
            let loaded = PluginComponent::load(&sandbox, &wasm, options).await;
            loaded.map_err(|error| unusable(&error, &file, "[plugins] in Kim.toml"))
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
        // A project that may only be read can still be previewed.
        let message = format!("{error}; the plugins are not locked to what they are now");
        events.emit(Event::Diagnostic(Diagnostic {
            severity: Severity::Warning,
            message,
            urn: None,
            path: None,
            sources: Vec::new(),
        }));
    }
    Ok(loaded)
}

/// What a plugin offers: nothing of it is called but its schema, so it needs no settings and reaches nothing.
pub(crate) async fn schema(sandbox: &Sandbox, file: &Path, wasm: &Wasm, events: &Sink) -> Result<schema::Plugin> {
    let described = PluginComponent::describe(sandbox, wasm, on_log(events)).await;
    described.map_err(|error| Error::failed(format!("{error}\n  at {}", file.display())))
}

fn on_log(events: &Sink) -> kim_sandbox::OnLog {
    let events = events.clone();
    Arc::new(move |line| events.emit(line.into()))
}
