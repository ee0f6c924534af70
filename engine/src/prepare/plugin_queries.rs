//! Asks plugins about many resources of a plan: their own rules, and prices.
//!
//! Invariants: nothing here changes a decision; answers come in the order of the resources, in
//! whatever order they were received.

use std::future::Future;
use std::sync::Arc;

use kim_model::Value;
use tokio::task::{JoinError, JoinSet};

use super::planner::Planner;
use crate::decide::Decision;
use crate::desired::{Desired, wrong};
use crate::error::{Error, LiveError};
use crate::event::Severity;
use crate::plan::ResourceChange;
use crate::schema::check::Problem;

/// The largest number of questions in flight at once.
///
/// A call computes and does not wait, so a few keep all cores busy.
const AT_A_TIME: usize = 32;

/// Asks about many resources, each identified by its index.
async fn ask<A: Send + 'static>(
    questions: impl Iterator<Item = (usize, impl Future<Output = A> + Send + 'static)>,
) -> Result<Vec<(usize, A)>, JoinError> {
    let (mut asking, mut answers) = (JoinSet::new(), Vec::new());
    for (index, question) in questions {
        if asking.len() >= AT_A_TIME
            && let Some(answer) = asking.join_next().await
        {
            answers.push(answer?);
        }
        asking.spawn(async move { (index, question.await) });
    }
    while let Some(answer) = asking.join_next().await {
        answers.push(answer?);
    }
    answers.sort_by_key(|(index, _)| *index);
    Ok(answers)
}

impl Planner<'_> {
    /// Asks plugins if their own rules hold for these resources, with their inputs.
    ///
    /// A rule that does not hold becomes a diagnostic.
    pub(super) async fn check_rules(
        &mut self,
        about: Vec<(usize, Arc<Value>)>,
        desired: &Desired,
    ) -> Result<(), Error> {
        let questions = about.into_iter().filter_map(|(index, inputs)| {
            let kind = &desired.declaration(index).kind;
            let provider = self
                .providers
                .of_kind(kind)
                .filter(|provider| provider.has_checks(kind))
                .cloned()?;
            let kind = kind.clone();
            Some((index, async move { provider.check(&kind, &inputs).await }))
        });
        let answers =
            ask(questions).await.map_err(|source| LiveError::CutOff { what: "check", source })?;
        for (index, answer) in answers {
            let violations = answer.map_err(|source| LiveError::NotChecked {
                urn: desired.nodes[index].urn.clone(),
                declared_at: desired.declaration(index).source.clone(),
                source,
            })?;
            for violation in violations {
                let severity = if violation.warning { Severity::Warning } else { Severity::Error };
                let problem = Problem { path: violation.path, message: violation.message };
                self.diagnostics.push(wrong(desired, index, severity, problem));
            }
        }
        Ok(())
    }

    /// Asks plugins for prices and sets those that are known.
    ///
    /// Returns how many resources have no known price.
    pub(super) async fn estimate_costs(
        &self,
        decisions: &[Decision],
        desired: &Desired,
        resources: &mut [ResourceChange],
    ) -> usize {
        let questions = decisions.iter().enumerate().filter_map(|(index, decision)| {
            let kind = &desired.declaration(index).kind;
            let provider = self.providers.of_kind(kind).cloned()?;
            self.providers.kind(kind).filter(|kind| kind.priced)?;
            let (kind, inputs) = (kind.clone(), decision.inputs.clone());
            Some((index, async move { provider.price(&kind, &inputs).await }))
        });
        let mut unpriced = 0;
        for (index, answer) in ask(questions).await.unwrap_or_default() {
            match answer {
                Ok(Some(price)) => {
                    resources[index].micros_a_month = Some(price.micros_a_month);
                    resources[index].price_basis = Some(price.basis);
                }
                _ => unpriced += 1,
            }
        }
        unpriced
    }
}
