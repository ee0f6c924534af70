//! `kim plugin install`: copies plugins into the user's folder.
//!
//! It updates `Kim.toml` and `kim.lock`.

use std::path::{Path, PathBuf};

use clap::Args;
use kim_model::Value;
use kim_model::schema::Capabilities;
use toml_edit::DocumentMut;

use super::component::component_of;
use super::consent::{Applicant, changed_entry, relative};
use super::offer::{Offer, loader, plugin_at};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::load::installed::Installed;
use crate::load::lock::{Found, LOCK_FILE, Lock, LockMode, Locked, Origin};
use crate::load::sdk::Sdk;
use crate::project::settings::Settings;
use crate::project::{
    Limits, PROJECT_FILE, Plugin, Project, Source, check_name, check_version, config_file,
    selection,
};
use crate::screen::print;

/// Install plugins, with their grants in Kim.toml and their digests in kim.lock.
///
/// By default it installs those of the project that are not installed. The name of a plugin of the
/// project accepts a component other than the locked one. It shows what a plugin asks for (services
/// of AWS, hosts) and asks before it grants anything.
#[derive(Args, Debug)]
pub struct PluginInstallArgs {
    /// One of kim's (aws-ec2), a crate, or a .wasm file [default: those not installed]
    #[arg(value_name = "NAME|DIR|FILE.wasm")]
    pub plugins: Vec<String>,
    /// Grant the plugins what they ask for, without a question
    #[arg(short, long)]
    pub yes: bool,
    /// Where kim's sources are, for the plugins that come with it
    #[arg(long, value_name = "DIR")]
    pub sdk: Option<PathBuf>,
}

/// The source of an argument's component.
enum InstallSource {
    /// A component, or a crate that is compiled to one.
    ///
    /// The component is copied to the installed plugins. The text is its origin in the lock.
    Path(PathBuf, String),
    /// The component that the project names.
    ///
    /// It stays where it is, and `kim.lock` accepts it.
    Accepted(Plugin, PathBuf),
}

/// Installs the given plugins.
///
/// Without any, installs those of the project that are not installed yet.
pub(super) async fn run(context: &Context, args: PluginInstallArgs) -> Result<()> {
    let project = context.project()?;
    let lock = Lock::read(&project)?;
    let sdk = args.sdk.map(|dir| context.resolve(&dir));
    let yes = args.yes;
    let mut installation = Installation { context, project, lock, sdk, yes };
    if args.plugins.is_empty() {
        return installation.install_missing().await;
    }
    for name in args.plugins {
        match installation.source_of(&name)? {
            InstallSource::Path(path, origin) => {
                let (found, component) = installation.component_at(&path).await?;
                installation.add(&found, &component, &origin).await?;
            }
            InstallSource::Accepted(plugin, file) => installation.accept(&plugin, &file).await?,
        }
    }
    Ok(())
}

/// The identity of a component, from its schema and bytes.
struct Identity {
    name: String,
    version: String,
    digest: String,
    asks: Capabilities,
}

impl Identity {
    /// Returns what the lock compares.
    fn found(&self) -> Found<'_> {
        Found { version: &self.version, digest: &self.digest, asks: &self.asks }
    }
}

/// The project that plugins are installed for.
struct Installation<'c> {
    context: &'c Context,
    project: Project,
    lock: Lock,
    /// The folder of kim's sources, if one is named.
    sdk: Option<PathBuf>,
    /// True if plugins are granted what they ask for without a question.
    yes: bool,
}

/// The origin of the plugins that come with kim.
const FROM_KIM: &str = "kim";

impl Installation<'_> {
    /// Returns what a name, folder or file on the command line stands for.
    fn source_of(&self, name: &str) -> Result<InstallSource> {
        if let Ok(plugin) = self.project.plugin(name) {
            return match &plugin.source {
                Source::Path(path) if path.is_dir() => Ok(self.at(path)),
                Source::Path(path) => Ok(InstallSource::Accepted(plugin.clone(), path.clone())),
                Source::Installed(version) => match self.bundled(name)? {
                    Some(dir) => Ok(InstallSource::Path(dir, FROM_KIM.to_owned())),
                    None => self
                        .last_installed(name, version)?
                        .map(|path| InstallSource::Accepted(plugin.clone(), path))
                        .ok_or_else(|| self.unknown_error(name)),
                },
            };
        }
        let path = self.context.resolve(Path::new(name));
        if path.exists() && (name.contains(['/', '.']) || self.bundled(name)?.is_none()) {
            return Ok(self.at(&path));
        }
        let bundled = self.bundled(name)?.ok_or_else(|| self.unknown_error(name))?;
        Ok(InstallSource::Path(bundled, FROM_KIM.to_owned()))
    }

    /// Returns the crate or the file at a path from the project.
    fn at(&self, path: &Path) -> InstallSource {
        let origin = relative(path, &self.project.dir).display().to_string();
        InstallSource::Path(path.to_owned(), origin)
    }

    fn installed(&self) -> Result<Installed> {
        Installed::of_user(&self.context.environment)
    }

    /// Returns the component of a version that was installed last.
    fn last_installed(&self, name: &str, version: &str) -> Result<Option<PathBuf>> {
        let installed = self.installed()?.of_version(name, version);
        let changed = |path: &PathBuf| path.metadata().and_then(|meta| meta.modified()).ok();
        Ok(installed.into_iter().map(|(_, path)| path).max_by_key(changed))
    }

    /// Returns the folder of a plugin that comes with kim.
    fn bundled(&self, name: &str) -> Result<Option<PathBuf>> {
        match Sdk::find(self.sdk.as_deref(), &self.context.environment) {
            Ok(sdk) => Ok(sdk.bundled_plugin(name)),
            // Only plugins that come with kim need its sources.
            Err(error) if self.sdk.is_some() || name.starts_with("aws-") => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// Creates the error for an argument that names nothing.
    fn unknown_error(&self, name: &str) -> Error {
        let bundled = Sdk::find(None, &self.context.environment).map_or_else(
            |_| String::new(),
            |sdk| {
                let names: Vec<&str> = sdk.bundled_plugins().map(|(name, _)| name).collect();
                format!(" (that is {})", names.join(", "))
            },
        );
        Error::usage(format!(
            "cannot install '{name}': it is not a folder, not a file and not a plugin that comes with kim{bundled}"
        ))
        .hint("install a plugin of your own by its folder or its .wasm file: `kim plugin install DIR`")
    }

    /// Returns the component of a folder or file, and its identity.
    async fn component_at(&self, path: &Path) -> Result<(Identity, PathBuf)> {
        let component = if path.is_dir() {
            component_of(path, &self.context.environment).await?
        } else {
            path.to_owned()
        };
        Ok((self.identity(&component).await?, component))
    }

    async fn identity(&self, component: &Path) -> Result<Identity> {
        let Offer { wasm, schema, .. } =
            Offer::of(&loader(self.context)?, plugin_at(component)?, &Lock::none()).await?;
        check_name("plugin", &schema.name).map_err(Error::failed)?;
        check_version(&schema.version).map_err(|why| {
            Error::failed(format!("the version of the plugin '{}' {why}", schema.name))
        })?;
        let asks = schema.capabilities;
        Ok(Identity { name: schema.name, version: schema.version, digest: wasm.digest(), asks })
    }

    /// Installs a component, and makes the project use it.
    async fn add(&mut self, found: &Identity, component: &Path, origin: &str) -> Result<()> {
        let Identity { name, version, digest, .. } = found;
        self.expect_locked(found)?;
        let stranger = self.stranger(found, origin);
        let grants = self.grants(found, origin, stranger).await?;
        // The same component is the same, wherever this copy of it lies.
        let is_same = self.lock.named(name).and_then(Locked::digest) == Some(digest.as_str());
        let from =
            self.lock.named(name).filter(|_| is_same).and_then(|locked| match &locked.origin {
                Origin::Installed(from) => from.clone(),
                _ => None,
            });
        let from = from.unwrap_or_else(|| origin.to_owned());
        let plugin = Plugin {
            name: name.clone(),
            source: Source::Installed(version.clone()),
            aws: grants.aws.clone(),
            http: grants.http.clone(),
            limits: Limits::default(),
        };
        self.lock.set(&plugin, found.found(), Some(&from));
        let entry = self.expect_changeable(name, Some(version), &grants)?;
        self.installed()?.keep(name, version, digest, component)?;
        self.write(entry)?;
        // Reads the project again, because `Kim.toml` has changed.
        self.project = Project::read(&self.project.dir)?;
        print(&format!("installed {name} {version} (sha256 {digest})\n"));
        Ok(())
    }

    /// Makes `kim.lock` name the component that the project names.
    async fn accept(&mut self, plugin: &Plugin, file: &Path) -> Result<()> {
        let locked = self.lock.entry(plugin);
        let before = locked.and_then(Locked::digest).map(str::to_owned);
        let found = Identity { name: plugin.name.clone(), ..self.identity(file).await? };
        self.expect_locked(&found)?;
        let origin = relative(file, &self.project.dir).display().to_string();
        // What Kim.toml grants beside the name of a file, it grants to that file, unless the lock
        // knows another component of that name.
        let known = self.lock.named(&plugin.name);
        let moved = self.lock.entry(plugin).is_none()
            && known.is_some_and(|locked| locked.digest() != Some(found.digest.as_str()));
        let stranger = moved.then(|| self.another(&plugin.name));
        let grants = self.grants(&found, &origin, stranger).await?;
        self.lock.set(plugin, found.found(), None);
        let entry = self.expect_changeable(&plugin.name, None, &grants)?;
        self.write(entry)?;
        let was = match before {
            Some(before) if before != found.digest => format!(", no longer {before}"),
            _ => String::new(),
        };
        print(&format!(
            "{} {}: kim.lock names {}{was}\n",
            plugin.name, found.version, found.digest
        ));
        Ok(())
    }

    /// Returns `Kim.toml` with a plugin's entry; `None` if it has that already.
    ///
    /// The entry in the lock is set, and not written yet.
    ///
    /// # Errors
    /// One of the two files would change, and `--locked` forbids it.
    fn expect_changeable(
        &self,
        name: &str,
        version: Option<&str>,
        grants: &Capabilities,
    ) -> Result<Option<DocumentMut>> {
        let file = self.project.dir.join(PROJECT_FILE);
        let entry = changed_entry(&file, name, version, grants)?;
        let changed = match entry {
            Some(_) => PROJECT_FILE,
            None if self.lock.is_changed() => LOCK_FILE,
            None => return Ok(None),
        };
        if self.context.lock_mode == LockMode::Locked {
            return Err(Error::failed(format!(
                "{changed} would change for the plugin '{name}', and --locked changes nothing, so nothing was installed"
            ))
            .hint(format!(
                "install it without --locked, and keep {PROJECT_FILE} and {LOCK_FILE} in version control"
            )));
        }
        Ok(entry)
    }

    /// Writes the lock, and then what `Kim.toml` grants.
    ///
    /// In this order, because a grant must never stand beside the lock of another component.
    fn write(&mut self, entry: Option<DocumentMut>) -> Result<()> {
        self.lock.save()?;
        let file = self.project.dir.join(PROJECT_FILE);
        entry.map_or(Ok(()), |entry| config_file::write(&file, &entry))
    }

    /// Returns what the plugin may be granted. Asks where it has to.
    async fn grants(
        &self,
        found: &Identity,
        origin: &str,
        stranger: Option<String>,
    ) -> Result<Capabilities> {
        let Identity { name, version, asks, .. } = found;
        let settings = self.settings_of(name);
        let is_locked = self.context.lock_mode == LockMode::Locked;
        let applicant = Applicant { name, version, origin, asks, stranger, settings, is_locked };
        applicant.grants(self.project.plugin(name).ok(), self.yes).await
    }

    /// Returns the settings of a plugin in the selected stack, without secrets.
    ///
    /// None, if they cannot be read: they may be for the plugin that is to be installed.
    fn settings_of(&self, name: &str) -> Value {
        let stack = selection::named(&self.project, self.context.stack.as_deref()).ok().flatten();
        let of_stack = stack.and_then(|stack| Settings::load(&self.project, &stack.name).ok());
        let settings = of_stack.unwrap_or_else(|| Settings::of_project(&self.project));
        let settings = settings.redacted().ok();
        settings.and_then(|settings| settings.get(name).cloned()).unwrap_or_else(Value::map)
    }

    /// Returns why the grants of its name are not those of a component, if so.
    ///
    /// They are if it is the locked component, or comes from where that came from.
    fn stranger(&self, found: &Identity, origin: &str) -> Option<String> {
        let name = &found.name;
        let is_bundled = matches!(self.bundled(name), Ok(Some(_)));
        let Ok(plugin) = self.project.plugin(name) else {
            return (is_bundled && origin != FROM_KIM).then(|| {
                format!("CAUTION: a plugin named '{name}' comes with kim, and this is another one")
            });
        };
        let locked = self.lock.named(name);
        let from = match (&plugin.source, locked.map(|locked| &locked.origin)) {
            (Source::Path(path), _) => {
                Some(relative(path, &self.project.dir).display().to_string())
            }
            (_, Some(Origin::Installed(Some(from)))) => Some(from.clone()),
            // A project that was never installed may still name a plugin that comes with kim.
            (_, None) => is_bundled.then(|| FROM_KIM.to_owned()),
            _ => None,
        };
        let is_same = locked.and_then(Locked::digest) == Some(found.digest.as_str());
        (!is_same && from.as_deref() != Some(origin)).then(|| self.another(name))
    }

    /// Returns what is said of a component that has the name of another.
    fn another(&self, name: &str) -> String {
        let from = match self.lock.named(name).map(|locked| &locked.origin) {
            Some(Origin::Installed(Some(from))) => from,
            Some(Origin::File(path) | Origin::Crate(path)) => path,
            _ => {
                return format!(
                    "CAUTION: the project has a plugin '{name}', and kim.lock does not say where it comes from, so this one \
                     starts without grants"
                );
            }
        };
        format!(
            "CAUTION: the project has a plugin '{name}', which comes from {from}. This is another one, so it starts without \
             grants"
        )
    }

    /// Rejects what `--locked` forbids: a component that is not the locked one.
    fn expect_locked(&self, found: &Identity) -> Result<()> {
        let name = &found.name;
        if self.context.lock_mode != LockMode::Locked
            || self.lock.named(name).and_then(Locked::digest) == Some(found.digest.as_str())
        {
            return Ok(());
        }
        let message = format!(
            "kim.lock does not name this component of the plugin '{name}', and --locked changes nothing"
        );
        Err(Error::failed(format!("{message}\n  found  {} ({})", found.digest, found.version))
            .hint("install it without --locked, and keep kim.lock in version control"))
    }

    /// Installs the plugins that the project names and that are not installed.
    async fn install_missing(&mut self) -> Result<()> {
        let missing = self.missing()?;
        if missing.is_empty() {
            print("every plugin that the project names is installed\n");
        }
        for (plugin, version) in missing {
            let dir =
                self.bundled(&plugin.name)?.ok_or_else(|| self.unknown_error(&plugin.name))?;
            let (found, file) = self.component_at(&dir).await?;
            if found.version != version {
                return Err(Error::failed(format!(
                    "{PROJECT_FILE} asks for version {version} of {}; this kim comes with {}",
                    plugin.name, found.version
                ))
                .hint(format!("`kim plugin install {}` installs that one", plugin.name)));
            }
            self.lock.check_digest(&plugin, &found.digest)?;
            self.add(&found, &file, FROM_KIM).await?;
        }
        Ok(())
    }

    /// Returns the plugins of the project that are not installed.
    ///
    /// Each has the version that the project names.
    fn missing(&self) -> Result<Vec<(Plugin, String)>> {
        let installed = self.installed()?;
        let mut missing = Vec::new();
        for plugin in &self.project.plugins {
            let Source::Installed(version) = &plugin.source else { continue };
            let locked = self.lock.entry(plugin).and_then(Locked::digest);
            let fits = |digest: &str| locked.is_none_or(|locked| locked == digest);
            if !installed.of_version(&plugin.name, version).iter().any(|(digest, _)| fits(digest)) {
                missing.push((plugin.clone(), version.clone()));
            }
        }
        Ok(missing)
    }
}
