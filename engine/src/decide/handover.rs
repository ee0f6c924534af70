//! Keys that pass from one resource to another in a run, and what stands against that.
//!
//! Pure. Whoever has a key has to give it up before another can take it. So a delete, or an update
//! to another key, comes before the create or update that takes it.

use std::collections::HashMap;
use std::sync::Arc;

use kim_model::{Path, Remedy};

use super::keys::{Claim, Claims, names};
use super::observed::Observed;
use super::order::{Handover, Removal};
use super::steps::StepPlan;
use crate::event::Diagnostic;
use crate::plan::{Fate, Step};
use crate::state::{Action, CopyId, Record, Standing};

/// The keys that pass on in a run.
pub(crate) struct Handovers<'o> {
    /// Those that are given up before they are taken.
    pub(crate) all: Vec<Handover<'o>>,
    /// An error for each that is taken and not given up.
    pub(crate) errors: Vec<Diagnostic>,
}

impl<'o> StepPlan<'o> {
    /// Returns the keys that pass from a copy to another one in this run.
    ///
    /// `main` is the step of each declared resource that has one.
    pub(crate) fn handovers(&self, main: &[Option<Step>], removals: &[Removal]) -> Handovers<'o> {
        let mut handovers = Handovers { all: Vec::new(), errors: Vec::new() };
        let held = self.held_keys();
        if held.is_empty() {
            return handovers;
        }
        let removals: HashMap<&CopyId, &Removal> =
            removals.iter().map(|removal| (&removal.copy, removal)).collect();
        for (to, _) in main.iter().enumerate().filter(|(_, step)| step.is_some()) {
            for claim in self.taken_keys(to) {
                let holders: Vec<&Record> = held.of(&claim).copied().collect();
                if holders.iter().any(|record| self.keeps(record, to)) {
                    continue;
                }
                for record in holders.into_iter().filter(|one| self.has_no_more(one, &claim)) {
                    let from = record.copy_id();
                    match self.why_kept(record, removals.get(&from).copied(), main) {
                        None => handovers.all.push(Handover { from, to, key: claim.key }),
                        Some(why) => {
                            handovers.errors.push(self.not_given_up(to, record, claim.key, why));
                        }
                    }
                }
            }
        }
        handovers
    }

    /// Returns true if a copy is that of a declared resource and stays it.
    fn keeps(&self, record: &Record, index: usize) -> bool {
        record.standing == Standing::Current
            && record.urn == self.desired.nodes[index].urn
            && self.decisions[index].fate == Fate::Update
    }

    /// Returns an error for each replacement that the program orders against a key.
    ///
    /// The new copy cannot exist beside the old one.
    pub(crate) fn against_keys(&self) -> Vec<Diagnostic> {
        let nodes = self.desired.nodes.iter().zip(self.decisions).enumerate();
        let refused = nodes.filter_map(|(index, (node, decision))| {
            let key = decision.keeps.as_ref()?;
            let message = format!(
                "{} would be replaced by creating the new one first (delete_before_replace is false), but the new one keeps {key}, which no two have; change one of them, or do not set delete_before_replace",
                node.urn
            );
            let error = Diagnostic::error(message).about(node.urn.clone());
            (decision.fate == Fate::ReplaceCreateFirst)
                .then(|| error.declared_at(self.desired.declaration(index).source.clone()))
        });
        refused.collect()
    }

    /// Returns the keys of the copies that exist.
    fn held_keys(&self) -> Claims<'o, &'o Record> {
        let mut held = Claims::new();
        for record in self.state.resources.values().map(Arc::as_ref) {
            let kind = self.providers.kind(record.urn.kind());
            let Some(kind) = kind.filter(|kind| !kind.unique.is_empty()) else { continue };
            let seen = self.seen.get(&record.copy_id()).unwrap_or(&Observed::NotRead);
            let exists = record.standing != Standing::ReplacementPending
                && !record.component
                && *seen != Observed::Missing;
            if !exists {
                continue;
            }
            let live = seen.properties().unwrap_or(&record.properties);
            Claim::of_copy(kind, record, live)
                .into_iter()
                .for_each(|claim| held.add(claim, record));
        }
        held
    }

    /// Returns the keys that a declared resource has after its step.
    fn taken_keys(&self, index: usize) -> Vec<Claim<'o>> {
        let decision = &self.decisions[index];
        let is_written = decision.fate.makes_copy() || decision.fate == Fate::Update;
        let kind = self.providers.kind(&self.desired.declaration(index).kind);
        let Some(kind) = kind.filter(|_| is_written) else { return Vec::new() };
        Claim::of_declared(kind, self.desired, self.providers, index, &decision.properties)
    }

    /// Returns true if a copy that has a key is not declared to have it after this run.
    ///
    /// What two declared resources are to have is another error: [`shared`](super::keys::shared).
    fn has_no_more(&self, record: &Record, claim: &Claim<'_>) -> bool {
        let is_current = record.standing == Standing::Current;
        let Some(index) = self.desired.index(&record.urn).filter(|_| is_current) else {
            return true;
        };
        match self.decisions[index].fate {
            _ if !self.targets.takes(&record.urn) => true,
            fate if fate.replaces() => true,
            Fate::Update => !self.taken_keys(index).iter().any(|kept| kept.equals(claim)),
            _ => false,
        }
    }

    /// Returns why a copy keeps its key; `None`: it gives it up.
    fn why_kept(
        &self,
        record: &Record,
        removal: Option<&Removal>,
        main: &[Option<Step>],
    ) -> Option<Kept> {
        match removal {
            Some(removal) => {
                let is_retained =
                    removal.action == Action::Forget && !removal.deleted_with_container;
                is_retained.then_some(Kept::Retained)
            }
            None => {
                let index = self.desired.index(&record.urn);
                let is_written = index.is_some_and(|index| main[index].is_some());
                (!is_written).then_some(Kept::NotTargeted)
            }
        }
    }

    /// Returns the error for a key that is taken while another copy keeps it.
    fn not_given_up(&self, to: usize, record: &Record, key: &[Path], why: Kept) -> Diagnostic {
        let (urn, old, names) = (&self.desired.nodes[to].urn, &record.urn, names(key));
        let whose = match urn == old {
            true => "an old copy of it".to_owned(),
            false => old.to_string(),
        };
        let (end, remedy): (String, Option<Remedy>) = match why {
            Kept::Retained => (
                format!(
                    "{whose} stays in the cloud (retain_on_delete); give the new one another, or let the old one be deleted"
                ),
                None,
            ),
            Kept::NotTargeted => (format!("{whose} {}", self.left_out(old)), Some(self.also(old))),
        };
        let message =
            format!("{urn} would have the same {names} as {whose}, which no two have, but {end}",);
        let places = [Some(to), self.desired.index(old).filter(|other| *other != to)];
        let places = places.into_iter().flatten();
        let sources = places.filter_map(|at| self.desired.declaration(at).source.clone());
        Diagnostic::error(message).about(urn.clone()).declared_at(sources).cured_by(remedy)
    }
}

/// Why a copy keeps its key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// It is dropped from the state, and not deleted.
    Retained,
    /// It is no target of the run.
    NotTargeted,
}
