//! What a run comes to, by the rules, for the order of steps that the engine chose.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use kim_engine::event::StepResult;

use super::plan::{Fate, Plan, Step, comes_before, differing, with_ignored};
use super::program::{Declared, Program};
use super::world::{Inputs, Item, Perhaps, Place, Recorded, World};
use crate::attempt::Broken;
use crate::fixture::Fault;

/// How a step ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ended {
    Succeeded,
    Unchanged,
    Failed,
}

impl Ended {
    /// Returns how the engine says that a step ended; `None`: it was skipped.
    pub(super) fn of(result: &StepResult) -> Option<Ended> {
        match result {
            StepResult::Succeeded => Some(Ended::Succeeded),
            StepResult::Unchanged => Some(Ended::Unchanged),
            StepResult::Failed { .. } => Some(Ended::Failed),
            StepResult::Skipped { .. } => None,
        }
    }
}

/// A walk over a plan.
pub(super) struct Walk<'a> {
    pub(super) world: &'a mut World,
    pub(super) program: &'a Program,
    pub(super) plan: &'a Plan,
    /// The calls of the engine, by operation: what each was about, in order.
    pub(super) calls: BTreeMap<String, VecDeque<String>>,
    /// How many calls of each operation there were so far.
    counts: BTreeMap<String, usize>,
    pub(super) faults: Vec<(String, usize, Fault)>,
    pub(super) ended: BTreeMap<Step, Ended>,
}

impl<'a> Walk<'a> {
    /// Creates a walk that has not begun. A call is written as `operation what`.
    pub(super) fn new(
        world: &'a mut World,
        program: &'a Program,
        plan: &'a Plan,
        calls: &[String],
        faults: Vec<(String, usize, Fault)>,
    ) -> Walk<'a> {
        let mut by_operation: BTreeMap<String, VecDeque<String>> = BTreeMap::new();
        for call in calls {
            let (operation, what) = call.split_once(' ').unwrap_or((call, ""));
            by_operation.entry(operation.to_owned()).or_default().push_back(what.to_owned());
        }
        Walk {
            world,
            program,
            plan,
            calls: by_operation,
            counts: BTreeMap::new(),
            faults,
            ended: BTreeMap::new(),
        }
    }

    /// Carries out a step that the engine began, and compares how it ended.
    pub(super) fn step(&mut self, step: &Step, seen: Ended) -> Result<(), Broken> {
        let steps_before = self.plan.before.iter().filter(|(_, next)| next == step);
        for (before, _) in steps_before {
            if matches!(self.ended.get(before), Some(Ended::Failed)) {
                return Err(Broken::new(
                    "a failed step skips what comes after it",
                    format!("{step:?} began although {before:?} failed"),
                ));
            }
        }
        let ended = match step {
            Step::Main(urn) => {
                let resource =
                    self.program.find(urn).expect("main steps are of declared resources");
                match self.plan.fates[urn] {
                    Fate::Create | Fate::Replace { .. } => self.create(resource)?,
                    _ => self.update(resource, seen)?,
                }
            }
            Step::End(copy) => self.end(*copy)?,
        };
        self.ended.insert(step.clone(), ended);
        if ended != seen {
            return Err(Broken::new(
                "a step ends as its calls do",
                format!("{step:?} should have {ended:?}, but it {seen:?}"),
            ));
        }
        Ok(())
    }

    /// Returns true if a step may be skipped because one before it failed.
    pub(super) fn may_be_skipped(&self, step: &Step) -> bool {
        let failed = self.ended.iter().filter(|(_, ended)| **ended == Ended::Failed);
        failed
            .map(|(failed, _)| failed)
            .any(|failed| comes_before(&self.plan.perhaps_before, failed, step))
    }

    /// Makes a call until it is not throttled, and returns what goes wrong with it.
    ///
    /// `None`: the engine made no such call.
    fn call(&mut self, operation: &str, what: Option<&str>) -> Option<Option<Fault>> {
        loop {
            let calls = self.calls.get_mut(operation)?;
            let is_it = calls.front().is_some_and(|next| what.is_none_or(|what| next == what));
            if !is_it {
                return None;
            }
            calls.pop_front();
            let count = self.counts.entry(operation.to_owned()).or_default();
            *count += 1;
            let fault = self.faults.iter().find(|(name, nth, _)| name == operation && nth == count);
            let fault = fault.map(|(_, _, fault)| fault.clone());
            if fault != Some(Fault::throttled("throttled")) {
                return Some(fault);
            }
        }
    }

    fn must_call(&mut self, operation: &str, what: Option<&str>) -> Result<Option<Fault>, Broken> {
        self.call(operation, what).ok_or_else(|| {
            let about = what.unwrap_or("something");
            Broken::new("a step makes its call", format!("no call: {operation} {about}"))
        })
    }

    fn inputs(&self, resource: &Declared) -> Inputs {
        let value = |(name, expression): (&String, _)| (name.clone(), self.world.value(expression));
        resource.inputs.iter().map(value).collect()
    }

    fn create(&mut self, resource: &Declared) -> Result<Ended, Broken> {
        let inputs = self.inputs(resource);
        if matches!(self.finish_delete(resource), Some(Fault::Refuse(_))) {
            return Ok(Ended::Failed);
        }
        let fault = self.must_call("create", None)?;
        if matches!(fault, Some(Fault::Refuse(_))) {
            return Ok(Ended::Failed);
        }
        let copy = self.world.new_copy();
        let item = Item { kind: resource.kind.clone(), inputs: inputs.clone() };
        self.world.items.insert(copy, item);
        let is_partial = fault == Some(Fault::Partial);
        let is_settled =
            resource.kind == "Ready" || (!is_partial && self.must_call("settle", None)?.is_none());
        let is_complete = is_settled && !is_partial;
        let incomplete = if is_complete { Perhaps::No } else { Perhaps::Yes };
        self.world.records.retain(|record| {
            // The record of something that was gone is overwritten.
            let was_gone = record.place == Place::Current
                && self.plan.fates.get(&record.urn) == Some(&Fate::Create);
            record.urn != resource.urn || !(record.place == Place::Pending || was_gone)
        });
        for record in self.world.records.iter_mut().filter(|record| record.urn == resource.urn) {
            if record.place == Place::Current {
                // What the program said when it was replaced holds of it from then on.
                record.protect = resource.protect;
                record.retain = resource.retain;
            }
            record.place = Place::Old;
        }
        self.world.records.push(Recorded {
            urn: resource.urn.clone(),
            copy,
            place: Place::Current,
            seen: inputs.clone(),
            inputs,
            dependencies: resource.dependencies.clone(),
            container: resource.container.clone(),
            protect: resource.protect,
            retain: resource.retain,
            incomplete,
            unsettled: !is_settled && !is_partial,
        });
        Ok(if is_complete { Ended::Succeeded } else { Ended::Failed })
    }

    /// Carries on with a delete that an earlier run may have begun; what it deleted is gone.
    ///
    /// Returns what goes wrong with it.
    fn finish_delete(&mut self, resource: &Declared) -> Option<Fault> {
        let record = self.world.current(&resource.urn)?;
        let is_gone = !self.world.items.contains_key(&record.copy);
        if !is_gone || record.incomplete == Perhaps::No {
            return None;
        }
        let id = self.world.ids.get(&record.copy).cloned();
        self.call("delete", id.as_deref()).flatten()
    }

    fn update(&mut self, resource: &Declared, seen: Ended) -> Result<Ended, Broken> {
        let record = self.world.current(&resource.urn).expect("what is updated is recorded");
        let inputs = with_ignored(resource, self.inputs(resource), &record.inputs);
        let copy = record.copy;
        let differs = !differing(self.world, resource, &inputs, record).is_empty();
        let is_needed = match record.incomplete {
            Perhaps::Maybe if !differs => seen != Ended::Unchanged,
            incomplete => differs || incomplete == Perhaps::Yes,
        };
        if !is_needed {
            self.describe(resource);
            return Ok(Ended::Unchanged);
        }
        let id = self.world.ids.get(&copy).cloned();
        if record.unsettled {
            // What was created is completed as it was created, before anything else.
            if self.must_call("settle", id.as_deref())?.is_some() {
                return Ok(Ended::Failed);
            }
            self.world.record(copy).unsettled = false;
            if !differs {
                self.world.record(copy).incomplete = Perhaps::No;
                self.describe(resource);
                return Ok(Ended::Succeeded);
            }
        }
        let fault = self.must_call("update", id.as_deref())?;
        if matches!(fault, Some(Fault::Refuse(_))) {
            // Whether what was refused left it incomplete, no rule says.
            let record = self.world.record(copy);
            if record.incomplete == Perhaps::No {
                record.incomplete = Perhaps::Maybe;
            }
            return Ok(Ended::Failed);
        }
        if let Some(item) = self.world.items.get_mut(&copy) {
            // What is ignored stays as it is in the cloud.
            let live = item.inputs.clone();
            item.inputs = with_ignored(resource, inputs.clone(), &live);
        }
        let record = self.world.record(copy);
        if fault == Some(Fault::LoseAnswer) {
            record.incomplete = Perhaps::Yes;
            return Ok(Ended::Failed);
        }
        record.inputs = inputs.clone();
        record.seen = inputs;
        record.incomplete = Perhaps::No;
        self.describe(resource);
        Ok(Ended::Succeeded)
    }

    /// Records what a program says of a resource beside its inputs.
    pub(super) fn describe(&mut self, resource: &Declared) {
        if let Some(copy) = self.world.current(&resource.urn).map(|record| record.copy) {
            let record = self.world.record(copy);
            record.dependencies = resource.dependencies.clone();
            record.container = resource.container.clone();
            record.protect = resource.protect;
            record.retain = resource.retain;
        }
    }

    fn end(&mut self, copy: usize) -> Result<Ended, Broken> {
        let exists = self.world.items.contains_key(&copy);
        let place = self.world.record(copy).place;
        if place != Place::Pending && !self.plan.retained.contains(&copy) {
            let id = self.world.ids.get(&copy).cloned().unwrap_or_default();
            let must_call = exists && !self.plan.contained.contains(&copy);
            let call = match must_call {
                true => Some(self.must_call("delete", Some(&id))?),
                // Whether something gone is deleted once more, no rule says.
                false => self.call("delete", Some(&id)),
            };
            let Some(fault) = call else { return Ok(self.ended_copy(copy, place)) };
            if matches!(fault, Some(Fault::Refuse(_))) {
                let record = self.world.record(copy);
                if record.incomplete == Perhaps::No {
                    record.incomplete = Perhaps::Maybe;
                }
                return Ok(Ended::Failed);
            }
            self.world.delete(copy);
            if fault == Some(Fault::LoseAnswer) && exists {
                let record = self.world.record(copy);
                (record.incomplete, record.unsettled) = (Perhaps::Maybe, false);
                return Ok(Ended::Failed);
            }
        }
        Ok(self.ended_copy(copy, place))
    }

    /// Records that a copy ended.
    fn ended_copy(&mut self, copy: usize, place: Place) -> Ended {
        let urn = self.world.record(copy).urn.clone();
        let is_pending = place == Place::Current
            && self.plan.fates.get(&urn) == Some(&Fate::Replace { deletes_first: true });
        if is_pending {
            self.world.record(copy).place = Place::Pending;
        } else {
            self.world.records.retain(|record| record.copy != copy);
        }
        Ended::Succeeded
    }

    /// Returns the calls that no step of the model made.
    pub(super) fn calls_left(&self) -> BTreeSet<String> {
        let mutating = ["create", "settle", "update", "delete"];
        let left = |operation: &str| {
            let calls = self.calls.get(operation).into_iter().flatten();
            calls.map(|what| format!("{operation} {what}")).collect::<Vec<_>>()
        };
        mutating.into_iter().flat_map(left).collect()
    }
}
