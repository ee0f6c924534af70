//! Decides resource after resource, dependencies first.
//!
//! Each is decided with what those before it will be. It drives the pure decisions and asks for
//! what they need (closures, lookups, a plugin's own rules).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kim_model::schema::Kind;
use kim_model::{Urn, Value};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::planner::Planner;
use crate::cloud::lookup::{self, LookupError, NotMade, look_up};
use crate::decide::grows;
use crate::decide::holds::Holds;
use crate::decide::{self, CheckedInputs, Decision, DecisionInput, Forced, GivenInputs, Observed};
use crate::desired::{Desired, explain_absent, wrong};
use crate::error::{Error, LiveError};
use crate::event::{Diagnostic, Severity};
use crate::plan::Fate;
use crate::ports::ProgramError;
use crate::resolve::Resolver;
use crate::schema::check::Problem;
use crate::state::{CopyId, Record, Standing, State};

/// Decides resource after resource, dependencies first.
pub(super) struct Decider<'d, 'p> {
    pub(super) planner: &'d mut Planner<'p>,
    pub(super) desired: &'d Desired,
    pub(super) state: &'d State,
    pub(super) seen: &'d BTreeMap<CopyId, Observed>,
    /// The lookups that the run may make, by index.
    pub(super) lookups: &'d BTreeSet<usize>,
    /// What holds what, as recorded and as seen.
    pub(super) holds: &'d Holds<'d>,
    pub(super) resolver: Mutex<Resolver>,
    /// See [`StepPlan::above_targets`](decide::steps::StepPlan::above_targets).
    pub(super) above_targets: &'d BTreeSet<usize>,
    /// Resources whose inputs are new and fit the schema.
    ///
    /// Their plugins' own rules are still to be checked.
    pub(super) unchecked: Vec<usize>,
}

impl<'d> Decider<'d, '_> {
    pub(super) async fn decide_all(&mut self) -> Result<Vec<Decision>, Error> {
        self.constant_lookups().await?;
        let mut decisions: Vec<Option<Decision>> = vec![None; self.desired.nodes.len()];
        for &index in &self.desired.order {
            // So that an interrupt is seen while no cloud is waited for.
            tokio::task::consume_budget().await;
            self.lookups_of(index).await?;
            let decision = self.decide_one(index, &decisions).await?;
            self.resolver.get_mut().set_resource(index, decision.outputs());
            decisions[index] = Some(decision);
        }
        // The order names every node.
        let decisions: Vec<Decision> = decisions.into_iter().flatten().collect();
        self.expect_containers(&decisions);
        Ok(decisions)
    }

    /// Reports what would stay although its recorded container is deleted.
    ///
    /// That container is declared after it, so that it was decided later.
    fn expect_containers(&mut self, decisions: &[Decision]) {
        if !decisions.iter().any(|decision| decision.fate.replaces()) {
            return;
        }
        for (index, node) in self.desired.nodes.iter().enumerate() {
            let stays = matches!(decisions[index].fate, Fate::Same | Fate::Update);
            let record = self.state.current(&node.urn).filter(|_| stays);
            let left = record.and_then(|record| self.left(index, record));
            let Some(left) = left.filter(|at| decisions[*at].fate.replaces()) else { continue };
            let container = &self.desired.nodes[left].urn;
            let message = format!(
                "{} would stay, but {container} is replaced, and what was recorded as deleted with it is deleted; replace both, or take it out of {container} in a run of its own",
                node.urn
            );
            let sources = [index, left].map(|at| self.desired.declaration(at).source.clone());
            let error = Diagnostic::error(message).about(node.urn.clone());
            self.planner.diagnostics.push(error.declared_at(sources.into_iter().flatten()));
        }
    }

    /// Returns the recorded container of a resource that the program takes out of it.
    ///
    /// `None` if the container is retained: then the resource stays in it.
    fn left(&self, index: usize, record: &Record) -> Option<usize> {
        let container = self.desired.index(record.deleted_with.as_ref()?)?;
        let is_left = self.desired.nodes[index].deleted_with != Some(container);
        let options = &self.desired.declaration(container).options;
        (is_left && options.retain_on_delete != Some(true)).then_some(container)
    }

    pub(super) async fn exports(&mut self) -> Result<BTreeMap<String, Value>, Error> {
        let mut exports = BTreeMap::new();
        for (name, value) in &self.desired.declarations.exports {
            let resolved = self.resolver.get_mut().resolve(value).await;
            let needed_by = || Some(format!("the output '{name}'"));
            let value = resolved.map_err(|source| Error::Program {
                source: Box::new(source),
                needed_by: needed_by(),
            })?;
            exports.insert(name.clone(), value);
        }
        Ok(exports)
    }

    /// Makes the lookups whose arguments are known from the start, at the same time.
    async fn constant_lookups(&mut self) -> Result<(), Error> {
        if self.planner.options.offline {
            return Ok(());
        }
        let mut calls = JoinSet::new();
        for (index, lookup) in self.desired.declarations.lookups.iter().enumerate() {
            if self.lookups.contains(&index) && lookup.arguments.outputs().is_empty() {
                let arguments = lookup.arguments.clone();
                let (providers, name) = (self.planner.providers.clone(), lookup.name.clone());
                let interrupt = self.planner.interrupt.clone();
                calls.spawn(async move {
                    let answer = look_up(&providers, &name, &arguments, &interrupt).await;
                    (index, arguments, answer)
                });
            }
        }
        while let Some(done) = calls.join_next().await {
            let (index, arguments, answer) =
                done.map_err(|source| LiveError::CutOff { what: "lookup", source })?;
            let answer = answer.map_err(|why| self.lookup_failed(index, &why))?;
            let kept = self.resolver.get_mut().set_lookup(index, arguments, answer);
            kept.map_err(|source| self.too_large(index, source))?;
        }
        Ok(())
    }

    /// Makes the lookups that inputs refer to, once their arguments are known.
    async fn lookups_of(&mut self, index: usize) -> Result<(), Error> {
        if self.planner.options.offline {
            return Ok(());
        }
        let due = &self.desired.nodes[index].lookups() & self.lookups;
        let (declarations, providers) = (&self.desired.declarations, &self.planner.providers);
        let interrupt = self.planner.interrupt;
        let made = lookup::make(due, declarations, providers, &self.resolver, interrupt).await;
        made.map_err(|why| match why {
            NotMade::Interrupted => Error::Interrupted,
            NotMade::Program(error) => closure_failed(self.desired, index, error),
            NotMade::Lookup(index, why) => self.lookup_failed(index, &why),
        })
    }

    /// Returns the error for a lookup that answered more than there is room for.
    fn too_large(&self, index: usize, source: ProgramError) -> Error {
        let lookup = &self.desired.declarations.lookups[index];
        let at = lookup.source.as_ref().map_or(String::new(), |source| format!("\n  at {source}"));
        Error::Program {
            source: Box::new(source),
            needed_by: Some(format!("the lookup {}{at}", lookup.name)),
        }
    }

    fn lookup_failed(&self, index: usize, why: &LookupError) -> Error {
        let lookup = &self.desired.declarations.lookups[index];
        let error = Diagnostic::error(format!("lookup {}: {why}", lookup.name));
        Error::Invalid(vec![error.declared_at(lookup.source.clone()).cured_by(why.remedy())])
    }

    async fn decide_one(
        &mut self,
        index: usize,
        decided: &[Option<Decision>],
    ) -> Result<Decision, Error> {
        let (desired, state) = (self.desired, self.state);
        let (urn, declaration) = (&desired.nodes[index].urn, desired.declaration(index));
        let current = state.current(urn);
        let resolved = self.resolver.get_mut().resolve(&declaration.inputs).await;
        let mut inputs = resolved.map_err(|error| closure_failed(self.desired, index, error))?;
        decide::diff::mark_secrets(&mut inputs, &declaration.options.secret_outputs);
        if declaration.component && self.takes_component(index) {
            let fate = if current.is_some() { Fate::Same } else { Fate::Create };
            let inputs = Arc::new(inputs);
            return Ok(Decision::plain(fate, Arc::clone(&inputs), inputs));
        }
        if !self.planner.targets.takes(urn) {
            return Ok(match current {
                Some(current) => {
                    let hidden = &declaration.options.secret_outputs;
                    let of = |value| decide::diff::hidden(value, hidden);
                    Decision::plain(Fate::Same, of(&current.inputs), of(&current.properties))
                }
                None => Decision::plain(Fate::Same, Arc::new(inputs), Arc::new(Value::Unknown)),
            });
        }
        let Some(kind) = self.planner.providers.kind(&declaration.kind).cloned() else {
            // The graph was built with the same providers.
            return Err(
                LiveError::from(self.planner.providers.unknown_kind(&declaration.kind)).into()
            );
        };
        let (decision, mut problems) = self.decide_checked(index, &kind, inputs, current, decided);
        explain_absent(&desired.declarations, &declaration.inputs, &decision.inputs, &mut problems);
        let same_as_before = current.is_some_and(|current| current.inputs == decision.inputs);
        if problems.is_empty() && !same_as_before {
            self.unchecked.push(index);
        }
        for problem in problems {
            self.planner.diagnostics.push(wrong(desired, index, Severity::Error, problem));
        }
        Ok(decision)
    }

    /// Returns true if a component is a target or contains one.
    fn takes_component(&self, index: usize) -> bool {
        self.planner.targets.takes(&self.desired.nodes[index].urn)
            || self.above_targets.contains(&index)
    }

    /// Checks the inputs of a resource and decides what happens to it.
    ///
    /// Returns the decision, and what is wrong with the inputs that it is decided with.
    fn decide_checked(
        &mut self,
        index: usize,
        kind: &Kind,
        inputs: Value,
        current: Option<&Record>,
        decided: &[Option<Decision>],
    ) -> (Decision, Vec<Problem>) {
        let options = &self.desired.declaration(index).options;
        let recorded = current.map(|current| current.inputs.as_ref());
        let trusted = self.trusted(index, decided);
        let (ignore_changes, secret_outputs) = (&options.ignore_changes, &options.secret_outputs);
        // An ignored input stays as it is on a copy that stays; a new copy gets what the program
        // says.
        let of_new_copy = current.filter(|_| !ignore_changes.is_empty()).map(|_| GivenInputs {
            kind,
            inputs: inputs.clone(),
            recorded: None,
            secret_outputs,
            ignore_changes,
            trusted: Vec::new(),
        });
        let CheckedInputs { inputs, mut problems } =
            GivenInputs { kind, inputs, recorded, secret_outputs, ignore_changes, trusted }.check();
        let record = current.or_else(|| self.awaiting_replacement(index));
        let decision = decide::decide(DecisionInput {
            kind,
            inputs,
            record,
            seen: self.observed(record),
            ignore_changes,
            replace_on_changes: &options.replace_on_changes,
            delete_before_replace: options.delete_before_replace,
            secret_outputs,
            forced: self.forced(index, record, decided),
            upstream_goes_first: self.upstream_goes_first(index, record, decided),
        });
        if decision.fate == Fate::Update {
            problems.extend(grows::shrinking(kind, &decision.changes));
        }
        let (decision, problems) = match of_new_copy.filter(|_| decision.fate.makes_copy()) {
            Some(given) => {
                let CheckedInputs { inputs, problems } = given.check();
                (decision.with_inputs(kind, inputs, secret_outputs), problems)
            }
            None => (decision, problems),
        };
        (decision.ordered_by_keys(kind, record, options.delete_before_replace), problems)
    }

    /// Returns the copy of a resource that was deleted and has no successor yet.
    fn awaiting_replacement(&self, index: usize) -> Option<&'d Record> {
        let mut copies = self.state.copies(&self.desired.nodes[index].urn);
        copies.find(|record| record.standing == Standing::ReplacementPending)
    }

    /// Returns what the cloud was seen to hold of a copy.
    fn observed(&self, record: Option<&Record>) -> &'d Observed {
        let seen = record.and_then(|record| self.seen.get(&record.copy_id()));
        seen.unwrap_or(&Observed::NotRead)
    }

    /// Returns why a resource is replaced although nothing differs, if it is.
    ///
    /// What holds in any case comes first: what is replaced in this run may turn out to stay.
    fn forced(
        &self,
        index: usize,
        record: Option<&Record>,
        decided: &[Option<Decision>],
    ) -> Option<Forced> {
        let node = &self.desired.nodes[index];
        if self.planner.replaced.as_ref().is_some_and(|replaced| replaced.takes(&node.urn)) {
            return Some("its replacement was requested".to_owned().into());
        }
        if node.deleted_with.is_some_and(|at| self.was_replaced(at, record)) {
            let reason = "what it is deleted with was replaced by an earlier run";
            return Some(reason.to_owned().into());
        }
        let recorded = record.and_then(|record| record.deleted_with.as_ref());
        if recorded.is_some_and(|container| self.is_dropped(container, node.deleted_with)) {
            return Some("what it was deleted with is no longer declared".to_owned().into());
        }
        self.followed_before(index, record, decided)
            .map(Forced::from)
            .or_else(|| self.replaced_with(index, record, decided))
    }

    /// Returns true if what is in a container that the program dropped cannot stay.
    ///
    /// It stays in a container that is retained, unless it moves to another (`present`).
    fn is_dropped(&self, container: &Urn, present: Option<usize>) -> bool {
        let is_lost = |record: &&Record| {
            let seen = self.seen.get(&record.copy_id());
            seen != Some(&Observed::Missing) && (!record.retain_on_delete || present.is_some())
        };
        self.desired.index(container).is_none()
            && self.planner.targets.takes(container)
            && self.state.current(container).filter(is_lost).is_some()
    }

    /// Returns why a resource follows one that certainly has another copy, if it does.
    ///
    /// That one is created again, or got its copy in a run that did not come to this resource.
    fn followed_before(
        &self,
        index: usize,
        record: Option<&Record>,
        decided: &[Option<Decision>],
    ) -> Option<String> {
        let record = record?;
        self.desired.nodes[index].replace_with.iter().find_map(|&at| {
            let urn = &self.desired.nodes[at].urn;
            let name = urn.qualified_name();
            if fate_of(decided, at)? == Fate::Create && record.follows.contains_key(urn) {
                return Some(format!("{name} is created again, which it is replaced with"));
            }
            self.was_replaced(at, Some(record)).then(|| {
                format!("{name} was replaced by an earlier run, which it is replaced with")
            })
        })
    }

    /// Returns why a resource is replaced together with others of this run.
    fn replaced_with(
        &self,
        index: usize,
        record: Option<&Record>,
        decided: &[Option<Decision>],
    ) -> Option<Forced> {
        let left = self.left(index, record?);
        let node = &self.desired.nodes[index];
        let is_replaced = |at: &usize| fate_of(decided, *at).is_some_and(Fate::replaces);
        if left.filter(is_replaced).is_some() {
            // It waits for nothing of that container, so what becomes of that is no condition.
            return Some("what it was deleted with is replaced".to_owned().into());
        }
        let causes = node.replace_with.iter().copied().chain(node.deleted_with);
        let mut with: BTreeSet<usize> = causes.filter(is_replaced).collect();
        let held = self.has_to_let_go(record?, decided);
        with.extend(held);
        let followed = node.replace_with.iter().copied().find(is_replaced);
        let reason = match followed {
            _ if with.is_empty() => return None,
            Some(at) => {
                let name = self.desired.nodes[at].urn.qualified_name();
                format!("{name} is replaced, which it is replaced with")
            }
            None => match held {
                Some(at) => {
                    let name = self.desired.nodes[at].urn.qualified_name();
                    format!("{name} is replaced, which it keeps from being deleted")
                }
                None => "what it is deleted with is replaced".to_owned(),
            },
        };
        Some(Forced { reason, with })
    }

    /// Returns a resource that is deleted first and that a copy always holds.
    fn has_to_let_go(&self, record: &Record, decided: &[Option<Decision>]) -> Option<usize> {
        let held = self.holds.by(&record.copy_id()).filter(|hold| hold.immutable);
        let mut held = held.filter_map(|hold| {
            let is_current = hold.held.standing == Standing::Current;
            self.desired.index(&hold.held.urn).filter(|_| is_current)
        });
        held.find(|at| {
            let is_kept = self.desired.declaration(*at).options.retain_on_delete == Some(true);
            fate_of(decided, *at) == Some(Fate::ReplaceDeleteFirst) && !is_kept
        })
    }

    /// Returns true if a followed resource has another copy than when a copy was made.
    fn was_replaced(&self, at: usize, record: Option<&Record>) -> bool {
        let urn = &self.desired.nodes[at].urn;
        let made_beside = record.and_then(|record| record.follows.get(urn));
        let current = self.state.current(urn).map(|record| record.generation);
        made_beside.zip(current).is_some_and(|(generation, current)| *generation != current)
    }

    /// Returns true if a dependency is deleted before its new copy is created.
    ///
    /// Present and recorded dependencies count.
    fn upstream_goes_first(
        &self,
        index: usize,
        record: Option<&Record>,
        decided: &[Option<Decision>],
    ) -> bool {
        let recorded = record.into_iter().flat_map(|record| record.dependencies.iter());
        let mut upstream = recorded
            .filter_map(|urn| self.desired.index(urn))
            .chain(self.desired.nodes[index].dependencies.iter().copied());
        upstream.any(|at| fate_of(decided, at) == Some(Fate::ReplaceDeleteFirst))
            || record.is_some_and(|record| self.pins_a_move(record, decided))
    }

    /// Returns true if a copy pins what this run moves.
    fn pins_a_move(&self, record: &Record, decided: &[Option<Decision>]) -> bool {
        let mut holds = self.holds.by(&record.copy_id());
        holds.any(|hold| {
            let index = self.desired.index(&hold.held.urn);
            index.and_then(|at| decided[at].as_ref()).is_some_and(|held| held.moves(hold))
        })
    }

    /// Returns the inputs that count as recorded if they are unknown.
    ///
    /// Offline no lookup is made, so what is unknown only because of a lookup counts as unchanged.
    fn trusted(&self, index: usize, decided: &[Option<Decision>]) -> Vec<&'d str> {
        if !self.planner.options.offline {
            return Vec::new();
        }
        let desired = self.desired;
        let trusted = desired.nodes[index].inputs.iter().filter(|(_, reach)| {
            !reach.lookups.is_empty()
                && reach.resources.iter().all(|at| fate_of(decided, *at) == Some(Fate::Same))
        });
        trusted.map(|(name, _)| name.as_str()).collect()
    }
}

/// Returns what happens to a resource, once that is decided.
fn fate_of(decided: &[Option<Decision>], at: usize) -> Option<Fate> {
    decided[at].as_ref().map(|decision| decision.fate)
}

/// Returns the error for a failed closure whose result a resource needs.
pub(super) fn closure_failed(desired: &Desired, index: usize, source: ProgramError) -> Error {
    let declaration = desired.declaration(index);
    let place =
        declaration.source.as_ref().map_or(String::new(), |source| format!("\n  at {source}"));
    Error::Program {
        source: Box::new(source),
        needed_by: Some(format!("{} '{}'{place}", declaration.kind, declaration.name)),
    }
}
