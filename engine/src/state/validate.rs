//! The rules that a state must keep before an operation works on it.
//!
//! Recording does not check them: what the cloud did is always recorded.

use std::collections::{BTreeMap, BTreeSet};

use kim_model::Urn;

use super::record::{Record, Standing};
use super::stack_state::State;

/// Returns every fault of a state, in the order of URNs; empty if it is valid.
///
/// Each is a sentence for people.
///
/// The rules: at most one current copy a URN; every copy that should exist has an id; parents,
/// dependencies and containers are recorded; nothing depends on itself, directly or through others.
pub fn validate(state: &State) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut current: BTreeSet<&Urn> = BTreeSet::new();
    let known: BTreeSet<&Urn> = state.resources.keys().map(|copy| &copy.urn).collect();
    for record in state.records() {
        let urn = &record.urn;
        if record.standing == Standing::Current && !current.insert(urn) {
            wrong.push(format!("{urn}: there is more than one current copy"));
        }
        if record.id.is_empty()
            && !record.component
            && record.standing != Standing::ReplacementPending
        {
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
