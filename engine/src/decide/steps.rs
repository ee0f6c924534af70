//! Turns the decisions into removals, steps, and the changes that a person sees.
//!
//! Also finds what prevents the run.
//!
//! Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kim_model::{Remedy, Source, Urn};

use super::afterwards::Afterwards;
use super::decision::Decision;
use super::holds::Holds;
use super::observed::Observed;
use super::order::Removal;
use super::record::record_of;
use super::targets::Targets;
use crate::desired::Desired;
use crate::event::Diagnostic;
use crate::plan::{Fate, Operation, ResourceChange, Step};
use crate::providers::Providers;
use crate::state::{Action, CopyId, Record, Standing, State};

/// Everything that was decided, and what the decisions are based on.
pub(crate) struct StepPlan<'o> {
    pub(crate) operation: Operation,
    pub(crate) targets: &'o Targets,
    pub(crate) providers: &'o Providers,
    pub(crate) desired: &'o Desired,
    pub(crate) decisions: &'o [Decision],
    pub(crate) state: &'o State,
    pub(crate) seen: &'o BTreeMap<CopyId, Observed>,
    pub(crate) holds: &'o Holds<'o>,
    /// Components that are no targets, but contain one.
    ///
    /// Their records are written with it.
    pub(crate) above_targets: BTreeSet<usize>,
}

/// Returns the lookups that a run may make, by index.
///
/// With targets they are those of what is written.
pub(crate) fn lookups(desired: &Desired, targets: &Targets) -> BTreeSet<usize> {
    if targets.is_all() {
        return (0..desired.declarations.lookups.len()).collect();
    }
    let above = above_targets(desired, targets);
    let written = desired.nodes.iter().enumerate();
    let written = written.filter(|(at, node)| targets.takes(&node.urn) || above.contains(at));
    written.flat_map(|(_, node)| node.lookups()).collect()
}

/// Returns the components above each target.
pub(crate) fn above_targets(desired: &Desired, targets: &Targets) -> BTreeSet<usize> {
    let mut above = BTreeSet::new();
    if targets.is_all() {
        return above;
    }
    for node in desired.nodes.iter().filter(|node| targets.takes(&node.urn)) {
        let mut parent = node.parent;
        while let Some(index) = parent.filter(|index| above.insert(*index)) {
            parent = desired.nodes[index].parent;
        }
    }
    above
}

impl StepPlan<'_> {
    /// Returns the copies to remove.
    ///
    /// They are what the program no longer declares, the old copies of this run's replacements, and
    /// old copies of earlier runs.
    pub(crate) fn removals(&self) -> Vec<Removal> {
        let leaving: Vec<&Record> =
            self.state.records().filter(|record| self.leaves(record)).collect();
        let mut deleted: HashMap<&Urn, usize> = HashMap::new();
        for record in leaving.iter().filter(|record| self.is_deleted(record)) {
            *deleted.entry(&record.urn).or_default() += 1;
        }
        // What is in an old copy of a container is not told from what is in another one.
        let container_goes = |container: &Urn| {
            let exists = |copy: &Record| copy.standing != Standing::ReplacementPending;
            let copies = self.state.copies(container).filter(|copy| exists(copy)).count();
            let leaves_first = self
                .desired
                .index(container)
                .is_none_or(|index| self.decisions[index].fate == Fate::ReplaceDeleteFirst);
            leaves_first && copies > 0 && deleted.get(container) == Some(&copies)
        };
        let removals = leaving.into_iter().map(|record| {
            let is_deleted = self.is_deleted(record);
            let with_container =
                is_deleted && record.deleted_with.as_ref().is_some_and(&container_goes);
            let is_called = is_deleted && !with_container;
            let action = if is_called { self.delete_of(record) } else { Action::Forget };
            Removal { copy: record.copy_id(), action, deleted_with_container: with_container }
        });
        removals.collect()
    }

    /// Returns the action that deletes a copy by a call of its own.
    fn delete_of(&self, record: &Record) -> Action {
        let is_old = record.standing == Standing::Replaced;
        if is_old || self.desired.index(&record.urn).is_some() {
            Action::DeleteReplaced
        } else {
            Action::Delete
        }
    }

    /// Gives a copy in a circle of steps a delete of its own.
    ///
    /// Its container was to take it along, but something else of the circle stands between the two.
    /// Returns false if there is no such copy: then nothing resolves the circle.
    pub(crate) fn delete_separately(&self, circle: &[Step], removals: &mut [Removal]) -> bool {
        let taken_along = removals.iter_mut().find(|removal| {
            removal.deleted_with_container
                && circle.iter().any(|step| step.copy_id() == removal.copy)
                && self.providers.kind(removal.copy.urn.kind()).is_some()
        });
        let Some(removal) = taken_along else { return false };
        let Some(record) = self.state.resources.get(&removal.copy) else { return false };
        removal.action = self.delete_of(record);
        removal.deleted_with_container = false;
        true
    }

    /// Returns true if this run removes a copy.
    fn leaves(&self, record: &Record) -> bool {
        let fate = || self.desired.index(&record.urn).map(|index| self.decisions[index].fate);
        self.targets.takes(&record.urn)
            && match record.standing {
                Standing::Replaced => true,
                Standing::Current => matches!(
                    fate(),
                    None | Some(Fate::ReplaceCreateFirst | Fate::ReplaceDeleteFirst)
                ),
                // Dropped with the step that creates its successor, or here if there will be none.
                Standing::ReplacementPending => fate().is_none(),
            }
    }

    /// Returns true if a copy that this run removes is deleted from the cloud.
    ///
    /// That is by a call of its own, or together with its container.
    fn is_deleted(&self, record: &Record) -> bool {
        // An old copy has the answer of the program that replaced it.
        let declared =
            self.desired.index(&record.urn).filter(|_| record.standing != Standing::Replaced);
        let retained = declared.map_or(record.retain_on_delete, |index| {
            self.desired.declaration(index).options.retain_on_delete == Some(true)
        });
        let gone = self.seen.get(&record.copy_id()) == Some(&Observed::Missing);
        !record.component && !gone && !retained && record.standing != Standing::ReplacementPending
    }

    /// Returns for each declared resource if older copies are deleted before its step.
    pub(crate) fn delete_first(&self) -> Vec<bool> {
        let nodes = self.decisions.iter().enumerate();
        let first = nodes.map(|(index, decision)| match decision.fate {
            Fate::ReplaceDeleteFirst => true,
            // Old copies of earlier runs may hold what must not be there twice.
            Fate::Create => {
                let declaration = self.desired.declaration(index);
                declaration.options.delete_before_replace.unwrap_or_else(|| {
                    let kind = self.providers.kind(&declaration.kind);
                    kind.is_some_and(|kind| kind.delete_before_replace)
                })
            }
            _ => false,
        });
        first.collect()
    }

    /// Returns an error for every delete of something protected.
    ///
    /// A guard protects as the option does. An old copy is no longer protected by either.
    ///
    /// All of them are reported, not only the first.
    pub(crate) fn protected(&self, going: &[Removal]) -> Vec<Diagnostic> {
        let mut errors = Vec::new();
        for removal in going
            .iter()
            .filter(|removal| removal.action != Action::Forget || removal.deleted_with_container)
        {
            let Some(record) = self.state.resources.get(&removal.copy) else { continue };
            if record.standing == Standing::Replaced {
                continue;
            }
            let declared = self.desired.index(&record.urn);
            // The program's present setting decides, also if it is set for the first time.
            let protected = declared.map_or(record.protect, |index| {
                self.desired.declaration(index).options.protect == Some(true)
            });
            let guard = self.guarded_by(record, declared);
            let (by, cure) = match &guard {
                _ if protected => (
                    String::new(),
                    "remove the protection first (options: protect), in a run of its own or in this one"
                        .to_owned(),
                ),
                Some(guard) if declared.is_some() => (
                    format!(" by {guard}"),
                    format!("set {guard} = false first, in a run of its own or in this one"),
                ),
                Some(guard) => (
                    format!(" by {guard}"),
                    format!("first declare it with {guard} = false, in a run of its own"),
                ),
                None => continue,
            };
            let (what, source) = self.end_of(record, declared);
            let message = format!("{} is protected{by}, but {what}; {cure}", record.urn);
            errors.push(Diagnostic::error(message).about(record.urn.clone()).declared_at(source));
        }
        errors
    }

    /// Returns how a copy ends, in words, and the place of its declaration.
    fn end_of(&self, record: &Record, declared: Option<usize>) -> (String, Option<Source>) {
        let Some(index) = declared else {
            return ("would be deleted".to_owned(), record.source.clone());
        };
        let replacing = self.decisions[index].changes.iter().find(|change| change.replaces);
        let because = match (replacing, &self.decisions[index].reason) {
            (Some(change), _) => format!(" because {} changes", change.path),
            (None, Some(reason)) => format!(" because {reason}"),
            (None, None) => String::new(),
        };
        let source = self.desired.declaration(index).source.clone();
        (format!("would be replaced{because}"), source)
    }

    /// Returns an error for each copy that no plugin can delete.
    pub(crate) fn unserved(&self, going: &[Removal]) -> Vec<Diagnostic> {
        let called = going.iter().filter(|removal| removal.action != Action::Forget);
        let unserved =
            called.filter(|removal| self.providers.kind(removal.copy.urn.kind()).is_none());
        let errors = unserved.map(|Removal { copy, .. }| {
            let record = self.state.resources.get(copy);
            let message = format!(
                "{} would be deleted, but no plugin offers its kind '{}' any more",
                copy.urn,
                copy.urn.kind()
            );
            Diagnostic::error(message)
                .about(copy.urn.clone())
                .declared_at(record.and_then(|record| record.source.clone()))
                .cured_by(Remedy::AddPlugin)
        });
        errors.collect()
    }

    /// Returns an error for each dependency that the targets leave out.
    ///
    /// What is written must not need a resource that neither exists nor is a target, nor one that
    /// needs it itself. What is deleted must not be needed by a resource that is no target.
    pub(crate) fn missing(
        &self,
        main: &[Option<Step>],
        afterwards: &Afterwards<'_>,
        going: &[Removal],
    ) -> Vec<Diagnostic> {
        if self.targets.is_all() {
            return Vec::new();
        }
        let mut errors = self.not_existing(main);
        errors.extend(self.turned_around(main, afterwards));
        errors.extend(self.still_used(going));
        errors
    }

    /// Returns an error for each need of what is written that does not exist.
    fn not_existing(&self, main: &[Option<Step>]) -> Vec<Diagnostic> {
        let mut errors = Vec::new();
        for (index, node) in self.desired.nodes.iter().enumerate() {
            if main[index].is_none() {
                continue;
            }
            for dependency in &node.dependencies {
                let needed = &self.desired.nodes[*dependency];
                if main[*dependency].is_none() && self.state.current(&needed.urn).is_none() {
                    let message = format!(
                        "{}{} needs {}, which does not exist yet and {}",
                        node.urn,
                        self.role(&node.urn),
                        needed.urn,
                        self.left_out(&needed.urn)
                    );
                    errors.push(self.of_declared(index, message, &needed.urn));
                }
            }
        }
        errors
    }

    /// Returns the error for what would depend on itself.
    ///
    /// The edges of others that stay as recorded close the circle.
    fn turned_around(
        &self,
        main: &[Option<Step>],
        afterwards: &Afterwards<'_>,
    ) -> Option<Diagnostic> {
        let is_written = |index: usize| main.get(index).is_some_and(Option::is_some);
        let circle = afterwards.circle(is_written)?;
        let start = *circle.first()?;
        let at = circle.iter().position(|index| !is_written(*index))?;
        let (urn, other) = (afterwards.urn(start), afterwards.urn(circle[at]));
        let used =
            circle.get(at + 1).map_or("it".to_owned(), |next| afterwards.urn(*next).to_string());
        let path: Vec<&str> = circle
            .iter()
            .chain(circle.first())
            .map(|index| afterwards.urn(*index).qualified_name())
            .collect();
        let message = format!(
            "{urn}{} would depend on itself, because {other} still depends on {used} as recorded, and {}: {}",
            self.role(urn),
            self.left_out(other),
            path.join(" -> ")
        );
        Some(self.of_declared(start, message, other))
    }

    /// Returns an error for each copy that is deleted and that what is no target needs.
    fn still_used(&self, going: &[Removal]) -> Vec<Diagnostic> {
        let mut fates: HashMap<&Urn, &str> = HashMap::new();
        for Removal { copy, action, deleted_with_container } in going {
            let is_old = self
                .state
                .resources
                .get(copy)
                .is_some_and(|record| record.standing == Standing::Replaced);
            match self.desired.index(&copy.urn) {
                None => fates.insert(&copy.urn, "would be deleted"),
                // What is retained or gone already is nothing that this run takes from anyone.
                Some(_) if *action == Action::Forget && !deleted_with_container => continue,
                Some(_) if is_old => fates.insert(&copy.urn, "an old copy of it would be deleted"),
                Some(_) => fates.insert(&copy.urn, "would be replaced"),
            };
        }
        let mut errors = BTreeMap::new();
        for user in self.state.records().filter(|record| !self.targets.takes(&record.urn)) {
            for (used, fate) in user
                .dependencies
                .iter()
                .chain(&user.parent)
                .chain(&user.deleted_with)
                .filter_map(|used| fates.get_key_value(used))
            {
                let message = format!(
                    "{used}{} {fate}, but {} depends on it and {}",
                    self.role(used),
                    user.urn,
                    self.left_out(&user.urn)
                );
                let error = Diagnostic::error(message).about(Urn::clone(used));
                let error = error.declared_at(user.source.clone()).cured_by(self.also(&user.urn));
                errors.insert((used, &user.urn), error);
            }
        }
        errors.into_values().collect()
    }

    /// Returns what a resource that changes is to the targets, as a part of a sentence.
    fn role(&self, urn: &Urn) -> &'static str {
        match self.targets.takes(urn) {
            true if self.targets.names_none() => "",
            true => " is a target and",
            false => " is around a target and",
        }
    }

    /// Returns why a resource is left out, as a part of a sentence.
    pub(super) fn left_out(&self, urn: &Urn) -> &'static str {
        if self.targets.excludes(urn) { "is excluded" } else { "is not a target" }
    }

    /// Returns the remedy for a resource that has to be part of the run too.
    pub(super) fn also(&self, urn: &Urn) -> Remedy {
        let resource = urn.qualified_name().to_owned();
        if self.targets.excludes(urn) {
            Remedy::Include { resource }
        } else {
            Remedy::AddTarget { resource }
        }
    }

    /// Returns an error about a declared resource, which a further target cures.
    fn of_declared(&self, index: usize, message: String, target: &Urn) -> Diagnostic {
        Diagnostic::error(message)
            .about(self.desired.nodes[index].urn.clone())
            .declared_at(self.desired.declaration(index).source.clone())
            .cured_by(self.also(target))
    }

    /// Returns the step of a declared resource, if there is something to do for it.
    pub(crate) fn step_for(&self, index: usize) -> Option<Step> {
        let (urn, decision) = (&self.desired.nodes[index].urn, &self.decisions[index]);
        if !self.targets.takes(urn) && !self.above_targets.contains(&index) {
            return None;
        }
        let (mut current, mut is_pending) = (None, false);
        for copy in self.state.copies(urn) {
            match copy.standing {
                Standing::Current => current = Some(copy),
                Standing::ReplacementPending => is_pending = true,
                Standing::Replaced => {}
            }
        }
        let action = match decision.fate {
            Fate::Create if is_pending => Action::CreateReplacement,
            Fate::Create if self.desired.declaration(index).component => Action::Record,
            Fate::Create => Action::Create,
            Fate::ReplaceCreateFirst | Fate::ReplaceDeleteFirst => Action::CreateReplacement,
            Fate::Update => Action::Update,
            _ => {
                let current = current?;
                let updated = record_of(self.desired, index, decision, Some(current), self.state);
                return (updated != *current).then(|| Step {
                    urn: urn.clone(),
                    action: Action::Record,
                    generation: current.generation,
                });
            }
        };
        let generation = match action {
            Action::Update => current.map_or(0, |current| current.generation),
            _ => self.state.next_generation(urn),
        };
        Some(Step { urn: urn.clone(), action, generation })
    }

    /// Returns what the plan means for each resource.
    ///
    /// In the order of declaration; removals come last.
    pub(crate) fn changes(&self, going: &[Removal]) -> Vec<ResourceChange> {
        let mut resources: Vec<ResourceChange> = self
            .desired
            .nodes
            .iter()
            .zip(self.decisions)
            .enumerate()
            .map(|(index, (node, decision))| ResourceChange {
                urn: node.urn.clone(),
                parent: node.parent.map(|parent| self.desired.nodes[parent].urn.clone()),
                component: self.desired.declaration(index).component,
                fate: decision.fate,
                changes: decision.changes.clone(),
                source: self.desired.declaration(index).source.clone(),
                reason: reason_of(decision),
                micros_a_month: None,
                price_basis: None,
            })
            .collect();
        for removal in going {
            let Some(record) = self.state.resources.get(&removal.copy) else { continue };
            if record.standing == Standing::Current && self.desired.index(&record.urn).is_some() {
                continue;
            }
            let gone = self.seen.get(&removal.copy) == Some(&Observed::Missing);
            let reason = match (record.standing, self.desired.index(&record.urn)) {
                _ if record.is_late_duplicate() => record.incomplete.clone(),
                (Standing::Replaced, _) => Some("an old copy of an earlier replacement".to_owned()),
                _ if gone => Some("it is gone from the cloud already".to_owned()),
                (_, None) if self.operation != Operation::Destroy => {
                    Some("no longer declared".to_owned())
                }
                _ => None,
            };
            let forgotten = removal.action == Action::Forget && !record.component && !gone;
            resources.push(ResourceChange {
                urn: record.urn.clone(),
                parent: record.parent.clone(),
                component: record.component,
                fate: if forgotten { Fate::Forget } else { Fate::Delete },
                changes: Vec::new(),
                source: None,
                reason,
                micros_a_month: None,
                price_basis: None,
            });
        }
        resources
    }
}

/// Returns why a resource changes, and why in that order.
fn reason_of(decision: &Decision) -> Option<String> {
    let keeps = decision.keeps.as_ref().map(|key| format!("it keeps {key}, which no two have"));
    match (decision.reason.clone(), keeps) {
        (Some(reason), Some(keeps)) => Some(format!("{reason}; {keeps}")),
        (reason, keeps) => reason.or(keeps),
    }
}
