//! What the rules say that a plan is: the fate of each resource, and which step comes before which.

use std::collections::{BTreeMap, BTreeSet};

use super::program::{Declared, Expression, Program};
use super::world::{Copied, Inputs, Known, Perhaps, Place, Recorded, World};

// The rules do not say.
const UNSAID_RENAMED_IN_PART: &str =
    "unsaid: something made in part, or whose delete was begun, that looks renamed";
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
    /// What the rules do not say: nothing is predicted.
    pub(super) open: Option<&'static str>,
}

/// What a run covers, and what it replaces.
#[derive(Clone, Debug, Default)]
pub(super) struct Choice {
    pub(super) targets: Vec<String>,
    pub(super) replace: Vec<String>,
    /// True if what looks renamed is not deleted.
    pub(super) careful: bool,
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
    if choice.careful {
        planner.keep_renamed();
    }
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
        if !self.world.items.contains_key(&record.copy) {
            return Fate::Create;
        }
        let wanted = planned_inputs(self.world, resource, &self.plan);
        let kept = with_ignored(resource, wanted, &record.inputs);
        let differing = differing(self.world, resource, &kept, record);
        let replaces =
            |name: &String| name == "fixed" || resource.replacing.iter().any(|path| path == name);
        let follows = resource.container.as_ref().is_some_and(|container| {
            matches!(self.plan.fates.get(container), Some(Fate::Replace { .. }))
        });
        let goes = self.choice.targets.is_empty() && self.loses_container(resource, record);
        let follows = follows || goes;
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

    /// Returns true if the recorded container of a resource goes, or the resource leaves it.
    fn loses_container(&self, resource: &Declared, record: &Recorded) -> bool {
        let Some(container) = &record.container else { return false };
        let Some(current) = self.world.current(container) else { return false };
        match self.program.find(container) {
            None => !current.retain || resource.container.is_some(),
            Some(declared) => {
                let fate = self.plan.fates.get(container);
                matches!(fate, Some(Fate::Replace { .. })) && !declared.retain
            }
        }
    }

    /// Makes replacements delete first where what they depend on is deleted first: rule 9.
    ///
    /// Their old copies have to go before that. What the program has create first stays so: where the
    /// recorded dependencies then make a circle, the run is refused with it (rule 8).
    fn force_delete_first(&mut self) {
        for resource in &self.program.resources {
            let urn = &resource.urn;
            let may_turn = self.plan.fates[urn] == (Fate::Replace { deletes_first: false });
            if !may_turn || resource.creates_first {
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

    /// Says which copies end, and whether by a call.
    fn end_copies(&mut self) {
        let world = self.world;
        for record in &world.records {
            let fate = self.plan.fates.get(&record.urn).copied();
            let ends = self.choice.covers(record.name())
                && match record.place {
                    Place::Old => true,
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
        self.plan.contained = contained;
        self.plan.retained = retained;
    }

    /// Says what is refused because something is protected, or because others need it.
    fn protect(&mut self) {
        for record in &self.world.records {
            if !self.plan.ends.contains(&record.copy) || record.place == Place::Pending {
                continue;
            }
            let declared = self.program.find(&record.urn);
            // Of what is replaced, a copy that stays or is gone is taken from nobody.
            let is_taken = declared.is_none()
                || (!self.plan.retained.contains(&record.copy)
                    && self.world.items.contains_key(&record.copy));
            let users = self.world.records.iter().filter(|user| {
                is_taken
                    && user.dependencies.contains(&record.urn)
                    && !self.choice.covers(user.name())
            });
            self.plan.refused.extend(users.map(|user| user.urn.clone()));
            if record.place == Place::Old {
                continue;
            }
            let is_protected = declared.map_or(record.protect, |resource| resource.protect);
            let is_retained = declared.map_or(record.retain, |resource| resource.retain);
            if is_protected && (is_retained || !self.world.items.contains_key(&record.copy)) {
                self.plan.open = Some(UNSAID_PROTECTED);
            } else if is_protected {
                self.plan.refused.insert(record.urn.clone());
            }
        }
    }
}

/// Renames that nobody declared: rule 41.
impl Planner<'_> {
    /// Refuses to delete something while something like it is created.
    fn keep_renamed(&mut self) {
        let mut leaving: Vec<&Recorded> = self.world.records.iter().collect();
        leaving.retain(|record| {
            record.place == Place::Current
                && self.plan.ends.contains(&record.copy)
                && !self.plan.retained.contains(&record.copy)
                && self.world.items.contains_key(&record.copy)
                && self.program.find(&record.urn).is_none()
        });
        let mut coming: Vec<&Declared> = self.program.resources.iter().collect();
        coming.retain(|resource| {
            self.plan.fates[&resource.urn] == Fate::Create
                && self.world.standing(&resource.urn).is_none()
        });
        let mut renamed: BTreeMap<&str, &str> = BTreeMap::new();
        for new in coming {
            let found = leaving.iter().position(|old| self.are_alike(old, new, &renamed));
            let Some(old) = found.map(|at| leaving.remove(at)) else { continue };
            if old.incomplete != Perhaps::No {
                self.plan.open = Some(UNSAID_RENAMED_IN_PART);
            }
            renamed.insert(&old.urn, &new.urn);
            self.plan.refused.insert("which looks like a rename".to_owned());
        }
    }

    /// Returns true if something new has the inputs of something old.
    fn are_alike(&self, old: &Recorded, new: &Declared, renamed: &BTreeMap<&str, &str>) -> bool {
        let inputs = planned_inputs(self.world, new, &self.plan);
        let names: BTreeSet<&String> = inputs.keys().chain(old.inputs.keys()).collect();
        let differing = names.into_iter().filter(|name| {
            !new.ignored.contains(name) && inputs.get(*name) != old.inputs.get(*name)
        });
        let differing: Vec<&String> = differing.collect();
        let present =
            |urn: &String| renamed.get(urn.as_str()).map_or(urn.clone(), |new| (*new).to_owned());
        let used: BTreeSet<String> = old.dependencies.iter().map(present).collect();
        old.urn.split_once('/').is_some_and(|(kind, _)| kind == new.kind)
            && (differing.is_empty() || used == new.dependencies)
            && differing.iter().all(|name| inputs.get(*name) == Some(&Known::Unknown))
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
    let mut taken: BTreeSet<(Copied, Copied)> = BTreeSet::new();
    let main = |urn: &String| Step::Main(urn.clone());
    for resource in program.resources.iter().filter(|resource| has_step(&resource.urn)) {
        for other in resource.dependencies.iter().filter(|other| has_step(other)) {
            before.insert((main(other), main(&resource.urn)));
        }
    }
    for record in world.records.iter().filter(|record| plan.ends.contains(&record.copy)) {
        let fate = plan.fates.get(&record.urn).copied();
        let deletes_first = deletes_first(program, plan, &record.urn);
        let end = Step::End(record.copy);
        let current = world.current(&record.urn);
        let makes_copy = matches!(fate, Some(Fate::Create | Fate::Replace { .. }));
        let is_half_made = current.is_some_and(|current| current.incomplete == Perhaps::Yes);
        if has_step(&record.urn) {
            let pair = match deletes_first {
                true => (end.clone(), main(&record.urn)),
                false => (main(&record.urn), end.clone()),
            };
            // Whether it waits for an update of what works, no rule says.
            let waits = record.place != Place::Old || makes_copy || is_half_made;
            if waits {
                before.insert(pair)
            } else {
                perhaps.insert(pair)
            };
            // What is deleted first may wait until its replacement is certain.
            if deletes_first {
                let resource = program.find(&record.urn);
                let dependencies = resource.into_iter().flat_map(|one| &one.dependencies);
                let mains = dependencies.map(|other| (main(other), end.clone()));
                perhaps.extend(mains);
            }
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
                before.insert(if lives_in_it && comes_first(record.copy, user.copy) {
                    taken.insert((record.copy, user.copy));
                    (end.clone(), user_end)
                } else {
                    (user_end, end.clone())
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
    before_containers(world, program, plan, &taken, &mut before);
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

/// Returns true if the copies of a resource are deleted before its new one is created.
///
/// Also where the current copy is gone, or was deleted by an earlier run: an old one may hold what
/// must not be there twice.
fn deletes_first(program: &Program, plan: &Plan, urn: &str) -> bool {
    match plan.fates.get(urn) {
        Some(Fate::Create) => program.find(urn).is_some_and(|one| one.deletes_first),
        fate => fate == Some(&Fate::Replace { deletes_first: true }),
    }
}

/// Adds that what uses something goes before the container that takes it along: rules 11 and 13.
///
/// `taken` are the containers that end, each with a copy that ends together with it.
fn before_containers(
    world: &World,
    program: &Program,
    plan: &Plan,
    taken: &BTreeSet<(Copied, Copied)>,
    before: &mut BTreeSet<(Step, Step)>,
) {
    let is_taken = |step: &Step| taken.iter().any(|(_, copy)| *step == Step::End(*copy));
    let urn_of = |copy: Copied| {
        let record = world.records.iter().find(|record| record.copy == copy);
        record.map(|record| &record.urn)
    };
    let direct = before.clone();
    for (_, copy) in taken {
        let (mut open, mut containers) = (vec![*copy], BTreeSet::new());
        while let Some(inner) = open.pop() {
            let outer = taken.iter().filter(|(_, taken)| *taken == inner).map(|(outer, _)| *outer);
            open.extend(outer.filter(|outer| containers.insert(*outer)));
        }
        let own = urn_of(*copy).map(|urn| Step::Main(urn.clone()));
        let users = direct.iter().filter(|(_, last)| *last == Step::End(*copy));
        let users = users.map(|(user, _)| user).filter(|user| Some(*user) != own.as_ref());
        // What goes with a container itself is dropped too late for another one.
        let is_container = |step: &Step| containers.iter().any(|one| *step == Step::End(*one));
        for user in users.filter(|user| !is_taken(user) && !is_container(user)) {
            for container in &containers {
                // What uses the new container cannot go on before that exists.
                let follows = matches!(user, Step::Main(_))
                    && urn_of(*container).is_some_and(|urn| {
                        let main = Step::Main(urn.clone());
                        deletes_first(program, plan, urn) && comes_before(&direct, &main, user)
                    });
                if !follows {
                    before.insert((user.clone(), Step::End(*container)));
                }
            }
        }
    }
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
///
/// A resource without a step hands on what it waits for.
pub(super) fn has_circle(plan: &Plan) -> bool {
    let are_mains = |pair: &&(Step, Step)| matches!(pair, (Step::Main(_), Step::Main(_)));
    let handed_on = plan.perhaps_before.iter().filter(are_mains).cloned();
    let before: BTreeSet<(Step, Step)> = plan.before.iter().cloned().chain(handed_on).collect();
    before.iter().any(|(first, last)| comes_before(&before, last, first))
}
