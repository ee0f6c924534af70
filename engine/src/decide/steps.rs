//! Turns the decisions into removals, steps, and the changes that a person sees.
//!
//! Also finds what prevents the run.
//!
//! Pure.

use std::collections::{BTreeMap, BTreeSet};

use kim_model::{Remedy, Urn};

use super::decision::Decision;
use super::observed::Observed;
use super::order::Removal;
use super::record::record_of;
use super::targets::Targets;
use crate::desired::Desired;
use crate::event::Diagnostic;
use crate::plan::{Fate, Operation, ResourceChange, Step};
use crate::state::{Action, CopyId, Standing, State};

/// Everything that was decided, and what the decisions are based on.
pub(crate) struct StepPlan<'o> {
    pub(crate) operation: Operation,
    pub(crate) targets: &'o Targets,
    pub(crate) desired: &'o Desired,
    pub(crate) decisions: &'o [Decision],
    pub(crate) state: &'o State,
    pub(crate) seen: &'o BTreeMap<CopyId, Observed>,
    /// Components that are no targets, but contain one.
    ///
    /// Their records are written with it.
    pub(crate) above_targets: BTreeSet<usize>,
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
        let leaving: BTreeSet<&Urn> = self
            .state
            .records()
            .filter(|record| {
                record.standing == Standing::Current && self.desired.index(&record.urn).is_none()
            })
            .filter(|record| self.targets.takes(&record.urn))
            .map(|record| &record.urn)
            .collect();
        let mut going = Vec::new();
        for record in self.state.records().filter(|record| self.targets.takes(&record.urn)) {
            let index = self.desired.index(&record.urn);
            let replaced = match (record.standing, index) {
                (Standing::Replaced, _) => true,
                (Standing::Current, None) => false,
                (Standing::Current, Some(index)) => match self.decisions[index].fate {
                    Fate::ReplaceCreateFirst | Fate::ReplaceDeleteFirst => true,
                    _ => continue,
                },
                // Dropped with the step that creates its successor, or here if there will be none.
                (Standing::ReplacementPending, Some(_)) => continue,
                (Standing::ReplacementPending, None) => false,
            };
            let gone = self.seen.get(&record.copy_id()) == Some(&Observed::Missing);
            let container_goes = record.deleted_with.as_ref().is_some_and(|container| {
                leaving.contains(container)
                    || self
                        .desired
                        .index(container)
                        .is_some_and(|index| self.decisions[index].fate == Fate::ReplaceDeleteFirst)
            });
            let retained = index.map_or(record.retain_on_delete, |index| {
                self.desired.declaration(index).options.retain_on_delete == Some(true)
            });
            let no_call = record.component
                || gone
                || container_goes
                || retained
                || record.standing == Standing::ReplacementPending;
            let action = if no_call {
                Action::Forget
            } else if replaced {
                Action::DeleteReplaced
            } else {
                Action::Delete
            };
            going.push(Removal {
                copy: record.copy_id(),
                action,
                deleted_with_container: container_goes && !gone && !retained,
            });
        }
        going
    }

    /// Returns an error for every delete of something protected.
    ///
    /// All of them are reported, not only the first.
    pub(crate) fn protected(&self, going: &[Removal]) -> Vec<Diagnostic> {
        let mut errors = Vec::new();
        for removal in going
            .iter()
            .filter(|removal| removal.action != Action::Forget || removal.deleted_with_container)
        {
            let Some(record) = self.state.resources.get(&removal.copy) else { continue };
            let declared = self.desired.index(&record.urn);
            // The program's present setting decides, also if it is set for the first time.
            let protected = declared.map_or(record.protect, |index| {
                self.desired.declaration(index).options.protect == Some(true)
            });
            if !protected || record.standing == Standing::Replaced {
                continue;
            }
            let (what, source) = match declared {
                Some(index) => {
                    let replacing =
                        self.decisions[index].changes.iter().find(|change| change.replaces);
                    let because = match (replacing, &self.decisions[index].reason) {
                        (Some(change), _) => format!(" because {} changes", change.path),
                        (None, Some(reason)) => format!(" because {reason}"),
                        (None, None) => String::new(),
                    };
                    (
                        format!("would be replaced{because}"),
                        self.desired.declaration(index).source.clone(),
                    )
                }
                None => ("would be deleted".to_owned(), record.source.clone()),
            };
            let message = format!(
                "{} is protected, but {what}; remove the protection first (options: protect), in a run of its own or in this one",
                record.urn
            );
            errors.push(Diagnostic::error(message).about(record.urn.clone()).declared_at(source));
        }
        errors
    }

    /// Returns an error for each dependency that the targets leave out.
    ///
    /// What is changed must not need a resource that neither exists nor is a target. What is
    /// deleted must not be needed by a resource that is no target.
    pub(crate) fn missing(&self, going: &[Removal]) -> Vec<Diagnostic> {
        let mut errors = Vec::new();
        if self.targets.is_all() {
            return errors;
        }
        for (index, node) in self.desired.nodes.iter().enumerate() {
            if !self.targets.takes(&node.urn) || self.step_for(index).is_none() {
                continue;
            }
            for dependency in &node.dependencies {
                let needed = &self.desired.nodes[*dependency];
                if !self.targets.takes(&needed.urn) && self.state.current(&needed.urn).is_none() {
                    let message = format!(
                        "{} is a target and needs {}, which does not exist yet and is not a target",
                        node.urn, needed.urn
                    );
                    errors.push(
                        Diagnostic::error(message)
                            .about(node.urn.clone())
                            .declared_at(self.desired.declaration(index).source.clone())
                            .cured_by(also_target(&needed.urn)),
                    );
                }
            }
        }
        let leaving: BTreeSet<&Urn> = going
            .iter()
            .map(|removal| &removal.copy.urn)
            .filter(|urn| self.desired.index(urn).is_none())
            .collect();
        for user in self.state.records().filter(|record| !self.targets.takes(&record.urn)) {
            for used in
                user.dependencies.iter().chain(&user.parent).filter(|urn| leaving.contains(urn))
            {
                let message = format!(
                    "{used} is a target and would be deleted, but {} depends on it and is not a target",
                    user.urn
                );
                let error =
                    Diagnostic::error(message).about(used.clone()).declared_at(user.source.clone());
                errors.push(error.cured_by(also_target(&user.urn)));
            }
        }
        errors
    }

    /// Returns the step of a declared resource, if there is something to do for it.
    pub(crate) fn step_for(&self, index: usize) -> Option<Step> {
        let (urn, decision) = (&self.desired.nodes[index].urn, &self.decisions[index]);
        if !self.targets.takes(urn) && !self.above_targets.contains(&index) {
            return None;
        }
        let current = self.state.current(urn);
        let pending =
            self.state.copies(urn).any(|record| record.standing == Standing::ReplacementPending);
        let action = match decision.fate {
            Fate::Create if pending => Action::CreateReplacement,
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
                reason: decision.reason.clone(),
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

/// Returns the remedy for a resource that has to be a target too.
fn also_target(urn: &Urn) -> Remedy {
    Remedy::AddTarget { resource: urn.qualified_name().to_owned() }
}
