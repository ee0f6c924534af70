//! What happens to one declared resource, and what its properties will be.
//!
//! Pure: gets everything that is known (inputs, record, live state, what happens upstream) and
//! returns a [`Decision`].

use std::collections::BTreeSet;
use std::sync::Arc;

use kim_model::schema::{Kind, Property};
use kim_model::{Path, Value};

use super::holds::Hold;
use super::keys;
use super::meaning::{Sides, agrees, contains, content, same};
use super::observed::Observed;
use super::outputs::ResourceOutputs;
use super::{diff, ignored, spelling};
use crate::plan::{Fate, PropertyChange};
use crate::state::{ADOPTED, CREATED_LATE, Record, Standing};

/// Why a resource is replaced although nothing of it differs.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Forced {
    /// The reason, in words.
    pub(crate) reason: String,
    /// The declared resources whose replacement is the only cause.
    ///
    /// Empty if there is another one.
    ///
    /// If none of them is replaced after all, neither is this one.
    pub(crate) with: BTreeSet<usize>,
}

impl From<String> for Forced {
    fn from(reason: String) -> Forced {
        Forced { reason, with: BTreeSet::new() }
    }
}

/// What is known about a declared resource when it is decided.
pub(crate) struct DecisionInput<'k> {
    /// Its kind.
    pub(crate) kind: &'k Kind,
    /// Its inputs: checked, with defaults, perhaps unknown in places.
    pub(crate) inputs: Value,
    /// Its current copy, or the one that awaits its replacement.
    pub(crate) record: Option<&'k Record>,
    /// Its live state.
    pub(crate) seen: &'k Observed,
    /// The paths inside which changes are ignored.
    pub(crate) ignore_changes: &'k [Path],
    /// The paths inside which a change replaces it.
    pub(crate) replace_on_changes: &'k [Path],
    /// The order of a replacement, if the program sets it.
    pub(crate) delete_before_replace: Option<bool>,
    /// The properties that the program marks as secret.
    pub(crate) secret_outputs: &'k [Path],
    /// Why it is replaced although nothing differs; `None`: it is not forced.
    pub(crate) forced: Option<Forced>,
    /// True if a resource that it depends on is deleted before its new copy is created.
    pub(crate) upstream_goes_first: bool,
}

/// What happens to a declared resource.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Decision {
    /// What happens to it.
    pub(crate) fate: Fate,
    /// Its inputs, as far as the plan knows them.
    ///
    /// If they equal those recorded, they are the same shared value.
    pub(crate) inputs: Arc<Value>,
    /// The properties that its dependents are resolved with.
    ///
    /// They are unknown where only the apply decides them, and shared as inputs are.
    pub(crate) properties: Arc<Value>,
    /// The differences.
    pub(crate) changes: Vec<PropertyChange>,
    /// What the cloud holds of a copy that is updated or replaced.
    ///
    /// It is what was read, or what is recorded if nothing was read.
    pub(crate) held: Option<Arc<Value>>,
    /// The reason, if the changes do not give it.
    pub(crate) reason: Option<String>,
    /// The declared resources whose replacement is that reason; see [`Forced::with`].
    pub(crate) replaced_with: BTreeSet<usize>,
    /// True if it is recorded, but no longer exists in the cloud.
    pub(crate) gone: bool,
    /// The key for which alone the old copy is deleted first, in words.
    ///
    /// `None` if there is none, or if the old copy is deleted first for another reason.
    pub(crate) keeps: Option<String>,
}

impl Decision {
    /// Returns the decision to create a copy with these inputs.
    fn of_copy(kind: &Kind, inputs: Value, hidden: &[Path], fate: Fate) -> Decision {
        let properties = Arc::new(foreseen(kind, &inputs, hidden));
        Decision::plain(fate, Arc::new(inputs), properties)
    }

    /// Returns a decision that has no differences as its cause.
    ///
    /// The resource is a component, or no target.
    pub(crate) fn plain(fate: Fate, inputs: Arc<Value>, properties: Arc<Value>) -> Decision {
        Decision {
            held: None,
            fate,
            inputs,
            properties,
            changes: Vec::new(),
            reason: None,
            replaced_with: BTreeSet::new(),
            gone: false,
            keeps: None,
        }
    }

    /// Returns true if the apply may find that it need not be replaced.
    ///
    /// Its replacement was planned because something was not known, or with that of others.
    pub(crate) fn may_be_needless(&self) -> bool {
        let is_uncertain = match &self.reason {
            Some(_) => !self.replaced_with.is_empty(),
            None => self.inputs.has_unknown(),
        };
        self.fate.replaces() && is_uncertain
    }

    /// Returns true if it is updated where a hold pins it.
    ///
    /// What is not set yet is not moved.
    pub(crate) fn moves(&self, hold: &Hold<'_>) -> bool {
        let pinned = hold.pinned.as_deref().filter(|_| self.fate == Fate::Update);
        let mut changes = self.changes.iter().filter(|change| change.old.is_some());
        pinned.is_some_and(|pinned| changes.any(|change| change.path.first_key() == Some(pinned)))
    }

    /// Returns what its dependents are resolved with in the plan.
    pub(crate) fn outputs(&self) -> ResourceOutputs {
        ResourceOutputs {
            inputs: Arc::clone(&self.inputs),
            properties: Arc::clone(&self.properties),
        }
    }

    /// Returns the same for a copy that is created with these inputs.
    pub(crate) fn with_inputs(self, kind: &Kind, inputs: Value, hidden: &[Path]) -> Decision {
        let properties = Arc::new(foreseen(kind, &inputs, hidden));
        Decision { properties, inputs: Arc::new(inputs), ..self }
    }

    /// Returns the decision with the old copy deleted first if the new one has its key.
    ///
    /// The order that the program sets stays as it is: it is refused once all is decided.
    pub(crate) fn ordered_by_keys(
        self,
        kind: &Kind,
        record: Option<&Record>,
        delete_before_replace: Option<bool>,
    ) -> Decision {
        let of_copy = record.zip(self.held.as_ref());
        let Some((record, held)) = of_copy.filter(|_| self.fate == Fate::ReplaceCreateFirst) else {
            return self;
        };
        let Some(key) = keys::kept(kind, record, held, &self.properties) else { return self };
        let fate = match delete_before_replace {
            Some(_) => self.fate,
            None => Fate::ReplaceDeleteFirst,
        };
        Decision { fate, keeps: Some(keys::names(key)), ..self }
    }
}

impl DecisionInput<'_> {
    /// Returns the differences that are not ignored.
    ///
    /// Each is marked if it replaces the resource.
    fn changes(&self, record: &Record, live: Option<&Value>) -> Vec<PropertyChange> {
        let changes = diff::diff_beside(self.kind, &self.inputs, record, live, self.ignore_changes);
        let marked = changes.map(|mut change| {
            let replaces = |path: &Path| touches(self.kind, &change, path);
            change.replaces |= self.replace_on_changes.iter().any(replaces);
            change
        });
        marked.collect()
    }

    /// Returns why the resource is replaced although nothing differs, if it is.
    fn replacement_reason(&self, record: &Record) -> Option<Forced> {
        if record.tainted {
            Some("it is marked as tainted".to_owned().into())
        } else {
            self.forced.clone()
        }
    }

    /// Returns the fate of the resource if it is replaced.
    fn replacement(&self) -> Fate {
        // What the program sets holds also below a resource that is deleted first. The order of the
        // steps then shows the circle that the two make.
        let by_default = || self.kind.delete_before_replace || self.upstream_goes_first;
        if self.delete_before_replace.unwrap_or_else(by_default) {
            Fate::ReplaceDeleteFirst
        } else {
            Fate::ReplaceCreateFirst
        }
    }
}

/// Returns true if a change changes something at a path, or inside it.
///
/// A change of a whole list or map touches only those parts of it that differ.
fn touches(kind: &Kind, change: &PropertyChange, path: &Path) -> bool {
    let Some(inside) = path.from_within(&change.path) else { return change.path.is_within(path) };
    let at = |side: &Option<Value>| side.as_ref().and_then(|value| value.at(&inside));
    let (old, new) = (at(&change.old), at(&change.new));
    match kind.properties_to(path).and_then(|way| way.last().copied()) {
        Some(property) => !same(property, new.as_ref(), old.as_ref(), Sides::Programs),
        None => {
            let bare = |side| content(side).map(Value::without_secrets);
            bare(old.as_ref()) != bare(new.as_ref())
        }
    }
}

/// Decides what happens to a declared resource.
pub(crate) fn decide(known: DecisionInput<'_>) -> Decision {
    let (kind, hidden) = (known.kind, known.secret_outputs);
    let Some(record) = known.record.filter(|record| record.standing == Standing::Current) else {
        let reason = known.record.map(|_| "its old copy was deleted by an earlier run".to_owned());
        return Decision { reason, ..Decision::of_copy(kind, known.inputs, hidden, Fate::Create) };
    };
    if *known.seen == Observed::Missing {
        let reason = Some("it is gone from the cloud".to_owned());
        return Decision {
            reason,
            gone: true,
            ..Decision::of_copy(kind, known.inputs, hidden, Fate::Create)
        };
    }
    // The cloud knows no secrets: what was secret when it was applied is secret in what the cloud
    // holds.
    let live = known
        .seen
        .properties()
        .map(|live| spelling::as_recorded(kind, live, record))
        .map(|live| diff::carry_secrets(kind, &record.inputs, hidden, live))
        .map(|live| diff::keep_secrets(record, &record.inputs, live));
    let changes = known.changes(record, live.as_ref());
    let forced = known.replacement_reason(record);
    let held = live.map_or_else(|| Arc::clone(&record.properties), Arc::new);
    if forced.is_some() || changes.iter().any(|change| change.replaces) {
        let fate = known.replacement();
        let copy = Decision::of_copy(kind, known.inputs, hidden, fate);
        let (reason, replaced_with) = forced.map(|forced| (forced.reason, forced.with)).unzip();
        let replaced_with = replaced_with.unwrap_or_default();
        return Decision { changes, reason, replaced_with, held: Some(held), ..copy };
    }
    let pending = match &record.incomplete {
        Some(_) => Pending::Completion,
        None if changes.is_empty() => Pending::Nothing,
        None => Pending::Update,
    };
    let mut inputs = known.inputs;
    spelling::keep(kind, &mut inputs, &record.inputs);
    if pending != Pending::Nothing {
        let ignored = known.ignore_changes;
        ignored::keep_drift(kind, &mut inputs, &record.properties, &held, ignored);
    }
    let properties = kept(kind, &inputs, hidden, &held, pending);
    Decision {
        held: (pending != Pending::Nothing).then_some(held),
        fate: if pending == Pending::Nothing { Fate::Same } else { Fate::Update },
        reason: record.incomplete.as_deref().map(incomplete_reason),
        inputs: share(inputs, &record.inputs),
        properties: share(properties, &record.properties),
        changes,
        replaced_with: BTreeSet::new(),
        gone: false,
        keeps: None,
    }
}

/// Returns the reason for the update of an incomplete resource.
fn incomplete_reason(why: &str) -> String {
    match why {
        ADOPTED | CREATED_LATE => why.to_owned(),
        _ => format!("it was left incomplete: {why}"),
    }
}

/// Returns the recorded value if it equals a value, and that value otherwise.
///
/// Large stacks are mostly unchanged, so they share most values.
fn share(value: Value, recorded: &Arc<Value>) -> Arc<Value> {
    if **recorded == value { Arc::clone(recorded) } else { Arc::new(value) }
}

/// Returns the properties of a resource that will be created.
///
/// They are the inputs, and unknowns for what the cloud decides.
fn foreseen(kind: &Kind, inputs: &Value, hidden: &[Path]) -> Value {
    let properties = kind.properties.iter().filter_map(|(name, property)| {
        let value = match inputs.get(name) {
            Some(input) => input.clone(),
            None if property.computed => Value::Unknown,
            None => return None,
        };
        Some((name.clone(), value))
    });
    diff::carry_secrets(kind, inputs, hidden, Value::Map(properties.collect()))
}

/// What may still change the properties of a resource that stays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pending {
    /// Nothing.
    Nothing,
    /// An update.
    Update,
    /// An update of what is incomplete.
    ///
    /// What the cloud does not report yet may still appear.
    Completion,
}

/// Returns the properties of a resource that stays.
///
/// They are what the cloud holds, overlaid with the new inputs. What a pending update may change is
/// unknown.
pub(crate) fn kept(
    kind: &Kind,
    inputs: &Value,
    hidden: &[Path],
    base: &Value,
    pending: Pending,
) -> Value {
    let nothing_pending = pending == Pending::Nothing;
    let properties = kind.properties.iter().filter_map(|(name, property)| {
        let value = match (inputs.get(name), base.get(name)) {
            (Some(input), Some(held)) if nothing_pending || holds(property, input, held) => {
                held.clone()
            }
            (Some(input), _) => input.clone(),
            (None, _) if !nothing_pending && property.volatile => Value::Unknown,
            (None, None) if property.computed && pending == Pending::Completion => Value::Unknown,
            (None, Some(held)) if property.computed || nothing_pending => held.clone(),
            (None, _) => return None,
        };
        Some((name.clone(), value))
    });
    diff::carry_secrets(kind, inputs, hidden, Value::Map(properties.collect()))
}

/// Returns true if the cloud is known to hold an input.
fn holds(property: &Property, input: &Value, held: &Value) -> bool {
    !contains(property, &|inner| inner.write_only) && agrees(property, Some(input), Some(held))
}
