//! Replacements that turn out to be needless: the old copy stays.
//!
//! Such a replacement was planned because something was not known yet, or because of the
//! replacement of another resource that stays now.
//!
//! Invariants: an old copy stays only if it is complete and differs in nothing, neither from the
//! program nor by drift. What is deleted first is judged before its delete.

use std::collections::BTreeSet;
use std::sync::Arc;

use petgraph::Direction;
use petgraph::stable_graph::NodeIndex;

use super::error::StepError;
use super::step::{Declared, StepRun};
use crate::decide::{Decision, diff, ignored};
use crate::desired::Desired;
use crate::plan::{Fate, Plan, Step};
use crate::state::{CopyId, Record};

/// Returns the copies whose delete comes after all that decides if it is needless.
///
/// That is all that the create of the new copy waits for.
pub(super) fn judged(plan: &Plan, desired: &Desired, decisions: &[Decision]) -> BTreeSet<CopyId> {
    let uncertain = |step: &Step| {
        let index = desired.index(&step.urn).filter(|_| !step.makes());
        index.is_some_and(|index| {
            decisions[index].fate == Fate::ReplaceDeleteFirst && decisions[index].may_be_needless()
        })
    };
    let judged = |delete: &NodeIndex| {
        let urn = &plan.steps[*delete].urn;
        let before = |node| plan.steps.neighbors_directed(node, Direction::Incoming);
        let waited: BTreeSet<NodeIndex> = before(*delete).collect();
        let mut after = plan.steps.neighbors_directed(*delete, Direction::Outgoing);
        let create = after.find(|node| plan.steps[*node].urn == *urn && plan.steps[*node].makes());
        create.is_some_and(|create| {
            before(create).all(|one| plan.steps[one].urn == *urn || waited.contains(&one))
        })
    };
    let deletes = plan.steps.node_indices().filter(|node| uncertain(&plan.steps[*node]));
    deletes.filter(judged).map(|node| plan.steps[node].copy_id()).collect()
}

impl StepRun<'_> {
    /// Returns true if what is to be deleted first turns out to stay.
    ///
    /// What cannot be found out before the delete is not needless.
    ///
    /// # Errors
    /// The inputs of the new copy are wrong: it cannot be created, so the old one is not deleted.
    pub(super) async fn is_needless(&self) -> Result<bool, StepError> {
        if !self.run.judged.contains(&self.step.copy_id()) {
            return Ok(false);
        }
        let mut declared = self.declared().await?;
        let stays = self.needless_replacement(&mut declared).is_some();
        if stays {
            self.run.needless().insert(declared.index);
        }
        Ok(stays)
    }

    /// Returns the record that stays if a replacement turned out to be needless.
    ///
    /// The inputs that are ignored are then those of the record.
    pub(super) fn needless_replacement(&self, declared: &mut Declared<'_>) -> Option<Record> {
        let index = declared.index;
        let planned = &self.run.decisions[index];
        let is_kept = |at: &usize| self.run.needless().contains(at);
        let is_certain = !planned.may_be_needless() || !planned.replaced_with.iter().all(is_kept);
        let record = self.run.state().current(self.urn()).cloned()?;
        if is_certain || record.incomplete.is_some() {
            return None;
        }
        let mut inputs = Arc::clone(&declared.decision.inputs);
        let ignored = &self.run.desired.declaration(index).options.ignore_changes;
        if !ignored.is_empty() {
            let inputs = Arc::make_mut(&mut inputs);
            ignored::put_back(inputs, &record.inputs, ignored);
            let hidden = &self.run.desired.declaration(index).options.secret_outputs;
            diff::mark_secrets(inputs, hidden);
        }
        let held = planned.held.as_deref();
        let differs = diff::diff_beside(declared.kind, &inputs, &record, held, ignored).next();
        if differs.is_some() {
            return None;
        }
        declared.decision.inputs = inputs;
        Some(record)
    }
}
