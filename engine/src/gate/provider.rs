//! The gate around a provider.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use kim_model::schema::Plugin;
use kim_model::{Failure, Path, Value};

use super::hidden::Hidden;
use super::known::Gate;
use crate::interrupt::Interrupt;
use crate::ports::{Deletion, Live, LiveState, Price, Progress, Provider, Violation};

/// A provider behind a gate.
#[derive(Clone)]
struct GatedProvider {
    gate: Gate,
    provider: Arc<dyn Provider>,
    /// What is secret by the schema, by kind and by lookup, where anything is.
    hidden: Arc<HashMap<String, Hidden>>,
}

impl Gate {
    /// Returns a provider whose words are clean of the secrets it is given.
    pub(crate) fn provider(&self, provider: Arc<dyn Provider>) -> Arc<dyn Provider> {
        let schema = provider.schema();
        let kinds = schema.kinds.iter().map(|kind| (&kind.name, &kind.properties));
        let lookups = schema.lookups.iter().map(|found| (&found.name, &found.results.properties));
        let hidden = kinds.chain(lookups).filter_map(|(name, properties)| {
            self.keep_names(properties);
            Some((name.clone(), Hidden::in_properties(properties)?))
        });
        let hidden = Arc::new(hidden.collect());
        Arc::new(GatedProvider { gate: self.clone(), provider, hidden })
    }
}

impl GatedProvider {
    /// Learns what is secret in an answer, then marks what holds a secret.
    ///
    /// `of` is the kind or the lookup.
    fn answer(&self, of: &str, value: &mut Value) {
        self.gate.learn(value);
        if let Some(hidden) = self.hidden.get(of) {
            hidden.each_in(value, &mut |secret| self.gate.learn(&Value::secret(secret.clone())));
        }
        self.gate.mark(value);
    }

    /// Learns what is secret in a call about something that is recorded.
    fn learn_call(&self, inputs: &Value, properties: &Value) {
        self.gate.learn(inputs);
        self.gate.learn_recorded(properties);
    }

    /// Returns what a cloud holds, with each value marked that a secret stands in.
    fn live(&self, kind: &str, mut live: LiveState) -> LiveState {
        self.answer(kind, &mut live.properties);
        self.mark_id(kind, &live.id, &mut live.properties);
        live
    }

    /// Marks the property that is the id, if a secret stands in that.
    fn mark_id(&self, kind: &str, id: &str, properties: &mut Value) {
        if let Value::Map(properties) = properties
            && self.gate.has_secret(id)
            && let Some(kind) = self.provider.schema().kind(kind)
        {
            properties.insert(kind.id.clone(), Value::secret(Value::text(id)));
        }
    }

    fn progress(&self, kind: &str, progress: Progress) -> Progress {
        match progress {
            Progress::Done(live) => Progress::Done(self.live(kind, live)),
            Progress::Again { after_ms, status } => {
                Progress::Again { after_ms, status: self.gate.clean(&status) }
            }
        }
    }

    /// Returns a failure with clean words.
    ///
    /// `of` is the kind or the lookup. `inputs` are those of the call.
    fn failure(&self, of: &str, failure: Failure, inputs: &Value) -> Failure {
        match failure {
            Failure::Invalid { path, message } => {
                let (path, message) = self.about(path, &message, inputs);
                Failure::Invalid { path, message }
            }
            Failure::Partial { id, mut outputs, message } => {
                self.answer(of, &mut outputs);
                self.mark_id(of, &id, &mut outputs);
                Failure::Partial { id, outputs, message: self.gate.clean(&message) }
            }
            Failure::Curable { failure, remedy } => {
                let failure = Box::new(self.failure(of, *failure, inputs));
                Failure::Curable { failure, remedy }
            }
            other => other.map_message(|message| self.gate.clean(&message)),
        }
    }

    /// Returns a path of inputs and what is said about it, both clean.
    fn about(&self, path: Path, message: &str, inputs: &Value) -> (Path, String) {
        let message = self.gate.clean_about(message, inputs, &path);
        let text = path.to_string();
        if self.gate.clean(&text) == text {
            return (path, message);
        }
        // No property has such a name.
        let path =
            path.first_key().map_or_else(Path::root, |name| Path::key(self.gate.clean(name)));
        (path, message)
    }

    fn failed(&self, of: &str, inputs: &Value) -> impl Fn(Failure) -> Failure {
        move |failure| self.failure(of, failure, inputs)
    }
}

#[async_trait]
impl Provider for GatedProvider {
    fn schema(&self) -> &Plugin {
        self.provider.schema()
    }

    fn digest(&self) -> String {
        self.provider.digest()
    }

    async fn place(&self) -> Option<String> {
        self.provider.place().await.map(|place| self.gate.clean(&place))
    }

    fn has_checks(&self, kind: &str) -> bool {
        self.provider.has_checks(kind)
    }

    async fn check(&self, kind: &str, inputs: &Value) -> Result<Vec<Violation>, Failure> {
        self.gate.learn(inputs);
        let found = self.provider.check(kind, inputs).await.map_err(self.failed(kind, inputs))?;
        let clean = found.into_iter().map(|Violation { path, message, warning }| {
            let (path, message) = self.about(path, &message, inputs);
            Violation { path, message, warning }
        });
        Ok(clean.collect())
    }

    async fn create(&self, kind: &str, inputs: &Value, token: &str) -> Result<LiveState, Failure> {
        self.gate.learn(inputs);
        let created = self.provider.create(kind, inputs, token).await;
        created.map(|live| self.live(kind, live)).map_err(self.failed(kind, inputs))
    }

    async fn settle(
        &self,
        kind: &str,
        id: &str,
        inputs: &Value,
        properties: &Value,
    ) -> Result<Progress, Failure> {
        self.learn_call(inputs, properties);
        let progress = self.provider.settle(kind, id, inputs, properties).await;
        progress.map(|one| self.progress(kind, one)).map_err(self.failed(kind, inputs))
    }

    async fn read(
        &self,
        kind: &str,
        resources: &[Live],
    ) -> Result<Vec<Option<LiveState>>, Failure> {
        resources.iter().for_each(|resource| self.gate.learn_recorded(&resource.properties));
        let states = self.provider.read(kind, resources).await;
        let states = states.map_err(self.failed(kind, &Value::Null))?;
        Ok(states.into_iter().map(|state| state.map(|live| self.live(kind, live))).collect())
    }

    async fn update(
        &self,
        kind: &str,
        id: &str,
        inputs: &Value,
        properties: &Value,
    ) -> Result<Progress, Failure> {
        self.learn_call(inputs, properties);
        let progress = self.provider.update(kind, id, inputs, properties).await;
        progress.map(|one| self.progress(kind, one)).map_err(self.failed(kind, inputs))
    }

    async fn delete(&self, kind: &str, id: &str, properties: &Value) -> Result<Deletion, Failure> {
        self.gate.learn_recorded(properties);
        let deletion = self.provider.delete(kind, id, properties).await;
        Ok(match deletion.map_err(self.failed(kind, properties))? {
            Deletion::Gone => Deletion::Gone,
            Deletion::Again { after_ms, status } => {
                Deletion::Again { after_ms, status: self.gate.clean(&status) }
            }
        })
    }

    async fn find(
        &self,
        kind: &str,
        token: &str,
        inputs: &Value,
    ) -> Result<Option<LiveState>, Failure> {
        self.gate.learn(inputs);
        let found =
            self.provider.find(kind, token, inputs).await.map_err(self.failed(kind, inputs))?;
        Ok(found.map(|live| self.live(kind, live)))
    }

    async fn look_up(&self, name: &str, arguments: &Value) -> Result<Value, Failure> {
        self.gate.learn(arguments);
        let found = self.provider.look_up(name, arguments).await;
        let mut found = found.map_err(self.failed(name, arguments))?;
        self.answer(name, &mut found);
        if arguments.has_secret() {
            self.gate.learn_recorded(&Value::secret(found.clone()));
        }
        Ok(found)
    }

    async fn price(&self, kind: &str, inputs: &Value) -> Result<Option<Price>, Failure> {
        self.gate.learn(inputs);
        let price = self.provider.price(kind, inputs).await.map_err(self.failed(kind, inputs))?;
        Ok(price.map(|Price { micros_a_month, basis }| Price {
            micros_a_month,
            basis: self.gate.clean(&basis),
        }))
    }

    fn for_run(&self, interrupt: &Interrupt) -> Option<Arc<dyn Provider>> {
        let provider = self.provider.for_run(interrupt)?;
        Some(Arc::new(GatedProvider { provider, ..self.clone() }))
    }

    fn requests(&self) -> u64 {
        self.provider.requests()
    }
}
