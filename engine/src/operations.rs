//! The operations on a stack: plan it, review the plan, apply it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kim_model::Value;

use crate::apply;
use crate::decide::diff;
use crate::error::Error;
use crate::event::{Diagnostic, Event, Events, Summary};
use crate::interrupt::Interrupt;
use crate::options::Options;
use crate::plan::{Fate, Operation, Plan, PropertyChange};
use crate::prepare::{self, ApplyContext};
use crate::stack::Stack;
use crate::watch::Watch;

/// A plan, with everything that applying it needs.
///
/// That includes the program's closures and the state that it was planned from.
pub struct Prepared {
    /// The plan.
    pub plan: Arc<Plan>,
    /// Notices and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// Milliseconds from the call of [`Stack::plan`] until the plan was ready.
    pub millis: u64,
    context: ApplyContext,
}

impl Prepared {
    /// Returns the summary of the plan: what would happen.
    pub fn summary(&self) -> Summary {
        self.plan.summary(self.millis)
    }

    /// Returns the plan with all inputs of the resources that it creates or deletes.
    ///
    /// The inputs are among their changes. Such a plan is large, so it is built only on request.
    pub fn in_full(&self) -> Plan {
        let mut plan = Plan::clone(&self.plan);
        for resource in plan.resources.iter_mut().filter(|resource| !resource.component) {
            let declared = self.context.desired.index(&resource.urn);
            let (old, new) = match (resource.fate, declared) {
                (Fate::Create, Some(index)) => (None, Some(&self.context.decisions[index].inputs)),
                // The inputs of an old copy of a declared resource say nothing about the present
                // one.
                (Fate::Delete, None) => {
                    (self.context.base.current(&resource.urn).map(|record| &record.inputs), None)
                }
                _ => continue,
            };
            let parts = |inputs: Option<&Arc<Value>>| {
                inputs.map_or_else(Vec::new, |inputs| diff::parts(inputs))
            };
            let change = |path, old, new| PropertyChange {
                path,
                old,
                new,
                replaces: false,
                drift: false,
                inside: Vec::new(),
            };
            let gone = parts(old).into_iter().map(|(path, value)| change(path, Some(value), None));
            let made = parts(new).into_iter().map(|(path, value)| change(path, None, Some(value)));
            resource.changes = gone.chain(made).collect();
        }
        plan
    }

    /// Returns the desired graph in the DOT language.
    pub fn dot(&self) -> String {
        self.context.desired.to_dot()
    }
}

impl Stack {
    /// Plans what [`Stack::up`] would do. The plan cannot be applied.
    ///
    /// Emits no events. To receive them, call [`Stack::plan`].
    ///
    /// # Errors
    /// As for [`Stack::plan`].
    pub async fn preview(
        &self,
        options: &Options,
        interrupt: Interrupt,
    ) -> Result<Prepared, Error> {
        self.plan(Operation::Preview, options, Arc::new(()), interrupt).await
    }

    /// Makes the cloud match what the program declares.
    ///
    /// Plans, then applies the plan without asking.
    ///
    /// To review the plan first, call [`Stack::plan`] and then [`Stack::apply`].
    ///
    /// # Errors
    /// As for [`Stack::plan`] and [`Stack::apply`].
    pub async fn up(
        &self,
        options: &Options,
        events: Arc<dyn Events>,
        interrupt: Interrupt,
    ) -> Result<Summary, Error> {
        self.carry(Operation::Up, options, Watch::new(&self.gate, events, interrupt)).await
    }

    /// Deletes everything that the stack holds, without asking.
    ///
    /// # Errors
    /// As for [`Stack::plan`] and [`Stack::apply`].
    pub async fn destroy(
        &self,
        options: &Options,
        events: Arc<dyn Events>,
        interrupt: Interrupt,
    ) -> Result<Summary, Error> {
        self.carry(Operation::Destroy, options, Watch::new(&self.gate, events, interrupt)).await
    }

    /// Records what the cloud holds.
    ///
    /// # Errors
    /// As for [`Stack::plan`] and [`Stack::apply`].
    pub async fn refresh(
        &self,
        options: &Options,
        events: Arc<dyn Events>,
        interrupt: Interrupt,
    ) -> Result<Summary, Error> {
        self.carry(Operation::Refresh, options, Watch::new(&self.gate, events, interrupt)).await
    }

    async fn carry(
        &self,
        operation: Operation,
        options: &Options,
        watch: Watch,
    ) -> Result<Summary, Error> {
        let interrupt = watch.interrupt.of_run();
        let watch = Watch { interrupt: interrupt.clone(), ..watch };
        let carried = async {
            let prepared = self.plan_until_interrupted(operation, options, &watch).await?;
            apply::apply(self, prepared.plan, prepared.context, options, watch).await
        };
        interrupted_after(options.deadline, &interrupt, carried).await
    }

    /// Runs the program (except for destroy and refresh), compares, and plans.
    ///
    /// Changes nothing in the cloud and nothing in state. So it ends at the first interrupt, and
    /// dropping the future cancels it. The last event of a preview is its summary.
    ///
    /// # Errors
    /// The program fails, its declarations are wrong, the cloud or the store cannot be read, or it
    /// was interrupted. Nothing was changed.
    pub async fn plan(
        &self,
        operation: Operation,
        options: &Options,
        events: Arc<dyn Events>,
        interrupt: Interrupt,
    ) -> Result<Prepared, Error> {
        let interrupt = interrupt.of_run();
        let watch = Watch::new(&self.gate, events, interrupt.clone());
        let planned = self.plan_until_interrupted(operation, options, &watch);
        interrupted_after(options.deadline, &interrupt, planned).await
    }

    async fn plan_until_interrupted(
        &self,
        operation: Operation,
        options: &Options,
        watch: &Watch,
    ) -> Result<Prepared, Error> {
        let Watch { events, interrupt, .. } = watch;
        let started = Instant::now();
        let prepared = async {
            apply::until_abandoned_runs_ended(self).await;
            prepare::prepare(self, operation, options, watch).await
        };
        let (plan, diagnostics, context) = tokio::select! {
            // First, so that an interrupt that was requested before the call counts.
            biased;
            () = interrupt.reached(1) => return Err(Error::Interrupted),
            prepared = prepared => prepared.map_err(|error| self.without_secrets(error))?,
        };
        for diagnostic in &diagnostics {
            events.emit(Event::Diagnostic(diagnostic.clone()));
        }
        let millis = started.elapsed().as_millis() as u64;
        let prepared = Prepared { plan: Arc::new(plan), diagnostics, millis, context };
        events.emit(Event::Planned { plan: Arc::clone(&prepared.plan) });
        if operation == Operation::Preview {
            events.emit(Event::Summary(prepared.summary()));
        }
        Ok(prepared)
    }

    /// Returns an error without secrets in what kim itself says of declarations.
    ///
    /// What others said in it is clean.
    fn without_secrets(&self, error: Error) -> Error {
        match error {
            Error::Invalid(faults) => Error::Invalid(
                faults.into_iter().map(|fault| self.gate.diagnostic(fault)).collect(),
            ),
            other => other,
        }
    }

    /// Applies a plan under the stack's lock.
    ///
    /// Settles what an earlier run left open, then walks the plan.
    ///
    /// Returns the summary, which is also the last event. A failed step is no error: the summary
    /// lists it.
    ///
    /// To stop, use the [`Interrupt`] and await the end: the outcome of every call in flight is
    /// recorded. If the future is dropped instead, the run ends as by a second interrupt, in a task
    /// of its own: it calls nothing more, releases the lock, and the next run of the stack waits
    /// for that. If the process is killed, a store that outlives it recognises the dead holder. In
    /// both cases the next run settles what was in flight.
    ///
    /// # Errors
    /// Another run holds the lock or has changed the stack since the plan was made, or the store
    /// cannot be used.
    pub async fn apply(
        &self,
        prepared: Prepared,
        options: &Options,
        events: Arc<dyn Events>,
        interrupt: Interrupt,
    ) -> Result<Summary, Error> {
        let interrupt = interrupt.of_run();
        let watch = Watch::new(&self.gate, events, interrupt.clone());
        let applied = apply::apply(self, prepared.plan, prepared.context, options, watch);
        interrupted_after(options.deadline, &interrupt, applied).await
    }
}

/// Carries an operation out, and interrupts it once its deadline has passed.
///
/// Interrupts it again once the grace is over, too.
async fn interrupted_after<T>(
    deadline: Option<Duration>,
    interrupt: &Interrupt,
    operation: impl Future<Output = T>,
) -> T {
    let Some(deadline) = deadline else { return operation.await };
    let interrupts = async {
        for time in [deadline, Interrupt::GRACE] {
            tokio::time::sleep(time).await;
            interrupt.interrupt();
        }
        std::future::pending::<Infallible>().await
    };
    tokio::select! {
        biased;
        result = operation => result,
        never = interrupts => match never {},
    }
}
