//! A kind of resource: its properties, its states and its operations.

use kim_model::{Failure, Path, Value, schema};

use crate::field::Object;
use crate::inputs::Inputs;

/// A struct whose fields are the properties of a kind.
///
/// `#[derive(Resource)]` implements it.
pub trait Resource: Object {
    /// The name of the kind, such as `aws:ec2:Volume`.
    const KIND: &'static str;
    /// Returns the schema of the kind.
    fn kind() -> schema::Kind;
}

/// A resource as the cloud holds it.
#[derive(Clone, PartialEq, Debug)]
pub struct State<K> {
    /// The id of the resource: not empty, at most 2,048 bytes.
    pub id: String,
    /// The inputs in the cloud's spelling, and the computed properties.
    pub properties: K,
}

impl<K: Object> State<K> {
    /// Returns the failure of a create or update whose resource exists.
    ///
    /// The engine records the resource.
    pub fn partial(self, message: impl Into<String>) -> Failure {
        Failure::Partial {
            id: self.id,
            outputs: self.properties.to_value(),
            message: message.into(),
        }
    }
}

/// A resource to read.
#[derive(Clone, PartialEq, Debug)]
pub struct Live<K> {
    /// The id of the resource.
    pub id: String,
    /// The properties that were recorded last; `None` if only the id is known.
    pub properties: Option<K>,
}

/// The progress of a create or an update. Nothing waits inside a plugin.
#[derive(Clone, PartialEq, Debug)]
pub enum Progress<K> {
    /// The operation is finished.
    Done(State<K>),
    /// The operation is not finished.
    Again {
        /// The longest pause before the next call, in milliseconds from this answer.
        ///
        /// The engine begins with shorter ones.
        after_ms: u32,
        /// What the operation waits for, for the screen, such as "pending".
        status: String,
    },
}

impl<K> Progress<K> {
    /// Returns [`Progress::Again`]: the operation is not finished.
    ///
    /// The next call comes after at most `after_ms` milliseconds. `status` is for the screen.
    pub fn again(after_ms: u32, status: impl Into<String>) -> Progress<K> {
        Progress::Again { after_ms, status: status.into() }
    }
}

/// The progress of a delete.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Deletion {
    /// The resource does not exist any more.
    Gone,
    /// The resource still exists.
    Again {
        /// The longest pause before the next call, in milliseconds from this answer.
        ///
        /// The engine begins with shorter ones.
        after_ms: u32,
        /// What the delete waits for, for the screen, such as "shutting down".
        status: String,
    },
}

impl Deletion {
    /// Returns [`Deletion::Again`]: the resource still exists.
    ///
    /// The next call comes after at most `after_ms` milliseconds. `status` is for the screen.
    pub fn again(after_ms: u32, status: impl Into<String>) -> Deletion {
        Deletion::Again { after_ms, status: status.into() }
    }
}

/// A violated rule across properties.
///
/// ```
/// use kim_plugin::Violation;
///
/// let message = "a root volume of 8 GiB is too small for this image: give it 20";
/// let rule = Violation::error("root.size", message);
/// assert_eq!(rule.path.to_string(), "root.size");
/// assert!(!rule.warning);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// The path of the property that is wrong; the root for the whole resource.
    pub path: Path,
    /// What is wrong, and what would be right.
    pub message: String,
    /// True for a warning, which stops nothing.
    pub warning: bool,
}

impl Violation {
    /// Creates a violation that stops the run.
    ///
    /// `path` is written like `root.size`. A text that is not a path stands for the whole resource.
    pub fn error(path: &str, message: impl Into<String>) -> Violation {
        Violation {
            path: path.parse().unwrap_or_default(),
            message: message.into(),
            warning: false,
        }
    }

    /// Creates a warning, which stops nothing. `path` is as in [`Violation::error`].
    pub fn warning(path: &str, message: impl Into<String>) -> Violation {
        Violation { warning: true, ..Violation::error(path, message) }
    }
}

/// The price of a resource.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Price {
    /// Millionths of a US dollar for a month of 730 hours.
    pub micros_a_month: u64,
    /// How the price is computed, for people.
    pub basis: String,
}

/// The behaviour of a kind.
///
/// Every call runs in an instance of its own: nothing is kept between calls, and nothing waits.
/// Calls for different resources overlap. At most one of `create`, `settle`, `update` and `delete`
/// runs for one resource at a time. Only `create` gives an id, or `partial` and `find` in its
/// place: every other answer has the id of the call.
///
/// `docs/plugin-contract.md` says when each call comes, how often, with which pauses and until
/// when.
#[allow(async_fn_in_trait, reason = "a plugin has one thread, so its futures need not be Send")]
pub trait Kind: Resource {
    /// Creates the resource and returns once the cloud has answered with an id.
    ///
    /// The engine then calls `settle`. A repeated call with the same token must not create a second
    /// resource, unless the struct has `#[kim(tokenless)]`. If the cloud knows the token from
    /// another create, return [`Failure::TokenUsed`].
    async fn create(inputs: Self, token: &str) -> Result<State<Self>, Failure>;

    /// Returns the progress of a create: whether the resource is ready.
    ///
    /// Called after `create`, with the same arguments until it returns [`Progress::Done`] or the
    /// step's time is over. `inputs` are those of the create, `properties` those that it returned.
    /// If it never returned done, the next run calls it first, with what `read` answered as
    /// `properties`, and calls `update` only if something differs then. If no input of the kind can
    /// change, it is also called for a resource that was created in part, or whose delete began and
    /// did not end. By default the resource is ready once `read` finds it. Before that, return
    /// [`Failure::NotYet`]: nobody waits for long for what no read shows. Never called
    /// if the struct has `#[kim(ready)]`: what `create` returned is then complete.
    async fn settle(id: &str, inputs: Self, properties: Self) -> Result<Progress<Self>, Failure> {
        let _ = inputs;
        let mut found =
            Self::read(vec![Live { id: id.to_owned(), properties: Some(properties) }]).await?;
        Ok(match found.pop().flatten() {
            Some(state) => Progress::Done(state),
            None => return Err(Failure::NotYet("no read shows it yet".to_owned())),
        })
    }

    /// Reads resources in as few calls as the cloud allows.
    ///
    /// Returns one result for each, in order; `None` for one that does not exist any more.
    async fn read(resources: Vec<Live<Self>>) -> Result<Vec<Option<State<Self>>>, Failure>;

    /// Changes the resource towards the inputs, one changing request in each call.
    ///
    /// Called with the same arguments until it returns [`Progress::Done`] or the step's time is
    /// over; again by the next run if a run was cut off. Reads the cloud first, so that it can be
    /// repeated and resumed at any point. `properties` are what `read` answered in this run, so
    /// that a version among them is the present one; without a read (offline), those recorded last.
    /// By default the kind cannot be updated.
    async fn update(id: &str, inputs: Self, properties: Self) -> Result<Progress<Self>, Failure> {
        let _ = (inputs, properties);
        Err(Failure::Other(format!("{} '{id}' cannot be updated in place; replace it", Self::KIND)))
    }

    /// Deletes the resource, one changing request in each call.
    ///
    /// Called with the same arguments until it returns [`Deletion::Gone`] or the step's time is
    /// over; again by the next run if a run was cut off. A failure that means "nothing happened",
    /// such as [`Failure::Denied`], holds for the whole call: what needs two requests takes two
    /// steps. If a delete began and did not end, a run that keeps the resource calls `update` even
    /// if nothing differs. A resource that does not exist counts as deleted. `properties` are those
    /// recorded last. They may be incomplete after a create that failed: an absent one is
    /// [`Field::empty`](crate::Field::empty).
    async fn delete(id: &str, properties: Self) -> Result<Deletion, Failure>;

    /// Finds the resource that a create with this token created.
    ///
    /// `inputs` are those of that create. Returns `None` if there is no such resource, also if
    /// somebody else created one with equal inputs: the engine adopts what this returns. Called
    /// after a create whose outcome is not known, for some seconds, then once a run for a day.
    async fn find(token: &str, inputs: Self) -> Result<Option<State<Self>>, Failure>;

    /// Checks rules across properties that the schema cannot express.
    ///
    /// May not call host functions. By default there are none.
    fn check(inputs: &Inputs) -> Vec<Violation> {
        let _ = inputs;
        Vec::new()
    }

    /// Returns the price of a month, or `None` if it is not known.
    ///
    /// Called only if the struct has `#[kim(priced)]`.
    fn price(inputs: &Inputs) -> Option<Price> {
        let _ = inputs;
        None
    }
}

/// Reads recorded properties. Returns `None` if nothing was recorded.
pub(crate) fn recorded_or_none<K: Object>(properties: &Value) -> Result<Option<K>, Failure> {
    match properties.as_map() {
        Some(map) if !map.is_empty() => K::from_recorded(properties).map(Some),
        _ => Ok(None),
    }
}
