//! A store on top of another one, for tests that watch what is recorded or let it go wrong.

use async_trait::async_trait;

use crate::ports::{RunEnd, RunEntry, RunId, RunStart, StackSummary, Store, StoreError};
use crate::state::{StackId, State, StateChange};

/// A store on top of another one.
///
/// It implements [`Store`]. Each method calls the same method of the store below; a layer writes
/// those anew that it watches or changes.
#[async_trait]
pub trait StoreLayer: Send + Sync {
    /// Returns the store below.
    fn below(&self) -> &dyn Store;

    /// Stands in for [`Store::stacks`].
    async fn stacks(&self, project: &str) -> Result<Vec<StackSummary>, StoreError> {
        self.below().stacks(project).await
    }

    /// Stands in for [`Store::create_stack`].
    async fn create_stack(&self, stack: &StackId) -> Result<(), StoreError> {
        self.below().create_stack(stack).await
    }

    /// Stands in for [`Store::remove_stack`].
    async fn remove_stack(&self, stack: &StackId, force: bool) -> Result<(), StoreError> {
        self.below().remove_stack(stack, force).await
    }

    /// Stands in for [`Store::load`].
    async fn load(&self, stack: &StackId) -> Result<State, StoreError> {
        self.below().load(stack).await
    }

    /// Stands in for [`Store::begin`].
    async fn begin(&self, stack: &StackId, run: RunStart) -> Result<RunId, StoreError> {
        self.below().begin(stack, run).await
    }

    /// Stands in for [`Store::unlock`].
    async fn unlock(&self, stack: &StackId) -> Result<Option<String>, StoreError> {
        self.below().unlock(stack).await
    }

    /// Stands in for [`Store::commit`].
    async fn commit(&self, run: RunId, changes: Vec<StateChange>) -> Result<(), StoreError> {
        self.below().commit(run, changes).await
    }

    /// Stands in for [`Store::finish`].
    async fn finish(&self, run: RunId, end: RunEnd) -> Result<(), StoreError> {
        self.below().finish(run, end).await
    }

    /// Stands in for [`Store::history`].
    async fn history(&self, stack: &StackId, limit: usize) -> Result<Vec<RunEntry>, StoreError> {
        self.below().history(stack, limit).await
    }
}

#[async_trait]
impl<L: StoreLayer> Store for L {
    async fn stacks(&self, project: &str) -> Result<Vec<StackSummary>, StoreError> {
        StoreLayer::stacks(self, project).await
    }

    async fn create_stack(&self, stack: &StackId) -> Result<(), StoreError> {
        StoreLayer::create_stack(self, stack).await
    }

    async fn remove_stack(&self, stack: &StackId, force: bool) -> Result<(), StoreError> {
        StoreLayer::remove_stack(self, stack, force).await
    }

    async fn load(&self, stack: &StackId) -> Result<State, StoreError> {
        StoreLayer::load(self, stack).await
    }

    async fn begin(&self, stack: &StackId, run: RunStart) -> Result<RunId, StoreError> {
        StoreLayer::begin(self, stack, run).await
    }

    async fn unlock(&self, stack: &StackId) -> Result<Option<String>, StoreError> {
        StoreLayer::unlock(self, stack).await
    }

    async fn commit(&self, run: RunId, changes: Vec<StateChange>) -> Result<(), StoreError> {
        StoreLayer::commit(self, run, changes).await
    }

    async fn finish(&self, run: RunId, end: RunEnd) -> Result<(), StoreError> {
        StoreLayer::finish(self, run, end).await
    }

    async fn history(&self, stack: &StackId, limit: usize) -> Result<Vec<RunEntry>, StoreError> {
        StoreLayer::history(self, stack, limit).await
    }
}
