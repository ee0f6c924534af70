//! The contracts of the ports: this crate's store and the fixture's cloud keep them, and a suite
//! reports the rule that is broken, and no other.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use kim_engine::MemoryStore;
use kim_engine::model::{Failure, Value, schema};
use kim_engine::ports::{
    Deletion, Live, LiveState, Progress, Provider, RunEnd, RunEntry, RunId, RunStart, Store,
    StoreError,
};
use kim_engine::state::{StackId, StateChange};
use kim_engine::testing::failing_cases;
use kim_engine::testing::provider::{PROVIDER_CASES, ProviderFixture};
use kim_engine::testing::store::{STORE_CASES, StoreFixture, StoreLayer};

use crate::fixture::{Cloud, World};

/// A store in memory, of which one rule may be broken.
#[derive(Default)]
struct Memory {
    store: Arc<MemoryStore>,
    broken: Option<StoreRule>,
}

#[async_trait]
impl StoreFixture for Memory {
    async fn open(&self) -> Arc<dyn Store> {
        match self.broken {
            Some(broken) => Arc::new(BrokenStore { store: Arc::clone(&self.store), broken }),
            None => self.store.clone(),
        }
    }
}

mod memory_store {
    kim_engine::store_contract!(super::Memory::default());
}

/// The cloud of the fixture, of which one rule may be broken.
#[derive(Default)]
struct FixtureCloud {
    world: Arc<Mutex<World>>,
    broken: Option<ProviderRule>,
}

impl ProviderFixture for FixtureCloud {
    fn provider(&self) -> Arc<dyn Provider> {
        let cloud = Cloud::new(Arc::clone(&self.world));
        match self.broken {
            Some(broken) => Arc::new(BrokenProvider { cloud, broken, last: Mutex::default() }),
            None => Arc::new(cloud),
        }
    }

    fn kind(&self) -> String {
        "test:Thing".to_owned()
    }

    fn inputs(&self, name: &str) -> Value {
        [("ref", Value::text(name)), ("size", Value::Int(1))].into_iter().collect()
    }

    fn updated_inputs(&self, name: &str) -> Option<Value> {
        Some([("ref", Value::text(name)), ("size", Value::Int(2))].into_iter().collect())
    }
}

mod fixture_cloud {
    kim_engine::provider_contract!(super::FixtureCloud::default());
}

mod slow_cloud {
    use super::{FixtureCloud, World};

    fn slow() -> FixtureCloud {
        let mut world = World::default();
        (world.repeats, world.hidden_reads) = (1, 1);
        FixtureCloud { world: std::sync::Arc::new(world.into()), ..FixtureCloud::default() }
    }

    kim_engine::provider_contract!(slow());
}

#[test]
fn a_broken_store_fails_the_case_of_the_broken_rule() {
    for (broken, case) in [
        (StoreRule::NewestFirst, "the_history_is_newest_first"),
        (StoreRule::Limit, "the_history_is_limited"),
        (StoreRule::WholeCommits, "a_load_sees_whole_commits"),
        (StoreRule::Renames, "a_commit_changes_what_apply_changes"),
        (StoreRule::Lock, "a_locked_stack_rejects_another_run"),
        (StoreRule::Fence, "a_run_that_was_taken_over_records_nothing_more"),
    ] {
        let failing = failing_cases(STORE_CASES, || {
            Box::new(Memory { broken: Some(broken), ..Memory::default() })
        });
        assert_eq!(failing, [case], "{broken:?} is broken");
    }
}

#[test]
fn a_broken_provider_fails_the_case_of_the_broken_rule() {
    for (broken, case) in [
        (ProviderRule::Order, "a_read_keeps_the_order"),
        (ProviderRule::FindByToken, "an_unused_token_finds_nothing"),
        (ProviderRule::OneCreateAToken, "a_repeated_create_makes_no_second_resource"),
        (ProviderRule::RepeatedDelete, "a_delete_can_be_repeated"),
        (ProviderRule::RepeatedSettle, "a_settle_can_be_repeated"),
    ] {
        let failing = failing_cases(PROVIDER_CASES, || {
            let mut world = World::default();
            world.ignores_tokens = broken == ProviderRule::OneCreateAToken;
            Box::new(FixtureCloud { world: Arc::new(Mutex::new(world)), broken: Some(broken) })
        });
        assert_eq!(failing, [case], "{broken:?} is broken");
    }
}

/// A rule of stores that is broken on purpose.
#[derive(Clone, Copy, PartialEq, Debug)]
enum StoreRule {
    NewestFirst,
    Limit,
    WholeCommits,
    Renames,
    Lock,
    /// A run that was taken over is not refused.
    Fence,
}

struct BrokenStore {
    store: Arc<MemoryStore>,
    broken: StoreRule,
}

#[async_trait]
impl StoreLayer for BrokenStore {
    fn below(&self) -> &dyn Store {
        &*self.store
    }

    async fn begin(&self, stack: &StackId, start: RunStart) -> Result<RunId, StoreError> {
        match self.store.begin(stack, start.clone()).await {
            Err(StoreError::Locked { .. }) if self.broken == StoreRule::Lock => {
                let holder = self.store.history(stack, 1).await?.remove(0).id;
                self.store.finish(holder, RunEnd::default()).await?;
                self.store.begin(stack, start).await
            }
            begun => begun,
        }
    }

    async fn commit(&self, run: RunId, mut changes: Vec<StateChange>) -> Result<(), StoreError> {
        match self.broken {
            StoreRule::Renames => {
                changes.retain(|change| !matches!(change, StateChange::Rename { .. }))
            }
            StoreRule::WholeCommits => {
                for change in std::mem::take(&mut changes) {
                    self.store.commit(run, vec![change]).await?;
                    std::thread::sleep(std::time::Duration::from_micros(200));
                }
            }
            _ => {}
        }
        match self.store.commit(run, changes).await {
            Err(StoreError::TakenOver { .. }) if self.broken == StoreRule::Fence => Ok(()),
            committed => committed,
        }
    }

    async fn history(&self, stack: &StackId, limit: usize) -> Result<Vec<RunEntry>, StoreError> {
        match self.broken {
            StoreRule::Limit => self.store.history(stack, limit.max(2)).await,
            StoreRule::NewestFirst => {
                let mut runs = self.store.history(stack, limit).await?;
                runs.reverse();
                Ok(runs)
            }
            _ => self.store.history(stack, limit).await,
        }
    }
}

/// A rule of providers that is broken on purpose.
#[derive(Clone, Copy, PartialEq, Debug)]
enum ProviderRule {
    Order,
    FindByToken,
    OneCreateAToken,
    RepeatedDelete,
    RepeatedSettle,
}

struct BrokenProvider {
    cloud: Cloud,
    broken: ProviderRule,
    /// The id of the last operation's resource.
    last: Mutex<Option<String>>,
}

impl BrokenProvider {
    /// Returns true if the last operation was one of the same resource, and remembers this one.
    fn repeats(&self, id: &str) -> bool {
        self.last.lock().unwrap().replace(id.to_owned()).as_deref() == Some(id)
    }
}

#[async_trait]
impl Provider for BrokenProvider {
    fn schema(&self) -> &schema::Plugin {
        self.cloud.schema()
    }

    fn digest(&self) -> String {
        self.cloud.digest()
    }

    async fn create(&self, kind: &str, inputs: &Value, token: &str) -> Result<LiveState, Failure> {
        self.cloud.create(kind, inputs, token).await
    }

    async fn settle(
        &self,
        kind: &str,
        id: &str,
        inputs: &Value,
        properties: &Value,
    ) -> Result<Progress, Failure> {
        if self.broken == ProviderRule::RepeatedSettle && self.repeats(id) {
            return Err(Failure::Conflict("it is ready already".to_owned()));
        }
        self.cloud.settle(kind, id, inputs, properties).await
    }

    async fn read(
        &self,
        kind: &str,
        resources: &[Live],
    ) -> Result<Vec<Option<LiveState>>, Failure> {
        let mut found = self.cloud.read(kind, resources).await?;
        if self.broken == ProviderRule::Order {
            found.sort_by(|a, b| {
                a.as_ref().map(|live| &live.id).cmp(&b.as_ref().map(|live| &live.id))
            });
        }
        Ok(found)
    }

    async fn update(
        &self,
        kind: &str,
        id: &str,
        inputs: &Value,
        properties: &Value,
    ) -> Result<Progress, Failure> {
        self.cloud.update(kind, id, inputs, properties).await
    }

    async fn delete(&self, kind: &str, id: &str, properties: &Value) -> Result<Deletion, Failure> {
        if self.broken == ProviderRule::RepeatedDelete && self.repeats(id) {
            return Err(Failure::Conflict("it is deleted already".to_owned()));
        }
        self.cloud.delete(kind, id, properties).await
    }

    async fn find(
        &self,
        kind: &str,
        token: &str,
        inputs: &Value,
    ) -> Result<Option<LiveState>, Failure> {
        let found = self.cloud.find(kind, token, inputs).await?;
        if found.is_some() || self.broken != ProviderRule::FindByToken {
            return Ok(found);
        }
        // Anything that has the same inputs.
        let Some(id) = self.cloud.world.lock().unwrap().items.keys().next().cloned() else {
            return Ok(None);
        };
        let read = self.cloud.read(kind, &[Live { id, properties: Value::map() }]).await?;
        Ok(read.into_iter().next().flatten())
    }
}
