//! `kim plugin install`: copies plugins into the user's folder.
//!
//! It updates `Kim.toml` and `kim.lock`.

use std::path::{Path, PathBuf};

use clap::Args;
use toml_edit::{InlineTable, Item, Table};

use super::component::component_of;
use super::offer::{Offer, loader, plugin_at};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::load::installed::Installed;
use crate::load::lock::Lock;
use crate::load::sdk::Sdk;
use crate::project::{PROJECT_FILE, Plugin, Project, Source, config_file};
use crate::screen::print;

/// Install plugins: Kim.toml names their version, kim.lock their digest.
///
/// By default it installs those of the project that are not installed. The name of a plugin of the
/// project accepts a component other than the locked one.
#[derive(Args, Debug)]
pub struct PluginInstallArgs {
    /// One of kim's (aws-ec2), a crate, or a .wasm file [default: those not installed]
    #[arg(value_name = "NAME|DIR|FILE.wasm")]
    pub plugins: Vec<String>,
    /// Where kim's sources are, for the plugins that come with it
    #[arg(long, value_name = "DIR")]
    pub sdk: Option<PathBuf>,
}

/// The source of an argument's component.
enum InstallSource {
    /// A component, or a crate that is compiled to one.
    ///
    /// The component is copied to the installed plugins.
    Path(PathBuf),
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
    let mut installation = Installation { context, project, lock, sdk };
    if args.plugins.is_empty() {
        return installation.install_missing().await;
    }
    for name in args.plugins {
        match installation.source_of(&name)? {
            InstallSource::Path(path) => {
                let (found, component) = installation.component_at(&path).await?;
                installation.add(&found, &component)?;
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
}

/// The project that plugins are installed for.
struct Installation<'c> {
    context: &'c Context,
    project: Project,
    lock: Lock,
    /// The folder of kim's sources, if one is named.
    sdk: Option<PathBuf>,
}

impl Installation<'_> {
    /// Returns what a name, folder or file on the command line stands for.
    fn source_of(&self, name: &str) -> Result<InstallSource> {
        if let Ok(plugin) = self.project.plugin(name) {
            return match &plugin.source {
                Source::Path(path) if path.is_dir() => Ok(InstallSource::Path(path.clone())),
                Source::Path(path) => Ok(InstallSource::Accepted(plugin.clone(), path.clone())),
                Source::Installed(version) => match self.bundled(name)? {
                    Some(dir) => Ok(InstallSource::Path(dir)),
                    None => self
                        .last_installed(name, version)?
                        .map(|path| InstallSource::Accepted(plugin.clone(), path))
                        .ok_or_else(|| self.unknown_error(name)),
                },
            };
        }
        let path = self.context.resolve(Path::new(name));
        if path.exists() && (name.contains(['/', '.']) || self.bundled(name)?.is_none()) {
            return Ok(InstallSource::Path(path));
        }
        self.bundled(name)?.map(InstallSource::Path).ok_or_else(|| self.unknown_error(name))
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
        Ok(Identity { name: schema.name, version: schema.version, digest: wasm.digest() })
    }

    /// Installs a component, and makes the project use it.
    fn add(&mut self, found: &Identity, component: &Path) -> Result<()> {
        let Identity { name, version, digest } = found;
        self.installed()?.keep(name, version, digest, component)?;
        set_version(&self.project.dir.join(PROJECT_FILE), name, version)?;
        // Reads the project again, because `Kim.toml` has changed.
        self.lock.set(Project::read(&self.project.dir)?.plugin(name)?, version, digest);
        self.lock.save()?;
        print(&format!("installed {name} {version} (sha256 {digest})\n"));
        Ok(())
    }

    /// Makes `kim.lock` name the component that the project names.
    async fn accept(&mut self, plugin: &Plugin, file: &Path) -> Result<()> {
        let before = self.lock.entry(plugin).map(|locked| locked.digest.clone());
        let found = self.identity(file).await?;
        self.lock.set(plugin, &found.version, &found.digest);
        self.lock.save()?;
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
            self.lock.check(&plugin, &found.digest)?;
            self.add(&found, &file)?;
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
            let locked = self.lock.entry(plugin).map(|locked| locked.digest.as_str());
            let fits = |digest: &str| locked.is_none_or(|locked| locked == digest);
            if !installed.of_version(&plugin.name, version).iter().any(|(digest, _)| fits(digest)) {
                missing.push((plugin.clone(), version.clone()));
            }
        }
        Ok(missing)
    }
}

/// Makes `Kim.toml` use an installed version.
///
/// Keeps the plugin's grants, the comments and the layout.
fn set_version(file: &Path, name: &str, version: &str) -> Result<()> {
    let mut document = config_file::read(file)?;
    let plugins = document
        .entry("plugins")
        .or_insert_with(|| Item::Table(Table::new()))
        .as_table_like_mut()
        .ok_or_else(|| Error::usage(format!("{}: plugins must be a table", file.display())))?;
    match plugins.get_mut(name) {
        Some(item) if item.is_table_like() => {
            if let Some(plugin) = item.as_table_like_mut() {
                plugin.remove("path");
                plugin.insert("version", toml_edit::value(version));
            }
            if let Some(inline) = item.as_inline_table_mut() {
                inline.fmt();
            }
        }
        _ => {
            let mut plugin = InlineTable::new();
            plugin.insert("version", version.into());
            plugins.insert(name, Item::Value(plugin.into()));
        }
    }
    config_file::write(file, &document)
}
