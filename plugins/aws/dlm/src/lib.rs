//! The plugin for Amazon Data Lifecycle Manager: when snapshots are created and how long they are
//! kept.
//!
//! Invariants: an update keeps the settings of a policy that have no property here (copies to other
//! regions, fast restore, ...). No operation waits. Each reads the cloud first.

#[cfg(target_arch = "wasm32")]
mod cloud;
mod policy;
mod rules;

pub use policy::{CreateRule, LifecyclePolicy, RetainRule, Schedule, TargetTag};

kim_plugin::export! {
    name: "aws-dlm",
    docs: "Amazon Data Lifecycle Manager: snapshots on a schedule.",
    aws: ["dlm"],
    kinds: [LifecyclePolicy],
}
