//! A project in a folder of its own, for the measured binary.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::{Bench, Result};

/// A project with one stack, `dev`.
pub(crate) struct Project<'b> {
    bench: &'b Bench,
    folder: TempDir,
    environment: Vec<(String, String)>,
}

impl<'b> Project<'b> {
    /// Returns a project of the program `bench` with the plugin `nothing`.
    ///
    /// It has `count` resources of a kind.
    pub(crate) fn of_things(
        bench: &'b Bench,
        kind: &str,
        shape: &str,
        count: u32,
    ) -> Result<Project<'b>> {
        let plugin = bench.programs.join("nothing.wasm");
        let project =
            Project::new(bench, &bench.programs.join("bench.wasm"), &[("nothing", &plugin)])?;
        project.write(
            "Kim.dev.toml",
            &format!(
                "[config]\nkind = {kind:?}\nshape = {shape:?}\ncount = {count}\nlabel = \"one\"\n"
            ),
        )?;
        project.run(&["stack", "init", "dev"])?;
        Ok(project)
    }

    /// Returns a project of a program with plugins.
    pub(crate) fn new(
        bench: &'b Bench,
        program: &Path,
        plugins: &[(&str, &Path)],
    ) -> Result<Project<'b>> {
        let folder = tempfile::Builder::new()
            .prefix("kim-bench-")
            .tempdir()
            .map_err(|error| error.to_string())?;
        let project = Project { bench, folder, environment: Vec::new() };
        let plugins: String = plugins
            .iter()
            .map(|(name, file)| {
                // The plugins of AWS are named after the service that they use.
                let grant =
                    name.strip_prefix("aws-").map(|service| format!(", aws = [{service:?}]"));
                format!("{name} = {{ path = {file:?}{} }}\n", grant.unwrap_or_default())
            })
            .collect();
        project.write(
            "Kim.toml",
            &format!("name = \"bench\"\n[program]\nwasm = {program:?}\n[plugins]\n{plugins}"),
        )?;
        Ok(project)
    }

    /// Sets environment variables.
    pub(crate) fn with(
        mut self,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Project<'b> {
        self.environment.extend(variables);
        self
    }

    /// Returns the project's folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<()> {
        let file = self.folder().join(name);
        std::fs::write(&file, text)
            .map_err(|error| format!("cannot write {}: {error}", file.display()))
    }

    /// Returns a kim command in the project.
    pub(crate) fn kim(&self, arguments: &[&str]) -> Command {
        let mut kim = Command::new(&self.bench.kim);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("AWS_") || text.starts_with("KIM_") {
                kim.env_remove(&name);
            }
        }
        kim.args(arguments)
            .current_dir(self.folder())
            .env("KIM_STACK", "dev")
            .envs(self.environment.clone());
        kim.env("XDG_STATE_HOME", self.folder().join("user"));
        kim.env("KIM_CACHE_DIR", self.bench.programs.join("bench-cache"));
        kim
    }

    /// Runs kim without measuring it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<()> {
        crate::child::measure(&self.kim(arguments)).map(|_| ())
    }

    /// Returns the size of the state, in megabytes.
    pub(crate) fn state_megabytes(&self) -> f64 {
        let size = |name: &str| {
            std::fs::metadata(self.folder().join(".kim").join(name)).map_or(0, |meta| meta.len())
        };
        (size("state.db") + size("state.db-wal")) as f64 / 1e6
    }
}
