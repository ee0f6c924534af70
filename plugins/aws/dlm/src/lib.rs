//! The plugin for Amazon Data Lifecycle Manager: when snapshots are made, and how long they stay.
//!
//! Invariants: what a policy holds beyond the properties here (copies to other regions, fast restore, ...) survives an
//! update; no operation waits; each looks at the cloud first.

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
