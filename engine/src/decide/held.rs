//! Deletes that the cloud would refuse, because something that stays holds what they delete.
//!
//! Pure. A holder lets go if it is deleted, or if its update refers to something else and need not
//! wait for what comes after the delete.

use std::collections::HashMap;

use super::holds::{Hold, still_refers};
use super::order::Removal;
use super::steps::StepPlan;
use crate::event::Diagnostic;
use crate::plan::Fate;
use crate::state::{Action, CopyId, Standing};

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
    /// Returns an error for each delete of what something holds that does not let go before.
    pub(crate) fn still_held(&self, going: &[Removal]) -> Vec<Diagnostic> {
        let by_copy: HashMap<&CopyId, &Removal> =
            going.iter().map(|removal| (&removal.copy, removal)).collect();
        let deleted = going.iter().filter(|one| one.action != Action::Forget);
        let errors = deleted.filter_map(|removal| {
            let holds = self.holds.of(&removal.copy);
            let staying = holds.filter_map(|hold| Some((hold, self.why_held(hold, &by_copy)?)));
            self.held(removal, &staying.collect::<Vec<_>>())
        });
        errors.collect()
    }

    /// Returns why a holder does not let go before what it holds is deleted; `None`: it does.
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
        let waits = held.filter(|at| self.decisions[*at].fate == Fate::ReplaceDeleteFirst);
        waits.filter(|at| self.desired.ancestors(index).contains(at)).map(|_| Stays::Waits)
    }

    /// Returns the error for a delete, with those that do not let go before.
    fn held(&self, removal: &Removal, staying: &[(&Hold<'_>, Stays)]) -> Option<Diagnostic> {
        let (hold, stays) = staying.first()?;
        let (urn, record) = (&removal.copy.urn, hold.held);
        let declared = self.desired.index(urn);
        let fate = declared.map(|index| self.decisions[index].fate);
        let what = match fate {
            _ if record.standing == Standing::Replaced => "an old copy of it would be deleted",
            Some(Fate::ReplaceDeleteFirst) => "would be replaced, the old one first",
            Some(_) => "would be replaced",
            None => "would be deleted",
        };
        let mut holders: Vec<String> =
            staying.iter().take(NAMED).map(|(hold, stays)| self.in_words(hold, *stays)).collect();
        holders.extend((staying.len() > NAMED).then(|| format!("{} more", staying.len() - NAMED)));
        let advice = advice(*stays, fate);
        let message = format!(
            "{urn} {what}, but cannot go while it is held: {}; {advice}",
            holders.join(", ")
        );
        let own = declared.and_then(|index| self.desired.declaration(index).source.clone());
        let own = own.or_else(|| record.source.clone());
        let holders = staying.iter().take(NAMED).filter_map(|(hold, _)| {
            let index = self.desired.index(&hold.holder.urn);
            let declared = index.and_then(|at| self.desired.declaration(at).source.clone());
            declared.or_else(|| hold.holder.source.clone())
        });
        let error = Diagnostic::error(message).about(urn.clone());
        let error = error.declared_at(own.into_iter().chain(holders));
        Some(match stays {
            Stays::LeftOut => error.cured_by(self.also(&hold.holder.urn)),
            _ => error,
        })
    }

    /// Returns a holder and why it does not let go.
    fn in_words(&self, hold: &Hold<'_>, stays: Stays) -> String {
        let why = match stays {
            Stays::LeftOut => self.left_out(&hold.holder.urn),
            Stays::Retained => "is retained",
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
        (_, Some(_)) => "let the holder refer to the new one by an output of it",
        (_, None) => "let the holder refer to something else, or remove it too",
    }
}
