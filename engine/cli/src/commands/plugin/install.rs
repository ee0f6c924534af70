//! `kim plugin install`: copies plugins into the user's folder, and updates `Kim.toml` and `kim.lock`.

use std::path::{Path, PathBuf};

use clap::Args;
use toml_edit::{InlineTable, Item, Table};

use super::component::component_of;
use super::offer::{at, events};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::load;
use crate::load::installed::Installed;
use crate::load::lock::Lock;
use crate::load::sdk::Sdk;
use crate::project::{PROJECT_FILE, Plugin, Project, Source, config_file};
use crate::screen::print;

/// `kim plugin install`.
#[derive(Args, Debug)]
pub struct PluginInstallArgs {
    /// One that comes with kim (aws-ec2), a crate's folder, or a .wasm file; the name of a plugin of the project
    /// accepts another component than the locked one [default: those of the project that are not installed]
    #[arg(value_name = "NAME|DIR|FILE.wasm")]
    pub plugins: Vec<String>,
    /// Where kim's sources are, for the plugins that come with it
    #[arg(long, value_name = "DIR")]
    pub sdk: Option<PathBuf>,
}

/// What an argument asks for.
enum Wanted {
    /// Copy a component, or what a crate compiles to, to the installed plugins.
    From(PathBuf),
    /// Accept the component that the project names in `kim.lock`, and leave it where it is.
    Accept(Plugin, PathBuf),
}

/// Installs the given plugins, else those of the project that are not installed yet.
pub(super) async fn run(context: &Context, args: PluginInstallArgs) -> Result<()> {
    let project = context.project()?;
    let sdk = args.sdk.map(|dir| context.resolve(&dir));
    let mut lock = Lock::read(&project)?;
    if args.plugins.is_empty() {
        return missing(&project, &mut lock, sdk.as_deref()).await;
    }
    for name in args.plugins {
        match wanted(context, &project, &name, sdk.as_deref())? {
            Wanted::From(path) => {
                let (found, component) = component(&path).await?;
                add(&project, &mut lock, &found, &component)?;
            }
            Wanted::Accept(plugin, file) => accept(&mut lock, &plugin, &file).await?,
        }
    }
    Ok(())
}

/// The identity of a component to install, from its schema and bytes.
struct Found {
    name: String,
    version: String,
    digest: String,
}

/// Returns what a name, folder or file on the command line asks for.
fn wanted(context: &Context, project: &Project, name: &str, sdk: Option<&Path>) -> Result<Wanted> {
    if let Ok(plugin) = project.plugin(name) {
        return match &plugin.source {
            Source::Path(path) if path.is_dir() => Ok(Wanted::From(path.clone())),
            Source::Path(path) => Ok(Wanted::Accept(plugin.clone(), path.clone())),
            Source::Installed(version) => match bundled(name, sdk)? {
                Some(dir) => Ok(Wanted::From(dir)),
                None => {
                    last(name, version)?.map(|path| Wanted::Accept(plugin.clone(), path)).ok_or_else(|| unknown(name))
                }
            },
        };
    }
    let path = context.resolve(Path::new(name));
    if path.exists() && (name.contains(['/', '.']) || bundled(name, sdk)?.is_none()) {
        return Ok(Wanted::From(path));
    }
    bundled(name, sdk)?.map(Wanted::From).ok_or_else(|| unknown(name))
}

/// Returns the component of a version that was installed last.
fn last(name: &str, version: &str) -> Result<Option<PathBuf>> {
    let installed = Installed::from_process()?.of_version(name, version);
    let changed = |path: &PathBuf| path.metadata().and_then(|meta| meta.modified()).ok();
    Ok(installed.into_iter().map(|(_, path)| path).max_by_key(changed))
}

/// Returns the folder of a plugin that comes with kim.
fn bundled(name: &str, sdk: Option<&Path>) -> Result<Option<PathBuf>> {
    match Sdk::find(sdk) {
        Ok(sdk) => Ok(sdk.bundled_plugin(name)),
        // Only plugins that come with kim need its sources.
        Err(error) if sdk.is_some() || name.starts_with("aws-") => Err(error),
        Err(_) => Ok(None),
    }
}

fn unknown(name: &str) -> Error {
    let known = Sdk::find(None).map(|sdk| sdk.bundled_plugins().map(|(name, _)| name).collect::<Vec<_>>().join(", "));
    let known = known.map(|known| format!(" (that is {known})")).unwrap_or_default();
    Error::usage(format!("cannot install '{name}': it is no folder, no file, and no plugin that comes with kim{known}"))
        .hint("install a plugin of your own by its folder or its .wasm file: `kim plugin install DIR`")
}

/// Returns the component of a folder or file, and its identity.
async fn component(path: &Path) -> Result<(Found, PathBuf)> {
    let component = if path.is_dir() { component_of(path).await? } else { path.to_owned() };
    let found = look(&at(&component)?).await?;
    Ok((found, component))
}

async fn look(plugin: &Plugin) -> Result<Found> {
    let events = events();
    let sandbox = load::sandbox(&events)?;
    let (file, wasm) = load::plugin_wasm(&sandbox, plugin, &Lock::none(), &events)?;
    let schema = load::schema(&sandbox, &file, &wasm, &events).await?;
    Ok(Found { name: schema.name, version: schema.version, digest: wasm.digest() })
}

/// Installs a component, and makes the project use it.
fn add(project: &Project, lock: &mut Lock, found: &Found, component: &Path) -> Result<()> {
    let Found { name, version, digest } = found;
    Installed::from_process()?.keep(name, version, digest, component)?;
    write(&project.dir.join(PROJECT_FILE), name, version)?;
    // Reads the project again, because `Kim.toml` has changed.
    lock.set(Project::read(&project.dir)?.plugin(name)?, version, digest);
    lock.save()?;
    print(&format!("installed {name} {version} (sha256 {digest})\n"));
    Ok(())
}

async fn accept(lock: &mut Lock, plugin: &Plugin, file: &Path) -> Result<()> {
    let before = lock.entry(plugin).map(|locked| locked.digest.clone());
    let found = look(&at(file)?).await?;
    lock.set(plugin, &found.version, &found.digest);
    lock.save()?;
    let was = match before {
        Some(before) if before != found.digest => format!(", no longer {before}"),
        _ => String::new(),
    };
    print(&format!("{} {}: kim.lock names {}{was}\n", plugin.name, found.version, found.digest));
    Ok(())
}

/// Installs the plugins that the project names and that are not installed.
async fn missing(project: &Project, lock: &mut Lock, sdk: Option<&Path>) -> Result<()> {
    let installed = Installed::from_process()?;
    let mut missing = 0;
    for plugin in &project.plugins {
        let Source::Installed(version) = &plugin.source else { continue };
        let locked = lock.entry(plugin).map(|locked| locked.digest.clone());
        let there = installed.of_version(&plugin.name, version);
        let fits = |digest: &str| locked.as_deref().is_none_or(|locked| locked == digest);
        if there.iter().any(|(digest, _)| fits(digest)) {
            continue;
        }
        missing += 1;
        let dir = bundled(&plugin.name, sdk)?.ok_or_else(|| unknown(&plugin.name))?;
        let (found, file) = component(&dir).await?;
        if found.version != *version {
            return Err(Error::failed(format!(
                "{PROJECT_FILE} wants {} {version}, but the one that comes with this kim is {}",
                plugin.name, found.version
            ))
            .hint(format!("`kim plugin install {}` takes that one", plugin.name)));
        }
        lock.check(plugin, &found.digest)?;
        add(project, lock, &found, &file)?;
    }
    if missing == 0 {
        print("every plugin that the project names is installed\n");
    }
    Ok(())
}

/// Makes `Kim.toml` use an installed version. Keeps the plugin's grants, the comments and the layout.
fn write(file: &Path, name: &str, version: &str) -> Result<()> {
    let mut document = config_file::read(file)?;
    let plugins = document.entry("plugins").or_insert_with(|| Item::Table(Table::new()));
    let plugins = plugins.as_table_like_mut();
    let plugins = plugins.ok_or_else(|| Error::usage(format!("{}: plugins must be a table", file.display())))?;
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
