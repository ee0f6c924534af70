//! The base of the tests end to end: a project in a folder of its own, the real binary `kim` with
//! real components, an AWS to deploy to, and boto3 to read that AWS independently.
//!
//! Invariants: no process that is started here sees this machine's configuration of AWS or kim.
//! Each process ends with the value that stands for it.

mod account;
mod boto;
mod guests;
mod guide;
mod json;
mod left_out;
mod namespace;
mod node;
mod output;
mod project;
mod scaffolded;
mod snapshot;
mod terminal;

pub use account::{Account, Cloud, Moto};
pub use boto::{Boto, aws_cli, python};
pub use guests::{
    hostile, kimberlite, naughty_plugin, plugin, programs_target, real_kimberlite, root, small,
};
pub use guide::Guide;
pub use json::texts;
pub use node::{Booted, Node, Server};
pub use output::Output;
pub use project::{Project, Running};
pub use scaffolded::Scaffolded;
pub use snapshot::steady;
pub use terminal::{Ended, Terminal};
