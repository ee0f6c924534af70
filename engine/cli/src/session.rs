//! What commands open of a project.
//!
//! These are its stores, stacks and settings, and all that the engine needs of a stack.
//!
//! Invariant: a part is opened only by a command that needs it. `kim history` works with an invalid
//! settings file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kim_engine::event::Events;
use kim_engine::ports::{Store, StoreError};
use kim_engine::state::StackId;
use kim_engine::{Gate, Interrupt, Stack};
use kim_model::Value;
use kim_state::{SqliteStore, Vault};

use crate::consent;
use crate::context::Context;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::load::{self, CloudAccess, Loader};
use crate::project::settings::Settings;
use crate::project::{Project, selection};
use crate::terminal::ask;

/// A command's project.
pub(crate) struct Session<'c> {
    /// The global flags and the environment.
    pub(crate) context: &'c Context,
    /// The project of the working folder.
    pub(crate) project: Project,
}

impl<'c> Session<'c> {
    /// Opens the project of the working folder.
    pub(crate) fn open(context: &'c Context) -> Result<Session<'c>> {
        Ok(Session { context, project: context.project()? })
    }

    /// Opens the project's store.
    ///
    /// With `secrets` the command needs a passphrase for certain, so this prompts for it at once. A
    /// state file outside of the project's folder needs the user's consent.
    pub(crate) async fn store(&self, secrets: bool) -> Result<Arc<SqliteStore>> {
        consent::expect_state_allowed(self.context, &self.project).await?;
        let vault = match given_passphrase(&self.context.environment)? {
            Some(text) => Vault::passphrase(text),
            None if secrets && ask::is_interactive() => self.prompted_vault()?,
            None => Vault::none(),
        };
        self.store_with(vault)
    }

    fn store_with(&self, vault: Vault) -> Result<Arc<SqliteStore>> {
        Ok(Arc::new(SqliteStore::open(&self.project.state, vault)?))
    }

    fn prompted_vault(&self) -> Result<Vault> {
        let prompt = format!("Passphrase of the secrets of project '{}': ", self.project.name);
        let passphrase = rpassword::prompt_password(prompt);
        passphrase
            .map(Vault::passphrase)
            .map_err(|error| Error::failed(format!("cannot read the passphrase: {error}")))
    }

    /// Returns the stack that was requested or else selected, or `None`.
    ///
    /// Checks only the form of the name.
    pub(crate) fn named_stack(&self) -> Result<Option<StackId>> {
        selection::named(&self.project, self.context.stack.as_deref())
    }

    /// Returns the stack to work on, which exists in the store.
    pub(crate) async fn existing_stack(&self, store: &SqliteStore) -> Result<StackId> {
        selection::existing(&self.project, self.context.stack.as_deref(), store).await
    }

    /// Returns the stack to work on, and a store that can decrypt the stack's state.
    pub(crate) async fn stack(&self) -> Result<(StackId, Arc<SqliteStore>)> {
        self.stack_in(self.store(false).await?).await
    }

    /// Returns the stack to work on, and the same store, or one with a passphrase.
    ///
    /// Prompts for the passphrase if the stack's state needs one, the environment gives none and a
    /// person is at the terminal.
    pub(crate) async fn stack_in(
        &self,
        store: Arc<SqliteStore>,
    ) -> Result<(StackId, Arc<SqliteStore>)> {
        let stack = self.existing_stack(&store).await?;
        if !ask::is_interactive() || given_passphrase(&self.context.environment)?.is_some() {
            return Ok((stack, store));
        }
        match store.load(&stack).await {
            Err(StoreError::Secrets(_)) => Ok((stack, self.store_with(self.prompted_vault()?)?)),
            _ => Ok((stack, store)),
        }
    }

    /// Reads the settings of a stack.
    pub(crate) fn settings(&self, stack: &StackId) -> Result<Settings> {
        Settings::load(&self.project, &stack.name)
    }

    /// Returns the file of the compiled program.
    ///
    /// It is `other` if given, else the project's, which is compiled if needed.
    pub(crate) async fn program_file(&self, other: Option<&Path>) -> Result<PathBuf> {
        let other = other.map(|file| self.context.resolve(file));
        load::program_file(&self.project, other.as_deref(), &self.context.environment).await
    }

    /// Opens a stack for the engine.
    ///
    /// Decrypts its settings, and connects to AWS, or with `local` to the local AWS. An endpoint or
    /// a profile that the project chose needs the user's consent.
    pub(crate) async fn open_stack(
        &self,
        id: StackId,
        store: Arc<SqliteStore>,
        local: bool,
        interrupt: &Interrupt,
    ) -> Result<OpenStack<'_>> {
        let settings = self.settings(&id)?;
        if !local {
            consent::expect_aws_allowed(self.context, &self.project, &settings, interrupt).await?;
        }
        let opened = settings.decrypted(&id, &store).await?;
        let world = local.then(|| load::local_world_file(&self.project)).transpose()?;
        let access = CloudAccess::open(&settings, world, &self.context.environment).await?;
        let gate = Gate::default();
        let learns = gate.clone();
        access.aws.on_secret(Arc::new(move |secret| learns.learn_text(secret)));
        // Plugins get the settings when they are loaded, before anything runs.
        gate.learn(&opened);
        Ok(OpenStack { session: self, id, store, settings: opened, access, gate })
    }
}

/// A stack with its decrypted settings and its access to the cloud.
pub(crate) struct OpenStack<'s> {
    session: &'s Session<'s>,
    id: StackId,
    store: Arc<SqliteStore>,
    settings: Value,
    /// The plugins' access to the network.
    pub(crate) access: CloudAccess,
    /// The gate for the words of its program and its plugins.
    pub(crate) gate: Gate,
}

impl OpenStack<'_> {
    /// Loads what the engine needs: the project's plugins, and the program.
    ///
    /// Loads no program if `program` is `None`.
    pub(crate) async fn load(
        &self,
        program: Option<&Path>,
        events: &Arc<dyn Events>,
    ) -> Result<Stack> {
        let Session { context, project } = self.session;
        let loader = Loader::open(&context.environment, events)?;
        let loaded = async {
            match program {
                Some(file) => loader.program(file, project.program_limits).await.map(Some),
                None => Ok(None),
            }
        };
        let (program, plugins) = tokio::join!(
            loaded,
            loader.plugins(project, &self.settings, &self.access, context.lock_mode)
        );
        let plugins = plugins?;
        // A setting that its plugin calls secret may stand in clear in the file.
        plugins.iter().for_each(|plugin| self.gate.learn(plugin.config()));
        Ok(Stack {
            id: self.id.clone(),
            program: program?,
            providers: plugins.into_iter().map(|plugin| Arc::new(plugin) as _).collect(),
            store: self.store.clone(),
            settings: self.settings.clone(),
            references: project.references.clone(),
            who: context.user_at_host(),
            gate: self.gate.clone(),
        })
    }

    /// Ends the access to the cloud.
    pub(crate) async fn close(self) {
        self.access.close().await;
    }
}

/// Returns the passphrase from the environment.
fn given_passphrase(environment: &Environment) -> Result<Option<String>> {
    if let Some(text) = environment.get("KIM_PASSPHRASE") {
        let text =
            text.to_str().ok_or_else(|| Error::usage("KIM_PASSPHRASE is not valid UTF-8"))?;
        return Ok(Some(text.to_owned()));
    }
    let Some(file) = environment.path("KIM_PASSPHRASE_FILE") else { return Ok(None) };
    let text = std::fs::read_to_string(&file).map_err(|error| {
        Error::file(
            "read the passphrase from the file that KIM_PASSPHRASE_FILE names,",
            &file,
            &error,
        )
    })?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}
