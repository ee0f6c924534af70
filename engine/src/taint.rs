//! Taints: marks recorded resources, so that the next up replaces them.
//!
//! Changes the state alone, under the stack's lock, as a run of the history.

use std::sync::Arc;

use kim_model::Urn;

use crate::apply;
use crate::decide::{Known, Targets};
use crate::error::{Error, Selects};
use crate::interrupt::Interrupt;
use crate::ports::{RunEnd, RunId, RunStart};
use crate::stack::Stack;
use crate::state::{Record, Standing, State, StateChange};

impl Stack {
    /// Marks resources as tainted: the next up replaces them, whatever they differ in.
    ///
    /// Each is named by its URN or qualified name (`main/node-1`); `*` and `?` are wildcards.
    /// Returns the URNs that were not marked before. Calls no cloud. If the future is dropped, the
    /// run ends in a task of its own, and the next run of the stack waits for that.
    ///
    /// # Errors
    /// A name matches no recorded resource, another run holds the lock, or the store fails. Nothing
    /// was changed.
    pub async fn taint(&self, resources: &[String]) -> Result<Vec<Urn>, Error> {
        self.mark(resources, true).await
    }

    /// Removes the marks that [`Stack::taint`] makes.
    ///
    /// Returns the URNs that were marked.
    ///
    /// # Errors
    /// As for [`Stack::taint`].
    pub async fn untaint(&self, resources: &[String]) -> Result<Vec<Urn>, Error> {
        self.mark(resources, false).await
    }

    async fn mark(&self, resources: &[String], tainted: bool) -> Result<Vec<Urn>, Error> {
        // Without the lock first: what is asked wrongly is no run.
        marked(&self.store.load(&self.id).await?, self, resources, tainted)?;
        let operation = if tainted { "taint" } else { "untaint" };
        let start = RunStart {
            operation: operation.to_owned(),
            who: self.who.clone(),
            program: String::new(),
            plugins: Vec::new(),
        };
        apply::until_abandoned_runs_ended(self).await;
        let interrupt = Interrupt::default();
        let (stack, resources, stop) = (self.clone(), resources.to_vec(), interrupt.clone());
        let run = async move {
            let of_run = stack.clone();
            let work = move |run| async move {
                let outcome = record_marks(&of_run, run, &resources, tainted).await;
                let end = match &outcome {
                    Ok(_) => RunEnd { succeeded: true, ..RunEnd::default() },
                    Err(error) => RunEnd { message: error.to_string(), ..RunEnd::default() },
                };
                (outcome, end)
            };
            let (outcome, finished) = apply::under_lock(&stack, start, &stop, work).await?;
            finished?;
            outcome
        };
        apply::supervise(self, interrupt, run).await
    }
}

/// Records the marks, and returns the URNs whose mark changed.
async fn record_marks(
    stack: &Stack,
    run: RunId,
    resources: &[String],
    tainted: bool,
) -> Result<Vec<Urn>, Error> {
    let records = marked(&stack.store.load(&stack.id).await?, stack, resources, tainted)?;
    let urns = records.iter().map(|record| record.urn.clone()).collect();
    let changes: Vec<StateChange> =
        records.into_iter().map(|record| StateChange::PutRecord(Arc::new(record))).collect();
    if !changes.is_empty() {
        stack.store.commit(run, changes).await?;
    }
    Ok(urns)
}

/// Returns the records of the named resources whose mark changes, with the new one.
fn marked(
    state: &State,
    stack: &Stack,
    resources: &[String],
    tainted: bool,
) -> Result<Vec<Record>, Error> {
    let current = || state.records().filter(|record| record.standing == Standing::Current);
    let unmatched = Known::of(&stack.id, current()).unmatched(Selects::Mark, resources);
    if !unmatched.is_empty() {
        return Err(Error::Unmatched(unmatched));
    }
    let named = Targets::new(resources, &[]);
    let named = current().filter(|record| !record.component && named.takes(&record.urn));
    let changed = named.filter(|record| record.tainted != tainted);
    Ok(changed.map(|record| Record { tainted, ..record.clone() }).collect())
}
