//! The plugin under test with its samples.

use std::sync::Arc;

use kim_engine::Gate;
use kim_model::{Value, schema};

use super::sample::Samples;
use super::trial::Trial;
use super::watched::WatchedPlugin;
use crate::error::{Error, Result};

/// The plugin under test, and what it is tested with.
pub(super) struct Subject {
    pub(super) plugin: Arc<WatchedPlugin>,
    pub(super) samples: Arc<Samples>,
    pub(super) settings: Value,
    pub(super) schema: schema::Plugin,
    pub(super) gate: Gate,
}

impl Subject {
    /// Creates a stack with one sample of each of these kinds.
    pub(super) async fn trial(&self, kinds: &[String]) -> Result<Trial> {
        let gate = self.gate.clone();
        let trial = Trial::new(&self.plugin, &self.samples, &self.settings, kinds, gate).await;
        trial.map_err(Error::failed)
    }
}
