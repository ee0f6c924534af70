//! DLM: policies that say which volumes are backed up, and when.
//!
//! They also say for how long the snapshots are kept. Policies are kept and checked; nothing here
//! carries them out.
//!
//! Each stage uses those before it: `rules` are what actions share, `schedule` and `details` what a
//! policy may say; `rows` are what exists, `queries` the lookups; `views` say how policies look in
//! answers; `actions` are what requests do.

mod actions;
mod details;
mod queries;
mod rows;
mod rules;
mod schedule;
mod views;

use crate::protocol::Protocol;
use crate::service::Service;

pub use rows::LifecyclePolicy;

/// The service.
pub const SERVICE: Service = Service {
    name: "dlm",
    protocol: Protocol::Rest,
    global: false,
    before: None,
    actions: &[actions::policy::ACTIONS, actions::tags::ACTIONS],
};
