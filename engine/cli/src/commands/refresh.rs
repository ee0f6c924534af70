//! `kim refresh`: records what the cloud holds.

use clap::Args;
use kim_engine::plan::Operation;

use super::run::{Request, execute};
use crate::args::{Selected, Shown};
use crate::context::Context;
use crate::error::Result;

/// Record what the cloud holds
#[derive(Args, Debug)]
pub struct RefreshArgs {
    /// Use the local AWS, run inside this command, instead of the cloud
    #[arg(long)]
    pub local: bool,
    /// The flags for what is shown.
    #[command(flatten)]
    pub shown: Shown,
    /// The flags for what is planned.
    #[command(flatten)]
    pub selected: Selected,
    /// Record it without confirmation
    #[arg(short, long)]
    pub yes: bool,
    /// Exit with code 3, and record nothing, if the cloud differs from what is recorded
    #[arg(long)]
    pub expect_no_changes: bool,
}

/// Shows how the cloud differs from the record, prompts, and records it.
pub(super) async fn run(context: &Context, args: RefreshArgs) -> Result<()> {
    let mut request = Request::new(Operation::Refresh, args.local, args.shown, args.selected);
    request.yes = args.yes;
    request.expect_no_changes = args.expect_no_changes;
    execute(context, request).await
}
