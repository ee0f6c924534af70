//! Deletes that the cloud would refuse, because something that stays holds what they delete.
//!
//! Pure. A holder lets go if it is deleted, or if its update refers to something else and need not
//! wait for what comes after the delete.

use std::collections::{BTreeMap, HashMap};

use kim_model::Source;

use super::holds::{Hold, still_refers};
use super::order::Removal;
use super::steps::StepPlan;
use crate::event::Diagnostic;
use crate::plan::Fate;
use crate::state::{Action, CopyId, Record, Standing};

/// The most holders that a message names.
const NAMED: usize = 10;

/// Why a holder does not let go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stays {
    /// It is no target.
    LeftOut,
    /// It is dropped from the state, and stays in the cloud.
    Retained,
    /// The program has it refer to what is deleted.
    Refers,
    /// It will refer to the new copy, which exists only after the delete.
    Waits,
}

impl StepPlan<'_> {
    /// Returns an error for each delete of what is still held then.
    ///
    /// So it does for each update of what something pins.
    pub(crate) fn still_held(&self, going: &[Removal]) -> Vec<Diagnostic> {
        let by_copy: HashMap<&CopyId, &Removal> =
            going.iter().map(|removal| (&removal.copy, removal)).collect();
        let deleted = going.iter().filter(|one| one.action != Action::Forget);
        let deleted = deleted.map(|removal| self.holds.of(&removal.copy).collect::<Vec<_>>());
        let held = deleted.chain(self.moves().into_values()).filter_map(|holds| {
            let staying = |hold| Some((hold, self.why_held(hold, &by_copy)?));
            self.held(&holds.into_iter().filter_map(staying).collect::<Vec<_>>())
        });
        held.collect()
    }

    /// Returns what pins each declared resource that is updated where it is pinned.
    pub(crate) fn moves(&self) -> BTreeMap<usize, Vec<&Hold<'_>>> {
        let mut moves: BTreeMap<usize, Vec<&Hold<'_>>> = BTreeMap::new();
        for hold in self.holds.all() {
            let declared = hold.pinned.as_ref().and_then(|_| self.desired.index(&hold.held.urn));
            if let Some(index) = declared.filter(|index| self.decisions[*index].moves(hold)) {
                moves.entry(index).or_default().push(hold);
            }
        }
        moves
    }

    /// Returns why a holder does not let go in time; `None`: it does.
    ///
    /// It has to before what it holds goes or moves.
    fn why_held(&self, hold: &Hold<'_>, going: &HashMap<&CopyId, &Removal>) -> Option<Stays> {
        let copy = hold.holder.copy_id();
        if let Some(removal) = going.get(&copy) {
            let is_retained = removal.action == Action::Forget && !removal.deleted_with_container;
            return is_retained.then_some(Stays::Retained);
        }
        let targeted = self.targets.takes(&copy.urn);
        let Some(index) = self.desired.index(&copy.urn).filter(|_| targeted) else {
            return Some(Stays::LeftOut);
        };
        let decision = &self.decisions[index];
        let kind = self.providers.kind(copy.urn.kind())?;
        if decision.fate != Fate::Update || still_refers(kind, &decision.inputs, hold) {
            return Some(Stays::Refers);
        }
        let held = self.desired.index(&hold.held.urn);
        let waits = held.filter(|at| {
            let decision = &self.decisions[*at];
            decision.fate == Fate::ReplaceDeleteFirst || decision.moves(hold)
        });
        waits.filter(|at| self.desired.ancestors(index).contains(at)).map(|_| Stays::Waits)
    }

    /// Returns the error for what goes or moves, with those that do not let go before.
    fn held(&self, staying: &[(&Hold<'_>, Stays)]) -> Option<Diagnostic> {
        let (first, stays) = staying.first()?;
        let (record, urn) = (first.held, &first.held.urn);
        let declared = self.desired.index(urn);
        let fate = declared.map(|index| self.decisions[index].fate);
        let what = match (fate, &first.pinned) {
            _ if record.standing == Standing::Replaced => {
                "an old copy of it would be deleted".to_owned()
            }
            (Some(Fate::Update), Some(pinned)) => format!("would change its {pinned}"),
            (Some(Fate::ReplaceDeleteFirst), _) => {
                "would be replaced, the old one first".to_owned()
            }
            (Some(_), _) => "would be replaced".to_owned(),
            (None, _) => "would be deleted".to_owned(),
        };
        let mut holders: Vec<String> =
            staying.iter().take(NAMED).map(|(hold, stays)| self.in_words(hold, *stays)).collect();
        holders.extend((staying.len() > NAMED).then(|| format!("{} more", staying.len() - NAMED)));
        let (holders, advice) = (holders.join(", "), advice(*stays, fate));
        let message =
            format!("{urn} {what}, which it cannot while it is held: {holders}; {advice}");
        let sources = staying.iter().take(NAMED).filter_map(|(hold, _)| self.source(hold.holder));
        let sources: Vec<Source> = self.source(record).into_iter().chain(sources).collect();
        let error = Diagnostic::error(message).about(urn.clone()).declared_at(sources);
        Some(match stays {
            Stays::LeftOut => error.cured_by(self.also(&first.holder.urn)),
            _ => error,
        })
    }

    /// Returns the place of a resource's declaration, or the one that is recorded.
    fn source(&self, record: &Record) -> Option<Source> {
        let index = self.desired.index(&record.urn);
        let declared = index.and_then(|index| self.desired.declaration(index).source.clone());
        declared.or_else(|| record.source.clone())
    }

    /// Returns a holder and why it does not let go.
    fn in_words(&self, hold: &Hold<'_>, stays: Stays) -> String {
        let why = match stays {
            Stays::LeftOut => self.left_out(&hold.holder.urn),
            Stays::Retained => "is retained",
            Stays::Refers if hold.pinned.is_some() => "is still set",
            Stays::Refers => "still refers to it",
            Stays::Waits => "can refer to the new one only once that exists",
        };
        format!("{} of {} {why}", hold.path, hold.holder.urn)
    }
}

/// Returns what to write so that the delete is possible.
fn advice(stays: Stays, fate: Option<Fate>) -> &'static str {
    match (stays, fate) {
        (Stays::LeftOut, _) => "take the holder into the run",
        (Stays::Retained, _) => "retain both or neither of them (retain_on_delete)",
        (_, Some(Fate::ReplaceDeleteFirst)) => {
            "replace the holder together with it (replace_with), or create the new one first \
             (delete_before_replace = false) if both can exist at once"
        }
        (_, Some(Fate::Update)) => {
            "first take that property out of the holder, in a run of its own, or replace the holder \
             together with it (replace_with)"
        }
        (_, Some(_)) => "let the holder refer to the new one by an output of it",
        (_, None) => "let the holder refer to something else, or remove it too",
    }
}
