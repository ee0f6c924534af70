//! A run of the engine, compared with what the model says of it.

use std::collections::{BTreeMap, BTreeSet};

use kim_engine::event::{Event, StepResult};
use kim_engine::model::{Urn, Value};
use kim_engine::plan::{self as real, Operation};
use kim_engine::state::{Action, Record, Standing, State, Unfinished};
use kim_engine::{Error, Interrupt};

use super::plan::{Choice, Fate, Plan, Step, has_circle, order, plan};
use super::program::{Expression, Program};
use super::walk::{Ended, Walk};
use super::world::{Copied, Known, Perhaps, Place, Recorded, World};
use crate::attempt::Broken;
use crate::fixture::Case;
use crate::life::prepare;
use crate::script::Run;

/// What a comparison came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Compared {
    /// Both agree.
    Agreed,
    /// The model says nothing, for this reason.
    Open(&'static str),
}

/// Returns a URN as the model writes it: kind and name.
fn short(urn: &Urn) -> String {
    format!("{}/{}", urn.kind().trim_start_matches("test:"), urn.name())
}

/// Lets the model know what happened outside before a run.
fn outside(world: &mut World, run: &Run) {
    let current = |world: &World, name: &str| {
        let record = world
            .records
            .iter()
            .filter(|record| record.name() == name && record.place == Place::Current)
            .min_by_key(|record| &record.urn);
        record.map(|record| record.copy)
    };
    for name in run.values("lose") {
        if let Some(copy) = current(world, &name) {
            world.delete(copy);
        }
    }
    for name in run.values("drift") {
        if let Some(item) = current(world, &name).and_then(|copy| world.items.get_mut(&copy))
            && item.inputs.contains_key("size")
        {
            item.inputs.insert("size".to_owned(), Known::Plain("9".to_owned()));
        }
    }
}

/// Compares an up or a destroy.
pub(super) async fn run(case: &mut Case, world: &mut World, run: &Run) -> Result<Compared, Broken> {
    prepare(case, run).await;
    outside(world, run);
    let program = Program::parse(&run.program);
    let (targets, replace) = (run.values("target"), run.values("replace"));
    let choice = Choice { targets, replace, careful: run.is_careful() };
    let before_names = world.clone();
    let renamed = match rename(world, &program, &choice) {
        Ok(renamed) => renamed,
        Err(why) => return Ok(Compared::Open(why)),
    };
    let mut planned = plan(world, &program, &choice);
    if let Some(why) = planned.open {
        return Ok(Compared::Open(why));
    }
    let before = case.state().await;
    let unmatched = unmatched(world, &program, &choice, &before);
    if !unmatched.is_empty() {
        planned.refused = unmatched;
    }
    let stack = case.stack(&run.text());
    case.clear_calls();
    case.events.lock().unwrap().clear();
    let prepared =
        stack.plan(run.operation(), &case.options, case.sink(), Interrupt::default()).await;
    if is_circle(&prepared) {
        let has_step = |urn: &str| planned_step(world, &program, &planned, urn);
        let mut circular = planned.clone();
        order(world, &program, &mut circular, &has_step, &|_, _| false);
        if has_circle(&circular) {
            planned.refused.insert("in a circle".to_owned());
        }
    }
    let Some(prepared) = refusal(prepared, &planned)? else {
        *world = before_names;
        let untouched = case.state().await == before && case.calls().is_empty();
        let changed = || Broken::new("a refused run changes nothing", "it changed something");
        return if untouched { Ok(Compared::Agreed) } else { Err(changed()) };
    };
    let steps = Steps::of(&prepared.plan, copies(world, &before, &renamed));
    same_fates(&prepared.plan, &mut planned, &program)?;
    let comes_first = |one, other| steps.comes_first(&Step::End(one), &Step::End(other));
    order(world, &program, &mut planned, &|urn| steps.mains.contains(urn), &comes_first);
    steps.expect(&planned)?;
    let summary = stack.apply(prepared, &case.options, case.sink(), Interrupt::default()).await;
    let summary = summary.map_err(|error| Broken::new("a run is applied", error.to_string()))?;
    let calls = case.calls();
    let state = case.state().await;
    let mut walk = Walk::new(world, &program, &planned, &calls, run.faults());
    let seen = events(case);
    walked(&mut walk, &steps, &seen, &state)?;
    same_skipped(&walk, &steps, &skipped(case))?;
    if summary.message.is_some() != walk.ended.values().any(|ended| *ended == Ended::Failed) {
        let detail = format!("the summary says: {:?}", summary.message);
        return Err(Broken::new("a run fails if a step fails", detail));
    }
    let is_clean = summary.message.is_none();
    let not_made: BTreeSet<String> = steps
        .mains
        .iter()
        .filter(|urn| {
            let step = Step::Main((*urn).clone());
            match walk.ended.get(&step) {
                None => walk.may_be_skipped(&step),
                Some(ended) => *ended == Ended::Failed,
            }
        })
        .cloned()
        .collect();
    metadata(world, &program, &choice, &state, is_clean)?;
    same_world(case, world, &state)?;
    let is_reached = |value: &Expression| {
        value.target().is_none_or(|urn| {
            let current = world.current(urn);
            let is_complete = current.is_some_and(|record| record.incomplete == Perhaps::No);
            is_complete && !not_made.contains(urn)
        })
    };
    let exports = exports(world, &program, run.operation(), &is_reached, is_clean);
    world.exports = exports;
    same_exports(world, &state)?;
    Ok(Compared::Agreed)
}

/// Returns true if a run is refused because steps wait for each other.
fn is_circle(prepared: &Result<kim_engine::Prepared, Error>) -> bool {
    prepared.as_ref().is_err_and(|error| error.to_string().contains("in a circle"))
}

/// Returns true if a declared resource has a step, also one that only records.
fn planned_step(world: &World, program: &Program, planned: &Plan, urn: &str) -> bool {
    match planned.fates.get(urn) {
        None | Some(Fate::Untouched) => false,
        Some(Fate::Quiet | Fate::QuietOrUpdate) => {
            let recorded = world.current(urn).map(|record| &record.dependencies);
            recorded != program.find(urn).map(|resource| &resource.dependencies)
        }
        Some(_) => true,
    }
}

/// Returns what the error for names of a run says that name nothing.
///
/// What the program declares and what is recorded counts, and what may still be created.
fn unmatched(world: &World, program: &Program, choice: &Choice, state: &State) -> BTreeSet<String> {
    let declared = program.resources.iter().map(|resource| resource.name.as_str());
    let recorded = world.records.iter().map(|record| record.name());
    let open = state.intents.values().map(|intent| intent.urn.name());
    let in_doubt = state.doubts.values().map(|doubt| doubt.intent.urn.name());
    let known: BTreeSet<&str> = declared.chain(recorded).chain(open).chain(in_doubt).collect();
    let is_unknown = |name: &&String| !known.contains(name.as_str());
    let targets = choice.targets.iter().filter(is_unknown);
    let targets = targets.map(|name| format!("matches the target '{name}'"));
    let replaced = choice.replace.iter().filter(is_unknown);
    targets.chain(replaced.map(|name| format!("matches '{name}', which"))).collect()
}

/// Compares whether a run is refused; `None`: it is, by both.
fn refusal(
    prepared: Result<kim_engine::Prepared, Error>,
    planned: &Plan,
) -> Result<Option<kim_engine::Prepared>, Broken> {
    match (prepared, planned.refused.is_empty()) {
        (Ok(prepared), true) => Ok(Some(prepared)),
        (Ok(_), false) => Err(Broken::new(
            "what is protected or needed is not touched",
            format!("it should be refused because of {:?}", planned.refused),
        )),
        (Err(error), true) => {
            Err(Broken::new("a plan that the rules allow is made", error.to_string()))
        }
        (Err(error), false) => {
            let text = error.to_string();
            let unnamed = planned.refused.iter().find(|urn| !text.contains(urn.as_str()));
            match unnamed {
                None => Ok(None),
                Some(urn) => Err(Broken::new(
                    "a refusal names everything that it is for",
                    format!("{urn} is not in: {text}"),
                )),
            }
        }
    }
}

/// Compares the fates of declared resources, and takes the engine's word where no rule says.
fn same_fates(plan: &real::Plan, planned: &mut Plan, program: &Program) -> Result<(), Broken> {
    for resource in &program.resources {
        let seen = plan.resources.iter().find(|change| short(&change.urn) == resource.urn);
        let seen = seen.map_or(real::Fate::Same, |change| change.fate);
        let fate = planned.fates[&resource.urn];
        let agrees = matches!(
            (fate, seen),
            (Fate::Untouched, real::Fate::Same)
                | (Fate::Quiet | Fate::QuietOrUpdate, real::Fate::Same | real::Fate::Record)
                | (Fate::Update | Fate::QuietOrUpdate, real::Fate::Update)
                | (Fate::Create, real::Fate::Create)
                | (Fate::Replace { deletes_first: true }, real::Fate::ReplaceDeleteFirst)
                | (Fate::Replace { deletes_first: false }, real::Fate::ReplaceCreateFirst)
        );
        if !agrees {
            return Err(Broken::new(
                "the plan is what the rules say",
                format!("{} should be {fate:?}, but is {seen:?}", resource.urn),
            ));
        }
        if fate == Fate::QuietOrUpdate {
            let fate = if seen == real::Fate::Update { Fate::Update } else { Fate::Quiet };
            planned.fates.insert(resource.urn.clone(), fate);
        }
    }
    Ok(())
}

/// The steps of the engine's plan, in the model's words.
struct Steps {
    mains: BTreeSet<String>,
    /// Those whose record alone changes: they have no events.
    records: BTreeSet<String>,
    ends: BTreeMap<(String, u64), Copied>,
    all: Vec<Step>,
    /// For each step, by its number in `all`, the numbers of those that come after it.
    after: Vec<BTreeSet<usize>>,
}

/// Returns true if an action ends a copy.
fn ends_copy(action: Action) -> bool {
    matches!(action, Action::Delete | Action::DeleteReplaced | Action::Forget)
}

impl Steps {
    /// Reads a plan; `ends` are the model's copies by URN and generation.
    fn of(plan: &real::Plan, ends: BTreeMap<(String, u64), Copied>) -> Steps {
        let mut steps = Steps {
            mains: BTreeSet::new(),
            records: BTreeSet::new(),
            ends,
            all: Vec::new(),
            after: Vec::new(),
        };
        for node in plan.steps.node_indices() {
            let real::Step { urn, action, generation } = &plan.steps[node];
            let step = steps.step(urn, *action, *generation);
            if let Step::Main(urn) = &step {
                steps.mains.insert(urn.clone());
                if *action == Action::Record {
                    steps.records.insert(urn.clone());
                }
            }
            steps.all.push(step);
        }
        for node in plan.steps.node_indices() {
            let mut walk = petgraph::visit::Dfs::new(&plan.steps, node);
            let mut after = BTreeSet::new();
            while let Some(next) = walk.next(&plan.steps) {
                after.insert(next.index());
            }
            steps.after.push(after);
        }
        steps
    }

    fn step(&self, urn: &Urn, action: Action, generation: u64) -> Step {
        let urn = short(urn);
        match self.ends.get(&(urn.clone(), generation)) {
            Some(copy) if ends_copy(action) => Step::End(*copy),
            _ => Step::Main(urn),
        }
    }

    /// Returns true if the engine has two steps, and one comes before the other.
    fn comes_first(&self, first: &Step, last: &Step) -> bool {
        let at = |step: &Step| self.all.iter().position(|one| one == step);
        at(first).zip(at(last)).is_some_and(|(one, other)| self.after[one].contains(&other))
    }

    /// Expects that the engine has the steps of the model, in its order.
    fn expect(&self, planned: &Plan) -> Result<(), Broken> {
        let ends: BTreeSet<Copied> = self
            .all
            .iter()
            .filter_map(|step| match step {
                Step::End(copy) => Some(*copy),
                Step::Main(_) => None,
            })
            .collect();
        if ends != planned.ends {
            return Err(Broken::new(
                "what ends is what the rules say",
                format!("copies {:?} should end, but {ends:?} do", planned.ends),
            ));
        }
        for (first, last) in &planned.before {
            if !self.all.contains(first) || !self.all.contains(last) {
                let detail = format!("{first:?} or {last:?} is not in the plan");
                return Err(Broken::new("the steps are those of the rules", detail));
            }
            if !self.comes_first(first, last) {
                return Err(Broken::new(
                    "the order of steps is that of the rules",
                    format!("{first:?} has to come before {last:?}"),
                ));
            }
        }
        Ok(())
    }
}

/// Returns the model's copy for each record of the engine, by its URN once it is renamed.
fn copies(
    world: &World,
    state: &State,
    renamed: &BTreeMap<String, String>,
) -> BTreeMap<(String, u64), Copied> {
    let mut copies = BTreeMap::new();
    let urns: BTreeSet<String> = state.records().map(|record| short(&record.urn)).collect();
    for urn in urns {
        let new = renamed.get(&urn).unwrap_or(&urn);
        let mine = ranked(world, new);
        for (record, mine) in real_ranked(state, &urn).into_iter().zip(mine) {
            copies.insert((new.clone(), record.generation), mine.copy);
        }
    }
    copies
}

/// Renames what has a record under an alias, and returns the new URNs by the old ones.
///
/// The error is what the rules do not say.
fn rename(
    world: &mut World,
    program: &Program,
    choice: &Choice,
) -> Result<BTreeMap<String, String>, &'static str> {
    let mut renamed = BTreeMap::new();
    for resource in &program.resources {
        let former = resource.aliases.iter().find(|former| {
            world.standing(&resource.urn).is_none()
                && program.find(former).is_none()
                && world.standing(former).is_some()
        });
        let Some(former) = former else { continue };
        if !choice.covers(&resource.name) {
            return Err("unsaid: something renamed that is no target");
        }
        if world.records.iter().any(|record| record.urn == resource.urn) {
            return Err("unsaid: old copies under both names");
        }
        world.rename(former, &resource.urn);
        renamed.insert(former.clone(), resource.urn.clone());
    }
    Ok(renamed)
}

/// Returns the copies of a URN, oldest first.
fn ranked<'w>(world: &'w World, urn: &str) -> Vec<&'w Recorded> {
    let mut copies: Vec<&Recorded> =
        world.records.iter().filter(|record| record.urn == urn).collect();
    copies.sort_by_key(|record| record.copy);
    copies
}

fn real_ranked<'s>(state: &'s State, urn: &str) -> Vec<&'s Record> {
    let mut copies: Vec<&Record> =
        state.records().filter(|record| short(&record.urn) == urn).collect();
    copies.sort_by_key(|record| record.generation);
    copies
}

/// Returns the steps that ended, in order: their resource, whether a copy ended, and how.
fn events(case: &Case) -> Vec<(String, bool, Ended)> {
    let events = case.events.lock().unwrap();
    let finished = events.iter().filter_map(|event| match event {
        Event::StepFinished { urn, action, result, .. } => {
            Some((short(urn), ends_copy(*action), Ended::of(result)?))
        }
        _ => None,
    });
    finished.collect()
}

/// Returns the resources of which a step is reported as skipped.
fn skipped(case: &Case) -> BTreeSet<String> {
    let events = case.events.lock().unwrap();
    let skipped = events.iter().filter_map(|event| match event {
        Event::StepFinished { urn, result: StepResult::Skipped { .. }, .. } => Some(short(urn)),
        _ => None,
    });
    skipped.collect()
}

/// Expects that each step that was not begun is reported: rule 24.
fn same_skipped(walk: &Walk<'_>, steps: &Steps, reported: &BTreeSet<String>) -> Result<(), Broken> {
    let urn_of = |step: &Step| match step {
        Step::Main(urn) => Some(urn.clone()),
        Step::End(copy) => {
            let end = steps.ends.iter().find(|(_, one)| *one == copy);
            end.map(|((urn, _), _)| urn.clone())
        }
    };
    let is_record = |step: &Step| matches!(step, Step::Main(urn) if steps.records.contains(urn));
    let has_ended = |step: &&Step| walk.ended.contains_key(*step);
    let not_begun: BTreeSet<String> = steps
        .all
        .iter()
        .filter(|step| !is_record(step) && !has_ended(step))
        .filter_map(urn_of)
        .collect();
    let ended = |how: Ended| walk.ended.iter().filter(move |(_, ended)| **ended == how);
    // Of one that failed, that is what is reported.
    let failed: BTreeSet<String> =
        ended(Ended::Failed).filter_map(|(step, _)| urn_of(step)).collect();
    if &not_begun - &failed != reported - &failed {
        return Err(Broken::new(
            "what is skipped is reported",
            format!("not begun: {not_begun:?}, reported: {reported:?}"),
        ));
    }
    Ok(())
}

/// Returns the copy that ended, of those of a URN that did not: events do not say which it is.
fn ended_copy(walk: &Walk<'_>, steps: &Steps, urn: &str) -> Option<Step> {
    let open: Vec<Copied> = steps
        .ends
        .iter()
        .filter(|((of, _), copy)| {
            let step = Step::End(**copy);
            of == urn && steps.all.contains(&step) && !walk.ended.contains_key(&step)
        })
        .map(|(_, copy)| *copy)
        .collect();
    let next = walk.calls.get("delete").and_then(|calls| calls.front());
    let called = open.iter().find(|copy| walk.world.ids.get(copy) == next);
    called.or(open.first()).map(|copy| Step::End(*copy))
}

/// Carries out the steps in the engine's order.
fn walked(
    walk: &mut Walk<'_>,
    steps: &Steps,
    seen: &[(String, bool, Ended)],
    state: &State,
) -> Result<(), Broken> {
    for (urn, is_end, ended) in seen {
        let step = is_end.then(|| ended_copy(walk, steps, urn)).flatten();
        let step = step.unwrap_or(Step::Main(urn.clone()));
        if matches!(&step, Step::Main(urn) if walk.program.find(urn).is_none()) {
            let detail = format!("{urn} is neither declared nor a copy that ends");
            return Err(Broken::new("the steps are those of the rules", detail));
        }
        walk.step(&step, *ended)?;
        // Later calls are about its id.
        learn_ids(walk.world, state);
    }
    for step in &steps.all {
        let is_record = matches!(step, Step::Main(urn) if steps.records.contains(urn));
        let began = walk.ended.contains_key(step);
        if !is_record && !began && !walk.may_be_skipped(step) {
            return Err(Broken::new(
                "a failed step skips only what comes after it",
                format!("{step:?} was not begun"),
            ));
        }
    }
    let left = walk.calls_left();
    if !left.is_empty() {
        let detail = format!("nothing in the plan makes these calls: {left:?}");
        return Err(Broken::new("nothing is done beside the plan", detail));
    }
    Ok(())
}

/// Takes the ids of new copies from the engine's records.
fn learn_ids(world: &mut World, state: &State) {
    let urns: BTreeSet<String> = world.records.iter().map(|record| record.urn.clone()).collect();
    for urn in urns {
        // Both end with the newest.
        let mine: Vec<Copied> = ranked(world, &urn).iter().map(|record| record.copy).collect();
        for (copy, record) in mine.iter().rev().zip(real_ranked(state, &urn).iter().rev()) {
            if !record.id.is_empty() {
                world.ids.entry(*copy).or_insert_with(|| record.id.clone());
            }
        }
    }
}

/// Compares what is recorded beside inputs; after a failed run the engine's word is taken.
fn metadata(
    world: &mut World,
    program: &Program,
    choice: &Choice,
    state: &State,
    is_clean: bool,
) -> Result<(), Broken> {
    for record in &mut world.records {
        let real = real_ranked(state, &record.urn);
        let standing = match record.place {
            Place::Current => Standing::Current,
            Place::Pending => Standing::ReplacementPending,
            Place::Old => continue,
        };
        let Some(real) = real.iter().find(|one| one.standing == standing) else { continue };
        let dependencies: BTreeSet<String> = real.dependencies.iter().map(short).collect();
        if record.place == Place::Pending {
            // No rule says which dependencies it keeps that waits for its new copy.
            record.dependencies = dependencies;
            continue;
        }
        let declared = program.find(&record.urn).filter(|one| is_clean && choice.covers(&one.name));
        if let Some(declared) = declared {
            let said = (&declared.dependencies, declared.protect, declared.retain);
            let recorded = (&dependencies, real.protect, real.retain_on_delete);
            if said != recorded {
                return Err(Broken::new(
                    "a change of metadata is recorded",
                    format!("{}: said {said:?}, recorded {recorded:?}", record.urn),
                ));
            }
        }
        record.dependencies = dependencies;
        record.container = real.deleted_with.as_ref().map(short);
        record.protect = real.protect;
        record.retain = real.retain_on_delete;
    }
    Ok(())
}

/// Returns a value of the engine as the model writes it.
fn text(value: &Value) -> String {
    match value {
        Value::Int(number) => number.to_string(),
        other => other.as_text().unwrap_or_default().to_owned(),
    }
}

/// Compares records and items.
fn same_world(case: &Case, world: &mut World, state: &State) -> Result<(), Broken> {
    let broken =
        |detail: String| Err(Broken::new("state and cloud are what the rules say", detail));
    let problems = kim_engine::state::validate(state);
    if !problems.is_empty() || !state.intents.is_empty() {
        return broken(format!("the state is not valid: {problems:?}, {:?}", state.intents));
    }
    learn_ids(world, state);
    let place = |standing| match standing {
        Standing::Current => Place::Current,
        Standing::Replaced => Place::Old,
        Standing::ReplacementPending => Place::Pending,
    };
    let mut recorded: Vec<(String, Place)> =
        state.records().map(|record| (short(&record.urn), place(record.standing))).collect();
    let mut mine: Vec<(String, Place)> =
        world.records.iter().map(|record| (record.urn.clone(), record.place)).collect();
    recorded.sort_by_key(|record| format!("{record:?}"));
    mine.sort_by_key(|record| format!("{record:?}"));
    if recorded != mine {
        return broken(format!("recorded should be {mine:?}, but is {recorded:?}"));
    }
    for (key, copy) in copies(world, state, &BTreeMap::new()) {
        let real = state.records().find(|one| short(&one.urn) == key.0 && one.generation == key.1);
        let record = world.record(copy);
        let is_incomplete = real.is_some_and(|record| record.incomplete.is_some());
        let is_unsettled = real.is_some_and(|record| record.unfinished == Some(Unfinished::Create));
        if record.place == Place::Current && record.unsettled != is_unsettled {
            return broken(format!("{}: to be settled is {is_unsettled}", key.0));
        }
        match (record.incomplete, is_incomplete) {
            _ if record.place != Place::Current => {}
            (Perhaps::Maybe, true) => record.incomplete = Perhaps::Yes,
            (Perhaps::Maybe, false) => record.incomplete = Perhaps::No,
            (Perhaps::Yes, true) | (Perhaps::No, false) => {}
            (expected, _) => {
                return broken(format!("{}: incomplete should be {expected:?}", key.0));
            }
        }
    }
    let cloud = case.cloud_items();
    let exists: BTreeMap<String, BTreeMap<&str, String>> = cloud
        .iter()
        .map(|(id, item)| {
            let input = |name: &'static str| Some((name, text(item.properties.get(name)?)));
            (id.clone(), ["size", "fixed", "ref"].into_iter().filter_map(input).collect())
        })
        .collect();
    let expected: BTreeMap<String, BTreeMap<&str, String>> = world
        .items
        .iter()
        .map(|(copy, item)| {
            let inputs = item.inputs.iter();
            let inputs = inputs.map(|(name, value)| (name.as_str(), world.text(value)));
            (world.text(&Known::Id(*copy)), inputs.collect())
        })
        .collect();
    if exists != expected {
        return broken(format!("the cloud should hold {expected:?}, but holds {exists:?}"));
    }
    Ok(())
}

/// Returns the outputs after a run: rules 28 and 42.
///
/// Those that reach what was not made keep their last value; a run that failed drops none.
fn exports(
    world: &World,
    program: &Program,
    operation: Operation,
    is_made: &dyn Fn(&Expression) -> bool,
    is_clean: bool,
) -> BTreeMap<String, Known> {
    if operation == Operation::Destroy {
        let is_empty = world.records.is_empty();
        return if is_empty { BTreeMap::new() } else { world.exports.clone() };
    }
    let mut exports = world.exports.clone();
    if is_clean {
        exports.retain(|name, _| program.exports.contains_key(name));
    }
    for (name, value) in program.exports.iter().filter(|(_, value)| is_made(value)) {
        exports.insert(name.clone(), world.value(value));
    }
    exports
}

/// Compares the outputs.
fn same_exports(world: &World, state: &State) -> Result<(), Broken> {
    let expected: BTreeMap<&String, String> =
        world.exports.iter().map(|(name, value)| (name, world.text(value))).collect();
    let seen: BTreeMap<&String, String> =
        state.exports.iter().map(|(name, value)| (name, text(value))).collect();
    if expected != seen {
        let detail = format!("the outputs should be {expected:?}, but are {seen:?}");
        return Err(Broken::new("the outputs are what the program says", detail));
    }
    Ok(())
}

/// Compares a refresh: it records what the cloud holds.
pub(super) async fn refresh(
    case: &mut Case,
    world: &mut World,
    run: &Run,
) -> Result<Compared, Broken> {
    prepare(case, run).await;
    outside(world, run);
    let gone: Vec<Recorded> = world
        .records
        .iter()
        .filter(|one| one.place != Place::Pending && !world.items.contains_key(&one.copy))
        .cloned()
        .collect();
    case.events.lock().unwrap().clear();
    case.clear_calls();
    let summary = case.run(Operation::Refresh, "").await;
    summary.map_err(|error| Broken::new("a refresh succeeds", error.to_string()))?;
    let calls = case.calls();
    if !calls.is_empty() {
        return Err(Broken::new("a refresh changes no cloud", format!("{calls:?}")));
    }
    for lost in &gone {
        world.records.retain(|record| record.copy != lost.copy);
        if world.standing(&lost.urn).is_none() {
            for record in &mut world.records {
                record.dependencies.remove(&lost.urn);
                record.container = record.container.take().filter(|urn| *urn != lost.urn);
            }
        }
    }
    for record in &mut world.records {
        if let Some(item) = world.items.get(&record.copy) {
            for (name, value) in &item.inputs {
                if record.seen.get(name) != Some(value) && record.inputs.contains_key(name) {
                    record.inputs.insert(name.clone(), value.clone());
                    record.seen.insert(name.clone(), value.clone());
                }
            }
        }
    }
    let state = case.state().await;
    metadata(world, &Program::default(), &Choice::default(), &state, false)?;
    same_world(case, world, &state)?;
    Ok(Compared::Agreed)
}
