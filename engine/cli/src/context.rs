//! What every command starts from: the global flags and the environment.

use std::path::{Path, PathBuf};

use crate::args::Global;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::load::lock::LockMode;
use crate::project::Project;
use crate::screen::Look;

/// The global flags and the environment.
pub struct Context {
    /// The value of `-s` or `KIM_STACK`.
    pub stack: Option<String>,
    /// How to write to stdout.
    pub look: Look,
    /// The environment variables.
    pub environment: Environment,
    /// What may become of plugins that do not fit the lock.
    pub lock_mode: LockMode,
    /// True if what the project chooses is used without asking.
    pub trusts_project: bool,
    cwd: PathBuf,
    state: Option<PathBuf>,
}

impl Context {
    /// Creates a context from the global flags and the environment.
    pub fn new(global: &Global, environment: Environment) -> Context {
        Context {
            stack: global.stack.clone().filter(|name| !name.is_empty()),
            look: Look::for_stdout(global.color, &environment),
            environment,
            lock_mode: match (global.locked, global.update) {
                (true, _) => LockMode::Locked,
                (false, true) => LockMode::Update,
                (false, false) => LockMode::First,
            },
            trusts_project: global.trust_project,
            cwd: global.cwd.clone().unwrap_or_else(|| PathBuf::from(".")),
            state: global.state.clone(),
        }
    }

    /// Returns the project of the working folder.
    pub fn project(&self) -> Result<Project> {
        let mut project = Project::find(&self.cwd)?;
        if let Some(state) = &self.state {
            project.state = self.resolve(state);
        }
        Ok(project)
    }

    /// Returns true if a flag or a variable names the state's file.
    pub fn names_state(&self) -> bool {
        self.state.is_some()
    }

    /// Resolves a path from the command line against the folder of `-C`.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.cwd.join(path)
    }

    /// Returns the users whose projects are as good as this user's: `KIM_TRUSTED_UIDS`.
    ///
    /// # Errors
    /// The variable is no list of numbers.
    pub fn trusted_uids(&self) -> Result<Vec<u32>> {
        let text = self.environment.get("KIM_TRUSTED_UIDS").unwrap_or_default().to_string_lossy();
        let uids = text.split(',').map(str::trim).filter(|uid| !uid.is_empty());
        uids.map(str::parse).collect::<Result<_, _>>().map_err(|_| {
            Error::usage(format!("KIM_TRUSTED_UIDS is '{text}', which is no list of numbers")).hint(
                "write the numbers of users with commas, such as 1000,1001; `id -u NAME` says one",
            )
        })
    }

    /// Returns the user who runs this process: `user@host`.
    pub fn user_at_host(&self) -> String {
        let variable = |name: &str| self.environment.text(name).map(str::to_owned);
        let user = variable("USER")
            .or_else(|| variable("LOGNAME"))
            .unwrap_or_else(|| "somebody".to_owned());
        let files = ["/proc/sys/kernel/hostname", "/etc/hostname"];
        let host = variable("HOSTNAME")
            .or_else(|| files.iter().find_map(|file| std::fs::read_to_string(file).ok()));
        format!("{user}@{}", host.as_deref().map_or("localhost", str::trim))
    }
}
