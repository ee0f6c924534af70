//! The dispatcher: from names and untyped values to typed operations, and back.

use std::marker::PhantomData;

use kim_model::{Failure, Path, Value, schema};

use crate::field::Object;
use crate::inputs::Inputs;
use crate::kind::{Deletion, Kind, Live, Price, Progress, State, Violation, recorded_or_none};
use crate::lookup::Lookup;
use crate::run::run;

/// A resource as the cloud holds it, untyped.
pub type LiveState = State<Value>;
/// The progress of an operation, untyped.
pub type ProgressState = Progress<Value>;
/// A resource to read: its id and the properties that were recorded last.
///
/// The properties are an empty map if only the id is known.
pub type RecordedState = State<Value>;

/// A plugin, which [`export!`](crate::export!) builds.
///
/// A test calls it as the engine does.
#[derive(Default)]
pub struct Plugin {
    schema: schema::Plugin,
    kinds: Vec<(&'static str, Box<dyn Operations>)>,
    lookups: Vec<(&'static str, LookUp)>,
}

/// A lookup, untyped: from arguments to results.
type LookUp = fn(&Value) -> Result<Value, Failure>;

/// The operations of one kind, untyped.
trait Operations {
    fn create(&self, inputs: &Value, token: &str) -> Result<LiveState, Failure>;
    fn settle(
        &self,
        id: &str,
        inputs: &Value,
        properties: &Value,
    ) -> Result<ProgressState, Failure>;
    fn read(&self, resources: Vec<RecordedState>) -> Result<Vec<Option<LiveState>>, Failure>;
    fn update(
        &self,
        id: &str,
        inputs: &Value,
        properties: &Value,
    ) -> Result<ProgressState, Failure>;
    fn delete(&self, id: &str, properties: &Value) -> Result<Deletion, Failure>;
    fn find(&self, token: &str, inputs: &Value) -> Result<Option<LiveState>, Failure>;
    fn check(&self, inputs: &Inputs) -> Vec<Violation>;
    fn price(&self, inputs: &Inputs) -> Option<Price>;
}

struct Typed<K>(PhantomData<K>);

fn untyped<K: Kind>(state: State<K>) -> Result<LiveState, Failure> {
    if state.id.is_empty() {
        return Err(Failure::Other(format!(
            "the plugin found a {} without an id; that is a bug of the plugin",
            K::KIND
        )));
    }
    Ok(State { id: state.id, properties: state.properties.to_value() })
}

fn untyped_progress<K: Kind>(progress: Progress<K>) -> Result<ProgressState, Failure> {
    Ok(match progress {
        Progress::Done(state) => Progress::Done(untyped(state)?),
        Progress::Again { after_ms, status } => Progress::Again { after_ms, status },
    })
}

impl<K: Kind> Operations for Typed<K> {
    fn create(&self, inputs: &Value, token: &str) -> Result<LiveState, Failure> {
        untyped(run(K::create(K::from_value(inputs)?, token))?)
    }

    fn settle(
        &self,
        id: &str,
        inputs: &Value,
        properties: &Value,
    ) -> Result<ProgressState, Failure> {
        untyped_progress(run(K::settle(
            id,
            K::from_recorded(inputs)?,
            K::from_recorded(properties)?,
        ))?)
    }

    fn read(&self, resources: Vec<RecordedState>) -> Result<Vec<Option<LiveState>>, Failure> {
        let asked = resources.len();
        let typed = |live: RecordedState| {
            Ok(Live { id: live.id, properties: recorded_or_none(&live.properties)? })
        };
        let found =
            run(K::read(resources.into_iter().map(typed).collect::<Result<_, Failure>>()?))?;
        if found.len() != asked {
            let answered = found.len();
            return Err(Failure::Other(format!(
                "the plugin answered {answered} of {asked} reads of {}",
                K::KIND
            )));
        }
        found.into_iter().map(|state| state.map(untyped).transpose()).collect()
    }

    fn update(
        &self,
        id: &str,
        inputs: &Value,
        properties: &Value,
    ) -> Result<ProgressState, Failure> {
        untyped_progress(run(K::update(id, K::from_value(inputs)?, K::from_recorded(properties)?))?)
    }

    fn delete(&self, id: &str, properties: &Value) -> Result<Deletion, Failure> {
        run(K::delete(id, K::from_recorded(properties)?))
    }

    fn find(&self, token: &str, inputs: &Value) -> Result<Option<LiveState>, Failure> {
        run(K::find(token, K::from_recorded(inputs)?))?.map(untyped).transpose()
    }

    fn check(&self, inputs: &Inputs) -> Vec<Violation> {
        K::check(inputs)
    }

    fn price(&self, inputs: &Inputs) -> Option<Price> {
        K::price(inputs)
    }
}

impl Plugin {
    /// Creates a plugin without kinds, lookups and capabilities.
    pub fn new(name: &str, version: &str, docs: &str) -> Plugin {
        let schema = schema::Plugin {
            name: name.to_owned(),
            version: version.to_owned(),
            docs: docs.to_owned(),
            ..schema::Plugin::default()
        };
        Plugin { schema, ..Plugin::default() }
    }

    /// Requests AWS services, by their signing names.
    #[must_use]
    pub fn aws(mut self, services: &[&str]) -> Plugin {
        self.schema.capabilities.aws.extend(services.iter().map(|name| (*name).to_owned()));
        self
    }

    /// Requests HTTP hosts: `host`, `host:port` or `config:<property>`.
    #[must_use]
    pub fn http(mut self, hosts: &[&str]) -> Plugin {
        self.schema.capabilities.http.extend(hosts.iter().map(|name| (*name).to_owned()));
        self
    }

    /// Sets the schema of the plugin's configuration.
    #[must_use]
    pub fn config<T: Object>(mut self) -> Plugin {
        self.schema.config = schema::Object { name: String::new(), ..T::schema() };
        self
    }

    /// Adds a kind.
    #[must_use]
    pub fn kind<K: Kind + 'static>(mut self) -> Plugin {
        self.schema.kinds.push(K::kind());
        self.kinds.push((K::KIND, Box::new(Typed::<K>(PhantomData))));
        self
    }

    /// Adds a lookup.
    #[must_use]
    pub fn lookup<L: Lookup>(mut self) -> Plugin {
        self.schema.lookups.push(schema::Lookup {
            name: L::NAME.to_owned(),
            docs: L::DOCS.to_owned(),
            arguments: schema::Object { name: String::new(), ..L::Arguments::schema() },
            results: schema::Object { name: String::new(), ..L::Results::schema() },
        });
        self.lookups.push((L::NAME, |arguments| {
            Ok(run(L::look_up(L::Arguments::from_value(arguments)?))?.to_value())
        }));
        self
    }

    /// Returns the plugin's schema.
    pub fn schema(&self) -> &schema::Plugin {
        &self.schema
    }

    fn operations(&self, kind: &str) -> Result<&dyn Operations, Failure> {
        let found = self
            .kinds
            .iter()
            .find(|(name, _)| *name == kind)
            .map(|(_, operations)| operations.as_ref());
        found.ok_or_else(|| {
            let name = &self.schema.name;
            Failure::invalid(Path::root(), format!("the plugin '{name}' has no kind '{kind}'"))
        })
    }

    /// Calls [`Kind::check`].
    ///
    /// # Errors
    /// Returns [`Failure::Invalid`] if the plugin does not have the kind.
    pub fn check(&self, kind: &str, inputs: Value) -> Result<Vec<Violation>, Failure> {
        Ok(self.operations(kind)?.check(&Inputs::new(inputs)))
    }

    /// Calls [`Kind::create`].
    ///
    /// # Errors
    /// Returns [`Failure::Invalid`] if the plugin does not have the kind or the values do not fit
    /// it, else the failure of the operation.
    pub fn create(&self, kind: &str, inputs: &Value, token: &str) -> Result<LiveState, Failure> {
        self.operations(kind)?.create(inputs, token)
    }

    /// Calls [`Kind::settle`].
    ///
    /// # Errors
    /// Returns those of [`Plugin::create`].
    pub fn settle(
        &self,
        kind: &str,
        id: &str,
        inputs: &Value,
        properties: &Value,
    ) -> Result<ProgressState, Failure> {
        self.operations(kind)?.settle(id, inputs, properties)
    }

    /// Calls [`Kind::read`].
    ///
    /// # Errors
    /// Returns those of [`Plugin::create`], and [`Failure::Other`] if the number of results is
    /// wrong.
    pub fn read(
        &self,
        kind: &str,
        resources: Vec<RecordedState>,
    ) -> Result<Vec<Option<LiveState>>, Failure> {
        self.operations(kind)?.read(resources)
    }

    /// Calls [`Kind::update`].
    ///
    /// # Errors
    /// Returns those of [`Plugin::create`].
    pub fn update(
        &self,
        kind: &str,
        id: &str,
        inputs: &Value,
        properties: &Value,
    ) -> Result<ProgressState, Failure> {
        self.operations(kind)?.update(id, inputs, properties)
    }

    /// Calls [`Kind::delete`].
    ///
    /// # Errors
    /// Returns those of [`Plugin::create`].
    pub fn delete(&self, kind: &str, id: &str, properties: &Value) -> Result<Deletion, Failure> {
        self.operations(kind)?.delete(id, properties)
    }

    /// Calls [`Kind::find`].
    ///
    /// # Errors
    /// Returns those of [`Plugin::create`].
    pub fn find(
        &self,
        kind: &str,
        token: &str,
        inputs: &Value,
    ) -> Result<Option<LiveState>, Failure> {
        self.operations(kind)?.find(token, inputs)
    }

    /// Calls [`Kind::price`]. Returns `None` if the plugin does not have the kind.
    pub fn price(&self, kind: &str, inputs: Value) -> Option<Price> {
        self.operations(kind).ok()?.price(&Inputs::new(inputs))
    }

    /// Calls [`Lookup::look_up`].
    ///
    /// # Errors
    /// Returns [`Failure::Invalid`] if the plugin does not have the lookup or the arguments do not
    /// fit it, else the failure of the lookup.
    pub fn look_up(&self, name: &str, arguments: &Value) -> Result<Value, Failure> {
        let found = self.lookups.iter().find(|(known, _)| *known == name);
        let (_, look_up) = found.ok_or_else(|| {
            Failure::invalid(
                Path::root(),
                format!("the plugin '{}' has no lookup '{name}'", self.schema.name),
            )
        })?;
        look_up(arguments)
    }
}
