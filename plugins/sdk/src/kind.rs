//! What a kind of resource is and does.

use kim_model::{Failure, Path, Value, schema};

use crate::{Inputs, Object};

/// A struct whose fields are a kind's properties; derived with `#[derive(Resource)]`.
pub trait Resource: Object {
    /// The kind, `aws:ec2:Volume`.
    const KIND: &'static str;
    /// The kind's schema.
    fn kind() -> schema::Kind;
}

/// A resource as the cloud holds it.
#[derive(Clone, PartialEq, Debug)]
pub struct State<K> {
    /// Its id, never empty.
    pub id: String,
    /// Its inputs as the cloud spells them, and its computed properties.
    pub properties: K,
}

impl<K: Object> State<K> {
    /// The failure of a create or update after this came to exist: it is recorded all the same.
    pub fn partial(self, message: impl Into<String>) -> Failure {
        Failure::Partial { id: self.id, outputs: self.properties.to_value(), message: message.into() }
    }
}

/// A resource that is to be read.
#[derive(Clone, PartialEq, Debug)]
pub struct Live<K> {
    /// Its id.
    pub id: String,
    /// What was recorded last; none at an import, where the id alone must do.
    pub properties: Option<K>,
}

/// How far a create or an update is. Nothing waits inside a plugin.
#[derive(Clone, PartialEq, Debug)]
pub enum Progress<K> {
    /// It is done.
    Done(State<K>),
    /// Not there yet.
    Again {
        /// Ask again after that many milliseconds at the latest.
        after_ms: u32,
        /// What it waits for, for the screen.
        status: String,
    },
}

impl<K> Progress<K> {
    /// Not there yet: ask again after `after_ms` milliseconds; the text is for the screen ("pending").
    pub fn again(after_ms: u32, status: impl Into<String>) -> Progress<K> {
        Progress::Again { after_ms, status: status.into() }
    }
}

/// How far a delete is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Deletion {
    /// It is gone.
    Gone,
    /// Not yet.
    Again {
        /// Ask again after that many milliseconds at the latest.
        after_ms: u32,
        /// What it waits for, for the screen.
        status: String,
    },
}

impl Deletion {
    /// Not gone yet: ask again after `after_ms` milliseconds; the text is for the screen ("shutting down").
    pub fn again(after_ms: u32, status: impl Into<String>) -> Deletion {
        Deletion::Again { after_ms, status: status.into() }
    }
}

/// A rule across properties that does not hold.
///
/// ```
/// use kim_plugin::Violation;
///
/// let rule = Violation::error("root.size", "a root volume of 8 GiB is too small for this image: give it 20");
/// assert_eq!(rule.path.to_string(), "root.size");
/// assert!(!rule.warning);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// The property to blame; root for the whole resource.
    pub path: Path,
    /// What is wrong and what would be right.
    pub message: String,
    /// It is worth saying, but stops nothing.
    pub warning: bool,
}

impl Violation {
    /// A rule that stops the run. `path` is written like `root.size`; text that is no path blames the whole resource.
    pub fn error(path: &str, message: impl Into<String>) -> Violation {
        Violation { path: path.parse().unwrap_or_default(), message: message.into(), warning: false }
    }

    /// Something worth saying that stops nothing.
    pub fn warning(path: &str, message: impl Into<String>) -> Violation {
        Violation { warning: true, ..Violation::error(path, message) }
    }
}

/// What a resource costs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Price {
    /// Millionths of a US dollar a month of 730 hours.
    pub micros_a_month: u64,
    /// How it comes about, for people.
    pub basis: String,
}

/// The behaviour of a kind. Every call is a fresh instance: nothing is kept between calls, and nothing waits.
#[allow(async_fn_in_trait, reason = "a plugin has one thread; nobody asks whether its futures are Send")]
pub trait Kind: Resource {
    /// Creates it and returns as soon as the cloud has answered with an id; `settle` is asked afterwards. Repeating the
    /// call with the same token must not create a second one.
    async fn create(inputs: Self, token: &str) -> Result<State<Self>, Failure>;

    /// Is what was created ready? Asked after `create` until it is done; by default as soon as it can be read. Never asked
    /// where the struct says `#[kim(ready)]`: then what `create` answered is complete.
    async fn settle(id: &str, inputs: Self, properties: Self) -> Result<Progress<Self>, Failure> {
        let _ = inputs;
        let mut found = Self::read(vec![Live { id: id.to_owned(), properties: Some(properties) }]).await?;
        Ok(match found.pop().flatten() {
            Some(state) => Progress::Done(state),
            None => Progress::again(500, "not visible yet"),
        })
    }

    /// Reads resources in as few calls as the cloud allows; one answer each, in order, `None` for what is gone.
    async fn read(resources: Vec<Live<Self>>) -> Result<Vec<Option<State<Self>>>, Failure>;

    /// Moves it towards the inputs, one step a call. Looks at the cloud first, so that it can be repeated and resumed at
    /// any point. `properties` is what was recorded or read last.
    async fn update(id: &str, inputs: Self, properties: Self) -> Result<Progress<Self>, Failure> {
        let _ = (inputs, properties);
        Err(Failure::Other(format!("{} '{id}' cannot be updated in place; replace it", Self::KIND)))
    }

    /// Deletes it, one step a call. What is gone already is gone. `properties` may be incomplete (a create that failed
    /// half way): what is absent is blank.
    async fn delete(id: &str, properties: Self) -> Result<Deletion, Failure>;

    /// What did this token create? `inputs` are those of the create.
    async fn find(token: &str, inputs: Self) -> Result<Option<State<Self>>, Failure>;

    /// Rules across properties that the schema cannot say. No host functions.
    fn check(inputs: &Inputs) -> Vec<Violation> {
        let _ = inputs;
        Vec::new()
    }

    /// What it costs a month, where that is known. Asked only where the struct says `#[kim(priced)]`.
    fn price(inputs: &Inputs) -> Option<Price> {
        let _ = inputs;
        None
    }
}

/// What stands for recorded properties in untyped form: none where nothing was recorded (an import).
pub(crate) fn recorded<K: Object>(properties: &Value) -> Result<Option<K>, Failure> {
    match properties.as_map() {
        Some(map) if !map.is_empty() => K::from_recorded(properties).map(Some),
        _ => Ok(None),
    }
}
