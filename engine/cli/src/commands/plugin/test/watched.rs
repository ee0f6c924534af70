//! The plugin under test as the engine sees it: the real one, watched.
//!
//! Invariant: calls and answers pass unchanged. Only the creates are recorded.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use kim_engine::ports::{Deletion, Live, LiveState, Price, Progress, Provider, Violation};
use kim_model::{Failure, Value, schema};
use kim_sandbox::PluginComponent;

use super::network::{Call, Network};

/// A call of create.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Created {
    pub(super) kind: String,
    pub(super) inputs: Value,
    pub(super) token: String,
    /// The id in the answer, if it has one.
    pub(super) id: Option<String>,
}

/// The plugin under test.
pub(super) struct WatchedPlugin {
    pub(super) plugin: PluginComponent,
    /// The same plugin with a short time limit for each call, for calls that hang.
    pub(super) impatient: PluginComponent,
    pub(super) network: Arc<Network>,
    pub(super) created: Mutex<Vec<Created>>,
}

impl WatchedPlugin {
    fn of(&self, call: Call, kind: &str) -> &PluginComponent {
        if self.network.hangs(call, kind) { &self.impatient } else { &self.plugin }
    }

    /// Returns all creates so far.
    pub(super) fn created(&self) -> MutexGuard<'_, Vec<Created>> {
        self.created.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Provider for WatchedPlugin {
    fn schema(&self) -> &schema::Plugin {
        self.plugin.schema()
    }

    fn digest(&self) -> String {
        self.plugin.digest()
    }

    async fn check(&self, kind: &str, inputs: &Value) -> Result<Vec<Violation>, Failure> {
        self.plugin.check(kind, inputs).await
    }

    async fn create(&self, kind: &str, inputs: &Value, token: &str) -> Result<LiveState, Failure> {
        let call = self.of(Call::Create, kind).create(kind, inputs, token);
        let live = self.network.during(Call::Create, kind, call).await;
        let id = match &live {
            Ok(live) => Some(live.id.clone()),
            Err(Failure::Partial { id, .. }) => Some(id.clone()),
            Err(_) => None,
        };
        let created =
            Created { kind: kind.to_owned(), inputs: inputs.clone(), token: token.to_owned(), id };
        self.created().push(created);
        live
    }

    async fn settle(
        &self,
        kind: &str,
        id: &str,
        inputs: &Value,
        properties: &Value,
    ) -> Result<Progress, Failure> {
        let call = self.of(Call::Settle, kind).settle(kind, id, inputs, properties);
        self.network.during(Call::Settle, kind, call).await
    }

    async fn read(
        &self,
        kind: &str,
        resources: &[Live],
    ) -> Result<Vec<Option<LiveState>>, Failure> {
        self.network.during(Call::Read, kind, self.of(Call::Read, kind).read(kind, resources)).await
    }

    async fn update(
        &self,
        kind: &str,
        id: &str,
        inputs: &Value,
        properties: &Value,
    ) -> Result<Progress, Failure> {
        let call = self.of(Call::Update, kind).update(kind, id, inputs, properties);
        self.network.during(Call::Update, kind, call).await
    }

    async fn delete(&self, kind: &str, id: &str, properties: &Value) -> Result<Deletion, Failure> {
        let call = self.of(Call::Delete, kind).delete(kind, id, properties);
        self.network.during(Call::Delete, kind, call).await
    }

    async fn find(
        &self,
        kind: &str,
        token: &str,
        inputs: &Value,
    ) -> Result<Option<LiveState>, Failure> {
        self.network
            .during(Call::Find, kind, self.of(Call::Find, kind).find(kind, token, inputs))
            .await
    }

    async fn look_up(&self, name: &str, arguments: &Value) -> Result<Value, Failure> {
        self.network
            .during(Call::LookUp, name, self.of(Call::LookUp, name).look_up(name, arguments))
            .await
    }

    async fn price(&self, kind: &str, inputs: &Value) -> Result<Option<Price>, Failure> {
        self.plugin.price(kind, inputs).await
    }

    fn requests(&self) -> u64 {
        self.plugin.requests()
    }
}
