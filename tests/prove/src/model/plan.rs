//! What the rules say that a plan is: the fate of each resource, and which step comes before which.

use std::collections::{BTreeMap, BTreeSet};

use super::program::{Declared, Expression, Program};
use super::world::{Copied, Inputs, Known, Perhaps, Place, Recorded, World};

// Known to be wrong: a helper of the next session takes these out, one after another.
const KNOWN_RETAINED_CONTAINER: &str = "known: what lives in something retained";
const KNOWN_TARGET_REPLACED: &str = "known: a target is replaced that others use";
const KNOWN_IGNORED_DRIFT: &str = "known: drift of something ignored";
const KNOWN_HALF_MADE: &str = "known: old copies of a replacement that is half made";
const KNOWN_RETAIN_CHANGED: &str = "known: an old copy whose retention changed as it was replaced";
// The rules do not say.
const UNSAID_PROTECTED: &str = "unsaid: something protected that is retained or gone";

/// What becomes of a declared resource.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// The run does not cover it.
    Untouched,
    /// No call; its record may change.
    Quiet,
    /// Quiet or an update: whether an update is needed is not said.
    QuietOrUpdate,
    Create,
    Update,
    Replace {
        deletes_first: bool,
    },
}

/// A step.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Step {
    /// The create, update or record of a declared resource.
    Main(String),
    /// The end of a copy: a delete, or the end of its record.
    End(Copied),
}

/// A plan.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) fates: BTreeMap<String, Fate>,
    /// The copies that end.
    pub(super) ends: BTreeSet<Copied>,
    /// Of those, the copies that stay in the cloud.
    pub(super) retained: BTreeSet<Copied>,
    /// Of those, the copies whose container is deleted in the run: they may end without a call.
    pub(super) contained: BTreeSet<Copied>,
    /// Steps of which the first comes before the second.
    pub(super) before: BTreeSet<(Step, Step)>,
    /// The same through resources without a step: the second may be skipped with the first.
    pub(super) perhaps_before: BTreeSet<(Step, Step)>,
    /// Why the run is refused: each is a URN that the error names.
    pub(super) refused: BTreeSet<String>,
    /// What the rules do not say, or what is known to be wrong: nothing is predicted.
    pub(super) open: Option<&'static str>,
}

/// What a run covers, and what it replaces.
#[derive(Clone, Debug, Default)]
pub(super) struct Choice {
    pub(super) targets: Vec<String>,
    pub(super) replace: Vec<String>,
    /// True if also what is known to be wrong is predicted.
    pub(super) strict: bool,
}

impl Choice {
    pub(super) fn covers(&self, name: &str) -> bool {
        self.targets.is_empty() || self.targets.iter().any(|target| target == name)
    }
}

/// Plans a run that brings the world to a program.
pub(super) fn plan(world: &World, program: &Program, choice: &Choice) -> Plan {
    let mut planner = Planner { world, program, choice, plan: Plan::default() };
    for resource in &program.resources {
        let fate = planner.fate(resource);
        planner.plan.fates.insert(resource.urn.clone(), fate);
    }
    planner.force_delete_first();
    planner.end_copies();
    planner.protect();
    planner.plan
}

/// Returns the inputs of a resource; an input that a step of the plan decides is unknown.
fn planned_inputs(world: &World, resource: &Declared, plan: &Plan) -> Inputs {
    let value = |expression: &Expression| {
        let is_new = expression.target().is_some_and(|urn| {
            matches!(plan.fates.get(urn), Some(Fate::Create | Fate::Replace { .. }))
        });
        if is_new { Known::Unknown } else { world.value(expression) }
    };
    resource.inputs.iter().map(|(name, expression)| (name.clone(), value(expression))).collect()
}

/// Returns the inputs with those that are ignored put back as they were recorded.
pub(super) fn with_ignored(resource: &Declared, mut inputs: Inputs, old: &Inputs) -> Inputs {
    for path in &resource.ignored {
        match old.get(path) {
            Some(value) => drop(inputs.insert(path.clone(), value.clone())),
            None => drop(inputs.remove(path)),
        }
    }
    inputs
}

/// Returns the inputs that differ: from the recorded ones, or in the cloud since the last run.
pub(super) fn differing(
    world: &World,
    resource: &Declared,
    inputs: &Inputs,
    record: &Recorded,
) -> BTreeSet<String> {
    let names: BTreeSet<&String> = inputs.keys().chain(record.inputs.keys()).collect();
    let mut differing: BTreeSet<String> = names
        .into_iter()
        .filter(|name| {
            let (new, old) = (inputs.get(*name), record.inputs.get(*name));
            new != old || new == Some(&Known::Unknown)
        })
        .cloned()
        .collect();
    let live = &world.items[&record.copy].inputs;
    differing.extend(
        inputs
            .keys()
            .filter(|name| !resource.ignored.contains(name))
            .filter(|name| live.get(*name) != record.seen.get(*name))
            .filter(|name| live.get(*name) != inputs.get(*name))
            .cloned(),
    );
    differing
}

struct Planner<'a> {
    world: &'a World,
    program: &'a Program,
    choice: &'a Choice,
    plan: Plan,
}

impl Planner<'_> {
    /// Ends the life where the engine is known to be wrong.
    fn known(&mut self, what: &'static str) {
        if !self.choice.strict {
            self.plan.open = Some(what);
        }
    }

    fn fate(&mut self, resource: &Declared) -> Fate {
        if !self.choice.covers(&resource.name) {
            return Fate::Untouched;
        }
        let missing = |urn: &&String| {
            self.plan.fates.get(*urn) == Some(&Fate::Untouched) && self.world.current(urn).is_none()
        };
        let missing: Vec<String> = resource.dependencies.iter().filter(missing).cloned().collect();
        self.plan.refused.extend(missing);
        let Some(record) = self.world.current(&resource.urn) else { return Fate::Create };
        let Some(item) = self.world.items.get(&record.copy) else { return Fate::Create };
        let wanted = planned_inputs(self.world, resource, &self.plan);
        let kept = with_ignored(resource, wanted, &record.inputs);
        if resource.ignored.iter().any(|path| item.inputs.get(path) != record.inputs.get(path)) {
            self.known(KNOWN_IGNORED_DRIFT);
        }
        let differing = differing(self.world, resource, &kept, record);
        let replaces =
            |name: &String| name == "fixed" || resource.replacing.iter().any(|path| path == name);
        let follows = resource.container.as_ref().is_some_and(|container| {
            matches!(self.plan.fates.get(container), Some(Fate::Replace { .. }))
        });
        let loses_container = record.container.as_ref().is_some_and(|container| {
            self.program.find(container).is_none() && self.world.current(container).is_some()
        });
        let follows = follows || (loses_container && self.choice.targets.is_empty());
        if differing.iter().any(replaces) || self.choice.replace.contains(&resource.name) || follows
        {
            return Fate::Replace { deletes_first: resource.deletes_first };
        }
        match record.incomplete {
            _ if !differing.is_empty() => Fate::Update,
            Perhaps::Yes => Fate::Update,
            Perhaps::Maybe => Fate::QuietOrUpdate,
            Perhaps::No => Fate::Quiet,
        }
    }

    /// Makes replacements delete first where what they depend on is deleted first: rule 9.
    ///
    /// Their old copies have to go before that.
    fn force_delete_first(&mut self) {
        for resource in &self.program.resources {
            let urn = &resource.urn;
            if self.plan.fates[urn] != (Fate::Replace { deletes_first: false }) {
                continue;
            }
            let record = self.world.current(urn).expect("what is replaced is recorded");
            let goes_first = |other: &&String| {
                self.plan.fates.get(*other) == Some(&Fate::Replace { deletes_first: true })
            };
            let mut dependencies = record.dependencies.union(&resource.dependencies);
            if dependencies.any(|other| goes_first(&other)) {
                self.plan.fates.insert(urn.clone(), Fate::Replace { deletes_first: true });
            }
        }
    }

    /// Ends the life where an old copy has to wait for its replacement, or the other way around.
    fn leave_if_half_made(&mut self, urn: &str) {
        let current = self.world.current(urn);
        let is_half_made = current.is_some_and(|record| record.incomplete != Perhaps::No);
        let deletes_first = self.program.find(urn).is_some_and(|one| one.deletes_first);
        let makes_copy =
            matches!(self.plan.fates.get(urn), Some(Fate::Create | Fate::Replace { .. }));
        if is_half_made || (deletes_first && makes_copy) {
            self.known(KNOWN_HALF_MADE);
        }
    }

    /// Says which copies end, and whether by a call.
    fn end_copies(&mut self) {
        let world = self.world;
        for record in &world.records {
            let fate = self.plan.fates.get(&record.urn).copied();
            let ends = self.choice.covers(record.name())
                && match record.place {
                    Place::Old => {
                        self.leave_if_half_made(&record.urn);
                        if record.was_retained != record.retain && fate.is_none() {
                            self.known(KNOWN_RETAIN_CHANGED);
                        }
                        true
                    }
                    Place::Pending => fate.is_none(),
                    Place::Current => match fate {
                        None | Some(Fate::Replace { .. }) => true,
                        // Its item is gone: the new copy takes its record's place.
                        Some(_) => false,
                    },
                };
            if ends {
                self.plan.ends.insert(record.copy);
            }
        }
        let retained = |record: &&Recorded| {
            let declared = self.program.find(&record.urn);
            match record.place {
                Place::Current => declared.map_or(record.retain, |resource| resource.retain),
                Place::Old | Place::Pending => record.retain,
            }
        };
        let ending =
            || self.world.records.iter().filter(|record| self.plan.ends.contains(&record.copy));
        let retained: BTreeSet<Copied> = ending().filter(retained).map(|one| one.copy).collect();
        let is_deleted = |urn: &String| {
            ending().any(|record| {
                record.urn == *urn
                    && record.place == Place::Current
                    && !retained.contains(&record.copy)
            })
        };
        let contained = ending()
            .filter(|record| record.container.as_ref().is_some_and(is_deleted))
            .map(|record| record.copy)
            .collect();
        let stays = |urn: &String| {
            ending().any(|record| record.urn == *urn && retained.contains(&record.copy))
        };
        if ending().any(|record| record.container.as_ref().is_some_and(stays)) {
            self.known(KNOWN_RETAINED_CONTAINER);
        }
        self.plan.contained = contained;
        self.plan.retained = retained;
    }

    /// Says what is refused because something is protected, or because others need it.
    fn protect(&mut self) {
        for record in &self.world.records {
            if !self.plan.ends.contains(&record.copy) || record.place != Place::Current {
                continue;
            }
            let declared = self.program.find(&record.urn);
            let is_protected = declared.map_or(record.protect, |resource| resource.protect);
            let is_retained = declared.map_or(record.retain, |resource| resource.retain);
            if is_protected && (is_retained || !self.world.items.contains_key(&record.copy)) {
                self.plan.open = Some(UNSAID_PROTECTED);
            } else if is_protected {
                self.plan.refused.insert(record.urn.clone());
            }
            let users = self.world.records.iter().filter(|user| {
                user.dependencies.contains(&record.urn) && !self.choice.covers(user.name())
            });
            for user in users {
                if declared.is_some() {
                    self.known(KNOWN_TARGET_REPLACED);
                }
                self.plan.refused.insert(user.urn.clone());
            }
        }
    }
}

/// Adds which step comes before which.
///
/// `has_step` says which declared resources have a step, `comes_first` whether the engine ends a
/// copy before another, where both are right.
pub(super) fn order(
    world: &World,
    program: &Program,
    plan: &mut Plan,
    has_step: &dyn Fn(&str) -> bool,
    comes_first: &dyn Fn(Copied, Copied) -> bool,
) {
    let mut before: BTreeSet<(Step, Step)> = BTreeSet::new();
    let mut perhaps: BTreeSet<(Step, Step)> = BTreeSet::new();
    let main = |urn: &String| Step::Main(urn.clone());
    for resource in program.resources.iter().filter(|resource| has_step(&resource.urn)) {
        for other in resource.dependencies.iter().filter(|other| has_step(other)) {
            before.insert((main(other), main(&resource.urn)));
        }
    }
    for record in world.records.iter().filter(|record| plan.ends.contains(&record.copy)) {
        let fate = plan.fates.get(&record.urn).copied();
        let deletes_first = fate == Some(Fate::Replace { deletes_first: true });
        let end = Step::End(record.copy);
        let is_half_made =
            world.current(&record.urn).is_some_and(|current| current.incomplete == Perhaps::Yes);
        let waits = record.place == Place::Current
            || (record.place == Place::Old && (deletes_first || is_half_made));
        if has_step(&record.urn) && waits {
            before.insert(match deletes_first {
                true => (end.clone(), main(&record.urn)),
                false => (main(&record.urn), end.clone()),
            });
        }
        // An old copy that is gone is in nobody's way; of a current one, records still speak.
        let is_there = record.place != Place::Old || world.items.contains_key(&record.copy);
        let uses = |user: &&Recorded| user.dependencies.contains(&record.urn);
        for user in world.records.iter().filter(uses) {
            if !is_there {
                perhaps.insert((main(&user.urn), end.clone()));
                perhaps.insert((Step::End(user.copy), end.clone()));
                continue;
            }
            if has_step(&user.urn) && user.place != Place::Current {
                // Whether it waits too, no rule says: the old copy is what uses it.
                perhaps.insert((main(&user.urn), end.clone()));
            }
            if plan.ends.contains(&user.copy) {
                // With an old copy, either order is right: it lives in the new one, or goes with it.
                let lives_in_it = user.container.as_ref() == Some(&record.urn)
                    && (plan.contained.contains(&user.copy) || record.place == Place::Old);
                let user_end = Step::End(user.copy);
                before.insert(match lives_in_it && comes_first(record.copy, user.copy) {
                    true => (end.clone(), user_end),
                    false => (user_end, end.clone()),
                });
                let creates_first = Fate::Replace { deletes_first: false };
                if plan.fates.get(&user.urn) != Some(&creates_first) {
                    continue;
                }
            }
            // It may still use the old copy, unless it can only be updated after the new one.
            let follows =
                deletes_first && comes_before(&before, &main(&record.urn), &main(&user.urn));
            if has_step(&user.urn) && user.place == Place::Current && !follows {
                before.insert((main(&user.urn), end.clone()));
            }
        }
    }
    plan.before = before;
    plan.perhaps_before = program
        .resources
        .iter()
        .filter(|resource| has_step(&resource.urn))
        .flat_map(|resource| {
            let above = above(program, &resource.urn, has_step);
            above.into_iter().map(|other| (Step::Main(other), main(&resource.urn)))
        })
        .collect();
    plan.perhaps_before.extend(perhaps);
    plan.perhaps_before.extend(plan.before.iter().cloned());
}

/// Returns the resources with a step that a resource depends on, also through those without.
fn above(program: &Program, urn: &str, has_step: &dyn Fn(&str) -> bool) -> BTreeSet<String> {
    let (mut above, mut seen, mut open) = (BTreeSet::new(), BTreeSet::new(), vec![urn]);
    while let Some(urn) = open.pop() {
        for other in program.find(urn).into_iter().flat_map(|one| &one.dependencies) {
            if has_step(other) {
                above.insert(other.clone());
            } else if seen.insert(other) {
                open.push(other);
            }
        }
    }
    above
}

/// Returns true if a step comes before another, perhaps through others.
pub(super) fn comes_before(before: &BTreeSet<(Step, Step)>, first: &Step, last: &Step) -> bool {
    let (mut open, mut seen) = (vec![first], BTreeSet::new());
    while let Some(step) = open.pop() {
        if step == last {
            return true;
        }
        if seen.insert(step) {
            open.extend(before.iter().filter(|(one, _)| one == step).map(|(_, next)| next));
        }
    }
    false
}

/// Returns true if some steps wait for each other.
pub(super) fn has_circle(plan: &Plan) -> bool {
    plan.before.iter().any(|(first, last)| comes_before(&plan.before, last, first))
}
