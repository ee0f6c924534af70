//! Deciding resource after resource, dependencies first: each is decided with what those before it will be.
//!
//! It drives the pure decisions and asks for what they need (closures, lookups, a plugin's own rules).

use std::collections::BTreeMap;
use std::sync::Arc;

use kim_model::{Urn, Value};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::planner::Planner;
use crate::cloud::lookup::{self, LookupError, NotMade, look_up};
use crate::decide::{self, Decision, DecisionInput, Observed, Targets, diff};
use crate::desired::{Desired, wrong};
use crate::error::{Error, LiveError};
use crate::event::{Diagnostic, Severity};
use crate::plan::Fate;
use crate::ports::ProgramError;
use crate::resolve::Resolver;
use crate::schema::check;
use crate::state::{Record, StackId, Standing, State};

/// Decides resource after resource, dependencies first.
pub(super) struct Decider<'d, 'p> {
    pub(super) planner: &'d mut Planner<'p>,
    pub(super) desired: &'d Desired,
    pub(super) state: &'d State,
    pub(super) seen: &'d BTreeMap<(Urn, u64), Observed>,
    pub(super) resolver: Mutex<Resolver>,
    /// Resources whose inputs are new and fit the schema: their plugins' own rules are still to be asked for.
    pub(super) unchecked: Vec<usize>,
}

impl Decider<'_, '_> {
    pub(super) async fn decide_all(&mut self) -> Result<Vec<Decision>, Error> {
        self.stack_references().await?;
        self.constant_lookups().await?;
        let mut decisions: Vec<Option<Decision>> = vec![None; self.desired.nodes.len()];
        for &index in &self.desired.order {
            self.lookups_of(index).await?;
            let decision = self.decide_one(index, &decisions).await?;
            self.resolver.get_mut().set_resource(index, decision.outputs());
            decisions[index] = Some(decision);
        }
        // The order names every node.
        Ok(decisions.into_iter().flatten().collect())
    }

    pub(super) async fn exports(&mut self) -> Result<BTreeMap<String, Value>, Error> {
        let mut exports = BTreeMap::new();
        for (name, value) in &self.desired.declarations.exports {
            let value = self.resolver.get_mut().resolve(value).await;
            let needed_by = || Some(format!("the output '{name}'"));
            let value = value.map_err(|source| Error::Program { source, needed_by: needed_by() })?;
            exports.insert(name.clone(), value);
        }
        Ok(exports)
    }

    async fn stack_references(&mut self) -> Result<(), Error> {
        for expression in &self.desired.declarations.expressions {
            if let kim_model::Expr::StackReference(stack) = expression {
                let (project, name) = stack.split_once('/').unwrap_or((&self.planner.stack.id.project, stack));
                let id = StackId { project: project.to_owned(), name: name.to_owned() };
                let exports = self.planner.stack.store.load(&id).await?.exports;
                self.resolver.get_mut().set_reference(stack.clone(), Value::Map(exports));
            }
        }
        Ok(())
    }

    /// Lookups whose arguments are known from the start are made at the same time.
    async fn constant_lookups(&mut self) -> Result<(), Error> {
        if self.planner.options.offline {
            return Ok(());
        }
        let mut calls = JoinSet::new();
        for (index, lookup) in self.desired.declarations.lookups.iter().enumerate() {
            if lookup.arguments.outputs().is_empty() {
                let arguments = lookup.arguments.clone();
                let (providers, name) = (self.planner.providers.clone(), lookup.name.clone());
                calls.spawn(async move { (index, look_up(&providers, &name, &arguments).await) });
            }
        }
        while let Some(done) = calls.join_next().await {
            let (index, answer) = done.map_err(|source| LiveError::CutOff { what: "lookup", source })?;
            let answer = answer.map_err(|why| self.lookup_failed(index, &why))?;
            self.resolver.get_mut().set_lookup(index, answer);
        }
        Ok(())
    }

    /// Makes the lookups that an input draws on, as soon as their arguments are known.
    async fn lookups_of(&mut self, index: usize) -> Result<(), Error> {
        if self.planner.options.offline {
            return Ok(());
        }
        let due =
            self.desired.nodes[index].inputs.iter().flat_map(|(_, reach)| reach.lookups.iter().copied()).collect();
        let declarations = &self.desired.declarations;
        let made = lookup::make(due, declarations, &self.planner.providers, &self.resolver).await;
        made.map_err(|why| match why {
            NotMade::Program(error) => self.closure_failed(index, error),
            NotMade::Lookup(index, why) => self.lookup_failed(index, &why),
        })
    }

    /// Returns the error for a failed closure whose result a resource needs.
    fn closure_failed(&self, index: usize, source: ProgramError) -> Error {
        let declaration = self.desired.declaration(index);
        let place = declaration.source.as_ref().map_or(String::new(), |source| format!("\n  at {source}"));
        Error::Program { source, needed_by: Some(format!("{} '{}'{place}", declaration.kind, declaration.name)) }
    }

    fn lookup_failed(&self, index: usize, why: &LookupError) -> Error {
        let lookup = &self.desired.declarations.lookups[index];
        let error = Diagnostic::error(format!("lookup {}: {why}", lookup.name));
        Error::Invalid(vec![error.declared_at(lookup.source.clone()).cured_by(why.remedy())])
    }

    async fn decide_one(&mut self, index: usize, decided: &[Option<Decision>]) -> Result<Decision, Error> {
        let (node, declaration) = (&self.desired.nodes[index], self.desired.declaration(index));
        let current = self.state.current(&node.urn);
        let inputs = self.resolver.get_mut().resolve(&declaration.inputs).await;
        let inputs = inputs.map_err(|error| self.closure_failed(index, error))?;
        if declaration.component {
            let fate = if current.is_some() { Fate::Same } else { Fate::Create };
            let inputs = Arc::new(inputs);
            return Ok(plain(fate, Arc::clone(&inputs), inputs));
        }
        if !self.planner.targets.takes(&node.urn) {
            return Ok(match current {
                Some(current) => plain(Fate::Same, current.inputs.clone(), current.properties.clone()),
                None => plain(Fate::Same, Arc::new(inputs), Arc::new(Value::Unknown)),
            });
        }
        let Some(kind) = self.planner.providers.kind(&declaration.kind).cloned() else {
            // The graph was built with the same providers.
            return Err(LiveError::from(self.planner.providers.unknown_kind(&declaration.kind)).into());
        };
        let given = current.filter(|_| !declaration.options.ignore_changes.is_empty()).map(|_| inputs.clone());
        let (inputs, problems) = self.checked_inputs(index, inputs, current, decided, &kind);
        let record = current
            .or_else(|| self.state.copies(&node.urn).find(|record| record.standing == Standing::ReplacementPending));
        let unseen = Observed::NotRead;
        let seen = record.and_then(|record| self.seen.get(&(node.urn.clone(), record.generation))).unwrap_or(&unseen);
        let decision = decide::decide(DecisionInput {
            kind: &kind,
            inputs,
            record,
            seen,
            ignore_changes: &declaration.options.ignore_changes,
            replace_on_changes: &declaration.options.replace_on_changes,
            delete_before_replace: declaration.options.delete_before_replace,
            forced: self.forced(index, decided),
            upstream_goes_first: self.upstream_goes_first(index, record, decided),
        });
        // What is ignored stays as it is on a copy that stays; a new copy gets what the program says.
        let (decision, problems) = match given.filter(|_| decision.fate.makes_copy()) {
            Some(given) => {
                let (inputs, problems) = check::check(&declaration.kind, &kind.properties, &given);
                (decision.with_inputs(&kind, inputs), problems)
            }
            None => (decision, problems),
        };
        let same_as_before = current.is_some_and(|current| current.inputs == decision.inputs);
        if problems.is_empty() && !same_as_before {
            self.unchecked.push(index);
        }
        for problem in problems {
            self.planner.diagnostics.push(wrong(self.desired, index, Severity::Error, problem));
        }
        Ok(decision)
    }

    /// Returns why a resource has to be replaced although nothing differs, if it has to.
    fn forced(&self, index: usize, decided: &[Option<Decision>]) -> Option<String> {
        let node = &self.desired.nodes[index];
        let container = node.deleted_with.and_then(|at| fate_of(decided, at));
        if matches!(container, Some(Fate::ReplaceCreateFirst | Fate::ReplaceDeleteFirst)) {
            return Some("what it is deleted with is replaced".to_owned());
        }
        let replace = &self.planner.options.replace;
        let asked = !replace.is_empty() && Targets::new(replace).takes(&node.urn);
        asked.then(|| "its replacement was requested".to_owned())
    }

    /// Returns whether something that a resource depends on, or depended on, is deleted before it is created anew.
    fn upstream_goes_first(&self, index: usize, record: Option<&Record>, decided: &[Option<Decision>]) -> bool {
        let recorded = record.into_iter().flat_map(|record| record.dependencies.iter());
        let mut upstream = recorded
            .filter_map(|urn| self.desired.index(urn))
            .chain(self.desired.nodes[index].dependencies.iter().copied());
        upstream.any(|at| fate_of(decided, at) == Some(Fate::ReplaceDeleteFirst))
    }

    /// Puts ignored inputs back, fills defaults in, and checks against the schema. Returns the inputs and what is wrong.
    fn checked_inputs(
        &mut self,
        index: usize,
        mut inputs: Value,
        current: Option<&Record>,
        decided: &[Option<Decision>],
        kind: &kim_model::schema::Kind,
    ) -> (Value, Vec<check::Problem>) {
        let (node, declaration) = (&self.desired.nodes[index], self.desired.declaration(index));
        if let Some(current) = current {
            for path in diff::put_back(&mut inputs, &current.inputs, &declaration.options.ignore_changes) {
                // A property that may be left out is left out; what the schema does not know is likely a typing mistake.
                let is_property =
                    path.steps().len() == 1 && path.first_key().is_some_and(|name| kind.properties.contains_key(name));
                if is_property {
                    continue;
                }
                let message =
                    format!("{}: ignore_changes names {path}, which is neither in the program nor in state", node.urn);
                self.planner.notice(message);
            }
            if self.planner.options.offline {
                self.trust_lookups(index, &mut inputs, current, decided);
            }
        }
        check::check(&declaration.kind, &kind.properties, &inputs)
    }

    /// Takes inputs that are unknown only because of a lookup to be as recorded: offline, no lookup is made.
    fn trust_lookups(&self, index: usize, inputs: &mut Value, current: &Record, decided: &[Option<Decision>]) {
        let Value::Map(map) = inputs else { return };
        for (name, reach) in &self.desired.nodes[index].inputs {
            let upstream_same = reach
                .resources
                .iter()
                .all(|at| decided[*at].as_ref().is_some_and(|decision| decision.fate == Fate::Same));
            let trusted = upstream_same && !reach.lookups.is_empty();
            if let Some(value) = map.get_mut(name).filter(|value| trusted && value.has_unknown()) {
                *value = current.inputs.get(name).cloned().unwrap_or_default();
            }
        }
    }
}

/// Returns what happens to a resource, once that is decided.
fn fate_of(decided: &[Option<Decision>], at: usize) -> Option<Fate> {
    decided[at].as_ref().map(|decision| decision.fate)
}

fn plain(fate: Fate, inputs: Arc<Value>, properties: Arc<Value>) -> Decision {
    Decision { fate, inputs, properties, changes: Vec::new(), reason: None, gone: false }
}
