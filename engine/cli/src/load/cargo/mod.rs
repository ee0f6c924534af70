//! Compiles programs and plugins to components with cargo.
//!
//! Cargo alone decides whether anything must be rebuilt.

mod progress;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use kim_files::read::read_text;
use kim_model::bounds::CARGO_FILE;
use serde_json::Value as Json;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::project::read_toml;
use crate::screen::{self, notice};
use progress::{BuildProgress, Counts};

/// The target that programs and plugins are compiled for.
pub const TARGET: &str = "wasm32-wasip2";
/// The profile of components, if the workspace has it.
const PROFILE: &str = "component";
/// SDKs of which a plugin uses little.
///
/// With this hint to rustc the largest compiles in minutes instead of hours.
const MOSTLY_UNUSED: [&str; 2] = ["aws-sdk-ec2", "aws-sdk-iam"];

/// A crate that compiles to a component.
#[derive(Clone, PartialEq, Debug)]
pub struct Guest {
    /// The crate's folder.
    pub dir: PathBuf,
    /// The name of its package.
    pub package: String,
    /// The name of its library, and of the component's file.
    pub library: String,
    /// The folder of its workspace, or its own folder if it is in none.
    pub workspace: PathBuf,
    /// The flags that select the profile, and the profile's folder below the target's.
    profile: (Vec<String>, &'static str),
    /// The little-used SDKs of the whole workspace.
    ///
    /// All its plugins are built with the same flags and share their dependencies.
    mostly_unused: Vec<&'static str>,
}

impl Guest {
    /// Reads the manifest of a crate.
    ///
    /// # Errors
    /// The folder has no readable `Cargo.toml` with a package.
    pub fn read(dir: &Path) -> Result<Guest> {
        let manifest = dir.join("Cargo.toml");
        if !manifest.is_file() {
            return Err(Error::usage(format!(
                "there is no crate in {}: it has no Cargo.toml",
                dir.display()
            )));
        }
        let dir = dir.canonicalize().map_err(|error| Error::file("use the folder", dir, &error))?;
        let table = read_toml(&manifest)?;
        let text = |of: &str, key: &str| {
            table.get(of).and_then(|of| of.get(key)).and_then(toml::Value::as_str)
        };
        let package = text("package", "name")
            .ok_or_else(|| Error::usage(format!("{} has no [package] name", manifest.display())))?;
        let library = text("lib", "name").map_or_else(|| package.replace('-', "_"), str::to_owned);
        let (workspace, root) = workspace_of(&dir, &table)?;
        let has_profile =
            root.get("profile").is_some_and(|profiles| profiles.get(PROFILE).is_some());
        let profile = if has_profile {
            (vec!["--profile".to_owned(), PROFILE.to_owned()], PROFILE)
        } else {
            (vec!["--release".to_owned()], "release")
        };
        let locked = read_text(&workspace.join("Cargo.lock"), CARGO_FILE.most).unwrap_or_default();
        let uses =
            |sdk: &&str| locked.contains(&format!("name = \"{sdk}\"")) || depends_on(&table, sdk);
        let mostly_unused = MOSTLY_UNUSED.into_iter().filter(uses).collect();
        Ok(Guest { package: package.to_owned(), library, workspace, profile, mostly_unused, dir })
    }

    /// Returns the path to which [`build_plugins`] writes the component.
    pub fn component(&self) -> PathBuf {
        guest_target(&self.workspace)
            .join(TARGET)
            .join(self.profile.1)
            .join(format!("{}.wasm", self.library))
    }

    /// Returns a source file that is newer than the component, if there is one.
    ///
    /// Reads the list of sources that cargo writes beside the component. Without that list it
    /// returns `None`.
    pub fn newer_source(&self) -> Option<PathBuf> {
        let component = self.component();
        let built = component.metadata().and_then(|meta| meta.modified()).ok()?;
        let list = read_text(&component.with_extension("d"), CARGO_FILE.most).ok()?;
        let (_, sources) = list.split_once(": ")?;
        let sources = sources.replace("\\ ", "\0");
        let paths = sources.split_whitespace().map(|path| PathBuf::from(path.replace('\0', " ")));
        paths.into_iter().find(|path| {
            path.metadata().and_then(|meta| meta.modified()).is_ok_and(|changed| changed > built)
        })
    }
}

/// Returns true if a manifest names a dependency, for any target.
fn depends_on(manifest: &toml::Table, package: &str) -> bool {
    let names = |table: &toml::Value| {
        table.get("dependencies").is_some_and(|all| all.get(package).is_some())
    };
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    names(&toml::Value::Table(manifest.clone()))
        || targets.is_some_and(|targets| targets.values().any(names))
}

fn guest_target(workspace: &Path) -> PathBuf {
    workspace.join("target/guest")
}

/// Returns the folder and the manifest of the workspace.
fn workspace_of(dir: &Path, manifest: &toml::Table) -> Result<(PathBuf, toml::Table)> {
    if manifest.contains_key("workspace") {
        return Ok((dir.to_owned(), manifest.clone()));
    }
    for above in dir.ancestors().skip(1) {
        let file = above.join("Cargo.toml");
        if file.is_file() {
            let table = read_toml(&file)?;
            if table.contains_key("workspace") {
                return Ok((above.to_owned(), table));
            }
        }
    }
    Ok((dir.to_owned(), manifest.clone()))
}

/// Compiles a program and returns the path of its component.
///
/// # Errors
/// It does not compile. Cargo's own messages are on stderr.
pub fn build_program(dir: &Path, environment: &Environment) -> Result<PathBuf> {
    let guest = Guest::read(dir)?;
    let mut cargo = cargo(&guest.dir, environment);
    cargo.args(["build", "--target", TARGET]).args(&guest.profile.0);
    let built = run_cargo(cargo, false, None)?;
    if !built.succeeded {
        let what = format!("the program in {} does not compile", guest.dir.display());
        return Err(build_error(&what, environment));
    }
    built.component_of(&guest)
}

/// Compiles plugins, and returns the paths of their components.
///
/// Those of one workspace are compiled together.
pub fn build_plugins(guests: &[Guest], environment: &Environment) -> Result<Vec<PathBuf>> {
    let mut by_workspace: BTreeMap<(PathBuf, &str), Vec<&Guest>> = BTreeMap::new();
    for guest in guests {
        by_workspace.entry((guest.workspace.clone(), guest.profile.1)).or_default().push(guest);
    }
    let mut components = Vec::new();
    for ((workspace, _), guests) in by_workspace {
        let names: Vec<&str> = guests.iter().map(|guest| guest.package.as_str()).collect();
        let mut built = build_workspace(&workspace, &guests, true, environment)?;
        if !built.succeeded && built.refused_hints {
            notice(
                "this cargo does not accept the hint that an SDK is mostly unused; building without it, which takes much longer",
            );
            built = build_workspace(&workspace, &guests, false, environment)?;
        }
        if !built.succeeded {
            return Err(build_error(&format!("cannot build {}", names.join(", ")), environment));
        }
        for guest in guests {
            components.push(built.component_of(guest)?);
        }
    }
    Ok(components)
}

fn build_workspace(
    workspace: &Path,
    guests: &[&Guest],
    hints: bool,
    environment: &Environment,
) -> Result<Built> {
    let mut cargo = cargo(workspace, environment);
    let first = guests[0];
    let mut unused: Vec<&str> =
        guests.iter().flat_map(|guest| guest.mostly_unused.iter().copied()).collect();
    unused.sort_unstable();
    unused.dedup();
    let hints = hints && !unused.is_empty();
    if hints {
        // The hint is not stable yet, and this variable makes a stable cargo accept it. It is set
        // for components alone.
        cargo.env("RUSTC_BOOTSTRAP", "1").arg("-Zprofile-hint-mostly-unused");
        for sdk in unused {
            cargo
                .arg("--config")
                .arg(format!("profile.{}.package.{sdk}.hint-mostly-unused=true", first.profile.1));
        }
    }
    cargo.args(["build", "--target", TARGET]).args(&first.profile.0);
    cargo.arg("--target-dir").arg(guest_target(workspace));
    guests.iter().for_each(|guest| {
        cargo.args(["-p", &guest.package]);
    });
    run_cargo(cargo, true, hints.then_some("hint-mostly-unused"))
}

fn cargo(dir: &Path, environment: &Environment) -> Command {
    let mut cargo = environment.command(environment.get("CARGO").unwrap_or(OsStr::new("cargo")));
    let color = if std::io::stderr().is_terminal() { "always" } else { "never" };
    cargo.current_dir(dir).stdin(Stdio::null()).env("CARGO_TERM_COLOR", color);
    cargo
}

struct Built {
    succeeded: bool,
    /// The components by the name of their library.
    components: BTreeMap<String, PathBuf>,
    /// True if cargo does not know the hint.
    refused_hints: bool,
}

impl Built {
    /// Returns the path of a crate's component.
    ///
    /// # Errors
    /// The crate is not compiled to a component.
    fn component_of(&self, guest: &Guest) -> Result<PathBuf> {
        self.components.get(&guest.library).cloned().ok_or_else(|| {
            Error::usage(format!(
                "the crate '{}' in {} does not compile to a component",
                guest.package,
                guest.dir.display()
            ))
            .hint("its Cargo.toml needs [lib] crate-type = [\"cdylib\", \"rlib\"]")
        })
    }
}

/// Runs cargo.
///
/// Passes its diagnostics on to stderr, and of its progress only what is new. With `counted`,
/// progress is shown as numbers.
fn run_cargo(mut cargo: Command, counted: bool, hint: Option<&'static str>) -> Result<Built> {
    cargo
        .arg("--message-format=json-render-diagnostics")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = cargo.spawn().map_err(|error| {
        let why = match error.kind() {
            std::io::ErrorKind::NotFound => "it is not installed or not in PATH".to_owned(),
            _ => error.to_string(),
        };
        Error::failed(format!("cannot run cargo: {why}"))
            .hint("install Rust from https://rustup.rs, or pass a compiled program with --program")
    })?;
    let progress = BuildProgress::begin(counted);
    let (stdout, stderr, counts) = (child.stdout.take(), child.stderr.take(), progress.counts());
    let said = std::thread::spawn(move || {
        stderr.is_some_and(|pipe| pass_on(pipe, counted, &counts, hint))
    });
    let mut components = BTreeMap::new();
    for line in
        stdout.into_iter().flat_map(|pipe| BufReader::new(pipe).lines()).map_while(Result::ok)
    {
        let Ok(message) = serde_json::from_str::<Json>(&line) else { continue };
        if message["reason"] == "compiler-artifact" {
            progress.done(&message);
            let files =
                message["filenames"].as_array().into_iter().flatten().filter_map(Json::as_str);
            for file in files.filter(|file| file.ends_with(".wasm")) {
                let name = message["target"]["name"].as_str().unwrap_or_default().replace('-', "_");
                components.insert(name, PathBuf::from(file));
            }
        }
    }
    let status =
        child.wait().map_err(|error| Error::failed(format!("cannot wait for cargo: {error}")))?;
    let refused_hints = said.join().unwrap_or_default() && !status.success();
    progress.end();
    Ok(Built { succeeded: status.success(), components, refused_hints })
}

/// Passes cargo's messages on, except repetitive progress.
///
/// Returns true if cargo complained about the hint.
fn pass_on(pipe: impl Read, counted: bool, counts: &Mutex<Counts>, hint: Option<&str>) -> bool {
    let mut refused = false;
    for line in BufReader::new(pipe).lines().map_while(Result::ok) {
        refused |= hint.is_some_and(|hint| line.contains("error") && line.contains(hint));
        // A line of cargo's begins with a right-aligned verb, coloured on a terminal.
        let mut words =
            line.split(|c: char| c.is_whitespace() || c == '\x1b').filter(|word| !word.is_empty());
        let verb = words.find(|word| !word.starts_with('['));
        match verb {
            Some("Finished") => {}
            Some("Compiling") if counted => {
                let name = words.find(|word| !word.starts_with('['));
                let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
                name.iter().for_each(|name| counts.begun(name));
            }
            _ => screen::pass_on(&line),
        }
    }
    refused
}

/// Creates the error of a failed build, with a hint if the target may be missing.
fn build_error(what: &str, environment: &Environment) -> Error {
    let libraries = environment
        .command(environment.get("RUSTC").unwrap_or(OsStr::new("rustc")))
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    match libraries {
        Ok(dir) if !dir.is_dir() => {
            Error::failed(format!("{what}: Rust's target {TARGET} is not installed"))
                .hint(format!("rustup target add {TARGET}"))
        }
        _ => Error::failed(format!("{what}; cargo's messages are above"))
            .hint("nothing was changed; correct it and try again"),
    }
}
