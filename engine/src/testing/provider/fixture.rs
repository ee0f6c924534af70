//! What the suite has to know about a provider.

use std::sync::Arc;
use std::time::Duration;

use kim_model::Value;

use crate::ports::Provider;

/// A provider, and resources of one of its kinds that may be created, for one case.
///
/// A case deletes what it created, unless it fails.
pub trait ProviderFixture: Send + Sync {
    /// Returns the provider. Always the same, or another one of the same cloud.
    fn provider(&self) -> Arc<dyn Provider>;

    /// Returns the name of the kind to create resources of.
    fn kind(&self) -> String;

    /// Returns valid inputs, without unknowns, of a resource called `name`.
    ///
    /// Resources of different names can exist side by side. A case creates at most four.
    fn inputs(&self, name: &str) -> Value;

    /// Returns other valid inputs for the resource called `name`.
    ///
    /// It can be updated to them in place.
    ///
    /// Returns `None` if the kind has no such update. The cases about updates then check nothing.
    fn updated_inputs(&self, name: &str) -> Option<Value>;

    /// Returns the longest time that an operation may take.
    ///
    /// Counts from its first call until it is done and can be looked up.
    fn deadline(&self) -> Duration {
        Duration::from_secs(60)
    }
}
