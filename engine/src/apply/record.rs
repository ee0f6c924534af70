//! Records what changed about a resource without any call, and components.

use std::sync::Arc;

use super::error::StepError;
use super::step::{StepOutcome, StepRun};
use crate::decide::{ResourceOutputs, record_of};
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
            let mut resolver = run.resolver.lock().await;
            let inputs = resolver.resolve(&run.desired.declaration(index).inputs).await?;
            decision.inputs = Arc::new(inputs);
            resolver.set_resource(
                index,
                ResourceOutputs {
                    inputs: Arc::clone(&decision.inputs),
                    properties: Arc::clone(&decision.inputs),
                },
            );
        }
        let state = run.state();
        Ok(record_of(&run.desired, index, &decision, state.current(self.urn()), &state))
    }
}
