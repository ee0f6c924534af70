//! The provider as the cases call it: each operation until it is done.
//!
//! The engine calls it in the same way.

use std::collections::BTreeMap;
use std::ops::ControlFlow::{self, Break, Continue};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use kim_model::{Failure, Urn, Value, schema};

use super::fixture::ProviderFixture;
use crate::cloud::retry::{PollBackoff, retry_read};
use crate::ports::{Deletion, Live, LiveState, Progress, Provider};
use crate::state::token::create_token;

/// The longest pause before what was created is looked for again, in milliseconds.
const LOOKUP_PAUSE: u32 = 1000;

/// A provider, and the kind that a case is about.
pub(super) struct Subject<'f> {
    pub(super) provider: Arc<dyn Provider>,
    pub(super) kind: schema::Kind,
    fixture: &'f dyn ProviderFixture,
}

/// A resource that a case created.
pub(super) struct Created {
    pub(super) token: String,
    pub(super) inputs: Value,
    pub(super) live: LiveState,
}

impl Created {
    /// Returns the resource as it would be recorded.
    pub(super) fn recorded(&self) -> Live {
        Live { id: self.live.id.clone(), properties: self.live.properties.clone() }
    }
}

impl<'f> Subject<'f> {
    pub(super) fn new(fixture: &'f dyn ProviderFixture) -> Subject<'f> {
        let (provider, name) = (fixture.provider(), fixture.kind());
        let kind = provider.schema().kinds.iter().find(|kind| kind.name == name);
        let kind = kind.unwrap_or_else(|| panic!("the schema has no kind '{name}'")).clone();
        Subject { provider, kind, fixture }
    }

    /// Calls create once.
    pub(super) async fn call_create(&self, inputs: &Value, token: &str) -> LiveState {
        let created = retry_read(|| self.provider.create(&self.kind.name, inputs, token)).await;
        let live = created.unwrap_or_else(|failure| panic!("create failed: {failure}"));
        assert_ne!(live.id, "", "create returned an empty id");
        live
    }

    /// Creates a resource under a new token, and waits until it is ready.
    pub(super) async fn create(&self, name: &str) -> Created {
        let (inputs, token) = (self.fixture.inputs(name), new_token());
        let created = self.call_create(&inputs, &token).await;
        let live = if self.kind.ready { created } else { self.settle(&inputs, &created).await };
        Created { token, inputs, live }
    }

    /// Calls settle until the resource is ready.
    pub(super) async fn settle(&self, inputs: &Value, created: &LiveState) -> LiveState {
        let settle =
            || self.provider.settle(&self.kind.name, &created.id, inputs, &created.properties);
        let step = || async {
            match retry_read(settle).await {
                Ok(progress) => Ok(from_progress(progress)),
                // The engine repeats this too: a read may not show yet what was created.
                Err(failure) if failure.is_not_yet() => Ok(Continue(LOOKUP_PAUSE)),
                Err(failure) => Err(failure),
            }
        };
        let live = self.until_done("settle", step).await;
        assert_eq!(live.id, created.id, "settle returned another id than create");
        live
    }

    /// Calls update until the resource has the inputs.
    pub(super) async fn update(&self, created: &Created, inputs: &Value) -> LiveState {
        let LiveState { id, properties } = &created.live;
        let update = || self.provider.update(&self.kind.name, id, inputs, properties);
        let live = self
            .until_done("update", || async { Ok(from_progress(retry_read(update).await?)) })
            .await;
        assert_eq!(live.id, *id, "update returned another id than create");
        live
    }

    /// Calls delete until the resource does not exist.
    pub(super) async fn delete(&self, created: &Created) {
        let LiveState { id, properties } = &created.live;
        let delete = || self.provider.delete(&self.kind.name, id, properties);
        let step = || async {
            match retry_read(delete).await {
                Ok(Deletion::Again { after_ms, .. }) => Ok(Continue(after_ms)),
                Ok(Deletion::Gone) | Err(Failure::NotFound(_)) => Ok(Break(())),
                Err(failure) => Err(failure),
            }
        };
        self.until_done("delete", step).await;
    }

    /// Calls read with as many resources as the kind allows, until all are read.
    pub(super) async fn read(&self, resources: &[Live]) -> Vec<Option<LiveState>> {
        let mut found = Vec::new();
        for batch in resources.chunks((self.kind.read_batch as usize).max(1)) {
            let read = retry_read(|| self.provider.read(&self.kind.name, batch)).await;
            let read = read.unwrap_or_else(|failure| panic!("read failed: {failure}"));
            assert_eq!(read.len(), batch.len(), "read returned another number of resources");
            found.extend(read);
        }
        found
    }

    /// Calls find once.
    pub(super) async fn find(&self, token: &str, inputs: &Value) -> Option<LiveState> {
        let found = retry_read(|| self.provider.find(&self.kind.name, token, inputs)).await;
        found.unwrap_or_else(|failure| panic!("find failed: {failure}"))
    }

    /// Calls find until the cloud shows what the token created.
    pub(super) async fn find_created(&self, created: &Created) -> LiveState {
        let find = || async {
            Ok(self
                .find(&created.token, &created.inputs)
                .await
                .map_or(Continue(LOOKUP_PAUSE), Break))
        };
        self.until_done("find", find).await
    }

    /// Returns the inputs to which a resource is updated.
    ///
    /// Returns `None` if the kind cannot be updated in place.
    pub(super) fn updated_inputs(&self, name: &str) -> Option<Value> {
        self.fixture.updated_inputs(name)
    }

    /// Returns the properties that only an update changes, without marks of secrecy.
    pub(super) fn stable(&self, live: &LiveState) -> BTreeMap<String, Value> {
        let Value::Map(mut properties) = live.properties.without_secrets() else {
            panic!("properties are not a map")
        };
        properties.retain(|name, _| {
            self.kind.properties.get(name).is_none_or(|property| !property.volatile)
        });
        properties
    }

    /// Checks that a resource shows every input that the cloud returns.
    pub(super) fn assert_shows_inputs(&self, live: &LiveState, inputs: &Value) {
        let shown = self.stable(live);
        for (name, value) in inputs.as_map().into_iter().flatten() {
            let write_only =
                self.kind.properties.get(name).is_some_and(|property| property.write_only);
            let absent = write_only || *value.revealed() == Value::Null;
            assert!(
                absent || shown.contains_key(name),
                "the input '{name}' is not among the properties"
            );
        }
    }

    async fn until_done<T, F>(&self, operation: &str, mut step: impl FnMut() -> F) -> T
    where
        F: Future<Output = Result<ControlFlow<T, u32>, Failure>>,
    {
        let (begun, mut polls) = (Instant::now(), PollBackoff::default());
        loop {
            match step().await.unwrap_or_else(|failure| panic!("{operation} failed: {failure}")) {
                Break(done) => return done,
                Continue(after_ms) => {
                    assert!(
                        begun.elapsed() < self.fixture.deadline(),
                        "{operation} is not done at the deadline"
                    );
                    tokio::time::sleep(polls.pause(after_ms)).await;
                }
            }
        }
    }
}

fn from_progress(progress: Progress) -> ControlFlow<LiveState, u32> {
    match progress {
        Progress::Done(live) => Break(live),
        Progress::Again { after_ms, .. } => Continue(after_ms),
    }
}

/// Returns a token that was never used, in the format of the engine's tokens.
pub(super) fn new_token() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let stack_id = format!("{nanos}-{}", process::id());
    create_token(
        &stack_id,
        &Urn::new("contract", "contract", "test", &[], "token"),
        COUNT.fetch_add(1, Ordering::Relaxed),
    )
}
