//! What the tests end to end stand on: a project in a folder of its own, the real binary `kim` with real components, an
//! AWS to deploy to, and boto3 to look into that AWS with other eyes than kim's.
//!
//! Invariants: nothing of this machine's own AWS or kim configuration reaches what is started here; whatever was started
//! ends with the value that stands for it.

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
pub use guests::{kimberlite, naughty_plugin, plugin, real_kimberlite, root, small};
pub use guide::Guide;
pub use json::texts;
pub use node::{Booted, Node, Server};
pub use output::Output;
pub use project::{Project, Running};
pub use scaffolded::Scaffolded;
pub use snapshot::steady;
pub use terminal::{Ended, Terminal};
