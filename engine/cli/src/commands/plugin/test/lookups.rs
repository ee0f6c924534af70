//! The checks of lookups: their answers, with and without faults.
//!
//! They run while one resource of every kind exists.

use kim_engine::ports::Provider;
use kim_model::{Failure, Value, schema};

use super::faults::faults_of;
use super::network::Call;
use super::report::Report;
use super::sample::{Stage, table_values, value_text};
use super::subject::Subject;
use crate::error::Result;
use crate::hints::explained;

/// A lookup that found something.
struct AnsweredLookup<'m> {
    lookup: &'m schema::Lookup,
    arguments: Value,
    answer: Value,
}

impl Subject {
    /// Calls the lookups, with a network that works and with one that fails.
    pub(super) async fn lookups(&self, report: &mut Report) -> Result<()> {
        if self.schema.lookups.is_empty() {
            return Ok(());
        }
        report.about("lookups", "");
        let kinds: Vec<String> = self.samples.kinds.keys().cloned().collect();
        let trial = self.trial(&kinds).await?;
        let there = trial.up(Stage::Created).await.map(|_| ());
        let mut answered = Vec::new();
        for lookup in &self.schema.lookups {
            answered.extend(self.look_up(lookup, &there, report).await);
        }
        if answered.iter().any(|one| self.plugin.network.most(&one.lookup.name, Call::LookUp) > 0) {
            report.about("lookups", "when a request fails");
        }
        for one in &answered {
            self.look_up_with_faults(one, report).await;
        }
        let _ = trial.destroy().await;
        Ok(())
    }

    async fn look_up<'m>(
        &self,
        lookup: &'m schema::Lookup,
        there: &Result<(), String>,
        report: &mut Report,
    ) -> Option<AnsweredLookup<'m>> {
        let name = format!("{} finds something", lookup.name);
        let Some(arguments) = self.samples.lookups.get(&lookup.name) else {
            report.skip(&name, "the samples do not say what to ask for");
            return None;
        };
        if let Err(why) = there {
            report.skip(&name, &format!("there is nothing to find: {why}"));
            return None;
        }
        let arguments = Value::Map(table_values(arguments));
        let found = self
            .plugin
            .look_up(&lookup.name, &arguments)
            .await
            .map_err(|failure| explained(&failure));
        report.check(
            &name,
            found.as_ref().map_err(Clone::clone).and_then(|found| check_required(lookup, found)),
        );
        found.ok().map(|answer| AnsweredLookup { lookup, arguments, answer })
    }

    /// Fails every request of a lookup once, in every way.
    async fn look_up_with_faults(
        &self,
        AnsweredLookup { lookup, arguments, answer }: &AnsweredLookup<'_>,
        report: &mut Report,
    ) {
        let network = &self.plugin.network;
        for (name, fault) in faults_of(network, Call::LookUp, &lookup.name) {
            network.arm(vec![fault]);
            let found = self.plugin.look_up(&lookup.name, arguments).await;
            if network.disarm() {
                report.check(&name, check_answer(answer, found));
            }
        }
    }
}

/// Fails if an answer lacks a required property.
fn check_required(lookup: &schema::Lookup, found: &Value) -> Result<(), String> {
    let required = lookup.results.properties.iter().filter(|(_, property)| property.required);
    let mut missing =
        required.filter(|(name, _)| found.get(name).is_none_or(|value| *value == Value::Null));
    missing.next().map_or(Ok(()), |(name, _)| Err(format!("its answer has no {name}")))
}

/// Fails if a lookup returns too little although its request failed.
fn check_answer(answer: &Value, found: Result<Value, Failure>) -> Result<(), String> {
    let answered = match found {
        // The plugin may have retried by itself.
        Ok(found) if found == *answer => return Ok(()),
        Ok(found) => value_text(Some(&found)),
        Err(Failure::NotFound(why)) => format!("'not found: {why}'"),
        Err(_) => return Ok(()),
    };
    Err(format!(
        "it answers {answered}, but {} when the network works; a lookup whose request failed must return a failure, or \
         the program continues with a wrong answer",
        value_text(Some(answer))
    ))
}
