//! Decides what a run does: differences, what happens to each resource, steps.
//!
//! Pure: gets everything that is known (inputs, records, live state) and returns decisions.

mod afterwards;
pub(crate) mod alias;
mod decision;
pub(crate) mod diff;
pub(crate) mod grows;
mod guard;
mod handover;
mod held;
pub(crate) mod holds;
pub(crate) mod ignored;
mod inputs;
pub(crate) mod keys;
mod meaning;
mod observed;
pub(crate) mod order;
mod outputs;
mod record;
pub(crate) mod refresh;
mod rename;
pub(crate) mod spelling;
pub(crate) mod steps;
mod targets;

pub(crate) use afterwards::Afterwards;
pub(crate) use decision::{Decision, DecisionInput, Forced, Pending, decide, kept};
pub(crate) use guard::Lift;
pub(crate) use handover::Handovers;
pub(crate) use inputs::{CheckedInputs, GivenInputs};
pub(crate) use observed::Observed;
pub(crate) use outputs::{ResourceOutputs, contradictions, other_than_planned};
pub(crate) use record::record_of;
pub(crate) use targets::{Known, Targets};
