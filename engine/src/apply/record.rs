//! Records what changed about a resource without any call, and components.

use std::sync::Arc;

use kim_model::Value;

use super::error::StepError;
use super::step::{StepOutcome, StepRun};
use crate::decide::{diff, record_of};
use crate::state::{Record, StateChange};

impl StepRun<'_> {
    pub(super) async fn begin_record(&self) -> Result<StepOutcome, StepError> {
        let record = match self.run.refreshed.get(&self.step.copy_id()) {
            Some(record) => record.clone(),
            None => self.declared_record().await?,
        };
        Ok(StepOutcome::changed(vec![StateChange::PutRecord(Arc::new(record))]))
    }

    /// Returns the record of a component, or of a resource whose record alone changes.
    async fn declared_record(&self) -> Result<Record, StepError> {
        let run = self.run;
        let index = run.desired.index(self.urn()).ok_or(StepError::NotDeclared)?;
        let mut decision = run.decisions[index].clone();
        if run.desired.declaration(index).component && decision.inputs.has_unknown() {
            decision.inputs = Arc::new(self.component_inputs(index).await?);
            decision.properties = Arc::clone(&decision.inputs);
        }
        run.resolver.lock().await.set_resource(index, decision.outputs());
        let state = run.state();
        Ok(record_of(&run.desired, index, &decision, state.current(self.urn()), &state))
    }

    /// Returns the inputs of a component.
    ///
    /// Only what draws on a resource that the targets leave out is still unknown.
    async fn component_inputs(&self, index: usize) -> Result<Value, StepError> {
        let run = self.run;
        run.make_lookups(run.desired.nodes[index].lookups()).await?;
        let declaration = run.desired.declaration(index);
        let mut inputs = run.resolver.lock().await.resolve(&declaration.inputs).await?;
        diff::mark_secrets(&mut inputs, &declaration.options.secret_outputs);
        Ok(inputs)
    }
}
