//! The words for what is recorded: a stack's name, a copy of a resource, an operation that was about to begin.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use kim_model::{Source, Urn, Value};
use serde::{Deserialize, Serialize};

/// A stack's name: a project's stack.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct StackId {
    /// The project.
    pub project: String,
    /// The stack's name.
    pub name: String,
}

impl fmt::Display for StackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.project, self.name)
    }
}

/// What a step does. Stores keep it by its name in snake case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Create a resource that there was not.
    Create,
    /// Create the new copy of a replacement.
    CreateReplacement,
    /// Change a resource in place.
    Update,
    /// Delete a resource.
    Delete,
    /// Delete the old copy of a replacement.
    DeleteReplaced,
    /// Drop the record, leave the resource.
    Forget,
    /// Record what changed about a resource without any call (dependencies, protection, drift that a refresh found).
    Record,
}

/// Where a copy of a resource stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is the resource.
    Current,
    /// A newer copy took its place: it awaits deletion.
    Replaced,
    /// It was deleted to be replaced, and the new copy is not there yet.
    ReplacementPending,
}

/// One copy of a resource, or a component.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Its name.
    pub urn: Urn,
    /// Which copy: with the URN and the stack it makes the idempotency token.
    pub generation: u64,
    /// Where it stands.
    pub standing: Standing,
    /// A component: no plugin knows it, it has no id.
    pub component: bool,
    /// The id in the cloud.
    pub id: String,
    /// The inputs as last applied, without unknowns. Shared: a plan compares them and hands them on, but never copies them.
    #[serde(with = "shared")]
    pub inputs: Arc<Value>,
    /// All properties as last seen in the cloud.
    #[serde(with = "shared")]
    pub properties: Arc<Value>,
    /// Its component.
    pub parent: Option<Urn>,
    /// What it depends on (through inputs or `depends_on`).
    pub dependencies: BTreeSet<Urn>,
    /// It must not be deleted or replaced.
    pub protect: bool,
    /// A delete leaves it in the cloud.
    pub retain_on_delete: bool,
    /// It is replaced by creating the new one first, even if a later run no longer sees its declaration.
    pub create_before_delete: bool,
    /// The resource whose deletion takes it along.
    pub deleted_with: Option<Urn>,
    /// It came to exist, but not completely: why. The next run updates it even if nothing differs.
    pub incomplete: Option<String>,
    /// It is to be replaced at the next occasion.
    pub tainted: bool,
    /// Where it was declared.
    pub source: Option<Source>,
}

/// A shared value, written as the value itself.
mod shared {
    use std::sync::Arc;

    use kim_model::Value;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &Arc<Value>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Value>, D::Error> {
        Value::deserialize(deserializer).map(Arc::new)
    }
}

/// An operation that was about to begin: recorded before the call leaves.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Intent {
    /// The number of the intent, unique in the stack.
    pub id: u64,
    /// The resource.
    pub urn: Urn,
    /// What was about to be done.
    pub action: Action,
    /// The copy that it concerns.
    pub generation: u64,
    /// The idempotency token of a create; else empty.
    pub token: String,
    /// The record as it will be if the operation succeeds (for a create without id and outputs); for a delete the
    /// record that goes.
    pub record: Record,
}
