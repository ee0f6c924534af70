//! A stack: its program, its plugins and its store. What is done with one is in `operations`.

use std::collections::BTreeMap;
use std::sync::Arc;

use kim_model::Value;

use crate::error::Error;
use crate::ports::memory::MemoryStore;
use crate::ports::{Program, Provider, Store, StoreError};
use crate::state::StackId;

/// A stack: everything that an operation needs. Cheap to build and to clone; holds no lock.
///
/// [`Stack::new`] begins one, the `with_` methods say what it is made of, [`Stack::open`] makes sure that its store has it.
/// The fields are public: whoever has all of it at hand may as well write the struct.
#[derive(Clone)]
pub struct Stack {
    /// Its name.
    pub id: StackId,
    /// The program; none for operations on state alone (destroy, refresh).
    pub program: Option<Arc<dyn Program>>,
    /// The plugins.
    pub providers: Vec<Arc<dyn Provider>>,
    /// Where state is kept.
    pub store: Arc<dyn Store>,
    /// The stack's settings: a map of tables, `config` is the program's own.
    pub settings: Value,
    /// Who runs it, for history and lock: `user@host`.
    pub who: String,
}

impl Stack {
    /// A stack of a project that has no program and no provider yet, and whose state is kept in memory.
    pub fn new(project: impl Into<String>, name: impl Into<String>) -> Stack {
        Stack {
            id: StackId { project: project.into(), name: name.into() },
            program: None,
            providers: Vec::new(),
            store: Arc::new(MemoryStore::default()),
            settings: Value::map(),
            who: "an embedder of kim".to_owned(),
        }
    }

    /// The same with a program.
    pub fn with_program(self, program: Arc<dyn Program>) -> Stack {
        Stack { program: Some(program), ..self }
    }

    /// The same with one more provider.
    pub fn with_provider(mut self, provider: Arc<dyn Provider>) -> Stack {
        self.providers.push(provider);
        self
    }

    /// The same with its state in that store.
    pub fn with_store(self, store: Arc<dyn Store>) -> Stack {
        Stack { store, ..self }
    }

    /// The same with settings: a map of tables, of which `config` is the program's own.
    pub fn with_settings(self, settings: Value) -> Stack {
        Stack { settings, ..self }
    }

    /// The same, run by somebody: `user@host`, for history and lock.
    pub fn with_who(self, who: impl Into<String>) -> Stack {
        Stack { who: who.into(), ..self }
    }

    /// Makes the stack in its store, unless it is there.
    ///
    /// # Errors
    /// The store cannot be used.
    pub async fn open(self) -> Result<Stack, Error> {
        match self.store.create_stack(&self.id).await {
            Ok(()) | Err(StoreError::StackExists(_)) => Ok(self),
            Err(error) => Err(error.into()),
        }
    }

    /// The outputs that the last run recorded. Secrets keep their mark: [`kim_model::json::redacted`] shows a value
    /// without them.
    ///
    /// # Errors
    /// The store has no such stack, or cannot be used.
    pub async fn outputs(&self) -> Result<BTreeMap<String, Value>, Error> {
        Ok(self.store.load(&self.id).await?.exports)
    }
}
