//! Begins each kind of step, then carries it out.
//!
//! Beginning finds out what the step is about to do. The caller makes its intent durable in
//! between.
//!
//! Invariants: nothing is called before its intent is durable; if an outcome cannot be found out,
//! the intent stays open for the next run.

use std::sync::Arc;

use kim_model::Urn;
use tokio::time::Instant;

use super::create::Create;
use super::delete::{Delete, half_deleted_copy};
use super::error::StepError;
use super::run::{Run, Statuses};
use super::step::{Ready, StepOutcome, StepRun};
use super::update::Update;
use crate::plan::Step;
use crate::state::{Action, Record, StateChange};

/// A step that can be carried out once its intent is durable.
pub(super) struct ReadyStep<'r> {
    pub(super) one: StepRun<'r>,
    /// What has to be durable first; `None` if nothing will be called.
    pub(super) intent: Option<StateChange>,
    pub(super) work: StepWork<'r>,
}

/// What remains to be done in a step.
pub(super) enum StepWork<'r> {
    /// Nothing: only its outcome has to be recorded.
    Record(StepOutcome),
    Create(Box<Create<'r>>),
    Update(Box<Update<'r>>),
    Delete(Delete<'r>),
    /// Its record is dropped.
    Forget(Arc<Record>),
}

impl ReadyStep<'_> {
    /// Carries the step out; its intent is durable.
    ///
    /// An error says why it failed and what to do next.
    pub(super) async fn carry_out(self) -> Result<StepOutcome, StepError> {
        match self.work {
            StepWork::Record(done) => Ok(done),
            StepWork::Create(create) => self.one.create(*create).await,
            StepWork::Update(update) => self.one.update(*update).await,
            StepWork::Delete(delete) => self.one.delete(delete).await,
            StepWork::Forget(record) => Ok(self.one.forget(&record)),
        }
    }
}

/// Returns true if a step can begin without asking a cloud or the program.
///
/// A plugin's own rules do not count: they only compute.
pub(super) fn is_at_hand(run: &Run, step: &Step) -> bool {
    let Some(index) = run.desired.index(&step.urn) else { return true };
    let decision = &run.decisions[index];
    if decision.gone && half_deleted_copy(run, &step.urn).is_some() {
        return false;
    }
    let removes = matches!(step.action, Action::Delete | Action::DeleteReplaced | Action::Forget);
    // What is deleted first may turn out to stay, by its inputs.
    let has_inputs = !removes || run.judged.contains(&step.copy_id());
    !has_inputs
        || !decision.inputs.has_unknown()
        || run.desired.nodes[index]
            .inputs
            .iter()
            .all(|(_, reach)| reach.lookups.is_empty() && !reach.closures)
}

/// Returns the resources whose records [`begin`] reads.
///
/// They are its own, and those whose replacement replaces it too.
pub(super) fn reads<'r>(run: &'r Run, step: &'r Step) -> impl Iterator<Item = &'r Urn> {
    let nodes = &run.desired.nodes;
    let own = run.desired.index(&step.urn).map(|index| &nodes[index]);
    let followed =
        own.into_iter().flat_map(|node| node.replace_with.iter().chain(&node.deleted_with));
    [&step.urn].into_iter().chain(followed.map(|at| &nodes[*at].urn))
}

/// Finds out what a step is about to do, with what is known by now.
///
/// Of the state it reads only what [`reads`] names: the outcome of the step before it may not be
/// recorded yet.
pub(super) async fn begin<'r>(run: &'r Run, step: &'r Step) -> Result<ReadyStep<'r>, StepError> {
    let statuses = Statuses::default();
    let one = StepRun { run, step, started: Instant::now(), statuses };
    let (intent, work) = match step.action {
        Action::Create | Action::CreateReplacement => {
            into_work(one.begin_create().await?, |create| StepWork::Create(Box::new(create)))
        }
        Action::Update => {
            into_work(one.begin_update().await?, |update| StepWork::Update(Box::new(update)))
        }
        Action::Delete | Action::DeleteReplaced => {
            into_work(one.begin_delete().await?, StepWork::Delete)
        }
        Action::Forget => into_work(one.begin_forget().await?, StepWork::Forget),
        Action::Record => (None, StepWork::Record(one.begin_record().await?)),
    };
    Ok(ReadyStep { one, intent, work })
}

/// Returns what has to be durable first, and what remains to be done then.
fn into_work<'r, W>(
    ready: Ready<W>,
    of: impl FnOnce(W) -> StepWork<'r>,
) -> (Option<StateChange>, StepWork<'r>) {
    match ready {
        Ready::Ended(done) => (None, StepWork::Record(done)),
        Ready::StepWork { intent, work } => (intent, of(work)),
    }
}
