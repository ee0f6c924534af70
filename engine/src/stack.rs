//! A stack: its program, its plugins and its store.
//!
//! The operations on it are in `operations`.

use std::collections::BTreeMap;
use std::sync::Arc;

use kim_model::Value;

use crate::error::Error;
use crate::gate::Gate;
use crate::ports::memory::MemoryStore;
use crate::ports::{Program, Provider, Store, StoreError};
use crate::state::StackId;

/// Everything that an operation on a stack needs.
///
/// Cheap to build and to clone; holds no lock.
///
/// [`Stack::new`] begins one, the `with_` methods add its parts, [`Stack::open`] creates it in its
/// store unless it exists. The fields are public, so a struct literal builds one too.
#[derive(Clone)]
pub struct Stack {
    /// Its name; unique in its store.
    pub id: StackId,
    /// The program. Destroy and refresh run without one.
    pub program: Option<Arc<dyn Program>>,
    /// The plugins. No two of them offer the same kind or lookup.
    pub providers: Vec<Arc<dyn Provider>>,
    /// The store of its state.
    pub store: Arc<dyn Store>,
    /// The stack's settings: a map of tables, of which `config` is the program's own.
    pub settings: Value,
    /// The other projects in the store to whose stacks the program may refer.
    ///
    /// It may always refer to the stacks of its own project.
    pub references: Vec<String>,
    /// The user who runs it, `user@host`, for history and lock.
    pub who: String,
    /// The gate for the words of its program, its plugins and their clouds.
    ///
    /// It learns the settings and what else of a run is secret by itself.
    pub gate: Gate,
}

impl Stack {
    /// Creates a stack without program and providers, whose state is kept in memory.
    pub fn new(project: impl Into<String>, name: impl Into<String>) -> Stack {
        Stack {
            id: StackId { project: project.into(), name: name.into() },
            program: None,
            providers: Vec::new(),
            store: Arc::new(MemoryStore::default()),
            settings: Value::map(),
            references: Vec::new(),
            who: "an embedder of kim".to_owned(),
            gate: Gate::default(),
        }
    }

    /// Returns the stack with this program.
    pub fn with_program(self, program: Arc<dyn Program>) -> Stack {
        Stack { program: Some(program), ..self }
    }

    /// Returns the stack with one more provider.
    pub fn with_provider(mut self, provider: Arc<dyn Provider>) -> Stack {
        self.providers.push(provider);
        self
    }

    /// Returns the stack with its state in this store.
    pub fn with_store(self, store: Arc<dyn Store>) -> Stack {
        Stack { store, ..self }
    }

    /// Returns the stack with these settings.
    ///
    /// They are a map of tables, of which `config` is the program's own.
    pub fn with_settings(self, settings: Value) -> Stack {
        Stack { settings, ..self }
    }

    /// Returns the stack with other projects to whose stacks its program may refer.
    pub fn with_references(self, projects: impl IntoIterator<Item = String>) -> Stack {
        Stack { references: projects.into_iter().collect(), ..self }
    }

    /// Returns the stack as run by this user, `user@host`, for history and lock.
    pub fn with_who(self, who: impl Into<String>) -> Stack {
        Stack { who: who.into(), ..self }
    }

    /// Returns the stack with this gate for words.
    ///
    /// It may know secrets that the stack does not, and [stand before](Gate::events) the receivers
    /// of what a sandbox says.
    pub fn with_gate(self, gate: Gate) -> Stack {
        Stack { gate, ..self }
    }

    /// Creates the stack in its store, unless it exists.
    ///
    /// # Errors
    /// The store fails.
    pub async fn open(self) -> Result<Stack, Error> {
        match self.store.create_stack(&self.id).await {
            Ok(()) | Err(StoreError::StackExists(_)) => Ok(self),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the outputs that the last run recorded.
    ///
    /// Secrets keep their mark: [`kim_model::json::redacted`] shows a value without them.
    ///
    /// # Errors
    /// The store has no such stack, or cannot be used.
    pub async fn outputs(&self) -> Result<BTreeMap<String, Value>, Error> {
        Ok(self.store.load(&self.id).await?.exports)
    }
}
