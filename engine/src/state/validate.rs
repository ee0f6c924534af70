//! The rules that a state must keep before an operation works on it.
//!
//! Recording does not check them: what the cloud did is always recorded.
//!
//! A run refuses a state in which a name or an id leads to no single thing in the cloud. It
//! [mends](mend) what is wrong with dependencies: those only give an order, and the next up writes
//! them as they are declared.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kim_model::Urn;

use super::change::StateChange;
use super::record::{Record, Standing};
use super::stack_state::State;
use super::succession::without;

/// Returns every fault of a state, in the order of URNs; empty if it is valid.
///
/// Each is a sentence for people.
///
/// The rules: at most one current copy a URN; every copy that should exist has an id; parents,
/// dependencies and containers are recorded; nothing depends on itself, directly or through others.
pub fn validate(state: &State) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut current: BTreeSet<&Urn> = BTreeSet::new();
    let known = known(state);
    for record in state.records() {
        let urn = &record.urn;
        if record.standing == Standing::Current && !current.insert(urn) {
            wrong.push(format!("{urn}: there is more than one current copy"));
        }
        if lacks_id(record) {
            wrong.push(format!("{urn}: generation {} has no id", record.generation));
        }
        for (what, missing) in mentions(record).filter(|(_, mentioned)| !known.contains(mentioned))
        {
            wrong.push(format!("{urn}: its {what} {missing} is not recorded"));
        }
    }
    wrong.extend(cycle(state).map(|cycle| {
        let names: Vec<&str> = cycle.iter().map(|urn| urn.as_str()).collect();
        format!("{}: it depends on itself: {}", names[0], names.join(" -> "))
    }));
    wrong
}

/// Returns true if a name or an id leads to no single thing in the cloud.
///
/// No operation can work on such a state.
pub(crate) fn names_ambiguously(state: &State) -> bool {
    let mut current: BTreeSet<&Urn> = BTreeSet::new();
    state.records().any(|record| {
        lacks_id(record) || record.standing == Standing::Current && !current.insert(&record.urn)
    })
}

/// What was wrong with the dependencies of a state.
#[derive(Default)]
pub(crate) struct Mended {
    /// The changes that mend it.
    pub(crate) changes: Vec<StateChange>,
    /// What was wrong, in sentences for people.
    pub(crate) notices: Vec<String>,
}

/// Mends what is wrong with the dependencies of a state.
///
/// Drops references to what is not recorded, and those that form a circle: which of them holds is
/// not known, and clouds refuse to delete what is in use.
pub(crate) fn mend(state: &mut State) -> Mended {
    let mut mended = recorded_only(state);
    mended.changes.iter().for_each(|change| state.apply(change));
    while let Some(circle) = cycle(state) {
        let names: Vec<&str> = circle.iter().map(|urn| urn.qualified_name()).collect();
        mended.notices.push(format!(
            "as recorded, these resources depend on each other in a circle: {}; which of them needs which is not known until the program is deployed, so none of them waits for another",
            names.join(" -> ")
        ));
        let changes = apart(state, &circle);
        changes.iter().for_each(|change| state.apply(change));
        mended.changes.extend(changes);
    }
    mended
}

/// Returns the changes that drop the references to what is not recorded.
fn recorded_only(state: &State) -> Mended {
    let mut mended = Mended::default();
    let known = known(state);
    for record in state.records() {
        let is_lost = |mentioned: &Urn| !known.contains(mentioned);
        let mut lost = BTreeSet::new();
        for (what, missing) in mentions(record).filter(|(_, mentioned)| is_lost(mentioned)) {
            mended.notices.push(format!(
                "{}: its {what} {missing} is not recorded; the reference is dropped",
                record.urn
            ));
            lost.insert(missing);
        }
        if !lost.is_empty() {
            let parent = record.parent.clone().filter(|parent| !lost.contains(parent));
            let record = Record { parent, ..without(record, &lost) };
            mended.changes.push(StateChange::PutRecord(Arc::new(record)));
        }
    }
    mended
}

/// Returns the changes that drop the references of a circle.
///
/// Those to parents are dropped only if there are no others.
fn apart(state: &State, circle: &[&Urn]) -> Vec<StateChange> {
    let mut changes = Vec::new();
    for drops_parents in [false, true] {
        for (user, used) in circle.iter().zip(circle.iter().skip(1)) {
            let Some(record) = state.current(user) else { continue };
            let mut apart = without(record, &BTreeSet::from([*used]));
            apart.parent.take_if(|parent| drops_parents && parent == *used);
            if apart != *record {
                changes.push(StateChange::PutRecord(Arc::new(apart)));
            }
        }
        if !changes.is_empty() {
            break;
        }
    }
    changes
}

/// Returns the URNs of which a copy is recorded.
fn known(state: &State) -> BTreeSet<&Urn> {
    state.resources.keys().map(|copy| &copy.urn).collect()
}

/// Returns true if a copy should have an id and has none.
fn lacks_id(record: &Record) -> bool {
    record.id.is_empty() && !record.component && record.standing != Standing::ReplacementPending
}

/// Returns every URN that a record refers to, and as what.
fn mentions(record: &Record) -> impl Iterator<Item = (&'static str, &Urn)> {
    let parent = record.parent.iter().map(|urn| ("parent", urn));
    let dependencies = record.dependencies.iter().map(|urn| ("dependency", urn));
    let container = record.deleted_with.iter().map(|urn| ("container", urn));
    parent.chain(dependencies).chain(container)
}

/// Returns a cycle among parents and dependencies of current copies.
///
/// The first URN is repeated at its end.
fn cycle(state: &State) -> Option<Vec<&Urn>> {
    let current = state.records().filter(|record| record.standing == Standing::Current);
    let edges: BTreeMap<&Urn, Vec<&Urn>> = current
        .map(|record| (&record.urn, record.parent.iter().chain(&record.dependencies).collect()))
        .collect();
    let (mut done, mut on_way) = (BTreeSet::new(), BTreeSet::new());
    for start in edges.keys() {
        // The path to here, each node with the edges not yet followed.
        let mut way: Vec<(&Urn, std::slice::Iter<'_, &Urn>)> = Vec::new();
        let mut next = Some(*start);
        loop {
            if let Some(urn) = next.take().filter(|urn| !done.contains(urn)) {
                if !on_way.insert(urn) {
                    let around =
                        way.iter().map(|(before, _)| *before).skip_while(|before| *before != urn);
                    return Some(around.chain([urn]).collect());
                }
                way.push((urn, edges.get(urn).map_or([].iter(), |to| to.iter())));
            }
            let Some((urn, rest)) = way.last_mut() else { break };
            match rest.next() {
                Some(to) => next = Some(to),
                None => {
                    done.insert(*urn);
                    way.pop();
                }
            }
        }
    }
    None
}
