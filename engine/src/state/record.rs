//! The parts of a stack's state: its name, copies of resources, intents.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use kim_model::{Path, Source, Timeouts, Urn, Value};
use serde::{Deserialize, Serialize};

/// The name of a stack, unique in a store.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct StackId {
    /// The project's name.
    pub project: String,
    /// The stack's name, unique in its project.
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
    /// Creates a resource that did not exist.
    Create,
    /// Creates the new copy of a replacement.
    CreateReplacement,
    /// Updates a resource in place.
    Update,
    /// Deletes a resource.
    Delete,
    /// Deletes the old copy of a replacement.
    DeleteReplaced,
    /// Drops the record and leaves the resource in the cloud.
    Forget,
    /// Records what changed about a resource, without any call.
    ///
    /// That is dependencies, protection, or drift that a refresh found.
    Record,
}

/// The place of a copy among the copies of its URN.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is the resource. A URN has at most one such copy.
    Current,
    /// A newer copy replaced it: it awaits deletion.
    Replaced,
    /// It was deleted for its replacement, and the new copy does not exist yet.
    ReplacementPending,
}

/// The operation that left a copy incomplete, if it was no update.
///
/// A copy from a create is settled before it is updated. Stores keep it by its name in snake case.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unfinished {
    /// It was created, and never known to be ready.
    Create,
    /// Its delete began and did not end.
    Delete,
}

/// The name of a copy.
///
/// Copies are in the order of their URNs, those of one URN oldest first.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CopyId {
    /// The resource's URN.
    pub urn: Urn,
    /// The number of the copy, unique for its URN and counted from 0.
    pub generation: u64,
}

/// One copy of a resource, or a component.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Record {
    /// The resource's URN.
    pub urn: Urn,
    /// The number of the copy, unique for its URN and counted from 0.
    ///
    /// Stack, URN and generation give the idempotency token.
    pub generation: u64,
    /// Its place among the copies of its URN.
    pub standing: Standing,
    /// True for a component: no plugin knows it, and it has no id.
    pub component: bool,
    /// Its id in the cloud.
    ///
    /// Empty for a component, and for a copy that does not exist yet.
    pub id: String,
    /// The inputs as last applied, without unknowns.
    ///
    /// Shared, never copied, by state and plans.
    #[serde(with = "shared")]
    pub inputs: Arc<Value>,
    /// All properties as the cloud returned them last.
    #[serde(with = "shared")]
    pub properties: Arc<Value>,
    /// The component that it is in.
    pub parent: Option<Urn>,
    /// The resources that it depends on, through inputs or `depends_on`.
    pub dependencies: BTreeSet<Urn>,
    /// True if it must not be deleted or replaced.
    pub protect: bool,
    /// True if a delete drops the record and leaves the resource in the cloud.
    pub retain_on_delete: bool,
    /// True if a replacement of the resource created the new copy first.
    ///
    /// No order depends on it: a delete waits for everything that is recorded to depend on the
    /// copy, whether it is declared or not.
    pub create_before_delete: bool,
    /// The container whose deletion also deletes it.
    pub deleted_with: Option<Urn>,
    /// Why it exists but is not complete; `None`: it is complete.
    ///
    /// The next run that keeps it completes it even if nothing differs.
    pub incomplete: Option<String>,
    /// What an incomplete copy is left from; `None`: an update, or a create in part.
    pub unfinished: Option<Unfinished>,
    /// True if the next up replaces it.
    pub tainted: bool,
    /// The place of its declaration.
    pub source: Option<Source>,
    /// The generation of each resource that it is replaced with.
    ///
    /// It is the one that was current when this copy was made.
    ///
    /// Once another generation is current, the next up replaces it. Each is a dependency too.
    #[serde(default)]
    pub follows: BTreeMap<Urn, u64>,
    /// The longest times that its operations may take.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// The properties that are secret because the program says so.
    #[serde(default)]
    pub secret_outputs: Vec<Path>,
}

impl Record {
    /// Returns the name of the copy.
    pub fn copy_id(&self) -> CopyId {
        CopyId { urn: self.urn.clone(), generation: self.generation }
    }

    /// Returns the property that has the id as a secret, if there is one.
    ///
    /// Then the id is a secret too.
    pub fn secret_id(&self) -> Option<&str> {
        let is_id = |value: &Value| matches!(value, Value::Secret(inner) if inner.as_text() == Some(&self.id));
        let mut properties = self.properties.as_map()?.iter();
        properties.find(|(_, value)| is_id(value)).map(|(name, _)| name.as_str())
    }
}

/// A shared value, written as the value itself.
mod shared {
    use std::sync::Arc;

    use kim_model::Value;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        value: &Arc<Value>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<Value>, D::Error> {
        Value::deserialize(deserializer).map(Arc::new)
    }
}

/// Why a copy is incomplete that an interrupted run created.
pub(crate) const ADOPTED: &str = "adopted: created by an interrupted run";

/// Why a copy is incomplete that came to exist after it was looked for.
pub(crate) const CREATED_LATE: &str = "created late, by a create of an earlier run";

/// Why the record of a doubt is incomplete whose token was used with other inputs.
pub(crate) const OTHER_INPUTS: &str = "its token was used with other inputs";

impl Record {
    /// Returns true if the copy came to exist late, beside the one that the stack uses.
    ///
    /// Nothing ever used it.
    pub(crate) fn is_late_duplicate(&self) -> bool {
        self.standing == Standing::Replaced && self.incomplete.as_deref() == Some(CREATED_LATE)
    }
}

/// An operation that is about to begin, recorded before the call is sent.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Intent {
    /// The number of the intent, unique among the open intents of its stack.
    pub id: u64,
    /// The resource.
    pub urn: Urn,
    /// What is about to be done.
    pub action: Action,
    /// The generation of the copy that it concerns.
    pub generation: u64,
    /// The idempotency token of a create; empty otherwise.
    pub token: String,
    /// The record as it will be if the operation succeeds.
    ///
    /// For a create it lacks id and outputs. For a delete it is the record that is removed.
    pub record: Record,
}

impl Intent {
    /// Returns the name of the copy that it concerns.
    pub fn copy_id(&self) -> CopyId {
        CopyId { urn: self.urn.clone(), generation: self.generation }
    }
}

/// A create without an answer that may still be carried out.
///
/// Its token found nothing. The call may still be in flight, and a cloud may show late what it
/// holds. So runs look for the token again.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Doubt {
    /// The intent of the create, which is closed.
    pub intent: Intent,
    /// When its token was first found to have created nothing.
    ///
    /// In milliseconds since 1970 (UTC). The create was sent before.
    pub since: i64,
}
