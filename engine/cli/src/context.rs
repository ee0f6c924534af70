//! What every command starts from: the global flags, the project and its store.

use std::path::PathBuf;
use std::sync::Arc;

use kim_engine::ports::{Store, StoreError};
use kim_engine::state::StackId;
use kim_state::{SqliteStore, Vault};

use crate::args::Global;
use crate::error::{Error, Result};
use crate::project::{Project, selection};
use crate::screen::Look;
use crate::terminal::ask;

/// The global flags, and access to the project and its store.
pub struct Context {
    /// The value of `-s` or `KIM_STACK`.
    pub stack: Option<String>,
    /// How to write to stdout.
    pub look: Look,
    cwd: PathBuf,
    state: Option<PathBuf>,
}

impl Context {
    /// Creates a context from the global flags.
    pub fn new(global: &Global) -> Context {
        Context {
            stack: global.stack.clone().filter(|name| !name.is_empty()),
            look: Look::for_stdout(global.color),
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

    /// Resolves a path from the command line against the folder of `-C`.
    pub fn resolve(&self, path: &std::path::Path) -> PathBuf {
        self.cwd.join(path)
    }

    /// Opens the project's store. With `secrets` the command needs a passphrase for certain, so this prompts for it at
    /// once.
    pub fn store(&self, project: &Project, secrets: bool) -> Result<Arc<SqliteStore>> {
        let vault = match passphrase_given()? {
            Some(text) => Vault::passphrase(text),
            None if secrets && ask::is_interactive() => Vault::passphrase(ask_passphrase(project)?),
            None => Vault::none(),
        };
        open(project, vault)
    }

    /// Returns the stack to work on, and a store that can decrypt the stack's state.
    pub async fn stack_in(&self, project: &Project, secrets: bool) -> Result<(StackId, Arc<SqliteStore>)> {
        let store = self.store(project, secrets)?;
        let stack = selection::existing(project, self.stack.as_deref(), &*store).await?;
        Ok((stack.clone(), self.unlock_if_sealed(project, &stack, store).await?))
    }

    /// Returns the same store, or one with a passphrase.
    ///
    /// Prompts for the passphrase if the stack's state needs one, the environment gives none and a person is at the
    /// terminal.
    pub async fn unlock_if_sealed(
        &self,
        project: &Project,
        stack: &StackId,
        store: Arc<SqliteStore>,
    ) -> Result<Arc<SqliteStore>> {
        if !ask::is_interactive() || passphrase_given()?.is_some() {
            return Ok(store);
        }
        match store.load(stack).await {
            Err(StoreError::Secrets(_)) => open(project, Vault::passphrase(ask_passphrase(project)?)),
            _ => Ok(store),
        }
    }
}

fn open(project: &Project, vault: Vault) -> Result<Arc<SqliteStore>> {
    Ok(Arc::new(SqliteStore::open(&project.state, vault)?))
}

/// Returns the passphrase from the environment.
fn passphrase_given() -> Result<Option<String>> {
    if let Some(text) = std::env::var_os("KIM_PASSPHRASE").filter(|text| !text.is_empty()) {
        let text = text.into_string().map_err(|_| Error::usage("KIM_PASSPHRASE is no valid UTF-8"))?;
        return Ok(Some(text));
    }
    let Some(file) = std::env::var_os("KIM_PASSPHRASE_FILE").filter(|file| !file.is_empty()).map(PathBuf::from) else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(&file).map_err(|error| {
        Error::file("read the passphrase from the file that KIM_PASSPHRASE_FILE names,", &file, &error)
    })?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn ask_passphrase(project: &Project) -> Result<String> {
    rpassword::prompt_password(format!("Passphrase of the secrets of project '{}': ", project.name))
        .map_err(|error| Error::failed(format!("cannot ask for the passphrase: {error}")))
}

/// Returns the user who runs this process: `user@host`.
pub fn user_at_host() -> String {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let user = variable("USER").or_else(|| variable("LOGNAME")).unwrap_or_else(|| "somebody".to_owned());
    let named = ["/proc/sys/kernel/hostname", "/etc/hostname"];
    let host = variable("HOSTNAME").or_else(|| named.iter().find_map(|file| std::fs::read_to_string(file).ok()));
    format!("{user}@{}", host.as_deref().map_or("localhost", str::trim))
}
